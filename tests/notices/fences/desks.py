"""What the tests of the desk of fences share: sites in a dictionary, a clinic in each place, and a desk with a store."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from finder.domain.admin import Actor
from finder.domain.facility import Address, Facility, FacilityKind
from finder.domain.fence import Circle, Fence, Outline, Trigger, Wish
from finder.domain.tenant import Tenant
from finder.errors import NotFound
from finder.geo.points import LonLat
from finder.notices.fences.desk import FenceDesk
from finder.notices.law import Boundaries, Site, installed_boundaries
from finder.store.fences import FenceStore
from finder.store.tenants import TenantStore

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ADMIN = Actor("cli:maria")
HELSINKI, TIJUANA, SEATTLE = LonLat(24.94, 60.17), LonLat(-116.96, 32.45), LonLat(-122.33, 47.61)
TEXTS = {"en": "You are at {facility}.", "es": "Está en {facility}."}


def clinic(id_: str, lon_lat: LonLat, country: str = "FI", **fields: Any) -> Facility:
    said: dict[str, Any] = {"id": id_, "kind": FacilityKind.CLINIC, "name": f"Clinic {id_}", "address": Address(country=country)}
    return Facility(lon_lat=lon_lat, **(said | fields))


def fence_of(facility: Facility, **fields: Any) -> Fence:
    said: dict[str, Any] = {
        "id": f"at-{facility.id}",
        "tenant": "norte",
        "facility_id": facility.id,
        "name": "Arrival",
        "shape": Circle(centre=facility.lon_lat, radius_m=120.0),
        "wishes": (Wish(trigger=Trigger.DWELL, texts=TEXTS, dwell_s=600.0),),
    }
    return Fence(**(said | fields))


class DictSites:
    """Sites by id; every other one is a neighbour, however far."""

    def __init__(self, *facilities: Facility) -> None:
        self.sites = {facility.id: Site(facility=facility) for facility in facilities}

    def site(self, facility_id: str) -> Site:
        if facility_id not in self.sites:
            raise NotFound("No facility in service has this id.")
        return self.sites[facility_id]

    def others(self, shape: Circle | Outline, but: str) -> list[Site]:
        return [site for id_, site in self.sites.items() if id_ != but]

    def move(self, facility_id: str, lon_lat: LonLat) -> None:
        site = self.sites[facility_id]
        self.sites[facility_id] = Site(facility=msgspec.structs.replace(site.facility, lon_lat=lon_lat))

    def draw(self, facility_id: str, perimeter: Outline) -> None:
        self.sites[facility_id] = msgspec.structs.replace(self.sites[facility_id], perimeter=perimeter)


class Office:
    """A desk, its store, its tenants ``norte``, which runs every site, and ``sur``, which runs none."""

    def __init__(self, store: FenceStore, tenants: TenantStore, sites: DictSites) -> None:
        self.store, self.tenants, self.sites = store, tenants, sites
        self.boundaries: Boundaries | None = installed_boundaries()
        self.now = NOW
        self.desk = FenceDesk(store, tenants, sites, lambda: self.boundaries, lambda: self.now, trial_runs=20)

    def stored_ids(self) -> list[str]:
        return [stored.fence.id for stored in self.store.list(limit=1000).fences]


@contextmanager
def opened_office(url: str, *facilities: Facility) -> Generator[Office]:
    """One at a migrated store."""
    with FenceStore.open(url) as store, TenantStore.open(url) as tenants:
        runs = tuple(facility.id for facility in facilities)
        tenants.add(Tenant(id="norte", name="Clínicas del Norte", created_at=NOW, facilities=runs), ADMIN)
        tenants.add(Tenant(id="sur", name="Sur", created_at=NOW), ADMIN)
        yield Office(store, tenants, DictSites(*facilities))
