"""A flat k-d tree over the Earth: k nearest points in exact geodesic order, with tags filtered inside the search.

The tree stands on ECEF coordinates, where ±180° and the poles are nothing special, and is a handful of numpy arrays without
pointers, so it is saved as ``.npy`` files and memory-mapped: opening copies nothing and workers share the pages. It is immutable.

Why the order is exact although the tree knows straight chords only: the ellipsoid lies inside every ball of radius R = a²/b
(its largest radius of curvature) that touches it from within (Blaschke's rolling theorem), so with two of its points it also
holds the spindle of arcs of radius R over their chord c. A path outside the spindle from tip to tip is no shorter than such an
arc, hence **geodesic ≥ 2R asin(c / 2R)**, at any distance. Points are fetched by chord, a few more than wanted; once that bound
for the longest chord fetched exceeds the k-th geodesic, nothing left out belongs to the answer. Else twice as many are fetched.
"""

import math
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from finder.errors import BadInput
from finder.geo.distance import fill_unconverged, geodesic_m, geodesic_many_m
from finder.geo.ecef import LARGEST_CURVATURE_RADIUS_M, ecef_m
from finder.geo.kdtree_files import TreeArrays, levels_of, load_arrays, save_arrays
from finder.geo.kernels import nearest_kernel
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["ALL_TAGS", "KdTree", "Neighbours", "warm_up"]

ALL_TAGS: Final = 0xFFFF_FFFF
"""The mask that any tag at all matches."""

_EXTRA = 6  # fetched beyond k: enough, nearly always, for the bound to prove the order at once
_SLACK_M = 1e-6  # far above the rounding of chords (nm) and geodesics (20 nm)


class Neighbours(NamedTuple):
    """What a search found, nearest first: slots of the tree, shape (m,), and geodesic distances in metres, shape (m,)."""

    slots: NDArray[np.int64]
    distance_m: NDArray[np.float64]


class KdTree:
    """An immutable index of points. A *row* is a point's place in the input, a *slot* its place in the tree.

    ``order`` is shape (n,) int64, slot → row; ``lon_lat`` is shape (n, 2), WGS84 degrees in slot order. Both are read-only.
    Safe to search from many threads at once.
    """

    __slots__ = ("_arrays", "lon_lat", "order")

    def __init__(self, arrays: TreeArrays) -> None:
        self._arrays = arrays
        self.order = arrays.order
        self.lon_lat = arrays.lon_lat

    def __len__(self) -> int:
        return len(self.order)

    @classmethod
    def build(cls, lon_lat: NDArray[np.float64], tags: NDArray[np.uint32] | None = None) -> Self:
        """Build the tree of points (n, 2) in WGS84 degrees, longitude first, and their tags, shape (n,): 32 flags a point.

        Without tags every point has all of them; a point whose tags are 0 is never found. Takes n log² n time. Raises
        :class:`BadInput` when the shapes do not fit or a point is not on the Earth; the message names the row, not the point.
        """
        points = np.array(lon_lat, dtype=np.float64)
        if points.size == 0:
            points = points.reshape(0, 2)
        if points.ndim != 2 or points.shape[1] != 2:
            raise BadInput("The points of a tree must be an array of longitude and latitude, shape (n, 2).")
        wrong = np.flatnonzero(~((np.abs(points[:, 0]) <= 180.0) & (np.abs(points[:, 1]) <= 90.0)))
        if len(wrong):
            raise BadInput(f"{len(wrong)} points are not on the Earth, the first in row {wrong[0]} (from 0): leave them out.")
        n = len(points)
        flags = np.full(n, ALL_TAGS, dtype=np.uint32) if tags is None else np.array(tags, dtype=np.uint32)
        if flags.shape != (n,):
            raise BadInput("A tree needs exactly one tag value for each point.")
        xyz_m = ecef_m(points)
        order = _median_order(xyz_m)
        xyz_m, flags = xyz_m[order], flags[order]
        bounds_m, node_tags = _summaries(xyz_m, flags)
        return cls(TreeArrays(order, points[order], xyz_m, flags, bounds_m, node_tags).frozen())

    def save(self, folder: Path) -> None:
        """Write the tree into the folder, made if need be, as ``.npy`` files and a ``tree.json`` with their checksums."""
        save_arrays(folder, self._arrays)

    @classmethod
    def open(cls, folder: Path, *, verify: bool = True) -> Self:
        """Memory-map the tree that ``save`` wrote. Raises :class:`Damaged` when a file is missing, cut short or of another tree.

        ``verify`` reads every byte once for its checksum (1 GB/s or so); without it shapes and types alone are checked.
        """
        return cls(load_arrays(folder, verify=verify))

    def nearest(self, origin: LonLat, k: int, *, radius_m: float = math.inf, any_of_tags: int = ALL_TAGS) -> Neighbours:
        """Return the k nearest points, or fewer when fewer match, at most ``radius_m`` away, that have any of the tags.

        In order of geodesic distance on WGS84; distances that are the same number in order of input row. Raises
        :class:`BadInput` for an origin that is not on the Earth, a k below 1, a radius that is negative or no number, and
        tags of more than 32 bits.
        """
        lon, lat = checked_lon_lat(float(origin.lon), float(origin.lat))
        if k < 1:
            raise BadInput("Ask for at least 1 nearest point.")
        if not radius_m >= 0.0:
            raise BadInput("The radius must be 0 metres or more.")
        if not 0 <= any_of_tags <= ALL_TAGS:
            raise BadInput("Tags are a mask of 32 bits.")
        n = len(self.order)
        if n == 0:
            return Neighbours(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64))
        a = self._arrays
        within_m, mask = float(radius_m), int(any_of_tags)
        fetch = min(n, int(k) + _EXTRA)
        while True:
            chord_m = _longest_chord_m(within_m)
            slots, distance_m, floor_m, converged = nearest_kernel(
                a.xyz_m, a.lon_lat, a.order, a.tags, a.bounds_m, a.node_tags, lon, lat, fetch, chord_m, mask
            )
            if not converged:
                fill_unconverged(LonLat(lon, lat), a.lon_lat[slots], distance_m)
                by_distance = np.lexsort((a.order[slots], distance_m))
                slots, distance_m = slots[by_distance], distance_m[by_distance]
            if len(slots) >= k:
                # No more than the k-th is wanted, so a second round need not look beyond it.
                within_m = min(within_m, float(distance_m[k - 1]))
            if fetch == n or floor_m > within_m + _SLACK_M:
                break
            fetch = min(n, 2 * fetch)
        found = min(k, len(slots))
        if radius_m < math.inf:
            found = min(found, int(np.searchsorted(distance_m, radius_m, side="right")))
        return Neighbours(slots[:found], distance_m[:found])


def _longest_chord_m(geodesic_m: float) -> float:
    """Return a chord in metres that no two points so far apart exceed: the bound of the module's docstring, the other way."""
    half_turn = geodesic_m / (2.0 * LARGEST_CURVATURE_RADIUS_M)
    if half_turn >= math.pi / 2:
        return math.inf
    return 2.0 * LARGEST_CURVATURE_RADIUS_M * math.sin(half_turn) + _SLACK_M


def _median_order(xyz_m: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the slot → row order in which each node, level by level, is cut at the median of its widest side."""
    n = len(xyz_m)
    order = np.arange(n, dtype=np.int64)
    for level in range(levels_of(n)):
        starts = (n * np.arange(1 << level, dtype=np.int64)) >> level
        ordered = xyz_m[order]
        sides = np.maximum.reduceat(ordered, starts) - np.minimum.reduceat(ordered, starts)
        node = np.repeat(np.arange(len(starts)), np.diff(starts, append=n))
        widest = np.argmax(sides, axis=1)[node]
        order = order[np.lexsort((ordered[np.arange(n), widest], node))]
    return order


def _summaries(xyz_m: NDArray[np.float64], tags: NDArray[np.uint32]) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Return of each node, root first, the box of its points (x, y, z least, then most) and all their tags together."""
    n = len(xyz_m)
    if n == 0:
        return np.empty((0, 6), dtype=np.float64), np.empty(0, dtype=np.uint32)
    boxes: list[NDArray[np.float64]] = []
    flags: list[NDArray[np.uint32]] = []
    for level in range(levels_of(n) + 1):
        starts = (n * np.arange(1 << level, dtype=np.int64)) >> level
        boxes.append(np.hstack([np.minimum.reduceat(xyz_m, starts), np.maximum.reduceat(xyz_m, starts)]))
        flags.append(np.bitwise_or.reduceat(tags, starts))
    return np.concatenate(boxes), np.concatenate(flags)


def warm_up() -> None:
    """Compile every kernel of this room, or load it from numba's cache, so that no request waits for it: seconds the first time.

    Trees in memory and memory-mapped ones hand the kernels the same type (read-only plain arrays), so once serves both.
    """
    here = LonLat(0.0, 0.0)
    tree = KdTree.build(np.array([[0.0, 0.0], [1.0, 1.0]]))
    tree.nearest(here, 1)
    geodesic_m(here, LonLat(1.0, 1.0))
    geodesic_many_m(here, tree.lon_lat)
