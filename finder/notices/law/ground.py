"""Shapes laid on a plane in metres that touches the Earth at a fence, where near it distances are true."""

import math
from itertools import chain
from typing import Final, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from finder.domain.fence import Circle, Outline
from finder.errors import BadInput
from finder.geo.points import LonLat

__all__ = ["Ground", "centre_of", "corners_when_laid", "farthest_corner_m", "turned_rings"]

_WGS84: Final = Geod(ellps="WGS84")
_LONGEST_EDGE_DEG: Final = 0.05  # a straight edge in degrees and one on the plane part by 0.5 m at most over it, up to 80° north
_QUARTER: Final = 64
_OUTER: Final = 1.0 / math.cos(math.pi / (4 * _QUARTER))  # so that a polygon of as many corners holds its circle: 1.00008


class Ground:
    """The azimuthal equidistant plane around ``centre``: distances from there are exact.

    Between two points that are both up to 30 km away they are within 0.001 %.
    """

    def __init__(self, centre: LonLat) -> None:
        self.centre = centre

    @classmethod
    def under(cls, shape: Circle | Outline) -> Self:
        """The plane around the middle of a shape."""
        return cls(centre_of(shape))

    def laid(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry in WGS84 degrees, longitude first and of any turn of the Earth, in metres."""
        return shapely.transform(shapely.segmentize(geometry, _LONGEST_EDGE_DEG), self._plane)

    def point(self, lon_lat: LonLat) -> shapely.Point:
        """Return a point in metres."""
        return shapely.Point(self._plane(np.array([lon_lat], dtype=np.float64))[0])

    def shape(self, shape: Circle | Outline) -> BaseGeometry:
        """Return the area of a shape, in metres: a circle as a polygon that holds it. Raises :class:`BadInput` if it has none."""
        if isinstance(shape, Circle):
            if not 0.0 < shape.radius_m < math.inf:
                raise BadInput("The radius of a fence must be more than 0 metres.")
            return self.point(shape.centre).buffer(shape.radius_m * _OUTER, quad_segs=_QUARTER)
        return self._outline(shape)

    def _outline(self, shape: Outline) -> BaseGeometry:
        turned = turned_rings(shape)
        if any(len(ring) < 4 for polygon in turned for ring in polygon):
            raise _no_area()
        try:
            laid = [self.laid(shapely.Polygon(outer, holes)) for outer, *holes in turned]
        except shapely.GEOSException as error:  # a ring of one place
            raise _no_area() from error
        area = shapely.union_all([shapely.make_valid(polygon) for polygon in laid])
        if not area.area > 0.0:
            raise _no_area()
        return area

    def _plane(self, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = np.full(len(vertices), self.centre.lon), np.full(len(vertices), self.centre.lat)
        azimuth_deg, _, distance_m = _WGS84.inv(lon, lat, vertices[:, 0].copy(), vertices[:, 1].copy())
        azimuth = np.radians(azimuth_deg)
        return np.column_stack([distance_m * np.sin(azimuth), distance_m * np.cos(azimuth)])


def centre_of(shape: Circle | Outline) -> LonLat:
    """The middle of a shape's box, the short way around the Earth. Raises :class:`BadInput` for a shape that is nowhere."""
    if isinstance(shape, Circle):
        middle, farthest_deg = LonLat(*shape.centre), abs(shape.centre[1])
    else:
        vertices = np.vstack(_every_ring(shape))
        middle = LonLat(*((vertices.min(axis=0) + vertices.max(axis=0)) / 2.0).tolist())
        farthest_deg = float(np.abs(vertices[:, 1]).max())
    if not (math.isfinite(middle.lon) and farthest_deg <= 90.0):
        raise BadInput("A fence must be on the Earth, in degrees, longitude first. Are latitude and longitude swapped?")
    return LonLat((middle.lon + 180.0) % 360.0 - 180.0, middle.lat)


def farthest_corner_m(outline: Outline) -> float:
    """How far the farthest corner is from the middle, over the Earth: without laying the outline, which may be of any size.

    Raises :class:`BadInput` as :func:`centre_of` does.
    """
    centre, vertices = centre_of(outline), np.vstack(_every_ring(outline))
    lon, lat = np.full(len(vertices), centre.lon), np.full(len(vertices), centre.lat)
    return float(_WGS84.inv(lon, lat, vertices[:, 0].copy(), vertices[:, 1].copy())[2].max())


def corners_when_laid(outline: Outline) -> float:
    """How many corners :meth:`Ground.shape` would make of an outline, about. At a pole a short edge has many."""
    edges = [np.diff(ring, axis=0) for ring in _every_ring(outline)]
    return sum(len(edge) + float(np.hypot(edge[:, 0], edge[:, 1]).sum()) / _LONGEST_EDGE_DEG for edge in edges)


def turned_rings(outline: Outline) -> list[list[NDArray[np.float64]]]:
    """Return the rings of each polygon, shape (n, 2), each longitude within half a turn of the outline's first.

    Raises :class:`BadInput` for a ring without corners.
    """
    return [[_turned(ring, outline) for ring in polygon] for polygon in outline.polygons]


def _every_ring(outline: Outline) -> list[NDArray[np.float64]]:
    rings = list(chain.from_iterable(turned_rings(outline)))
    if not rings:
        raise _no_area()
    return rings


def _turned(ring: tuple[LonLat, ...], shape: Outline) -> NDArray[np.float64]:
    if not ring:
        raise _no_area()
    first = shape.polygons[0][0][0][0]
    vertices = np.array(ring, dtype=np.float64)
    vertices[:, 0] = (vertices[:, 0] - first + 180.0) % 360.0 - 180.0 + first
    return vertices


def _no_area() -> BadInput:
    return BadInput("A fence's outline must hold an area: rings of three corners or more, the first of them again at the end.")
