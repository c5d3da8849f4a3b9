"""Encoded shapes read in compiled code: each route is looked at, and numpy takes ten times as long for its hundred points.

The test compares them with :func:`finder.geo.polyline.decode_polyline`.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from finder.errors import BadInput
from finder.geo.points import LonLat

__all__ = ["ShapeEnds", "fixed_points", "shape_ends"]


class ShapeEnds(NamedTuple):
    """The first and the last point of a shape, and how many there are."""

    first: LonLat
    last: LonLat
    points: int


def shape_ends(polyline: str) -> ShapeEnds:
    """Return the ends of a shape with six decimals. Raises :class:`BadInput` where it is empty, cut or no polyline."""
    points = fixed_points(polyline)
    (lon0, lat0), (lon1, lat1) = points[0].tolist(), points[-1].tolist()
    return ShapeEnds(LonLat(lon0 / 1e6, lat0 / 1e6), LonLat(lon1 / 1e6, lat1 / 1e6), len(points))


def fixed_points(polyline: str) -> NDArray[np.int64]:
    """Return the points of a shape with six decimals in millionths of a degree, shape (points, 2), longitude first.

    There is one at least. Raises :class:`BadInput` where the shape is empty, cut or no polyline.
    """
    points = _points_kernel(np.frombuffer(polyline.encode("utf-8", "replace"), dtype=np.uint8))
    if len(points) == 0:
        raise BadInput("This is no encoded polyline, or the end of one is missing.")
    return points


@njit(cache=True, nogil=True)
def _points_kernel(codes: Any) -> Any:
    """Return no point at all where the codes are no polyline."""
    points = np.empty((len(codes) // 2, 2), np.int64)
    lon, lat, count = 0, 0, 0
    value, shift, is_lat = 0, 0, True
    for byte in codes:
        chunk = np.int64(byte) - 63
        if chunk < 0 or chunk > 63 or shift > 50:
            return points[:0]
        value |= (chunk & 0x1F) << shift
        shift += 5
        if chunk < 0x20:
            step = (value >> 1) ^ -(value & 1)
            if is_lat:
                lat += step
            else:
                lon += step
                points[count, 0], points[count, 1] = lon, lat
                count += 1
            value, shift, is_lat = 0, 0, not is_lat
    if shift or not is_lat:
        return points[:0]
    return points[:count]
