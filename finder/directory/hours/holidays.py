"""The public holidays of a country: the days on which nobody can infer from the usual hours that a place is open.

They are those of the hours' own library. Where a holiday at the weekend gives a working day off instead, that library has only
the day off (in 2026 the United States' Friday 3 July, not Saturday 4 July; Mexico's 30 April 2027, not 1 May), though the place
may be shut on both. Hence a date that is a holiday in every year that has it on a Tuesday, Wednesday or Thursday, the days that
are never moved, counts as one on every day of the week. A holiday that moves by rule ("third Monday") is never such a date.
Holidays of states and towns, and those that custom keeps and no law, are not known here.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from opening_hours import OpeningHours, UnknownCountryError  # pyright: ignore[reportAttributeAccessIssue]

__all__ = ["Holidays", "holidays_between"]

_FIXED_YEARS: Final = range(2026, 2054)
"""28 years hold each date on each day of the week four times, and begin after the youngest holidays became law."""
_NEVER_MOVED: Final = {1, 2, 3}
_DAY: Final = timedelta(days=1)


class Holidays(NamedTuple):
    """Days in ascending order. ``unlisted`` are those of ``all`` that the hours' library does not know when it reads ``PH``."""

    all: tuple[date, ...]
    unlisted: tuple[date, ...]


@lru_cache(maxsize=4096)
def holidays_between(country: str | None, first: date, last: date) -> Holidays:
    """Return the public holidays from ``first`` to ``last``, both included; none for a country that has no calendar.

    ``country`` is an ISO 3166-1 alpha-2 code.
    """
    if country is None:
        return Holidays((), ())
    years = [_holidays_of(country, year) for year in range(first.year, last.year + 1)]
    every = tuple(day for year in years for day in year.all if first <= day <= last)
    unlisted = tuple(day for year in years for day in year.unlisted if first <= day <= last)
    return Holidays(every, unlisted)


@lru_cache(maxsize=1024)
def _holidays_of(country: str, year: int) -> Holidays:
    listed = _listed(country, year, year)
    # 29 February is no country's holiday, and no date of most years.
    fixed = {date(year, month, day) for month, day in _fixed_dates(country)}
    return Holidays(tuple(sorted(listed | fixed)), tuple(sorted(fixed - listed)))


@lru_cache(maxsize=256)
def _fixed_dates(country: str) -> frozenset[tuple[int, int]]:
    """Return the (month, day) of holidays that are on that date by law."""
    listed = _listed(country, _FIXED_YEARS[0], _FIXED_YEARS[-1])
    dates = {(day.month, day.day) for day in listed} - {(2, 29)}
    return frozenset(
        (month, day)
        for month, day in dates
        if all(at in listed for year in _FIXED_YEARS if (at := date(year, month, day)).weekday() in _NEVER_MOVED)
    )


def _listed(country: str, first_year: int, last_year: int) -> set[date]:
    """Return the days that the library reads as ``PH``; their own time zone does not matter for which dates they are."""
    try:
        rule = OpeningHours("PH", country=country, auto_timezone=False)
    except UnknownCountryError:
        return set()
    days = set[date]()
    for begin, end, state, _ in rule.intervals(datetime(first_year, 1, 1), datetime(last_year + 1, 1, 1)):  # noqa: DTZ001
        if str(state) == "open":
            days.update(begin.date() + day * _DAY for day in range((end - begin) // _DAY))
    return days
