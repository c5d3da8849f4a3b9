"""Every numba function of the index of fences: which fences hold a point, and how far their edges are.

None of them calls the kernels of another file, for the reason given in ``finder.geo.kernels``; hence the short formula for
distances here. Arrays are those of ``finder.geo.fence_arrays``. Call these through ``finder.geo.fence_index``: it checks points.
"""

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from finder.geo.ecef import ECCENTRICITY_SQUARED, EQUATORIAL_RADIUS_M, POLAR_RADIUS_M

type Records = Any
"""An array of the records of ``finder.geo.fence_arrays``: numba knows their fields, type checkers do not."""

__all__ = ["edge_kernel", "holding_kernel", "holding_many_kernel", "nearest_kernel"]

_A_SQUARED = EQUATORIAL_RADIUS_M**2
_B_SQUARED = POLAR_RADIUS_M**2
_NOTHING_SQUARED = 1e-18  # of a nanometre: the products of less could become 0
_SHORT_BEND_SQUARED = 1e-4  # a chord of 64 km: up to here the series is exact to the rounding of its terms
_ROUNDING = 3.4e-16  # of the two products of an orientation (J. R. Shewchuk, 1997): less than this of their sum is no side
_SLACK_M = 1e-6


@njit(cache=True, nogil=True)
def _ecef_of(lon: float, lat: float) -> tuple[float, float, float]:
    """Return x, y, z in metres of one point in WGS84 degrees, as ``finder.geo.ecef.ecef_m`` does."""
    sin_lat = math.sin(math.radians(lat))
    cos_lat = 0.0 if abs(lat) == 90.0 else math.cos(math.radians(lat))
    normal_m = EQUATORIAL_RADIUS_M / math.sqrt(1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    across_m = normal_m * cos_lat
    return (
        across_m * math.cos(math.radians(lon)),
        across_m * math.sin(math.radians(lon)),
        normal_m * (1.0 - ECCENTRICITY_SQUARED) * sin_lat,
    )


@njit(cache=True, nogil=True)
def _arc_m(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """Return the distance on the ground between two points on the ellipsoid, x, y, z in metres.

    The arc over their chord of the circle that bends as the ellipsoid does in the chord's direction (Euler, see
    ``finder.geo.kernels``). It is there and it is continuous for all pairs, also at the antipode, and never less than the chord.
    """
    dx, dy, dz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    level, rise = dx * dx + dy * dy, dz * dz
    chord_squared = level + rise
    if chord_squared < _NOTHING_SQUARED:
        return math.sqrt(chord_squared)
    along = level / _A_SQUARED + rise / _B_SQUARED
    steepness = 0.5 * (
        (a[0] * a[0] + a[1] * a[1] + b[0] * b[0] + b[1] * b[1]) / (_A_SQUARED * _A_SQUARED)
        + (a[2] * a[2] + b[2] * b[2]) / (_B_SQUARED * _B_SQUARED)
    )
    bend_squared = along * along / (chord_squared * steepness)
    chord_m = math.sqrt(chord_squared)
    if bend_squared < _SHORT_BEND_SQUARED:
        return chord_m * (1.0 + bend_squared * (1.0 / 24.0 + bend_squared * (3.0 / 640.0)))
    half = 0.5 * math.sqrt(bend_squared)
    return chord_m * math.asin(min(1.0, half)) / half


@njit(cache=True, nogil=True)
def _covers(fence: Any, vertices: Records, lon: float, lat: float) -> bool:
    """Tell whether the outline holds the point, its edge included: the crossings of a ray to the east are counted."""
    if lat == 90.0:
        return bool(fence.has_north_pole)
    if lat == -90.0:
        return bool(fence.has_south_pole)
    while lon < fence.west:
        lon += 360.0
    while lon > fence.east:
        lon -= 360.0
    if lon < fence.west:
        return False
    inside = False
    for i in range(fence.first, fence.last):
        end = vertices[i].drawn_to
        if end == 0:
            continue
        a_lon, a_lat, b_lon, b_lat = vertices[i].lon, vertices[i].lat, vertices[end].lon, vertices[end].lat
        if (a_lat > lat) == (b_lat > lat):
            if a_lat == lat and (a_lon == lon or (b_lat == lat and min(a_lon, b_lon) <= lon <= max(a_lon, b_lon))):
                return True
            continue
        ahead, aside = (b_lon - a_lon) * (lat - a_lat), (lon - a_lon) * (b_lat - a_lat)
        side = ahead - aside
        if abs(side) <= _ROUNDING * (abs(ahead) + abs(aside)):
            return True
        if (side > 0.0) == (b_lat > a_lat):
            inside = not inside
    return inside


@njit(cache=True, nogil=True)
def _signed_m(fence: Any, vertices: Records, lon: float, lat: float, origin_m: tuple[float, float, float]) -> float:
    """Return the distance to the fence's edge, negative inside; infinite when it has none.

    The nearest place of an outline is found with straight lines through the Earth, of which none is far from its edge
    (``finder.geo.fence_arrays`` cuts long ones); how far it is is then measured to the edge itself.
    """
    if fence.radius_m >= 0.0:
        return _arc_m(origin_m, (fence.x_m, fence.y_m, fence.z_m)) - fence.radius_m
    x, y, z = origin_m
    nearest, nearest_share, least_squared = -1, 0.0, math.inf
    for i in range(fence.first, fence.last):
        if not vertices[i].is_edge:
            continue
        a, b = vertices[i], vertices[i + 1]
        dx, dy, dz = b.x_m - a.x_m, b.y_m - a.y_m, b.z_m - a.z_m
        to_x, to_y, to_z = x - a.x_m, y - a.y_m, z - a.z_m
        length_squared = dx * dx + dy * dy + dz * dz
        share = 0.0
        if length_squared > 0.0:
            share = min(1.0, max(0.0, (to_x * dx + to_y * dy + to_z * dz) / length_squared))
        off_x, off_y, off_z = to_x - share * dx, to_y - share * dy, to_z - share * dz
        squared = off_x * off_x + off_y * off_y + off_z * off_z
        if squared < least_squared:
            nearest, nearest_share, least_squared = i, share, squared
    away_m = math.inf
    if nearest >= 0:
        a, b = vertices[nearest], vertices[nearest + 1]
        at_m = _ecef_of(a.lon + nearest_share * (b.lon - a.lon), a.lat + nearest_share * (b.lat - a.lat))
        away_m = _arc_m(origin_m, at_m)
    return -away_m if _covers(fence, vertices, lon, lat) else away_m


@njit(cache=True, nogil=True)
def _box_squared(node: Any, origin_m: tuple[float, float, float]) -> float:
    """Return the square of the distance to a node's box; 0 inside."""
    x, y, z = origin_m
    dx = max(node.least_x_m - x, 0.0, x - node.most_x_m)
    dy = max(node.least_y_m - y, 0.0, y - node.most_y_m)
    dz = max(node.least_z_m - z, 0.0, z - node.most_z_m)
    return dx * dx + dy * dy + dz * dz


@njit(cache=True, nogil=True)
def _centre_squared(fence: Any, origin_m: tuple[float, float, float]) -> float:
    """Return the square of the chord to the middle of the ball around a fence."""
    dx, dy, dz = fence.x_m - origin_m[0], fence.y_m - origin_m[1], fence.z_m - origin_m[2]
    return dx * dx + dy * dy + dz * dz


@njit(cache=True, nogil=True)
def _gather(  # noqa: PLR0917  # numba passes arguments by position
    nodes: Records, fences: Records, vertices: Records, lon: float, lat: float, found: NDArray[np.int64], start: int
) -> tuple[NDArray[np.int64], int]:
    """Write the numbers of the fences that hold the point into ``found`` from ``start`` on, ascending; return it and their end.

    A longer array is returned when they do not fit. Nodes are numbered as in a heap, so the way on from one needs no stack:
    down to its left child, or past it to the next one on the right.
    """
    origin_m = _ecef_of(lon, lat)
    n, leaves = fences.shape[0], nodes.shape[0] >> 1
    end, node = start, 1
    while True:
        if _box_squared(nodes[node], origin_m) == 0.0:
            if node < leaves:
                node *= 2
                continue
            leaf = node - leaves
            for slot in range(n * leaf // leaves, n * (leaf + 1) // leaves):
                fence = fences[slot]
                if _centre_squared(fence, origin_m) > fence.reach_m * fence.reach_m:
                    continue
                if fence.radius_m >= 0.0:
                    if _arc_m(origin_m, (fence.x_m, fence.y_m, fence.z_m)) > fence.radius_m:
                        continue
                elif not _covers(fence, vertices, lon, lat):
                    continue
                if end == found.shape[0]:
                    longer = np.empty(2 * end + 16, dtype=np.int64)
                    longer[:end] = found
                    found = longer
                at = end
                while at > start and found[at - 1] > fence.number:
                    found[at] = found[at - 1]
                    at -= 1
                found[at] = fence.number
                end += 1
        while node & 1 and node > 1:
            node >>= 1
        if node == 1:
            return found, end
        node += 1


@njit(cache=True, nogil=True)
def holding_kernel(nodes: Records, fences: Records, vertices: Records, lon: float, lat: float) -> NDArray[np.int64]:
    """Return the numbers of the fences that hold the point, ascending."""
    found, end = _gather(nodes, fences, vertices, lon, lat, np.empty(8, dtype=np.int64), 0)
    return found[:end]


@njit(cache=True, nogil=True)
def holding_many_kernel(
    nodes: Records, fences: Records, vertices: Records, lon_lat: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of the fences that hold each of the points (n, 2), ascending for each; and where each point's end."""
    found, end = np.empty(lon_lat.shape[0] + 16, dtype=np.int64), 0
    ends = np.empty(lon_lat.shape[0], dtype=np.int64)
    for i in range(lon_lat.shape[0]):
        found, end = _gather(nodes, fences, vertices, lon_lat[i, 0], lon_lat[i, 1], found, end)
        ends[i] = end
    return found[:end], ends


@njit(cache=True, nogil=True)
def edge_kernel(fences: Records, vertices: Records, slot: int, lon: float, lat: float) -> float:
    """Return the signed distance from the point to the edge of the fence in this slot."""
    return _signed_m(fences[slot], vertices, lon, lat, _ecef_of(lon, lat))


@njit(cache=True, nogil=True)
def nearest_kernel(  # noqa: PLR0917  # numba passes arguments by position
    nodes: Records,
    fences: Records,
    vertices: Records,
    lon: float,
    lat: float,
    most_m: float,
    numbers: NDArray[np.int64],
    edge_m: NDArray[np.float64],
) -> int:
    """Fill ``numbers`` and ``edge_m``, both of shape (k,), with the k fences of the least signed distance, at most ``most_m``.

    Ascending, equals by number. Returns how many there are. A fence is no nearer than the ball around it, and nearer than
    nothing where the point is in that ball.
    """
    origin_m = _ecef_of(lon, lat)
    n, leaves, k, size = fences.shape[0], nodes.shape[0] >> 1, numbers.shape[0], 0
    waiting, waiting_squared = np.empty(64, dtype=np.int64), np.empty(64)
    waiting[0], waiting_squared[0], top = 1, _box_squared(nodes[1], origin_m), 1
    worst_m = most_m
    while top > 0:
        top -= 1
        node, squared = waiting[top], waiting_squared[top]
        if squared > 0.0 and math.sqrt(squared) > worst_m + _SLACK_M:
            continue
        if node < leaves:
            left, right = _box_squared(nodes[2 * node], origin_m), _box_squared(nodes[2 * node + 1], origin_m)
            far = 2 * node if left > right else 2 * node + 1
            waiting[top], waiting_squared[top] = far, max(left, right)
            waiting[top + 1], waiting_squared[top + 1] = 4 * node + 1 - far, min(left, right)
            top += 2
            continue
        leaf = node - leaves
        for slot in range(n * leaf // leaves, n * (leaf + 1) // leaves):
            fence = fences[slot]
            to_ball_m = math.sqrt(_centre_squared(fence, origin_m)) - fence.reach_m
            if to_ball_m > 0.0 and to_ball_m > worst_m + _SLACK_M:
                continue
            signed_m = _signed_m(fence, vertices, lon, lat, origin_m)
            if signed_m > most_m:
                continue
            at = size
            while at > 0 and (edge_m[at - 1] > signed_m or (edge_m[at - 1] == signed_m and numbers[at - 1] > fence.number)):
                if at < k:
                    edge_m[at], numbers[at] = edge_m[at - 1], numbers[at - 1]
                at -= 1
            if at < k:
                edge_m[at], numbers[at] = signed_m, fence.number
                size = min(size + 1, k)
                if size == k:
                    worst_m = edge_m[k - 1]
    return size
