"""The fourth stage: what cannot be true is refused, with advice. No message here repeats a coordinate."""

from collections.abc import Callable
from functools import cache, lru_cache
from zoneinfo import available_timezones

import opening_hours

from finder.geo.points import LonLat
from finder.loading.clean import US_POSTAL_COUNTRIES
from finder.loading.row_error import CellProblem
from finder.loading.zones import countries_near, country_of_time_zone, is_nobodys, time_zone_at

__all__ = ["check_lon_lat", "check_opening_hours", "check_time_zone"]

SWAP = "Swap them: latitude is the number from the equator (-90 to 90), longitude the one from Greenwich (-180 to 180)."
MIRRORS: tuple[tuple[str, Callable[[float, float], tuple[float, float]], str, str], ...] = (
    ("Latitude and longitude are swapped", lambda lon, lat: (lat, lon), "the other way round", SWAP),
    (
        "The longitude has the wrong sign",
        lambda lon, lat: (-lon, lat),
        "on the other side of Greenwich",
        "West of Greenwich a longitude is negative: write a minus before it. East of it there is none.",
    ),
    (
        "The latitude has the wrong sign",
        lambda lon, lat: (lon, -lat),
        "on the other side of the equator",
        "South of the equator a latitude is negative: write a minus before it. North of it there is none.",
    ),
)
"""What goes wrong, which point was meant (longitude and latitude of the one given → of the other), where that is, what to do."""


def check_lon_lat(lon: float, lat: float, country: str | None) -> LonLat:
    """The point, or :class:`CellProblem` when it cannot be where a facility is.

    Latitude and longitude are found swapped when the point is not on the Earth but its mirror image is; when the row names a
    ``country`` and the mirror image is there, the point not; and without a country, when the point is on the high seas or in
    Antarctica and the mirror image on land. A sign that was lost is found by the country too. Within about 3 km of a border
    both countries will do, since the outlines are no better.
    """
    if lon == 0 and lat == 0:
        raise CellProblem("Latitude and longitude are both 0, a point in the Gulf of Guinea.", "Look the coordinates up.")
    if not -90 <= lat <= 90:
        if -90 <= lon <= 90 and -180 <= lat <= 180:
            raise CellProblem("Latitude and longitude are swapped.", SWAP)
        raise CellProblem("The latitude is out of range.", "Write decimal degrees between -90 and 90.")
    if not -180 <= lon <= 180:
        raise CellProblem("The longitude is out of range.", "Write decimal degrees between -180 and 180.")
    lon_lat = LonLat(lon, lat)
    if country is not None:
        _check_country(lon_lat, country)
    elif is_nobodys(lon_lat) and -90 <= lon <= 90 and not is_nobodys(LonLat(lat, lon)):
        raise CellProblem(
            "Latitude and longitude are swapped: this is at sea or in Antarctica, the other way round it is on land.",
            f"{SWAP} If they are right as they are, name the country in a column.",
        )
    return lon_lat


def _check_country(lon_lat: LonLat, country: str) -> None:
    # Lists of the United States name their territories "US", or "PR" as the postal service does.
    countries = US_POSTAL_COUNTRIES if country in US_POSTAL_COUNTRIES else frozenset({country})
    zone = time_zone_at(lon_lat, country)
    if (zone and country_of_time_zone(zone) in countries) or countries & countries_near(lon_lat):
        return
    for what, meant, where, advice in MIRRORS:
        lon, lat = meant(*lon_lat)
        if -90 <= lat <= 90 and countries & countries_near(LonLat(lon, lat)):
            raise CellProblem(f"{what}: this is not in {country}, {where} it is.", advice)


def check_opening_hours(text: str) -> str:
    """The text as written when opening-hours-py can read it, else :class:`CellProblem`."""
    if not _hours_parse(text):
        raise CellProblem(
            "These opening hours cannot be read; the place of work is kept without them.",
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
