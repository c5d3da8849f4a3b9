"""What cannot be true is refused, and no message repeats a coordinate."""

import re
from importlib import resources

import pytest

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
        (32.52, 117.03, "MX", "longitude has the wrong sign"),
        (12.05, -77.04, "PE", "latitude has the wrong sign"),
        (-66.2, 18.2, "US", "swapped"),
        (24.94, 60.17, "FI", "swapped"),
        (24.94, 60.17, None, "swapped"),
        (-80.19, 25.76, None, "swapped"),
        (-89.6, 20.97, None, "swapped"),
        (-73.06, 41.56, None, "swapped"),
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
        (52.9, 173.1, "US"),
        (19.1, -155.9, "US"),
        (18.2, -66.2, "US"),
        (13.5, 144.8, "US"),
        (-14.3, -170.7, "US"),
        (60.17, 24.94, "FI"),
        (45.45, 4.4, None),
        (-77.85, 166.67, None),
        (-67.6, 62.88, "AQ"),
        (36.72, 37.11, "TR"),
        (7.34, 134.48, "PW"),
        (7.34, 134.48, "US"),
        (15.18, 145.75, "US"),
        (18.2, -66.2, "PR"),
        (40.4, -3.7, "MX"),  # In Spain: contradicts its country, which is for a later stage; neither swapped nor mirrored.
        (90, 0, None),
        (0, 180, None),
    ],
)
def test_a_point_that_can_be_is_kept(lat: float, lon: float, country: str | None) -> None:
    assert check.check_lon_lat(lon, lat, country) == LonLat(lon, lat)


def degrees(written: str) -> float:
    """ISO 6709 as the time zone database has it: ``+3231``, ``-1170742``, ``+0600``."""
    sign, digits = (-1 if written[0] == "-" else 1), written[1:]
    whole = 2 if len(digits) in {4, 6} else 3
    return sign * (int(digits[:whole]) + int(digits[whole : whole + 2]) / 60 + int(digits[whole + 2 :] or 0) / 3600)


def cities_of_zones() -> list[tuple[str, float, float]]:
    """Country, longitude and latitude of the city that each time zone is named for, as the IANA publishes them."""
    lines = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    points = [(country, re.findall(r"[+-]\d+", written)) for country, written, *_ in rows]
    return [(country, degrees(lon), degrees(lat)) for country, (lat, lon) in points]


def problem_of(lon: float, lat: float, country: str | None) -> str:
    try:
        check.check_lon_lat(lon, lat, country)
    except CellProblem as problem:
        return problem.problem
    return ""


def test_cities_all_over_the_world_are_kept_and_their_swapped_points_found() -> None:
    cities = cities_of_zones()
    assert len(cities) > 400
    # Without its country, a station in Antarctica may look like a swapped point.
    assert [city for city in cities if problem_of(city[1], city[2], city[0])] == []
    assert [city for city in cities if problem_of(city[1], city[2], None) and city[0] != "AQ"] == []
    problems = [problem_of(lat, lon, country) for country, lon, lat in cities]
    found = [problem for problem in problems if "swapped" in problem or "out of range" in problem]
    # Swapped, Cairo is still in Egypt and Omsk in Russia.
    assert problems.count("") <= 10
    assert len(found) + problems.count("") == len(cities)


def test_opening_hours() -> None:
    assert check.check_opening_hours("Mo-Fr 08:00-20:00; PH off") == "Mo-Fr 08:00-20:00; PH off"
    with pytest.raises(CellProblem, match="cannot be read"):
        check.check_opening_hours("de ocho a ocho")


def test_time_zones() -> None:
    assert check.check_time_zone("America/Tijuana") == "America/Tijuana"
    with pytest.raises(CellProblem, match="not known"):
        check.check_time_zone("Hora del Pacífico")
