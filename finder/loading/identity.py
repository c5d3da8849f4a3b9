"""Which facility a row speaks of: its identifiers, or else its name and address."""

import re

from finder.domain.facility import Address
from finder.geo.points import LonLat
from finder.loading.fold import folded

__all__ = ["SHARED_SCHEMES", "clean_identifier", "natural_key"]

SHARED_SCHEMES = ("clues", "npi", "ccn", "osm")
"""Schemes that every source writes alike, the one that is asked first at the front."""
NUMBER_OF_A_SPREADSHEET = re.compile(r"(\d+)\.0+")


def clean_identifier(scheme: str, text: str) -> str:
    """The identifier as everybody writes it: CLUES and CCN in capitals, OSM in small letters, numbers without
    the ``.0`` of a spreadsheet, in a source's own ones too.
    """
    text = "".join(text.split()) if scheme in SHARED_SCHEMES else text
    if number := NUMBER_OF_A_SPREADSHEET.fullmatch(text):
        return number[1]
    if scheme in ("clues", "ccn"):
        return text.upper()
    return text.lower() if scheme == "osm" else text


def natural_key(name: str, address: Address, lon_lat: LonLat) -> str:
    """What stands in for an identifier: name, street, unit, city and postcode without case, accents and punctuation.

    The point takes part, to 11 m, only where there is no address at all: a corrected point must not make a new facility.
    """
    parts = [address.street, address.house_number, address.unit, address.city, address.postcode]
    if not any(parts):
        parts = [f"{lon_lat.lon:.4f}", f"{lon_lat.lat:.4f}"]
        return "\x1f".join([folded(name), *(part for part in parts if part)])
    return "\x1f".join([folded(name), *(folded(part or "") for part in parts)])
