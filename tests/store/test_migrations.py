"""What was stored before a migration is stored after it, on both databases, on the way up and on the way down."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from alembic import command
from sqlalchemy import Connection, Engine, MetaData, Table, inspect

from finder.domain.facility import (
    Accessibility,
    Address,
    Facility,
    FacilityKind,
    FacilityStatus,
    Provenance,
    Wheelchair,
    facility_id,
)
from finder.geo.points import LonLat
from finder.loading.merge import merged
from finder.store import Store, migrate
from finder.store.columns import GeoPoint, Json
from finder.store.engine import open_engine

OWN, OSM, LOOKED_UP = Provenance("own", date(2026, 10, 5)), Provenance("osm:town"), Provenance("tzfpy")
FULL = Facility(
    id=facility_id("clues", "BCSSA000001"),
    kind=FacilityKind.HOSPITAL,
    name='Hospital "Ñandú"\t\\N',
    lon_lat=LonLat(-117.03123456789, 32.52),
    names={"en": "Rhea"},
    address=Address(house_number="7", street="Calle Uno", postcode="22000", country="MX"),
    phones=("+526641234567",),
    website="https://a.example",
    opening_hours="24/7",
    time_zone="America/Tijuana",
    services=("x-ray",),
    languages=("es", "en"),
    accessibility=Accessibility(wheelchair=Wheelchair.LIMITED, description="ramp"),
    identifiers={"clues": "BCSSA000001", "osm": "node/1"},
    status=FacilityStatus.TEMPORARILY_CLOSED,
    provenance={
        **dict.fromkeys(("kind", "name", "lon_lat", "address", "phones", "status", "identifiers"), OWN),
        **dict.fromkeys(("website", "opening_hours", "names"), OSM),
        "time_zone": LOOKED_UP,
    },
)
BARE = {"kind": FacilityKind.CLINIC, "lon_lat": LonLat(0.0, -90.0)}
OLD = [
    FULL,
    Facility(
        id="one source",
        name="A",
        provenance=dict.fromkeys(("name", "lon_lat", "kind"), OSM),
        identifiers={"osm": "way/2"},
        **BARE,
    ),
    Facility(id="another ledger", name="B", provenance={"name": Provenance("gone")}, phones=("ask",), **BARE),
    Facility(id="nobody said so", name="C", identifiers={"npi": "1"}, **BARE),
    Facility(id="one of two in the ledger", name="D", provenance={"name": Provenance("gone"), "lon_lat": OWN}, **BARE),
    Facility(
        id="named by the map",
        name="E",
        provenance={"name": OSM, "kind": OWN, "lon_lat": OSM},
        website="https://e.example",
        **BARE,
    ),
]


@pytest.fixture
def engine(empty_store_url: str) -> Iterator[Engine]:
    """Of a store as it was before statements."""
    engine = open_engine(empty_store_url)
    to(engine, "0001")
    yield engine
    engine.dispose()


def to(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision) if revision != "head" and migrated(connection) else command.upgrade(config, revision)


def migrated(connection: Connection) -> bool:
    return inspect(connection).has_table("facility")


def old_tables(connection: Connection) -> dict[str, Table]:
    found = MetaData()
    names = ("facility", "facility_identifier", "load")
    tables = {name: Table(name, found, autoload_with=connection) for name in names}
    tables["facility"].c.lon_lat.type = GeoPoint()
    for name in ("names", "phones", "services", "languages", "provenance"):
        tables["facility"].c[name].type = Json
    return tables


def old_row(facility: Facility) -> dict[str, Any]:
    """As the code of 0001 wrote it."""
    return msgspec.structs.asdict(facility.address) | {
        "id": facility.id,
        "kind": facility.kind.value,
        "name": facility.name,
        "lon_lat": facility.lon_lat,
        "names": facility.names,
        "phones": list(facility.phones),
        "website": facility.website,
        "opening_hours": facility.opening_hours,
        "time_zone": facility.time_zone,
        "services": list(facility.services),
        "languages": list(facility.languages),
        "wheelchair": facility.accessibility.wheelchair,
        "accessibility_description": facility.accessibility.description,
        "status": facility.status.value,
        "provenance": msgspec.to_builtins(facility.provenance),
    }


def write_old(engine: Engine, sources: list[str]) -> None:
    with engine.begin() as connection:
        tables = old_tables(connection)
        counts = {"read": 1, "added": 1, "changed": 0, "unchanged": 0, "refused": 0}
        for source in sources:
            load = {"source": source, "file_name": "a.csv", "started_at": datetime(2026, 11, 1, 8, tzinfo=UTC)}
            connection.execute(tables["load"].insert().values({**load, **counts}))
        connection.execute(tables["facility"].insert(), [old_row(facility) for facility in OLD])
        pairs = [
            {"scheme": scheme, "value": value, "facility_id": facility.id}
            for facility in OLD
            for scheme, value in facility.identifiers.items()
        ]
        connection.execute(tables["facility_identifier"].insert(), pairs)


def everything(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            name: sorted(
                (row for row in connection.execute(table.select()).mappings().all()), key=lambda row: str(list(row.values())[:2])
            )
            for name, table in old_tables(connection).items()
        }


@pytest.mark.parametrize("sources", [["own", "osm:town", "own"], []])
def test_every_facility_is_kept_and_told_by_a_load(engine: Engine, sources: list[str]) -> None:
    write_old(engine, sources)
    before = everything(engine)
    to(engine, "head")
    assert migrate.is_current(engine)
    store = Store(engine)
    assert {facility.id: facility for facility in store.facilities()} == {facility.id: facility for facility in OLD}
    for facility in OLD:
        told = store.history(Facility, facility.id)
        assert told
        assert merged(facility.id, told, {}) == facility
        assert {statement.source for statement in told} <= (set(sources) or {"unknown"})
        for pair in facility.identifiers.items():
            assert store.id_of_key(facility_id(*pair)) == facility.id
    state = store.state_hash()
    if sources:
        newest = {"own": 3, "osm:town": 2}
        history = store.history(Facility, FULL.id)
        assert {statement.source: statement.load_id for statement in history} == newest
        [mapped] = [statement for statement in history if statement.source == "osm:town"]
        assert mapped.said.provenance.keys() == {"website", "opening_hours", "names"}
        assert mapped.silent >= {"name", "lon_lat", "phones", "identifiers", "time_zone"}

    to(engine, "0001")
    after = everything(engine)
    assert after["facility"] == before["facility"]
    assert after["facility_identifier"] == before["facility_identifier"]
    assert len(after["load"]) == len(sources) or not sources
    to(engine, "head")
    assert store.state_hash() == state


def test_an_empty_store_goes_up_and_stays_empty(engine: Engine) -> None:
    to(engine, "head")
    assert Store(engine).loads() == []
    with Store(engine).writing() as writing:
        assert writing.is_empty()
