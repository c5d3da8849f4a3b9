"""Did the straight way between two fixes lead through a fence? Found with nothing but the distance from its edge."""

from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.notices.tracker.edge import EdgeDistance

__all__ = ["deepest_m"]

_LEAST_STEP_M = 2.0
_MOST_STEPS = 500


def deepest_m(edge_m: EdgeDistance, start: LonLat, end: LonLat) -> float:
    """Return how deep the straight way leads in: the least signed distance from the edge, in metres, where that is negative.

    One walks on by as much as the edge is away, since it cannot come nearer sooner, and inside by 2 m, or a 500th of the way if
    that is more. Where the way does not lead in, what is returned is positive, and no more is known of it.
    """
    length_m = geodesic_m(start, end)
    least_m = min(edge_m(start), edge_m(end))
    east = (end[0] - start[0] + 180.0) % 360.0 - 180.0
    gone_m = 0.0
    least_step_m = max(_LEAST_STEP_M, length_m / _MOST_STEPS)
    while gone_m < length_m:
        share = gone_m / length_m
        lon = (start[0] + share * east + 180.0) % 360.0 - 180.0
        here_m = edge_m(LonLat(lon, start[1] + share * (end[1] - start[1])))
        least_m = min(least_m, here_m)
        gone_m += max(least_step_m, here_m)
    return least_m
