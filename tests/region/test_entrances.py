"""The doors of places of care."""

from datetime import date
from pathlib import Path

import pytest

from finder.directory.publish import publish
from finder.domain.documents import decode, encode
from finder.domain.facility import Entrance, Facility, Provenance, Wheelchair
from finder.geo.points import LonLat
from finder.region.extract import Extract
from finder.region.facilities import facilities_in
from finder.region.install import install_facilities
from finder.region.pack import RegionPack
from finder.store import Store
from tests.region.town import Town

LON, LAT = -117.16, 32.72
METRE = 1 / 111_320  # degrees of latitude
HALF = 0.001


def facility(town: Town, folder: Path, name: str = "Sol") -> Facility:
    found = facilities_in(Extract(town.write(folder / "town.osm.pbf")), "osm:town", date(2026, 11, 23))
    return next(each for each in found.facilities if each.name == name)


def kinds(town: Town, folder: Path, name: str = "Sol") -> list[str]:
    return [entrance.kind for entrance in facility(town, folder, name).entrances]


def test_doors_on_the_outline_and_within_main_first(town: Town, tmp_path: Path) -> None:
    town.square(LON, LAT, HALF, amenity="hospital", name="Sol")
    town.nodes[0].tags = {"entrance": "yes"}  # a node of the outline itself
    town.node(LON, LAT, entrance="staircase", wheelchair="no")
    town.node(LON + HALF / 2, LAT, entrance="side", wheelchair="yes")
    town.node(LON, LAT + HALF / 2, entrance="main", wheelchair="limited")
    town.node(LON, LAT + HALF / 3, entrance="emergency")
    town.node(LON, LAT + HALF / 4, entrance="service", wheelchair="yes")
    town.node(LON, LAT + HALF / 5, entrance="main", access="private")
    town.node(LON, LAT + HALF / 6, entrance="yes", railway="subway_entrance")
    town.node(LON, LAT + HALF * 1.1, entrance="main")
    found = facility(town, tmp_path)
    assert found.entrances == (
        Entrance(LonLat(LON, round(LAT + HALF / 2, 7)), "main", Wheelchair.LIMITED),
        Entrance(LonLat(round(LON + HALF / 2, 7), LAT), "side", Wheelchair.YES),
        Entrance(LonLat(round(LON - HALF, 7), round(LAT - HALF, 7)), "yes"),
        Entrance(LonLat(LON, LAT), "staircase", Wheelchair.NO),
    )
    assert found.provenance["entrances"] == Provenance("osm:town")


def test_a_service_door_where_there_is_no_other(town: Town, tmp_path: Path) -> None:
    town.square(LON, LAT, HALF, amenity="clinic", name="Sol", building="yes")
    town.node(LON, LAT, entrance="service")
    assert kinds(town, tmp_path) == ["service"]


def test_at_most_ten(town: Town, tmp_path: Path) -> None:
    town.square(LON, LAT, HALF, amenity="hospital", name="Sol")
    for number in range(30):
        town.node(LON + number * METRE, LAT, entrance="main" if number == 29 else "yes")
    assert kinds(town, tmp_path) == ["main", *["yes"] * 9]


def test_a_smaller_place_keeps_its_own_doors(town: Town, tmp_path: Path) -> None:
    town.square(LON, LAT, HALF, amenity="hospital", name="Sol")
    town.square(LON, LAT, HALF / 4, amenity="pharmacy", name="Luna")
    town.node(LON, LAT, entrance="side")
    assert kinds(town, tmp_path, "Luna") == ["side"]
    assert kinds(town, tmp_path) == ["side"], "as long as it is the only one"
    town.node(LON + HALF / 2, LAT, entrance="yes")
    assert kinds(town, tmp_path) == ["yes"]
    assert kinds(town, tmp_path, "Luna") == ["side"]


def test_a_place_mapped_as_a_node(town: Town, tmp_path: Path) -> None:
    town.square(LON, LAT, HALF, building="yes")
    town.node(LON, LAT, amenity="pharmacy", name="Sol")
    assert kinds(town, tmp_path) == []
    town.node(LON, LAT + 20 * METRE, entrance="staircase")  # somebody's flat
    town.node(LON, LAT + 60 * METRE, entrance="main")
    assert kinds(town, tmp_path) == [], "too far for one of many doors of a large building"
    town.node(LON, LAT + 40 * METRE, entrance="main")
    assert facility(town, tmp_path).entrances == (Entrance(LonLat(LON, round(LAT + 40 * METRE, 7)), "main"),)
    town.node(LON, LAT - HALF, amenity="dentist", name="Luna", entrance="yes", wheelchair="designated")
    assert facility(town, tmp_path, "Luna").entrances == (Entrance(LonLat(LON, round(LAT - HALF, 7)), "yes", Wheelchair.YES),)


def test_real_cities(helsinki: RegionPack, vancouver_pbf: Path) -> None:
    by_name = {each.name: each for each in helsinki.facilities()}
    assert {entrance.kind for entrance in by_name["Kluuvin Apteekki"].entrances} == {"main"}
    assert by_name["Apteekki Eliel"].entrances == (), "it is in the main station, all of whose main doors are far"
    vancouver = facilities_in(Extract(vancouver_pbf), "osm:vancouver", date(2026, 11, 23)).facilities
    [hospital] = (each for each in vancouver if each.name == "St. Paul's Hospital")
    assert hospital.entrances == (Entrance(LonLat(-123.128267, 49.2803638)),)


def test_the_store_keeps_them(helsinki: RegionPack, sqlite_store: Store) -> None:
    before = {each.id: each.entrances for each in helsinki.facilities()}
    assert sum(map(bool, before.values())) >= 5
    install_facilities(helsinki, sqlite_store)
    assert {each.id: each.entrances for each in sqlite_store.facilities()} == before
    for each in helsinki.facilities():
        assert decode(Facility, encode(each)).entrances == each.entrances


def test_a_document_from_before_there_were_entrances() -> None:
    assert decode(Facility, b'{"id":"a","kind":"clinic","name":"Sol","lon_lat":[-117.1,32.7]}').entrances == ()


@pytest.mark.parametrize("value", ["no", "none", ""])
def test_no_entrance(town: Town, tmp_path: Path, value: str) -> None:
    town.square(LON, LAT, HALF, amenity="clinic", name="Sol")
    town.node(LON, LAT, entrance=value)
    assert kinds(town, tmp_path) == []


def test_a_snapshot_passes_them(helsinki: RegionPack, sqlite_store: Store, tmp_path: Path) -> None:
    install_facilities(helsinki, sqlite_store)
    snapshot = publish(sqlite_store, tmp_path / "snapshots")
    for each in helsinki.facilities():
        assert snapshot.facility(each.id).entrances == each.entrances
