"""The same place in several files counts once."""

import hashlib
import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import islice

from finder.domain.place import Place, PlaceKind
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.words.folding import fold

__all__ = ["without_repeats"]

_LEAST_APART_M = 50.0
"""Two doors of one house are one address."""
_LEAST_DEGREE_M = 110_500.0
"""A degree of latitude on WGS84 is 110,574 m at the equator and more elsewhere."""
_OWN_CITY = frozenset({PlaceKind.COUNTRY, PlaceKind.STATE, PlaceKind.CITY})
"""Kinds that lie in no city, so that a city cannot tell two of them apart."""

type _Kept = tuple[float, float, float, str]
"""Latitude, longitude, radius in metres, folded city."""


def without_repeats(places: Iterable[Place]) -> Iterator[Place]:
    """Each place once: the first of those with the same folded name and kind whose circles hold the other's point.

    The first wins, so the file to trust most goes first. Streets, neighbourhoods and the like whose cities are both given and
    differ stay apart. Takes about 250 bytes of memory for each place passed.
    """
    # Sorted by latitude, so that of thousands of places with one name ("Centro") only those in reach are looked at.
    kept: dict[bytes, list[_Kept]] = {}
    widest_m: dict[PlaceKind, float] = {}
    for place in places:
        name = fold(place.name)
        if not name:
            continue
        key = hashlib.blake2b(f"{place.kind}\x00{name}".encode(), digest_size=10).digest()
        city = "" if place.kind in _OWN_CITY else fold(place.city or "")
        widest_m[place.kind] = max(widest_m.get(place.kind, _LEAST_APART_M), place.radius_m)
        others = kept.setdefault(key, [])
        reach_deg = widest_m[place.kind] / _LEAST_DEGREE_M
        first = bisect_left(others, (place.lon_lat.lat - reach_deg,))
        last = bisect_left(others, (place.lon_lat.lat + reach_deg, math.inf))
        if not any(_same(place, city, other) for other in islice(others, first, last)):
            insort(others, (place.lon_lat.lat, place.lon_lat.lon, place.radius_m, city))
            yield place


def _same(place: Place, city: str, other: "_Kept") -> bool:
    lat, lon, radius_m, other_city = other
    if city and other_city and city != other_city:
        return False
    return geodesic_m(place.lon_lat, LonLat(lon, lat)) <= max(place.radius_m, radius_m, _LEAST_APART_M)
