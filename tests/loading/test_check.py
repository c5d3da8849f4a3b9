"""What cannot be true is refused, and no message repeats a coordinate."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.geo.points import LonLat
from finder.loading import check
from finder.loading.row_error import CellProblem


@pytest.mark.parametrize(
    ("lat", "lon", "country", "says"),
    [
        (0, 0, None, "both 0"),
        (-0.0, 0.0, "US", "both 0"),
        (-117.03, 32.52, None, "swapped"),
        (-86.8466, 21.1619, "MX", "swapped"),
        (-73.06, 41.56, "US", "swapped"),
        (132.52, -117.03, None, "latitude is out of range"),
        (91, 100, None, "latitude is out of range"),
        (32.52, -217.03, "MX", "longitude is out of range"),
        (32.52, 117.03, "MX", "wrong sign"),
    ],
)
def test_a_point_that_cannot_be_is_refused(lat: float, lon: float, country: str | None, says: str) -> None:
    with pytest.raises(CellProblem, match=says) as problem:
        check.check_lon_lat(lon, lat, country)
    # 90, 180 and 0 are the limits, not the point.
    assert not re.search(r"\d+\.\d", problem.value.problem + problem.value.advice)


@pytest.mark.parametrize(
    ("lat", "lon", "country"),
    [
        (32.52, -117.03, "MX"),
        (71.39, -156.48, "US"),
        (52.0, 173.2, "US"),
        (19.1, -155.9, "US"),
        (18.2, -66.2, "US"),
        (13.5, 144.8, "US"),
        (-14.3, -170.7, "US"),
        (60.17, 24.94, "FI"),
        (-73.06, 41.56, None),
        (40.4, -3.7, "MX"),  # In Spain: contradicts its country, which is for a later stage; neither swapped nor mirrored.
        (90, 0, None),
        (0, 180, None),
    ],
)
def test_a_point_that_can_be_is_kept(lat: float, lon: float, country: str | None) -> None:
    assert check.check_lon_lat(lon, lat, country) == LonLat(lon, lat)


@given(st.floats(-118, -87), st.floats(15, 32))
def test_a_swapped_point_of_mexico_is_always_found(lon: float, lat: float) -> None:
    assert check.check_lon_lat(lon, lat, "MX") == LonLat(lon, lat)
    with pytest.raises(CellProblem, match="swapped"):
        check.check_lon_lat(lat, lon, "MX")


def test_opening_hours() -> None:
    assert check.check_opening_hours("Mo-Fr 08:00-20:00; PH off") == "Mo-Fr 08:00-20:00; PH off"
    with pytest.raises(CellProblem, match="cannot be read"):
        check.check_opening_hours("de ocho a ocho")


def test_time_zones() -> None:
    assert check.check_time_zone("America/Tijuana") == "America/Tijuana"
    with pytest.raises(CellProblem, match="not known"):
        check.check_time_zone("Hora del Pacífico")
    assert check.time_zone_at(LonLat(-117.03, 32.52), "MX") == "America/Tijuana"
    assert check.time_zone_at(LonLat(-117.16, 32.72), None) == "America/Los_Angeles"
    assert check.time_zone_at(LonLat(-140, 0), None) is None
    assert check.country_of_time_zone("America/Tijuana") == "MX"
    assert check.country_of_time_zone("America/Puerto_Rico") == "PR"
    assert check.country_of_time_zone("Europe/Helsinki") == "FI"
