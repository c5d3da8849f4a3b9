"""What is drawn of an extract, layer by layer: which objects, with which fields, from which zoom on.

| layer | geometry | fields | from |
| --- | --- | --- | --- |
| ``water`` | polygons: sea, lakes, wide rivers | ``class``: ``sea``, ``water`` | zoom 6 |
| ``waterways`` | lines | ``class``: ``river``, ``canal``, ``stream``; ``name`` | 9 (rivers), 13 |
| ``green`` | polygons | ``class``: ``park``, ``wood``, ``grass``, ``pitch``, ``cemetery``; ``name`` | 8 |
| ``landuse`` | polygons | ``residential``, ``commercial``, ``industrial``, ``education``, ``hospital``, ``square`` | 8, 12 |
| ``buildings`` | polygons | ``name`` | 13 |
| ``roads`` | lines | ``class``: ``motorway``, ``major``, ``minor``, ``path``; ``name`` | 6, 8, 12, 13 |
| ``rail`` | lines | ``class``: ``rail``, ``subway``, ``tram`` | 9, 12, 13 |
| ``place_labels`` | points | ``class``: ``city``, ``town``, ``village``, ``neighbourhood``; ``name`` | 6, 8, 11, 12 |

Polygons smaller than a few pixels are left to the finer zooms.
"""

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from finder.region.extract import OsmObject
from finder.region.tag_values import Tags

__all__ = ["FIELDS", "LAYERS", "MAP_KEYS", "Drawn", "drawn"]

LAYERS = ("water", "green", "landuse", "waterways", "buildings", "roads", "rail", "place_labels")
"""Bottom to top, which is the order within a tile."""

FIELDS = (
    dict.fromkeys(LAYERS, ("class", "name")) | dict.fromkeys(("water", "landuse", "rail"), ("class",)) | {"buildings": ("name",)}
)
"""The fields of each layer, all texts; ``name`` is missing where a thing has none, and on lines up to zoom 11."""

MAP_KEYS = ("natural", "waterway", "landuse", "leisure", "amenity", "building", "highway", "railway", "place")


class Drawn(msgspec.Struct, frozen=True):
    """One thing on the map. Geometry in WGS84 degrees."""

    layer: str
    of_class: str
    name: str | None
    from_zoom: int
    geometry: BaseGeometry


def _table(**values: str) -> dict[str, str]:
    return {word: of_class for of_class, words in values.items() for word in words.split()}


_ROADS = _table(
    motorway="motorway motorway_link trunk trunk_link",
    major="primary primary_link secondary secondary_link tertiary tertiary_link",
    minor="unclassified residential living_street service pedestrian road busway",
    path="footway path steps cycleway track bridleway",
)
_ROAD_ZOOM = {"motorway": 6, "major": 8, "minor": 12, "path": 13}
_RAIL = _table(rail="rail light_rail narrow_gauge", subway="subway", tram="tram")
_RAIL_ZOOM = {"rail": 9, "subway": 12, "tram": 13}
_WATERWAYS = {"river": 9, "canal": 11, "stream": 13}
_PLACES = _table(city="city", town="town", village="village", neighbourhood="borough suburb quarter neighbourhood")
_PLACE_ZOOM = {"city": 6, "town": 8, "village": 11, "neighbourhood": 12}
_GREEN = {
    "leisure": _table(park="park garden nature_reserve golf_course playground", pitch="pitch track"),
    "natural": _table(wood="wood scrub heath", grass="grassland"),
    "landuse": _table(wood="forest", grass="grass meadow village_green recreation_ground allotments", cemetery="cemetery"),
}
_LANDUSE = {
    "landuse": _table(
        residential="residential", commercial="commercial retail", industrial="industrial railway port", education="education"
    ),
    "amenity": _table(education="school university college kindergarten", hospital="hospital clinic"),
}


def drawn(found: OsmObject) -> Drawn | None:
    """How the object is drawn; ``None`` for what is not. The coastline is no object of its own: see ``coastline``."""
    name = found.tags.get("name", "").strip() or None
    if found.is_area:
        fit = _area(found.tags)
    elif found.is_point:
        fit = _label(found.tags) if name is not None else None
    else:
        # A square for walking is drawn as the area that it is, not as a road around it.
        square = found.tags.get("area") == "yes" and shapely.is_closed(found.geometry)
        fit = None if square else _line(found.tags)
    if fit is None:
        return None
    layer, of_class, from_zoom = fit
    return Drawn(layer, of_class, name, from_zoom, found.geometry)


def _area(tags: Tags) -> tuple[str, str, int] | None:
    if (
        tags.get("natural") == "water"
        or tags.get("waterway") in {"riverbank", "dock"}
        or tags.get("landuse") in {"reservoir", "basin"}
    ):
        return "water", "water", 6
    if tags.get("building", "no") != "no":
        return "buildings", "building", 13
    if tags.get("highway") in _ROADS and tags.get("area") == "yes":
        return "landuse", "square", 12
    for layer, classes in (("green", _GREEN), ("landuse", _LANDUSE)):
        for key, by_value in classes.items():
            if (of_class := by_value.get(tags.get(key, ""))) is not None:
                return layer, of_class, 8
    return None


def _line(tags: Tags) -> tuple[str, str, int] | None:
    if (of_class := _ROADS.get(tags.get("highway", ""))) is not None:
        return "roads", of_class, _ROAD_ZOOM[of_class]
    if (of_class := _RAIL.get(tags.get("railway", ""))) is not None and "service" not in tags:
        return "rail", of_class, _RAIL_ZOOM[of_class]
    waterway = tags.get("waterway", "")
    if waterway in _WATERWAYS and tags.get("tunnel", "no") == "no":
        return "waterways", waterway, _WATERWAYS[waterway]
    return None


def _label(tags: Tags) -> tuple[str, str, int] | None:
    of_class = _PLACES.get(tags.get("place", ""))
    return ("place_labels", of_class, _PLACE_ZOOM[of_class]) if of_class is not None else None
