"""Where the map has steps and escalators, so that most ways can be told to meet none without asking Valhalla.

A road in Valhalla's tiles has the points of the way on the map that it was made of, or some of them, rounded to six decimals, and
none between. So whoever goes along steps or an escalator, or a piece of them, goes from one point of such a way straight to
another one. Only the two ends of a route may lie between points. What passes here is free of barriers for sure; what does not
may still be: see docs/decisions/0026-barriers-beside-the-roads.md.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from finder.directions.valhalla.shapes import fixed_points
from finder.errors import Damaged

__all__ = ["Barriers", "read_barriers", "write_barriers"]

_CELL: Final = 10  # millionths of a degree, a metre or less: few other points of roads are as near
_ROUNDED: Final = 2.0  # four times what rounding to six decimals may move a point by
_CORNERS: Final = _ROUNDED * np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
_ROW: Final = 1_000_000_000  # more than there are cells from pole to pole


class Barriers:
    """The points of all ways that are or may be steps or escalators: degrees, shape (points, 2), longitude first."""

    def __init__(self, lon_lat: NDArray[np.float64]) -> None:
        near = (lon_lat * 1e6)[:, np.newaxis] + _CORNERS
        cells = np.floor(near / _CELL).astype(np.int64)
        self._cells = np.unique(cells[..., 0] * _ROW + cells[..., 1])

    def may_be_on(self, polyline: str) -> bool:
        """Return False only for the shape of a route, with six decimals, that has neither steps nor an escalator.

        No end of it may lie within the shape, such as a point that the route passes by: only at the shape's own ends are points
        between those of a road.
        """
        return bool(_may_be_on_kernel(fixed_points(polyline), self._cells))


def write_barriers(path: Path, lon_lat: NDArray[np.float64]) -> None:
    """Write the points of :class:`Barriers` into a file of numpy's (``.npy``)."""
    np.save(path, lon_lat)


def read_barriers(path: Path) -> Barriers:
    """Return what was written. Raises :class:`Damaged` where the file is missing, cut or another one."""
    try:
        lon_lat = np.load(path, allow_pickle=False)
        if lon_lat.dtype == np.float64 and lon_lat.ndim == 2 and lon_lat.shape[1] == 2 and np.isfinite(lon_lat).all():
            return Barriers(lon_lat)
    except (OSError, EOFError, ValueError):
        pass
    raise Damaged(
        f"The file {path.name} of steps and escalators is missing or damaged. Build the region again: "
        "finder region build FILE.osm.pbf."
    )


@njit(cache=True, nogil=True)
def _may_be_on_kernel(points: Any, cells: Any) -> bool:
    """Return whether two points, one after the other, are both in the sorted ``cells``; the first and the last one count so."""
    if len(points) < 3:
        return True
    was_on = True
    for number in range(1, len(points)):
        cell = points[number, 0] // _CELL * _ROW + points[number, 1] // _CELL
        place = np.searchsorted(cells, cell)
        is_on = number == len(points) - 1 or (place < len(cells) and cells[place] == cell)
        if was_on and is_on:
            return True
        was_on = is_on
    return False
