"""Taking rows away whose time is over: batch by batch, each a short transaction, so that nobody waits for long.

A kind of row has one function. Most are of the plain form ``sweep_…(connection, before) -> int``, which deletes one batch at most
and says how many rows it deleted; :func:`in_batches` makes a :data:`Sweep` of it.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from finder.errors import NotReady
from finder.store.admin_engine import short_read, short_write
from finder.store.engine import EngineHolder
from finder.store.migrate import is_current
from finder.store.personal import open_personal_engine

__all__ = ["BATCH_ROWS", "COUNTED_AT_MOST", "OneBatch", "Sweep", "SweepAccess", "SweptStore", "in_batches", "leave_no_trace"]

BATCH_ROWS: Final = 10_000
"""So few that a write of somebody else, which waits for a batch on SQLite, waits for a fraction of a second."""
COUNTED_AT_MOST: Final = 50_000
"""A rehearsal stops there: on SQLite nobody can write while it goes on."""
_CACHE_KIB: Final = 256 * 1024
_CHECKPOINT_PAGES: Final = 32_768
"""128 MB of write-ahead log."""
_EMPTYING_WAITS_MS: Final = 1000

type Reached = AbstractContextManager[Connection]


class SweepAccess:
    """How a sweep reaches the database."""

    def __init__(self, reading: Callable[[], Reached], writing: Callable[[], Reached]) -> None:
        self.reading = reading
        self.writing = writing
        """Each time a transaction of its own; in a rehearsal one for all, which is taken back."""


type Sweep = Callable[[SweepAccess, datetime], Iterator[int]]
"""Deletes what was over ``before`` a moment, and yields after each batch how many rows it had."""
type OneBatch = Callable[[Connection, datetime], int]


def in_batches(one_batch: OneBatch) -> Sweep:
    """Return the sweep that goes on with ``one_batch`` until it deletes nothing."""

    def sweep(access: SweepAccess, before: datetime) -> Iterator[int]:
        while True:
            with access.writing() as connection:
                deleted = one_batch(connection, before)
            if not deleted:
                return
            yield deleted

    return sweep


class SweptStore(EngineHolder):
    """A store as the sweeper sees it. What it deletes is overwritten in SQLite's file."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        event.listen(engine, "connect", _keep_pages if self._is_sqlite() else _compile_nothing)

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at a SQLAlchemy address. Raises :class:`BadInput` for an address of anything else."""
        return cls(open_personal_engine(url))

    @property
    def has_one_writer(self) -> bool:
        """Whether others cannot write while a batch is deleted."""
        return self._is_sqlite()

    def is_there(self) -> bool:
        """Whether there is anything to sweep.

        Raises :class:`NotReady` where the tables are not up to date, or nothing can be deleted now: once, and not for each kind.
        """
        if self._is_sqlite() and not _has_file(self._engine):
            return False
        with short_write(self._engine):
            if not is_current(self._engine):
                raise NotReady("The store's tables are not up to date: finder migrate.")
        return True

    def sweep(self, sweep: Sweep, before: datetime) -> Iterator[int]:
        """Delete, and yield as ``sweep`` does. Raises :class:`NotReady`; what was deleted until then stays so."""
        return sweep(SweepAccess(lambda: short_read(self._engine), lambda: short_write(self._engine)), before)

    def rehearse(self, sweep: Sweep, before: datetime) -> int:
        """How many rows ``sweep`` would delete; from :data:`COUNTED_AT_MOST` on they are not counted to the end."""
        counted = 0
        with short_write(self._engine) as connection:
            access = SweepAccess(lambda: nullcontext(connection), lambda: nullcontext(connection))
            for deleted in sweep(access, before):
                counted += deleted
                if counted >= COUNTED_AT_MOST:
                    break
            connection.rollback()
        return counted

    def leave_no_trace(self, tables: Sequence[str]) -> bool:
        """As :func:`leave_no_trace`."""
        return leave_no_trace(self._engine, tables)

    def _is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"


def leave_no_trace(engine: Engine, tables: Sequence[str] = ()) -> bool:
    """After rows were deleted: let the database's files not hold them any longer; whether they do not. Never raises for its sake.

    SQLite's write-ahead log is put into the file and emptied, unless somebody reads on for longer than a second; then the next
    time. On PostgreSQL ``tables`` are vacuumed, which lets the room be used anew.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite and not _has_file(engine):
        return True
    try:
        with _driver_connection(engine) as driver:
            if not is_sqlite:
                for table in tables:
                    driver.execute(f"VACUUM {table}")
                return True
            driver.execute(f"PRAGMA busy_timeout={_EMPTYING_WAITS_MS}")
            is_busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not is_busy
    except (DBAPIError, engine.dialect.loaded_dbapi.Error):
        return False


def _keep_pages(connection: Any, _record: object) -> None:
    """SQLite writes a page as often as it leaves the memory, and again at each checkpoint; a sweep touches all of an index."""
    connection.execute(f"PRAGMA cache_size={-_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")


def _compile_nothing(connection: Any, _record: object) -> None:
    """PostgreSQL guesses that a batch is worth compiling for, and takes a second for each that it then does not save."""
    connection.execute("SET jit = off")
    connection.commit()


def _has_file(engine: Engine) -> bool:
    return Path(engine.url.database or "").is_file()


@contextmanager
def _driver_connection(engine: Engine) -> Generator[Any]:
    """A connection without a transaction, which is closed and not used again."""
    pooled = engine.raw_connection()
    try:
        driver: Any = pooled.driver_connection
        pooled.detach()
        if engine.dialect.name == "postgresql":
            driver.autocommit = True
        yield driver
    finally:
        pooled.close()
