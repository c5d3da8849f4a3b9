"""Which rows have a language or a plan that is too rare for a mark of its own, so that no search has to look at the records.

One such index tells it of listings, one of what facilities say themselves, in the folders of their catalogues::

    rarer.json    {"language:nah": 12, "plan:seguro-ficticio": 30, ...}: where the rows of each end, in the order of the file
    rarer.npy     rows, ascending for each, int32
"""

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directory.marks import Marks, Wanted
from finder.errors import Damaged

__all__ = ["Rarer", "RarerWriter"]

_ENDS = "rarer.json"
_ROWS = "rarer.npy"
_NONE = np.empty(0, dtype=np.int32)


class RarerWriter:
    """Collects the rows while a catalogue is written."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))

    def add(self, row: int, rarer: Sequence[str]) -> None:
        """Note what :meth:`finder.directory.marks.Marks.rarer_of` says of a row. Rows come in ascending order."""
        for key in rarer:
            self._rows[key].append(row)

    def write(self, folder: Path) -> None:
        """Write the two files into the folder."""
        keys = sorted(self._rows)
        ends = np.cumsum([len(self._rows[key]) for key in keys], dtype=np.int64)
        rows = np.concatenate([_NONE, *(np.frombuffer(self._rows[key], np.int32) for key in keys)])
        np.save(folder / _ROWS, rows, allow_pickle=False)
        (folder / _ENDS).write_bytes(msgspec.json.encode(dict(zip(keys, ends.tolist(), strict=True))))


class _Wish(NamedTuple):
    """Something wanted that the marks do not decide: a row has it that has a bit of ``mask``, or is among ``rows``, ascending."""

    mask: int
    rows: NDArray[np.int32]


class Rarer:
    """What is wanted of rows of a catalogue, whose bits are ``bits`` (n,) uint64, checked exactly. Memory-mapped, immutable."""

    def __init__(self, marks: Marks, bits: NDArray[np.uint64], rows: Mapping[str, NDArray[np.int32]]) -> None:
        self._marks = marks
        self._bits = bits
        self._rows = rows

    @classmethod
    def open(cls, folder: Path, marks: Marks, bits: NDArray[np.uint64]) -> Self:
        """Map what :class:`RarerWriter` wrote. Raises :class:`Damaged` when files are missing or do not fit each other."""
        try:
            ends = msgspec.json.decode((folder / _ENDS).read_bytes(), type=dict[str, int])
            rows: NDArray[np.int32] = np.load(folder / _ROWS, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError, msgspec.DecodeError) as error:
            raise _damaged(folder) from error
        starts = [0, *ends.values()]
        if rows.dtype != np.dtype(np.int32) or rows.ndim != 1 or starts[-1] != len(rows) or starts != sorted(starts):
            raise _damaged(folder)
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(bits):
            raise _damaged(folder)
        return cls(marks, bits, {key: rows[start:end] for start, (key, end) in zip(starts, ends.items(), strict=False)})

    def meet(self, rows: NDArray[np.int64], wanted: Wanted) -> NDArray[np.bool_]:
        """Whether each row is by itself known to be all that is wanted, shape of ``rows`` (m,)."""
        bits = self._bits[rows]
        met = np.ones(len(rows), dtype=np.bool_)
        for mask in self._marks.masks(wanted):
            met &= (bits & np.uint64(mask)) != 0
        for wish in self._wishes(wanted):
            met &= ((bits & np.uint64(wish.mask)) != 0) | _among(rows, wish.rows)
        return met

    def candidates(self, wanted: Wanted) -> NDArray[np.int64] | None:
        """Rows, ascending, that hold all which meet what is wanted; None where nothing but the marks tells."""
        told = [wish.rows for wish in self._wishes(wanted) if not wish.mask]
        return min(told, key=len).astype(np.int64) if told else None

    def _wishes(self, wanted: Wanted) -> list[_Wish]:
        return [_Wish(mask, self._having(keys)) for mask, keys in self._marks.rarer_wishes(wanted)]

    def _having(self, keys: Sequence[str]) -> NDArray[np.int32]:
        rows = [self._rows.get(key, _NONE) for key in keys]
        return rows[0] if len(rows) == 1 else np.unique(np.concatenate(rows))


def _among(rows: NDArray[np.int64], ascending: NDArray[np.int32]) -> NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(rows), dtype=np.bool_)
    at = np.minimum(np.searchsorted(ascending, rows.astype(np.int32)), len(ascending) - 1)
    return ascending[at] == rows


def _damaged(folder: Path) -> Damaged:
    return Damaged(
        f"The rarer languages and plans in {folder.name!r} of a snapshot cannot be read. Publish again: finder publish."
    )
