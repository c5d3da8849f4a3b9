"""Deadlines: every law and kind has one, with its source; counted as NumPy and the calendar do."""

import json
from datetime import date, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.rights import Law, RequestKind
from finder.privacy.deadlines import Deadline, deadlines, due_on
from tests.conftest import REPOSITORY

CASES = json.loads((REPOSITORY / "tests/cases/deadlines.json").read_text())
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_known_days(case: dict[str, str]) -> None:
    assert due_on(Law(case["law"]), RequestKind(case["kind"]), date.fromisoformat(case["received"])) == date.fromisoformat(
        case["due"]
    )


def test_every_request_has_a_deadline_with_its_source() -> None:
    table = deadlines()
    assert set(table) == set(Law)
    for law, of_law in table.items():
        assert set(of_law) == set(RequestKind)
        for deadline in of_law.values():
            source = deadline.source
            if source.startswith("as "):
                named_law, _, kind = source.removeprefix("as ").rpartition(".")
                assert named_law == law
                source = of_law[RequestKind(kind)].source
            assert len(source) > 40


@given(DAYS, st.integers(0, 60))
def test_working_days_are_numpys(received: date, count: int) -> None:
    """Which counts from the last working day before a weekend, as we do."""
    expected = np.busday_offset(received, count, roll="backward").astype(date) if count else received
    assert Deadline(source="", read=received, working_days=count).last_day(received) == expected


@given(DAYS)
def test_a_month_is_never_longer_than_one(received: date) -> None:
    due = due_on(Law.EUROPE, RequestKind.ACCESS, received)
    next_month = (received.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert (due.year, due.month) == (next_month.year, next_month.month)
    assert due.day == received.day or (due.day < received.day and (due + timedelta(days=1)).day == 1)


@pytest.mark.parametrize("units", [{}, {"months": 1, "working_days": 2}])
def test_a_row_of_the_table_has_one_unit(units: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError, match="one of"):
        msgspec.convert({"source": "", "read": date(2026, 11, 23), **units}, Deadline)


@pytest.mark.parametrize("told", [{}, {"read": date(2026, 11, 23), "unread": "from memory"}])
def test_a_row_says_that_its_source_was_read_or_that_it_was_not(told: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError, match="unread"):
        msgspec.convert({"source": "", "months": 1, **told}, Deadline)
