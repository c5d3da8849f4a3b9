"""The hours of whole days, as a list of them is shown."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from finder.directory.hours.rules import OVERNIGHT, HoursState, Interval, rules_of
from finder.domain.facility import Facility
from finder.domain.hours import HOLIDAY_NOT_STATED

__all__ = ["DayHours", "undated_ranges", "week", "week_of"]


class DayHours(msgspec.Struct, frozen=True, kw_only=True):
    """One day: when it opens and closes in local time, in order; none means closed, ``unknown`` means nobody knows."""

    date: date
    ranges: tuple[tuple[datetime, datetime], ...] = ()
    unknown: bool = False
    comment: str | None = None


def week(facility: Facility, from_: date, days: int = 7) -> tuple[DayHours, ...]:
    """Return the days of a facility: :func:`week_of` its own hours, time zone and country."""
    return week_of(facility.opening_hours, facility.time_zone, facility.address.country, from_, days)


def week_of(text: str | None, time_zone: str | None, country: str | None, from_: date, days: int = 7) -> tuple[DayHours, ...]:
    """Return the hours of each of ``days`` days from ``from_``. A range past midnight belongs to the day on which it begins.

    The hours are given as to :func:`finder.directory.hours.hours_of`. A public holiday of which they say nothing is unknown, if
    it is not closed anyway, with the comment :data:`finder.domain.hours.HOLIDAY_NOT_STATED`.
    """
    rules = rules_of(text, time_zone, country) if text and time_zone else None
    if rules is None:
        return tuple(DayHours(date=from_ + timedelta(days=day), unknown=True) for day in range(days))
    # From a day before, to see whether what is open at midnight began the evening before.
    start = datetime.combine(from_ - timedelta(days=1), time(), rules.zone)
    end = datetime.combine(from_ + timedelta(days=days + 1), time(), rules.zone)
    intervals = list(rules.intervals(start, end))
    return tuple(_day(from_ + timedelta(days=day), intervals, rules.zone) for day in range(days))


def undated_ranges(facility: Facility) -> tuple[tuple[time, time], ...]:
    """Return the ranges (from, to) of which no source says on which days they hold, in order; usually none.

    An end that is not after its begin is on the next day.
    """
    text, time_zone = facility.opening_hours, facility.time_zone
    rules = rules_of(text, time_zone, facility.address.country) if text and time_zone else None
    return rules.undated_ranges if rules else ()


def _day(day: date, intervals: Sequence[Interval], zone: ZoneInfo) -> DayHours:
    midnight = datetime.combine(day, time(), zone)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    ranges: list[tuple[datetime, datetime]] = []
    unknown, comments = False, list[str]()
    for interval in intervals:
        begin, end, state, comment = interval
        if end <= midnight or begin >= next_midnight:
            continue
        holiday = comment == HOLIDAY_NOT_STATED
        if holiday and _is_tail(interval, midnight):
            continue
        if comment:
            comments.append(comment)
        if state is HoursState.UNKNOWN:
            unknown = True
        elif state is HoursState.OPEN and not _is_tail(interval, midnight):
            overnight = end - next_midnight < OVERNIGHT
            ranges.append((max(begin, midnight), end if overnight else next_midnight))
    comment = ", ".join(dict.fromkeys(comments)) or None
    return DayHours(date=day, ranges=tuple(ranges), unknown=unknown and not ranges, comment=comment)


def _is_tail(interval: Interval, midnight: datetime) -> bool:
    """Whether it is the rest of the evening before, shown there."""
    return interval.begin < midnight and interval.end - midnight < OVERNIGHT and midnight - interval.begin < timedelta(hours=24)
