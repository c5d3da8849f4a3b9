"""A coordinate that its own address belies, and a position for an address that has none."""

import csv
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from finder.domain.facility import Address
from finder.domain.place import Place
from finder.errors import BadFile
from finder.geo.points import LonLat
from finder.loading.clean import clean_postcode
from finder.loading.gazetteer import Gazetteer
from finder.loading.place_check import MAX_ACCURACY_M, PlaceBook, in_the_sea
from finder.loading.place_words import city_readings, house_and_street
from finder.loading.row_error import CellProblem
from finder.locate.place_files import write_places

type Case = dict[str, Any]

CASES: dict[str, list[Case]] = json.loads((Path(__file__).parents[1] / "cases" / "place_check.json").read_text("utf-8"))
PLACES = msgspec.convert(CASES["places"], list[Place])
BOOK = PlaceBook(Gazetteer(PLACES))
GEOD = Geod(ellps="WGS84")


def says(case: Case) -> str:
    return str(case["says"])


def address_of(case: Case) -> Address:
    return msgspec.convert(case["address"], Address)


@pytest.mark.parametrize("case", CASES["located"], ids=says)
def test_an_address_without_coordinates_is_located_or_not(case: Case) -> None:
    located = BOOK.locate(address_of(case))
    if case["by"] is None:
        assert located is None
    else:
        assert located is not None
        assert (located.by, list(located.lon_lat), located.accuracy_m) == (case["by"], case["lon_lat"], case["accuracy_m"])
        assert located.accuracy_m <= MAX_ACCURACY_M


@pytest.mark.parametrize("case", CASES["points"], ids=says)
def test_a_point_that_its_address_belies_is_told(case: Case) -> None:
    found = BOOK.contradiction(address_of(case), LonLat(*case["lon_lat"]))
    if case["problem"] is None:
        assert found is None
    else:
        assert found is not None
        assert case["problem"] in found.problem
        assert case.get("advice", f"correct the {case.get('what')} of the address") in found.advice
        assert found.distance_m > 3_000.0
        # 90 and 180 are the limits of latitude and longitude, not the point.
        assert not re.search(r"\d\.\d", found.problem + found.advice)


def test_the_distance_is_the_geodesic_one_to_the_nearest_that_is_meant() -> None:
    found = BOOK.contradiction(Address(city="Springfield", state="MO", country="US"), LonLat(-90.2, 38.63))
    _, _, wanted_m = GEOD.inv(-90.2, 38.63, -93.292, 37.209)
    assert found is not None
    assert found.distance_m == pytest.approx(wanted_m, abs=0.001)
    assert f"This is {wanted_m / 1000:.0f} km from" in found.problem


ADDRESSES = [address_of(case) for case in [*CASES["points"], *CASES["located"]]]
POINTS = [LonLat(*case["lon_lat"]) for case in CASES["points"]] + [place.lon_lat for place in PLACES]


@settings(deadline=None)  # the first distance compiles a kernel
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ADDRESSES),
            st.sampled_from(POINTS),
            st.sampled_from([0.0, 0.1, 0.3, 1.0, 5.0]).flatmap(lambda r: st.tuples(st.floats(-r, r), st.floats(-r, r))),
        ),
        max_size=20,
    )
)
def test_many_at_once_are_told_the_same(rows: list[tuple[Address, LonLat, tuple[float, float]]]) -> None:
    addresses = [address for address, _, _ in rows]
    points = [LonLat(point.lon + east, min(90.0, max(-90.0, point.lat + north))) for _, point, (east, north) in rows]
    points = [LonLat((point.lon + 180.0) % 360.0 - 180.0, point.lat) for point in points]
    singly = {
        at: found
        for at, (address, point) in enumerate(zip(addresses, points, strict=True))
        if (found := BOOK.contradiction(address, point)) is not None
    }
    assert BOOK.contradictions(addresses, np.array(points, dtype=np.float64).reshape(-1, 2)) == singly


@settings(deadline=None)
@given(st.sampled_from(PLACES), st.floats(-1, 1), st.floats(-1, 1))
def test_nobody_within_25_km_of_his_city_is_refused_for_it(place: Place, east: float, north: float) -> None:
    lon, lat = place.lon_lat.lon + 0.15 * east, place.lon_lat.lat + 0.15 * north
    _, _, away_m = GEOD.inv(lon, lat, *place.lon_lat)
    assert away_m < 25_000.0
    found = BOOK.contradiction(
        Address(city=place.name if place.city is None else place.city, state=place.state), LonLat(lon, lat)
    )
    assert found is None or "the city" not in found.problem


def test_a_book_goes_to_another_process_and_answers_the_same() -> None:
    case = next(case for case in CASES["points"] if case.get("what") == "city")
    asked = BOOK.contradiction(address_of(case), LonLat(*case["lon_lat"]))
    copy: PlaceBook = pickle.loads(pickle.dumps(BOOK))  # noqa: S301 - our own bytes
    assert asked is not None
    assert copy.contradiction(address_of(case), LonLat(*case["lon_lat"])) == asked
    house = address_of(CASES["located"][0])
    assert copy.locate(house) == BOOK.locate(house) is not None


def test_a_book_is_read_from_files(tmp_path: Path) -> None:
    write_places(tmp_path / "a.ndjson", PLACES[:4])
    write_places(tmp_path / "b.ndjson", PLACES[4:])
    book = PlaceBook.read([tmp_path / "a.ndjson", tmp_path / "b.ndjson"])
    for case in CASES["located"]:
        assert book.locate(address_of(case)) == BOOK.locate(address_of(case))
    with pytest.raises(BadFile):
        PlaceBook.read([tmp_path / "none.csv"])


def test_an_empty_book_knows_states_and_countries() -> None:
    book = PlaceBook.read([])
    found = book.contradiction(Address(city="Tijuana", state="BC", country="MX"), LonLat(-99.1, 19.4))
    assert found is not None
    assert "outside Baja California, the state" in found.problem
    assert book.contradiction(Address(city="Tijuana", state="BC", country="MX"), LonLat(-115.5, 32.6)) is None
    assert book.locate(Address(street="Avenida Revolución", city="Tijuana", state="BC", country="MX")) is None
    assert book.contradictions([], np.empty((0, 2))) == {}


def test_the_high_seas_are_the_sea_and_coastal_waters_are_not_known_to_be() -> None:
    assert in_the_sea(LonLat(-140.0, 0.0))
    assert not in_the_sea(LonLat(-117.2, 32.6))
    assert not in_the_sea(LonLat(-99.1, 19.4))


@pytest.mark.parametrize(
    ("number", "street", "parted"),
    [
        (None, "AVE. EUCALIPTO NO. 1", ("1", "AVE. EUCALIPTO NO.")),
        (None, "9181 MEDCOM ST", ("9181", "MEDCOM ST")),
        (None, "Calle Uno #12-B", ("12-B", "Calle Uno")),
        ("S/N", "Calle Uno", (None, "Calle Uno")),
        ("7", "Calle 2", ("7", "Calle 2")),
        (None, "ENTRE QUINTA Y CUARTA", (None, "ENTRE QUINTA Y CUARTA")),
        (None, None, (None, None)),
    ],
)
def test_house_and_street_are_parted(number: str | None, street: str | None, parted: tuple[str | None, str | None]) -> None:
    assert house_and_street(number, street) == parted


def test_the_readings_of_a_city() -> None:
    assert city_readings("Mpio. de Cd. Juárez") == ("ciudadjuarez",)
    assert city_readings("St. Louis") == city_readings("Saint Louis")
    assert city_readings("VICENTE GUERRERO (ALGODONES)") == ("vicenteguerreroalgodones", "vicenteguerrero", "algodones")
    assert city_readings("Tijuana, Baja California") == ("tijuanabajacalifornia", "tijuana")


def treatment_centres(shared_data: Path) -> Iterator[tuple[Address, LonLat, str]]:
    """SAMHSA's mental health providers."""
    with (shared_data / "health-us" / "oeps_MentalHealthProviders_Geocoded.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                postcode = clean_postcode(row["zip"], "US")
            except CellProblem:
                postcode = None
            address = Address(street=row["street1"], city=row["city"], state=row["state"], postcode=postcode, country="US")
            yield address, LonLat(float(row["longitude"]), float(row["latitude"])), row["name1"]


def test_of_real_registers_only_what_is_wrong_is_told(shared_data: Path) -> None:
    rows = list(treatment_centres(shared_data))
    found = BOOK.contradictions([address for address, _, _ in rows], np.array([point for _, point, _ in rows]))
    assert len(rows) == 11375
    # Hartford, Vermont, with the coordinates of Hartford, Connecticut.
    assert [(rows[at][0].city, told.problem) for at, told in found.items()] == [
        ("Hartford", "This is 106 km outside Vermont, the state of its address.")
    ]


def test_no_unit_of_baja_california_is_far_from_its_municipality(shared_data: Path) -> None:
    with (shared_data / "health-mx" / "baja_california_units_173.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    points = np.array([(float(row["longitud"]), float(row["latitud"])) for row in rows])
    for city in ("municipio", "localidad"):
        addresses = [Address(city=row[city].title(), state="Baja California", country="MX") for row in rows]
        assert BOOK.contradictions(addresses, points) == {}
    mexicali = points[[row["municipio"] == "MEXICALI" for row in rows]]
    told = BOOK.contradictions([Address(city="Tijuana", state="BC", country="MX")] * len(mexicali), mexicali)
    assert len(told) == len(mexicali) == 42


def test_most_areas_of_tijuana_are_no_larger_than_the_least_accuracy(shared_data: Path) -> None:
    def share(areas_m2: list[float], radius_m: float) -> float:
        return float(np.mean(np.array(areas_m2) <= np.pi * radius_m**2))

    with (shared_data / "places" / "tijuana_colonias_centroids.csv").open(encoding="utf-8", newline="") as file:
        assert share([float(row["hectares"]) * 10_000 for row in csv.DictReader(file)], 1_000.0) > 0.98
    with (shared_data / "places" / "tijuana_cp_centroids.csv").open(encoding="utf-8", newline="") as file:
        degree_m2 = 110_900.0 * 111_320.0 * np.cos(np.radians(32.5))
        assert share([float(row["area_deg2"]) * degree_m2 for row in csv.DictReader(file)], 1_500.0) > 0.88
