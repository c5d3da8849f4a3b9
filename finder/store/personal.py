"""What the tables about persons have in common: what is deleted is overwritten, and an erasure misses nothing."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final, Self

from sqlalchemy import Connection, Engine, event, func, select

from finder.domain.consent import Subject
from finder.store.admin_engine import open_admin_engine
from finder.store.engine import EngineHolder

__all__ = ["Eraser", "PersonalStore", "hold_person", "open_personal_engine"]

_LOCKS: Final = "finder: who writes about "

type Eraser = Callable[[Connection, Subject], int]
"""Takes a person out of a table, in the transaction of an erasure, and returns out of how many rows."""


def open_personal_engine(url: str) -> Engine:
    """An engine for rows about persons. Raises :class:`BadInput` as :func:`open_admin_engine` does."""
    engine = open_admin_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _overwrite_what_is_deleted)
    return engine


class PersonalStore(EngineHolder):
    """The rows of one sort, in short reads and writes. What each adds to this is what can be done with them."""

    @classmethod
    def open(cls, url: str) -> Self:
        """Those of the store at a SQLAlchemy address. Raises :class:`BadInput` for an address of anything else."""
        return cls(open_personal_engine(url))


def hold_person(connection: Connection, subject: Subject) -> None:
    """Be the only one that writes about a person until the transaction ends.

    Whoever adds a row about a person does so after this: then an erasure, which holds the person too, deletes the row or comes
    before it. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_lock_number(subject))))


def _lock_number(subject: Subject) -> int:
    """63 bits, as such a number has a sign. Not the subject's own ones, which a server might log or show to others."""
    return int.from_bytes(sha256(f"{_LOCKS}{subject}".encode()).digest()[:8]) >> 1


def _overwrite_what_is_deleted(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA secure_delete=ON")
