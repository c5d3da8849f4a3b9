"""One place of care that was mapped twice: as an area and once more as a node or a building."""

from collections.abc import Mapping, Sequence

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from finder.domain.facility import FacilityKind
from finder.geo.points import LonLat
from finder.geo.shapes import ShapeIndex
from finder.words.folding import fold

__all__ = ["NEAR_M", "MappedCare", "same_places"]

NEAR_M = 60.0
"""A node this near to an area may stand for the same place: at its gate, or in the building beside the outline."""

_GENERAL = frozenset({FacilityKind.HOSPITAL, FacilityKind.CLINIC, FacilityKind.DOCTORS, FacilityKind.OTHER})
"""Kinds that mappers use for one another."""


class MappedCare(msgspec.Struct, frozen=True):
    """A place of care as it was mapped. Geometry in WGS84 degrees: Point, LineString or MultiPolygon."""

    ref: str
    kind: FacilityKind
    name: str | None
    tags: Mapping[str, str]
    geometry: BaseGeometry


def same_places(mapped: Sequence[MappedCare]) -> list[tuple[MappedCare, list[MappedCare]]]:
    """Each place once, with the other mappings of it, which are to be merged into it; the order is kept.

    What stays is the largest area. A smaller area, a line or a node joins it when its middle is inside or at most
    :data:`NEAR_M` away and both say the same: equal names, accents and case aside, and kinds that go together; or, inside only,
    the same kind with one of the names missing or part of the other. Two nodes are never merged: two counters of one chain may
    well stand side by side.
    """
    areas = sorted((each for each in mapped if each.geometry.geom_type == "MultiPolygon"), key=lambda each: -each.geometry.area)
    rank = {area.ref: position for position, area in enumerate(areas)}
    by_ref = {area.ref: area for area in areas}
    index = ShapeIndex()
    for area in areas:
        index.insert(area.ref, area.geometry)
    joined: dict[str, str] = {}
    # Large ones first: what has joined another place takes in nothing itself.
    for each in sorted(mapped, key=lambda each: rank.get(each.ref, len(areas))):
        middle = shapely.point_on_surface(each.geometry)
        lon_lat = LonLat(float(middle.x), float(middle.y))
        inside = set(index.containing(lon_lat))
        for ref in index.within_m(lon_lat, NEAR_M):
            larger = rank[ref] < rank.get(each.ref, len(areas))
            if larger and ref not in joined and _same(by_ref[ref], each, inside=ref in inside):
                joined[each.ref] = ref
                break
    groups: dict[str, list[MappedCare]] = {each.ref: [] for each in mapped if each.ref not in joined}
    for each in mapped:
        if each.ref in joined:
            groups[joined[each.ref]].append(each)
    return [(each, groups[each.ref]) for each in mapped if each.ref in groups]


def _same(area: MappedCare, other: MappedCare, *, inside: bool) -> bool:
    one, two = fold(area.name or ""), fold(other.name or "")
    if one and one == two:
        return area.kind is other.kind or (area.kind in _GENERAL and other.kind in _GENERAL)
    return inside and area.kind is other.kind and (f" {one} " in f" {two} " or f" {two} " in f" {one} " or not one or not two)
