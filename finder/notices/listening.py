"""When a fence listens, when it is quiet and when it expires, all by what the clocks at its facility show.

Windows and quiet hours are opening hours of OpenStreetMap's grammar, read as a facility's own are (``finder.directory.hours``)
and by what clocks show: an hour that clocks show twice is listened to twice, one that they leave out not at all. What cannot be
read errs to the side of saying nothing, and so does a public holiday of which the hours say nothing: no listening then, and
quiet where it may be.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from finder.directory.hours import HoursState, hours_of
from finder.directory.hours.rules import rules_of
from finder.domain.facility import Facility
from finder.domain.fence import Fence
from finder.errors import BadInput
from finder.geo.clocks import zone_of

__all__ = ["expires_at", "intervals", "is_quiet", "listens", "quiet_intervals"]

_SHOWN: Final = "UTC"
"""What clocks show is read as if it were UTC: in a zone without leaps each minute is there once."""
_STEP: Final = timedelta(hours=6)
"""No zone leaps twice in so short a time."""
_SECOND: Final = timedelta(seconds=1)
_LISTENING: Final = frozenset({HoursState.OPEN})
_MAY_BE_QUIET: Final = frozenset({HoursState.OPEN, HoursState.UNKNOWN})

type Interval = tuple[datetime, datetime]
"""From the first to before the second, in UTC."""


def listens(fence: Fence, facility: Facility, at: datetime) -> bool:
    """Tell whether the fence listens at an aware moment: in one of its windows, or at any time where it has none."""
    return not fence.windows or _state(fence.windows, facility, at) in _LISTENING


def is_quiet(fence: Fence, facility: Facility, at: datetime) -> bool:
    """Tell whether the fence says nothing at an aware moment, whatever happens."""
    return bool(fence.quiet_hours) and _state(fence.quiet_hours, facility, at) in _MAY_BE_QUIET


def intervals(fence: Fence, facility: Facility, start: datetime, end: datetime) -> list[Interval]:
    """Return when it listens between two aware moments: in UTC, ascending, apart from each other, cut to those moments."""
    if not fence.windows:
        return [(start.astimezone(UTC), end.astimezone(UTC))] if start < end else []
    return _intervals(fence.windows, _LISTENING, facility, start, end)


def quiet_intervals(fence: Fence, facility: Facility, start: datetime, end: datetime) -> list[Interval]:
    """Return when it says nothing between two aware moments, in the form of :func:`intervals`."""
    return _intervals(fence.quiet_hours, _MAY_BE_QUIET, facility, start, end) if fence.quiet_hours else []


def expires_at(fence: Fence, facility: Facility) -> datetime | None:
    """Return the end, in UTC, of the day on which the fence expires at its facility; ``None`` where it does not."""
    if fence.expires_on is None:
        return None
    next_day = datetime.combine(fence.expires_on + timedelta(days=1), time(), _zone(facility))
    return next_day.astimezone(UTC)


def _zone(facility: Facility) -> ZoneInfo:
    return zone_of(facility.time_zone, facility.lon_lat)


def _state(text: str, facility: Facility, at: datetime) -> HoursState:
    if at.tzinfo is None:
        raise BadInput("A moment needs its time zone, or it would be read by this server's own clock.")
    shown = at.astimezone(_zone(facility)).replace(tzinfo=UTC, fold=0)
    return hours_of(text, _SHOWN, facility.address.country, shown).state


def _intervals(text: str, wanted: frozenset[HoursState], facility: Facility, start: datetime, end: datetime) -> list[Interval]:
    if start.tzinfo is None or end.tzinfo is None:
        raise BadInput("A moment needs its time zone, or it would be read by this server's own clock.")
    found = _found(text, wanted, facility.address.country, _zone(facility), start.astimezone(UTC), end.astimezone(UTC))
    return list(found)


@lru_cache(maxsize=4096)
def _found(  # noqa: PLR0917 - the key of the cache: many fences of one region have the same hours
    text: str, wanted: frozenset[HoursState], country: str | None, zone: ZoneInfo, start: datetime, end: datetime
) -> tuple[Interval, ...]:
    found: list[Interval] = []
    for begin, stop in _between_leaps(zone, start, end):
        offset = begin.astimezone(zone).utcoffset() or timedelta()
        for shown_from, shown_to in _shown(text, wanted, country, begin + offset, stop + offset):
            one = max(begin, shown_from - offset), min(stop, shown_to - offset)
            if one[0] >= one[1]:
                continue
            if found and found[-1][1] == one[0]:
                found[-1] = found[-1][0], one[1]
            else:
                found.append(one)
    return tuple(found)


def _shown(text: str, wanted: frozenset[HoursState], country: str | None, start: datetime, end: datetime) -> Iterator[Interval]:
    """When the hours are in one of these states, by what clocks show; all the time where nobody can read them."""
    rules = rules_of(text, _SHOWN, country)
    if rules is None:
        if HoursState.UNKNOWN in wanted:
            yield start, end
        return
    for piece in rules.intervals(start.astimezone(rules.zone), end.astimezone(rules.zone)):
        if piece.begin >= end:
            return
        if piece.state in wanted:
            yield piece.begin.astimezone(UTC), piece.end.astimezone(UTC)


def _between_leaps(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Interval]:
    """Cut a span of UTC where clocks of the zone are put forward or back."""
    begin, at = start, start
    while at < end:
        later = min(at + _STEP, end)
        before = at.astimezone(zone).utcoffset()
        if later.astimezone(zone).utcoffset() != before:
            low, high = at, later
            while high - low > _SECOND:
                middle = low + (high - low) / 2
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
            leap = high.replace(microsecond=0)
            yield begin, leap
            begin = leap
        at = later
    if begin < end:
        yield begin, end
