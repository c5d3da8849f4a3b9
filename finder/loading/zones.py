"""Time zone and country of a point, by the outlines of the time zones, without asking anybody."""

from functools import cache, lru_cache

import tzfpy
from babel.core import get_global

from finder.geo.points import LonLat

__all__ = ["countries_near", "country_at", "country_of_time_zone", "is_nobodys", "time_zone_at", "zones_around"]

_NEAR_BORDER_DEGREES = 0.03
"""About 3 km: the outlines of the time zones are simplified, so nearer to a border than this nothing is certain."""
_NEARLY_BORDER_DEGREES = 0.036
"""The same from the middle of a cell of 0.01°, for any point in it."""


def time_zone_at(lon_lat: LonLat, country: str | None) -> str | None:
    """The IANA time zone of a point, ``None`` at sea. Where zones overlap, the one that belongs to ``country`` is taken."""
    zones = _zones_at(lon_lat)
    return next((zone for zone in zones if country_of_time_zone(zone) == country), zones[0] if zones else None)


def country_of_time_zone(zone: str) -> str | None:
    """The country that a zone lies in (ISO 3166-1 alpha-2), as the CLDR has it; ``None`` where it has none."""
    return _zone_countries().get(zone)


def country_at(lon_lat: LonLat) -> str | None:
    """The country (ISO 3166-1 alpha-2) whose time zones hold the point *and* its surroundings; near a border, none.

    A wrong country would turn a local phone number into somebody else's.
    """
    # One answer for all points of a cell of about a kilometre: an extract asks for each of its addresses.
    return _only_country_near(LonLat(round(lon_lat.lon, 2), round(lon_lat.lat, 2)))


def countries_near(lon_lat: LonLat) -> frozenset[str | None]:
    """The countries of the point and of what is about 3 km around; ``None`` stands for land that the CLDR gives to none."""
    step = _NEAR_BORDER_DEGREES
    around = [(0.0, 0.0), (step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)]
    points = (
        LonLat(min(180.0, max(-180.0, lon_lat.lon + east)), min(90.0, max(-90.0, lon_lat.lat + north))) for east, north in around
    )
    return frozenset(country_of_time_zone(zone) for point in points for zone in _zones_at(point))


def zones_around(lon_lat: LonLat) -> frozenset[str]:
    """The IANA time zones of the point and of what is about 4 km around in eight directions."""
    steps = (-_NEARLY_BORDER_DEGREES, 0.0, _NEARLY_BORDER_DEGREES)
    points = ((lon_lat.lon + east, lon_lat.lat + north) for east in steps for north in steps)
    return frozenset(
        zone for lon, lat in points for zone in _zones_at(LonLat(min(180.0, max(-180.0, lon)), min(90.0, max(-90.0, lat))))
    )


def is_nobodys(lon_lat: LonLat) -> bool:
    """Whether the point is on the high seas or in Antarctica, where nearly no facility is."""
    return all(country_of_time_zone(zone) == "AQ" for zone in _zones_at(lon_lat))


def _zones_at(lon_lat: LonLat) -> list[str]:
    """The zones that claim the point. Coastal waters belong to the land's zone; of the high seas none is given."""
    return [zone for zone in tzfpy.get_tzs(lon_lat.lon, lon_lat.lat) if not zone.startswith("Etc/")]


@lru_cache(maxsize=65536)
def _only_country_near(lon_lat: LonLat) -> str | None:
    countries = countries_near(lon_lat)
    return next(iter(countries)) if len(countries) == 1 else None


@cache
def _zone_countries() -> dict[str, str]:
    territories: dict[str, str] = dict(get_global("zone_territories"))
    # The CLDR keeps the long-standing names; the newer ones of the IANA are mapped to them.
    aliases: dict[str, str] = dict(get_global("zone_aliases"))
    territories |= {old: territories[new] for old, new in aliases.items() if new in territories}
    return {zone: country for zone, country in territories.items() if len(country) == 2 and country != "ZZ"}
