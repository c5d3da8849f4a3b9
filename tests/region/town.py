"""Small extracts that a test draws itself and writes as PBF."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium
from osmium.osm import mutable

type Tags = Mapping[str, str]


class Town:
    """Nodes, ways and relations; ``write`` makes an ``.osm.pbf`` of them, with a box in its header when one is given."""

    def __init__(self) -> None:
        self.nodes: list[mutable.Node] = []
        self.ways: list[mutable.Way] = []
        self.relations: list[mutable.Relation] = []

    def node(self, lon: float, lat: float, **tags: str) -> int:
        number = len(self.nodes) + 1
        self.nodes.append(mutable.Node(id=number, location=(lon, lat), tags=tidy(tags)))
        return number

    def way(self, points: Sequence[tuple[float, float]], **tags: str) -> int:
        """A way; when the first point comes again at the end, it is closed by the same node."""
        numbers = [self.node(*point) for point in points[:-1]]
        numbers.append(numbers[0] if points[0] == points[-1] else self.node(*points[-1]))
        self.ways.append(mutable.Way(id=len(self.ways) + 1, nodes=numbers, tags=tidy(tags)))
        return len(self.ways)

    def join(self, *numbers: int, **tags: str) -> int:
        """A way of nodes that are there already, such as that of a crossing."""
        self.ways.append(mutable.Way(id=len(self.ways) + 1, nodes=list(numbers), tags=tidy(tags)))
        return len(self.ways)

    def square(self, lon: float, lat: float, half: float, **tags: str) -> int:
        west, east, south, north = lon - half, lon + half, lat - half, lat + half
        return self.way([(west, south), (east, south), (east, north), (west, north), (west, south)], **tags)

    def relation(self, members: Sequence[tuple[int, str]], **tags: str) -> int:
        """A multipolygon of ways with their roles."""
        parts = [("w", number, role) for number, role in members]
        all_tags = {"type": "multipolygon", **tidy(tags)}
        self.relations.append(mutable.Relation(id=len(self.relations) + 1, members=parts, tags=all_tags))
        return len(self.relations)

    def write(self, path: Path, box: tuple[float, float, float, float] | None = None) -> Path:
        header = osmium.io.Header()
        if box is not None:
            header.add_box(osmium.osm.Box(*box))
        with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
            for node in self.nodes:
                writer.add_node(node)
            for way in self.ways:
                writer.add_way(way)
            for relation in self.relations:
                writer.add_relation(relation)
        return path


def tidy(tags: Tags) -> dict[str, str]:
    """Python names as tag keys: ``addr__street`` is ``addr:street``."""
    return {key.replace("__", ":"): value for key, value in tags.items()}
