"""What a clock at a place shows."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import tzfpy

from finder.errors import BadInput
from finder.geo.points import LonLat

__all__ = ["local_time", "zone_of"]


def local_time(moment: datetime, place: LonLat) -> datetime:
    """Return an aware moment by the clock of a place; at sea by UTC. Raises :class:`BadInput` for one without an offset."""
    if moment.utcoffset() is None:
        raise BadInput("Give the time of departure with its offset from UTC, such as 2026-03-01T09:00-08:00.")
    zone = tzfpy.get_tz(place.lon, place.lat)
    return moment.astimezone(ZoneInfo(zone) if zone else UTC)


def zone_of(stated: str | None, place: LonLat) -> ZoneInfo:
    """Return the time zone that is stated for a place, else the one it lies in, where none is or no zone has that name.

    At sea that is UTC.
    """
    with suppress(KeyError, ValueError, OSError):  # a name that no zone has, or that a folder of zones has
        if stated:
            return ZoneInfo(stated)
    return ZoneInfo(tzfpy.get_tz(place.lon, place.lat) or "UTC")
