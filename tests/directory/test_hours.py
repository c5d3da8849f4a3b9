"""Open, closed or unknown, by the facility's own clock; the cases are data."""

import json
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directory.hours import HoursState, hours_at, week
from finder.domain.facility import Address, Facility
from tests.conftest import REPOSITORY
from tests.directory.conftest import facility

CASES = json.loads((REPOSITORY / "tests/cases/opening_hours.json").read_text())


def place(hours: str | None, zone: str | None = "America/Tijuana", country: str = "MX") -> Facility:
    return facility("x", -117.0, 32.5, opening_hours=hours, time_zone=zone, address=Address(country=country))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_state_at_a_moment(case: dict[str, str]) -> None:
    now = hours_at(place(case["hours"], case["zone"], case["country"]), datetime.fromisoformat(case["at"]))
    until = case["until"] and datetime.fromisoformat(case["until"])
    assert (now.state, now.until) == (HoursState(case["state"]), until)
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


@given(
    st.sampled_from(["Mo-Su 20:00-02:00", "24/7", "Mo-Fr 08:00-18:00; PH off", "Su-Mo 22:00-06:00; Tu 09:00-12:00"]),
    st.integers(0, 7 * 96),
)
def test_a_week_says_the_same_as_each_of_its_moments(hours: str, quarter: int) -> None:
    """Over a change of the clocks too: the week holds 1 November, when Tijuana falls back."""
    one = place(hours)
    days = week(one, date(2026, 10, 28), days=9)
    start = datetime.fromisoformat("2026-10-29T07:07:00+00:00")
    at = start + timedelta(minutes=15 * quarter)
    within = any(begin <= at < end for day in days for begin, end in day.ranges)
    assert within == (hours_at(one, at).state is HoursState.OPEN)
