"""The ports against the borders of time zones, which others have drawn, and their hours against the clocks of the stdlib."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from finder.directions.borders import Direction, Lane, Port, known_ports, ports_between, read_ports
from finder.directions.borders.ports import ports_from_text
from finder.directory.countries import country_at
from finder.errors import BadFile, BadInput
from finder.geo.points import LonLat
from tests.conftest import REPOSITORY

NORTH, SOUTH = Direction("MX", "US"), Direction("US", "MX")
PACIFIC = ZoneInfo("America/Los_Angeles")
PORT = """
[[port]]
id = "gate"
name_en = "Gate"
name_es = "Puerta"
countries = ["MX", "US"]
lon_lat = [-117.0, 32.5]
time_zone = "America/Tijuana"
[[port.passage]]
direction = "MX>US"
lanes.general = { usual_min = [1, 2, 3] }
"""


def port(port_id: str) -> Port:
    return next(port for port in known_ports() if port.id == port_id)


def pacific(day: date, at: time) -> datetime:
    return datetime.combine(day, at, PACIFIC).astimezone(UTC)


def test_every_passage_lies_at_the_line() -> None:
    places = {
        (port.id, str(passage.direction)): [
            country_at(LonLat(passage.lon_lat.lon, passage.lon_lat.lat + degrees)) for degrees in (-0.004, 0.004)
        ]
        for port in known_ports()
        for passage in port.passages
    }
    assert places == {key: ["MX", "US"] for key in places}, "450 m to the south is Mexico, to the north the United States"
    assert len(places) == 18


def test_nobody_is_sent_over_the_airport_footbridge() -> None:
    assert port("cross_border_xpress").airport_passengers_only
    between = ports_between("US", "MX", known_ports())
    assert {one.id for one in known_ports()} - {one.id for one in between} == {"cross_border_xpress"}
    assert between == ports_between("MX", "US", known_ports())
    assert ports_between("US", "CA", known_ports()) == ()


def test_cars_and_walkers_have_ports_of_their_own_at_san_ysidro() -> None:
    def lanes(port_id: str, direction: Direction) -> set[Lane]:
        passage = port(port_id).passage(direction)
        assert passage is not None
        return {*passage.lanes}

    assert lanes("san_ysidro", NORTH) == {Lane.GENERAL, Lane.READY, Lane.SENTRI, Lane.MEDICAL_FAST_LANE}
    assert lanes("san_ysidro_ped_east", NORTH) == {Lane.PEDESTRIAN, Lane.PEDESTRIAN_READY}
    assert lanes("san_ysidro", SOUTH) == {Lane.GENERAL}
    medical = {one.id for one in known_ports() for passage in one.passages if Lane.MEDICAL_FAST_LANE in passage.lanes}
    assert medical == {"san_ysidro", "otay_mesa"}
    assert port("tecate").passage(Direction("US", "CA")) is None


@pytest.mark.parametrize("day", [date(2026, 3, 7), date(2026, 3, 8), date(2026, 7, 4), date(2026, 11, 1), date(2026, 12, 25)])
def test_tecate_opens_by_its_own_clock_whatever_the_season(day: date) -> None:
    tecate = port("tecate")
    opens, closes = pacific(day, time(6)), pacific(day, time(22))
    minute = timedelta(minutes=1)
    moments = [opens - minute, opens, closes - minute, closes]
    assert [tecate.is_open(NORTH, Lane.GENERAL, at) for at in moments] == [False, True, True, False]
    # The same moments by another clock.
    tokyo = [at.astimezone(ZoneInfo("Asia/Tokyo")) for at in moments]
    assert [tecate.is_open(SOUTH, Lane.PEDESTRIAN, at) for at in tokyo] == [False, True, True, False]


def test_otay_mesa_never_closes_but_one_of_its_lanes_does() -> None:
    otay = port("otay_mesa")
    # A whole night in which clocks are put back, by the quarter of an hour.
    night = [datetime(2026, 11, 1, 5, tzinfo=UTC) + timedelta(minutes=15 * step) for step in range(48)]
    assert all(otay.is_open(NORTH, Lane.GENERAL, at) for at in night)
    sentri = [otay.is_open(NORTH, Lane.SENTRI, at) for at in night]
    assert sentri == [4 <= at.astimezone(PACIFIC).hour < 22 for at in night]
    assert set(sentri) == {True, False}


def test_a_passage_and_a_lane_have_hours_of_their_own() -> None:
    west, day = port("san_ysidro_ped_west"), date(2026, 11, 23)
    assert [west.is_open(NORTH, Lane.PEDESTRIAN, pacific(day, time(hour))) for hour in (5, 7, 16)] == [False, True, False]
    assert [west.is_open(SOUTH, Lane.PEDESTRIAN, pacific(day, time(hour))) for hour in (5, 7, 16)] == [False, False, True]
    east = port("calexico_east")
    assert [east.is_open(NORTH, Lane.SENTRI, pacific(day, time(hour))) for hour in (5, 17, 19)] == [False, True, False]
    assert not west.is_open(NORTH, Lane.SENTRI, pacific(day, time(7))), "a lane that is not there"
    with pytest.raises(BadInput, match="time zone"):
        west.is_open(NORTH, Lane.PEDESTRIAN, datetime(2026, 11, 23, 7))  # noqa: DTZ001


def test_directions_as_texts() -> None:
    assert Direction.parse("MX>US") == NORTH
    assert str(SOUTH) == "US>MX"
    for text in ("MX", "MX>", "mx>us", "MX>MX", "MEX>USA", "MX-US", "M1>US"):
        with pytest.raises(BadInput, match="MX>US"):
            Direction.parse(text)


def test_an_operators_own_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    with pytest.raises(BadFile, match=r"own\.toml cannot be read"):
        read_ports(path)
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadFile, match=r"own\.toml is not text in UTF-8"):
        read_ports(path)
    path.write_text("\ufeff" + PORT, "utf-8")
    (gate,) = read_ports(path)
    assert ports_between("MX", "US", [gate]) == (gate,)
    assert gate.passages[0].lon_lat == gate.lon_lat
    assert gate.passages[0].hours == "24/7"


def test_the_example_of_the_document_can_be_used() -> None:
    [example] = re.findall(r"```toml\n(.*?)```", (REPOSITORY / "docs/borders.md").read_text("utf-8"), re.DOTALL)
    [gate] = ports_from_text(example, "borders.md")
    assert gate.passage(Direction("FI", "RU")) is not None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id =", "ID =", r"\$\.port\[0\]"),
        ("id =", "id", "line 3"),
        ('"gate"', '"the gate"', r"\$\.port\[0\]\.id"),
        ('["MX", "US"]', '["MX", "usa"]', "countries"),
        ("[-117.0, 32.5]", "[32.5, -117.0]", "port gate: Latitude"),
        ("America/Tijuana", "America/Tijuanna", "port gate: time_zone"),
        ("America/Tijuana", "../etc/passwd", "port gate: time_zone"),
        ("America/Tijuana", "America", "port gate: time_zone"),
        ("MX>US", "MX-US", "port gate: A direction"),
        ("MX>US", "MX>CA", "port gate: the direction MX>CA"),
        ("general", "fast", "fast"),
        ("[1, 2, 3]", "[2, 1, 3]", "port gate: usual_min of MX>US general"),
        ("[1, 2, 3]", "[1, 2, 1441]", "port gate: usual_min of MX>US general"),
        ("[1, 2, 3]", "[1, nan, 3]", "port gate: usual_min of MX>US general"),
        ("[1, 2, 3] }", '[1, 2, 3], hours = "from six" }', 'port gate: the hours "from six"'),
        ('"MX>US"', '"MX>US"\nhours = "6-22h"', 'port gate: the hours "6-22h"'),
        ("[[port.passage]]", '[[port.passage]]\ndirection = "MX>US"\nlanes = {}\n[[port.passage]]', "port gate: a direction"),
        (PORT, PORT + PORT, "an id twice"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(old: str, new: str, says: str) -> None:
    assert old in PORT
    with pytest.raises(BadFile, match=says) as caught:
        ports_from_text(PORT.replace(old, new, 1), "own.toml")
    assert "own.toml" in str(caught.value)
    assert "117" not in str(caught.value)
