"""The places of regions and operators as flat arrays: found by their very name, small enough for every worker.

Names are kept as 64-bit BLAKE2b hashes of their one form (:mod:`finder.loading.place_words`): among 10 million
names two are taken for each other with a chance of 3e-6. A place takes about 85 bytes, and 24 more for each further name.
"""

import hashlib
from array import array
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finder.domain.facility import Address
from finder.domain.place import Place, PlaceKind
from finder.geo.points import LonLat
from finder.loading.fold import folded
from finder.loading.place_words import neighbourhood_name, place_name, street_name
from finder.loading.states import State, states_named
from finder.loading.zones import countries_near
from finder.locate.place_files import read_places

__all__ = ["Gazetteer", "Rows", "form_key", "name_key"]

type Rows = NDArray[np.intp]

KEPT = (PlaceKind.CITY, PlaceKind.POSTCODE, PlaceKind.NEIGHBOURHOOD, PlaceKind.STREET, PlaceKind.ADDRESS)
_KIND_NUMBER = {kind: number for number, kind in enumerate(KEPT)}
_CELLS_A_DEGREE = 5
"""A cell is a fifth of a degree, at most 22 km."""
_LARGE_M, _LARGE_POPULATION = 10_000.0, 100_000
_TOWN_M, _TOWN_POPULATION = 4_000.0, 15_000


class Gazetteer:
    """The places of some files. Rows are numbers of places; immutable, may be pickled and shared by threads."""

    def __init__(self, places: Iterable[Place]) -> None:
        """Take the places, but landmarks, states and countries."""
        keys, rows, own_key = array("Q"), array("q"), array("Q")
        lon, lat, radius_m = array("d"), array("d"), array("d")
        kind, size = array("b"), array("b")
        city, state, country = array("Q"), array("Q"), array("H")
        for place in places:
            number = _KIND_NUMBER.get(place.kind)
            if number is None:
                continue
            own_key.append(name_key(place.kind, place.name))
            for key in {own_key[-1], *(name_key(place.kind, name) for name in place.alternate_names)}:
                keys.append(key)
                rows.append(len(lon))
            lon.append(place.lon_lat.lon)
            lat.append(place.lon_lat.lat)
            radius_m.append(place.radius_m)
            kind.append(number)
            is_town = place.radius_m >= _TOWN_M or place.population >= _TOWN_POPULATION
            size.append(is_town + (place.radius_m >= _LARGE_M or place.population >= _LARGE_POPULATION))
            city.append(name_key(PlaceKind.CITY, place.city) if place.city else 0)
            state.append(_state_key(place.state, place.country))
            country.append(_country_number(place.country))
        found = np.frombuffer(keys, dtype=np.uint64) if keys else np.empty(0, dtype=np.uint64)
        order = np.argsort(found, kind="stable")
        self._keys = found[order]
        self._rows: Rows = np.array(rows, dtype=np.intp)[order]
        self.lon_lat: NDArray[np.float64] = np.column_stack((np.array(lon), np.array(lat))).reshape(-1, 2).astype(np.float64)
        self.radius_m: NDArray[np.float64] = np.array(radius_m, dtype=np.float64)
        self.own_key: NDArray[np.uint64] = np.array(own_key, dtype=np.uint64)
        """Key of the name itself, not of the others by which it is known too."""
        self.is_town: NDArray[np.bool_] = np.array(size, dtype=np.int8) >= 1
        """From 15,000 people or 4 km radius (OpenStreetMap's town): few states have two of a name."""
        self.is_large: NDArray[np.bool_] = np.array(size, dtype=np.int8) >= 2
        """From 100,000 people or 10 km radius."""
        self.city: NDArray[np.uint64] = np.array(city, dtype=np.uint64)
        """Key of the name of the city that each lies in; 0 where none is known."""
        self._kind = np.array(kind, dtype=np.int8)
        self._state = np.array(state, dtype=np.uint64)
        self._country = np.array(country, dtype=np.uint16)
        inner = np.isin(self._kind, [_KIND_NUMBER[PlaceKind.POSTCODE], _KIND_NUMBER[PlaceKind.NEIGHBOURHOOD]]) & (self.city > 0)
        members = np.flatnonzero(inner)
        self._members: Rows = members[np.argsort(self.city[members], kind="stable")]
        self._member_cities = self.city[self._members]
        self._cells = np.unique(_cells(self.lon_lat))
        by_row = np.argsort(self._rows, kind="stable")
        self._names_by_row = self._keys[by_row]
        self._row_starts = np.searchsorted(self._rows[by_row], np.arange(len(lon) + 1))

    @classmethod
    def read(cls, place_files: Iterable[Path]) -> "Gazetteer":
        """From files as :func:`finder.locate.place_files.read_places` takes them. Raises :class:`BadFile` for another."""
        return cls(place for path in place_files for place in read_places(path))

    def __len__(self) -> int:
        return len(self.radius_m)

    def by_key(self, key: int) -> Rows:
        """The places that bear the name."""
        return _equal(self._keys, self._rows, key)

    def members(self, city_key: int) -> Rows:
        """The postcodes and neighbourhoods that lie in a city of that name."""
        return _equal(self._member_cities, self._members, city_key)

    def names_of(self, rows: Rows) -> set[int]:
        """The keys of all names of the places."""
        return {int(key) for row in rows for key in self._names_by_row[self._row_starts[row] : self._row_starts[row + 1]]}

    def may_be_in(self, rows: Rows, address: Address, states: tuple[State, ...]) -> Rows:
        """Those of the places that the address' country and state allow: what is unknown on either side allows everything.

        ``states`` are those that the address' state may mean. Where only the place's own state is unknown, its point tells.
        """
        if len(rows) and address.country:
            # Lists of the United States name their territories "US"; the state tells them apart.
            allowed = {0, _country_number(address.country), *(_country_number(state.country) for state in states)}
            allowed |= {_country_number(state.code) for state in states if len(state.code) == 2 and state.country == "US"}
            rows = rows[_among(self._country[rows], allowed)]
        if len(rows) and address.state:
            wanted = {_named_key("state", f"{state.country}-{state.code}") for state in states}
            wanted.add(_named_key("state", folded(address.state)))
            in_state = _among(self._state[rows], wanted)
            unknown = self._state[rows] == 0
            if states and unknown.any():
                unknown &= np.array([any(state.holds(self.point(row)) for state in states) for row in rows], dtype=np.bool_)
            rows = rows[in_state | unknown]
        return rows

    def certainly_in(self, rows: Rows, address: Address, states: tuple[State, ...]) -> NDArray[np.bool_]:
        """Of places that :meth:`may_be_in` has left, those of which the address says the state, and they lie in it."""
        if not address.state:
            return np.zeros(len(rows), dtype=np.bool_)
        return (self._state[rows] != 0) | bool(states)

    def same_country(self, rows: Rows, country: str | None) -> NDArray[np.bool_]:
        """Which of the places are known to lie in the country."""
        if not country:
            return np.zeros(len(rows), dtype=np.bool_)
        at_home = self._country[rows] == _country_number(country)
        # Near a border the files leave the country out.
        for at in np.flatnonzero(self._country[rows] == 0):
            at_home[at] = country in countries_near(self.point(rows[at]))
        return at_home

    def point(self, row: np.intp | int) -> LonLat:
        """The point of a place."""
        lon, lat = self.lon_lat[row].tolist()
        return LonLat(lon, lat)

    def covers(self, lon_lat: LonLat) -> bool:
        """Whether the files know anything of the surroundings: a place in the same fifth of a degree."""
        cell = _cells(np.array([lon_lat], dtype=np.float64))[0]
        at = int(np.searchsorted(self._cells, cell))
        return at < len(self._cells) and bool(self._cells[at] == cell)


def _among[Number: np.generic](values: NDArray[Number], wanted: set[int]) -> NDArray[np.bool_]:
    # A name has few bearers as a rule, and for those numpy's own way takes ten times as long.
    if len(values) <= 64:
        return np.array([value in wanted for value in values.tolist()], dtype=np.bool_)
    return np.isin(values, np.array(sorted(wanted), dtype=values.dtype))


def _equal(keys: NDArray[np.uint64], rows: Rows, key: int) -> Rows:
    """The rows beside that key; ``keys`` are sorted."""
    wanted = np.uint64(key)
    first = int(np.searchsorted(keys, wanted))
    if first == len(keys) or keys[first] != wanted:
        return rows[:0]
    return rows[first : int(np.searchsorted(keys, wanted, "right"))]


def name_key(kind: PlaceKind, name: str) -> int:
    """The key of a name of that kind of place; 0 for a name that says nothing."""
    return form_key(kind, _form(kind, name))


def form_key(kind: PlaceKind, form: str) -> int:
    """The key of a name that is in its one form already."""
    return _named_key(kind, form) if form else 0


def _form(kind: PlaceKind, name: str) -> str:
    match kind:
        case PlaceKind.POSTCODE:
            return postcode_form(name)
        case PlaceKind.NEIGHBOURHOOD:
            return neighbourhood_name(name)
        case PlaceKind.STREET | PlaceKind.ADDRESS:
            return street_name(name)
        case _:
            return place_name(name)


def postcode_form(postcode: str) -> str:
    """Without blanks and, of nine digits, the first five: ``92101-1234`` is ``92101``."""
    head, dash, tail = postcode.strip().partition("-")
    return head if dash and len(head) == 5 and len(tail) == 4 and (head + tail).isdigit() else folded(postcode)


@lru_cache(maxsize=65_536)
def _named_key(kind: str, form: str) -> int:
    # 0 stands for no name at all.
    return int.from_bytes(hashlib.blake2b(f"{kind}\x00{form}".encode(), digest_size=8).digest(), "big") or 1


@lru_cache(maxsize=4096)
def _state_key(state: str | None, country: str | None) -> int:
    if not state:
        return 0
    known = states_named(state, country)
    return _named_key("state", f"{known[0].country}-{known[0].code}" if len(known) == 1 else folded(state))


def _country_number(country: str | None) -> int:
    return ord(country[0]) * 256 + ord(country[1]) if country and len(country) == 2 and country.isascii() else 0


def _cells(lon_lat: NDArray[np.float64]) -> NDArray[np.int64]:
    lon = np.floor((lon_lat[:, 0] + 180.0) % 360.0 * _CELLS_A_DEGREE).astype(np.int64)
    lat = np.floor((lon_lat[:, 1] + 90.0) * _CELLS_A_DEGREE).astype(np.int64)
    return lat * (360 * _CELLS_A_DEGREE) + lon
