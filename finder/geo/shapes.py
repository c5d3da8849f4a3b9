"""Shapes that come and go, and which of them are near a point or hold it. Right across ±180° and at the poles.

An R-tree (libspatialindex) over longitude and latitude picks the candidates; an exact check decides. Edges of shapes are straight
in longitude and latitude, as GeoJSON has them (RFC 7946 §3.1.1). A shape across ±180° is either cut there (§3.1.9) or goes on
beyond it, for instance from 179 to 181.
"""

import math
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from rtree.index import Index
from shapely.geometry.base import BaseGeometry

from finder.errors import BadInput, NotFound
from finder.geo.ecef import EQUATORIAL_RADIUS_M, SMALLEST_CURVATURE_RADIUS_M
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["ShapeIndex"]

_WGS84: Final = Geod(ellps="WGS84")
_LONGEST_EDGE_DEG: Final = 0.01  # at most 1.1 km, over which a parallel and a straight line part by 1.2 cm at worst, at 45°
_MARGIN_DEG: Final = 1e-9  # 0.1 mm: the box must not lose by rounding what the exact check would keep
_TURNS: Final = (-360.0, 0.0, 360.0)


class ShapeIndex:
    """Shapely geometries in WGS84 degrees, longitude first, each under a key. Change it from one thread at a time."""

    def __init__(self) -> None:
        self._index = Index()
        self._numbers: dict[str, int] = {}
        self._shapes: dict[int, tuple[str, BaseGeometry]] = {}
        self._next_number = 0

    def __len__(self) -> int:
        return len(self._shapes)

    def __contains__(self, key: str) -> bool:
        return key in self._numbers

    def insert(self, key: str, geometry: BaseGeometry) -> None:
        """Add the shape, or put it in the place of the one that has this key. Raises :class:`BadInput` for an unusable one."""
        if geometry.is_empty:
            raise BadInput("An empty shape is nowhere: leave it out.")
        west, south, east, north = geometry.bounds
        # Comparisons with NaN are false: coordinates that are no numbers are refused here too.
        if not (south >= -90.0 and north <= 90.0 and west >= -360.0 and east <= 360.0 and np.isfinite(_vertices(geometry)).all()):
            raise BadInput("A shape must be in degrees, longitude first, and on the Earth. Are latitude and longitude swapped?")
        if key in self._numbers:
            self.remove(key)
        number, self._next_number = self._next_number, self._next_number + 1
        self._index.insert(number, (west, south, east, north))
        self._numbers[key] = number
        self._shapes[number] = (key, geometry)

    def remove(self, key: str) -> None:
        """Take the shape out. Raises :class:`NotFound` when no shape has this key."""
        number = self._numbers.pop(key, None)
        if number is None:
            raise NotFound("No shape has this key.")
        _, geometry = self._shapes.pop(number)
        self._index.delete(number, geometry.bounds)

    def within_m(self, lon_lat: LonLat, radius_m: float) -> list[str]:
        """Return the keys of the shapes at most ``radius_m`` from the point, nearest first, equally near ones by key.

        A shape that holds the point is 0 m away. Distances to vertices are exact, to edges within 3 cm for radii up to 1,000 km.
        Raises :class:`BadInput` for a point that is not on the Earth and a radius that is negative or no number.
        """
        origin = checked_lon_lat(*lon_lat)
        if not radius_m >= 0.0:
            raise BadInput("The radius must be 0 metres or more.")
        found: list[tuple[float, str]] = []
        for number in self._candidates(origin, radius_m):
            key, geometry = self._shapes[number]
            distance_m = _distance_m(origin, geometry)
            if distance_m <= radius_m:
                found.append((distance_m, key))
        return [key for _, key in sorted(found)]

    def containing(self, lon_lat: LonLat) -> list[str]:
        """Return, sorted, the keys of the shapes that hold the point, their edges included. :class:`BadInput` as above."""
        origin = checked_lon_lat(*lon_lat)
        return sorted(
            key for key, geometry in map(self._shapes.__getitem__, self._candidates(origin, 0.0)) if _holds(geometry, origin)
        )

    def _candidates(self, origin: LonLat, radius_m: float) -> set[int]:
        """Return the numbers of the shapes whose box may be within the radius, also one turn of the Earth either way."""
        reach_deg = math.degrees(radius_m / SMALLEST_CURVATURE_RADIUS_M) + _MARGIN_DEG
        south, north = max(-90.0, origin.lat - reach_deg), min(90.0, origin.lat + reach_deg)
        # A way of this length stays between those parallels, and the nearest to a pole of them is the shortest.
        narrowest_m = EQUATORIAL_RADIUS_M * math.cos(math.radians(max(-south, north)))
        half_deg = 180.0
        if south > -90.0 and north < 90.0:
            half_deg = min(180.0, math.degrees(radius_m / narrowest_m) + _MARGIN_DEG)
        numbers: set[int] = set()
        for turn in _TURNS:
            west, east = origin.lon - half_deg + turn, origin.lon + half_deg + turn
            numbers.update(self._index.intersection((west, south, east, north)))
        return numbers


def _vertices(geometry: BaseGeometry) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(geometry), dtype=np.float64)


def _holds(geometry: BaseGeometry, origin: LonLat) -> bool:
    """Tell whether the shape covers the point. A pole is a whole parallel of longitudes."""
    if abs(origin.lat) == 90.0:
        return bool(shapely.intersects(geometry, shapely.LineString([(-360.0, origin.lat), (360.0, origin.lat)])))
    return any(bool(shapely.covers(geometry, shapely.Point(origin.lon + turn, origin.lat))) for turn in _TURNS)


def _distance_m(origin: LonLat, geometry: BaseGeometry) -> float:
    """Return how far the shape is: on the azimuthal equidistant plane around the point, where distances from it are true."""
    if _holds(geometry, origin):
        return 0.0

    def plane(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = np.full(len(vertices), origin.lon), np.full(len(vertices), origin.lat)
        azimuth_deg, _, distance_m = _WGS84.inv(lon, lat, vertices[:, 0].copy(), vertices[:, 1].copy())
        azimuth = np.radians(azimuth_deg)
        return np.column_stack([distance_m * np.sin(azimuth), distance_m * np.cos(azimuth)])

    # The outline is enough, since the point is outside; and an outline stays one when the plane folds it over a pole.
    outline = geometry.boundary if geometry.geom_type in {"Polygon", "MultiPolygon"} else geometry
    on_plane = shapely.transform(shapely.segmentize(outline, _LONGEST_EDGE_DEG), plane)
    return float(shapely.distance(on_plane, shapely.Point(0.0, 0.0)))
