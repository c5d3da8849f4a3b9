"""A data folder of a finder with one clinic and a fence there that went the whole way: ruled, tried out, activated."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from finder.directory import Directory, publish
from finder.domain.admin import Actor
from finder.domain.consent import ForNotices, Purpose, Via
from finder.domain.facility import Facility, FacilityKind, facility_id
from finder.domain.fence import Circle, Fence, Trigger, Wish
from finder.domain.load import Load
from finder.domain.tenant import Tenant
from finder.locate.device import DeviceFix
from finder.notices.fences.desk import FenceDesk
from finder.notices.fences.sites import DirectorySites
from finder.notices.law import installed_boundaries
from finder.notices.room import fence_book
from finder.notices.tracker import Fix
from finder.notices.visits import MeasuredFix, VisitDesk
from finder.privacy.desk import ConsentDesk
from finder.privacy.grants import Grant
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person
from finder.store import Store
from finder.store.consents import ConsentLedger
from finder.store.fences import FenceStore
from finder.store.tenants import TenantStore
from finder.store.visits import Visits
from tests.facilities import stored
from tests.notices.tracks import CENTRE, cases

__all__ = ["CLINIC", "Served", "fence_data", "sent", "serving_desks", "walk"]

CLINIC = Facility(
    id=facility_id("t", "clinic"),
    kind=FacilityKind.CLINIC,
    name="Health Station",
    names={"es": "Centro de Salud"},
    lon_lat=CENTRE,
    time_zone="Europe/Helsinki",
)
BY = Actor("cli:test")
TEXTS = {"en": "Welcome to {facility}.", "es": "Bienvenido a {facility}."}
WISHES = (
    Wish(trigger=Trigger.ENTER, texts=TEXTS),
    Wish(trigger=Trigger.DWELL, texts=TEXTS, dwell_s=180.0),
    Wish(trigger=Trigger.EXIT, texts=TEXTS),
)


class Served(msgspec.Struct, frozen=True):
    """The desks of a data folder, as a finder that serves it has them."""

    consents: ConsentDesk
    visits: VisitDesk
    rows: Visits

    def grant(self, person: Person) -> Grant[ForNotices]:
        return self.consents.grant(ForNotices, person.subject)

    def armed(self) -> Person:
        """Somebody new who agreed to notices, and armed them for the clinic."""
        person = new_person()
        self.consents.say_yes(person.subject, Purpose.NOTICES, version=CURRENT_POLICY, language="en", via=Via.WEB)
        self.visits.arm(self.grant(person), person, CLINIC.id, language="en")
        return person

    def take(self, person: Person, fixes: Sequence[Fix]) -> None:
        grant = self.grant(person)
        self.visits.take(grant, person, [_measured(one, grant) for one in fixes])


def fence_data(folder: Path, url: str | None = None) -> None:
    """Fill a data folder, and the store at ``url`` where that is another."""
    url = url or f"sqlite:///{folder / 'finder.sqlite'}"
    with Store.open(url) as store:
        store.migrate()
        stored(store, [CLINIC], Load(source="t", file_name="t", started_at=datetime.now(UTC)))
        publish(store, folder / "snapshots", [])
    with _stores(url) as (fences, tenants):
        tenants.add(Tenant(id="north", name="Northern Care", created_at=datetime.now(UTC), facilities=(CLINIC.id,)), BY)
        desk = _fence_desk(fences, tenants, Directory(folder / "snapshots"), trial_runs=20)
        shape = Circle(centre=CENTRE, radius_m=100.0)
        fence = Fence(id="", tenant="north", facility_id=CLINIC.id, name="Grounds", shape=shape, wishes=WISHES, most_per_day=20)
        desk.activate(desk.save(fence, by=BY).fence.id, by=BY)


@contextmanager
def serving_desks(folder: Path, url: str | None = None) -> Generator[Served]:
    """The desks over a folder of :func:`fence_data`'s, beside a finder that may serve it."""
    url = url or f"sqlite:///{folder / 'finder.sqlite'}"
    directory = Directory(folder / "snapshots")
    with (
        _stores(url) as (fences, tenants),
        ConsentLedger.open(url, folder / "consents.revisions") as ledger,
        Visits.open(url) as rows,
    ):
        book = fence_book(fences, tenants, directory, _fence_desk(fences, tenants, directory))
        yield Served(ConsentDesk(ledger), VisitDesk(rows, book), rows)


def walk(ends_at: datetime) -> list[Fix]:
    """A walk of 14 minutes to the clinic, in and out again, that ends at a moment: news of its beginning are not too old yet.

    It is the one of ``tests/cases/tracks`` with six minutes less inside.
    """
    whole = cases()["walk_in_and_stay"].track()
    begin, less = whole[0].at_device, timedelta(minutes=6)
    before = [one for one in whole if one.at_device < begin + timedelta(seconds=440)]
    after = [one for one in whole if one.at_device >= begin + timedelta(seconds=440) + less]
    later = ends_at - (whole[-1].at_device - less)
    return [
        *(msgspec.structs.replace(one, at_device=one.at_device + later, received_at=ends_at) for one in before),
        *(msgspec.structs.replace(one, at_device=one.at_device + later - less, received_at=ends_at) for one in after),
    ]


def sent(fixes: Sequence[Fix]) -> dict[str, Any]:
    """The body of ``POST /api/v1/positions``."""
    return {
        "fixes": [
            {"lat": one.lon_lat.lat, "lon": one.lon_lat.lon, "accuracy_m": one.accuracy_m or 0, "at": one.at_device.isoformat()}
            for one in fixes
        ]
    }


def _measured(fix: Fix, grant: Grant[ForNotices]) -> MeasuredFix:
    device = DeviceFix(lat=fix.lon_lat.lat, lon=fix.lon_lat.lon, accuracy_m=fix.accuracy_m or 0.0)
    return MeasuredFix(position=device.precise(grant), at_device=fix.at_device)


def _fence_desk(fences: FenceStore, tenants: TenantStore, directory: Directory, **more: Any) -> FenceDesk:
    return FenceDesk(fences, tenants, DirectorySites(directory), installed_boundaries, lambda: datetime.now(UTC), **more)


@contextmanager
def _stores(url: str) -> Generator[tuple[FenceStore, TenantStore]]:
    with ExitStack() as stack:
        yield stack.enter_context(FenceStore.open(url)), stack.enter_context(TenantStore.open(url))
