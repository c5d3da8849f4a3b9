"""Opening hours in OpenStreetMap's grammar, read into states that each last a while: open, closed or unknown.

Two things the grammar and its library call open are not believed. A rule that is a bare comment ("by appointment") says nothing
of when. And usual hours are not known to hold on a public holiday of which the rules say nothing: what would be open then is
unknown from midnight to midnight, and on until it ends where it began that evening. Closed stays closed, 24/7 stays open, and
rules with ``PH`` keep what they say, but for holidays that the library does not know (:mod:`finder.directory.hours.holidays`).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import dropwhile, groupby
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, ParserError, UnknownCountryError  # pyright: ignore[reportAttributeAccessIssue]

from finder.directory.hours.holidays import holidays_between
from finder.domain.hours import DAYS_NOT_STATED, HOLIDAY_NOT_STATED

__all__ = ["OVERNIGHT", "HoursRules", "HoursState", "Interval", "rules_of"]

OVERNIGHT: Final = timedelta(hours=12)
"""What goes on after midnight for less than this belongs to the day on which it began."""
_DAY: Final = timedelta(days=1)

_OUTSIDE_QUOTES = r'(?:"[^"]*"|[^"{}])+'
_FALLBACKS = re.compile(_OUTSIDE_QUOTES.format("|"))
_RULES = re.compile(_OUTSIDE_QUOTES.format(";,"))
_COMMENT = re.compile(r'"([^"]*)"')
_TIMES = re.compile(r"(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)")
_UNDATED = re.compile(rf'(?:^|;|\|\|)\s*((?:{_TIMES.pattern.replace("(", "(?:")}\s*(?:,\s*)?)+)"{DAYS_NOT_STATED}"')
_SAYS_WHEN = re.compile(r"\d:\d\d|24/7|sunrise|sunset|dawn|dusk|off|closed")
_HOLIDAYS = re.compile(r"\bPH\b")
_HOLIDAYS_OFF = re.compile(r"\bPH\b[^;|]*\b(?:off|closed)\b")
_ROUND_THE_CLOCK = re.compile(r'24/7(?: "[^"]*")?')


class HoursState(StrEnum):
    """Whether people are seen."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Interval(NamedTuple):
    """A state from ``begin`` to before ``end``, in local time; ``comment`` is what the source says of it."""

    begin: datetime
    end: datetime
    state: HoursState
    comment: str | None


class HoursRules:
    """The hours of one facility: the rules in the order in which one falls back on the next. Immutable.

    ``zone`` is its time zone, ``undated_ranges`` are those (from, to) of which no source says on which days they hold.
    """

    def __init__(self, text: str, rules: Sequence[OpeningHours], zone: ZoneInfo, country: str | None) -> None:
        bare = _COMMENT.sub("", text)
        commented = bare != text  # most are not, and thousands are read at once
        self._rules = rules
        self._not_open = (_bare_comments(text) if commented else frozenset[str]()) | {DAYS_NOT_STATED}
        self._round_the_clock = _is_round_the_clock(bare, rules[0])
        self._states_holidays = _HOLIDAYS.search(bare) is not None
        self._country = country
        self.undated_ranges = _undated_ranges(text) if commented else ()
        self.zone = zone

    def intervals(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """Yield the states from ``start`` to ``end`` (local), each as long as it lasts, without a gap.

        The first may have begun before ``start``.
        """
        holidays = self._unstated_holidays(start.date() - _DAY, end.date())
        begin = start
        if (holidays and holidays[0] <= start.date()) or _is_ambiguous(start):
            # What began before must be seen from its beginning: whether it is of a holiday's evening, and, as the library
            # knows one hour only where clocks are put back, whether it has ended in the first of the two.
            begin = datetime.combine(start.date() - 2 * _DAY, time(), self.zone)
        pieces = self._cut(self._pieces(self._rules, begin, end), holidays)
        start_utc = start.astimezone(UTC)
        joined = (_joined(list(alike)) for _, alike in groupby(pieces, lambda piece: piece[2:]))
        return dropwhile(lambda piece: piece.end.astimezone(UTC) <= start_utc, joined)

    def _pieces(self, rules: Sequence[OpeningHours], start: datetime, end: datetime) -> Iterator[Interval]:
        # The library reads "||" too, but from a day on which the fallback holds it never comes back to the rule before.
        rule, *fallbacks = rules
        for begin, stop, raw_state, comment in rule.intervals(start, end):
            state = HoursState(str(raw_state))
            if state is HoursState.CLOSED and not comment and fallbacks:
                yield from self._pieces(fallbacks, begin, stop)
            elif state is HoursState.OPEN and comment in self._not_open:
                yield Interval(begin, stop, HoursState.UNKNOWN, comment)
            else:
                yield Interval(begin, stop, state, comment or None)

    def _unstated_holidays(self, first: date, last: date) -> tuple[date, ...]:
        if self._round_the_clock:
            return ()
        holidays = holidays_between(self._country, first, last)
        return holidays.unlisted if self._states_holidays else holidays.all

    def _cut(self, pieces: Iterator[Interval], holidays: Sequence[date]) -> Iterator[Interval]:
        for piece in pieces:
            if holidays and piece.state is HoursState.OPEN:
                yield from self._cut_open(piece, holidays)
            else:
                yield piece

    def _cut_open(self, piece: Interval, holidays: Sequence[date]) -> Iterator[Interval]:
        begin = piece.begin
        for day in holidays:
            midnight, next_midnight = (datetime.combine(at, time(), self.zone) for at in (day, day + _DAY))
            if midnight >= piece.end or begin >= piece.end:
                break
            if next_midnight <= begin:
                continue
            if begin < midnight:
                yield piece._replace(begin=begin, end=midnight)
                begin = midnight
            began_that_day = piece.begin >= midnight and piece.end - next_midnight < OVERNIGHT
            stop = piece.end if began_that_day else min(next_midnight, piece.end)
            yield Interval(begin, stop, HoursState.UNKNOWN, HOLIDAY_NOT_STATED)
            begin = stop
        if begin < piece.end:
            yield piece._replace(begin=begin)


@lru_cache(maxsize=16384)
def rules_of(text: str, time_zone: str, country: str | None) -> HoursRules | None:
    """Read the hours in the time zone and with the holidays of a country (ISO 3166-1 alpha-2); None if nobody can read them."""
    try:
        zone = ZoneInfo(time_zone)
        rules = [OpeningHours(rule.strip(), timezone=zone, country=country) for rule in _FALLBACKS.findall(text)]
    except UnknownCountryError:
        return rules_of(text, time_zone, None)
    except (ParserError, SyntaxError, ValueError, KeyError):
        return None
    return HoursRules(text, rules, zone, country) if rules else None


def _joined(alike: Sequence[Interval]) -> Interval:
    return alike[0]._replace(end=alike[-1].end)


def _is_ambiguous(local: datetime) -> bool:
    return local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()


def _is_round_the_clock(bare: str, rule: OpeningHours) -> bool:
    """Whether it says 24/7, in whatever words, and not that holidays differ."""
    if _HOLIDAYS_OFF.search(bare):
        return False
    return "24/7" in bare or (_SAYS_WHEN.search(bare) is not None and bool(_ROUND_THE_CLOCK.fullmatch(str(rule.normalize()))))


def _bare_comments(text: str) -> frozenset[str]:
    """Return the comments of rules that say nothing else of when: ``Sa "by appointment"``. The grammar calls that open."""
    rules = ((_COMMENT.findall(rule), _COMMENT.sub("", rule)) for rule in _RULES.findall(text.replace("||", ";")))
    return frozenset(comment for comments, rest in rules if not _SAYS_WHEN.search(rest) for comment in comments)


def _undated_ranges(text: str) -> tuple[tuple[time, time], ...]:
    found = [map(int, numbers) for rule in _UNDATED.findall(text) for numbers in _TIMES.findall(rule)]
    return tuple((time(hour % 24, minute), time(to_hour % 24, to_minute)) for hour, minute, to_hour, to_minute in found)
