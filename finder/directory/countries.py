"""In which country a point or a facility lies; a point by its time zone: good enough to choose whom to call, and offline."""

from collections.abc import Mapping
from typing import Final

from babel.core import get_global
from tzfpy import get_tz

from finder.domain.facility import Facility
from finder.geo.points import LonLat

__all__ = ["NO_COUNTRY", "country_at", "country_code", "country_of", "country_of_code", "country_of_zone"]

NO_COUNTRY: Final = 0
"""The code of a country that is not known."""


_NOT_IN_CLDR: Final[Mapping[str, str]] = {"America/Coyhaique": "CL", "Antarctica/Troll": "AQ"}
"""Zones of the IANA's ``zone.tab`` that CLDR does not know, or gives to the whole world."""


def country_at(point: LonLat) -> str | None:
    """ISO 3166-1 alpha-2; None at sea. Within some hundred metres of a border it may be the other one."""
    return country_of_zone(get_tz(point.lon, point.lat))


def country_of(facility: Facility) -> str | None:
    """ISO 3166-1 alpha-2: the country that its address names, else that of its point; None where neither tells one."""
    return facility.address.country or country_at(facility.lon_lat)


def country_of_zone(time_zone: str) -> str | None:
    """Return the country of an IANA time zone, such as ``America/Tijuana``; None for one of none, such as ``Etc/GMT+8``."""
    country = _NOT_IN_CLDR.get(time_zone) or get_global("zone_territories").get(time_zone)
    return country if country and len(country) == 2 and country.isalpha() and country != "ZZ" else None


def country_code(country: str | None) -> int:
    """Return the two letters of a country as a number of 16 bits; :data:`NO_COUNTRY` for anything else."""
    if country is None or len(country) != 2 or not (country.isascii() and country.isalpha()):
        return NO_COUNTRY
    return int.from_bytes(country.upper().encode())


def country_of_code(code: int) -> str | None:
    """Return the country of a code, ISO 3166-1 alpha-2; None for :data:`NO_COUNTRY`."""
    return None if code == NO_COUNTRY else code.to_bytes(2).decode()
