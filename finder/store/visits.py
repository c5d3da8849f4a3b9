"""Armed visits and their notices: sealed rows, of which the database knows whose and when, and not of which place."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, case, delete, insert, select, update

from finder.domain.consent import Purpose, Subject
from finder.domain.delivery import Channel, Delivery
from finder.domain.visit import NoticeLogEntry, SealedNotice, SealedVisit
from finder.errors import Conflict, ConsentNeeded, NotFound
from finder.store.admin_engine import in_utc, short_read, short_write
from finder.store.deliveries import cancel, enqueue
from finder.store.delivery_tables import DELIVERY
from finder.store.erasures import agrees, hold_unless_erased, last_erasure
from finder.store.notice_log import add_log
from finder.store.personal import PersonalStore, hold_person
from finder.store.sweeping import BATCH_ROWS, SweepAccess
from finder.store.visit_tables import NOTICE, VISIT

__all__ = ["ENDED_VISITS_KEPT", "MOST_VISITS", "Visits", "erase_notices", "erase_visits", "sweep_visits"]

MOST_VISITS: Final = 10
"""Armed at once by one person."""
ENDED_VISITS_KEPT: Final = timedelta(days=1)
"""With their notices, which the person may want to read again; the state is wiped when a visit ends."""
_NOTICES_LOCK: Final = 0x6E6F74696365
"""The number of PostgreSQL's advisory lock of who adds notices: "notice" in ASCII. SQLite has one writer anyway."""
_MOST_NEWEST: Final = 10_000
_SWEPT_AT_ONCE: Final = BATCH_ROWS // 10
"""Visits have several notices each."""


class Visits(PersonalStore):
    """The visits and notices of a store. An id of somebody else's is as unknown as one of none."""

    def last_erasure(self, subject: Subject) -> int:
        """What :meth:`arm` is told that comes of a request which begins now."""
        with short_read(self._engine) as connection:
            return last_erasure(connection, subject)

    def arm(self, visit: SealedVisit, *, known: Sequence[str], since: int) -> bool:
        """Keep a new visit; ``False``, and nothing is kept, when others than the ``known`` ids are armed by now.

        ``since``: what :meth:`last_erasure` said when the request began. Raises :class:`Conflict` when the person has
        :data:`MOST_VISITS`, :class:`ConsentNeeded` where the person's yes to notices was taken back meanwhile,
        :class:`ErasedMeanwhile`, and :class:`NotReady` when it cannot be written now.
        """
        armed = select(VISIT.c.id).where(VISIT.c.subject == visit.subject, *_armed(visit.armed_at))
        with short_write(self._engine) as connection:
            hold_unless_erased(connection, visit.subject, since)
            if not agrees(connection, visit.subject, Purpose.NOTICES, visit.armed_at):
                raise ConsentNeeded("The person has not agreed to notices, or no longer. Ask first.", Purpose.NOTICES)
            there = set(connection.execute(armed).scalars())
            if there != set(known):
                return False
            if len(there) >= MOST_VISITS:
                raise Conflict(f"{MOST_VISITS} visits are armed, and no more can be: stop one first.")
            connection.execute(insert(VISIT).values(_row(visit)))
        return True

    def change(self, visit: SealedVisit, *, untell: bool) -> bool:
        """Put what is sealed of a visit, and its end, in the place of what is there; ``False`` when its version has gone on.

        ``untell``: who runs the facility is not to be told any longer, nor what waits to be told them. Raises :class:`NotReady`
        when it cannot be written now.
        """
        with short_write(self._engine) as connection:
            hold_person(connection, visit.subject)
            written = _write(connection, visit, sealed=visit.sealed, ends_at=visit.ends_at.astimezone(UTC))
            if written and untell:
                _tell_no_tenant(connection, visit.subject)
            return written

    def of(self, subject: Subject) -> list[SealedVisit]:
        """All of a person's, those that have ended too, the first armed first."""
        query = select(VISIT).where(VISIT.c.subject == subject).order_by(VISIT.c.armed_at, VISIT.c.id)
        with short_read(self._engine) as connection:
            return [_visit(row) for row in connection.execute(query).mappings()]

    def get(self, subject: Subject, visit_id: str) -> SealedVisit:
        """One of a person's. Raises :class:`NotFound`."""
        with short_read(self._engine) as connection:
            row = connection.execute(select(VISIT).where(*_one(subject, visit_id))).mappings().one_or_none()
        if row is None:
            raise _not_found()
        return _visit(row)

    def end(self, subject: Subject, visit_id: str, *, at: datetime) -> None:
        """End a visit now, if it has not: its state is wiped, and nothing about it goes out any more.

        It is ended whatever the clocks of others say: a call that has read it before writes nothing of it.
        Raises :class:`NotFound`, and :class:`NotReady` when it cannot be written now.
        """
        with short_write(self._engine) as connection:
            hold_person(connection, subject)
            if connection.execute(select(VISIT.c.id).where(*_one(subject, visit_id))).one_or_none() is None:
                raise _not_found()
            _end(connection, subject, [visit_id], at)

    def end_all(self, subject: Subject, *, at: datetime) -> int:
        """End all of a person's as :meth:`end` does; how many were armed."""
        there = select(VISIT.c.id).where(VISIT.c.subject == subject, VISIT.c.ended.is_(False))
        with short_write(self._engine) as connection:
            hold_person(connection, subject)
            return _end(connection, subject, list(connection.execute(there).scalars()), at)

    def advance(
        self,
        visit: SealedVisit,
        state: bytes,
        notices: Mapping[str, SealedNotice],
        deliveries: Mapping[str, Sequence[Delivery]],
        log: Sequence[NoticeLogEntry],
    ) -> list[SealedNotice] | None:
        """Write a visit's next state and all that comes of it; ``None``, and nothing is written, when its version has gone on.

        ``notices`` are by a hash of what they tell, and ``deliveries`` by that of their notice. What was told on this visit
        before is left out with what was to go out of it; the others come back with their ``seq``.
        Raises :class:`NotReady` when it cannot be written now: then all is as before.
        """
        with short_write(self._engine) as connection:
            hold_person(connection, visit.subject)
            if not _write(connection, visit, state=state):
                return None
            add_log(connection, log)
            new = _not_told(connection, visit.id, notices)
            if not new:
                return []
            enqueue(connection, [each for key in new for each in deliveries.get(key, ())])
            if connection.dialect.name == "postgresql":
                # So that the order of their numbers is the order in which readers see them: nobody who asks for newer ones
                # misses one. Last, as all who tell anybody anything wait here.
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_NOTICES_LOCK})")
            return [_added(connection, key, notice) for key, notice in new.items()]

    def notices_of(self, subject: Subject, *, after: int = 0) -> list[SealedNotice]:
        """A person's notices with a greater ``seq``, the first told first."""
        query = select(NOTICE).where(NOTICE.c.subject == subject, NOTICE.c.seq > after).order_by(NOTICE.c.seq)
        with short_read(self._engine) as connection:
            return [_notice(row) for row in connection.execute(query).mappings()]

    def seen(self, subject: Subject, notice_id: str) -> None:
        """Remember that the person has seen a notice: what was about to go out about it does not.

        Raises :class:`NotFound`, and :class:`NotReady` when it cannot be written now.
        """
        one = (NOTICE.c.id == notice_id, NOTICE.c.subject == subject)
        with short_write(self._engine) as connection:
            hold_person(connection, subject)
            if connection.execute(select(NOTICE.c.seq).where(*one)).one_or_none() is None:
                raise NotFound("There is no notice of this id: GET /api/v1/notices lists them.")
            connection.execute(update(NOTICE).where(*one).values(is_seen=True))
            cancel(connection, notice_id)

    def armed(self, subjects: Collection[Subject], *, at: datetime) -> set[Subject]:
        """Those of these persons who have a visit that is armed; some hundreds at once."""
        query = select(VISIT.c.subject).where(VISIT.c.subject.in_(subjects), *_armed(at)).distinct()
        with short_read(self._engine) as connection:
            return {Subject(subject) for subject in connection.execute(query).scalars()}

    def newest(self, since_seq: int) -> list[tuple[int, Subject]]:
        """The numbers of newer notices, ascending, and whose they are; the newest 10,000 at most."""
        columns = NOTICE.c
        query = select(columns.seq, columns.subject).where(columns.seq > since_seq).order_by(columns.seq.desc())
        with short_read(self._engine) as connection:
            found = connection.execute(query.limit(_MOST_NEWEST)).all()
        return [(seq, Subject(subject)) for seq, subject in reversed(found)]


def erase_visits(connection: Connection, subject: Subject) -> int:
    """Delete all of a person's visits, in the transaction of the erasure; how many there were."""
    return connection.execute(delete(VISIT).where(VISIT.c.subject == subject)).rowcount


def erase_notices(connection: Connection, subject: Subject) -> int:
    """Delete all of a person's notices, in the transaction of the erasure; how many there were."""
    return connection.execute(delete(NOTICE).where(NOTICE.c.subject == subject)).rowcount


def sweep_visits(access: SweepAccess, before: datetime) -> Iterator[int]:
    """Delete the visits that ended ``before``, with their notices, in batches; yield how many rows each had.

    First the state goes of those that have ended since, :data:`ENDED_VISITS_KEPT` after ``before`` at the latest.
    """
    ended = (before + ENDED_VISITS_KEPT).astimezone(UTC)
    still = select(VISIT.c.id).where(VISIT.c.ends_at < ended, VISIT.c.ended.is_(False)).limit(_SWEPT_AT_ONCE)
    wiped = 1
    while wiped:
        with access.writing() as connection:
            changes = update(VISIT).where(VISIT.c.id.in_(still)).values(state=None, ended=True, version=VISIT.c.version + 1)
            wiped = connection.execute(changes).rowcount
    while True:
        with access.writing() as connection:
            over = select(VISIT.c.id).where(VISIT.c.ends_at < before.astimezone(UTC)).limit(_SWEPT_AT_ONCE)
            ids = list(connection.execute(over).scalars())
            deleted = connection.execute(delete(NOTICE).where(NOTICE.c.visit_id.in_(ids))).rowcount
            deleted += connection.execute(delete(VISIT).where(VISIT.c.id.in_(ids))).rowcount
        if not deleted:
            return
        yield deleted


def _write(connection: Connection, visit: SealedVisit, **values: Any) -> bool:
    """Whether the visit was as it had been read, and has not been ended; then it is written, and its version goes on."""
    same = (*_one(visit.subject, visit.id), VISIT.c.version == visit.version, VISIT.c.ended.is_(False))
    return connection.execute(update(VISIT).where(*same).values(version=visit.version + 1, **values)).rowcount == 1


def _end(connection: Connection, subject: Subject, visit_ids: Sequence[str], at: datetime) -> int:
    """How many of these were armed; those whose end has come by this clock are ended too, as another's may be slow."""
    there = (VISIT.c.subject == subject, VISIT.c.id.in_(visit_ids), VISIT.c.ended.is_(False))
    armed = len(connection.execute(select(VISIT.c.id).where(*there, *_armed(at))).all())
    ends_at = case((VISIT.c.ends_at > at.astimezone(UTC), at.astimezone(UTC)), else_=VISIT.c.ends_at)
    values = {"ends_at": ends_at, "state": None, "ended": True, "version": VISIT.c.version + 1}
    if connection.execute(update(VISIT).where(*there).values(values)).rowcount:
        _tell_no_tenant(connection, subject)
    of_visits = select(NOTICE.c.id).where(NOTICE.c.subject == subject, NOTICE.c.visit_id.in_(visit_ids))
    for notice_id in connection.execute(of_visits).scalars().all():
        cancel(connection, notice_id)
    return armed


def _tell_no_tenant(connection: Connection, subject: Subject) -> None:
    """Let nothing go out any more to who runs a facility: on none of the person's visits, as the rows do not say of which."""
    connection.execute(delete(DELIVERY).where(DELIVERY.c.subject == subject, DELIVERY.c.channel == Channel.WEBHOOK.value))


def _not_told(connection: Connection, visit_id: str, notices: Mapping[str, SealedNotice]) -> dict[str, SealedNotice]:
    """Without those that were told on this visit; its state may be older than they are. The person is held."""
    if not notices:
        return {}
    there = select(NOTICE.c.key).where(NOTICE.c.visit_id == visit_id, NOTICE.c.key.in_(list(notices)))
    told = set(connection.execute(there).scalars())
    return {key: notice for key, notice in notices.items() if key not in told}


def _added(connection: Connection, key: str, notice: SealedNotice) -> SealedNotice:
    row = msgspec.structs.asdict(notice) | {"key": key}
    del row["seq"]
    seq = connection.execute(insert(NOTICE).values(row).returning(NOTICE.c.seq)).scalar_one()
    return msgspec.structs.replace(notice, seq=seq)


def _armed(at: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return VISIT.c.ended.is_(False), VISIT.c.ends_at > at.astimezone(UTC)


def _one(subject: Subject, visit_id: str) -> tuple[Any, Any]:
    return VISIT.c.id == visit_id, VISIT.c.subject == subject


def _not_found() -> NotFound:
    return NotFound("No visit of this id is known: GET /api/v1/visits lists those that are armed.")


def _row(visit: SealedVisit) -> dict[str, Any]:
    moments = {"armed_at": visit.armed_at.astimezone(UTC), "ends_at": visit.ends_at.astimezone(UTC)}
    return msgspec.structs.asdict(visit) | moments


def _visit(row: Mapping[Any, Any]) -> SealedVisit:
    armed_at, ends_at = in_utc(row["armed_at"]), in_utc(row["ends_at"])
    assert armed_at is not None and ends_at is not None  # noqa: S101, PT018 - the columns are not nullable
    return SealedVisit(
        id=row["id"],
        subject=Subject(row["subject"]),
        sealed=bytes(row["sealed"]),
        state=None if row["state"] is None else bytes(row["state"]),
        version=row["version"],
        armed_at=armed_at,
        ends_at=ends_at,
        ended=row["ended"],
    )


def _notice(row: Mapping[Any, Any]) -> SealedNotice:
    return SealedNotice(
        seq=row["seq"],
        id=row["id"],
        visit_id=row["visit_id"],
        subject=Subject(row["subject"]),
        sealed=bytes(row["sealed"]),
        is_seen=row["is_seen"],
    )
