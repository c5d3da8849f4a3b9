"""Many flat k-d trees, one a group of points, in one set of arrays: "the nearest cardiologists" without passing over others.

A flag of the tags costs a search nothing while most points have it. Of a hundred groups a flag would make the search walk through
a hundred times the points, so each group has a tree of its own. All lie one behind the other in the files that one tree has:
opening maps three files however many groups there are, and ``tree`` is a view.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from finder.errors import BadInput, NotFound
from finder.geo.kdtree import KdTree
from finder.geo.kdtree_build import build_arrays, checked_points, checked_tags
from finder.geo.kdtree_files import FORK, POINT, TreeArrays, forks_of, load_arrays, save_arrays

__all__ = ["KdForest"]


class KdForest:
    """An immutable index of points in groups; ``len`` is the number of groups, which are numbered from 0. Safe for threads.

    ``sizes`` is shape (groups,) int64: how many points each group has. A group may be empty, a point in several groups or none.
    """

    __slots__ = ("_arrays", "_trees", "sizes")

    def __init__(self, arrays: TreeArrays, sizes: Sequence[int]) -> None:
        self._arrays = arrays
        self.sizes: NDArray[np.int64] = np.array(sizes, dtype=np.int64)
        self.sizes.flags.writeable = False
        trees: list[KdTree] = []
        slot = fork = 0
        for size in sizes:
            slots, forks = slice(slot, slot := slot + size), slice(fork, fork := fork + forks_of(size))
            trees.append(KdTree(TreeArrays(arrays.forks[forks], arrays.points[slots], arrays.lon_lat[slots])))
        self._trees = tuple(trees)

    def __len__(self) -> int:
        return len(self._trees)

    @classmethod
    def build(cls, lon_lat: NDArray[np.float64], tags: NDArray[np.uint64], groups: Sequence[NDArray[np.int64]]) -> Self:
        """Build a tree of each group: an array, shape (m,), of rows of the points (n, 2) and of their tags, shape (n,).

        Points are WGS84 degrees, longitude first. Needs some 90 bytes of memory for each row of each group, and 100 more for each
        of the largest. Raises :class:`BadInput` when the shapes do not fit, a point is not on the Earth, or a group names a row
        twice or one that is not there.
        """
        points = checked_points(lon_lat)
        flags = checked_tags(tags, len(points))
        sizes = [len(rows) for rows in groups]
        arrays = _room_for(sizes)
        slot = fork = 0
        for number, group in enumerate(groups):
            rows = np.sort(np.asarray(group, dtype=np.int64))
            if rows.ndim != 1 or (len(rows) and not 0 <= rows[0] <= rows[-1] < len(points)) or (np.diff(rows) == 0).any():
                raise BadInput(f"Group {number} must be an array of rows of the points, each at most once.")
            # Into the shared arrays at once: at no time are there two copies of more than one group.
            tree = build_arrays(rows, points[rows], flags[rows])
            for whole, part, start in zip(arrays, tree, (fork, slot, slot), strict=True):
                whole[start : start + len(part)] = part
            slot, fork = slot + len(tree.points), fork + len(tree.forks)
        return cls(arrays.frozen(), sizes)

    def save(self, folder: Path) -> None:
        """Write the forest into the folder, made if need be, as ``.npy`` files and a ``tree.json`` with their checksums."""
        save_arrays(folder, self._arrays, self.sizes.tolist())

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False) -> Self:
        """Memory-map the forest that ``save`` wrote. Raises :class:`Damaged` when a file is missing, cut short or of another one.

        ``verify`` reads every byte once for its checksum (1 GB/s or so); without it shapes and types alone are checked.
        """
        return cls(*load_arrays(folder, verify=verify))

    def tree(self, group: int) -> KdTree:
        """Return the tree of a group; its ``order`` gives rows of the points built from. :class:`NotFound` if there is none."""
        if not 0 <= group < len(self._trees):
            raise NotFound(f"There is no group {group}: this index has {len(self._trees)}, numbered from 0.")
        return self._trees[group]


def _room_for(sizes: Sequence[int]) -> TreeArrays:
    """Return arrays, not filled in, for trees of these sizes."""
    n = sum(sizes)
    return TreeArrays(
        forks=np.empty(sum(map(forks_of, sizes)), dtype=FORK),
        points=np.empty(n, dtype=POINT),
        lon_lat=np.empty((n, 2), dtype=np.float64),
    )
