"""Short reads and writes beside the loads: they never wait for a long one."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from finder.errors import NotReady
from finder.store.engine import open_engine

__all__ = ["in_utc", "open_admin_engine", "short_read", "short_write"]

LONGEST_WAIT_MS = 5000
"""On SQLite, which has one writer at a time: after it the caller is told that the store is busy."""


def open_admin_engine(url: str, *, longest_wait_ms: int = LONGEST_WAIT_MS) -> Engine:
    """An engine for keys and the audit log. Raises :class:`BadInput` as :func:`open_engine` does."""
    engine = open_engine(url)

    def wait_less(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout={longest_wait_ms}")

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", wait_less)
    return engine


@contextmanager
def short_read(engine: Engine) -> Generator[Connection]:
    """Read. Raises :class:`NotReady` where the database does not answer or has no such tables."""
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise _told(error) from error


@contextmanager
def short_write(engine: Engine) -> Generator[Connection]:
    """Write; all is kept or nothing. On PostgreSQL it does not queue behind loads, whose rows it does not touch.

    Raises :class:`NotReady` as :func:`short_read` does, and on SQLite while a load writes.
    """
    try:
        with engine.connect().execution_options(finder_writes=True) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise _told(error) from error


def in_utc(moment: datetime | None) -> datetime | None:
    """A stored moment. SQLite forgets time zones; what is stored is UTC."""
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _told(error: DBAPIError) -> NotReady:
    """The driver's own words without the address, which may hold a password."""
    reason = str(error.orig).splitlines()[0] if error.orig else type(error).__name__
    if "locked" in reason:
        return NotReady("The store is being written, by a load perhaps: try again in a minute.")
    if "no such table" in reason or "does not exist" in reason:
        return NotReady("The store's tables are not up to date: finder migrate.")
    return NotReady(f"The database does not answer: {reason}")
