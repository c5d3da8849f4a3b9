"""The doors of places of care, as far as mappers have drawn them: where a way to the place ends.

Sources: the wiki's pages Key:entrance, Key:access, Tag:railway=subway_entrance.
"""

from collections.abc import Iterable, Sequence

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from finder.domain.facility import Entrance
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.region.doubles import MappedCare
from finder.region.extract import Extract, OsmObject
from finder.region.osm_tags import accessibility_of
from finder.region.tag_values import values_in

__all__ = ["MAIN_NEAR_M", "entrances_of"]

MAIN_NEAR_M = 50.0
"""The main entrance of a building serves a place that is mapped as a node in it, this near: further on others do."""
_MOST = 10
"""A hospital's ground may hold hundreds of doors."""
_NO_ENTRANCE = frozenset({"no", "none"})
_LAST_RESORT = frozenset({"emergency", "exit", "fire_exit", "service", "garage", "delivery", "loading_dock"})
_CLOSED = frozenset({"private", "no", "employees", "residents"})
"""Values of ``access`` that keep patients out."""


class _Door(msgspec.Struct, frozen=True):
    ref: str
    entrance: Entrance
    last_resort: bool


def entrances_of(extract: Extract, places: Sequence[Sequence[MappedCare]]) -> list[tuple[Entrance, ...]]:
    """The entrances of each place, best first, at most ten: main ones, then those that a wheelchair passes, then the others.

    ``places`` are the places of care, each with all the mappings of it. A place's entrances are, in this order: the node that it
    was mapped as; those on its outlines or within, those of a smaller place aside; and for a mere node the *main* ones of the
    building around it, at most :data:`MAIN_NEAR_M` away. Exits, service doors and doors that are closed to patients count only
    where there is no other; entrances of the underground never do. Raises :class:`BadFile` as reading does.
    """
    points = [_point(place[0].geometry) for place in places]
    doors, around = _read(extract, points)
    tree = shapely.STRtree([shapely.Point(*door.entrance.lon_lat) for door in doors])
    outlines = [shapely.union_all([each.geometry for each in place if _is_area(each)]) for place in places]
    inside = [_within(tree, outline) for outline in outlines]
    smallest: dict[int, int] = {}
    for place in sorted(range(len(places)), key=lambda place: -outlines[place].area):
        smallest.update(dict.fromkeys(inside[place], place))
    number_of = {door.ref: number for number, door in enumerate(doors)}
    found: list[tuple[Entrance, ...]] = []
    for place, mappings in enumerate(places):
        own = [number_of[each.ref] for each in mappings if each.ref in number_of]
        theirs = [number for number in inside[place] if smallest[number] == place]
        near = _main_near(tree, doors, around[place], points[place]) if outlines[place].is_empty else []
        numbers = own or theirs or inside[place] or near
        found.append(_best(doors[number] for number in numbers))
    return found


def _read(extract: Extract, points: Sequence[LonLat]) -> tuple[list[_Door], list[list[BaseGeometry]]]:
    """All doors, and of each point the buildings that hold it."""
    doors, around = list[_Door](), [list[BaseGeometry]() for _ in points]
    tree = shapely.STRtree([shapely.Point(*point) for point in points])
    for found in extract.objects("entrance", "building"):
        if found.is_area and "building" in found.tags:
            for number in tree.query(found.geometry, predicate="intersects").tolist():
                around[number].append(found.geometry)
        elif found.is_point and (door := _door(found)) is not None:
            doors.append(door)
    return doors, around


def _door(found: OsmObject) -> _Door | None:
    kinds = values_in(found.tags.get("entrance"))
    if not kinds or kinds[0] in _NO_ENTRANCE or found.tags.get("railway", "").endswith("subway_entrance"):
        return None
    kind = "main" if "main" in kinds else kinds[0]
    entrance = Entrance(LonLat(*found.geometry.coords[0]), kind, accessibility_of(found.tags).wheelchair)
    return _Door(found.ref, entrance, kind in _LAST_RESORT or found.tags.get("access") in _CLOSED)


def _within(tree: shapely.STRtree, outline: BaseGeometry) -> list[int]:
    return [] if outline.is_empty else sorted(tree.query(outline, predicate="intersects").tolist())


def _main_near(tree: shapely.STRtree, doors: Sequence[_Door], around: Iterable[BaseGeometry], point: LonLat) -> list[int]:
    numbers = {number for building in around for number in _within(tree, building)}
    main = (number for number in sorted(numbers) if doors[number].entrance.kind == "main" and not doors[number].last_resort)
    return [number for number in main if geodesic_m(doors[number].entrance.lon_lat, point) <= MAIN_NEAR_M]


def _best(doors: Iterable[_Door]) -> tuple[Entrance, ...]:
    all_doors = sorted(doors, key=_order)
    usable = [door for door in all_doors if not door.last_resort]
    return tuple(door.entrance for door in (usable or all_doors)[:_MOST])


def _order(door: _Door) -> tuple[bool, int, int]:
    passes = {"yes": 0, "limited": 1, None: 2, "no": 3}
    return door.entrance.kind != "main", passes[door.entrance.wheelchair], int(door.ref.partition("/")[2])


def _is_area(mapped: MappedCare) -> bool:
    return mapped.geometry.geom_type == "MultiPolygon"


def _point(geometry: BaseGeometry) -> LonLat:
    point = shapely.point_on_surface(geometry)
    return LonLat(float(point.x), float(point.y))
