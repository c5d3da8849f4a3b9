"""Place names that the loaded facilities bring along: their own cities, neighbourhoods and postcodes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from finder.domain.facility import Facility
from finder.domain.place import Place, PlaceKind
from finder.geo.distance import geodesic_m, geodesic_many_m
from finder.geo.points import LonLat
from finder.words.folding import fold

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


class _Key(NamedTuple):
    """What tells a place from others; names are folded, what an address leaves out is empty."""

    kind: PlaceKind
    name: str
    city: str
    state: str
    country: str

    def context(self) -> tuple[str, ...]:
        return (self.state, self.country) if self.kind is PlaceKind.CITY else (self.city, self.state, self.country)

    def may_be(self, fuller: "_Key") -> bool:
        """Whether ``fuller`` says more of the same, and nothing else."""
        pairs = list(zip(self.context(), fuller.context(), strict=True))
        return self != fuller and all(own in {"", other} for own, other in pairs)


class _Group:
    """The facilities that name one place."""

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()
        self.states: Counter[str | None] = Counter()
        self.points: list[LonLat] = []

    def take(self, other: "_Group") -> None:
        self.names += other.names
        self.points += other.points  # not the states: what takes others in is what says its state


def places_from_facilities(facilities: Iterable[Facility]) -> Iterator[Place]:
    """Each city, neighbourhood and postcode of the facilities' addresses, once, those of most facilities first.

    The point is the median of the facilities' points, the radius holds 95 % of them, the spelling is the commonest. The same
    name in another city or state is another place; an address that leaves state or country out speaks of the one in reach.
    """
    groups: dict[_Key, _Group] = {}
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
            key = _Key(kind, folded, fold(city or ""), fold(address.state or ""), address.country or "")
            group = groups.setdefault(key, _Group())
            group.names[name.strip()] += 1
            group.states[address.state] += 1
            group.points.append(facility.lon_lat)
    joined = _join_vague(groups)
    for key, group in sorted(groups.items(), key=lambda item: -len(item[1].points)):
        city_key = _Key(PlaceKind.CITY, key.city, "", key.state, key.country)
        city = groups.get(joined.get(city_key, city_key)) if key.city else None
        centre, spread_m = _median_and_spread(group.points)
        yield Place(
            name=_commonest(group.names),
            kind=key.kind,
            lon_lat=centre,
            radius_m=min(_MOST_RADIUS_M[key.kind], max(_LEAST_RADIUS_M[key.kind], spread_m)),
            city=_commonest(city.names) if city else None,
            state=_commonest(group.states),
            country=key.country or None,
            source="facilities",
        )


def _join_vague(groups: dict[_Key, _Group]) -> dict[_Key, _Key]:
    """Put each group whose addresses leave something out into the largest fuller one in reach; where each went.

    One row without a state must not stand for a whole city of its name.
    """
    alike: dict[tuple[PlaceKind, str], list[_Key]] = {}
    for key in groups:
        alike.setdefault((key.kind, key.name), []).append(key)
    joined: dict[_Key, _Key] = {}
    for vague in sorted((key for key in groups if "" in key.context()), key=lambda key: -key.context().count("")):
        centre, _ = _median_and_spread(groups[vague].points)
        fuller = [
            key
            for key in alike[vague.kind, vague.name]
            if key in groups
            and vague.may_be(key)
            and geodesic_m(centre, _median_and_spread(groups[key].points)[0]) <= _MOST_RADIUS_M[vague.kind]
        ]
        if fuller:
            largest = max(fuller, key=lambda key: len(groups[key].points))
            groups[largest].take(groups.pop(vague))
            joined |= {key: largest for key, where in joined.items() if where == vague} | {vague: largest}
    return joined


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
