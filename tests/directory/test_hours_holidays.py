"""On a public holiday nothing is called open that does not say so; on every other day the grammar's own library is believed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_hours import OpeningHours  # pyright: ignore[reportAttributeAccessIssue]

from finder.directory.hours import HoursState, hours_of
from finder.directory.hours.holidays import holidays_between
from finder.domain.hours import HOLIDAY_NOT_STATED

PLACES = [("America/Tijuana", "MX"), ("America/Los_Angeles", "US"), ("Europe/Helsinki", "FI")]

# By the laws themselves: 5 U.S.C. 6103; Ley Federal del Trabajo, art. 74. Both the day and the day off given for it.
US_2026 = "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 11-11 11-26 12-25"
US_2027 = "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 11-11 11-25 12-24 12-25 12-31"
MX_2026 = "01-01 02-02 03-16 05-01 09-16 11-16 12-25"


@pytest.mark.parametrize(("country", "year", "days"), [("US", 2026, US_2026), ("US", 2027, US_2027), ("MX", 2026, MX_2026)])
def test_the_holidays_of_a_year(country: str, year: int, days: str) -> None:
    # 31 December 2027 is the day off for Saturday 1 January 2028.
    holidays = holidays_between(country, date(year, 1, 1), date(year, 12, 31))
    assert " ".join(f"{day:%m-%d}" for day in holidays.all) == days


def test_the_holidays_of_two_years_and_of_nowhere() -> None:
    assert holidays_between("MX", date(2026, 12, 25), date(2027, 1, 1)).all == (date(2026, 12, 25), date(2027, 1, 1))
    assert holidays_between("MX", date(2026, 12, 26), date(2026, 12, 31)).all == ()
    assert holidays_between("XX", date(2026, 1, 1), date(2026, 12, 31)).all == ()
    assert holidays_between(None, date(2026, 1, 1), date(2026, 12, 31)).all == ()
    # Beyond the years that the library knows, the holidays of a fixed date are left.
    assert date(2190, 12, 25) in holidays_between("US", date(2190, 1, 1), date(2190, 12, 31)).all


@st.composite
def plain_hours(draw: st.DrawFn) -> str:
    """Rules for days of the week and hours, past midnight too; nothing of holidays, no comment, never 24/7."""
    names = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
    rules: list[str] = []
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=7, unique=True)):
        begin, lasting = draw(st.integers(0, 47)), draw(st.integers(1, 36))
        end = begin + lasting
        rules.append(f"{name} {begin // 2:02}:{begin % 2 * 30:02}-{end // 2:02}:{end % 2 * 30:02}")
    return "; ".join(rules)


def moments(first: str, days: int) -> st.SearchStrategy[datetime]:
    start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return st.integers(0, days * 24 * 12).map(lambda step: start + timedelta(minutes=5 * step))


@given(plain_hours(), st.sampled_from(PLACES), moments("2026-01-01", 800))
def test_ordinary_days_are_as_the_library_has_them(text: str, place: tuple[str, str], at: datetime) -> None:
    zone, country = place
    local = at.astimezone(ZoneInfo(zone))
    days = [local.date() - timedelta(days=1), local.date()]
    now = hours_of(text, zone, country, at)
    theirs = OpeningHours(text, timezone=ZoneInfo(zone), country=country)
    if holidays_between(country, *days).all:
        # The evening of the day before may go on; else nothing but what is closed is known.
        assert now.state is HoursState.CLOSED or not theirs.is_closed(local)
        assert (now.state is HoursState.CLOSED) == theirs.is_closed(local)
    elif local.utcoffset() == local.replace(fold=1).utcoffset():  # in the hour that comes twice the library knows one
        assert now.state == str(theirs.state(local)[0])


@given(plain_hours(), st.sampled_from(PLACES), moments("2026-01-01", 800))
def test_nothing_is_open_on_a_holiday(text: str, place: tuple[str, str], at: datetime) -> None:
    zone, country = place
    now = hours_of(text, zone, country, at)
    today = at.astimezone(ZoneInfo(zone)).date()
    if holidays_between(country, today, today).all:
        assert now.state is not HoursState.OPEN
    if now.state is HoursState.UNKNOWN:
        assert now.comment == HOLIDAY_NOT_STATED


@given(
    st.sampled_from(['"call"', 'unknown "ask"', "Mo-Su unknown", '"call" || "ask"', '"open 24/7"', 'Mo-Su "by appointment"']),
    st.sampled_from(PLACES),
    moments("2026-01-01", 400),
)
def test_a_comment_alone_is_never_open(text: str, place: tuple[str, str], at: datetime) -> None:
    assert hours_of(text, *place, at).state is HoursState.UNKNOWN


@given(
    plain_hours(), st.sampled_from(PLACES[:2]), moments("2026-03-05", 10) | moments("2026-10-29", 10) | moments("2026-12-22", 12)
)
def test_until_is_when_the_state_changes(text: str, place: tuple[str, str], at: datetime) -> None:
    """Over both changes of the clocks, and Christmas and New Year: the state holds up to ``until``, and is ``then`` there."""
    now = hours_of(text, *place, at)
    assert now.until is not None
    until = now.until.astimezone(UTC)
    assert until > at
    for part in (0.25, 0.5, 0.75):
        assert hours_of(text, *place, at + part * (until - at)).state == now.state
    assert hours_of(text, *place, until - timedelta(seconds=1)).state == now.state
    assert hours_of(text, *place, until).state == now.then
