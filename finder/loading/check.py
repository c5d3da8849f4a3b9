"""The fourth stage: what cannot be true is refused, with advice. No message here repeats a coordinate."""

from functools import cache, lru_cache
from zoneinfo import available_timezones

import opening_hours
import tzfpy
from babel.core import get_global

from finder.geo.points import LonLat
from finder.loading.row_error import CellProblem

__all__ = ["check_lon_lat", "check_opening_hours", "check_time_zone", "country_of_time_zone", "time_zone_at"]

Box = tuple[float, float, float, float]
"""West, south, east, north in WGS84 degrees."""

COUNTRY_BOXES: dict[str, tuple[Box, ...]] = {
    # Extreme points by the US Geological Survey ("What are the geographic extremes of the United States"), rounded outwards:
    # the 48 states, Alaska on both sides of ±180°, Hawaii with its north-western islands, and the territories.
    "US": (
        (-124.9, 24.3, -66.8, 49.5),
        (-180.0, 51.0, -129.9, 71.5),
        (172.3, 51.0, 180.0, 53.5),
        (-178.5, 18.8, -154.7, 28.6),
        (-68.0, 17.6, -64.4, 18.6),
        (144.5, 13.1, 146.2, 20.7),
        (-171.2, -14.7, -168.0, -10.9),
    ),
    # Extreme points by INEGI ("Extensión territorial"): 32°43'06" N, 14°32'27" N, 86°42'36" W, 118°22'00" W, rounded outwards.
    "MX": ((-118.5, 14.5, -86.6, 32.8),),
}


def check_lon_lat(lon: float, lat: float, country: str | None) -> LonLat:
    """The point, or :class:`CellProblem` when it cannot be where a facility is.

    Latitude and longitude are found swapped when the point is not on the Earth but its mirror image is, and, in countries
    whose extent is known here, when the mirror image is in the country and the point is not. A longitude that has lost its
    minus sign is found the same way.
    """
    swap = "Swap them: latitude is the number from the equator (-90 to 90), longitude the one from Greenwich (-180 to 180)."
    if lon == 0 and lat == 0:
        raise CellProblem("Latitude and longitude are both 0, a point in the Gulf of Guinea.", "Look the coordinates up.")
    if not -90 <= lat <= 90:
        if -90 <= lon <= 90 and -180 <= lat <= 180:
            raise CellProblem("Latitude and longitude are swapped.", swap)
        raise CellProblem("The latitude is out of range.", "Write decimal degrees between -90 and 90.")
    if not -180 <= lon <= 180:
        raise CellProblem("The longitude is out of range.", "Write decimal degrees between -180 and 180.")
    if country in COUNTRY_BOXES and not _in_country(lon, lat, country):
        if _in_country(lat, lon, country):
            raise CellProblem(f"Latitude and longitude are swapped: this is not in {country}, the other way round it is.", swap)
        if _in_country(-lon, lat, country):
            raise CellProblem(
                f"The longitude has the wrong sign: this is not in {country}, on the other side of Greenwich it is.",
                "West of Greenwich a longitude is negative: write a minus before it.",
            )
    return LonLat(lon, lat)


def _in_country(lon: float, lat: float, country: str) -> bool:
    return any(west <= lon <= east and south <= lat <= north for west, south, east, north in COUNTRY_BOXES[country])


def check_opening_hours(text: str) -> str:
    """The text as written when opening-hours-py can read it, else :class:`CellProblem`."""
    if not _hours_parse(text):
        raise CellProblem(
            "These opening hours cannot be read; the facility is kept without them.",
            "Write them as OpenStreetMap does, such as Mo-Fr 08:00-20:00; Sa 09:00-14:00, or 24/7.",
        )
    return text


@lru_cache(maxsize=4096)
def _hours_parse(text: str) -> bool:
    return opening_hours.validate(text)


def check_time_zone(text: str) -> str:
    """An IANA name that this machine knows, else :class:`CellProblem`."""
    if text not in _time_zones():
        raise CellProblem(
            "This time zone is not known.", "Write its IANA name, such as America/Tijuana, or leave the cell empty."
        )
    return text


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def time_zone_at(lon_lat: LonLat, country: str | None) -> str | None:
    """The IANA time zone of a point, ``None`` at sea. Where zones overlap, the one that belongs to ``country`` is taken."""
    zones = [zone for zone in tzfpy.get_tzs(lon_lat.lon, lat=lon_lat.lat) if not zone.startswith("Etc/")]
    return next((zone for zone in zones if country_of_time_zone(zone) == country), zones[0] if zones else None)


def country_of_time_zone(zone: str) -> str | None:
    """The country that a zone lies in (ISO 3166-1 alpha-2), as the CLDR has it; ``None`` where it has none."""
    return _zone_countries().get(zone)


@cache
def _zone_countries() -> dict[str, str]:
    territories: dict[str, str] = dict(get_global("zone_territories"))
    # The CLDR keeps the long-standing names; the newer ones of the IANA are mapped to them.
    aliases: dict[str, str] = dict(get_global("zone_aliases"))
    return territories | {old: territories[new] for old, new in aliases.items() if new in territories}
