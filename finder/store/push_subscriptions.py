"""Browsers that a person lets tell them that there is a notice: sealed rows, of which the database knows whose they are."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from finder.domain.consent import Purpose, Subject
from finder.errors import ConsentNeeded, NotFound
from finder.store.admin_engine import short_read, short_write
from finder.store.erasures import agrees, hold_unless_erased, last_erasure
from finder.store.personal import PersonalStore, hold_person
from finder.store.sweeping import BATCH_ROWS
from finder.store.visit_tables import PUSH_SUBSCRIPTION

__all__ = [
    "MOST_SUBSCRIPTIONS",
    "SUBSCRIPTIONS_KEPT",
    "PushSubscriptions",
    "SealedSubscription",
    "erase_push_subscriptions",
    "sweep_push_subscriptions",
]

MOST_SUBSCRIPTIONS: Final = 10
"""Of one person; for one more the one that was not used for longest goes."""
SUBSCRIPTIONS_KEPT: Final = timedelta(days=90)
"""After the last use."""


class SealedSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A browser as the store has it. Where it is reached only the person's key opens."""

    id: str
    """A hash of whose it is and of its address, so that there is one row of each, and it can be taken away unopened."""
    sealed: bytes
    used_on: date


class PushSubscriptions(PersonalStore):
    """The push subscriptions of a store. What writes raises :class:`NotReady` when it cannot now."""

    def last_erasure(self, subject: Subject) -> int:
        """What :meth:`put` is told that comes of a request which begins now."""
        with short_read(self._engine) as connection:
            return last_erasure(connection, subject)

    def put(self, subject: Subject, subscription: SealedSubscription, *, since: int, at: datetime) -> None:
        """Keep one, in the place of an earlier one of its id. ``since``: what :meth:`last_erasure` said at the beginning.

        Raises :class:`ConsentNeeded` where there is no yes to notices ``at`` that moment, or no longer, and
        :class:`ErasedMeanwhile`.
        """
        columns = PUSH_SUBSCRIPTION.c
        row = {"id": subscription.id, "subject": subject, "sealed": subscription.sealed, "used_on": subscription.used_on}
        with short_write(self._engine) as connection:
            hold_unless_erased(connection, subject, since)
            if not agrees(connection, subject, Purpose.NOTICES, at):
                raise ConsentNeeded("The person has not agreed to notices, or no longer. Ask first.", Purpose.NOTICES)
            connection.execute(delete(PUSH_SUBSCRIPTION).where(columns.subject == subject, columns.id == subscription.id))
            newest = select(columns.id).where(columns.subject == subject).order_by(columns.used_on.desc(), columns.id)
            stay = connection.execute(newest.limit(MOST_SUBSCRIPTIONS - 1)).scalars().all()
            connection.execute(delete(PUSH_SUBSCRIPTION).where(columns.subject == subject, columns.id.not_in(stay)))
            connection.execute(insert(PUSH_SUBSCRIPTION).values(row))

    def of(self, subject: Subject) -> list[SealedSubscription]:
        """All of a person's, the one that was used last first."""
        columns = PUSH_SUBSCRIPTION.c
        query = select(columns.id, columns.sealed, columns.used_on).where(columns.subject == subject)
        with short_read(self._engine) as connection:
            rows = connection.execute(query.order_by(columns.used_on.desc(), columns.id)).all()
        return [SealedSubscription(id=row.id, sealed=bytes(row.sealed), used_on=row.used_on) for row in rows]

    def note_use(self, subject: Subject, *, on: date) -> None:
        """Remember the last day on which a person's browsers were told of something: one write a day."""
        older = (PUSH_SUBSCRIPTION.c.subject == subject, PUSH_SUBSCRIPTION.c.used_on < on)
        with short_write(self._engine) as connection:
            hold_person(connection, subject)
            connection.execute(update(PUSH_SUBSCRIPTION).where(*older).values(used_on=on))

    def remove(self, subject: Subject, subscription_id: str) -> None:
        """Delete one. Raises :class:`NotFound`."""
        if not self._delete(subject, PUSH_SUBSCRIPTION.c.id == subscription_id):
            raise NotFound("No push subscription of this id is kept of this person.")

    def remove_all(self, subject: Subject) -> int:
        """Delete all of a person's; how many there were."""
        return self._delete(subject)

    def _delete(self, subject: Subject, *which: Any) -> int:
        with short_write(self._engine) as connection:
            hold_person(connection, subject)
            return connection.execute(delete(PUSH_SUBSCRIPTION).where(PUSH_SUBSCRIPTION.c.subject == subject, *which)).rowcount


def erase_push_subscriptions(connection: Connection, subject: Subject) -> int:
    """Delete all of a person's, in the transaction of the erasure; how many there were."""
    return connection.execute(delete(PUSH_SUBSCRIPTION).where(PUSH_SUBSCRIPTION.c.subject == subject)).rowcount


def sweep_push_subscriptions(connection: Connection, before: datetime) -> int:
    """Delete a batch of those that were last used on a day before that of ``before``; how many: 0 when none is left."""
    old = select(PUSH_SUBSCRIPTION.c.id).where(PUSH_SUBSCRIPTION.c.used_on < before.date()).limit(BATCH_ROWS)
    return connection.execute(delete(PUSH_SUBSCRIPTION).where(PUSH_SUBSCRIPTION.c.id.in_(old))).rowcount
