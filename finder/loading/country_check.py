"""Whether a point lies in the country of its address, or in any, by the outlines of the time zones."""

import math
from functools import lru_cache

import tzfpy
from babel import Locale

from finder.geo.points import LonLat
from finder.loading.zones import countries_near, country_of_time_zone, time_zone_at

__all__ = ["country_disagreement", "in_km", "in_the_sea", "is_in_country"]

_BEYOND_M = 10_000.0
"""The outlines of the time zones are simplified, and a border town may be drawn a few kilometres into the other country."""
_FIRST_RING_M, _HALF_ROUND_M, _EARTH_RADIUS_M = 2_500.0, 20_000_000.0, 6_371_008.8


def in_the_sea(lon_lat: LonLat) -> bool:
    """Whether the point is on the high seas.

    The outlines take in the waters to about 20 km from a coast, and nothing that the finder ships has the coast itself
    (a region's basemap does, as drawn tiles): a point in coastal waters is not known to be at sea.
    """
    return time_zone_at(lon_lat, None) is None


def is_in_country(countries: frozenset[str], lon_lat: LonLat) -> bool:
    """Whether the outline of one of the countries, of any without them, holds the point."""
    return not _zones_of(countries).isdisjoint(tzfpy.get_tzs(*lon_lat))


@lru_cache(maxsize=1024)
def _zones_of(countries: frozenset[str]) -> frozenset[str]:
    """The time zones of the countries, of all without them: those of the high seas belong to none."""
    zones = (zone for zone in tzfpy.timezonenames() if not zone.startswith("Etc/"))
    return frozenset(zone for zone in zones if not countries or country_of_time_zone(zone) in countries)


def country_disagreement(countries: frozenset[str], country: str | None, lon_lat: LonLat) -> tuple[float, str, str] | None:
    """Distance in metres, problem, and ``country`` or ``sea``; ``None`` where nothing speaks against the point.

    Nearer than 10 km to a border nothing is certain.
    """
    if is_in_country(countries, lon_lat):
        return None
    near = countries_near(lon_lat)
    # None stands for land of which the CLDR does not say whose it is.
    if None in near or (near & countries if countries else near):
        return None
    away_m = _about_m(countries, LonLat(round(lon_lat.lon, 2), round(lon_lat.lat, 2)))
    if away_m < _BEYOND_M:
        return None
    about = f"about {in_km(away_m)}" if math.isfinite(away_m) else "far"
    if country is not None:
        sea = ", on the high seas" if not near else ""
        return away_m, f"This is {about} outside {_country_name(country)}, the country of its address{sea}.", "country"
    return away_m, f"This is on the high seas, {about} from the nearest coastal waters.", "sea"


@lru_cache(maxsize=65_536)
def _about_m(countries: frozenset[str], lon_lat: LonLat) -> float:
    """About how far the land or coastal waters of the countries are, of any without them; infinite where none is found.

    Rings of 24 points around the point, each wider by a tenth, on a sphere: right to a tenth for what is wider
    than the gap between two points, a quarter of the distance.
    """
    sin_lat, cos_lat = math.sin(math.radians(lon_lat.lat)), math.cos(math.radians(lon_lat.lat))
    away_m = _FIRST_RING_M
    while away_m < _HALF_ROUND_M:
        arc = away_m / _EARTH_RADIUS_M
        for bearing in range(0, 360, 15):
            sin_there = sin_lat * math.cos(arc) + cos_lat * math.sin(arc) * math.cos(math.radians(bearing))
            east = math.sin(math.radians(bearing)) * math.sin(arc) * cos_lat
            lon = lon_lat.lon + math.degrees(math.atan2(east, math.cos(arc) - sin_lat * sin_there))
            lat = math.degrees(math.asin(min(1.0, max(-1.0, sin_there))))
            if is_in_country(countries, LonLat((lon + 180.0) % 360.0 - 180.0, lat)):
                return away_m
        away_m *= 1.1
    return math.inf


def _country_name(country: str) -> str:
    return str(Locale("en").territories.get(country, country))


def in_km(distance_m: float) -> str:
    """``431 km``."""
    return f"{distance_m / 1000.0:,.0f} km"
