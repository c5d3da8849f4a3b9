"""Hours of FHIR as opening hours, evaluated by opening-hours-py, which nobody here wrote."""

from datetime import datetime, timedelta

import opening_hours
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.loading.row_error import CellProblem
from finder.loading.sources.fhir_hours import FHIR_DAYS, opening_hours_of
from finder.loading.sources.fhir_resources import Hours

MONDAY = datetime(2024, 1, 8)  # noqa: DTZ001 - opening hours are in the time of the place
STEP = 15
"""Minutes between the moments that are compared, and of the times that are drawn."""
WEEK = 7 * 24 * 60


def hours(days: str = "", opens: str | None = None, closes: str | None = None, *, all_day: bool | None = None) -> Hours:
    return Hours(days_of_week=tuple(days.split()), opening_time=opens, closing_time=closes, all_day=all_day)


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ([], None),
        ([hours("mon tue wed thu fri", "08:00:00", "17:00:00")], "Mo-Fr 08:00-17:00"),
        ([hours("sat mon", "08:00:00", "17:00:00")], "Mo,Sa 08:00-17:00"),
        ([hours("mon tue", "08:00:00", "17:00:00"), hours("sat", "09:00:00", "13:00:00")], "Mo,Tu 08:00-17:00; Sa 09:00-13:00"),
        ([hours("mon", "15:00:00", "19:00:00"), hours("mon", "08:00:00", "13:00:00")], "Mo 08:00-13:00,15:00-19:00"),
        ([hours("mon", "08:00:00", "13:00:00"), hours("mon", "13:00:00", "19:00:00")], "Mo 08:00-19:00"),
        ([hours(all_day=True)], "24/7"),
        ([hours("mon tue wed thu fri sat sun", all_day=True)], "24/7"),
        ([hours("wed", "09:00:00", "10:00:00", all_day=True)], "We 00:00-24:00"),
        ([hours("", "08:00", "20:00")], "Mo-Su 08:00-20:00"),
        ([hours("mon", "00:00:00", "23:59:59.999")], "Mo 00:00-24:00"),
        ([hours("mon", "00:00:00", "23:59:00")], "Mo 00:00-24:00"),
        ([hours("mon", "18:00:00", "00:00:00")], "Mo 18:00-24:00"),
        ([hours("fri sat", "20:00:00", "02:00:00")], "Fr,Sa 20:00-02:00"),
        ([hours("", "20:00:00", "08:00:00")], "Mo-Su 20:00-08:00"),
        ([hours("mon", "20:00:00", "24:00:00"), hours("tue", "00:00:00", "04:00:00")], "Mo 20:00-04:00"),
        # A rule for Tuesday alone would hide what is left of Monday's night.
        ([hours("mon", "20:00", "02:00"), hours("tue", "10:00", "12:00")], "Mo 20:00-24:00; Tu 00:00-02:00,10:00-12:00"),
    ],
)
def test_hours(times: list[Hours], text: str | None) -> None:
    assert opening_hours_of(times) == text


@pytest.mark.parametrize(
    ("given_hours", "words"),
    [
        (hours("mon"), "days but no times"),
        (Hours(), "days but no times"),
        (hours("mon", "08:00:00"), "not both"),
        (hours("mon", None, "08:00:00"), "not both"),
        (hours("mon", "08:30:00", "05:30:00"), "closes before it opens"),
        (hours("mon", "12:30:00", "05:30:00"), "closes before it opens"),
        (hours("mon", "08:30:00", "08:30:00"), "at the same time"),
        (hours("mon", "24:00:00", "08:30:00"), "end of the day"),
        (hours("mon", "8 am", "5 pm"), "no time of the day"),
        (hours("mon", "08:00:00", "25:00:00"), "no time of the day"),
        (hours("mon", "08:00:00", "24:30:00"), "no time of the day"),
        (hours("lunes", "08:00:00", "17:00:00"), "no day of the week"),
    ],
)
def test_hours_that_are_refused(given_hours: Hours, words: str) -> None:
    with pytest.raises(CellProblem, match=words) as told:
        opening_hours_of([hours("sun", all_day=True), given_hours])
    assert told.value.advice


def minutes(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low // STEP, high // STEP).map(lambda steps: steps * STEP)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}:00"


@st.composite
def spans(draw: st.DrawFn) -> tuple[list[int], int, int]:
    """Days, and from and until in minutes after midnight; until may be on the next day for what starts at 13:00 or later."""
    days = draw(st.lists(st.integers(0, 6), min_size=1, unique=True))
    start = draw(minutes(0, 23 * 60 + 45))
    last = start + 24 * 60 - STEP if start >= 13 * 60 else 24 * 60
    return days, start, draw(minutes(start + STEP, last))


@given(st.lists(spans(), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_hours_mean_what_opening_hours_py_reads(drawn: list[tuple[list[int], int, int]]) -> None:
    open_at = {
        (day * 24 * 60 + minute) % WEEK for days, start, end in drawn for day in days for minute in range(start, end, STEP)
    }
    text = opening_hours_of(
        hours(" ".join(FHIR_DAYS[day] for day in days), clock(start), clock(end % (24 * 60) if end > 24 * 60 else end))
        for days, start, end in drawn
    )
    assert text is not None
    read = opening_hours.OpeningHours(text)
    for minute in range(0, WEEK, STEP):
        assert read.is_open(MONDAY + timedelta(minutes=minute)) == (minute in open_at), text
