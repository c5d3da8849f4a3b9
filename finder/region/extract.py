"""Reading an OpenStreetMap extract (``.osm.pbf``): tagged objects with their geometry, one after the other."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import shapely
from osmium import FileProcessor
from osmium.filter import IdFilter, KeyFilter, TagFilter
from osmium.geom import WKBFactory
from osmium.io import File, Reader
from osmium.osm import NODE, NOTHING, WAY
from osmium.osm import types as osm
from shapely.geometry.base import BaseGeometry

from finder.errors import BadFile
from finder.geo.points import LonLat

__all__ = ["Bounds", "Extract", "OsmObject"]

_WKB = WKBFactory()


class Bounds(NamedTuple):
    """A box in WGS84 degrees; ``west`` ≤ ``east``."""

    west: float
    south: float
    east: float
    north: float


class OsmObject(msgspec.Struct, frozen=True):
    """One node, way or area with its tags. Geometry in WGS84 degrees, longitude first."""

    ref: str
    """Type and number as OpenStreetMap's own pages have it: ``node/25``, ``way/7``, ``relation/3``."""
    tags: Mapping[str, str]
    geometry: BaseGeometry
    """A Point for a node, a LineString for a way, a MultiPolygon for an area."""

    @property
    def is_point(self) -> bool:
        """Whether it was mapped as a node."""
        return self.geometry.geom_type == "Point"

    @property
    def is_area(self) -> bool:
        """Whether it encloses ground: a closed way, or a relation of type multipolygon or boundary."""
        return self.geometry.geom_type == "MultiPolygon"


class Extract:
    """An ``.osm.pbf`` file. ``bounds`` is the box its header names; without one, the box of its nodes.

    Raises :class:`BadFile` when the file is missing, is no PBF or holds no node, and later, while reading, when it is damaged.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadFile(f"There is no file {path.name}. Give the path of an .osm.pbf extract.")
        if path.stat().st_size == 0:
            raise BadFile(f"{path.name} is empty. Download the extract again.")
        self.path = path
        with self._reading():
            if next(iter(FileProcessor(self._file(), NODE)), None) is None:
                raise BadFile(f"{path.name} holds no map data: it has not a single node. Download the extract again.")
            with Reader(self._file(), NOTHING) as reader:
                box = reader.header().box()
            if not box.valid():
                for node in FileProcessor(self._file(), NODE):
                    if isinstance(node, osm.Node):
                        box.extend(node.location)
        low, high = box.bottom_left, box.top_right
        self.bounds = Bounds(low.lon, low.lat, high.lon, high.lat)

    def objects(self, *keys: str) -> Iterator[OsmObject]:
        """Every node, way and area that has one of the keys; no keys, no objects.

        A way comes as a line, and when it is closed (``area=no`` aside) once more as an area of the same ``ref``; so does a
        multipolygon relation, as an area only. Objects whose nodes the extract cut away have what is left of their
        line; an area that cannot be assembled is left out.
        """
        wanted = KeyFilter(*keys)
        processor = FileProcessor(self._file()).with_locations().with_areas(wanted).with_filter(wanted)
        with self._reading():
            for found in processor:
                geometry = _geometry(found)
                if geometry is not None:
                    yield OsmObject(_ref(found), dict(found.tags), geometry)

    def way_nodes(self, *tags: tuple[str, str]) -> Iterator[LonLat]:
        """Where the nodes of all ways lie that have one of the tags, each node once; those that the extract cut away nowhere."""
        with self._reading():
            ways = FileProcessor(self._file(), WAY).with_filter(TagFilter(*tags))
            numbers = {node.ref for way in ways if isinstance(way, osm.Way) for node in way.nodes}
            for node in FileProcessor(self._file(), NODE).with_filter(IdFilter(numbers)):
                if isinstance(node, osm.Node) and node.location.valid():
                    yield LonLat(node.location.lon, node.location.lat)

    def _file(self) -> File:
        return File(str(self.path), "pbf")

    @contextmanager
    def _reading(self) -> Generator[None]:
        try:
            yield
        except RuntimeError as error:  # osmium's only error for a file that it cannot read
            raise BadFile(
                f"{self.path.name} is no OpenStreetMap extract in PBF format, or it is damaged ({error}). "
                "Give a file that ends in .osm.pbf; download it again if it should be one."
            ) from error


def _ref(found: osm.OSMEntity) -> str:
    if isinstance(found, osm.Area):
        return f"{'way' if found.from_way() else 'relation'}/{found.orig_id()}"
    assert isinstance(found, osm.OSMObject)  # noqa: S101 - changesets do not occur in extracts
    return f"{ {'n': 'node', 'w': 'way', 'r': 'relation'}[found.type_str()] }/{found.id}"


def _geometry(found: osm.OSMEntity) -> BaseGeometry | None:
    if isinstance(found, osm.Node):
        return shapely.Point(found.location.lon, found.location.lat) if found.location.valid() else None
    if isinstance(found, osm.Way):
        points = [(node.lon, node.lat) for node in found.nodes if node.location.valid()]
        return shapely.LineString(points) if len(points) > 1 else None
    if isinstance(found, osm.Area):
        try:
            return shapely.from_wkb(_WKB.create_multipolygon(found))
        except RuntimeError:  # rings that cross or do not close
            return None
    return None  # a relation comes again as an area
