"""What a clock at a place shows."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import tzfpy

from finder.errors import BadInput
from finder.geo.points import LonLat

__all__ = ["local_time"]


def local_time(moment: datetime, place: LonLat) -> datetime:
    """Return an aware moment by the clock of a place; at sea by UTC. Raises :class:`BadInput` for one without an offset."""
    if moment.utcoffset() is None:
        raise BadInput("Give the time of departure with its offset from UTC, such as 2026-03-01T09:00-08:00.")
    zone = tzfpy.get_tz(place.lon, place.lat)
    return moment.astimezone(ZoneInfo(zone) if zone else UTC)
