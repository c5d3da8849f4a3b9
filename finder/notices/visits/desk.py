"""Where a person arms notices for a visit, and where their positions become notices."""

import secrets
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from msgspec.structs import replace

from finder.domain.consent import ForNotices, Subject
from finder.domain.delivery import Channel
from finder.domain.visit import SealedVisit
from finder.errors import Damaged, NotFound, NotReady
from finder.notices.edition import Edition
from finder.notices.tracker import Watch, watch_of
from finder.notices.visits.arming import check_channels, end_of
from finder.notices.visits.nouns import Announce, MeasuredFix, Notice, Taken, Visit
from finder.notices.visits.progress import advanced, opened_progress, sealed_progress
from finder.notices.visits.rows import notice_of, sealed_of, visit_of
from finder.privacy.grants import Grant
from finder.privacy.subjects import Person
from finder.privacy.visits import VisitSaid, opened_notice, opened_visit, sealed_visit
from finder.store.visits import Visits

__all__ = ["Fences", "VisitDesk"]

_MOST_TRIES: Final = 8
_NEWS_FOR: Final = timedelta(minutes=15)
"""Later a notice is not repeated to an app that sends again what it had no answer to."""
_ID_BYTES: Final = 12
_REFERENCE_BYTES: Final = 8
_SECRET_BYTES: Final = 32


class Fences(Protocol):
    """Hands out the fences in service: ``finder.notices.book.FenceBook``."""

    def current(self) -> Edition:
        """Return those of now."""
        ...


class VisitDesk:
    """Over one store; for all threads of a process. ``clock`` gives aware times.

    ``announce`` says what else is to go out with a notice, and ``heard`` is told of whom there is a new one or a stopped visit,
    once it is stored.
    ``channels`` are the ways of an operator's, of which a person may choose e-mail and SMS.

    What writes raises :class:`NotReady` when it cannot be written now; then all is as before.
    """

    def __init__(
        self,
        store: Visits,
        book: Fences,
        announce: Announce = lambda _person, _visit, _notice: (),
        heard: Callable[[Subject], None] = lambda _subject: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        channels: Collection[Channel] = (),
    ) -> None:
        self._store = store
        self._book = book
        self._announce = announce
        self._heard = heard
        self._clock = clock
        self._channels = frozenset(channels)
        self._watched: tuple[Edition, dict[str, tuple[Watch, ...]]] | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Give the connections back."""
        self._store.close()

    def arm(
        self,
        grant: Grant[ForNotices],
        person: Person,
        facility_id: str,
        *,
        until: datetime | None = None,
        language: str = "en",
        tell_facility: bool = False,
        asked_about: Collection[str] | None = None,
        email: str | None = None,
        sms: str | None = None,
    ) -> Visit:
        """Arm notices for one visit to a facility. Who has armed it already changes that visit, on which nothing is told twice.

        ``tell_facility``: who runs the facility now may be told, and nobody who takes it over later; where the person was
        ``asked_about`` tenants by their names, those of them that run it now.

        Without ``until`` it ends with the facility's day, but not within two hours. Raises :class:`NotFound` where nothing would
        be told, :class:`BadInput` for an end that has passed, is more than 24 hours away or has no zone, or a
        channel that the operator does not have, :class:`Conflict` for more visits than a person may have, and what
        ``Visits.arm`` raises when the person takes the yes back meanwhile.
        """
        _check(grant)
        now, since = self._clock(), self._store.last_erasure(person.subject)
        edition = self._edition(facility_id)
        facility = edition.facility(facility_id)
        tenants_told = _agreed(edition, facility_id, asked_about) if tell_facility else ()
        check_channels(self._channels, email=email, sms=sms)
        ends_at = end_of(facility, until, now)
        for _ in range(_MOST_TRIES):
            armed = self._armed(person, now)
            there = next((sealed for sealed, said in armed if said is not None and said.facility_id == facility_id), None)
            before = there and next(said for sealed, said in armed if sealed is there)
            said = VisitSaid(
                facility_id=facility_id,
                facility_name=facility.names.get(language, facility.name),
                language=language,
                tenants_told=tenants_told,
                reference=before.reference if before else secrets.token_hex(_REFERENCE_BYTES),
                email=email,
                sms=sms,
                secret=before.secret if before else secrets.token_bytes(_SECRET_BYTES),
            )
            visit_id = there.id if there else secrets.token_hex(_ID_BYTES)
            sealed = SealedVisit(
                id=visit_id,
                subject=person.subject,
                sealed=sealed_visit(said, person.key, person.subject, visit_id),
                state=None,
                version=there.version if there else 0,
                armed_at=there.armed_at if there else now,
                ends_at=ends_at,
            )
            known = [one.id for one, _ in armed]
            untell = before is not None and not set(before.tenants_told) <= set(tenants_told)
            if self._store.change(sealed, untell=untell) if there else self._store.arm(sealed, known=known, since=since):
                return visit_of(sealed, said)
        raise _crowded()

    def visits(self, person: Person) -> list[Visit]:
        """What is armed now, the first armed first. One that cannot be opened is left out; :meth:`disarm_all` ends it too."""
        return [visit_of(sealed, said) for sealed, said in self._armed(person, self._clock()) if said is not None]

    def is_armed(self, person: Person) -> bool:
        """Whether any is armed now, one that cannot be opened too."""
        return bool(self._store.armed([person.subject], at=self._clock()))

    def is_watched(self, visit: Visit) -> bool:
        """Whether something would be told there just now: a place may take its notices back. Where that is not known, it is."""
        try:
            return bool(self._book.current().of_facility(visit.facility_id))
        except (NotReady, Damaged):
            return True

    def tells_facility(self, visit: Visit) -> bool:
        """Whether the person lets who runs the facility just now be told. Where that is not known, it is who ran it then."""
        try:
            tenants = _tenants(self._book.current(), visit.facility_id)
        except (NotReady, Damaged):
            tenants = frozenset[str]()
        return bool(tenants.intersection(visit.tenants_told) if tenants else visit.tenants_told)

    def disarm(self, person: Person, visit_id: str) -> None:
        """Stop a visit: what is known of the way is wiped, and nothing goes out any more, to the facility neither.

        Of the person's other visits too what waits to be told a facility is dropped. Raises :class:`NotFound`.
        """
        self._store.end(person.subject, visit_id, at=self._clock())
        self._heard(person.subject)

    def disarm_all(self, person: Person) -> int:
        """Stop all; how many were armed."""
        stopped = self._store.end_all(person.subject, at=self._clock())
        self._heard(person.subject)
        return stopped

    def take(self, grant: Grant[ForNotices], person: Person, fixes: Sequence[MeasuredFix]) -> Taken:
        """Take positions, in whichever order, for every visit that is armed; without one nothing of them is kept.

        The same positions sent again tell nothing again. Raises :class:`NotReady` when they cannot be taken now: send them again.
        Where something was told on another visit it is not raised, as the answer that says so would be lost.
        """
        _check(grant)
        edition = self._book.current()  # which may have to be waited for
        now, notices, again = self._clock(), list[Notice](), list[Notice]()
        visits, busy = list[Visit](), list[NotReady]()
        for sealed, said in self._armed(person, now):
            if said is not None:
                visits.append(visit_of(sealed, said))
                with suppress(Damaged):  # one that cannot be read keeps none of the others from going on
                    try:
                        told, repeated = self._advance(person, sealed, said, fixes=fixes, edition=edition, now=now)
                    except NotReady as error:
                        busy.append(error)
                        continue
                    notices += told
                    again += repeated
        if busy and not notices:
            raise busy[0]
        return Taken(tuple(notices), tuple(visits), tuple(again))

    def notices(self, person: Person, *, after: int = 0) -> list[Notice]:
        """What the person was told, with a greater ``seq`` than ``after``, the first told first."""
        found = list[Notice]()
        for sealed in self._store.notices_of(person.subject, after=after):
            with suppress(Damaged):
                found.append(notice_of(sealed, opened_notice(sealed, person.key)))
        return found

    def seen(self, person: Person, notice_id: str) -> None:
        """Remember that the person has seen a notice, so that it goes out on no other way. Raises :class:`NotFound`."""
        self._store.seen(person.subject, notice_id)

    def _advance(
        self,
        person: Person,
        sealed: SealedVisit,
        said: VisitSaid,
        *,
        fixes: Sequence[MeasuredFix],
        edition: Edition,
        now: datetime,
    ) -> tuple[list[Notice], list[Notice]]:
        """Take one visit further: what is told, and what the very same call told before.

        Who loses a race reads again what the winner wrote, and goes on from there.
        """
        watches = self._watches(edition, said.facility_id)
        if not watches:
            return [], []
        for _ in range(_MOST_TRIES):
            visit = visit_of(sealed, said)
            done = advanced(
                opened_progress(sealed, person.key),
                fixes,
                visit=visit,
                secret=said.secret,
                edition=edition,
                watches=watches,
                earlier=lambda: self.notices(person),
                now=now,
            )
            deliveries = {key: self._announce(person, visit, notice) for key, notice in done.notices.items()}
            stored = self._store.advance(
                sealed,
                sealed_progress(done.progress, person.key, sealed),
                {key: sealed_of(notice, person) for key, notice in done.notices.items()},
                deliveries,
                done.log,
            )
            if stored is not None:
                if stored:
                    self._heard(person.subject)
                seqs = {one.id: one.seq for one in stored}
                told = [replace(notice, seq=seqs[notice.id]) for notice in done.notices.values() if notice.id in seqs]
                return told, self._again(person, done.again, now)
            try:
                sealed = self._store.get(person.subject, sealed.id)
            except NotFound:
                return [], []
            if not _is_armed(sealed, self._clock()):
                return [], []
            said = opened_visit(sealed, person.key)
        raise _crowded()

    def _again(self, person: Person, notice_ids: Collection[str], now: datetime) -> list[Notice]:
        """Of notices that a call told before those that are still news to somebody who has not had its answer."""
        if not notice_ids:
            return []
        told = [notice for notice in self.notices(person) if notice.id in notice_ids]
        return [notice for notice in told if not notice.is_seen and now - notice.at <= _NEWS_FOR]

    def _armed(self, person: Person, now: datetime) -> list[tuple[SealedVisit, VisitSaid | None]]:
        """Every visit that is armed, opened; ``None`` for one that cannot be."""
        armed = list[tuple[SealedVisit, VisitSaid | None]]()
        for sealed in self._store.of(person.subject):
            if _is_armed(sealed, now):
                said = None
                with suppress(Damaged):
                    said = opened_visit(sealed, person.key)
                armed.append((sealed, said))
        return armed

    def _edition(self, facility_id: str) -> Edition:
        """The one of now. Raises :class:`NotFound` where it has nothing for a facility."""
        edition = self._book.current()
        if not edition.of_facility(facility_id):
            raise NotFound(
                "Nothing would be told there: no place of this id has notices in service. Choose another place, or visit it "
                "without them."
            )
        return edition

    def _watches(self, edition: Edition, facility_id: str) -> tuple[Watch, ...]:
        """What is watched of a facility; made once for each edition, as a fence is an index of its own."""
        with self._lock:
            if self._watched is None or self._watched[0] is not edition:
                self._watched = edition, {}
            known = self._watched[1]
        if facility_id not in known:
            known[facility_id] = tuple(watch_of(fence) for fence in edition.of_facility(facility_id))
        return known[facility_id]


def _check(grant: Grant[ForNotices]) -> None:
    """For code that the type checker has not seen."""
    if type(grant) is not Grant or grant.purpose is not ForNotices:  # pyright: ignore[reportUnnecessaryComparison, reportUnnecessaryIsInstance]
        raise TypeError("Visits and their positions need a grant for notices.")


def _is_armed(visit: SealedVisit, now: datetime) -> bool:
    return not visit.ended and visit.ends_at > now


def _tenants(edition: Edition, facility_id: str) -> frozenset[str]:
    """The ids of who has people told something at a facility, as only who runs it may."""
    return frozenset(fence.tenant for fence in edition.of_facility(facility_id))


def _agreed(edition: Edition, facility_id: str, asked_about: Collection[str] | None) -> tuple[str, ...]:
    """The ids of who may be told: of those that run the facility whom the person was asked about, by their names."""
    running = sorted(_tenants(edition, facility_id))
    return tuple(one for one in running if asked_about is None or edition.tenant_name(one) in asked_about)


def _crowded() -> NotReady:
    return NotReady("Others are writing about these visits at the same time. Send it again in a moment.")
