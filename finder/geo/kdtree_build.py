"""From points to the arrays of a flat k-d tree: which slot each point takes, and what each fork says of its sides."""

import numpy as np
from numpy.typing import NDArray

from finder.errors import BadInput
from finder.geo.ecef import ecef_m
from finder.geo.kdtree_files import FORK, POINT, TreeArrays, forks_of, levels_of
from finder.geo.kernels import reduced_many_kernel

__all__ = ["build_arrays", "checked_points", "checked_tags"]


def checked_points(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a copy of points (n, 2) in WGS84 degrees, longitude first. Raises :class:`BadInput` when one is not on the Earth.

    The message names the row, not the point.
    """
    points = np.array(lon_lat, dtype=np.float64)
    if points.size == 0:
        points = points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        raise BadInput("The points of a tree must be an array of longitude and latitude, shape (n, 2).")
    wrong = np.flatnonzero(~((np.abs(points[:, 0]) <= 180.0) & (np.abs(points[:, 1]) <= 90.0)))
    if len(wrong):
        raise BadInput(f"{len(wrong)} points are not on the Earth, the first in row {wrong[0]} (from 0): leave them out.")
    return points


def checked_tags(tags: NDArray[np.uint64], n: int) -> NDArray[np.uint64]:
    """Return the tags as 64 flags a point, shape (n,). Raises :class:`BadInput` when there are more or fewer."""
    flags = np.asarray(tags, dtype=np.uint64)
    if flags.shape != (n,):
        raise BadInput("A tree needs exactly one tag value for each point.")
    return flags


def build_arrays(rows: NDArray[np.int64], lon_lat: NDArray[np.float64], tags: NDArray[np.uint64]) -> TreeArrays:
    """Return the tree of points (n, 2) with their tags, shape (n,), whose ``order`` gives their ``rows``, shape (n,)."""
    xyz_m = ecef_m(lon_lat)
    order = _median_order(xyz_m)
    lon_lat, xyz_m, tags = lon_lat[order], xyz_m[order], tags[order]
    reduced = reduced_many_kernel(lon_lat[:, 1].copy())
    points = np.empty(len(order), dtype=POINT)
    points["xyz_m"], points["tags"], points["row"] = xyz_m, tags, rows[order]
    points["lon"], points["sin_u"], points["cos_u"] = lon_lat[:, 0], reduced[:, 0], reduced[:, 1]
    return TreeArrays(_forks(xyz_m, tags), points, lon_lat)


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


def _forks(xyz_m: NDArray[np.float64], tags: NDArray[np.uint64]) -> NDArray[np.void]:
    """Return the forks, shape (m,) of ``FORK``, above points that are in slot order."""
    n, levels = len(xyz_m), levels_of(len(xyz_m))
    forks = np.empty(forks_of(n), dtype=FORK)
    for level in range(levels):
        starts = (n * np.arange(2 << level, dtype=np.int64)) >> (level + 1)
        # Every second fork from left to right is of the lowest level, every second of the rest of the next.
        step = 1 << (levels - level)
        of_level = forks[step // 2 - 1 :: step]
        # Rounded outwards: a box is never farther away than its points are.
        least_m = np.nextafter(np.minimum.reduceat(xyz_m, starts).astype(np.float32), np.float32(-np.inf))
        most_m = np.nextafter(np.maximum.reduceat(xyz_m, starts).astype(np.float32), np.float32(np.inf))
        of_level["least_m"], of_level["most_m"] = least_m.reshape(-1, 2, 3), most_m.reshape(-1, 2, 3)
        of_level["tags"] = np.bitwise_or.reduceat(tags, starts).reshape(-1, 2)
    return forks
