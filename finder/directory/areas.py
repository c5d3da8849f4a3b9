"""Neighbourhoods and towns by where they are, for asking a person which of two they are nearer to."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

import msgspec
import numpy as np

from finder.directory.records import Records, write_records
from finder.domain.place import Place, PlaceKind
from finder.errors import Damaged
from finder.geo.kdtree import KdTree
from finder.geo.points import LonLat

__all__ = ["Area", "Areas", "write_areas"]

_KINDS: Final = frozenset({PlaceKind.CITY, PlaceKind.NEIGHBOURHOOD})


class Area(msgspec.Struct, frozen=True, array_like=True):
    """A named area: ``name`` as people say it, ``label`` as it is found again by a search of places."""

    name: str
    label: str
    lon_lat: LonLat


class Areas:
    """The areas of a snapshot, memory-mapped."""

    def __init__(self, tree: KdTree, records: Records) -> None:
        self._tree = tree
        self._records = records

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map what :func:`write_areas` wrote. Raises :class:`Damaged` when the files do not fit each other."""
        tree, records = KdTree.open(folder / "tree", verify=False), Records.open(folder / "areas.bin")
        if len(tree) != len(records):
            raise Damaged("The areas of a snapshot do not fit each other. Publish again: finder publish.")
        return cls(tree, records)

    def within(self, origin: LonLat, radius_m: float, most: int) -> list[Area]:
        """The areas whose middle lies within the circle, the nearest first, at most so many."""
        slots, _ = self._tree.nearest(origin, most, radius_m=radius_m)
        return [msgspec.json.decode(self._records[row], type=Area) for row in self._tree.order[slots].tolist()]


def write_areas(folder: Path, places: Iterable[Place]) -> None:
    """Write the cities and neighbourhoods among the places into a new folder; of one label the first stands."""
    areas: dict[str, Area] = {}
    for place in places:
        if place.kind in _KINDS:
            label = place.label()
            areas.setdefault(label, Area(place.name, label, place.lon_lat))
    folder.mkdir()
    write_records(folder / "areas.bin", map(msgspec.json.encode, areas.values()))
    KdTree.build(np.array([area.lon_lat for area in areas.values()], dtype=np.float64)).save(folder / "tree")
