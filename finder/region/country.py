"""Time zone and country of a point, without asking anybody."""

from functools import cache

import tzfpy
from babel.core import get_global

from finder.geo.points import LonLat

__all__ = ["country_at", "time_zone_at"]

_NEAR_BORDER_DEGREES = 0.03
"""About 3 km: the outlines of the time zones are simplified, so nearer to a border than this nothing is said."""


def time_zone_at(lon_lat: LonLat) -> str | None:
    """The IANA name of the time zone at the point, such as ``America/Tijuana``; none in the open sea."""
    name = tzfpy.get_tz(*lon_lat)
    return name if name and not name.startswith("Etc/") else None


def country_at(lon_lat: LonLat) -> str | None:
    """The country (ISO 3166-1 alpha-2) whose time zone holds the point *and* its surroundings; near a border, none.

    A wrong country would turn a local phone number into somebody else's.
    """
    # One answer for all points of a cell of about a kilometre: an extract asks for each of its addresses.
    return _country_around(round(lon_lat.lon, 2), round(lon_lat.lat, 2))


@cache
def _country_around(lon: float, lat: float) -> str | None:
    step = _NEAR_BORDER_DEGREES
    around = [(0.0, 0.0), (step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)]
    countries = set[str | None]()
    for east, north in around:
        zone = time_zone_at(LonLat(min(180.0, max(-180.0, lon + east)), min(90.0, max(-90.0, lat + north))))
        if zone is not None:
            countries.add(get_global("zone_territories").get(zone))
    only = countries.pop() if len(countries) == 1 else None
    return only if only != "ZZ" else None
