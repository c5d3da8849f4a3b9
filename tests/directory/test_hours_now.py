"""Closing soon, and whether a place is still open when a person gets there."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directions.estimate import TravelTime
from finder.directory.hours import CLOSES_SOON, HoursState, hours_at, hours_of, hours_over, now_and_arrival
from finder.errors import BadInput
from tests.directory.conftest import facility

TEXTS = (
    "Mo-Fr 08:00-13:00,14:30-18:00",
    "24/7",
    "Mo-Su 22:00-06:00",
    'Mo-Fr 09:00-17:00; Sa "by appointment"',
    "Jan 08:00-12:00",
    "nonsense",
)
TIJUANA = ("America/Tijuana", "MX")
DAY_BY_DAY = """
from datetime import datetime
from finder.directory.hours import hours_of
for at in ("2026-12-24T18:00+00:00", "2026-12-25T03:30+00:00", "2026-12-25T04:00+00:00", "2026-12-25T18:00+00:00"):
    at = datetime.fromisoformat(at)
    now = hours_of("Mo-Su 08:00-20:00", "America/Tijuana", "MX", at)
    print(now.state, now.closes_soon(at), now.minutes_left(at), now.until.isoformat())
"""


@pytest.mark.parametrize("server_zone", ["UTC", "Asia/Tokyo", "America/Tijuana"])
def test_open_then_closing_then_closed_then_a_holiday_wherever_the_server_stands(server_zone: str) -> None:
    """24 December 10:00, 19:30 and 20:00 in Tijuana, then Christmas, of which its hours say nothing."""
    told = subprocess.run(
        [sys.executable, "-c", DAY_BY_DAY], env={**os.environ, "TZ": server_zone}, capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines() == [
        "open False 600 2026-12-24T20:00:00-08:00",
        "open True 30 2026-12-24T20:00:00-08:00",
        "closed False None 2026-12-25T08:00:00-08:00",
        "unknown False None 2026-12-25T20:00:00-08:00",
    ]


@given(st.integers(0, 24 * 60), st.integers(-12, 14))
def test_the_minutes_left(minute: int, offset: int) -> None:
    """Whatever zone the moment is told in."""
    at = datetime.fromisoformat("2026-11-24T00:00:00-08:00") + timedelta(minutes=minute, seconds=30)
    at = at.astimezone(timezone(timedelta(hours=offset)))
    now = hours_of("Mo-Fr 08:00-18:00", *TIJUANA, at)
    left = 18 * 60 - minute - 1 if 8 * 60 <= minute < 18 * 60 else None
    assert now.minutes_left(at) == left
    assert now.closes_soon(at) == (left is not None and left < 60)


def test_the_last_hour_begins_an_hour_before() -> None:
    closing = datetime.fromisoformat("2026-11-24T18:00:00-08:00")
    for at, soon in ((closing - CLOSES_SOON, True), (closing - CLOSES_SOON - timedelta(seconds=1), False), (closing, False)):
        assert hours_of("Mo-Fr 08:00-18:00", *TIJUANA, at).closes_soon(at) is soon
    always = hours_of("24/7", *TIJUANA, closing)
    assert (always.closes_soon(closing), always.minutes_left(closing)) == (False, None)


def test_minutes_left_count_real_minutes_where_the_clocks_go_back() -> None:
    """From 00:30 on the clock to 01:30 on the clock is two hours on 1 November."""
    at = datetime.fromisoformat("2026-11-01T07:30:00+00:00")
    now = hours_of("20:00-01:30", *TIJUANA, at)
    assert now.minutes_left(at) == 120
    assert not now.closes_soon(at)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="time zone"):
        hours_of("24/7", *TIJUANA, datetime(2026, 11, 24, 12))  # noqa: DTZ001


def travel(min_minutes: float, likely_minutes: float, max_minutes: float) -> TravelTime:
    return TravelTime(likely_s=60 * likely_minutes, min_s=60 * min_minutes, max_s=60 * max_minutes)


@pytest.mark.parametrize(
    ("leaves", "way", "states", "may_be_closed", "minutes"),
    [
        ("12:00", (10, 20, 30), "open open open", False, 40),
        ("12:35", (10, 20, 30), "open open closed", True, 5),
        ("12:35", (10, 20, 25), "open open closed", True, 5),  # at the very closing
        ("12:50", (5, 20, 30), "open closed closed", False, None),
        ("07:50", (5, 15, 30), "closed open open", False, 295),
        ("12:30", (10, 20, 150), "open open open", True, 10),  # closed between 13:00 and 14:30
        ("18:00", (10, 20, 30), "closed closed closed", False, None),
    ],
)
def test_the_state_on_arrival(
    leaves: str, way: tuple[float, float, float], states: str, may_be_closed: bool, minutes: int | None
) -> None:
    at = datetime.fromisoformat(f"2026-11-24T{leaves}:00-08:00")
    _, there = now_and_arrival("Mo-Fr 08:00-13:00,14:30-18:00", *TIJUANA, at, travel(*way))
    assert f"{there.earliest} {there.state} {there.latest}" == states
    assert (there.may_be_closed, there.minutes_to_close) == (may_be_closed, minutes)
    assert there.at == at + timedelta(minutes=way[1])


def test_what_may_be_closed_on_arrival_is_told_and_what_nobody_knows_too() -> None:
    at = datetime.fromisoformat("2026-11-24T17:30:00-08:00")
    now, there = now_and_arrival("Mo-Fr 08:00-18:00", *TIJUANA, at, travel(10, 20, 40))
    assert (now.state, there.may_be_closed) == (HoursState.OPEN, True)
    now, there = now_and_arrival(None, *TIJUANA, at, travel(10, 20, 40))
    assert (now.state, there.state, there.may_be_closed, there.minutes_to_close) == (
        HoursState.UNKNOWN,
        HoursState.UNKNOWN,
        False,
        None,
    )


@given(st.sampled_from(TEXTS), st.integers(0, 400 * 24 * 60), st.lists(st.integers(0, 60 * 24 * 60), min_size=1, max_size=6))
def test_several_moments_at_once_are_what_each_is_alone(text: str, start_min: int, after_min: list[int]) -> None:
    start = datetime.fromisoformat("2026-01-01T00:00:00+00:00") + timedelta(minutes=start_min)
    moments = [start + timedelta(minutes=minutes) for minutes in sorted(after_min)]
    assert hours_over(text, *TIJUANA, moments) == [hours_over(text, *TIJUANA, [moment])[0] for moment in moments]


def test_a_way_over_the_change_of_the_clocks_takes_its_own_time() -> None:
    """An hour from 01:30 on 8 March is 03:30, when Tijuana springs forward."""
    at = datetime.fromisoformat("2026-03-08T09:30:00+00:00")
    _, there = now_and_arrival("Mo-Su 03:00-04:00", *TIJUANA, at, travel(30, 60, 90))
    assert (there.state, there.minutes_to_close, there.at) == (HoursState.OPEN, 30, at.astimezone(UTC) + timedelta(hours=1))
    assert hours_at(facility("z", -117.0, 32.5, opening_hours="24/7", time_zone="America/Tijuana"), at).state is HoursState.OPEN


def test_five_weeks_on_may_be_an_hour_that_no_clock_shows() -> None:
    """02:22 on 14 March 2027 is skipped in Los Angeles; what opens then is asked 35 days before."""
    at = datetime.fromisoformat("2027-02-07T02:22:00-08:00")
    assert hours_of("Mo-Fr 08:00-18:00", "America/Los_Angeles", "US", at).state is HoursState.CLOSED


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("moment", [datetime.min, datetime(1900, 1, 31), datetime(9999, 1, 2), datetime.max])  # noqa: DTZ001, DTZ901
@pytest.mark.parametrize("offset", [-12, 0, 14])
def test_hours_at_the_ends_of_the_calendar_are_unknown(text: str, moment: datetime, offset: int) -> None:
    at = moment.replace(tzinfo=timezone(timedelta(hours=offset)))
    assert hours_of(text, *TIJUANA, at).state is HoursState.UNKNOWN
    assert hours_of(text, "Pacific/Kiritimati", "KI", at).state is HoursState.UNKNOWN


@pytest.mark.parametrize("year", [1900, 1970, 9998])
@pytest.mark.parametrize("zone", ["America/Tijuana", "Pacific/Kiritimati", "UTC"])
def test_hours_within_the_calendar_are_known(year: int, zone: str) -> None:
    at = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert hours_of("24/7", zone, None, at).state is HoursState.OPEN
    assert hours_of("Mo-Su 08:00-08:01", zone, None, at).state is HoursState.CLOSED


def test_moments_on_both_sides_of_what_is_known() -> None:
    moments = [datetime.fromisoformat(f"{year}-06-01T12:00:00+00:00") for year in ("0001", "2026", "9999")]
    states = [now.state for now in hours_over("24/7", *TIJUANA, moments)]
    assert states == [HoursState.UNKNOWN, HoursState.OPEN, HoursState.UNKNOWN]
