"""The arrays of flat k-d trees and their folder: one ``.npy`` each, and ``tree.json`` that says what they must be.

Many trees lie in one set of arrays, one behind the other: a folder has the same four files for one tree and for hundreds.

What a search reads together lies together: a point and a fork are a record of 64 bytes each, one line of a processor's cache.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError
from typing import Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.errors import Damaged

__all__ = ["FORK", "POINT", "TreeArrays", "forks_of", "levels_of", "load_arrays", "save_arrays"]

_FORMAT: Final = 3
_MANIFEST: Final = "tree.json"
_MOST_IN_LEAF: Final = 16
_NUMPY_ON_A_BROKEN_FILE: Final = (OSError, ValueError, EOFError, SyntaxError, TokenError, OverflowError, TypeError)


POINT: Final = np.dtype(
    [("xyz_m", "<f8", (3,)), ("tags", "<u8"), ("lon", "<f8"), ("sin_u", "<f8"), ("cos_u", "<f8"), ("row", "<i8")]
)
"""ECEF; 64 flags; longitude in degrees, sine and cosine of the reduced latitude; row of the input."""

FORK: Final = np.dtype([("least_m", "<f4", (2, 3)), ("most_m", "<f4", (2, 3)), ("tags", "<u8", (2,))])
"""Of the left and of the right side: least and most x, y, z of its points, rounded outwards, and all their tags together."""


class TreeArrays(NamedTuple):
    """n points in slot order, and the forks above the leaves from left to right. Each field is a file of its name.

    Of several trees: the points of the first, of the second and so on, and the forks likewise.
    """

    forks: NDArray[np.void]
    """(m,) of ``FORK``."""
    points: NDArray[np.void]
    """(n,) of ``POINT``."""
    lon_lat: NDArray[np.float64]
    """(n, 2) WGS84 degrees, as they were given."""

    def frozen(self) -> Self:
        """Return the same as read-only, C-contiguous plain arrays: the one type that the kernels are compiled for."""
        plain = [np.ascontiguousarray(array).view(np.ndarray) for array in self]
        for array in plain:
            array.flags.writeable = False
        return type(self)(*plain)


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    sizes: list[int]
    """Points of each tree, in the order in which the trees lie in the arrays."""
    crc32: dict[str, int]


def levels_of(n: int) -> int:
    """Return how often a tree of n points is halved: until no leaf holds more than 16."""
    return max(0, -(-n // _MOST_IN_LEAF) - 1).bit_length()


def forks_of(n: int) -> int:
    """Return how many forks a tree of n points has: one fewer than leaves."""
    return (1 << levels_of(n)) - 1


def save_arrays(folder: Path, arrays: TreeArrays, sizes: Sequence[int]) -> None:
    """Write the arrays of trees of these sizes, and the manifest last: a folder whose writing was interrupted does not open."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MANIFEST).unlink(missing_ok=True)
    named = arrays._asdict()
    for name, array in named.items():
        # Unlinked first: another process may still have the old file mapped, and is to keep it.
        (folder / f"{name}.npy").unlink(missing_ok=True)
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    manifest = _Manifest(_FORMAT, list(sizes), {name: _checksum(array) for name, array in named.items()})
    (folder / _MANIFEST).write_bytes(msgspec.json.encode(manifest))


def load_arrays(folder: Path, *, verify: bool) -> tuple[TreeArrays, list[int]]:
    """Map the arrays read-only and return them with the sizes of the trees in them, or raise :class:`Damaged`.

    Shapes and types are always checked, contents when ``verify``.
    """
    try:
        manifest = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=_Manifest)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(folder, _MANIFEST) from error
    if manifest.format != _FORMAT or min(manifest.sizes, default=0) < 0:
        raise _damaged(folder, _MANIFEST)
    n, forks = sum(manifest.sizes), sum(map(forks_of, manifest.sizes))
    expected: dict[str, tuple[tuple[int, ...], np.dtype[np.generic]]] = {
        "forks": ((forks,), FORK),
        "points": ((n,), POINT),
        "lon_lat": ((n, 2), np.dtype(np.float64)),
    }
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, (shape, dtype) in expected.items():
        try:
            array: NDArray[np.generic] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        except _NUMPY_ON_A_BROKEN_FILE as error:
            raise _damaged(folder, f"{name}.npy") from error
        if array.shape != shape or array.dtype != dtype or not array.flags.c_contiguous:
            raise _damaged(folder, f"{name}.npy")
        if verify and _checksum(array) != manifest.crc32.get(name):
            raise _damaged(folder, f"{name}.npy")
        arrays[name] = array
    return TreeArrays(**arrays).frozen(), manifest.sizes  # pyright: ignore[reportArgumentType]  # checked above


def _checksum(array: NDArray[np.generic]) -> int:
    return zlib.crc32(array.view(np.uint8))


def _damaged(folder: Path, file: str) -> Damaged:
    return Damaged(f"{file} of the point index in folder {folder.name!r} is missing, damaged or of another index: publish again.")
