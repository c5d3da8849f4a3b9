"""Where a person is believed to be, from fixes that err together, overstate themselves and leap.

While a person stands still their fixes are averaged, with no more weight than errors that change slowly deserve; once they move
the last fix counts alone. A fix that they could hardly have reached is held back until others bear it out.
"""

import math

import msgspec

from finder.domain.position import PositionSource
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.notices.tracker.state import Held, Mean, Seen, Where
from finder.notices.tracker.tuning import Tuning

__all__ = ["located", "mean_error_m", "reached"]


def mean_error_m(mean: Mean, tuning: Tuning) -> float:
    """Return the standard deviation along one axis of where the person is believed to be."""
    return math.sqrt(1.0 / mean.information + tuning.bias_m**2)


def reached(
    where: Where | None, held: tuple[Held, ...], seen: Seen, source: PositionSource, tuning: Tuning
) -> tuple[tuple[Held, ...] | None, bool]:
    """Return the fixes held back when this one is to be, else ``None``; and whether it is a leap that is believed now."""
    if where is None or source is PositionSource.BEACON:
        return None, False
    last = where.last
    if _is_back(where, seen, tuning):
        return None, False
    if held:
        away_m = geodesic_m(held[-1].seen.lon_lat, seen.lon_lat)
        if away_m >= geodesic_m(where.mean.lon_lat, seen.lon_lat):
            held = ()  # back where they were: those were wrong, or they turned round
    elapsed_s = seen.at_s - last.at_s
    slack_m = 2.0 * math.hypot(seen.error_m, math.sqrt(max(last.error_m**2, where.scatter_m2)))
    speed_mps = max(0.0, geodesic_m(last.lon_lat, seen.lon_lat) - slack_m) / max(elapsed_s, 0.5)
    if not held:
        usual_mps = max(tuning.usual_mps, 2.0 * where.pace_mps)
        if elapsed_s >= tuning.asleep_s:
            usual_mps = max(usual_mps, tuning.fastest_mps)
        return (None, False) if speed_mps <= usual_mps else ((Held(seen, speed_mps),), False)
    first = held[0]
    since_s = seen.at_s - first.seen.at_s
    went_on_m = geodesic_m(first.seen.lon_lat, seen.lon_lat)
    goes_on = went_on_m - slack_m >= 0.3 * min(first.speed_mps, tuning.fastest_mps) * since_s and went_on_m > slack_m
    if (goes_on and went_on_m <= tuning.fastest_mps * since_s + slack_m) or (
        since_s >= tuning.leap_s and len(held) + 1 >= tuning.leap_fixes
    ):
        return None, not goes_on
    # The first tells since when, the last ones where.
    return (first, *held[1:][-6:], Held(seen, speed_mps)), False


def located(where: Where | None, seen: Seen, source: PositionSource, *, leapt: bool, tuning: Tuning) -> Where:
    """Return where the person is believed to be once this fix is known."""
    if where is None:
        return Where(Mean(seen.lon_lat, 1.0 / seen.error_m**2, seen), seen, 0.0, (seen,))
    elapsed_s = seen.at_s - where.last.at_s
    error_m = seen.error_m if source is PositionSource.BEACON else max(seen.error_m, math.sqrt(where.scatter_m2))
    start, mean = where.trail[0], where.mean
    way_m, way_s = geodesic_m(start.lon_lat, seen.lon_lat), seen.at_s - start.at_s
    apart_m = geodesic_m(mean.lon_lat, seen.lon_lat)
    moved = (
        leapt
        or source is PositionSource.BEACON
        or elapsed_s > tuning.longest_mean_s
        or way_m > tuning.moved_sigmas * math.hypot(error_m, max(start.error_m, math.sqrt(where.scatter_m2)))
        or apart_m > tuning.moved_sigmas * math.hypot(error_m, mean_error_m(mean, tuning))
    )
    trail = (seen,) if leapt or elapsed_s > tuning.trail_s else _trail(where.trail, seen, tuning)
    scatter_m2, former, former_s = where.scatter_m2, where.former, where.former_s
    pace_mps = where.pace_mps if moved else 0.0
    if former is not None and _is_back(where, seen, tuning):
        mean, former, trail, pace_mps = _added(former, seen, elapsed_s, error_m, tuning), None, (seen,), 0.0
    elif moved:
        stood = mean.since.number != where.last.number
        if stood or former is None or seen.at_s - former_s > tuning.back_s:
            former, former_s = (mean if stood else None), where.last.at_s
        mean = Mean(seen.lon_lat, 1.0 / error_m**2, seen)
        if way_s >= 10.0:
            pace_mps = way_m / way_s
    else:
        mean = _added(mean, seen, elapsed_s, error_m, tuning)
        share = 1.0 - math.exp(-elapsed_s / tuning.scatter_s)
        scatter_m2 += share * (min(apart_m**2 / 2.0, tuning.most_scatter_m**2) - scatter_m2)
    return Where(
        mean=mean,
        last=msgspec.structs.replace(seen, error_m=error_m),
        silent_s=elapsed_s,
        trail=trail,
        former=former,
        former_s=former_s,
        pace_mps=pace_mps,
        scatter_m2=scatter_m2,
        leapt_s=seen.at_s if leapt else where.leapt_s,
    )


def _is_back(where: Where, seen: Seen, tuning: Tuning) -> bool:
    """Tell whether the fix lies where the person stood before they seemed to move, and not where they are believed to be now."""
    former = where.former
    if former is None or seen.at_s - where.former_s > tuning.back_s:
        return False
    away_m = geodesic_m(former.lon_lat, seen.lon_lat)
    error_m = max(seen.error_m, math.sqrt(where.scatter_m2))
    return away_m <= tuning.moved_sigmas * math.hypot(error_m, mean_error_m(former, tuning)) and away_m < 0.5 * geodesic_m(
        where.mean.lon_lat, seen.lon_lat
    )


def _added(mean: Mean, seen: Seen, elapsed_s: float, error_m: float, tuning: Tuning) -> Mean:
    """Return the mean with one more fix: it weighs the less the sooner it follows, and the old ones fade."""
    fresh = min(1.0, elapsed_s / tuning.same_error_s) / error_m**2
    information = mean.information * math.exp(-elapsed_s / tuning.longest_mean_s) + fresh
    return Mean(_between(mean.lon_lat, seen.lon_lat, fresh / information), information, mean.since)


def _trail(trail: tuple[Seen, ...], seen: Seen, tuning: Tuning) -> tuple[Seen, ...]:
    kept = [one for one in trail if one.at_s >= seen.at_s - tuning.trail_s] or [trail[-1]]
    return (*kept, seen) if seen.at_s >= kept[-1].at_s + tuning.trail_step_s else tuple(kept)


def _between(start: LonLat, end: LonLat, share: float) -> LonLat:
    """Return the point that lies this share of the way on, the short way round the Earth."""
    east = (end[0] - start[0] + 180.0) % 360.0 - 180.0
    lon = start[0] + share * east
    return LonLat((lon + 180.0) % 360.0 - 180.0 if abs(lon) > 180.0 else lon, start[1] + share * (end[1] - start[1]))
