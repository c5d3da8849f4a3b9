"""Whether a facility is open, by its own clock: open, closed, or unknown. Unknown is never shown as open."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from opening_hours import OpeningHours, ParserError, UnknownCountryError  # pyright: ignore[reportAttributeAccessIssue]

from finder.domain.facility import Facility
from finder.domain.hours import DAYS_NOT_STATED

__all__ = ["DayHours", "HoursNow", "HoursState", "hours_at", "undated_ranges", "week"]

HORIZON = timedelta(days=35)
"""How far ahead a change of state is looked for; hours that never change would be searched for centuries."""

_OUTSIDE_QUOTES = r'(?:"[^"]*"|[^"{}])+'
_FALLBACKS = re.compile(_OUTSIDE_QUOTES.format("|"))
_RULES = re.compile(_OUTSIDE_QUOTES.format(";,"))
_COMMENT = re.compile(r'"([^"]*)"')
_TIMES = re.compile(r"(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)")
_UNDATED = re.compile(rf'(?:^|;|\|\|)\s*((?:{_TIMES.pattern.replace("(", "(?:")}\s*(?:,\s*)?)+)"{DAYS_NOT_STATED}"')
_SAYS_WHEN = re.compile(r"\d:\d\d|24/7|sunrise|sunset|dawn|dusk|off|closed")


class HoursState(StrEnum):
    """Whether people are seen."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class HoursNow(msgspec.Struct, frozen=True, kw_only=True):
    """The state at a moment, until when it lasts in the facility's time zone, and the state ``then``.

    Both are None when nothing changes within 35 days.
    """

    state: HoursState
    until: datetime | None = None
    then: HoursState | None = None
    comment: str | None = None


class DayHours(msgspec.Struct, frozen=True, kw_only=True):
    """One day: when it opens and closes in local time, in order; none means closed, ``unknown`` means nobody knows."""

    date: date
    ranges: tuple[tuple[datetime, datetime], ...] = ()
    unknown: bool = False
    comment: str | None = None


UNKNOWN = HoursNow(state=HoursState.UNKNOWN)


class _Interval(NamedTuple):
    begin: datetime
    end: datetime
    state: HoursState
    comment: str | None


def hours_at(facility: Facility, at: datetime) -> HoursNow:
    """Return the state at an aware moment: unknown when no hours, no time zone or no readable hours are given.

    Unknown, too, within hours of which no source says on which days they hold (:func:`undated_ranges`); outside of them it
    is closed whatever the day.
    """
    hours = _hours_of(facility)
    if hours is None:
        return UNKNOWN
    local = at.astimezone(hours.zone)
    intervals = hours.intervals(local, local + HORIZON)
    now, following = next(intervals), next(intervals, None)
    if following is None:
        return HoursNow(state=now.state, comment=now.comment)
    return HoursNow(state=now.state, until=now.end, then=following.state, comment=now.comment)


def week(facility: Facility, from_: date, days: int = 7) -> tuple[DayHours, ...]:
    """Return the hours of each of ``days`` days from ``from_``. A range past midnight belongs to the day on which it begins."""
    hours = _hours_of(facility)
    if hours is None:
        return tuple(DayHours(date=from_ + timedelta(days=day), unknown=True) for day in range(days))
    # From a day before, to see whether what is open at midnight began the evening before.
    start = datetime.combine(from_ - timedelta(days=1), time(), hours.zone)
    end = datetime.combine(from_ + timedelta(days=days + 1), time(), hours.zone)
    intervals = list(hours.intervals(start, end))
    return tuple(_day(from_ + timedelta(days=day), intervals, hours.zone) for day in range(days))


def undated_ranges(facility: Facility) -> tuple[tuple[time, time], ...]:
    """Return the ranges (from, to) of which no source says on which days they hold, in order; usually none.

    An end that is not after its begin is on the next day.
    """
    hours = _hours_of(facility)
    return hours.undated_ranges if hours else ()


def _day(day: date, intervals: Sequence[_Interval], zone: ZoneInfo) -> DayHours:
    midnight = datetime.combine(day, time(), zone)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    ranges: list[tuple[datetime, datetime]] = []
    unknown, comments = False, list[str]()
    for begin, end, state, comment in intervals:
        if end <= midnight or begin >= next_midnight:
            continue
        if comment:
            comments.append(comment)
        if state is HoursState.UNKNOWN:
            unknown = True
        elif state is HoursState.OPEN:
            if begin < midnight and end - midnight < timedelta(hours=12) and midnight - begin < timedelta(hours=24):
                continue  # the tail of the evening before, shown there
            overnight = end - next_midnight < timedelta(hours=12)
            ranges.append((max(begin, midnight), end if overnight else next_midnight))
    comment = ", ".join(dict.fromkeys(comments)) or None
    return DayHours(date=day, ranges=tuple(ranges), unknown=unknown and not ranges, comment=comment)


class _Hours:
    """The hours of one facility: the rules in the order in which one falls back on the next."""

    def __init__(self, text: str, rules: Sequence[OpeningHours], zone: ZoneInfo) -> None:
        self._rules = rules
        self._not_open = _bare_comments(text) | {DAYS_NOT_STATED}
        self.undated_ranges = _undated_ranges(text)
        self.zone = zone

    def intervals(self, start: datetime, end: datetime) -> Iterator[_Interval]:
        """Yield the states from ``start`` to ``end``, each as long as it lasts, without a gap."""
        for (state, comment), alike in groupby(self._pieces(self._rules, start, end), lambda piece: piece[2:]):
            first, *others = alike
            yield _Interval(first.begin, others[-1].end if others else first.end, state, comment)

    def _pieces(self, rules: Sequence[OpeningHours], start: datetime, end: datetime) -> Iterator[_Interval]:
        # The library reads "||" too, but from a day on which the fallback holds it never comes back to the rule before.
        rule, *fallbacks = rules
        for begin, stop, raw_state, comment in rule.intervals(start, end):
            state = HoursState(str(raw_state))
            if state is HoursState.CLOSED and not comment and fallbacks:
                yield from self._pieces(fallbacks, begin, stop)
            elif state is HoursState.OPEN and comment in self._not_open:
                yield _Interval(begin, stop, HoursState.UNKNOWN, comment)
            else:
                yield _Interval(begin, stop, state, comment or None)


def _hours_of(facility: Facility) -> _Hours | None:
    if not facility.opening_hours or not facility.time_zone:
        return None
    return _parsed(facility.opening_hours, facility.time_zone, facility.address.country)


@lru_cache(maxsize=4096)
def _parsed(text: str, time_zone: str, country: str | None) -> _Hours | None:
    try:
        zone = ZoneInfo(time_zone)
        rules = [OpeningHours(rule.strip(), timezone=zone, country=country) for rule in _FALLBACKS.findall(text)]
    except UnknownCountryError:
        return _parsed(text, time_zone, None)
    except (ParserError, SyntaxError, ValueError, KeyError):
        return None
    return _Hours(text, rules, zone) if rules else None


def _bare_comments(text: str) -> frozenset[str]:
    """Return the comments of rules that say nothing else of when: ``Sa "by appointment"``. The grammar calls that open."""
    rules = ((_COMMENT.findall(rule), _COMMENT.sub("", rule)) for rule in _RULES.findall(text.replace("||", ";")))
    return frozenset(comment for comments, rest in rules if not _SAYS_WHEN.search(rest) for comment in comments)


def _undated_ranges(text: str) -> tuple[tuple[time, time], ...]:
    found = [map(int, numbers) for rule in _UNDATED.findall(text) for numbers in _TIMES.findall(rule)]
    return tuple((time(hour % 24, minute), time(to_hour % 24, to_minute)) for hour, minute, to_hour, to_minute in found)
