"""Whether a place or a practitioner can be seen now, in a reader's words: never more than is known."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from finder.directory.hours import HoursNow, HoursState, hours_at, undated_ranges
from finder.domain.facility import Facility
from finder.domain.hours import DAYS_NOT_STATED, HOLIDAY_NOT_STATED, HOURS_NOT_STATED
from finder.web.formats import clock_hour, clock_range_text, clock_text, weekday_text
from finder.web.language import Reader

__all__ = ["CLOSING_SOON", "HoursLine", "hours_line", "hours_now_line", "undated_line"]

CLOSING_SOON = "soon"
"""The state of a line about what is open, but not for long."""
_CHANGES = {(HoursState.CLOSED, HoursState.OPEN), (HoursState.OPEN, HoursState.CLOSED)}
"""What can be said of the next change of hours; to what is unknown, nothing."""


@dataclass(frozen=True)
class HoursLine:
    """``state`` is open, soon (open, closes soon), closed or unknown; ``label`` says it, ``detail`` until when or what to do."""

    state: str
    label: str
    detail: str


def hours_line(facility: Facility, at: datetime, reader: Reader) -> HoursLine:
    """Whether a facility is open at that moment, until when, and what to do when nobody knows."""
    undated = undated_line(facility, reader)
    return hours_now_line(hours_at(facility, at), at, reader, undated=undated, has_phone=bool(facility.phones))


def hours_now_line(now: HoursNow, at: datetime, reader: Reader, *, undated: str = "", has_phone: bool) -> HoursLine:
    """The line of a state at an aware moment; ``undated`` is that of :func:`undated_line`, ``has_phone`` if one can call."""
    if now.state is HoursState.UNKNOWN:
        if undated and now.comment == DAYS_NOT_STATED:
            return HoursLine("unknown", reader.text("Hours not confirmed"), undated)
        detail = _comment(now.comment, reader, has_phone=has_phone) or (reader.text("call before you go") if has_phone else "")
        return HoursLine("unknown", reader.text("Hours not known"), detail)
    label = reader.text("Closed now") if now.state is HoursState.CLOSED else reader.text("Open now")
    state = now.state.value
    known, left_min = (now.state, now.then) in _CHANGES, now.minutes_left(at)
    if known and left_min is not None and now.closes_soon(at):
        state, detail = CLOSING_SOON, reader.text("closes in %(minutes)d min", minutes=left_min)
    else:
        detail = _change(now.until, at, reader, opens=now.then is HoursState.OPEN) if now.until and known else undated
    if now.comment:
        comment = _comment(now.comment, reader, has_phone=has_phone)
        detail = f"{detail} ({comment})" if detail and comment else detail or comment
    return HoursLine(state, label, detail)


def undated_line(facility: Facility, reader: Reader) -> str:
    """``07:00-14:30, days not stated: call first``, where no source says on which days these hours hold; else empty."""
    hours = ", ".join(clock_range_text(start, end, reader) for start, end in undated_ranges(facility))
    what = reader.text("%(hours)s, days not stated", hours=hours)
    return _call_first(what, reader, has_phone=bool(facility.phones)) if hours else ""


def _comment(comment: str | None, reader: Reader, *, has_phone: bool) -> str:
    """A source's own words as they are; what loading wrote there in the reader's language, or not where the badge says it."""
    if comment == DAYS_NOT_STATED:
        return _call_first(reader.text("days not stated"), reader, has_phone=has_phone)
    if comment == HOLIDAY_NOT_STATED:
        return reader.text("holiday: hours not confirmed")
    return comment if comment and comment != HOURS_NOT_STATED else ""


def _call_first(what: str, reader: Reader, *, has_phone: bool) -> str:
    return reader.text("%(what)s: call first", what=what) if has_phone else what


def _change(until: datetime, at: datetime, reader: Reader, *, opens: bool) -> str:
    """``until 9:00 PM``, ``opens tomorrow 8:00 AM`` or ``opens Mon, Nov 23, 8:00 AM``, by the clock of the place.

    The hour picks singular or plural: Spanish says *a la 1:00* but *a las 2:00*.
    """
    today = at.astimezone(until.tzinfo).date()
    clock, day = clock_text(until, reader), weekday_text(until.date(), reader)
    hour = clock_hour(clock)
    if until.date() == today:
        if opens:
            return reader.plural("opens %(time)s", "opens %(time)s", hour, time=clock)
        return reader.plural("until %(time)s", "until %(time)s", hour, time=clock)
    if until.date() == today + timedelta(days=1):
        if opens:
            return reader.plural("opens tomorrow %(time)s", "opens tomorrow %(time)s", hour, time=clock)
        return reader.plural("until tomorrow %(time)s", "until tomorrow %(time)s", hour, time=clock)
    if opens:
        return reader.plural("opens %(day)s, %(time)s", "opens %(day)s, %(time)s", hour, day=day, time=clock)
    return reader.plural("until %(day)s, %(time)s", "until %(day)s, %(time)s", hour, day=day, time=clock)
