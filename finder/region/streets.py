"""Streets: the ways of one name that hang together are one street."""

import math
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from finder.region.extract import OsmObject
from finder.words.folding import fold

__all__ = ["Street", "streets_in"]

_GAP_M = 250.0
"""A square, a crossing or a park may part a street; further away is another street of the same name."""
_METRES_PER_DEGREE = 111_320.0
_NO_STREET = frozenset(
    {"platform", "bus_stop", "proposed", "construction", "razed", "abandoned", "elevator", "corridor", "raceway"}
)


class Street(msgspec.Struct, frozen=True):
    """One street: its ways as mapped, in the order of the extract, and all of them as one geometry in WGS84 degrees."""

    name: str
    ways: Sequence[OsmObject]
    geometry: BaseGeometry


def streets_in(objects: Iterable[OsmObject]) -> Iterator[Street]:
    """The named highways, clustered: ways of one name (accents and case aside) at most 250 m apart are one street."""
    by_name: dict[str, list[OsmObject]] = {}
    for found in objects:
        tags = found.tags
        name = tags.get("name", "").strip()
        if name and found.geometry.geom_type == "LineString" and tags.get("highway", "platform") not in _NO_STREET and fold(name):
            by_name.setdefault(fold(name), []).append(found)
    for ways in by_name.values():
        for cluster in _clusters(ways):
            yield Street(cluster[0].tags["name"].strip(), cluster, shapely.union_all([way.geometry for way in cluster]))


def _clusters(ways: list[OsmObject]) -> list[list[OsmObject]]:
    """Connected components of "at most 250 m apart", by a search over a tree of the lines."""
    if len(ways) == 1:
        return [ways]
    lines = [way.geometry for way in ways]
    lat = lines[0].coords[0][1]
    # Degrees of latitude on both axes around this latitude: one name in one extract does not span climates.
    narrow = max(0.01, math.cos(math.radians(lat)))
    flat = shapely.transform(lines, lambda points: points * [narrow, 1.0])
    pairs = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=_GAP_M / _METRES_PER_DEGREE)
    neighbours: list[list[int]] = [[] for _ in ways]
    for one, two in pairs.T.tolist():
        neighbours[one].append(two)
    seen = [False] * len(ways)
    clusters: list[list[OsmObject]] = []
    for start in range(len(ways)):
        if seen[start]:
            continue
        seen[start], stack, members = True, [start], list[int]()
        while stack:
            members.append(here := stack.pop())
            for there in neighbours[here]:
                if not seen[there]:
                    seen[there] = True
                    stack.append(there)
        clusters.append([ways[member] for member in sorted(members)])
    return clusters
