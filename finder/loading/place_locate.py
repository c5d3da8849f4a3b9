"""A position for an address without coordinates, from the places of regions: only where everything that it says agrees."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.domain.facility import Address
from finder.domain.place import PlaceKind
from finder.geo.distance import geodesic_m, geodesic_many_m
from finder.geo.points import LonLat
from finder.loading.gazetteer import Gazetteer, Rows, form_key, name_key
from finder.loading.place_words import city_readings, house_and_street
from finder.loading.states import State, knows_states_of, states_named

__all__ = ["MAX_ACCURACY_M", "Located", "locate_address"]

MAX_ACCURACY_M = 2_500.0
"""A facility that may be farther off than this is better kept aside: people would be sent to the wrong side of a town."""

_LEAST_HOUSE_M, _MOST_HOUSE_M = 30.0, 250.0
"""Two doors of one house, or the wings of a hospital, are one address; houses of one number farther apart are two."""
_BESIDE_STREET_M = 100.0
"""A house stands beside its street, and a large one far from it."""
_LEAST_NEIGHBOURHOOD_M, _LEAST_POSTCODE_M = 1_000.0, 1_500.0
"""Of an area that an extract knows by few addresses, or as a point, the radius is a guess. 99 % of Tijuana's 858 colonias and
89 % of its 182 postcodes are no larger than a circle of this radius (``tests/loading/test_place_check.py``)."""
_AGREE_M = 1_000.0
"""How far outside a postcode or a neighbourhood a house or street of it may seem to end."""


class Located(msgspec.Struct, frozen=True):
    """Where an address is, by the places of the regions."""

    lon_lat: LonLat
    accuracy_m: float
    """The radius in metres of the circle around the point that holds all of what was found."""
    by: str
    """``house number``, ``street``, ``postcode`` or ``neighbourhood``: the finest part of the address that was found."""


@dataclass(frozen=True)
class _Known:
    """What the book knows of an address' surroundings."""

    address: Address
    states: tuple[State, ...]
    cities: Rows
    city_names: NDArray[np.uint64]
    quarters: Rows
    """Neighbourhoods that the address calls its city: ``La Jolla``."""
    postcodes: Rows
    neighbourhoods: Rows


def locate_address(book: Gazetteer, address: Address) -> Located | None:
    """The best position that the book gives the address, or ``None`` when none is within :data:`MAX_ACCURACY_M` for certain.

    City, state and country must be those of the address, as far as either side says; a house or a street must lie in or by
    the address' postcode and neighbourhood where the book has them. An address that leaves out its state in a country
    of states must name a postcode or a large city, since the book may not know all towns of a name. Several places that fit
    are answered by the circle around all of them, if it is small enough. A city alone is never good enough.
    """
    known = _known(book, address)
    if known is None:
        return None
    number, street = house_and_street(address.house_number, address.street)
    if number and street:
        houses = _rows(book, known, PlaceKind.ADDRESS, (f"{street} {number}", f"{number} {street}"))
        house = _enclosed(book, _near_its_area(book, known, houses), "house number", _LEAST_HOUSE_M)
        if house is not None and house.accuracy_m <= _MOST_HOUSE_M:
            return house
    found: list[Located | None] = []
    # "Calle 2" is a street, not number 2 of the street "Calle".
    for text in dict.fromkeys(text for text in (address.street, street) if text):
        streets = _near_its_area(book, known, _rows(book, known, PlaceKind.STREET, (text,)))
        found.append(_enclosed(book, streets, "street", 0.0, _BESIDE_STREET_M))
    neighbourhoods = _near_its_area(book, known, known.neighbourhoods)
    found.append(_enclosed(book, neighbourhoods, "neighbourhood", _LEAST_NEIGHBOURHOOD_M))
    postcodes = _near_its_area(book, known, _in_city(book, known, known.postcodes))
    found.append(_enclosed(book, postcodes, "postcode", _LEAST_POSTCODE_M))
    good = [located for located in found if located is not None and located.accuracy_m <= MAX_ACCURACY_M]
    return min(good, key=lambda located: located.accuracy_m, default=None)


def _known(book: Gazetteer, address: Address) -> _Known | None:
    """What surrounds the address; ``None`` when that is not certain enough to look for anything in it."""
    states = states_named(address.state, address.country) if address.state else ()
    names = [form_key(PlaceKind.CITY, form) for form in city_readings(address.city)] if address.city else []
    cities = book.may_be_in(_joined(book.by_key(name) for name in names), address, states)
    nothing = cities[:0]
    postcodes = quarters = nothing
    if address.postcode:
        postcodes = book.may_be_in(book.by_key(name_key(PlaceKind.POSTCODE, address.postcode)), address, states)
    if address.city:
        quarters = book.may_be_in(book.by_key(name_key(PlaceKind.NEIGHBOURHOOD, address.city)), address, states)
    city_names = np.array(sorted({*names, *book.names_of(cities)}), dtype=np.uint64)
    known = _Known(address, states, cities, city_names, quarters, postcodes, nothing)
    if not _is_certain(book, known):
        return None
    if address.neighbourhood and address.city:
        return replace(known, neighbourhoods=_rows(book, known, PlaceKind.NEIGHBOURHOOD, (address.neighbourhood,)))
    return known


def _is_certain(book: Gazetteer, known: _Known) -> bool:
    """Whether a namesake of the city, in a part of the country that the book does not know, can be ruled out."""
    address = known.address
    if address.state:
        return bool(address.city or len(known.postcodes))
    if not address.country:
        return False
    if len(_in_city(book, known, known.postcodes)):
        return True
    if not address.city:
        return False
    at_home = book.same_country(known.cities, address.country)
    return bool((at_home & (book.is_large[known.cities] | (not knows_states_of(address.country)))).any())


def _rows(book: Gazetteer, known: _Known, kind: PlaceKind, names: Iterable[str]) -> Rows:
    """The places of that name in the address' city."""
    rows = _joined(book.by_key(name_key(kind, name)) for name in names)
    return _in_city(book, known, book.may_be_in(rows, known.address, known.states))


def _in_city(book: Gazetteer, known: _Known, rows: Rows) -> Rows:
    """Those that lie in the address' city by name, or, where a place's own city is not known, by distance."""
    if not known.address.city or not len(rows):
        return rows if len(known.postcodes) else rows[:0]
    inside = np.isin(book.city[rows], known.city_names)
    inside |= (book.city[rows] == 0) & _within(book, rows, known.cities, 0.0)
    return rows[inside | _within(book, rows, known.quarters, _AGREE_M)]


def _near_its_area(book: Gazetteer, known: _Known, rows: Rows) -> Rows:
    """Those that reach into the address' postcode and neighbourhood, or nearly, where the book has them."""
    for areas in (known.postcodes, known.neighbourhoods):
        if len(areas):
            rows = rows[_within(book, rows, areas, book.radius_m[rows] + _AGREE_M)]
    return rows


def _within(book: Gazetteer, rows: Rows, areas: Rows, beyond_m: float | NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the places lie in one of the areas or at most so far outside."""
    inside = np.zeros(len(rows), dtype=np.bool_)
    for area in areas if len(rows) else ():
        inside |= geodesic_many_m(book.point(area), book.lon_lat[rows]) <= book.radius_m[area] + beyond_m
    return inside


def _enclosed(book: Gazetteer, rows: Rows, by: str, least_m: float, beside_m: float = 0.0) -> Located | None:
    """The circle around the circles of all the places."""
    if not len(rows):
        return None
    rows = np.unique(rows)
    lon_lat, radius_m = book.lon_lat[rows], book.radius_m[rows]
    turn = (lon_lat[:, 0] - lon_lat[0, 0] + 180.0) % 360.0 - 180.0  # a town may lie astride ±180°
    lon = (float(lon_lat[0, 0] + (turn.min() + turn.max()) / 2.0) + 180.0) % 360.0 - 180.0
    centre = book.point(rows[0]) if len(rows) == 1 else LonLat(lon, float(lon_lat[:, 1].min() + lon_lat[:, 1].max()) / 2.0)
    reach_m = max(
        geodesic_m(centre, LonLat(*point)) + radius for point, radius in zip(lon_lat.tolist(), radius_m.tolist(), strict=True)
    )
    return Located(centre, float(math.ceil(max(least_m, reach_m + beside_m))), by)


def _joined(rows: Iterable[Rows]) -> Rows:
    found = list(rows)
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.intp)
