"""Connecting to the database that an address names."""

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from finder.errors import BadInput, NotReady

__all__ = ["EngineHolder", "open_engine", "reading_at_one_moment", "write_transaction"]

WRITERS_LOCK = 0x66696E646572
"""The number of PostgreSQL's advisory lock that writers share: "finder" in ASCII."""


def open_engine(url: str, *, longest_wait_ms: int | None = None) -> Engine:
    """An engine for ``sqlite:///…`` or ``postgresql+psycopg://…``. Raises :class:`BadInput` for any other address.

    ``longest_wait_ms``: how long PostgreSQL is waited for when a connection is made or is to become free; for ever without.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise BadInput(
            "FINDER_DATABASE_URL is no database address: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."
        ) from None
    if address.drivername == "sqlite":
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address, hide_parameters=True)  # what a statement held is in no message and no traceback
        if address.database and address.database != ":memory:":
            event.listen(engine, "do_connect", partial(_make_sqlite, Path(address.database)))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if address.drivername == "postgresql+psycopg":
        try:
            if longest_wait_ms is None:
                return create_engine(address, pool_pre_ping=True, hide_parameters=True)
            return _impatient_engine(address, longest_wait_ms)
        except ModuleNotFoundError:
            raise NotReady("PostgreSQL needs the extra: pip install 'finder[postgres]'.") from None
    raise BadInput("The finder stores in SQLite (sqlite:///FILE) or PostgreSQL (postgresql+psycopg://USER@HOST/NAME).")


class EngineHolder:
    """What has a store's connections for itself, as a context, until it is closed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


@contextmanager
def write_transaction(engine: Engine) -> Generator[Connection]:
    """Be the only writer: another waits for the end of this transaction, readers do not.

    Raises :class:`NotReady` when another has been writing into a SQLite file for so long that this one gives up.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(engine.connect().execution_options(finder_writes=True))
        try:
            stack.enter_context(connection.begin())
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            raise NotReady("Another load is being written. Wait for it, and do this again.") from error
        yield connection


def reading_at_one_moment(connection: Connection) -> Connection:
    """Let all that the transaction reads be as it was when it began."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return connection  # a SQLite transaction in WAL mode does so anyway


def _impatient_engine(address: URL, longest_wait_ms: int) -> Engine:
    """An engine for PostgreSQL that waits for no connection longer than that; what the address itself says stands."""
    limits = {
        "connect_timeout": max(2, ceil(longest_wait_ms / 1000)),  # in s; libpq takes no less than 2
        "tcp_user_timeout": longest_wait_ms,  # for a machine that is gone, of which no server says that a statement took too long
        "keepalives_idle": max(1, longest_wait_ms // 1000),
    }
    return create_engine(
        address,
        pool_pre_ping=True,
        hide_parameters=True,
        pool_timeout=longest_wait_ms / 1000,
        connect_args={name: limit for name, limit in limits.items() if name not in address.query},
    )


def _make_sqlite(path: Path, *_connecting: object) -> None:
    """Let a new file be its owner's alone, as it holds what persons said; SQLite gives those beside it (WAL) the same mode."""
    with suppress(OSError):  # there already; or it cannot be had, which SQLite says better
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions on its own, and only before the first write.
    connection.isolation_level = None
    cursor = connection.cursor()
    # A second writer waits its turn instead of failing, and readers go on while a load writes.
    cursor.execute("PRAGMA busy_timeout=60000")
    cursor.execute("PRAGMA journal_mode=WAL")
    # After a crash of the process all is there; after one of the machine the last load may be gone, never half of it.
    cursor.execute("PRAGMA synchronous=NORMAL")
    # In KiB: the index of a million ids stays in memory while they are added, else its pages are written over and over.
    cursor.execute("PRAGMA cache_size=-98304")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("finder_writes") else "BEGIN")
