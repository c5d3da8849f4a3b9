"""In which country a point lies, by its time zone: good enough to choose whom to call, and known offline for every point."""

from babel.core import get_global
from tzfpy import get_tz

from finder.geo.points import LonLat

__all__ = ["country_at"]


def country_at(point: LonLat) -> str | None:
    """ISO 3166-1 alpha-2; None at sea. Within some hundred metres of a border it may be the other one."""
    zone = get_tz(point.lon, point.lat)
    country = get_global("zone_territories").get(zone)
    return country if country and len(country) == 2 and country.isalpha() and country != "ZZ" else None
