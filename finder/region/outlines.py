"""The outlines of places of care, as far as mappers have drawn them: where a site ends, for its fences and for the law.

What is drawn as a place of care is its outline. A place that is a mere node has that of the building around it, if nothing else
that people go to is mapped in that building: a practice in a house of shops has no site of its own to be fenced.
"""

from collections.abc import Callable, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from finder.directory.directory import Directory
from finder.domain.fence import Outline
from finder.errors import NotFound, NotReady
from finder.geo.points import LonLat
from finder.region.doubles import MappedCare
from finder.region.extract import Extract
from finder.region.pack import RegionPack

__all__ = ["SiteOutlines", "outlines_by_id", "outlines_of"]

_USES = ("amenity", "shop", "office", "healthcare", "tourism", "craft", "leisure")
"""Keys of what people go to."""
_NO_USE = frozenset({"no", "none", "vacant"})


class SiteOutlines:
    """The outlines of all regions in service, by what OpenStreetMap calls a place. Safe to ask from many threads."""

    def __init__(self, packs: Callable[[], Sequence[RegionPack]]) -> None:
        self._packs = packs
        self._read: tuple[Sequence[RegionPack], dict[str, Outline]] = (), {}

    def of(self, ref: str) -> Outline | None:
        """Return the outline of ``way/7``; ``None`` where none is known. Reads the packs again when one was built."""
        packs, (held, outlines) = self._packs(), self._read
        if packs != held:
            outlines = {known: outline for pack in reversed(packs) for known, outline in pack.outlines()}
            self._read = packs, outlines
        return outlines.get(ref)


def outlines_by_id(directory: Directory, packs: Callable[[], Sequence[RegionPack]]) -> Callable[[str], Outline | None]:
    """Return what tells the outline of a facility in service by its id; ``None`` where none is known."""
    outlines = SiteOutlines(packs)

    def outline_of(facility_id: str) -> Outline | None:
        try:
            ref = directory.current().facility(facility_id).identifiers.get("osm")
        except (NotFound, NotReady):
            return None
        return outlines.of(ref) if ref is not None else None

    return outline_of


def outlines_of(extract: Extract, places: Sequence[Sequence[MappedCare]]) -> list[Outline | None]:
    """Return the outline of each place of care, ``None`` where nobody has drawn one.

    ``places`` are the places, each with all the mappings of it, the one that stays first. Raises :class:`BadFile` as reading
    does.
    """
    drawn = [next((each.geometry for each in place if _is_area(each.geometry)), None) for place in places]
    nodes = [
        number for number, geometry in enumerate(drawn) if geometry is None and places[number][0].geometry.geom_type == "Point"
    ]
    for number, building in _own_buildings(extract, [places[number] for number in nodes]).items():
        drawn[nodes[number]] = building
    return [None if geometry is None else _outline(geometry) for geometry in drawn]


def _own_buildings(extract: Extract, places: Sequence[Sequence[MappedCare]]) -> dict[int, BaseGeometry]:
    """The building around each of these nodes in which nothing else is, by the node's number."""
    points = shapely.STRtree([place[0].geometry for place in places])
    buildings: list[tuple[BaseGeometry, str, set[int]]] = []
    uses: list[tuple[BaseGeometry, str]] = []
    for found in extract.objects("building", *_USES):
        if found.is_area and found.tags.get("building", "no") != "no":
            within = set(points.query(found.geometry, predicate="intersects").tolist())
            if within:
                buildings.append((found.geometry, found.ref, within))
        if any(found.tags.get(key, "no") not in _NO_USE for key in _USES) and (found.is_point or found.is_area):
            uses.append((shapely.point_on_surface(found.geometry), found.ref))
    used = shapely.STRtree([point for point, _ in uses])
    own: dict[int, BaseGeometry] = {}
    # The smallest last: a building within another one is the nearer of both.
    for geometry, _, within in sorted(buildings, key=lambda one: (-one[0].area, one[1])):
        inside = {uses[number][1] for number in used.query(geometry, predicate="intersects").tolist()}
        for number in within:
            own.pop(number, None)
            if inside <= {each.ref for each in places[number]}:
                own[number] = geometry
    return own


def _is_area(geometry: BaseGeometry) -> bool:
    return geometry.geom_type == "MultiPolygon"


def _outline(geometry: BaseGeometry) -> Outline:
    """The area as a fence's shape has it."""
    return Outline(
        polygons=tuple(
            tuple(tuple(LonLat(*point) for point in shapely.get_coordinates(ring).tolist()) for ring in shapely.get_rings(part))
            for part in shapely.get_parts(geometry)
        )
    )
