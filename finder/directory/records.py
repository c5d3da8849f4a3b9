"""Many small byte strings in one file, written once, then memory-mapped and read by number."""

import mmap
from array import array
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finder.errors import Damaged

__all__ = ["Records", "write_records"]


class Records:
    """Record ``i`` is ``data[ends[i - 1]:ends[i]]``. Safe to read from many threads; the file may be deleted meanwhile."""

    def __init__(self, data: mmap.mmap | bytes, ends: NDArray[np.int64]) -> None:
        self._data = data
        self._ends = ends

    @classmethod
    def open(cls, path: Path) -> "Records":
        """Map the records that :func:`write_records` wrote. Raises :class:`Damaged` when the two files do not fit."""
        try:
            ends: NDArray[np.int64] = np.load(path.with_suffix(".ends.npy"), mmap_mode="r")
            with path.open("rb") as file:
                # An empty file cannot be mapped.
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if len(ends) else b""
        except (OSError, ValueError) as error:
            raise Damaged(f"{path.name} of a snapshot cannot be read. Publish again: finder publish.") from error
        if len(ends) and len(data) != ends[-1]:
            raise Damaged(f"{path.name} of a snapshot is cut short. Publish again: finder publish.")
        return cls(data, ends)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> bytes:
        if not 0 <= number < len(self._ends):
            raise IndexError(number)
        start = self._ends[number - 1] if number else 0
        return self._data[start : self._ends[number]]


def write_records(path: Path, records: Iterable[bytes]) -> None:
    """Write ``path`` with the records end to end, and ``*.ends.npy`` beside it with where each ends.

    Streams: memory is 8 bytes a record.
    """
    ends = array("q")
    with path.open("wb") as file:
        for record in records:
            file.write(record)
            ends.append(file.tell())
    np.save(path.with_suffix(".ends.npy"), np.frombuffer(ends, dtype=np.int64))
