"""Short reads and writes beside the loads: they never wait for a long one."""

import math
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from finder.errors import NotReady
from finder.store.engine import open_engine

__all__ = ["in_utc", "open_admin_engine", "short_read", "short_write"]

LONGEST_WAIT_MS = 5000
"""After it the caller is told that SQLite, which has one writer at a time, is busy; or that PostgreSQL does not answer: not so of
a write, which waits for whoever else writes of the same person."""
_LONGEST_QUEUE_S: Final = 0.25
"""One thread of a process waits for a SQLite file's one writer, and the others so long for that thread: a service has few, and
people's searches need them while a load is written. Longer than the short writes last of whoever comes at the same moment."""
_BUSY: Final = "The store is being written, by a load perhaps: try again in a minute."


def open_admin_engine(url: str, *, longest_wait_ms: int = LONGEST_WAIT_MS) -> Engine:
    """An engine for keys and the audit log. Raises :class:`BadInput` as :func:`open_engine` does."""
    engine = open_engine(url, longest_wait_ms=longest_wait_ms)

    def wait_less(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout={longest_wait_ms}")

    def read_in_time(connection: Connection) -> None:
        if not connection.get_execution_options().get("finder_writes"):
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {longest_wait_ms}")

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", wait_less)
    else:
        event.listen(engine, "begin", read_in_time)
    return engine


@contextmanager
def short_read(engine: Engine) -> Generator[Connection]:
    """Read. Raises :class:`NotReady` where the database does not answer or has no such tables."""
    try:
        with engine.connect() as connection:
            yield connection
    except (DBAPIError, NoneFree) as error:
        raise _told(error) from error


@contextmanager
def short_write(engine: Engine) -> Generator[Connection]:
    """Write; all is kept or nothing. On PostgreSQL it does not queue behind loads, whose rows it does not touch.

    Raises :class:`NotReady` as :func:`short_read` does, and on SQLite while a load writes: at once where another thread has been
    waiting for its end already.
    """
    try:
        with ExitStack() as stack:
            connection = stack.enter_context(engine.connect().execution_options(finder_writes=True))
            with _QUEUE.waiting() if engine.dialect.name == "sqlite" else nullcontext():
                stack.enter_context(connection.begin())
            yield connection
    except (DBAPIError, NoneFree) as error:
        raise _told(error) from error


def in_utc(moment: datetime | None) -> datetime | None:
    """A stored moment. SQLite forgets time zones; what is stored is UTC."""
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


class _Queue:
    """Of the threads of a process that want to write into a SQLite file one waits for as long as it takes, and no other."""

    def __init__(self) -> None:
        self._first = threading.Lock()
        self._since = math.inf

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Around the wait, not the writing. Raises :class:`NotReady` for who would wait behind somebody who waits for long."""
        if time.monotonic() - self._since > _LONGEST_QUEUE_S or not self._first.acquire(timeout=_LONGEST_QUEUE_S):
            raise NotReady(_BUSY)
        try:
            self._since = time.monotonic()
            yield
        finally:
            self._since = math.inf
            self._first.release()


_QUEUE: Final = _Queue()


def _told(error: DBAPIError | NoneFree) -> NotReady:
    """The driver's own words without the address, which may hold a password."""
    if isinstance(error, NoneFree):
        return NotReady("The database does not answer: all connections are waiting for it.")
    reason = str(error.orig).splitlines()[0] if error.orig else type(error).__name__
    if "locked" in reason:
        return NotReady(_BUSY)
    if "no such table" in reason or "does not exist" in reason:
        return NotReady("The store's tables are not up to date: finder migrate.")
    return NotReady(f"The database does not answer: {reason}")
