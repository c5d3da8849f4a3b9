"""A desk of visits over a real store, fences at a clinic, and persons who walk there along the tracks of ``tests/cases``."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select

from finder.domain.consent import ForNotices, Purpose, Subject, Via
from finder.domain.delivery import Channel, Delivery
from finder.domain.facility import Facility, FacilityKind
from finder.domain.fence import Circle, Fence, FenceStatus, Trigger, Wish
from finder.domain.visit import NoticeLogEntry
from finder.geo.points import LonLat
from finder.locate.device import DeviceFix
from finder.notices.edition import Edition
from finder.notices.tracker import Fix
from finder.notices.visits import MeasuredFix, Notice, Taken, Visit, VisitDesk
from finder.privacy.desk import ConsentDesk
from finder.privacy.grants import Grant
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person
from finder.store.consents import ConsentLedger
from finder.store.delivery_tables import DELIVERY
from finder.store.engine import open_engine
from finder.store.notice_log import NoticeLog
from finder.store.visit_tables import NOTICE, VISIT
from finder.store.visits import Visits
from tests.notices.delivery.waiting import delivery_of
from tests.notices.tracks import CENTRE, START, cases

CLINIC = Facility(
    id="clinicclinicclin",
    kind=FacilityKind.CLINIC,
    name="Health Station",
    names={"es": "Centro de Salud"},
    lon_lat=CENTRE,
    time_zone="Europe/Helsinki",
)
OTHER = Facility(id="otherotherothero", kind=FacilityKind.CLINIC, name="Next Door", lon_lat=CENTRE, time_zone="Europe/Helsinki")
TEXTS = {"en": "Welcome to {facility}", "es": "Bienvenido a {facility}"}


class Clock:
    """Stands where it is put."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Book:
    """Fences in service, as a test puts them."""

    def __init__(self, *fences: Fence) -> None:
        self.put(*fences)

    def put(self, *fences: Fence, awaited: Sequence[Fence] = ()) -> None:
        facilities, tenants = {one.id: one for one in (CLINIC, OTHER)}, {"north": "Northern Care", "south": "Southern Care"}
        self.edition = Edition(fences, facilities, tenants, awaited=awaited)

    def current(self) -> Edition:
        return self.edition


def wish(trigger: Trigger, **more: Any) -> Wish:
    return Wish(trigger=trigger, texts=TEXTS, **more)


ALL_WISHES = (wish(Trigger.ENTER), wish(Trigger.EXIT), wish(Trigger.DWELL, dwell_s=300.0), wish(Trigger.APPROACH, eta_s=120.0))


def fence(fence_id: str = "fence-1", facility: Facility = CLINIC, **more: Any) -> Fence:
    told: dict[str, Any] = {"tenant": "north", "wishes": ALL_WISHES, "most_per_day": 20, **more}
    return Fence(
        id=fence_id,
        facility_id=facility.id,
        name="Front door",
        shape=Circle(centre=CENTRE, radius_m=100.0),
        status=FenceStatus.ACTIVE,
        **told,
    )


def push_of(person: Person, visit: Visit, notice: Notice) -> list[Delivery]:
    """A push, for all that the outbox knows."""
    of = {"subject": person.subject, "notice_id": notice.id, "next_at": notice.at, "gives_up_at": visit.ends_at}
    return [delivery_of(Channel.PUSH, "https://push.example/", b"sealed", id=f"push-{notice.id}", **of)]


class Visiting:
    """Desks over one store. ``heard`` and ``announced`` hold what others were told."""

    def __init__(self, url: str, ledger: ConsentLedger, *fences: Fence) -> None:
        self.url, self.clock, self.book = url, Clock(), Book(*(fences or (fence(),)))
        self.consents = ConsentDesk(ledger, self.clock)
        self.heard: list[Subject] = []
        self.announced: list[str] = []
        self.desks: list[VisitDesk] = []
        self.desk = self.another_desk()

    def another_desk(self) -> VisitDesk:
        desk = self.desk_over(Visits.open(self.url))
        self.desks.append(desk)
        return desk

    def desk_over(self, store: Visits) -> VisitDesk:
        return VisitDesk(store, self.book, self.announce, self.heard.append, self.clock, channels={Channel.EMAIL})

    def close(self) -> None:
        for desk in self.desks:
            desk.close()

    def announce(self, person: Person, visit: Visit, notice: Notice) -> Sequence[Delivery]:
        self.announced.append(notice.id)
        return push_of(person, visit, notice) if visit.facility_id else []

    def agreeing(self) -> Person:
        person = new_person()
        self.say_yes(person)
        return person

    def say_yes(self, person: Person) -> None:
        read: dict[str, Any] = {"version": CURRENT_POLICY, "language": "en", "via": Via.WEB}
        self.consents.say_yes(person.subject, Purpose.NOTICES, **read)

    def grant(self, person: Person) -> Grant[ForNotices]:
        return self.consents.grant(ForNotices, person.subject)

    def arm(self, person: Person, facility: Facility = CLINIC, **more: Any) -> Visit:
        return self.desk.arm(self.grant(person), person, facility.id, **more)

    def take(self, person: Person, fixes: Sequence[Fix], desk: VisitDesk | None = None) -> Taken:
        """Send fixes when the last of them is received."""
        self.clock.now = max([self.clock.now, *(one.received_at for one in fixes)])
        return (desk or self.desk).take(self.grant(person), person, [self.measured(one, person) for one in fixes])

    def walk(self, person: Person, desk: VisitDesk | None = None, *, later: timedelta = timedelta()) -> list[Notice]:
        """Go in, stay for ten minutes and come out again, the fixes twenty at a time; what is told."""
        fixes = [
            msgspec.structs.replace(one, at_device=one.at_device + later, received_at=one.received_at + later)
            for one in track("walk_in_and_stay")
        ]
        batches = [fixes[start : start + 20] for start in range(0, len(fixes), 20)]
        return [notice for batch in batches for notice in self.take(person, batch, desk).notices]

    def measured(self, fix: Fix, person: Person) -> MeasuredFix:
        device = DeviceFix(lat=fix.lon_lat.lat, lon=fix.lon_lat.lon, accuracy_m=fix.accuracy_m or 0.0)
        return MeasuredFix(position=device.precise(self.grant(person)), at_device=fix.at_device, level=fix.level)

    def log(self) -> list[NoticeLogEntry]:
        """All of it, of today too: as it is read when that is over."""
        with NoticeLog.open(self.url) as log:
            return log.page(now=self.clock.now + timedelta(days=1))


def track(name: str) -> list[Fix]:
    return cases()[name].track()


def triggers(notices: Sequence[Notice]) -> list[str]:
    return [notice.trigger.value for notice in notices]


def at(lon_lat: LonLat, second: float, accuracy_m: float = 10.0) -> Fix:
    moment = START.astimezone(UTC) + timedelta(seconds=second)
    return Fix(at_device=moment, received_at=moment, lon_lat=lon_lat, accuracy_m=accuracy_m)


def rows(visiting: Visiting, *tables: Any) -> int:
    """How many rows these tables have."""
    engine = open_engine(visiting.url)
    with engine.connect() as connection:
        count = sum(len(connection.execute(select(table)).all()) for table in tables)
    engine.dispose()
    return count


def rows_of(visiting: Visiting, person: Person) -> int:
    """How many rows are about a person: visits, notices, and what is to go out."""
    engine = open_engine(visiting.url)
    with engine.connect() as connection:
        tables = (VISIT, NOTICE, DELIVERY)
        found = sum(len(connection.execute(select(one).where(one.c.subject == person.subject)).all()) for one in tables)
    engine.dispose()
    return found
