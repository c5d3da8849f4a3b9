"""The state of opening hours at a moment, until when it lasts, and whether that is soon."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from finder.directory.hours.rules import HoursRules, HoursState, rules_of
from finder.domain.facility import Facility
from finder.errors import BadInput

__all__ = ["CLOSES_SOON", "HORIZON", "HoursNow", "hours_at", "hours_of", "hours_over"]

HORIZON: Final = timedelta(days=35)
"""How far ahead a change of state is looked for; hours that never change would be searched for centuries."""
CLOSES_SOON: Final = timedelta(minutes=60)
"""A place that is open for no longer than this closes soon."""
_MINUTE: Final = timedelta(minutes=1)
_FIRST: Final = datetime(1900, 2, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Between these, hours and their horizon lie within what the library and ``datetime`` can tell, in every time zone."""


class HoursNow(msgspec.Struct, frozen=True, kw_only=True):
    """The state at a moment, until when it lasts in the facility's time zone, and the state ``then``.

    Both are None when nothing changes within 35 days.
    """

    state: HoursState
    until: datetime | None = None
    then: HoursState | None = None
    comment: str | None = None

    def minutes_left(self, at: datetime) -> int | None:
        """Return the whole minutes from ``at`` for which it is known to stay open; None if not open, or for 35 days and more."""
        if self.state is not HoursState.OPEN or self.until is None:
            return None
        # By UTC, for the reason that hours_over has.
        return max(0, (self.until.astimezone(UTC) - at.astimezone(UTC)) // _MINUTE)

    def closes_soon(self, at: datetime) -> bool:
        """Whether it is open at ``at`` and, within 60 minutes, closed or not known to be open."""
        if self.state is not HoursState.OPEN or self.until is None:
            return False
        return self.until.astimezone(UTC) - at.astimezone(UTC) <= CLOSES_SOON


UNKNOWN: Final = HoursNow(state=HoursState.UNKNOWN)


def hours_of(text: str | None, time_zone: str | None, country: str | None, at: datetime) -> HoursNow:
    """Return the state at an aware moment of hours in OpenStreetMap's grammar, an IANA time zone and an ISO country code.

    Unknown when no hours, no time zone or no readable hours are given; within hours of which no source says on which days they
    hold (:func:`finder.directory.hours.undated_ranges`), outside of which it is closed whatever the day; and on a public
    holiday of which the hours say nothing, with the comment :data:`finder.domain.hours.HOLIDAY_NOT_STATED`. Unknown too before
    February 1900 and from the year 9999 on.
    """
    return hours_over(text, time_zone, country, [at])[0]


def hours_over(text: str | None, time_zone: str | None, country: str | None, moments: Sequence[datetime]) -> list[HoursNow]:
    """Return :func:`hours_of` at each of some aware moments in ascending order, for little more than the price of one."""
    if any(at.tzinfo is None for at in moments):
        raise BadInput("A moment needs its time zone, or it would be read by this server's own clock.")
    rules = rules_of(text, time_zone, country) if text and time_zone else None
    if rules is None:
        return [UNKNOWN] * len(moments)
    told = [at for at in moments if _FIRST <= at < _LAST]
    before = sum(at < _FIRST for at in moments)
    behind = len(moments) - before - len(told)
    return [*[UNKNOWN] * before, *(_over(rules, told) if told else ()), *[UNKNOWN] * behind]


def _over(rules: HoursRules, moments: Sequence[datetime]) -> list[HoursNow]:
    # By UTC: a local time that comes of adding days may be one that no clock shows.
    last = (moments[-1].astimezone(UTC) + HORIZON).astimezone(rules.zone)
    intervals = rules.intervals(moments[0].astimezone(rules.zone), last)
    now, then = next(intervals), next(intervals, None)
    found: list[HoursNow] = []
    for at in moments:
        # By UTC: between two moments of one time zone Python compares what the clocks show, also where they are put back.
        while then is not None and now.end.astimezone(UTC) <= at.astimezone(UTC):
            now, then = then, next(intervals, None)
        if then is None or now.end.astimezone(UTC) - at.astimezone(UTC) >= HORIZON:
            found.append(HoursNow(state=now.state, comment=now.comment))
        else:
            found.append(HoursNow(state=now.state, until=now.end, then=then.state, comment=now.comment))
    return found


def hours_at(facility: Facility, at: datetime) -> HoursNow:
    """Return the state of a facility at an aware moment: :func:`hours_of` its own hours, time zone and country."""
    return hours_of(facility.opening_hours, facility.time_zone, facility.address.country, at)
