"""A small made-up town around Helsinki's centre: facilities, places and the services that the pages need."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from litestar import Litestar, Request, get
from litestar.openapi import OpenAPIConfig
from litestar.params import FromQuery

from finder.directory import Directory, publish
from finder.domain.facility import Accessibility, Address, Facility, FacilityKind, Provenance, Wheelchair
from finder.domain.place import Place, PlaceKind
from finder.domain.position import PositionFor, PositionSource
from finder.domain.practitioner import Practitioner, Role
from finder.geo.points import LonLat
from finder.locate.place_files import write_places
from finder.store import Store
from finder.web import Credit, WebServices, web_routes
from tests.consenting import Unasked, unasked_desk
from tests.directory.finding.worlds import World
from tests.stores import migrated_sqlite

CENTRE = LonLat(24.9384, 60.1699)
MONDAY_NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""12:00 in Helsinki."""
HOSTILE_NAME = '<script>alert("x")</script> & "Sons"'
_CHECKED = Provenance("town survey", date(2026, 10, 5))


def facility(number: int, name: str, kind: FacilityKind, lon: float, lat: float, **more: Any) -> Facility:
    """A facility of the town, with an address and a provenance."""
    values: dict[str, Any] = {
        "address": Address(street="Esimerkkikatu", house_number=str(number), city="Helsinki", country="FI"),
        "time_zone": "Europe/Helsinki",
        "provenance": {"name": _CHECKED, "phones": _CHECKED, "opening_hours": Provenance("openstreetmap")},
        **more,
    }
    return Facility(id=f"town{number:04}", kind=kind, name=name, lon_lat=LonLat(lon, lat), **values)


FACILITIES = [
    facility(
        1, "Northern Light Clinic", FacilityKind.CLINIC, 24.9402, 60.1712,
        phones=("+358931050151", "+358931050152"), website="https://clinic.example",
        opening_hours="Mo-Fr 08:00-18:00; Sa 10:00-14:00", services=("vaccination", "first aid"),
        names={"es": "Clínica Luz del Norte"}, languages=("fi", "sv", "es"),
        plans=("Plan Imaginario / Red Norte", "Seguro <Ficticio>"),
        accessibility=Accessibility(wheelchair=Wheelchair.YES),
    ),
    facility(
        2, "Corner Pharmacy", FacilityKind.PHARMACY, 24.9403, 60.1713,
        phones=("+358931050160",), opening_hours="24/7", accessibility=Accessibility(wheelchair=Wheelchair.LIMITED),
    ),
    facility(3, HOSTILE_NAME, FacilityKind.DOCTORS, 24.9310, 60.1680, phones=("ask at the desk",), website="javascript:alert(1)"),
    facility(
        4, "Old Harbour Hospital", FacilityKind.HOSPITAL, 24.9520, 60.1650,
        phones=("+358931050170",), opening_hours='"by appointment"', services=("emergency room",),
    ),
    facility(
        5, "Market Dentists", FacilityKind.DENTIST, 24.9480, 60.1690,
        phones=("+358931050180",), opening_hours="Mo-Fr 14:00-20:00",
    ),
    *(
        facility(number, f"Row Clinic {number}", FacilityKind.CLINIC, 24.9300 + number * 0.0015, 60.1600 + number % 5 * 0.004)
        for number in range(6, 30)
    ),
]  # fmt: skip

PLACES = [
    Place(name="Helsinki", kind=PlaceKind.CITY, lon_lat=CENTRE, radius_m=9000.0, country="FI", population=650_000),
    Place(
        name="Kamppi",
        kind=PlaceKind.NEIGHBOURHOOD,
        lon_lat=LonLat(24.9310, 60.1680),
        radius_m=500.0,
        city="Helsinki",
        country="FI",
    ),
    Place(
        name="Torikatu", kind=PlaceKind.STREET, lon_lat=LonLat(24.9500, 60.1685), radius_m=150.0, city="Helsinki", country="FI"
    ),
    Place(name="Torikatu", kind=PlaceKind.STREET, lon_lat=LonLat(27.6780, 62.8924), radius_m=150.0, city="Kuopio", country="FI"),
    Place(
        name="Helsinki", kind=PlaceKind.LANDMARK, lon_lat=LonLat(24.9414, 60.1719), radius_m=100.0, country="FI",
        alternate_names=("rautatieasema",),
    ),
]  # fmt: skip
NOT_FOUND = "Xyzzyville Qwrtp"


def publish_town(
    folder: Path,
    facilities: list[Facility] = FACILITIES,
    *,
    people: Sequence[Practitioner] = (),
    roles: Sequence[Role] = (),
    known: Sequence[Place] = PLACES,
) -> Directory:
    """Store and publish the town in ``folder``, as loading would, with who works there and the places that it knows."""
    places = folder / "town.ndjson"
    write_places(places, known)
    with Store.open(migrated_sqlite(folder / "finder.sqlite")) as store:
        World(facilities=facilities, people=list(people), roles=list(roles)).store_in(store)
        publish(store, folder / "snapshots", [places])
    return Directory(folder / "snapshots")


def by_address(_request: Request[Any, Any, Any], _language: str) -> PositionFor[Any]:
    """As if a database of network addresses had answered."""
    return PositionFor(lon_lat=CENTRE, accuracy_m=5000.0, source=PositionSource.IP, label="Helsinki")


def by_default(_request: Request[Any, Any, Any], _language: str) -> PositionFor[Any]:
    """As if the address had told nothing."""
    return PositionFor(lon_lat=CENTRE, accuracy_m=9000.0, source=PositionSource.DEFAULT, label="Helsinki")


def services(
    directory: Directory, locate: Callable[[Request[Any, Any, Any], str], PositionFor[Any]] = by_address, **more: Any
) -> WebServices:
    """What ``app.py`` would hand to the pages."""
    values: dict[str, Any] = {
        "region_packs": list,
        "attributions": lambda: (Credit("IP Geolocation by DB-IP", "https://db-ip.com"),),
        "now": lambda: MONDAY_NOON,
        "consents": unasked_desk(),
        "rights": Unasked(),
        "disclosures": Unasked(),
        **more,
    }
    return WebServices(directory=directory, locate_request=locate, **values)


def site(web: WebServices) -> Litestar:
    """The pages alone, with a stand-in for a call that their script makes to the API."""

    @get("/api/v1/places", sync_to_thread=False)
    def places(q: FromQuery[str]) -> dict[str, Any]:
        found = web.directory.current().places.search(q)
        return {"results": [{"name": match.place.name, "label": match.place.label()} for match in found]}

    pages, _ = web_routes(web)
    return Litestar([*pages, places], openapi_config=OpenAPIConfig("town", "0"))


def pack(name: str, basemap_path: Path) -> SimpleNamespace:
    """What the pages need of a region pack."""
    return SimpleNamespace(name=name, bounds=(24.9351762, 60.164155, 24.9534145, 60.179113), basemap_path=basemap_path)
