"""What waits to go out: an outbox, written in the transaction of what it tells of and emptied by whoever sends.

A row is leased before it is sent and deleted after. Who dies between the two leaves the row, and when the lease is over somebody
else sends it, under the same id: what goes out arrives at least once, and the receiver knows a second one by its id.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, delete, exists, func, insert, or_, select, update

from finder.domain.consent import Subject
from finder.domain.delivery import Backlog, Channel, Delivery
from finder.store.admin_engine import in_utc, short_read, short_write
from finder.store.delivery_tables import DELIVERY
from finder.store.personal import PersonalStore
from finder.store.sweeping import BATCH_ROWS

__all__ = ["Deliveries", "cancel", "enqueue", "erase_deliveries", "sweep_deliveries"]

_MOST_GIVEN_UP: Final = 500
"""In one write."""
_FAILING_FROM: Final = 3
"""Attempts: that something is tried twice is nothing out of the ordinary."""


def enqueue(connection: Connection, deliveries: Iterable[Delivery]) -> None:
    """Let them go out, if the transaction of what they tell of is kept. For those about a person the caller holds the person."""
    if rows := [_row(delivery) for delivery in deliveries]:
        connection.execute(insert(DELIVERY), rows)


def cancel(connection: Connection, notice_id: str) -> int:
    """Let nothing go out any more that tells of a notice; how many there were. One that is being sent now may arrive."""
    return connection.execute(delete(DELIVERY).where(DELIVERY.c.notice_id == notice_id)).rowcount


class Deliveries(PersonalStore):
    """The outbox of a store, for those who send. Times are aware; what writes raises :class:`NotReady` when it cannot now."""

    def is_there(self) -> bool:
        """Whether there is a store yet: looking into a SQLite file that is not there would make an empty one."""
        return self._engine.dialect.name != "sqlite" or Path(self._engine.url.database or "").is_file()

    def due(self, most: int, now: datetime, *, after: Delivery | None = None) -> list[Delivery]:
        """Up to ``most`` that are due and that nobody is sending, the one that waits longest first. Nothing is written.

        Of a person one at a time by each channel: who has endpoints that are slow to answer holds up nobody else, and a tenant's
        webhook that is slow not what the person is told by another way. ``after``: those that come behind this one only.
        """
        where = _next_of_person(now.astimezone(UTC))
        if after is not None:
            at, own = after.next_at.astimezone(UTC), DELIVERY.c
            where &= or_(own.next_at > at, and_(own.next_at == at, own.id > after.id))
        query = select(DELIVERY).where(where).order_by(DELIVERY.c.next_at, DELIVERY.c.id).limit(most)
        with short_read(self._engine) as connection:
            return [_delivery(row) for row in connection.execute(query).mappings()]

    def lease(self, delivery_ids: Collection[str], now: datetime, for_s: float) -> list[Delivery]:
        """Those of them that are still as :meth:`due` gives them: nobody else gets these for ``for_s`` seconds.

        ``attempts`` counts this one.
        """
        # On PostgreSQL senders pass over what another is taking just now; SQLite has one writer anyway, and knows no such words.
        free = select(DELIVERY.c.id).where(DELIVERY.c.id.in_(delivery_ids), _next_of_person(now.astimezone(UTC)))
        until = now.astimezone(UTC) + timedelta(seconds=for_s)
        leased = {"leased_until": until, "attempts": DELIVERY.c.attempts + 1}
        change = update(DELIVERY).where(DELIVERY.c.id.in_(_once(free.with_for_update(skip_locked=True)))).values(leased)
        with short_write(self._engine) as connection:
            rows = connection.execute(change.returning(DELIVERY)).mappings().all()
        return sorted((_delivery(row) for row in rows), key=lambda delivery: delivery.next_at)

    def done(self, delivery_ids: Collection[str]) -> int:
        """They have arrived, or need not go out: delete them; how many were there."""
        with short_write(self._engine) as connection:
            return connection.execute(delete(DELIVERY).where(DELIVERY.c.id.in_(delivery_ids))).rowcount

    def failed(self, delivery: Delivery, next_at: datetime) -> bool:
        """Try it again from ``next_at`` on, or give it up, if that is too late; whether it will be tried again.

        Whoever leased it after the lease of ``delivery`` was over is not disturbed.
        """
        leased = (DELIVERY.c.id == delivery.id, DELIVERY.c.attempts == delivery.attempts)
        with short_write(self._engine) as connection:
            if next_at >= delivery.gives_up_at:
                connection.execute(delete(DELIVERY).where(*leased))
                return False
            later = update(DELIVERY).where(*leased).values(next_at=next_at.astimezone(UTC), leased_until=None)
            return bool(connection.execute(later).rowcount)

    def give_up(self, now: datetime) -> list[Delivery]:
        """Delete those whose time is over and that nobody is sending, and return them: up to a few hundred."""
        over = (DELIVERY.c.gives_up_at <= now.astimezone(UTC), _free(now.astimezone(UTC)))
        with short_read(self._engine) as connection:
            if not connection.execute(select(exists().where(*over))).scalar_one():
                return []
        late = select(DELIVERY.c.id).where(*over).limit(_MOST_GIVEN_UP).with_for_update(skip_locked=True)
        with short_write(self._engine) as connection:
            rows = connection.execute(delete(DELIVERY).where(DELIVERY.c.id.in_(_once(late))).returning(DELIVERY)).mappings().all()
        return [_delivery(row) for row in rows]

    def backlog(self, now: datetime) -> list[Backlog]:
        """What waits by each channel by which something does."""
        now, own = now.astimezone(UTC), DELIVERY.c
        failing, due = func.count().filter(own.attempts >= _FAILING_FROM), func.min(own.next_at).filter(_due(now))
        counted = select(own.channel, func.count(), failing, due).where(own.gives_up_at > now)
        with short_read(self._engine) as connection:
            rows = connection.execute(counted.group_by(own.channel).order_by(own.channel)).all()
        return [
            Backlog(channel=Channel(channel), waiting=waiting, failing=failed, due_since=in_utc(since))
            for channel, waiting, failed, since in rows
        ]

    def of(self, subject: Subject) -> list[Delivery]:
        """All about a person that has not gone out yet."""
        query = select(DELIVERY).where(DELIVERY.c.subject == subject).order_by(DELIVERY.c.next_at, DELIVERY.c.id)
        with short_read(self._engine) as connection:
            return [_delivery(row) for row in connection.execute(query).mappings()]


def erase_deliveries(connection: Connection, subject: Subject) -> int:
    """Delete all about a person, in the transaction of the erasure; how many there were."""
    return connection.execute(delete(DELIVERY).where(DELIVERY.c.subject == subject)).rowcount


def sweep_deliveries(connection: Connection, before: datetime) -> int:
    """Delete a batch of those that were to be given up before a moment; how many: 0 when none is left."""
    old = select(DELIVERY.c.id).where(DELIVERY.c.gives_up_at < before.astimezone(UTC)).limit(BATCH_ROWS)
    return connection.execute(delete(DELIVERY).where(DELIVERY.c.id.in_(old))).rowcount


def _once(ids: Select[tuple[str]]) -> Select[tuple[str]]:
    """Looked for once: within ``IN`` PostgreSQL may do so again for each row, which takes more than was asked for."""
    return select(ids.cte().prefix_with("MATERIALIZED").c.id)


def _free(now: datetime, table: FromClause = DELIVERY) -> ColumnElement[bool]:
    return or_(table.c.leased_until.is_(None), table.c.leased_until <= now)


def _due(now: datetime, table: FromClause = DELIVERY) -> ColumnElement[bool]:
    return (table.c.next_at <= now) & (table.c.gives_up_at > now) & _free(now, table)


def _next_of_person(now: datetime) -> ColumnElement[bool]:
    """What is due, if nothing of the same person is being sent by the same channel or comes before it there."""
    others = DELIVERY.alias("other")
    other, own = others.c, DELIVERY.c
    before = or_(other.next_at < own.next_at, and_(other.next_at == own.next_at, other.id < own.id))
    first = or_(other.leased_until > now, _due(now, others) & before)
    same = (other.subject == own.subject, other.channel == own.channel)
    return _due(now) & ~exists().where(*same, first).correlate(DELIVERY)


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "channel": delivery.channel.value,
        "target": delivery.target,
        "headers": delivery.headers,
        "body": delivery.body,
        "subject": delivery.subject,
        "notice_id": delivery.notice_id,
        "attempts": delivery.attempts,
        "next_at": delivery.next_at.astimezone(UTC),
        "gives_up_at": delivery.gives_up_at.astimezone(UTC),
        "leased_until": None,
    }


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    next_at, gives_up_at = in_utc(row["next_at"]), in_utc(row["gives_up_at"])
    assert next_at is not None  # noqa: S101 - the columns are not nullable
    assert gives_up_at is not None  # noqa: S101
    return Delivery(
        id=row["id"],
        channel=Channel(row["channel"]),
        target=row["target"],
        headers=row["headers"],
        body=bytes(row["body"]),
        subject=Subject(row["subject"]) if row["subject"] else None,
        notice_id=row["notice_id"],
        attempts=row["attempts"],
        next_at=next_at,
        gives_up_at=gives_up_at,
    )
