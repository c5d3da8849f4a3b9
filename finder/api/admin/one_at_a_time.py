"""What computes or waits for long is done once at a time in each process: several would keep everybody else waiting."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from finder.errors import Conflict

__all__ = ["one_at_a_time"]


@contextmanager
def one_at_a_time(lock: threading.Lock, text: str) -> Generator[None]:
    """Hold the lock meanwhile. Raises :class:`Conflict` with the text, which says what to do, where somebody else holds it."""
    if not lock.acquire(blocking=False):
        raise Conflict(text)
    try:
        yield
    finally:
        lock.release()
