"""Place names of an extract."""

from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from finder.domain.place import Place, PlaceKind
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.locate.place_files import read_places
from finder.region.extract import Extract
from finder.region.pack import RegionPack
from finder.region.places import places_in
from finder.words.folding import fold
from tests.region.town import Town

LON, LAT = -117.02, 32.45  # southern Tijuana, far enough from the border
METRE = 1 / 111_320


def places_of(town: Town, folder: Path, kind: PlaceKind) -> list[Place]:
    places = places_in(Extract(town.write(folder / "town.osm.pbf")), "osm:town")
    return [place for place in places if place.kind is kind]


def test_ways_of_one_name_that_hang_together_are_one_street(town: Town, tmp_path: Path) -> None:
    town.way([(LON, LAT), (LON, LAT + 500 * METRE)], highway="residential", name="Calle Segunda", alt_name="Calle 2;2da")
    town.way([(LON, LAT + 700 * METRE), (LON, LAT + 900 * METRE)], highway="residential", name="CALLE SEGUNDA")
    town.way([(LON, LAT + 5000 * METRE), (LON, LAT + 5100 * METRE)], highway="footway", name="Calle Segunda")
    town.way([(LON, LAT), (LON + 0.001, LAT)], highway="residential")
    town.way([(LON, LAT), (LON + 0.001, LAT)], highway="platform", name="Platform 1")
    streets = sorted(places_of(town, tmp_path, PlaceKind.STREET), key=lambda street: street.lon_lat.lat)
    assert [street.name for street in streets] == ["Calle Segunda", "Calle Segunda"]
    long, short = streets
    assert long.alternate_names == ("Calle 2", "2da")
    assert long.lon_lat == pytest.approx((LON, LAT + 450 * METRE), abs=2 * METRE)
    assert long.radius_m == pytest.approx(450, rel=0.02)
    assert (short.radius_m, short.country) == (pytest.approx(50, rel=0.02), "MX")


def test_the_middle_of_a_bent_street_is_on_the_street(town: Town, tmp_path: Path) -> None:
    bent = [(LON, LAT), (LON + 0.01, LAT), (LON + 0.01, LAT + 0.01)]
    town.way(bent, highway="primary", name="Bulevar")
    (street,) = places_of(town, tmp_path, PlaceKind.STREET)
    assert shapely.LineString(bent).distance(shapely.Point(*street.lon_lat)) < 1e-6
    farthest_m = max(geodesic_m(street.lon_lat, LonLat(*point)) for point in bent)
    assert street.radius_m == pytest.approx(farthest_m, rel=1e-3)


def test_addresses_once_in_the_order_of_their_country(town: Town, tmp_path: Path) -> None:
    town.way([(LON, LAT), (LON + 0.001, LAT)], highway="residential", name="Calle Uno", name__en="First Street")
    town.node(LON, LAT, addr__street="Calle Uno", addr__housenumber="7", addr__city="Tijuana", shop="bakery")
    house = town.square(LON, LAT, 30 * METRE, addr__street="Calle Uno", addr__housenumber="7", addr__city="Tijuana")
    town.node(LON - 0.14, LAT + 0.27, addr__street="Broadway", addr__housenumber="12", addr__state="CA")
    addresses = {place.name: place for place in places_of(town, tmp_path, PlaceKind.ADDRESS)}
    assert set(addresses) == {"Calle Uno 7", "12 Broadway"}
    assert house
    here = addresses["Calle Uno 7"]
    assert (here.alternate_names, here.city, here.country) == (("First Street 7",), "Tijuana", "MX")
    assert here.radius_m > 30, "the house, not the bakery in it"
    assert (addresses["12 Broadway"].country, addresses["12 Broadway"].state) == ("US", "CA")


def test_a_postcode_is_the_median_of_its_addresses(town: Town, tmp_path: Path) -> None:
    for step in range(21):
        town.node(LON, LAT + step * 100 * METRE, addr__postcode="22000")
    town.node(LON + 0.5, LAT, addr__postcode="22000")  # a mistake far away
    town.node(LON, LAT, addr__postcode="none")
    (postcode,) = places_of(town, tmp_path, PlaceKind.POSTCODE)
    assert postcode.name == "22000"
    assert postcode.lon_lat == pytest.approx((LON, LAT + 950 * METRE), abs=100 * METRE)
    assert 900 < postcode.radius_m < 1_200


def test_settlements_give_the_city_and_an_outline_wins_over_a_node(town: Town, tmp_path: Path) -> None:
    town.node(LON, LAT, place="city", name="Tijuana", population="1 810 645")
    town.node(LON + 0.02, LAT, place="suburb", name="Otay")
    town.square(LON + 0.02, LAT, 0.005, place="suburb", name="Otay")
    town.square(LON + 0.5, LAT, 0.05, boundary="administrative", admin_level="8", name="Tecate")
    town.node(LON + 0.52, LAT, place="neighbourhood", name="Centro")
    town.node(LON + 2, LAT, place="neighbourhood", name="Lejos")
    (city,) = places_of(town, tmp_path, PlaceKind.CITY)
    assert (city.name, city.population, city.city) == ("Tijuana", 1_810_645, None)
    cities = {place.name: place.city for place in places_of(town, tmp_path, PlaceKind.NEIGHBOURHOOD)}
    assert cities == {"Otay": "Tijuana", "Centro": "Tecate", "Lejos": None}


def test_one_spelling_of_a_city(town: Town, tmp_path: Path) -> None:
    for number, city in enumerate(["Tijuana", "tijuana", "Tijuana", "7"]):
        town.node(LON, LAT, addr__street="A", addr__housenumber=str(number), addr__city=city)
    assert {place.city for place in places_of(town, tmp_path, PlaceKind.ADDRESS)} <= {"Tijuana"}


def test_helsinki_has_every_street_that_gdal_finds(helsinki: RegionPack, helsinki_pbf: Path) -> None:
    places = list(read_places(helsinki.places_path))
    ours = {fold(place.name) for place in places if place.kind is PlaceKind.STREET}
    lines = pyogrio.read_dataframe(helsinki_pbf, layer="lines", read_geometry=False)
    theirs = {fold(name) for name in lines[lines["highway"].notna()]["name"].dropna()}
    assert len(theirs & ours) >= 0.97 * len(theirs)
    by_name = {place.name: place for place in places if place.kind is PlaceKind.STREET}
    assert "Mannerheimvägen" in by_name["Mannerheimintie"].alternate_names
    assert by_name["Mannerheimintie"].city == "Helsinki"
    assert {place.name for place in places if place.kind is PlaceKind.NEIGHBOURHOOD} >= {"Kluuvi", "Kaartinkaupunki"}
    west, south, east, north = helsinki.bounds
    points = np.array([place.lon_lat for place in places])
    assert ((points >= [west - 0.01, south - 0.01]) & (points <= [east + 0.01, north + 0.01])).all()
