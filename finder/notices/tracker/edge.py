"""How far a point is from a fence's edge: metres on the ground, negative inside."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from finder.domain.fence import Circle, Outline
from finder.errors import BadInput
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat

__all__ = ["EdgeDistance", "edge_distance"]

type EdgeDistance = Callable[[LonLat], float]
"""From a point to its signed distance from a fence's edge, in metres, negative inside. It changes by no more than one moves."""

_EQUATORIAL_RADIUS_M: Final = 6_378_137.0
_ECCENTRICITY_SQUARED: Final = 0.006_694_379_990_141_316


def edge_distance(shape: Circle | Outline) -> EdgeDistance:
    """Return the signed distance from this shape's edge as a function. Raises :class:`BadInput` for an outline without area.

    A circle's is exact. An outline is laid on a plane that touches the Earth in its middle: within 0.1 % as long as both the
    outline and the way to it are shorter than 10 km; further away it is coarser, and decides nothing there.
    """
    if isinstance(shape, Circle):
        centre, radius_m = shape.centre, shape.radius_m
        return lambda lon_lat: geodesic_m(centre, lon_lat) - radius_m
    return _outline(shape)


def _outline(shape: Outline) -> EdgeDistance:
    first = shape.polygons[0][0][0]
    lat = math.radians(float(np.mean([point[1] for polygon in shape.polygons for point in polygon[0]])))
    curvature = 1.0 - _ECCENTRICITY_SQUARED * math.sin(lat) ** 2
    east_m = math.radians(1.0) * _EQUATORIAL_RADIUS_M / math.sqrt(curvature) * math.cos(lat)
    north_m = math.radians(1.0) * _EQUATORIAL_RADIUS_M * (1.0 - _ECCENTRICITY_SQUARED) / curvature**1.5

    def turned(lon: float) -> float:
        """Return the degrees east of the first vertex, the short way round."""
        return (lon - first[0] + 180.0) % 360.0 - 180.0

    def plane(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([[turned(lon) * east_m for lon in vertices[:, 0]], (vertices[:, 1] - first[1]) * north_m])

    rings = [[plane(np.asarray(ring, dtype=np.float64)) for ring in polygon] for polygon in shape.polygons]
    area = shapely.union_all([shapely.make_valid(shapely.Polygon(outer, holes)) for outer, *holes in rings])
    if not area.area > 0.0:
        raise BadInput("A fence's outline must hold an area: rings of three corners or more, the first of them again at the end.")
    edge = area.boundary
    shapely.prepare(area)

    def signed_m(lon_lat: LonLat) -> float:
        x, y = turned(lon_lat[0]) * east_m, (lon_lat[1] - first[1]) * north_m
        away_m = float(shapely.distance(edge, shapely.Point(x, y)))
        return -away_m if bool(shapely.intersects_xy(area, x, y)) else away_m

    return signed_m
