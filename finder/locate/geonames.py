"""Rows of the two GeoNames tables (https://download.geonames.org/export/dump/readme.txt and …/export/zip/readme.txt)."""

import math
from collections.abc import Iterable, Mapping

from finder.domain.place import Place, PlaceKind
from finder.geo.points import checked_lon_lat

__all__ = ["MAIN_COLUMNS", "POSTAL_COLUMNS", "place_of_main_row", "places_of_postal_row", "state_names"]

MAIN_COLUMNS = 19
POSTAL_COLUMNS = 12

_MAX_ALTERNATE_NAMES = 24
_GONE = frozenset({"PPLH", "PPLQ", "PPLW", "PPLCH"})
"""Historical, abandoned and destroyed places, and former capitals: nobody is there."""
_PEOPLE_PER_KM2 = 2_500.0
"""Density of an ordinary built-up area: it turns a population into the radius of the circle that holds it."""
_STATE_RADIUS_M = 200_000.0
_COUNTRY_RADIUS_M = 500_000.0
_POSTAL_RADIUS_M = {"1": 5_000.0, "2": 5_000.0, "3": 3_000.0, "4": 2_000.0, "5": 1_500.0, "6": 1_500.0}
"""By the postal table's column "accuracy": from 1, estimated, to 4, a geonameid, and 6, the centroid of addresses or shape."""


def state_names(lines: Iterable[bytes]) -> dict[tuple[str, str], str]:
    """The name of each first-order division in the lines of a main table, by (country, admin1 code)."""
    names: dict[tuple[str, str], str] = {}
    for line in lines:
        if b"\tA\tADM1\t" in line:
            row = line.decode(errors="replace").split("\t")
            if len(row) == MAIN_COLUMNS:
                names[row[8], row[10]] = row[1]
    return names


def place_of_main_row(row: list[str], states: Mapping[tuple[str, str], str], source: str) -> tuple[Place, ...]:
    """The place in a row of the main table, or nothing when it is neither populated place, state nor country.

    Raises :class:`ValueError` or :class:`BadInput` for a row that cannot be read.
    """
    if len(row) != MAIN_COLUMNS:
        raise ValueError("a row of the main table has 19 columns")
    _, name, ascii_name, alternates, lat, lon, feature_class, code, country, _, admin1, *_ = row
    lon_lat = checked_lon_lat(float(lon), float(lat))
    population = max(0, int(row[14] or 0))
    state = states.get((country, admin1)) or (admin1 if admin1.isalpha() else None)
    if feature_class == "P" and code not in _GONE:
        kind = PlaceKind.NEIGHBOURHOOD if code == "PPLX" else PlaceKind.CITY
        radius_m = min(40_000.0, max(1_000.0, 1_000.0 * math.sqrt(population / (math.pi * _PEOPLE_PER_KM2))))
        if not population and kind is PlaceKind.CITY:
            radius_m = 2_000.0
    elif feature_class == "A" and code == "ADM1":
        kind, radius_m, state = PlaceKind.STATE, _STATE_RADIUS_M, None
    elif feature_class == "A" and code.startswith("PCL") and code != "PCLH":
        kind, radius_m, state = PlaceKind.COUNTRY, _COUNTRY_RADIUS_M, None
    else:
        return ()
    if not name.strip():
        raise ValueError("a place has a name")
    others = dict.fromkeys(other for other in (ascii_name, *alternates.split(",")) if other and "://" not in other)
    others.pop(name, None)
    return (
        Place(
            name=name,
            kind=kind,
            lon_lat=lon_lat,
            radius_m=radius_m,
            alternate_names=tuple(others)[:_MAX_ALTERNATE_NAMES],
            state=state,
            country=country or None,
            population=population,
            source=source,
        ),
    )


def places_of_postal_row(row: list[str], source: str) -> tuple[Place, ...]:
    """The postcode in a row of the postal table and, in Mexico, the settlement (colonia) that the row is about.

    Raises :class:`ValueError` or :class:`BadInput` for a row that cannot be read.
    """
    if len(row) != POSTAL_COLUMNS:
        raise ValueError("a row of the postal table has 12 columns")
    country, postcode, name, state, _, district, *_, lat, lon, accuracy = row
    lon_lat = checked_lon_lat(float(lon), float(lat))
    if not postcode.strip():
        raise ValueError("a row of the postal table has a postcode")
    radius_m = _POSTAL_RADIUS_M.get(accuracy.strip(), 5_000.0)
    # In Mexico a row's name is the settlement and its city the municipality; elsewhere the name is the city's.
    city = district if country == "MX" and district else name
    postal = Place(
        name=postcode,
        kind=PlaceKind.POSTCODE,
        lon_lat=lon_lat,
        radius_m=radius_m,
        city=city or None,
        state=state or None,
        country=country or None,
        source=source,
    )
    if country != "MX" or not name:
        return (postal,)
    settlement = Place(
        name=name,
        kind=PlaceKind.NEIGHBOURHOOD,
        lon_lat=lon_lat,
        radius_m=radius_m,
        city=city or None,
        state=state or None,
        country=country,
        source=source,
    )
    return (postal, settlement)
