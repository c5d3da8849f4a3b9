"""The audit log: who did what to the store, by HTTP or from the command line."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from finder.domain.admin import Action, Actor, AuditEntry
from finder.store.admin_engine import in_utc, short_read, short_write
from finder.store.admin_tables import AUDIT
from finder.store.personal import PersonalStore
from finder.store.sweeping import BATCH_ROWS

__all__ = ["AUDIT_KEPT", "AuditLog", "append_entry", "sweep_audit"]

AUDIT_KEPT = timedelta(days=730)
"""Two years outlast the question who changed this."""


class AuditLog(PersonalStore):
    """Entries can be added and read, not changed; they go when they are older than :data:`AUDIT_KEPT`."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._purged_on: date | None = None

    def append(self, entry: AuditEntry) -> None:
        """Add an entry. Raises :class:`NotReady` when it cannot be written now."""
        today = datetime.now(UTC).date()
        with short_write(self._engine) as connection:
            append_entry(connection, entry)
            if self._purged_on != today:
                sweep_audit(connection, datetime.now(UTC) - AUDIT_KEPT)  # where no service runs that would
        self._purged_on = today

    def page(self, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """The newest ``limit`` entries, newest first; those older than the entry ``before``, where one is given."""
        query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AUDIT.c.id < before)
        with short_read(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]


def append_entry(connection: Connection, entry: AuditEntry) -> None:
    """Add an entry in the transaction of what it tells of."""
    connection.execute(
        insert(AUDIT).values(
            at=entry.at.astimezone(UTC),
            actor=entry.actor.name,
            key_id=entry.actor.key_id,
            action=entry.action.value,
            subject=entry.subject,
            outcome=entry.outcome,
        )
    )


def sweep_audit(connection: Connection, before: datetime) -> int:
    """Delete a batch of the entries older than a moment; how many: 0 when none is left."""
    old = select(AUDIT.c.id).where(AUDIT.c.at < before).limit(BATCH_ROWS)
    return connection.execute(delete(AUDIT).where(AUDIT.c.id.in_(old))).rowcount


def _entry(row: Mapping[Any, Any]) -> AuditEntry:
    at = in_utc(row["at"])
    assert at is not None  # noqa: S101 - the column is not nullable
    return AuditEntry(
        id=row["id"],
        at=at,
        actor=Actor(row["actor"], row["key_id"]),
        action=Action(row["action"]),
        subject=row["subject"],
        outcome=row["outcome"],
    )
