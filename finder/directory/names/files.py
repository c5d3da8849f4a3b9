"""The files of an index of names: flat arrays that are memory-mapped, and a manifest with their lengths.

Words are numbered in the order of their code points, entries and names in the order in which they came. ``starts`` arrays have
one number more than there are rows: row i owns the elements from ``starts[i]`` up to ``starts[i + 1]``.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from tokenize import TokenError

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.errors import Damaged

__all__ = ["NameArrays"]

_FORMAT = 1
_MANIFEST = "names.json"
_NUMPY_ON_A_BROKEN_FILE = (OSError, ValueError, EOFError, SyntaxError, TokenError, OverflowError, TypeError)
_AGAIN = "publish again with `finder publish`."


class _Manifest(msgspec.Struct, frozen=True):
    """What the folder must hold. ``files`` gives each file's length in bytes."""

    format: int
    count: int
    files: dict[str, int]


@dataclass(frozen=True)
class NameArrays:
    """The arrays of an index, each a file ``<field>.npy``."""

    letters: NDArray[np.uint32]
    """The code points of all words, one word behind the other."""
    letter_starts: NDArray[np.int64]
    """Word → its letters."""
    signatures: NDArray[np.uint64]
    """Word → the set of its letters, each as bit (code point mod 64)."""
    short_forms: NDArray[np.int64]
    """The words that ``spelled_out`` makes longer, ascending."""
    postings: NDArray[np.uint32]
    """For each word the entries that have it in a name, ascending."""
    posting_starts: NDArray[np.int64]
    """Word → its postings."""
    items: NDArray[np.int64]
    """Entry → the number that the caller gave it."""
    name_starts: NDArray[np.int64]
    """Entry → its names."""
    word_starts: NDArray[np.int64]
    """Name → its words."""
    name_words: NDArray[np.uint32]
    """For each name its words, by their numbers, in order."""
    telling: NDArray[np.uint8]
    """Name → how many of its words must be typed for the name to count as typed in full."""

    def save(self, folder: Path) -> None:
        """Write the arrays into an empty folder, the manifest last: without it the folder does not open."""
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name), allow_pickle=False)
        lengths = {path.name: path.stat().st_size for path in _paths(folder)}
        manifest = _Manifest(format=_FORMAT, count=len(self.items), files=lengths)
        (folder / _MANIFEST).write_bytes(msgspec.json.encode(manifest))

    @classmethod
    def open(cls, folder: Path) -> "NameArrays":
        """Map the arrays in ``folder``; their contents are read when they are needed.

        Raises :class:`Damaged` when there is no index, or a file of it is missing or not as it was written.
        """
        try:
            manifest = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=_Manifest)
        except (OSError, msgspec.MsgspecError) as error:
            raise Damaged(f"The index of names was not finished: {_AGAIN}") from error
        if manifest.format != _FORMAT:
            raise Damaged(f"The index of names was made by another version of the finder: {_AGAIN}")
        try:
            lengths = {path.name: path.stat().st_size for path in _paths(folder)}
            arrays = cls(*(np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray) for path in _paths(folder)))
            whole = lengths == manifest.files and arrays._fit(manifest.count)
        except _NUMPY_ON_A_BROKEN_FILE as error:
            raise Damaged(f"A file of the index of names cannot be read: {_AGAIN}") from error
        if not whole:
            raise Damaged(f"A file of the index of names is missing or cut short: {_AGAIN}")
        return arrays

    def _fit(self, count: int) -> bool:
        """Tell whether types and lengths fit each other and ``count`` entries. What the arrays hold is not looked at."""
        words, names = len(self.signatures), len(self.telling)
        wanted = (
            (self.letters, np.uint32, len(self.letters)),
            (self.letter_starts, np.int64, words + 1),
            (self.signatures, np.uint64, words),
            (self.short_forms, np.int64, len(self.short_forms)),
            (self.postings, np.uint32, len(self.postings)),
            (self.posting_starts, np.int64, words + 1),
            (self.items, np.int64, count),
            (self.name_starts, np.int64, count + 1),
            (self.word_starts, np.int64, names + 1),
            (self.name_words, np.uint32, len(self.name_words)),
            (self.telling, np.uint8, names),
        )
        return all(array.dtype == dtype and array.shape == (length,) for array, dtype, length in wanted)


def _paths(folder: Path) -> list[Path]:
    return [folder / f"{field.name}.npy" for field in fields(NameArrays)]
