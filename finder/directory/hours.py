"""Whether a facility is open, by its own clock: open, closed, or unknown. Unknown is never shown as open."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec
from opening_hours import OpeningHours, ParserError, State, UnknownCountryError  # pyright: ignore[reportAttributeAccessIssue] missing in its stubs

from finder.domain.facility import Facility

__all__ = ["DayHours", "HoursNow", "HoursState", "hours_at", "week"]

# A rule that is nothing but a comment, such as ``|| "call us"``: the grammar calls it open, people mean "ask".
_BARE_COMMENT = re.compile(r'(?:^|;|\|\|)\s*(?:(?:open|unknown)\s*)?"([^"]*)"\s*(?=$|;|\|\|)')


class HoursState(StrEnum):
    """Whether people are seen."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class HoursNow(msgspec.Struct, frozen=True, kw_only=True):
    """The state at a moment and until when it lasts, in the facility's time zone; no end within 35 days is None."""

    state: HoursState
    until: datetime | None = None
    comment: str | None = None


class DayHours(msgspec.Struct, frozen=True, kw_only=True):
    """One day: when it opens and closes in local time, in order; none means closed, ``unknown`` means nobody knows."""

    date: date
    ranges: tuple[tuple[datetime, datetime], ...] = ()
    unknown: bool = False
    comment: str | None = None


HORIZON = timedelta(days=35)
UNKNOWN = HoursNow(state=HoursState.UNKNOWN)


def hours_at(facility: Facility, at: datetime) -> HoursNow:
    """Return the state at an aware moment: unknown when no hours, no time zone or no readable hours are given."""
    hours = _hours_of(facility)
    if hours is None:
        return UNKNOWN
    local = at.astimezone(_zone(facility))
    # Not next_change(): where hours never change it looks through centuries, for a second or more.
    horizon = local + HORIZON
    _, until, raw_state, raw_comment = next(iter(hours.intervals(local, horizon)))
    state, comment = _judged(facility, raw_state, raw_comment)
    return HoursNow(state=state, until=until if until < horizon else None, comment=comment)


def week(facility: Facility, from_: date, days: int = 7) -> tuple[DayHours, ...]:
    """Return the hours of each of ``days`` days from ``from_``. A range past midnight belongs to the day on which it begins."""
    hours = _hours_of(facility)
    if hours is None:
        return tuple(DayHours(date=from_ + timedelta(days=day), unknown=True) for day in range(days))
    zone = _zone(facility)
    # From a day before, to see whether what is open at midnight began the evening before.
    start = datetime.combine(from_ - timedelta(days=1), time(), zone)
    end = datetime.combine(from_ + timedelta(days=days + 1), time(), zone)
    intervals = [(begin, stop, *_judged(facility, state, comment)) for begin, stop, state, comment in hours.intervals(start, end)]
    return tuple(_day(from_ + timedelta(days=day), intervals, zone) for day in range(days))


def _day(day: date, intervals: Sequence[tuple[datetime, datetime | None, HoursState, str | None]], zone: ZoneInfo) -> DayHours:
    midnight = datetime.combine(day, time(), zone)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    ranges: list[tuple[datetime, datetime]] = []
    unknown, comments = False, list[str]()
    for begin, stop, state, comment in intervals:
        stop_ = stop or next_midnight
        if stop_ <= midnight or begin >= next_midnight:
            continue
        if comment:
            comments.append(comment)
        if state is HoursState.UNKNOWN:
            unknown = True
        elif state is HoursState.OPEN:
            if begin < midnight and stop_ - midnight < timedelta(hours=12) and midnight - begin < timedelta(hours=24):
                continue  # the tail of the evening before, shown there
            overnight = stop_ - next_midnight < timedelta(hours=12)
            ranges.append((max(begin, midnight), stop_ if overnight else next_midnight))
    return DayHours(date=day, ranges=tuple(ranges), unknown=unknown, comment=", ".join(dict.fromkeys(comments)) or None)


def _judged(facility: Facility, state: State, comment: str) -> tuple[HoursState, str | None]:
    if state == State.OPEN and comment and comment in _BARE_COMMENT.findall(facility.opening_hours or ""):
        return HoursState.UNKNOWN, comment
    return HoursState(str(state)), comment or None


def _zone(facility: Facility) -> ZoneInfo:
    return ZoneInfo(facility.time_zone or "UTC")


def _hours_of(facility: Facility) -> OpeningHours | None:
    if not facility.opening_hours or not facility.time_zone:
        return None
    return _parsed(facility.opening_hours, facility.time_zone, facility.address.country)


@lru_cache(maxsize=4096)
def _parsed(text: str, time_zone: str, country: str | None) -> OpeningHours | None:
    try:
        return OpeningHours(text, timezone=ZoneInfo(time_zone), country=country)
    except UnknownCountryError:
        return _parsed(text, time_zone, None)
    except (ParserError, SyntaxError, ValueError, KeyError):
        return None
