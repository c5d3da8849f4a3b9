"""The arrays of a flat k-d tree and their folder: one ``.npy`` each, and ``tree.json`` that says what they must be."""

import zlib
from pathlib import Path
from tokenize import TokenError
from typing import Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.errors import Damaged

__all__ = ["TreeArrays", "levels_of", "load_arrays", "save_arrays"]

_FORMAT: Final = 1
_MANIFEST: Final = "tree.json"
_MOST_IN_LEAF: Final = 16
_NUMPY_ON_A_BROKEN_FILE: Final = (OSError, ValueError, EOFError, SyntaxError, TokenError, OverflowError, TypeError)


class TreeArrays(NamedTuple):
    """n points in slot order, and m nodes from the root down. Each field is a file of its name."""

    order: NDArray[np.int64]
    """(n,) slot → input row."""
    lon_lat: NDArray[np.float64]
    """(n, 2) WGS84 degrees."""
    xyz_m: NDArray[np.float64]
    """(n, 3) ECEF."""
    tags: NDArray[np.uint32]
    """(n,)"""
    bounds_m: NDArray[np.float64]
    """(m, 6) least x, y, z, most x, y, z of the node's points."""
    node_tags: NDArray[np.uint32]
    """(m,) every tag that a point of the node has."""

    def frozen(self) -> Self:
        """Return the same as read-only, C-contiguous plain arrays: the one type that the kernels are compiled for."""
        plain = [np.ascontiguousarray(array).view(np.ndarray) for array in self]
        for array in plain:
            array.flags.writeable = False
        return type(self)(*plain)


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    points: int
    crc32: dict[str, int]


def levels_of(n: int) -> int:
    """Return how often a tree of n points is halved: until no leaf holds more than 16."""
    return max(0, -(-n // _MOST_IN_LEAF) - 1).bit_length()


def save_arrays(folder: Path, arrays: TreeArrays) -> None:
    """Write the arrays, and the manifest last: a folder whose writing was interrupted does not open."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MANIFEST).unlink(missing_ok=True)
    named = arrays._asdict()
    for name, array in named.items():
        # Unlinked first: another process may still have the old file mapped, and is to keep it.
        (folder / f"{name}.npy").unlink(missing_ok=True)
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    manifest = _Manifest(_FORMAT, len(arrays.order), {name: zlib.crc32(array) for name, array in named.items()})
    (folder / _MANIFEST).write_bytes(msgspec.json.encode(manifest))


def load_arrays(folder: Path, *, verify: bool) -> TreeArrays:
    """Map the arrays read-only, or raise :class:`Damaged`. Shapes and types are always checked, contents when ``verify``."""
    try:
        manifest = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=_Manifest)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(folder, _MANIFEST) from error
    n = manifest.points
    if manifest.format != _FORMAT or n < 0:
        raise _damaged(folder, _MANIFEST)
    nodes = (2 << levels_of(n)) - 1 if n else 0
    expected: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
        "order": ((n,), np.int64),
        "lon_lat": ((n, 2), np.float64),
        "xyz_m": ((n, 3), np.float64),
        "tags": ((n,), np.uint32),
        "bounds_m": ((nodes, 6), np.float64),
        "node_tags": ((nodes,), np.uint32),
    }
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, (shape, dtype) in expected.items():
        try:
            array: NDArray[np.generic] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        except _NUMPY_ON_A_BROKEN_FILE as error:
            raise _damaged(folder, f"{name}.npy") from error
        if array.shape != shape or array.dtype != np.dtype(dtype) or not array.flags.c_contiguous:
            raise _damaged(folder, f"{name}.npy")
        if verify and zlib.crc32(array) != manifest.crc32.get(name):
            raise _damaged(folder, f"{name}.npy")
        arrays[name] = array
    return TreeArrays(**arrays).frozen()  # pyright: ignore[reportArgumentType]  # checked above


def _damaged(folder: Path, file: str) -> Damaged:
    return Damaged(f"{file} of the point index in folder {folder.name!r} is missing, damaged or of another index: publish again.")
