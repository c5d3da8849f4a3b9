"""What a person may arm: until when, and how else they may be told."""

from collections.abc import Set
from datetime import UTC, datetime, time, timedelta
from typing import Final

from finder.domain.delivery import Channel
from finder.domain.facility import Facility
from finder.errors import BadInput, Conflict
from finder.geo.clocks import zone_of

__all__ = ["LONGEST_VISIT", "check_channels", "end_of"]

LONGEST_VISIT: Final = timedelta(hours=24)
_SHORTEST_DEFAULT: Final = timedelta(hours=2)
"""Who arms late in the evening is on the way, and arrives after midnight."""


def end_of(facility: Facility, until: datetime | None, now: datetime) -> datetime:
    """Return when a visit ends, in UTC: ``until``, else with the facility's day, but not within two hours.

    Raises :class:`BadInput` for an end without a zone, that has passed, or is more than :data:`LONGEST_VISIT` away.
    """
    if until is None:
        clock = zone_of(facility.time_zone, facility.lon_lat)
        midnight = datetime.combine(now.astimezone(clock).date() + timedelta(days=1), time(), clock)
        return min(max(midnight.astimezone(UTC), now + _SHORTEST_DEFAULT), now + LONGEST_VISIT)
    if until.tzinfo is None:
        raise BadInput("The end of a visit needs a zone: end it with Z, or with an offset such as -08:00.")
    if not now < until <= now + LONGEST_VISIT:
        raise BadInput("A visit ends later than now, and within 24 hours.")
    return until.astimezone(UTC)


def check_channels(there: Set[Channel], *, email: str | None, sms: str | None) -> None:
    """Raise :class:`Conflict` where a person wishes to be told in a way that the operator does not have."""
    for asked, channel, name in ((email, Channel.EMAIL, "e-mail"), (sms, Channel.SMS, "SMS")):
        if asked is not None and channel not in there:
            raise Conflict(f"This finder sends no {name}: leave it out. Notices come to the open page and by Web Push.")
