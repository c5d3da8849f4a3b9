"""Whether what a process remembers of the consent ledger still stands: numbers in a file that all processes have mapped.

Each subject belongs to one of 4,096 numbers, which is another after each write about one of its subjects. So a revocation in one
worker is seen by the next check in all of them, for the price of reading eight bytes.
"""

import fcntl
import mmap
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from finder.domain.consent import Subject

__all__ = ["Revisions"]

_SLOTS: Final = 4096
_SIZE: Final = 8 * _SLOTS
_BEING_WRITTEN: Final = 0


class Revisions:
    """The numbers in one file, which is made where there is none. All processes of one machine open the same.

    The file may be deleted while nothing serves: it is made anew with other numbers.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._lock = threading.Lock()
        fcntl.flock(self._file, fcntl.LOCK_EX)
        if os.fstat(self._file).st_size != _SIZE:
            os.ftruncate(self._file, _SIZE)
            os.pwrite(self._file, b"".join(_fresh().to_bytes(8, "little") for _ in range(_SLOTS)), 0)
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._mapped = mmap.mmap(self._file, _SIZE)
        self._numbers = memoryview(self._mapped).cast("Q")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self._numbers.release()
        self._mapped.close()
        os.close(self._file)

    def of(self, subject: Subject) -> int:
        """The number under which what is read *after this call* may be remembered; 0: it may not be, it is being written."""
        return self._numbers[int(subject[:3], 16)]

    @contextmanager
    def changing(self, subject: Subject) -> Generator[None]:
        """Around the transaction that writes about ``subject``; one at a time on this machine.

        A process that is killed in it leaves 0 behind, so nothing is remembered of the subject until the next write.
        """
        slot = int(subject[:3], 16)
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                self._numbers[slot] = _BEING_WRITTEN
                try:
                    yield
                finally:
                    self._numbers[slot] = _fresh()
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def _fresh() -> int:
    """Random, so that no number comes again, even in a file that was made anew."""
    return int.from_bytes(os.urandom(8)) | 1
