"""Place names of an extract, for looking up where something is.

- CITY: ``place`` city, town, village, hamlet. Radius: the area's; for a node by value.
- NEIGHBOURHOOD: ``place`` borough, suburb, quarter, neighbourhood; ``boundary=administrative`` of level 9 to 11. Radius likewise.
- LANDMARK: stations, airports, ferry terminals, squares, universities, shopping centres. Radius: the area's, at least 100 m.
- STREET: named highways that hang together. A point on the street; the radius reaches its far end.
- POSTCODE: ``addr:postcode``. The median of its addresses; the radius holds 95 % of them.
- ADDRESS: ``addr:housenumber`` with ``addr:street`` or ``addr:place``. Radius: the building's, at least 20 m.

A node's point is itself; an area's lies inside it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from finder.domain.place import Place, PlaceKind
from finder.geo.distance import geodesic_m, geodesic_many_m
from finder.geo.points import LonLat
from finder.region.extract import Extract, OsmObject
from finder.region.streets import Street, streets_in
from finder.region.surroundings import SETTLEMENT_RADIUS_M, Surroundings
from finder.region.tag_values import Tags, text_of
from finder.words.folding import fold

__all__ = ["places_in"]

_KEYS = ("highway", "place", "addr:housenumber", "addr:postcode", "addr:city", "boundary", "railway", "public_transport")
_LANDMARK_KEYS = ("aeroway", "amenity", "shop")
_NEIGHBOURHOOD_RADIUS_M = {"borough": 4_000.0, "suburb": 1_500.0, "quarter": 800.0, "neighbourhood": 500.0}
_LANDMARKS = {
    "railway": {"station", "halt"},
    "public_transport": {"station"},
    "aeroway": {"aerodrome"},
    "amenity": {"bus_station", "ferry_terminal", "university"},
    "shop": {"mall"},
    "place": {"square"},
}
_SAME_PLACE_M = {PlaceKind.CITY: 5_000.0, PlaceKind.NEIGHBOURHOOD: 2_000.0, PlaceKind.LANDMARK: 500.0}
"""Two mappings of one name and kind at most this far apart (a node and an outline, say) are one place."""
_ADDRESS_RADIUS_M = 20.0
_NUMBER_FIRST = frozenset({"US", "CA", "GB", "IE", "AU", "NZ", "ZA", "IN", "FR", "LU", "MY", "SG", "PH", "JM", "TH"})
"""Countries where the house number stands before the street."""
_ALTERNATE_KEYS = re.compile(r"(name:[a-z]{2,3}(-[A-Za-z]{2,8})?|(alt|official|short|loc|int|old|nat|reg)_name)")


def places_in(extract: Extract, source: str) -> Iterator[Place]:
    """All named places: cities first, then neighbourhoods, landmarks, streets, postcodes and addresses. No order within."""
    objects = list(extract.objects(*_KEYS, *_LANDMARK_KEYS))
    surroundings = Surroundings(objects)
    named = (place for found in objects if (place := _named(found, surroundings, source)) is not None)
    yield from _each_once(named)
    alternates: dict[str, tuple[str, ...]] = {}
    for street in streets_in(objects):
        place = _street(street, surroundings, source)
        alternates[fold(place.name)] = tuple(dict.fromkeys((*alternates.get(fold(place.name), ()), *place.alternate_names)))
        yield place
    addressed = [found for found in objects if found.geometry.geom_type != "LineString"]
    yield from _postcodes(addressed, surroundings, source)
    yield from _addresses(addressed, alternates, surroundings, source)


def _named(found: OsmObject, surroundings: Surroundings, source: str) -> Place | None:
    name, tags = text_of(found.tags, "name"), found.tags
    classed = _class_of(tags)
    if name is None or classed is None or found.geometry.geom_type == "LineString":
        return None
    kind, usual_m = classed
    lon_lat, radius_m = _middle(found.geometry)
    context = surroundings.context(lon_lat, found)
    population = tags.get("population", "").replace(" ", "").replace(",", "")
    return Place(
        name=name,
        kind=kind,
        lon_lat=lon_lat,
        radius_m=max(radius_m, 100.0) if found.is_area else usual_m,
        alternate_names=_alternates(tags, name),
        city=None if kind is PlaceKind.CITY else context.city,
        state=context.state,
        country=context.country,
        population=int(population) if population.isascii() and population.isdigit() else 0,
        source=source,
    )


def _class_of(tags: Tags) -> tuple[PlaceKind, float] | None:
    """The kind of a named place and the radius of one that is only a point."""
    place = tags.get("place", "")
    if place in SETTLEMENT_RADIUS_M:
        return PlaceKind.CITY, SETTLEMENT_RADIUS_M[place]
    if place in _NEIGHBOURHOOD_RADIUS_M:
        return PlaceKind.NEIGHBOURHOOD, _NEIGHBOURHOOD_RADIUS_M[place]
    if tags.get("boundary") == "administrative" and tags.get("admin_level") in {"9", "10", "11"}:
        return PlaceKind.NEIGHBOURHOOD, _NEIGHBOURHOOD_RADIUS_M["suburb"]
    if any(tags.get(key) in values for key, values in _LANDMARKS.items()):
        return PlaceKind.LANDMARK, 100.0
    return None


def _each_once(places: Iterable[Place]) -> list[Place]:
    """The largest of the places that share a kind and a name and lie together."""
    kept: dict[tuple[PlaceKind, str], list[Place]] = {}
    for place in sorted(
        places, key=lambda place: (list(PlaceKind).index(place.kind), -place.radius_m, place.name, place.lon_lat)
    ):
        rivals = kept.setdefault((place.kind, fold(place.name)), [])
        reach_m = _SAME_PLACE_M[place.kind]
        if not any(geodesic_m(place.lon_lat, rival.lon_lat) <= max(reach_m, rival.radius_m) for rival in rivals):
            rivals.append(place)
    return [place for places_of_name in kept.values() for place in places_of_name]


def _street(street: Street, surroundings: Surroundings, source: str) -> Place:
    # The point of the street nearest to the middle of its box: a bent street's own middle lies off it.
    middle = shapely.box(*street.geometry.bounds).centroid
    on_street = shapely.Point(shapely.shortest_line(street.geometry, middle).coords[0])
    lon_lat = LonLat(float(on_street.x), float(on_street.y))
    context = surroundings.context(lon_lat)
    return Place(
        name=street.name,
        kind=PlaceKind.STREET,
        lon_lat=lon_lat,
        radius_m=max(50.0, _reach_m(lon_lat, street.geometry)),
        alternate_names=tuple(dict.fromkeys(name for way in street.ways for name in _alternates(way.tags, street.name))),
        city=context.city,
        state=context.state,
        country=context.country,
        source=source,
    )


def _postcodes(objects: Iterable[OsmObject], surroundings: Surroundings, source: str) -> Iterator[Place]:
    points: dict[str, list[LonLat]] = {}
    for found in objects:
        for postcode in found.tags.get("addr:postcode", "").split(";"):
            if any(letter.isdigit() for letter in postcode):
                points.setdefault(postcode.strip().upper(), []).append(_middle(found.geometry)[0])
    for postcode, members in points.items():
        lon_lat = np.asarray(members, dtype=np.float64)
        lon, lat = np.median(lon_lat, axis=0).tolist()
        middle = LonLat(lon, lat)
        context = surroundings.context(middle)
        yield Place(
            name=postcode,
            kind=PlaceKind.POSTCODE,
            lon_lat=middle,
            radius_m=max(200.0, float(np.percentile(geodesic_many_m(middle, lon_lat), 95))),
            city=context.city,
            state=context.state,
            country=context.country,
            source=source,
        )


def _addresses(
    objects: Iterable[OsmObject], alternates: Mapping[str, tuple[str, ...]], surroundings: Surroundings, source: str
) -> Iterator[Place]:
    """Each address once: many a shop repeats the number of its house, so the house (an area) goes first."""
    seen: set[tuple[str, str | None]] = set()
    for found in sorted(objects, key=lambda found: not found.is_area):
        street, number = text_of(found.tags, "addr:street", "addr:place"), text_of(found.tags, "addr:housenumber")
        if street is None or number is None:
            continue
        lon_lat, radius_m = _middle(found.geometry)
        context = surroundings.context(lon_lat, found)
        name = _address_name(street, number, context.country)
        key = (fold(name), context.city)
        if key in seen:
            continue
        seen.add(key)
        yield Place(
            name=name,
            kind=PlaceKind.ADDRESS,
            lon_lat=lon_lat,
            radius_m=max(_ADDRESS_RADIUS_M, radius_m),
            alternate_names=tuple(_address_name(other, number, context.country) for other in alternates.get(fold(street), ())),
            city=context.city,
            state=context.state,
            country=context.country,
            source=source,
        )


def _address_name(street: str, number: str, country: str | None) -> str:
    return f"{number} {street}" if country in _NUMBER_FIRST else f"{street} {number}"


def _alternates(tags: Tags, name: str) -> tuple[str, ...]:
    values = (part.strip() for key, value in sorted(tags.items()) if _ALTERNATE_KEYS.fullmatch(key) for part in value.split(";"))
    return tuple(dict.fromkeys(value for value in values if value and value != name))


def _middle(geometry: BaseGeometry) -> tuple[LonLat, float]:
    """A point in the geometry and the radius in metres of the circle around it that holds all of it."""
    point = shapely.point_on_surface(geometry)
    lon_lat = LonLat(float(point.x), float(point.y))
    return lon_lat, 0.0 if geometry.geom_type == "Point" else _reach_m(lon_lat, geometry)


def _reach_m(lon_lat: LonLat, geometry: BaseGeometry) -> float:
    return float(geodesic_many_m(lon_lat, np.asarray(shapely.get_coordinates(geometry), dtype=np.float64)).max())
