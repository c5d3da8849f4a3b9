"""States by name, code and postcode, and the boxes that hold them."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from finder.geo.points import LonLat
from finder.loading.clean import clean_postcode
from finder.loading.row_error import CellProblem
from finder.loading.states import State, knows_states_of, states_by_postcode, states_named

GEOD = Geod(ellps="WGS84")


def names(states: tuple[State, ...]) -> set[str]:
    return {f"{state.country}-{state.code}" for state in states}


@pytest.mark.parametrize(
    ("text", "country", "meant"),
    [
        ("CA", "US", {"US-CA"}),
        ("california", None, {"US-CA"}),
        ("B.C.", "MX", {"MX-BCN"}),
        ("BCN", None, {"MX-BCN"}),
        ("BAJA CALIFORNIA", "MX", {"MX-BCN"}),
        ("Baja California Sur", "MX", {"MX-BCS"}),
        ("Michoacan de Ocampo", "MX", {"MX-MIC"}),
        ("MN", "MX", {"MX-MIC"}),
        ("MN", "US", {"US-MN"}),
        ("MN", None, {"MX-MIC", "US-MN"}),
        ("PR", "PR", {"US-PR"}),
        ("PR", "US", {"US-PR"}),
        ("BC", "CA", set[str]()),
        ("Uusimaa", "FI", set[str]()),
    ],
)
def test_a_state_by_name_and_code(text: str, country: str | None, meant: set[str]) -> None:
    assert names(states_named(text, country)) == meant


def test_a_state_by_postcode() -> None:
    assert names(states_by_postcode("22000", "MX")) == {"MX-BCN"}
    assert names(states_by_postcode("05047", "US")) == {"US-VT"}
    assert names(states_by_postcode("00725", "PR")) == {"US-PR"}
    assert "US-GU" in names(states_by_postcode("96910-1234", "US"))
    assert states_by_postcode("22000", None) == states_by_postcode("00100", "FI") == ()


def test_the_tables_are_whole() -> None:
    assert [country for country in ("MX", "US", "FI", "CA", None) if knows_states_of(country)] == ["MX", "US"]
    every = {state for first in range(1000) for state in states_by_postcode(f"{first:03}00", "US")}
    assert len(every) == 50 + 1 + 8  # states, the capital, territories and freely associated states
    assert len({state for first in range(100) for state in states_by_postcode(f"{first:02}000", "MX")}) == 32


@settings(deadline=None)  # the first distance compiles a kernel
@given(st.sampled_from(["BCN", "CMX", "TX", "AK", "HI", "VT"]), st.floats(-180, 180), st.floats(-89, 89))
def test_the_distance_to_a_box_is_that_to_its_nearest_point(code: str, lon: float, lat: float) -> None:
    (state,) = states_named(code, None)
    distance_m = state.distance_m(LonLat(lon, lat))
    assert (distance_m == 0.0) == state.holds(LonLat(lon, lat))
    border: list[tuple[float, float]] = []
    for west, south, east, north in state.boxes:
        lons, lats = np.linspace(west, east, 200).tolist(), np.linspace(south, north, 200).tolist()
        border += [(at, edge) for at in lons for edge in (south, north)] + [(edge, at) for at in lats for edge in (west, east)]
    border_lon, border_lat = zip(*border, strict=True)
    _, _, to_border_m = GEOD.inv([lon] * len(border), [lat] * len(border), border_lon, border_lat)
    if distance_m:
        nearest_m = float(np.min(to_border_m))
        # The sampled points are up to 25 km apart (Alaska), so the nearest of them may be farther than the nearest point.
        assert nearest_m - 13_000.0 <= distance_m <= nearest_m * 1.005 + 1.0


def hospitals(shared_data: Path) -> Iterator[tuple[str, str, str, LonLat]]:
    with (shared_data / "health-us" / "hifld_hospitals.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield row["STATE"], row["ZIP"], row["NAME"], LonLat(float(row["LONGITUDE"]), float(row["LATITUDE"]))


def test_every_hospital_of_the_usa_is_in_its_states_box(shared_data: Path) -> None:
    found = list(hospitals(shared_data))
    outside = [name for state, _, name, lon_lat in found if not any(s.holds(lon_lat) for s in states_named(state, "US"))]
    assert len(found) == 7581
    assert outside == []


def test_the_postcodes_of_the_hospitals_tell_their_states(shared_data: Path) -> None:
    wrong: set[str] = set()
    for state, postcode, _, _ in hospitals(shared_data):
        if states_named(state, "US")[0] not in states_by_postcode(clean_postcode(postcode, "US"), "US"):
            wrong.add(f"{state} {postcode}")
    # Errors of the file: Pennsylvania, Arkansas, Illinois and Ohio have these.
    assert wrong == {"AZ 15006", "TX 72858", "MO 61446", "KY 43202"}


def test_every_unit_of_baja_california_is_in_its_box(shared_data: Path) -> None:
    (state,) = states_named("Baja California", "MX")
    with (shared_data / "health-mx" / "baja_california_units_173.csv").open(encoding="utf-8", newline="") as file:
        points = [LonLat(float(row["longitud"]), float(row["latitud"])) for row in csv.DictReader(file)]
    assert len(points) == 173
    assert all(state.holds(point) for point in points)


def test_the_postcodes_of_treatment_centres_tell_their_states(shared_data: Path) -> None:
    right = wrong = 0
    with (shared_data / "health-us" / "oeps_SubstanceUseTreatment_Geocoded.csv").open(encoding="latin-1", newline="") as file:
        for row in csv.DictReader(file):
            try:
                postcode = clean_postcode(row["zip"], "US")
            except CellProblem:
                continue
            is_right = bool(set(states_named(row["state"], "US")) & set(states_by_postcode(postcode, "US")))
            right, wrong = right + is_right, wrong + (not is_right)
    assert wrong == 0 < right
