"""Which facility a row speaks of: its identifiers, or else its name and address. Doubles within one file are found here."""

import re
from collections.abc import Mapping

from finder.domain.facility import Address, facility_id
from finder.geo.points import LonLat
from finder.loading.fold import folded
from finder.loading.row_error import CellProblem

__all__ = ["SHARED_SCHEMES", "SeenInFile", "clean_identifier", "id_of", "natural_key"]

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


def id_of(identifiers: Mapping[str, str], source: str, key: str) -> str:
    """The facility's id: by a shared scheme, else by the source's own number, else by the natural ``key`` within the source."""
    for scheme in (*SHARED_SCHEMES, source):
        if scheme in identifiers:
            return facility_id(scheme, identifiers[scheme])
    return facility_id(source, key)


class SeenInFile:
    """What the rows so far were: the second row of one facility is refused, naming the line of the first."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], int] = {}

    def check(self, line: int, identifiers: Mapping[str, str], key: str) -> None:
        """Remember the row. Raises :class:`CellProblem` when an identifier, or without any the natural key, came before."""
        keys = list(identifiers.items()) or [("", key)]
        for scheme_value in keys:
            if (first := self._lines.get(scheme_value)) is not None:
                raise CellProblem(*_duplicate(scheme_value[0], first))
        self._lines.update(dict.fromkeys(keys, line))


def _duplicate(scheme: str, first: int) -> tuple[str, str]:
    if scheme:
        return (
            f"This identifier is the same as on line {first}.",
            "Each facility has one line: correct one of the two, or delete it.",
        )
    return (
        f"Name and address are the same as on line {first}.",
        "Delete one of the two lines; where they are two facilities, tell them apart by name, unit or an identifier.",
    )
