"""How many letters and short messages went out: who asks for them need not be who gets them."""

from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from finder.store.admin_engine import short_write
from finder.store.delivery_tables import SENT_MESSAGE
from finder.store.personal import PersonalStore
from finder.store.sweeping import BATCH_ROWS

__all__ = ["SENT_MESSAGES_KEPT", "Limit", "SentMessages", "sweep_sent_messages"]

SENT_MESSAGES_KEPT: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_LOCK: Final = 0x6C657474657273
"""The number of PostgreSQL's advisory lock of who counts: "letters" in ASCII. SQLite has one writer anyway."""


class Limit(Enum):
    """Why a message does not go out."""

    OF_TARGET = auto()
    """So many went to the same target within a day."""
    OF_ALL = auto()
    """So many went out within an hour, to whomever."""


class SentMessages(PersonalStore):
    """The count of a store, of all processes together. Times are aware."""

    def count(self, message: str, target: str, *, at: datetime, most_a_day: int, most_an_hour: int) -> Limit | None:
        """Count a message that is about to go out, once however often it is tried; or the limit that stands against it.

        ``message`` and ``target`` are hashes that nobody without the service's key can make. ``most_a_day`` is of the target,
        ``most_an_hour`` of all. Raises :class:`NotReady` when it cannot be written now.
        """
        columns, at = SENT_MESSAGE.c, at.astimezone(UTC)
        of_target = (columns.target == target, columns.at > at - SENT_MESSAGES_KEPT)
        with short_write(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            if connection.execute(select(columns.id).where(columns.id == message)).first() is not None:
                return None
            if _rows(connection, *of_target) >= most_a_day:
                return Limit.OF_TARGET
            if _rows(connection, columns.at > at - _HOUR) >= most_an_hour:
                return Limit.OF_ALL
            connection.execute(insert(SENT_MESSAGE).values(id=message, target=target, at=at))
        return None


def sweep_sent_messages(connection: Connection, before: datetime) -> int:
    """Delete a batch of those that went out before a moment; how many: 0 when none is left."""
    old = select(SENT_MESSAGE.c.id).where(SENT_MESSAGE.c.at < before.astimezone(UTC)).limit(BATCH_ROWS)
    return connection.execute(delete(SENT_MESSAGE).where(SENT_MESSAGE.c.id.in_(old))).rowcount


def _rows(connection: Connection, *which: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(SENT_MESSAGE).where(*which)).scalar_one()
