"""Every numba function of this room, compiled to machine code: geodesic distance and the walk through the flat k-d tree.

They are in one file on purpose. Numba's on-disk cache notices a change only in the file of the function that it cached, so a
kernel that called one of another file could go on running the other's old code.

``cache=True`` keeps the compiled code beside this file, or where ``NUMBA_CACHE_DIR`` says; ``nogil=True`` lets threads search
at the same time. Call these through ``finder.geo.distance`` and ``finder.geo.kdtree``, which check what they are given.
"""

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from finder.geo.ecef import (
    ECCENTRICITY_SQUARED,
    EQUATORIAL_RADIUS_M,
    FLATTENING,
    LARGEST_CURVATURE_RADIUS_M,
    POLAR_RADIUS_M,
)

type Records = Any
"""An array, shape (n,), of the points or forks of ``finder.geo.kdtree_files``: numba knows their fields, type checkers do not."""

__all__ = ["ecef_of", "geodesic_many_kernel", "nearest_kernel", "reduced_many_kernel", "vincenty_m"]

_N = FLATTENING / (2.0 - FLATTENING)  # third flattening
_SECOND_ECCENTRICITY_SQUARED = ECCENTRICITY_SQUARED / (1.0 - ECCENTRICITY_SQUARED)
_MOST_ITERATIONS = 40
_LAMBDA_TOLERANCE = 1e-12  # radians; what is left of it is corrected to first order
_SECOND_ORDER = 1e-16  # the square of what is left, over the sine of the arc, that the correction leaves an error of 0.3 nm for
_SHORT = 0.1  # radians of longitude
_SHORT_CHORD_M = 50_000.0  # up to here the curvature of the chord gives the geodesic to 10 nm, for a sixth of the time
_DIAMETER_M = 2.0 * EQUATORIAL_RADIUS_M  # of the Earth: no chord is longer
_EXTRA = 2  # points fetched beyond k: enough, nearly always, for the bound to prove the order at once
_SLACK_M = 1e-6  # far above the rounding of chords (nm) and geodesics (20 nm)
_NOT_CONVERGED = -1


@njit(cache=True, nogil=True)
def ecef_of(lon: float, lat: float) -> tuple[float, float, float]:
    """Return x, y, z in metres of one point in WGS84 degrees: the scalar twin of ``finder.geo.ecef.ecef_m``."""
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
def _reduced(lat: float) -> tuple[float, float]:
    """Return sine and cosine of the reduced latitude U, tan U = (1 - f) tan φ; exact at the poles."""
    if abs(lat) == 90.0:
        return math.copysign(1.0, lat), 0.0
    sin_u = (1.0 - FLATTENING) * math.sin(math.radians(lat))
    cos_u = math.cos(math.radians(lat))
    norm = math.sqrt(sin_u * sin_u + cos_u * cos_u)
    return sin_u / norm, cos_u / norm


@njit(cache=True, nogil=True)
def _first_longitude(wanted: float, sines: float, cosines: float) -> float:
    """Return where the iteration for λ starts, given the difference of longitude and the sums over both reduced latitudes.

    For short lines that is GeographicLib's: the ellipsoid taken for a sphere of the middle latitude; a round or two will then do.
    """
    if not 0.0 < abs(wanted) < _SHORT:
        return wanted
    sine_squared = sines * sines / (sines * sines + cosines * cosines)
    return wanted / ((1.0 - FLATTENING) * math.sqrt(1.0 + _SECOND_ECCENTRICITY_SQUARED * sine_squared))


@njit(cache=True, nogil=True)
def reduced_many_kernel(lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sine and cosine of the reduced latitudes, shape (n, 2): the same to the last bit as a search works them out."""
    reduced = np.empty((lat.shape[0], 2), dtype=np.float64)
    for i in range(lat.shape[0]):
        reduced[i, 0], reduced[i, 1] = _reduced(lat[i])
    return reduced


@njit(cache=True, nogil=True)
def vincenty_m(lon_1: float, lat_1: float, lon_2: float, lat_2: float) -> float:
    """Return the length in metres of the geodesic between two points in WGS84 degrees; NaN where that does not converge."""
    sin_u1, cos_u1 = _reduced(lat_1)
    sin_u2, cos_u2 = _reduced(lat_2)
    return _geodesic_m(lon_1, sin_u1, cos_u1, lon_2, sin_u2, cos_u2)


@njit(cache=True, nogil=True)
def _geodesic_m(  # noqa: PLR0917  # numba passes arguments by position
    lon_1: float, sin_u1: float, cos_u1: float, lon_2: float, sin_u2: float, cos_u2: float
) -> float:
    """Return ``vincenty_m`` of points whose reduced latitudes are worked out already.

    The chord comes from the difference of longitude, not from coordinates: what mirrors each other is equally far to the last
    bit. A short geodesic is all but an arc of the circle that bends as the ellipsoid does in the direction d of the chord,
    κ = (dx²/a² + dy²/a² + dz²/b²) / (|d|² √((x² + y²)/a⁴ + z²/b⁴)), and κ times the arc is 2 asin(κ |d| / 2), here its series.
    """
    difference = lon_2 - lon_1
    if difference > 180.0:
        difference -= 360.0
    elif difference < -180.0:
        difference += 360.0
    if cos_u1 == 0.0 or cos_u2 == 0.0:
        difference = 0.0  # a pole has every longitude; without this, rounding would part what is equally far from it
    longitude = math.radians(difference)
    sin_half = math.sin(0.5 * longitude)
    # Squares of the chord on the auxiliary sphere of radius 1: its part along the equator's plane, and across it.
    level = (cos_u1 - cos_u2) * (cos_u1 - cos_u2) + 4.0 * cos_u1 * cos_u2 * sin_half * sin_half
    rise = (sin_u1 - sin_u2) * (sin_u1 - sin_u2)
    chord_squared = EQUATORIAL_RADIUS_M * EQUATORIAL_RADIUS_M * level + POLAR_RADIUS_M * POLAR_RADIUS_M * rise
    if chord_squared == 0.0:
        return 0.0
    if not chord_squared <= _SHORT_CHORD_M * _SHORT_CHORD_M:
        return _long_m(longitude, sin_u1, cos_u1, sin_u2, cos_u2)
    sin_squared = 0.5 * (sin_u1 * sin_u1 + sin_u2 * sin_u2)
    gradient_squared = (1.0 - sin_squared) / (EQUATORIAL_RADIUS_M * EQUATORIAL_RADIUS_M) + sin_squared / (
        POLAR_RADIUS_M * POLAR_RADIUS_M
    )
    bend = (level + rise) * (level + rise) / (chord_squared * gradient_squared)  # (κ |d|)²
    return math.sqrt(chord_squared) * (1.0 + bend * (1.0 / 24.0 + bend * (3.0 / 640.0)))


@njit(cache=True, nogil=True)
def _long_m(wanted: float, sin_u1: float, cos_u1: float, sin_u2: float, cos_u2: float) -> float:
    """Return ``vincenty_m`` of points whose longitudes, in radians, are ``wanted`` apart and that are not one place.

    The iteration for λ is T. Vincenty's (*Direct and inverse solutions of geodesics on the ellipsoid*, Survey Review 23/176,
    1975). Its truncated series, 0.1 mm off at worst, are replaced by those of C. F. F. Karney (*Algorithms for geodesics*,
    J. Geodesy 87, 2013, equations 17, 18, 24 and 25), here to ε⁵ and ε⁴. With s the arc on the
    auxiliary sphere and m twice its middle, a term sin 2l s₂ - sin 2l s₁ of them is 2 cos(l m) sin(l s): no further trigonometry.
    """
    longitude = _first_longitude(wanted, sin_u1 + sin_u2, cos_u1 + cos_u2)
    for _ in range(_MOST_ITERATIONS):
        sin_l, cos_l = math.sin(longitude), math.cos(longitude)
        across = cos_u2 * sin_l
        along = cos_u1 * sin_u2 - sin_u1 * cos_u2 * cos_l
        sin_s = math.sqrt(across * across + along * along)
        cos_s = sin_u1 * sin_u2 + cos_u1 * cos_u2 * cos_l
        if sin_s == 0.0:
            # The same place but for rounding, or exact antipodes, where every direction is a solution of this.
            return 0.0 if cos_s > 0.0 else math.nan
        sigma = math.atan2(sin_s, cos_s)
        sin_alpha = cos_u1 * cos_u2 * sin_l / sin_s
        cos2_alpha = max(0.0, 1.0 - sin_alpha * sin_alpha)
        c1 = 0.0  # cos m; along the equator it has no meaning and no weight
        if cos2_alpha > 0.0:
            c1 = min(1.0, max(-1.0, cos_s - 2.0 * sin_u1 * sin_u2 / cos2_alpha))
        # cos(l m) and sin(l s) for l = 2 … 4 by Chebyshev's recurrence.
        c2 = 2.0 * c1 * c1 - 1.0
        c3 = 2.0 * c1 * c2 - c1
        c4 = 2.0 * c1 * c3 - c2
        s2 = 2.0 * cos_s * sin_s
        s3 = 2.0 * cos_s * s2 - sin_s
        s4 = 2.0 * cos_s * s3 - s2
        root = math.sqrt(1.0 + _SECOND_ECCENTRICITY_SQUARED * cos2_alpha)
        e = (root - 1.0) / (root + 1.0)
        e2, e3, e4 = e * e, e * e * e, e * e * e * e
        # Karney (24), (25): longitude on the auxiliary sphere.
        a3 = (
            1.0
            - (1.0 - _N) / 2.0 * e
            - (2.0 + _N - 3.0 * _N * _N) / 8.0 * e2
            - (1.0 + 3.0 * _N + _N * _N) / 16.0 * e3
            - (3.0 + 2.0 * _N) / 64.0 * e4
        )
        c31 = (
            (1.0 - _N) / 4.0 * e
            + (1.0 - _N * _N) / 8.0 * e2
            + (3.0 + 3.0 * _N - _N * _N) / 64.0 * e3
            + (5.0 + 2.0 * _N) / 128.0 * e4
        )
        c32 = (2.0 - 3.0 * _N + _N * _N) / 32.0 * e2 + (3.0 - 2.0 * _N - 3.0 * _N * _N) / 64.0 * e3 + (3.0 + _N) / 128.0 * e4
        c33 = (5.0 - 9.0 * _N + 5.0 * _N * _N) / 192.0 * e3 + (3.0 - 5.0 * _N) / 128.0 * e4
        c34 = (7.0 - 14.0 * _N) / 512.0 * e4
        bend = sigma + 2.0 * (c31 * c1 * sin_s + c32 * c2 * s2 + c33 * c3 * s3 + c34 * c4 * s4)
        before = longitude
        longitude = wanted + FLATTENING * sin_alpha * a3 * bend
        if abs(longitude) > math.pi + 1e-15:
            return math.nan  # near the antipode: the shortest way leaves on the other side
        step = longitude - before
        if abs(step) <= _LAMBDA_TOLERANCE or (cos_s > 0.0 and step * step <= _SECOND_ORDER * sin_s):
            # Karney (17), (18): distance along the geodesic.
            e5 = e4 * e
            a1 = (1.0 + e2 / 4.0 + e4 / 64.0) / (1.0 - e)
            c5, s5 = 2.0 * c1 * c4 - c3, 2.0 * cos_s * s4 - s3
            swing = (
                (-e / 2.0 + 3.0 / 16.0 * e3 - e5 / 32.0) * c1 * sin_s
                + (-e2 / 16.0 + e4 / 32.0) * c2 * s2
                + (-e3 / 48.0 + 3.0 / 256.0 * e5) * c3 * s3
                - 5.0 / 512.0 * e4 * c4 * s4
                - 7.0 / 1280.0 * e5 * c5 * s5
            )
            # That geodesic ends a step short of its longitude; by Clairaut ds/dL = a sin α₀.
            return POLAR_RADIUS_M * a1 * (sigma + 2.0 * swing) + EQUATORIAL_RADIUS_M * sin_alpha * step
    return math.nan


@njit(cache=True, nogil=True)
def geodesic_many_kernel(lon: float, lat: float, lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``vincenty_m`` from one point to each row of ``lon_lat``, shape (n, 2)."""
    distance_m = np.empty(lon_lat.shape[0], dtype=np.float64)
    sin_u, cos_u = _reduced(lat)
    for row in range(lon_lat.shape[0]):
        there_sin_u, there_cos_u = _reduced(lon_lat[row, 1])
        distance_m[row] = _geodesic_m(lon, sin_u, cos_u, lon_lat[row, 0], there_sin_u, there_cos_u)
    return distance_m


@njit(cache=True, nogil=True)
def _sift_down(keys: NDArray[np.float64], slots: NDArray[np.int64], points: Records, hole: int, size: int) -> None:
    """Restore the heap (largest key, then largest input row, on top) below ``hole`` in the first ``size`` entries."""
    key, slot = keys[hole], slots[hole]
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        right = child + 1
        if right < size and (
            keys[right] > keys[child] or (keys[right] == keys[child] and points[slots[right]].row > points[slots[child]].row)
        ):
            child = right
        if keys[child] < key or (keys[child] == key and points[slots[child]].row < points[slot].row):
            break
        keys[hole], slots[hole] = keys[child], slots[child]
        hole = child
    keys[hole], slots[hole] = key, slot


@njit(cache=True, nogil=True)
def _heapify(keys: NDArray[np.float64], slots: NDArray[np.int64], points: Records, size: int) -> None:
    for hole in range(size // 2 - 1, -1, -1):
        _sift_down(keys, slots, points, hole, size)


@njit(cache=True, nogil=True)
def _sort_heap(keys: NDArray[np.float64], slots: NDArray[np.int64], points: Records, size: int) -> None:
    for last in range(size - 1, 0, -1):
        keys[0], keys[last] = keys[last], keys[0]
        slots[0], slots[last] = slots[last], slots[0]
        _sift_down(keys, slots, points, 0, last)


@njit(cache=True, nogil=True)
def _meets(tags: np.uint64, clauses: NDArray[np.uint64]) -> bool:
    """Tell whether these tags, a point's or all of a node's points together, share a flag with every clause."""
    for i in range(clauses.shape[0]):  # noqa: SIM110  # numba knows no generator expressions
        if not tags & clauses[i]:
            return False
    return True


@njit(cache=True, nogil=True)
def _side_squared(fork: Any, side: int, origin_m: tuple[float, float, float], clauses: NDArray[np.uint64]) -> float:
    """Return the square of the distance to the box of one side of a fork; infinite when none of its points can match."""
    if not _meets(fork.tags[side], clauses):
        return math.inf
    x, y, z = origin_m
    dx = max(fork.least_m[side, 0] - x, 0.0, x - fork.most_m[side, 0])
    dy = max(fork.least_m[side, 1] - y, 0.0, y - fork.most_m[side, 1])
    dz = max(fork.least_m[side, 2] - z, 0.0, z - fork.most_m[side, 2])
    return dx * dx + dy * dy + dz * dz


@njit(cache=True, nogil=True)
def _fetch_by_chord(  # noqa: PLR0917  # one hot loop; numba passes arguments by position
    forks: Records,
    points: Records,
    origin_m: tuple[float, float, float],
    chord_limit_m: float,
    clauses: NDArray[np.uint64],
    keys: NDArray[np.float64],
    slots: NDArray[np.int64],
) -> int:
    """Fill ``slots``, and ``keys`` with squared chords, with the matching points nearest by chord; return how many there are.

    When they are full they are a heap, the longest chord on top. Nodes are numbered from left to right, as they hang: leaf i is
    node 2i, and fork i, which divides leaf i from leaf i + 1, is node 2i + 1, its children half as far off as it is from its
    parent. Leaf i has the slots from n·i / leaves up to n·(i + 1) / leaves. Nothing that is read from a file is used to index, so
    a damaged file cannot make this read outside.
    """
    n, fetch, leaves = points.shape[0], keys.shape[0], forks.shape[0] + 1
    levels = 0
    while 1 << levels < leaves:
        levels += 1
    x, y, z = origin_m
    size = 0
    worst = chord_limit_m * chord_limit_m
    # A depth-first walk that takes the nearer child first keeps at most one waiting node a level.
    waiting = np.empty(64, dtype=np.int64)
    waiting_squared = np.empty(64, dtype=np.float64)
    waiting[0], waiting_squared[0] = leaves - 1, 0.0
    top = 1
    while top > 0:
        top -= 1
        node, node_squared = waiting[top], waiting_squared[top]
        while node & 1 and node_squared <= worst:
            fork = forks[node >> 1]
            step = ((node + 1) & -(node + 1)) >> 1  # the lowest bit that is not set says how high a fork stands
            near, near_squared = node - step, _side_squared(fork, 0, origin_m, clauses)
            far, far_squared = node + step, _side_squared(fork, 1, origin_m, clauses)
            if far_squared < near_squared:
                near, near_squared, far, far_squared = far, far_squared, near, near_squared
            if far_squared <= worst:
                waiting[top], waiting_squared[top] = far, far_squared
                top += 1
            node, node_squared = near, near_squared
        if not node_squared <= worst:
            continue
        leaf = node >> 1
        for slot in range(n * leaf >> levels, n * (leaf + 1) >> levels):
            point = points[slot]
            if not _meets(point.tags, clauses):
                continue
            dx, dy, dz = point.xyz_m[0] - x, point.xyz_m[1] - y, point.xyz_m[2] - z
            squared = dx * dx + dy * dy + dz * dz
            if squared > worst:
                continue
            if size < fetch:
                keys[size], slots[size] = squared, slot
                size += 1
                if size == fetch:
                    _heapify(keys, slots, points, size)
                    worst = keys[0]
            elif squared < worst:
                keys[0], slots[0] = squared, slot
                _sift_down(keys, slots, points, 0, size)
                worst = keys[0]
    return size


@njit(cache=True, nogil=True)
def _longest_chord_m(geodesic_m: float) -> float:
    """Return a chord in metres that no two points so far apart exceed: the arc of the largest radius over it is no longer."""
    half_turn = geodesic_m / (2.0 * LARGEST_CURVATURE_RADIUS_M)
    if half_turn >= math.pi / 2:
        return _DIAMETER_M + _SLACK_M
    return 2.0 * LARGEST_CURVATURE_RADIUS_M * math.sin(half_turn) + _SLACK_M


@njit(cache=True, nogil=True)
def _least_geodesic_m(chord_m: float) -> float:
    """Return the arc of the largest radius: no geodesic over this chord is shorter, as ``finder.geo.kdtree`` proves."""
    half_chord = chord_m / (2.0 * LARGEST_CURVATURE_RADIUS_M)
    return 2.0 * LARGEST_CURVATURE_RADIUS_M * math.asin(min(1.0, half_chord))


@njit(cache=True, nogil=True)
def nearest_kernel(  # noqa: PLR0917  # numba passes arguments by position
    forks: Records,
    points: Records,
    lon: float,
    lat: float,
    radius_m: float,
    clauses: NDArray[np.uint64],
    slots: NDArray[np.int64],
    distance_m: NDArray[np.float64],
) -> int:
    """Fill ``slots`` and ``distance_m``, both of shape (k,), with the k nearest matching points at most ``radius_m`` away.

    A point matches when its tags share a flag with each of ``clauses``, shape (c,). There must be at least k points. Returns how
    many were found, or -1 when a geodesic did not converge: a point so near to the antipode would be among the first fetched.
    """
    k, n = slots.shape[0], points.shape[0]
    sin_u, cos_u = _reduced(lat)
    origin_m = ecef_of(lon, lat)
    fetch, within_m = min(n, k + _EXTRA), radius_m
    while True:
        keys = np.empty(fetch, dtype=np.float64)
        found = np.empty(fetch, dtype=np.int64)
        size = _fetch_by_chord(forks, points, origin_m, _longest_chord_m(within_m), clauses, keys, found)
        left_out = size == fetch < n
        floor_m = _least_geodesic_m(math.sqrt(keys[0]))  # what was left out is no nearer
        for i in range(size):
            point = points[found[i]]
            keys[i] = _geodesic_m(lon, sin_u, cos_u, point.lon, point.sin_u, point.cos_u)
            if math.isnan(keys[i]):
                return _NOT_CONVERGED
        _heapify(keys, found, points, size)
        _sort_heap(keys, found, points, size)
        if size >= k:
            # No more than the k-th is wanted, so a second round need not look beyond it.
            within_m = min(within_m, float(keys[k - 1]))
        if not left_out or floor_m > within_m + _SLACK_M:
            break
        fetch = min(n, 2 * fetch)
    count = 0
    while count < min(k, size) and keys[count] <= radius_m:
        slots[count], distance_m[count] = found[count], keys[count]
        count += 1
    return count
