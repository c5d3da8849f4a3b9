"""Open, closed or unknown, by the facility's own clock; the cases are data."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directory.hours import HoursState, hours_at, undated_ranges, week
from finder.domain.facility import Address, Facility
from finder.domain.hours import DAYS_NOT_STATED, HOLIDAY_NOT_STATED
from finder.loading.clean_hours import joined_hours
from tests.conftest import REPOSITORY
from tests.directory.conftest import facility

CASES = json.loads((REPOSITORY / "tests/cases/opening_hours.json").read_text())


def place(hours: str | None, zone: str | None = "America/Tijuana", country: str = "MX") -> Facility:
    return facility("x", -117.0, 32.5, opening_hours=hours, time_zone=zone, address=Address(country=country))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_state_at_a_moment(case: dict[str, str]) -> None:
    now = hours_at(place(case["hours"], case["zone"], case["country"]), datetime.fromisoformat(case["at"]))
    until = case["until"] and datetime.fromisoformat(case["until"])
    # In UTC: Python holds a local time in the hour that comes twice for equal to no other zone's.
    assert (now.state, now.until and now.until.astimezone(UTC)) == (HoursState(case["state"]), until)
    if "then" in case:
        assert now.then == case["then"]


def shown(hours: str, start: date) -> list[str]:
    return [
        "?" if day.unknown else " ".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in day.ranges) or "closed"
        for day in week(place(hours), start)
    ]


def test_a_week_of_split_days_nights_and_rest() -> None:
    monday = date(2026, 11, 23)
    assert shown("Mo-Th 08:00-13:00,15:00-19:00; Fr 20:00-02:00", monday) == [
        *["08:00-13:00 15:00-19:00"] * 4,
        "20:00-02:00",
        "closed",
        "closed",
    ]


def test_a_week_that_nobody_knows() -> None:
    assert shown('"call us"', date(2026, 11, 23)) == ["?"] * 7
    assert all(day.unknown for day in week(place(None), date(2026, 11, 23)))


def test_a_week_of_hours_without_days() -> None:
    hours = '08:00-13:00,15:00-19:00 "days not stated"; Su off'
    assert shown(hours, date(2026, 11, 23)) == [*["?"] * 6, "closed"]
    monday = week(place(hours), date(2026, 11, 23))[0]
    assert (monday.ranges, monday.comment) == ((), DAYS_NOT_STATED)


def test_a_week_with_a_holiday() -> None:
    """Christmas is a Friday; its evening's end belongs to it, and Saturday is told of itself alone."""
    wednesday = date(2026, 12, 23)
    assert shown("Mo-Sa 20:00-02:00", wednesday)[:5] == ["20:00-02:00", "20:00-00:00", "?", "20:00-02:00", "closed"]
    eve, christmas, saturday = week(place("Mo-Sa 20:00-02:00"), wednesday)[1:4]
    assert (eve.comment, christmas.comment, saturday.comment) == (None, HOLIDAY_NOT_STATED, None)
    assert shown("Sa 09:00-12:00", wednesday)[2] == "closed"
    assert shown("Mo-Fr 08:00-18:00; PH off", wednesday)[2] == "closed"
    assert shown("24/7", wednesday)[2] == "00:00-00:00"


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ('07:00-14:30 "days not stated"', [("07:00", "14:30")]),
        ('08:00-13:00, 15:00-19:00 "days not stated"; Su off', [("08:00", "13:00"), ("15:00", "19:00")]),
        ('Su off; 20:00-02:00 "days not stated"', [("20:00", "02:00")]),
        ('13:00-24:00 "days not stated" || "call"', [("13:00", "00:00")]),
        ("07:00-14:30", []),
        ('07:00-14:30 "by appointment"', []),
        ('Mo-Fr 07:00-14:30 "days not stated"', []),  # it contradicts itself: unknown, and nothing is told of the times
        ("24/7", []),
        ("nonsense", []),
        (None, []),
    ],
)
def test_the_ranges_without_days(hours: str | None, expected: list[tuple[str, str]]) -> None:
    times = tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in expected)
    assert undated_ranges(place(hours)) == times


@given(st.integers(5, 9), st.integers(8, 13), st.sampled_from([0, 15, 30]), st.integers(0, 7 * 48))
def test_hours_of_a_file_without_days_are_never_open(hour: int, lasting: int, minute: int, half_hour: int) -> None:
    """As loading writes what a file says in two columns, from and to."""
    begin, stop = time(hour, minute), time(hour + lasting, minute)
    one = place(joined_hours(f"{begin:%H:%M}", f"{stop:%H:%M}"))
    assert undated_ranges(one) == ((begin, stop),)
    at = datetime.fromisoformat("2026-11-22T00:10:00-08:00") + timedelta(minutes=30 * half_hour)
    within = begin <= at.time() < stop
    assert hours_at(one, at).state is (HoursState.UNKNOWN if within else HoursState.CLOSED)


@given(
    st.sampled_from(["Mo-Su 20:00-02:00", "24/7", "Mo-Fr 08:00-18:00; PH off", "Su-Mo 22:00-06:00; Tu 09:00-12:00"]),
    st.sampled_from([date(2026, 10, 28), date(2026, 12, 21)]),
    st.integers(0, 7 * 96),
)
def test_a_week_says_the_same_as_each_of_its_moments(hours: str, first: date, quarter: int) -> None:
    """Over a change of the clocks too, on 1 November, when Tijuana falls back; and over a holiday."""
    one = place(hours)
    days = week(one, first, days=9)
    start = datetime.combine(first + timedelta(days=1), time(7, 7), UTC)
    at = start + timedelta(minutes=15 * quarter)
    within = any(begin <= at < end for day in days for begin, end in day.ranges)
    assert within == (hours_at(one, at).state is HoursState.OPEN)
