"""What is said of a wait: by whom, how old it is, and what of it is believed."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directions.borders import (
    Direction,
    FileWaits,
    Lane,
    LaneKey,
    Measurement,
    Measurements,
    Wait,
    WaitBasis,
    WaitBook,
    known_ports,
    measurements_from_json,
)
from finder.errors import BadFile, BadInput
from tests.conftest import REPOSITORY

NORTH = Direction("MX", "US")
NOON = datetime(2026, 11, 23, 20, tzinfo=UTC)
GENERAL = LaneKey("san_ysidro", NORTH, Lane.GENERAL)
USUAL_S = (40 * 60.0, 90 * 60.0, 180 * 60.0)
"""Of that lane, in ports.toml."""


class Fixed:
    """A source of one measurement."""

    problem: str | None = None

    def __init__(self, wait_min: tuple[float, float, float] | None, measured_at: datetime = NOON, source: str = "test") -> None:
        self._measurement = Measurement(wait_min=wait_min, measured_at=measured_at, source=source)

    def measured(self) -> Measurements:
        return {GENERAL: self._measurement}


def of(book: WaitBook, at: datetime = NOON) -> Wait | None:
    return book.wait(*GENERAL, at)


def ends(wait: Wait | None) -> tuple[float, float, float]:
    assert wait is not None
    return wait.min_s, wait.likely_s, wait.max_s


def row(**fields: Any) -> dict[str, Any]:
    whole = {
        "port": "san_ysidro",
        "direction": "MX>US",
        "lane": "general",
        "wait_min": 30,
        "measured_at": "2026-11-23T12:00:00-08:00",
    }
    return {name: value for name, value in {**whole, **fields}.items() if value is not ...}


def read(*rows: dict[str, Any]) -> Measurements:
    return measurements_from_json(json.dumps({"source": "test", "waits": rows}).encode(), "waits.json", known_ports())


def test_without_a_measurement_it_is_our_judgement() -> None:
    wait = of(WaitBook())
    assert ends(wait) == USUAL_S
    assert wait is not None
    assert (wait.basis, wait.measured_at, wait.source, wait.age_s) == (WaitBasis.USUAL, None, None, None)


def test_every_lane_of_every_port_has_a_wait_and_no_other_has() -> None:
    book = WaitBook()
    for port in known_ports():
        for passage in port.passages:
            for lane in Lane:
                assert (book.wait(port.id, passage.direction, lane, NOON) is not None) == (lane in passage.lanes)
    assert book.wait("nowhere", NORTH, Lane.GENERAL, NOON) is None
    assert book.wait("san_ysidro", Direction("US", "CA"), Lane.GENERAL, NOON) is None


@pytest.mark.parametrize("hours", [-2, -0.5, 0, 1, 2])
def test_a_fresh_measurement_is_believed(hours: float) -> None:
    wait = of(WaitBook([Fixed((15, 20, 35))]), NOON + timedelta(hours=hours))
    assert ends(wait) == (900, 1200, 2100)
    assert wait is not None
    assert (wait.basis, wait.measured_at, wait.source) == (WaitBasis.MEASURED, NOON, "test")
    assert wait.age_s == abs(hours) * 3600


@pytest.mark.parametrize("hours", [-23, -2.01, 2.01, 23.9])
def test_an_outdated_measurement_has_the_usual_range_in_its_own(hours: float) -> None:
    wait = of(WaitBook([Fixed((15, 20, 35))]), NOON + timedelta(hours=hours))
    assert ends(wait) == (900, 1200, USUAL_S[2])
    assert wait is not None
    assert (wait.basis, wait.measured_at, wait.age_s) == (WaitBasis.OUTDATED, NOON, pytest.approx(abs(hours) * 3600))
    assert ends(of(WaitBook([Fixed((100, 200, 300))]), NOON + timedelta(hours=hours))) == (USUAL_S[0], 12_000, 18_000)


def test_after_a_day_it_says_nothing() -> None:
    wait = of(WaitBook([Fixed((15, 20, 35))]), NOON + timedelta(hours=24))
    assert wait is not None
    assert (ends(wait), wait.basis, wait.measured_at) == (USUAL_S, WaitBasis.USUAL, None)


def test_a_lane_that_was_closed_is_closed_for_two_hours() -> None:
    book = WaitBook([Fixed(None)])
    assert of(book, NOON + timedelta(hours=2)) is None
    assert ends(of(book, NOON + timedelta(hours=2, seconds=1))) == USUAL_S


def test_the_latest_of_several_sources_counts() -> None:
    older, newer = Fixed((1, 2, 3), NOON - timedelta(minutes=9), "older"), Fixed((4, 5, 6), NOON, "newer")
    for sources in ([older, newer], [newer, older]):
        wait = of(WaitBook(sources))
        assert wait is not None
        assert (wait.likely_s, wait.source) == (300, "newer")


def test_a_moment_needs_its_time_zone() -> None:
    with pytest.raises(BadInput, match="time zone"):
        of(WaitBook(), datetime(2026, 11, 23, 12))  # noqa: DTZ001


def test_our_form() -> None:
    later, closed = (
        row(wait_min=[90, 135, 160], measured_at="2026-11-23T20:01:00Z"),
        row(lane="sentri", wait_min=..., closed=True),
    )
    found = read(row(), later, row(measured_at="2026-11-23T19:00:00Z", wait_min=1), closed)
    assert found == {
        GENERAL: Measurement(wait_min=(90, 135, 160), measured_at=NOON + timedelta(minutes=1), source="test"),
        GENERAL._replace(lane=Lane.SENTRI): Measurement(wait_min=None, measured_at=NOON, source="test"),
    }


@given(minutes=st.floats(0, 1440))
def test_one_number_becomes_a_range(minutes: float) -> None:
    wait_min = read(row(wait_min=minutes))[GENERAL].wait_min
    assert wait_min is not None
    low, likely, high = wait_min
    assert 0 <= low <= likely == minutes <= high <= 1440
    assert high - low >= 5


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"port": "san_isidro"}, "entry 2, field port: no port"),
        ({"direction": "MX-US"}, "entry 2, field direction: A direction"),
        ({"direction": "MX>CA"}, "entry 2, field direction: one cannot"),
        ({"lane": "pedestrian"}, "entry 2, field lane: san_ysidro has in this direction only general, ready, sentri"),
        ({"lane": "slow"}, "entry 2, field lane: Invalid enum value 'slow'"),
        ({"measured_at": "2026-11-23T12:00:00"}, "entry 2, field measured_at: add the time zone"),
        ({"measured_at": "noon"}, "entry 2, field measured_at: Invalid RFC3339"),
        ({"measured_at": ...}, "entry 2, .*measured_at"),
        ({"wait_min": -1}, "entry 2, field wait_min: give minutes"),
        ({"wait_min": 1441}, "entry 2, field wait_min: give minutes"),
        ({"wait_min": float("nan")}, "entry 2, field wait_min: give minutes"),
        ({"wait_min": float("inf")}, "entry 2, field wait_min: give minutes"),
        ({"wait_min": [3, 2, 1]}, "entry 2, field wait_min: give minutes"),
        ({"wait_min": [1, 2]}, "entry 2, field wait_min"),
        ({"wait_min": "20"}, "entry 2, field wait_min"),
        ({"wait_min": ...}, "entry 2, field wait_min: give either"),
        ({"closed": True}, "entry 2, field wait_min: give either"),
        ({"wait": 20}, "entry 2, .*`wait`"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(BadFile, match=f"^waits.json, {says}"):
        read(row(), row(**fields))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"source": "x",\n"waits": [,]}', "line 2, column 11"),
        (b"", "line 1"),
        (b"[]", "the whole"),
        (b'{"waits": []}', "source"),
        (b'{"source": "x", "waits": 7}', "waits"),
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "cannot|can be read"),
        (b"1" * 5000, "can be read"),
        (json.dumps({"source": "x", "waits": [row(wait_min=10**400)]}).encode(), "waits.json"),
    ],
)
def test_a_text_that_cannot_be_used_says_where(content: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        measurements_from_json(content, "waits.json", known_ports())


def test_the_example_of_the_handbook(tmp_path: Path) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", (REPOSITORY / "docs" / "borders.md").read_text("utf-8"), re.DOTALL)
    path = tmp_path / "waits.json"
    path.write_text(example, "utf-8")
    book = WaitBook([FileWaits(path)])
    at = datetime.fromisoformat(json.loads(example)["waits"][0]["measured_at"])
    assert [wait and wait.basis for lane in Lane if (wait := book.wait("san_ysidro", NORTH, lane, at))].count(
        WaitBasis.MEASURED
    ) == 2
    assert book.wait("otay_mesa", NORTH, Lane.SENTRI, at) is None, "closed"
