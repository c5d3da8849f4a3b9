"""Which of very many fences hold a point, how far their edges are, and which are nearest: circles and outlines, anywhere.

A fence is known by its number, its place in the input. The index is immutable; building it anew is how fences change.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.errors import BadInput, NotFound
from finder.geo.fence_arrays import OutlineShape, RoundShape, fence_arrays
from finder.geo.fence_kernels import edge_kernel, holding_kernel, holding_many_kernel, nearest_kernel
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["FenceIndex", "Held", "NearFences", "warm_up"]


class Held(NamedTuple):
    """Which points are in which fences: rows of the points and numbers of the fences, both of shape (m,), in this order."""

    points: NDArray[np.int64]
    fences: NDArray[np.int64]


class NearFences(NamedTuple):
    """Fences by the distance to their edge: numbers, shape (m,), and signed metres, shape (m,), negative inside."""

    fences: NDArray[np.int64]
    edge_m: NDArray[np.float64]


class FenceIndex:
    """Circles and outlines on WGS84, such as the shapes of ``finder.domain.fence``. Safe to ask from many threads at once.

    An outline's edges are straight in longitude and latitude (``finder.geo.outlines``), a circle's edge is where the geodesic
    from its centre is as long as its radius. What is on the edge is held, to the rounding of the coordinates (nanometres).
    """

    __slots__ = ("_fences", "_nodes", "_slots", "_vertices")

    def __init__(self, shapes: Sequence[RoundShape | OutlineShape]) -> None:
        """Raise :class:`BadInput` for a shape without area or not on the Earth; the message names its number, not its place."""
        self._nodes, self._fences, self._vertices = fence_arrays(shapes)
        self._slots: list[int] = np.argsort(self._fences["number"]).tolist()

    def __len__(self) -> int:
        return len(self._slots)

    def containing(self, lon_lat: NDArray[np.float64]) -> Held:
        """Return which of the points (n, 2) in WGS84 degrees, longitude first, are in which fences.

        Raises :class:`BadInput` when a point is not on the Earth; the message names its row.
        """
        points = np.array(lon_lat, dtype=np.float64).reshape(-1, 2)
        wrong = np.flatnonzero(~((np.abs(points[:, 0]) <= 180.0) & (np.abs(points[:, 1]) <= 90.0)))
        if len(wrong):
            raise BadInput(f"{len(wrong)} points are not on the Earth, the first in row {wrong[0]} (from 0): leave them out.")
        points.flags.writeable = False
        fences, ends = holding_many_kernel(self._nodes, self._fences, self._vertices, points)
        return Held(np.repeat(np.arange(len(points)), np.diff(ends, prepend=0)), fences)

    def holding(self, lon_lat: LonLat) -> NDArray[np.int64]:
        """Return the numbers of the fences that hold this one point, ascending. :class:`BadInput` as above."""
        lon, lat = _checked(lon_lat)
        return holding_kernel(self._nodes, self._fences, self._vertices, lon, lat)

    def edge_m(self, fence: int, lon_lat: LonLat) -> float:
        """Return how far the fence's edge is from the point: metres on the ground, negative inside.

        Within 2 mm of the geodesic up to 50 km, and 1 in 10 million more up to 1,000 km. An outline without edge, the whole
        Earth, is infinitely deep. Raises :class:`NotFound` for a number that no fence has, and :class:`BadInput` as above.
        """
        if not 0 <= fence < len(self._slots):
            raise NotFound(f"There is no fence {fence}: they are numbered from 0, in the order in which they were given.")
        lon, lat = _checked(lon_lat)
        return float(edge_kernel(self._fences, self._vertices, self._slots[fence], lon, lat))

    def nearest(self, lon_lat: LonLat, k: int, *, most_m: float = np.inf) -> NearFences:
        """Return the k fences of the least signed distance, or fewer when there are fewer of at most ``most_m``, ascending.

        Those that hold the point come first, the one whose edge is furthest before the others; equals are in order of number.
        Raises :class:`BadInput` as above, for a k below 1 and a ``most_m`` that is no number.
        """
        lon, lat = _checked(lon_lat)
        if k < 1:
            raise BadInput("Ask for at least 1 nearest fence.")
        if np.isnan(most_m):
            raise BadInput("The distance must be a number of metres.")
        k = min(int(k), len(self._slots))
        fences, edge_m = np.empty(k, dtype=np.int64), np.empty(k)
        if k == 0:
            return NearFences(fences, edge_m)
        found = nearest_kernel(self._nodes, self._fences, self._vertices, lon, lat, float(most_m), fences, edge_m)
        return NearFences(fences[:found], edge_m[:found])


def _checked(lon_lat: LonLat) -> tuple[float, float]:
    lon, lat = float(lon_lat[0]), float(lon_lat[1])
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        checked_lon_lat(lon, lat)  # says what is wrong with it
    return lon, lat


class _Disc(msgspec.Struct, frozen=True):
    centre: LonLat
    radius_m: float


class _Area(msgspec.Struct, frozen=True):
    polygons: tuple[tuple[tuple[LonLat, ...], ...], ...]


def warm_up() -> None:
    """Compile every kernel of fences, or load it from numba's cache, so that no fix waits for it: seconds the first time."""
    here = LonLat(0.0, 0.0)
    corners = (here, LonLat(0.001, 0.0), LonLat(0.0, 0.001), here)
    index = FenceIndex([_Disc(here, 1.0), _Area(((corners,),))])
    index.containing(np.zeros((1, 2)))
    index.holding(here)
    index.edge_m(0, here)
    index.nearest(here, 1)
