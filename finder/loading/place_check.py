"""Whether a coordinate can be true of the address beside it, and where an address without one is. No message has a coordinate.

What is compared, and when it contradicts:

===========  ==========================================================================  ===================================
Part         Known from                                                                  Contradicts beyond
===========  ==========================================================================  ===================================
city         the book; the postcodes and neighbourhoods that lie in a city of that name  the larger of radius + 25 km, three
                                                                                         radii, and how far municipalities
                                                                                         reach (``place_words.toml``)
postcode     the book                                                                    radius + 15 km, or the same reach
state        the boxes of ``state_outlines.toml``, by name, else by postcode             10 km outside the box
country      the outlines of the time zones                                              about 3 km outside, high seas too
===========  ==========================================================================  ===================================

City and postcode speak together: one place near enough that either may mean, and neither contradicts. Of the sea only the
high seas are known, see :func:`in_the_sea`: a point in a bay is told by its city or state, if at all.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.domain.facility import Address
from finder.geo.distance import geodesic_many_m
from finder.geo.points import LonLat
from finder.loading.check import MIRRORS
from finder.loading.country_check import country_disagreement, in_km, in_the_sea
from finder.loading.gazetteer import Gazetteer
from finder.loading.place_locate import MAX_ACCURACY_M, Located, locate_address
from finder.loading.place_meaning import Meaning, Meanings, MeantPlaces
from finder.loading.place_words import same_country
from finder.loading.states import State, states_by_postcode
from finder.loading.zones import countries_near

__all__ = ["MAX_ACCURACY_M", "Contradiction", "Located", "PlaceBook", "in_the_sea"]

_STATE_BEYOND_M = 10_000.0
_LONGEST_NAME = 60
_COUNTRIES_OF_STATES = same_country("US") | {"MX"}


class Contradiction(msgspec.Struct, frozen=True):
    """What is wrong with a coordinate that its own address belies, and what to do."""

    problem: str
    advice: str
    distance_m: float
    """To the middle of the place that the address names, to a state's box, or about to a country's outline. May be infinite."""


class PlaceBook:
    """The places of regions and operators, asked about addresses. May be pickled; threads may share it.

    An empty book knows states and countries all the same.
    """

    def __init__(self, places: Gazetteer) -> None:
        self._places = places
        self._meanings = Meanings(places)

    @classmethod
    def read(cls, place_files: Iterable[Path]) -> "PlaceBook":
        """From place files as :func:`finder.locate.place_files.read_places` takes them. Raises :class:`BadFile`."""
        return cls(Gazetteer.read(place_files))

    def locate(self, address: Address) -> Located | None:
        """Where the address is, or ``None``: see :func:`finder.loading.place_locate.locate_address`."""
        return locate_address(self._places, address)

    def contradiction(self, address: Address, lon_lat: LonLat) -> Contradiction | None:
        """What speaks against the point, or ``None`` when nothing does, or nothing is known.

        The book may not know every place of a name. So a city speaks against a point only when it is a town in the address'
        state, or a large one in a country without states, or when the book covers the surroundings of the point and knows
        no place of that name there; a village only when the postcode says the same. A state without a country counts
        only where the point is in a country whose states are known, or on the high seas.
        """
        meaning = self._meanings.of(address)
        found = self._disagreement(meaning, address, lon_lat)
        if found is None:
            return None
        distance_m, problem, what = found
        return Contradiction(problem, _advice(meaning, address, lon_lat, what), distance_m)

    def contradictions(self, addresses: Sequence[Address], lon_lat: NDArray[np.float64]) -> dict[int, Contradiction]:
        """:meth:`contradiction` for many: those that there are, by position. ``lon_lat`` has shape (n, 2), longitude first."""
        # One by one: two thirds of the time go to finding the meaning and the time zone, which no array makes faster.
        points: list[tuple[float, float]] = lon_lat.tolist()
        rows = enumerate(zip(addresses, points, strict=True))
        return {at: told for at, (address, point) in rows if (told := self.contradiction(address, LonLat(*point))) is not None}

    def _disagreement(self, meaning: Meaning, address: Address, lon_lat: LonLat) -> tuple[float, str, str] | None:
        """Distance in metres, problem, and the part of the address that disagrees."""
        city, postcode, states, by_postcode, countries = meaning
        if (city.nearby or postcode.nearby) and not (city.surely_near(lon_lat) or postcode.surely_near(lon_lat)):
            far = self._far_from_both(city, postcode, lon_lat)
            if far is not None:
                nearest_m, what = far
                name = (address.city if what == "city" else address.postcode) or ""
                return nearest_m, f"This is {in_km(nearest_m)} from {_shown(name)}, the {what} of its address.", what
        if states and not _is_in_state(states, lon_lat):
            nearest_m, state = min(((state.distance_m(lon_lat), state) for state in states), key=lambda pair: pair[0])
            if nearest_m > _STATE_BEYOND_M and (countries or _is_where_states_are_known(lon_lat)):
                what = "postcode" if by_postcode else "state"
                which = "where the postcode of its address is" if by_postcode else "the state of its address"
                return nearest_m, f"This is {in_km(nearest_m)} outside {state.name}, {which}.", what
        return country_disagreement(countries, address.country, lon_lat)

    def _far_from_both(self, city: MeantPlaces, postcode: MeantPlaces, lon_lat: LonLat) -> tuple[float, str] | None:
        """Metres to the nearest place that is meant, and what it is; ``None`` where one is near enough or nothing is sure."""
        to_city_m, to_postcode_m = geodesic_many_m(lon_lat, city.lon_lat), geodesic_many_m(lon_lat, postcode.lon_lat)
        if (to_city_m <= city.limit_m).any() or (to_postcode_m <= postcode.limit_m).any():
            return None
        if not (city.is_sure or postcode.is_sure or (city.is_town and self._places.covers(lon_lat))):
            return None
        # The city is what people know; a postcode speaks where the city is not known.
        return (float(to_city_m.min()), "city") if city.is_named else (float(to_postcode_m.min()), "postcode")


def _advice(meaning: Meaning, address: Address, lon_lat: LonLat, what: str) -> str:
    for wrong, meant, where, advice in MIRRORS:
        lon, lat = meant(*lon_lat)
        if -90 <= lat <= 90 and _agrees(meaning, LonLat(lon, lat)):
            return f"{wrong}: {where} it agrees with the address. {advice}"
    by_postcode = states_by_postcode(address.postcode, address.country) if address.postcode else ()
    if what == "state" and _is_in_state(by_postcode, lon_lat):
        return "The postcode agrees with the coordinates: if it is right, correct the state of the address."
    if what == "sea":
        return "Look the coordinates up again."
    return f"Look the coordinates up again; if they are right, correct the {what} of the address."


def _agrees(meaning: Meaning, lon_lat: LonLat) -> bool:
    """Whether something that is known of the address speaks for the point, and nothing against it."""
    places = [part for part in (meaning.city, meaning.postcode) if part.nearby]
    if places and not any(part.hold(lon_lat) for part in places):
        return False
    if meaning.states and not _is_in_state(meaning.states, lon_lat):
        return False
    if meaning.countries and not meaning.countries & countries_near(lon_lat):
        return False
    return bool(places or meaning.states or meaning.countries)


def _is_in_state(states: tuple[State, ...], lon_lat: LonLat) -> bool:
    for state in states:  # noqa: SIM110 - twice as fast as any(…), and it runs for every row of a file
        if state.holds(lon_lat):
            return True
    return False


def _is_where_states_are_known(lon_lat: LonLat) -> bool:
    """Whether the point is in Mexico or the United States or on the high seas: elsewhere another country's state may be meant."""
    return all(country in _COUNTRIES_OF_STATES for country in countries_near(lon_lat))


def _shown(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
