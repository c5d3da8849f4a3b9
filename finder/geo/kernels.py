"""Every numba function of this room, compiled to machine code: geodesic distance and the walk through the flat k-d tree.

They are in one file on purpose. Numba's on-disk cache notices a change only in the file of the function that it cached, so a
kernel that called one of another file could go on running the other's old code.

``cache=True`` keeps the compiled code beside this file, or where ``NUMBA_CACHE_DIR`` says; ``nogil=True`` lets threads search
at the same time. Call these through ``finder.geo.distance`` and ``finder.geo.kdtree``, which check what they are given.
"""

import math

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

__all__ = ["ecef_of", "geodesic_many_kernel", "nearest_kernel", "vincenty_m"]

_N = FLATTENING / (2.0 - FLATTENING)  # third flattening
_SECOND_ECCENTRICITY_SQUARED = ECCENTRICITY_SQUARED / (1.0 - ECCENTRICITY_SQUARED)
_MOST_ITERATIONS = 40
_LAMBDA_TOLERANCE = 1e-12  # radians; what is left of it is corrected to first order


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
def vincenty_m(lon_1: float, lat_1: float, lon_2: float, lat_2: float) -> float:
    """Return the length in metres of the geodesic between two points in WGS84 degrees; NaN where the iteration does not converge.

    The iteration for λ is T. Vincenty's (*Direct and inverse solutions of geodesics on the ellipsoid*, Survey Review 23/176,
    1975). Its truncated series, 0.1 mm off at worst, are replaced by those of C. F. F. Karney (*Algorithms for geodesics*,
    J. Geodesy 87, 2013, equations 17, 18, 24 and 25), here to ε⁵ and ε⁴. With s the arc on the
    auxiliary sphere and m twice its middle, a term sin 2l s₂ - sin 2l s₁ of them is 2 cos(l m) sin(l s): no further trigonometry.
    """
    difference = lon_2 - lon_1
    if difference > 180.0:
        difference -= 360.0
    elif difference < -180.0:
        difference += 360.0
    if abs(lat_1) == 90.0 or abs(lat_2) == 90.0:
        difference = 0.0  # a pole has every longitude; without this, rounding would part what is equally far from it
    if difference == 0.0 and lat_1 == lat_2:
        return 0.0
    wanted = math.radians(difference)
    sin_u1, cos_u1 = _reduced(lat_1)
    sin_u2, cos_u2 = _reduced(lat_2)
    longitude = wanted
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
        if abs(longitude - before) <= _LAMBDA_TOLERANCE:
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
            # That geodesic ends longitude - before short of its longitude; by Clairaut ds/dL = a sin α₀.
            return POLAR_RADIUS_M * a1 * (sigma + 2.0 * swing) + EQUATORIAL_RADIUS_M * sin_alpha * (longitude - before)
    return math.nan


@njit(cache=True, nogil=True)
def geodesic_many_kernel(lon: float, lat: float, lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``vincenty_m`` from one point to each row of ``lon_lat``, shape (n, 2)."""
    distance_m = np.empty(lon_lat.shape[0], dtype=np.float64)
    for row in range(lon_lat.shape[0]):
        distance_m[row] = vincenty_m(lon, lat, lon_lat[row, 0], lon_lat[row, 1])
    return distance_m


@njit(cache=True, nogil=True)
def _sift_down(keys: NDArray[np.float64], slots: NDArray[np.int64], rows: NDArray[np.int64], hole: int, size: int) -> None:
    """Restore the heap (largest key, then largest input row, on top) below ``hole`` in the first ``size`` entries."""
    key, slot = keys[hole], slots[hole]
    row = rows[slot]
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        right = child + 1
        if right < size and (
            keys[right] > keys[child] or (keys[right] == keys[child] and rows[slots[right]] > rows[slots[child]])
        ):
            child = right
        if keys[child] < key or (keys[child] == key and rows[slots[child]] < row):
            break
        keys[hole], slots[hole] = keys[child], slots[child]
        hole = child
    keys[hole], slots[hole] = key, slot


@njit(cache=True, nogil=True)
def _heapify(keys: NDArray[np.float64], slots: NDArray[np.int64], rows: NDArray[np.int64], size: int) -> None:
    for hole in range(size // 2 - 1, -1, -1):
        _sift_down(keys, slots, rows, hole, size)


@njit(cache=True, nogil=True)
def _box_distance_squared(bounds_m: NDArray[np.float64], node: int, x: float, y: float, z: float) -> float:
    dx = max(bounds_m[node, 0] - x, 0.0, x - bounds_m[node, 3])
    dy = max(bounds_m[node, 1] - y, 0.0, y - bounds_m[node, 4])
    dz = max(bounds_m[node, 2] - z, 0.0, z - bounds_m[node, 5])
    return dx * dx + dy * dy + dz * dz


@njit(cache=True, nogil=True)
def _fetch_by_chord(  # noqa: PLR0917  # one hot loop; numba passes arguments by position
    xyz_m: NDArray[np.float64],
    rows: NDArray[np.int64],
    tags: NDArray[np.uint32],
    bounds_m: NDArray[np.float64],
    node_tags: NDArray[np.uint32],
    origin_m: tuple[float, float, float],
    chord_limit_m: float,
    any_of_tags: int,
    keys: NDArray[np.float64],
    slots: NDArray[np.int64],
) -> int:
    """Fill ``slots``, and ``keys`` with squared chords, with the matching points nearest by chord; return how many there are.

    When they are full they are a heap, the longest chord on top. Node 0 is the root, the children of i are 2i + 1 and 2i + 2,
    and node j of depth d holds the slots from n·j >> d up to n·(j + 1) >> d: nothing that is read from a file is used to index,
    so a damaged file cannot make this read outside.
    """
    n, fetch = xyz_m.shape[0], keys.shape[0]
    leaves = (bounds_m.shape[0] + 1) // 2
    mask = np.uint32(any_of_tags)
    x, y, z = origin_m
    size = 0
    worst = chord_limit_m * chord_limit_m
    # A depth-first walk that takes the nearer child first keeps at most one waiting node a level, and one more.
    waiting = np.empty(72, dtype=np.int64)
    waiting_squared = np.empty(72, dtype=np.float64)
    waiting[0], waiting_squared[0] = 0, 0.0
    top = 1 if node_tags[0] & mask else 0
    while top > 0:
        top -= 1
        node = waiting[top]
        if waiting_squared[top] > worst:
            continue
        if node < leaves - 1:
            left, right = 2 * node + 1, 2 * node + 2
            left_squared = _box_distance_squared(bounds_m, left, x, y, z) if node_tags[left] & mask else math.inf
            right_squared = _box_distance_squared(bounds_m, right, x, y, z) if node_tags[right] & mask else math.inf
            near, near_squared, far, far_squared = left, left_squared, right, right_squared
            if right_squared < left_squared:
                near, near_squared, far, far_squared = right, right_squared, left, left_squared
            # An infinite limit must not let in a child without the tag, hence the second comparison.
            if far_squared <= worst and far_squared < math.inf:
                waiting[top], waiting_squared[top] = far, far_squared
                top += 1
            if near_squared <= worst and near_squared < math.inf:
                waiting[top], waiting_squared[top] = near, near_squared
                top += 1
            continue
        leaf = node - (leaves - 1)
        for slot in range(n * leaf // leaves, n * (leaf + 1) // leaves):
            if not tags[slot] & mask:
                continue
            dx, dy, dz = xyz_m[slot, 0] - x, xyz_m[slot, 1] - y, xyz_m[slot, 2] - z
            squared = dx * dx + dy * dy + dz * dz
            if squared > worst:
                continue
            if size < fetch:
                keys[size], slots[size] = squared, slot
                size += 1
                if size == fetch:
                    _heapify(keys, slots, rows, size)
                    worst = keys[0]
            elif squared < worst:
                keys[0], slots[0] = squared, slot
                _sift_down(keys, slots, rows, 0, size)
                worst = keys[0]
    return size


@njit(cache=True, nogil=True)
def nearest_kernel(  # noqa: PLR0917  # numba passes arguments by position
    xyz_m: NDArray[np.float64],
    lon_lat: NDArray[np.float64],
    rows: NDArray[np.int64],
    tags: NDArray[np.uint32],
    bounds_m: NDArray[np.float64],
    node_tags: NDArray[np.uint32],
    lon: float,
    lat: float,
    fetch: int,
    chord_limit_m: float,
    any_of_tags: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64], float, bool]:
    """Fetch the ``fetch`` matching points nearest by chord, not beyond ``chord_limit_m``, and put them in geodesic order.

    Returns their slots; their distances in metres; a distance that no matching point left out for want of room is nearer than
    (infinite when none was left out); and whether every geodesic converged. When one did not, its distance is NaN and the
    answer is not sorted.
    """
    keys = np.empty(fetch, dtype=np.float64)
    slots = np.empty(fetch, dtype=np.int64)
    size = _fetch_by_chord(xyz_m, rows, tags, bounds_m, node_tags, ecef_of(lon, lat), chord_limit_m, any_of_tags, keys, slots)
    floor_m = math.inf
    if size == fetch:
        # See finder.geo.kdtree for why: no geodesic over this chord is shorter than the arc of the largest radius.
        half_chord = math.sqrt(keys[0]) / (2.0 * LARGEST_CURVATURE_RADIUS_M)
        floor_m = 2.0 * LARGEST_CURVATURE_RADIUS_M * math.asin(min(1.0, half_chord))
    converged = True
    for i in range(size):
        slot = slots[i]
        keys[i] = vincenty_m(lon, lat, lon_lat[slot, 0], lon_lat[slot, 1])
        if math.isnan(keys[i]):
            converged = False
    if converged:
        _heapify(keys, slots, rows, size)
        for last in range(size - 1, 0, -1):
            keys[0], keys[last] = keys[last], keys[0]
            slots[0], slots[last] = slots[last], slots[0]
            _sift_down(keys, slots, rows, 0, last)
    return slots[:size], keys[:size], floor_m, converged
