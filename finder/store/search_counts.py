"""The statistics of searches: rows that wait for their week to end, and the counts that one release made of them."""

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from finder.domain.consent import Act, Purpose, Subject
from finder.domain.statistics import WEEK, Release, SearchCount, SearchNote, WaitingSearch, week_of
from finder.errors import NotFound
from finder.store.admin_engine import in_utc, short_read, short_write
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.personal import PersonalStore, hold_person
from finder.store.search_count_tables import SEARCH_COUNT, SEARCH_WAITING, SEARCH_WEEK
from finder.store.sweeping import leave_no_trace

__all__ = ["CONTRIBUTION", "Publish", "SearchCounts", "erase_waiting", "sweep_waiting", "waiting_of"]

CONTRIBUTION: Final = 5
"""As many counts of a week at most does one person have a part in. The noise grows with it."""
_KEY_BYTES: Final = 32
_INSERTED_AT_ONCE: Final = 10_000
_SWEPT_AT_ONCE: Final = 10_000

type Publish = Callable[[Mapping[tuple[str, str], int]], tuple[Release, Sequence[SearchCount]]]
"""From the exact number of persons by cell and specialty to what is published, and its terms."""


class SearchCounts(PersonalStore):
    """Those of a store."""

    def open_week(self, week: date) -> None:
        """Give a week its key, unless it has one or is released. Raises :class:`NotReady` when it cannot be written now."""
        with short_write(self._engine) as connection:
            _key_of(connection, week)

    def note(self, notes: Iterable[SearchNote], *, at: datetime) -> int:
        """Let notes wait for the end of their week; how many rows are new.

        A note is dropped when it waits already, when its person has :data:`CONTRIBUTION` others in this week, when its week is
        released, and when the person's yes to analytics does not hold at ``at`` any more: so none comes after an erasure.

        Raises :class:`NotReady` when it cannot be written now: then all is as before.
        """
        given = sorted(set(notes), key=lambda note: note.week)  # weeks in their order, so that two writers never wait crosswise
        with short_write(self._engine) as connection:
            agreeing = _agreeing(connection, {note.subject for note in given}, at)
            held = [note for note in given if note.subject in agreeing]
            return sum(_add(connection, week, list(of_week)) for week, of_week in groupby(held, key=lambda note: note.week))

    def waiting_of(self, subject: Subject) -> list[WaitingSearch]:
        """What waits of a person's searches."""
        with short_read(self._engine) as connection:
            return waiting_of(connection, subject)

    def due(self, now: datetime) -> list[date]:
        """The weeks that have ended and are not released, oldest first."""
        query = select(SEARCH_WEEK.c.week).where(SEARCH_WEEK.c.key.is_not(None), SEARCH_WEEK.c.week < week_of(now))
        with short_read(self._engine) as connection:
            return list(connection.execute(query.order_by(SEARCH_WEEK.c.week)).scalars())

    def release(self, week: date, publish: Publish) -> Release | None:
        """Publish a week: what ``publish`` makes of its counts is kept, and its rows and its key are destroyed, all or nothing.

        ``None`` when there is nothing to be released: nobody opened the week, or another has released it, even just now; then
        what ``publish`` made is nowhere. Nobody waits while it counts.

        Raises :class:`NotReady` when it cannot be written now, and what ``publish`` raises.
        """
        open_week = select(SEARCH_WEEK.c.week).where(SEARCH_WEEK.c.week == week, SEARCH_WEEK.c.key.is_not(None))
        with short_read(self._engine) as connection:
            if connection.execute(open_week).one_or_none() is None:
                return None
            exact = _exact(connection, week)
        release, counts = publish(exact)
        terms = msgspec.structs.asdict(release) | {"key": None, "released_at": release.released_at.astimezone(UTC)}
        rows = [{"week": week, **msgspec.structs.asdict(count)} for count in counts]
        with short_write(self._engine) as connection:
            if connection.execute(open_week.with_for_update()).one_or_none() is None:
                return None
            connection.execute(update(SEARCH_WEEK).where(SEARCH_WEEK.c.week == week).values(terms))
            for start in range(0, len(rows), _INSERTED_AT_ONCE):
                connection.execute(insert(SEARCH_COUNT), rows[start : start + _INSERTED_AT_ONCE])
            connection.execute(delete(SEARCH_WAITING).where(SEARCH_WAITING.c.week == week))
        leave_no_trace(self._engine, [SEARCH_WAITING.name, SEARCH_WEEK.name])
        return release

    def releases(self) -> list[Release]:
        """All releases, newest first."""
        query = select(SEARCH_WEEK).where(SEARCH_WEEK.c.released_at.is_not(None)).order_by(SEARCH_WEEK.c.week.desc())
        with short_read(self._engine) as connection:
            return [_release(row) for row in connection.execute(query).mappings()]

    def released(self, week: date) -> tuple[Release, list[SearchCount]]:
        """The release of a week and its counts, the greatest first. Raises :class:`NotFound` where there is none."""
        query = select(SEARCH_WEEK).where(SEARCH_WEEK.c.week == week, SEARCH_WEEK.c.released_at.is_not(None))
        columns = SEARCH_COUNT.c
        counts = select(columns.cell, columns.specialty, columns.persons).where(columns.week == week)
        with short_read(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                raise NotFound("Of this week nothing is released: name the Monday (UTC) of a week that has ended.")
            found = connection.execute(counts.order_by(columns.persons.desc(), columns.cell, columns.specialty)).all()
        return _release(row), [SearchCount(cell=cell, specialty=specialty, persons=persons) for cell, specialty, persons in found]


def erase_waiting(connection: Connection, subject: Subject) -> int:
    """Delete what waits of a person's searches, in the transaction of the erasure, which holds the person; how many rows."""
    # The weeks' rows first, as a release has them: else each of the two could wait for the other.
    return sum(
        connection.execute(delete(SEARCH_WAITING).where(*_of_person(week, key, subject))).rowcount
        for week, key in _open_weeks(connection, lock=True)
    )


def waiting_of(connection: Connection, subject: Subject) -> list[WaitingSearch]:
    """What waits of a person's searches. Nobody can tell once the week is released: the key is gone."""
    columns = SEARCH_WAITING.c
    return [
        WaitingSearch(week=week, cell=cell, specialty=specialty)
        for week, key in _open_weeks(connection)
        for cell, specialty in connection.execute(
            select(columns.cell, columns.specialty)
            .where(*_of_person(week, key, subject))
            .order_by(columns.cell, columns.specialty)
        ).all()
    ]


def sweep_waiting(connection: Connection, before: datetime) -> int:
    """Delete some of the rows of weeks that ended before ``before`` and were not released, at last with their keys; how many.

    0 when none is left. What a release deletes never comes so far: this is for a finder whose releases fail.
    """
    ended = select(SEARCH_WEEK.c.week).where(SEARCH_WEEK.c.key.is_not(None), SEARCH_WEEK.c.week <= week_of(before) - WEEK)
    weeks = list(connection.execute(ended.order_by(SEARCH_WEEK.c.week).with_for_update()).scalars())
    key = SEARCH_WAITING.primary_key.columns.values()
    old = select(*key).where(SEARCH_WAITING.c.week.in_(weeks)).limit(_SWEPT_AT_ONCE)
    if swept := connection.execute(delete(SEARCH_WAITING).where(tuple_(*key).in_(old))).rowcount:
        return swept
    return connection.execute(delete(SEARCH_WEEK).where(SEARCH_WEEK.c.week.in_(weeks))).rowcount


def _add(connection: Connection, week: date, notes: Sequence[SearchNote]) -> int:
    """Add notes of one week whose persons are held."""
    key = _key_of(connection, week)
    if key is None:
        return 0
    whos = {note.subject: _who(key, note.subject) for note in notes}
    columns = SEARCH_WAITING.c
    query = select(columns.who, columns.cell, columns.specialty).where(columns.week == week, columns.who.in_(whos.values()))
    known: dict[bytes, set[tuple[str, str]]] = {who: set() for who in whos.values()}
    for who, cell, specialty in connection.execute(query):
        known[bytes(who)].add((cell, specialty))
    new: list[dict[str, Any]] = []
    for note in notes:
        of_person = known[whos[note.subject]]
        if (note.cell, note.specialty) not in of_person and len(of_person) < CONTRIBUTION:
            of_person.add((note.cell, note.specialty))
            new.append({"week": week, "who": whos[note.subject], "cell": note.cell, "specialty": note.specialty})
    if new:
        connection.execute(insert(SEARCH_WAITING), new)
    return len(new)


def _key_of(connection: Connection, week: date) -> bytes | None:
    """The key of a week, made where there is none, and the week locked; ``None`` of one that is released."""
    statement = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(SEARCH_WEEK)
    fresh = {"week": week, "key": secrets.token_bytes(_KEY_BYTES)}
    connection.execute(statement.values(fresh).on_conflict_do_nothing(index_elements=["week"]))
    key = connection.execute(select(SEARCH_WEEK.c.key).where(SEARCH_WEEK.c.week == week).with_for_update()).scalar_one_or_none()
    return None if key is None else bytes(key)


def _agreeing(connection: Connection, subjects: set[Subject], at: datetime) -> set[Subject]:
    """Hold persons, and tell whose yes to analytics stands in the ledger and has not expired."""
    for subject in sorted(subjects):
        hold_person(connection, subject)
    columns = CONSENT_ENTRY.c
    newest = select(func.max(columns.seq)).where(columns.subject.in_(subjects), columns.purpose == Purpose.ANALYTICS.value)
    query = select(columns.subject).where(
        columns.seq.in_(newest.group_by(columns.subject)),
        columns.act == Act.GRANTED.value,
        columns.expires_at > at.astimezone(UTC),
    )
    return {Subject(subject) for subject in connection.execute(query).scalars()}


def _exact(connection: Connection, week: date) -> dict[tuple[str, str], int]:
    """How many persons searched, by cell and specialty; of each person :data:`CONTRIBUTION` rows count, whatever is stored."""
    columns = SEARCH_WAITING.c
    turn = func.row_number().over(partition_by=columns.who, order_by=(columns.cell, columns.specialty))
    rows = select(columns.cell, columns.specialty, turn.label("turn")).where(columns.week == week).subquery()
    query = select(rows.c.cell, rows.c.specialty, func.count()).where(rows.c.turn <= CONTRIBUTION)
    found = connection.execute(query.group_by(rows.c.cell, rows.c.specialty))
    return {(cell, specialty): persons for cell, specialty, persons in found}


def _open_weeks(connection: Connection, *, lock: bool = False) -> list[tuple[date, bytes]]:
    query = select(SEARCH_WEEK.c.week, SEARCH_WEEK.c.key).where(SEARCH_WEEK.c.key.is_not(None)).order_by(SEARCH_WEEK.c.week)
    return [(row.week, bytes(row.key)) for row in connection.execute(query.with_for_update() if lock else query)]


def _of_person(week: date, key: bytes, subject: Subject) -> tuple[Any, Any]:
    return SEARCH_WAITING.c.week == week, SEARCH_WAITING.c.who == _who(key, subject)


def _who(key: bytes, subject: Subject) -> bytes:
    """A person, as only who has the week's key can tell."""
    return hmac.digest(key, subject.encode(), sha256)


def _release(row: Mapping[Any, Any]) -> Release:
    told = {name: row[name] for name in Release.__struct_fields__}
    return msgspec.convert(told | {"released_at": in_utc(row["released_at"])}, Release)
