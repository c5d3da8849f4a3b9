"""Connecting to the database that an address names."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from finder.errors import BadInput, NotReady

__all__ = ["open_engine"]


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///…`` or ``postgresql+psycopg://…``. Raises :class:`BadInput` for any other address."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise BadInput(
            "FINDER_DATABASE_URL is no database address: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."
        ) from None
    if address.drivername == "sqlite":
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    if address.drivername == "postgresql+psycopg":
        try:
            return create_engine(address, pool_pre_ping=True)
        except ModuleNotFoundError:
            raise NotReady("PostgreSQL needs the extra: pip install 'finder[postgres]'.") from None
    raise BadInput("The finder stores in SQLite (sqlite:///FILE) or PostgreSQL (postgresql+psycopg://USER@HOST/NAME).")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # Readers go on while a load writes, and a second writer waits its turn instead of failing.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
