"""Place names that the loaded facilities bring along: their own cities, neighbourhoods and postcodes."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from finder.domain.facility import Facility
from finder.domain.place import Place, PlaceKind
from finder.geo.distance import geodesic_many_m
from finder.geo.points import LonLat
from finder.locate.folding import fold

__all__ = ["places_from_facilities"]

_LEAST_RADIUS_M = {PlaceKind.CITY: 8_000.0, PlaceKind.POSTCODE: 3_000.0, PlaceKind.NEIGHBOURHOOD: 1_500.0}
"""One clinic says that the place is there, not how far it reaches, nor where in it the clinic lies.

So the floors are generous: a range of distances is told as a fact, and must hold for nearly everybody who lives in the place.
Seen from anywhere in a round place, no other point of it is farther than its diameter. That is within 3,000 m for 89 % of
Tijuana's 182 postcodes, and within 1,500 m for 97 % of its 858 colonias (``tests/locate``); the larger ones are
thinly settled. A city of 8 km radius is 200 km², about what the built-up part of a town of half a million covers.
"""
_MOST_RADIUS_M = {PlaceKind.CITY: 50_000.0, PlaceKind.POSTCODE: 30_000.0, PlaceKind.NEIGHBOURHOOD: 10_000.0}
_WITHIN_PERCENT = 95.0
"""The radius holds this share of the facilities: a single wrong coordinate does not blow a city up."""


class _Group:
    """The facilities that name one place."""

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()
        self.states: Counter[str | None] = Counter()
        self.points: list[LonLat] = []


def places_from_facilities(facilities: Iterable[Facility]) -> Iterator[Place]:
    """Each city, neighbourhood and postcode of the facilities' addresses, once, in order of first mention.

    The point is the median of the facilities' points, the radius holds 95 % of them, the spelling is the commonest. The same
    name in another city or state is another place.
    """
    groups: dict[tuple[PlaceKind, str, str, str, str], _Group] = {}
    for facility in facilities:
        address = facility.address
        for kind, name in (
            (PlaceKind.CITY, address.city),
            (PlaceKind.NEIGHBOURHOOD, address.neighbourhood),
            (PlaceKind.POSTCODE, address.postcode),
        ):
            if not name or not (folded := fold(name)):
                continue
            city = None if kind is PlaceKind.CITY else address.city
            key = (kind, folded, fold(city or ""), fold(address.state or ""), address.country or "")
            group = groups.setdefault(key, _Group())
            group.names[name.strip()] += 1
            group.states[address.state] += 1
            group.points.append(facility.lon_lat)
    for (kind, _, city_key, state_key, country), group in groups.items():
        city = groups.get((PlaceKind.CITY, city_key, "", state_key, country))
        centre, spread_m = _median_and_spread(group.points)
        yield Place(
            name=_commonest(group.names),
            kind=kind,
            lon_lat=centre,
            radius_m=min(_MOST_RADIUS_M[kind], max(_LEAST_RADIUS_M[kind], spread_m)),
            city=_commonest(city.names) if city else None,
            state=_commonest(group.states),
            country=country or None,
            source="facilities",
        )


def _commonest[T](spellings: Counter[T]) -> T:
    return spellings.most_common(1)[0][0]


def _median_and_spread(points: list[LonLat]) -> tuple[LonLat, float]:
    """The median point, and the distance in metres within which 95 % of the points lie of it."""
    lon_lat = np.array(points, dtype=np.float64)
    # Longitudes are taken relative to the first, so that a town astride ±180° is not put on the other side of the Earth.
    turn = (lon_lat[:, 0] - lon_lat[0, 0] + 180.0) % 360.0 - 180.0
    lon = (float(lon_lat[0, 0] + np.median(turn)) + 180.0) % 360.0 - 180.0
    centre = LonLat(lon=lon, lat=float(np.median(lon_lat[:, 1])))
    return centre, float(np.percentile(geodesic_many_m(centre, lon_lat), _WITHIN_PERCENT, method="higher"))
