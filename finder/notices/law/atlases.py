"""The outlines as npm has them, TopoJSON made for a sphere, as polygons on a plane of longitude and latitude."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.geometry.base import BaseGeometry

from finder.errors import Damaged

__all__ = ["HOW", "AtlasEntry", "atlas_parts"]

HOW: Final = "run python web-assets/install.py, or install the finder again."
"""What to do where a file is missing."""


class AtlasEntry(NamedTuple):
    """A country or state: its id, where it has one, its name and its parts, polygons that may go on beyond ±180°."""

    id: str | None
    name: str
    parts: list[BaseGeometry]


def atlas_parts(path: Path, layer: str) -> Iterator[AtlasEntry]:
    """Read a TopoJSON file. Raises :class:`Damaged` when it is missing or not one of ours."""
    try:
        meta, _, wkb, columns = raw.read(path, layer=layer)
        fields = dict(zip(meta["fields"], columns, strict=True))
        rows = list(zip(fields["id"], fields["name"], shapely.from_wkb(wkb), strict=True))
    except (DataSourceError, DataLayerError, KeyError, shapely.errors.ShapelyError) as error:
        raise Damaged(f"{path.name} is missing or damaged: {HOW}") from error
    for id_, name, area in rows:
        yield AtlasEntry(id_, name, [_unwrapped(part) for part in shapely.get_parts(area).tolist() if not part.is_empty])


def _unwrapped(part: shapely.Polygon) -> BaseGeometry:
    """Return a part whose rings cross ±180° by a leap as one that goes on beyond it; one around a pole as one that reaches it."""
    west, _, east, _ = part.bounds
    if east - west <= 180.0:
        return part
    outer, *holes = [_continuous(shapely.get_coordinates(ring)) for ring in (part.exterior, *part.interiors)]
    middle = outer[:, 0].mean()
    for hole in holes:
        hole[:, 0] += 360.0 * np.round((middle - hole[:, 0].mean()) / 360.0)
    return shapely.Polygon(outer, holes)


def _continuous(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a ring, shape (n, 2), whose longitudes go on where they leapt; if it goes around the Earth, by way of the pole."""
    lon = np.unwrap(ring[:, 0], period=360.0)
    if abs(lon[-1] - lon[0]) < 180.0:
        return np.column_stack([lon, ring[:, 1]])
    pole = np.copysign(90.0, ring[:, 1].mean())
    lon, lat = np.append(lon, [lon[-1], lon[0], lon[0]]), np.append(ring[:, 1], [pole, pole, ring[0, 1]])
    return np.column_stack([lon, lat])
