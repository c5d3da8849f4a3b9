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
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from finder.errors import BadInput, Damaged
from finder.geo.distance import geodesic_m, geodesic_many_m
from finder.geo.kdtree_build import build_arrays, checked_points, checked_tags
from finder.geo.kdtree_files import TreeArrays, load_arrays, save_arrays
from finder.geo.kernels import nearest_kernel
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["KdTree", "Neighbours", "warm_up"]

_ALL_TAGS: Final = 0xFFFF_FFFF_FFFF_FFFF


class Neighbours(NamedTuple):
    """What a search found, nearest first: slots of the tree, shape (m,), and geodesic distances in metres, shape (m,)."""

    slots: NDArray[np.int64]
    distance_m: NDArray[np.float64]


class KdTree:
    """An immutable index of points. A *row* is a point's place in the input, a *slot* its place in the tree.

    ``order`` is shape (n,) int64, slot → row; ``lon_lat`` is shape (n, 2), WGS84 degrees in slot order. Both are read-only.
    Safe to search from many threads at once.
    """

    __slots__ = ("_arrays", "_forks", "_points", "_size", "lon_lat", "order")

    def __init__(self, arrays: TreeArrays) -> None:
        self._arrays = arrays
        # By themselves, because a search takes a few microseconds and each look-up is one in a hundred of it.
        self._forks, self._points, self._size = arrays.forks, arrays.points, len(arrays.points)
        self.order: NDArray[np.int64] = arrays.points["row"]
        self.lon_lat = arrays.lon_lat

    def __len__(self) -> int:
        return self._size

    @classmethod
    def build(cls, lon_lat: NDArray[np.float64], tags: NDArray[np.uint64] | None = None) -> Self:
        """Build the tree of points (n, 2) in WGS84 degrees, longitude first, and their tags, shape (n,): 64 flags a point.

        Without tags every point has all of them. Takes n log² n time. Raises :class:`BadInput` when the shapes do not fit or a
        point is not on the Earth; the message names the row, not the point.
        """
        points = checked_points(lon_lat)
        flags = np.full(len(points), _ALL_TAGS, dtype=np.uint64) if tags is None else checked_tags(tags, len(points))
        return cls(build_arrays(np.arange(len(points), dtype=np.int64), points, flags).frozen())

    def save(self, folder: Path) -> None:
        """Write the tree into the folder, made if need be, as ``.npy`` files and a ``tree.json`` with their checksums."""
        save_arrays(folder, self._arrays, [len(self)])

    @classmethod
    def open(cls, folder: Path, *, verify: bool = True) -> Self:
        """Memory-map the tree that ``save`` wrote. Raises :class:`Damaged` when a file is missing, cut short or of another tree.

        ``verify`` reads every byte once for its checksum (1 GB/s or so); without it shapes and types alone are checked.
        """
        arrays, sizes = load_arrays(folder, verify=verify)
        if len(sizes) != 1:
            raise Damaged(f"The point index in folder {folder.name!r} is a forest of {len(sizes)} trees: open it as one.")
        return cls(arrays)

    def nearest(self, origin: LonLat, k: int, *, radius_m: float = math.inf, having: Sequence[int] = ()) -> Neighbours:
        """Return the k nearest points, or fewer when fewer match, at most ``radius_m`` away.

        A point matches when its tags share a flag with every mask of ``having``: "any of these, and any of those". Without masks
        every point does; a mask of 0 matches none. In order of geodesic distance on WGS84; distances that are the same number in
        order of input row. Raises :class:`BadInput` for an origin that is not on the Earth, a k below 1, a radius that is
        negative or no number, and masks of more than 64 bits.
        """
        lon, lat, radius_m = float(origin.lon), float(origin.lat), float(radius_m)
        if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
            checked_lon_lat(lon, lat)  # says what is wrong with it
        if k < 1:
            raise BadInput("Ask for at least 1 nearest point.")
        if not radius_m >= 0.0:
            raise BadInput("The radius must be 0 metres or more.")
        clauses = _clauses(tuple(having)) if having else _NO_CLAUSES
        k = int(k) if k < self._size else self._size
        slots, distance_m = np.empty(k, np.int64), np.empty(k)
        if k == 0:
            return Neighbours(slots, distance_m)
        found = nearest_kernel(self._forks, self._points, lon, lat, radius_m, clauses, slots, distance_m)
        if found < 0:
            return self._nearest_of_all(LonLat(lon, lat), k, radius_m, clauses)
        if found < k:
            slots, distance_m = slots[:found], distance_m[:found]
        return Neighbours(slots, distance_m)

    def _nearest_of_all(self, origin: LonLat, k: int, radius_m: float, clauses: NDArray[np.uint64]) -> Neighbours:
        """Return ``nearest`` by the distances to all points that match: near the antipode chords tell nothing apart."""
        tags = self._arrays.points["tags"]
        matches = np.ones(len(tags), dtype=np.bool_)
        for clause in clauses:
            matches &= (tags & clause) != 0
        slots = np.flatnonzero(matches)
        distance_m = geodesic_many_m(origin, self.lon_lat[slots])
        by_distance = np.lexsort((self.order[slots], distance_m))[:k]
        by_distance = by_distance[distance_m[by_distance] <= radius_m]
        return Neighbours(slots[by_distance], distance_m[by_distance])


def _frozen(clauses: Sequence[int]) -> NDArray[np.uint64]:
    array = np.array(clauses, dtype=np.uint64)
    array.flags.writeable = False
    return array


_NO_CLAUSES: Final = _frozen(())


@lru_cache(maxsize=1024)  # a service is asked for the same few filters again and again, and numpy takes as long as the search
def _clauses(having: tuple[int, ...]) -> NDArray[np.uint64]:
    if not all(0 <= mask <= _ALL_TAGS for mask in having):
        raise BadInput("A filter by tags is a mask of 64 bits: 0 or more, and below 2**64.")
    return _frozen([int(mask) for mask in having])


def warm_up() -> None:
    """Compile every kernel of this room, or load it from numba's cache, so that no request waits for it: seconds the first time.

    Trees in memory and memory-mapped ones hand the kernels the same type (read-only plain arrays), so once serves both.
    """
    here = LonLat(0.0, 0.0)
    tree = KdTree.build(np.array([[0.0, 0.0], [1.0, 1.0]]))
    tree.nearest(here, 1)
    geodesic_m(here, LonLat(1.0, 1.0))
    geodesic_many_m(here, tree.lon_lat)
