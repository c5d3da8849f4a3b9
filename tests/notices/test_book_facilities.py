"""The book over published facilities: when those change, or it was judged by what is not so, a fence goes out of service."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from finder.directory import Directory, publish
from finder.domain.facility import Facility, FacilityKind
from finder.domain.fence import Circle, Fence, Outline, Trial, shape_sha256
from finder.domain.lawful import Judgement, LawfulFence, _lawful
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.domain.statement import Statement
from finder.domain.tenant import Tenant
from finder.geo.points import LonLat
from finder.notices.fences.desk import FenceDesk
from finder.notices.fences.sites import DirectorySites
from finder.notices.law import Operator, Site, installed_boundaries
from finder.notices.law.ruled import current_law, ruled
from finder.notices.room import fence_book
from finder.store import Stated, Store
from finder.store.fences import FenceStore
from finder.store.tenants import TenantStore
from tests.conftest import without
from tests.notices.fences.desks import ADMIN, HELSINKI, SEATTLE, clinic, fence_of
from tests.notices.law_shapes import away, regular

CALIFORNIA = LonLat(-121.49, 38.57)
NEAR = LonLat(*away(HELSINKI, 90.0, 150.0))
"""Where a sensitive site may reach to the fence of 120 m."""


class Country:
    """A store, its snapshots, and a desk that asks the law about them; the tenant ``norte`` runs the clinics given."""

    def __init__(self, folder: Path, *facilities: Facility) -> None:
        url = f"sqlite:///{folder / 'finder.sqlite'}"
        self.folder, self.rows = folder, Store.open(url)
        self.rows.migrate()
        self.facilities: dict[str, Facility] = {}
        self.outlines: dict[str, Outline] = {}
        self.fences, self.tenants = FenceStore.open(url), TenantStore.open(url)
        self.tenants.add(
            Tenant(id="norte", name="Norte", created_at=datetime.now(UTC), facilities=tuple(one.id for one in facilities)), ADMIN
        )
        self.publish(*facilities)
        self.directory = Directory(folder / "snapshots")
        self.sites = DirectorySites(self.directory, self.outlines.get)
        self.desk = FenceDesk(
            self.fences, self.tenants, self.sites, installed_boundaries, lambda: datetime.now(UTC), trial_runs=5
        )
        # As the room does, but looked at each time.
        self.book = fence_book(self.fences, self.tenants, self.directory, self.desk, lambda: dict(self.outlines))
        self.book._monotonic_s = iter(range(0, 10_000_000, 5)).__next__

    def publish(self, *facilities: Facility, people: tuple[tuple[Practitioner, Role], ...] = ()) -> None:
        """Publish these, new or changed, beside those of before."""
        with self.rows.writing() as writing:
            load_id = writing.begin(Load(source="t", file_name="t", started_at=datetime.now(UTC)))
            for one in (*facilities, *(thing for pair in people for thing in pair)):
                said = (Statement(load_id=load_id, source="t", own_id=one.id, said=one),)
                before = self.facilities.get(one.id)
                writing.put(type(one), [Stated(id=one.id, before=before, after=one, statements=said)])
        self.facilities |= {one.id: one for one in facilities}
        publish(self.rows, self.folder / "snapshots", [])

    def activate(self, fence: Fence) -> None:
        """Through the desk, as everybody should."""
        self.desk.save(fence, by=ADMIN)
        self.desk.activate(fence.id, by=ADMIN)

    def slip_in(self, lawful: LawfulFence) -> None:
        """By the store alone."""
        shape = shape_sha256(lawful.fence)
        self.fences.put(lawful, by=ADMIN)
        trial = Trial(at=datetime.now(UTC), runs=200, false_share=0.0, missed_share=0.0, shape_sha256=shape)
        self.fences.activate(lawful, trial, by=ADMIN)

    def in_service(self) -> list[str]:
        return [fence.id for fence in self.book.current().fences]

    def close(self) -> None:
        self.book.close()
        for one in (self.fences, self.tenants, self.rows):
            one.close()


FI, OTHER = clinic("fi", HELSINKI), clinic("other", LonLat(*away(HELSINKI, 0.0, 20_000.0)))


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    """With an active fence at each of two clinics, 20 km from each other, that the desk let in."""
    if installed_boundaries() is None:
        without("needs the outlines of countries: make setup")
    opened = Country(tmp_path, FI, OTHER)
    opened.activate(fence_of(FI))
    opened.activate(fence_of(OTHER))
    assert opened.in_service() == ["at-fi", "at-other"]
    yield opened
    opened.close()


def test_a_neighbour_becomes_sensitive(country: Country, caplog: pytest.LogCaptureFixture) -> None:
    beside = clinic("beside", NEAR)
    country.publish(beside)
    assert country.in_service() == ["at-fi", "at-other"]
    country.publish(msgspec.structs.replace(beside, kind=FacilityKind.ADDICTION_TREATMENT))
    assert country.in_service() == ["at-other"]
    assert "1 fences out of service, as the law in service does not allow them: at-fi" in caplog.text
    assert not any(str(degrees) in caplog.text for degrees in HELSINKI)
    country.publish(msgspec.structs.replace(beside, kind=FacilityKind.DENTIST))
    assert country.in_service() == ["at-fi", "at-other"], "nobody had to enter it again"


def test_the_facility_moves_to_washington(country: Country) -> None:
    country.publish(msgspec.structs.replace(FI, lon_lat=SEATTLE))
    assert country.in_service() == ["at-other"]


@pytest.mark.parametrize("where", [FI, clinic("beside", NEAR)])
def test_a_psychiatrist_joins_the_site_or_the_one_beside(country: Country, where: Facility) -> None:
    leo = Practitioner(id="leo", name="Leo", specialties=("2084P0800X",))
    if where is not FI:
        country.publish(where)
    assert country.in_service() == ["at-fi", "at-other"]
    country.publish(people=((leo, Role(id="leo-0", practitioner_id="leo", facility_id=where.id)),))
    assert country.in_service() == ["at-other"]


def test_the_outline_of_the_site_shrinks(tmp_path: Path) -> None:
    if installed_boundaries() is None:
        without("needs the outlines of countries: make setup")
    here = clinic("ca", CALIFORNIA, "US")
    with closing(Country(tmp_path, here)) as country:
        country.outlines["ca"] = regular(CALIFORNIA, 150.0, 16)
        country.activate(fence_of(here, shape=Circle(centre=CALIFORNIA, radius_m=120.0)))
        assert country.in_service() == ["at-ca"]
        country.outlines["ca"] = regular(CALIFORNIA, 100.0, 16)
        assert country.in_service() == [], "in California inside the own outline only; no facility was published since"


def test_what_was_judged_by_a_made_up_site_is_never_told_of(country: Country) -> None:
    """A direct call has all that the law asks for, and may say of itself what it likes."""
    clinic_of_addiction = clinic("beside", NEAR, kind=FacilityKind.ADDICTION_TREATMENT)
    in_washington = clinic("wa", SEATTLE, "US")
    country.tenants.give("norte", ["beside", "wa"], ADMIN)
    country.publish(clinic_of_addiction, in_washington)
    assert country.in_service() == ["at-other"]
    in_a_century = datetime(2126, 11, 23, tzinfo=UTC)
    runs, boundaries = Operator.RUNS_THE_FACILITY, installed_boundaries()

    def made_up(fence: Fence, site: Site) -> LawfulFence:
        return ruled(fence, site, others=[], operator=runs, boundaries=boundaries, at=in_a_century)

    country.slip_in(made_up(fence_of(FI, id="no-neighbours"), Site(facility=FI)))
    harmless = msgspec.structs.replace(clinic_of_addiction, kind=FacilityKind.CLINIC)
    country.slip_in(made_up(fence_of(harmless, id="another-kind"), Site(facility=harmless)))
    moved = msgspec.structs.replace(in_washington, lon_lat=HELSINKI)
    country.slip_in(made_up(fence_of(moved, id="another-place"), Site(facility=moved)))
    law = current_law()
    assert law is not None
    forged = Judgement(at=in_a_century, law=law, rows=("fi-own-notices",))
    country.slip_in(_lawful(fence_of(in_washington, id="in-washington"), forged))
    assert {stored.judgement.law for stored in country.fences.active()} == {law}
    assert len(country.fences.active()) == 6
    assert country.in_service() == ["at-other"]
    # And by a process that begins anew.
    fresh = fence_book(country.fences, country.tenants, country.directory, country.desk)
    assert [fence.id for fence in fresh.current().fences] == ["at-other"]
    fresh.close()
