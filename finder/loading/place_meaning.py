"""What the parts of an address can mean: places, states and countries, remembered for the rows that share them."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.domain.facility import Address
from finder.domain.place import PlaceKind
from finder.geo.distance import geodesic_many_m
from finder.geo.points import LonLat
from finder.loading.gazetteer import Gazetteer, Rows, form_key, name_key
from finder.loading.place_words import city_readings, reach_m, same_country
from finder.loading.states import State, knows_states_of, states_by_postcode, states_named

__all__ = ["DEGREE_M", "NEARBY", "Meaning", "Meanings", "MeantPlaces"]

NEARBY = 4
"""So many places of each part are looked at first."""
DEGREE_M = 111_694.0
"""No degree of a great circle on WGS84 is longer: that of the meridian at the poles, a²/b · π/180."""
_CITY_BEYOND_M, _CITY_RADII = 25_000.0, 3.0
_POSTCODE_BEYOND_M = 15_000.0
_MOST_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class MeantPlaces:
    """The places that one part of an address can mean."""

    nearby: tuple[tuple[float, float, float, float], ...] = ()
    """Of those with the widest limits: longitude, latitude, limit in metres, metres in a degree of longitude."""
    lon_lat: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    limit_m: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    is_named: bool = False
    """Whether the book has the very name; by a part of it a city may be found near, but not be missed."""
    is_town: bool = False
    is_sure: bool = False
    """Whether no place of that name can lie elsewhere; if not, only what the book covers can be told, and only of a town."""

    def surely_near(self, lon_lat: LonLat) -> bool:
        """Whether one of the places with the widest limits is certainly within its limit.

        The way along the place's parallel and then the point's meridian is no shorter than the geodesic, and degrees of both are
        taken at their longest: who is near by this measure is near; who is not may be.
        """
        lon, lat = lon_lat
        for place_lon, place_lat, limit_m, degree_m in self.nearby:
            away = abs(lon - place_lon)
            if (360.0 - away if away > 180.0 else away) * degree_m + abs(lat - place_lat) * DEGREE_M <= limit_m:
                return True
        return False

    def hold(self, lon_lat: LonLat) -> bool:
        """Whether one of the places is within its limit."""
        return bool((geodesic_many_m(lon_lat, self.lon_lat) <= self.limit_m).any())


class Meaning(NamedTuple):
    """What an address can mean."""

    city: MeantPlaces
    postcode: MeantPlaces
    states: tuple[State, ...]
    states_by_postcode: bool
    """The address names no state: they are those of its postcode."""
    countries: frozenset[str]
    """Any of them will do; empty when the address names none."""


class _CityMeaning(NamedTuple):
    """What country, state and city mean; the same for all rows that share them."""

    city: MeantPlaces
    states: tuple[State, ...]
    countries: frozenset[str]


class _PostcodeMeaning(NamedTuple):
    """What country, state and postcode mean."""

    postcode: MeantPlaces
    states: tuple[State, ...]
    """Of the postcode, where the address names no state."""


_NO_PLACES = MeantPlaces()
_NO_POSTCODE = _PostcodeMeaning(_NO_PLACES, ())


class Meanings:
    """Understands addresses by a gazetteer."""

    def __init__(self, places: Gazetteer) -> None:
        self.places = places
        self._cities: dict[tuple[str | None, str | None, str | None], _CityMeaning] = {}
        self._postcodes: dict[tuple[str | None, str | None, str], _PostcodeMeaning] = {}
        self._meanings: dict[tuple[str | None, str | None, str | None, str | None], Meaning] = {}

    def __reduce__(self) -> tuple[type["Meanings"], tuple[Gazetteer]]:
        return Meanings, (self.places,)

    def of(self, address: Address) -> Meaning:
        """What the address can mean. Of rows that share their city, or postcode, only the first takes time."""
        key = (address.country, address.state, address.city, address.postcode)
        meaning = self._meanings.get(key)
        if meaning is None:
            if len(self._meanings) >= _MOST_REMEMBERED:
                self._meanings = {}
            meaning = self._meanings[key] = self._understood(address)
        return meaning

    def _understood(self, address: Address) -> Meaning:
        in_city = self._cities.get((address.country, address.state, address.city))
        if in_city is None:
            in_city = self._understand_city(address)
        postal = _NO_POSTCODE
        if address.postcode:
            known = self._postcodes.get((address.country, address.state, address.postcode))
            postal = known if known is not None else self._understand_postcode(address, address.postcode)
        city, states, countries = in_city
        return Meaning(city, postal.postcode, states or postal.states, not states, countries)

    def _understand_city(self, address: Address) -> _CityMeaning:
        states = states_named(address.state, address.country) if address.state else ()
        city = self._city_places(address, states) if address.city and len(self.places) else _NO_PLACES
        countries = same_country(address.country) if address.country else frozenset[str]()
        if len(self._cities) >= _MOST_REMEMBERED:
            self._cities = {}
        meaning = self._cities[address.country, address.state, address.city] = _CityMeaning(city, states, countries)
        return meaning

    def _city_places(self, address: Address, states: tuple[State, ...]) -> MeantPlaces:
        book = self.places
        rows, limits_m = list[Rows](), list[NDArray[np.float64]]()
        is_named = is_town = is_sure = False
        for number, reading in enumerate(city_readings(address.city or "")):
            key = form_key(PlaceKind.CITY, reading)
            cities = book.may_be_in(book.by_key(key), address, states)
            inner = book.may_be_in(book.members(key), address, states)
            quarters = book.may_be_in(book.by_key(form_key(PlaceKind.NEIGHBOURHOOD, reading)), address, states)
            if number == 0:
                # Other names of a town ("old name", "nickname") are too many to rule out that another bears it.
                own = cities[book.own_key[cities] == np.uint64(key)]
                is_named = len(cities) + len(inner) > 0
                is_town = bool(book.is_town[own].any())
                is_sure = self._is_sure(own, address, states)
            if not (len(cities) or len(inner) or len(quarters)):
                continue
            wide_m = _reach_m(states, address.country, reading)
            radius_m = book.radius_m[cities]
            inside = np.concatenate((inner, quarters))
            rows += [cities, inside]
            limits_m.append(np.maximum(np.maximum(radius_m + _CITY_BEYOND_M, _CITY_RADII * radius_m), wide_m))
            limits_m.append(np.maximum(book.radius_m[inside] + _CITY_BEYOND_M, wide_m))
        if not rows:
            return _NO_PLACES
        nearby, lon_lat, limit_m = self._with_limits(rows, limits_m)
        return MeantPlaces(nearby, lon_lat, limit_m, is_named, is_town, is_sure)

    def _is_sure(self, cities: Rows, address: Address, states: tuple[State, ...]) -> bool:
        """Whether no other city of that name is where the address says, though the book may not know all towns there are."""
        certain = self.places.certainly_in(cities, address, states) & self.places.is_town[cities]
        if address.country and not address.state and not knows_states_of(address.country):
            certain = certain | (self.places.same_country(cities, address.country) & self.places.is_large[cities])
        return bool(certain.any())

    def _understand_postcode(self, address: Address, postcode: str) -> _PostcodeMeaning:
        book = self.places
        states = states_named(address.state, address.country) if address.state else ()
        places = _NO_PLACES
        rows = book.may_be_in(book.by_key(name_key(PlaceKind.POSTCODE, postcode)), address, states)
        if len(rows):
            wide_m = _reach_m(states, address.country, "")
            certain = book.same_country(rows, address.country) | book.certainly_in(rows, address, states)
            nearby, lon_lat, limit_m = self._with_limits([rows], [np.maximum(book.radius_m[rows] + _POSTCODE_BEYOND_M, wide_m)])
            places = MeantPlaces(nearby, lon_lat, limit_m, is_named=True, is_sure=bool(certain.any()))
        if len(self._postcodes) >= _MOST_REMEMBERED:
            self._postcodes = {}
        by_postcode = states_by_postcode(postcode, address.country) if not address.state else ()
        meaning = self._postcodes[address.country, address.state, postcode] = _PostcodeMeaning(places, by_postcode)
        return meaning

    def _with_limits(
        self, rows: list[Rows], limits_m: list[NDArray[np.float64]]
    ) -> tuple[tuple[tuple[float, float, float, float], ...], NDArray[np.float64], NDArray[np.float64]]:
        """The three first fields of :class:`MeantPlaces`."""
        lon_lat, limit_m = self.places.lon_lat[np.concatenate(rows)], np.concatenate(limits_m)
        first = np.argsort(-limit_m, kind="stable")[:NEARBY]
        nearby = tuple(
            (lon, lat, limit, DEGREE_M * math.cos(math.radians(lat)))
            for (lon, lat), limit in zip(lon_lat[first].tolist(), limit_m[first].tolist(), strict=True)
        )
        return nearby, lon_lat, limit_m


def _reach_m(states: tuple[State, ...], country: str | None, city: str) -> float:
    return max((reach_m(state.country, state.code, city) for state in states), default=reach_m(country, None, city))
