"""Outlines as they are drawn, made into one area on the map; and made simpler for devices.

An outline is polygons of rings in WGS84 degrees: the outer ring of each, then its holes. Edges are straight in longitude and
latitude, as GeoJSON has them (RFC 7946 §3.1.1), and take the short way round the Earth, except that a full turn is one. Across
±180° an outline is cut (§3.1.9), goes on beyond it, or jumps from one side to the other; a ring around a pole holds the pole.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from finder.errors import BadInput
from finder.geo.ecef import EQUATORIAL_RADIUS_M
from finder.geo.points import LonLat

__all__ = ["Polygons", "area_of", "simplified"]

type Polygons = Sequence[Sequence[Sequence[LonLat]]]
"""Polygons, each its outer ring and then its holes."""

_NO_AREA: Final = "A fence's outline must hold an area: rings of three corners or more, the first of them again at the end."
_OFF_EARTH: Final = "An outline must be in degrees, longitude first, and on the Earth. Are latitude and longitude swapped?"
_SHARES_OF_TOLERANCE: Final = (1.0, 0.8, 0.6, 0.4, 0.2, 0.1)
_M_PER_DEG: Final = math.radians(1.0) * EQUATORIAL_RADIUS_M


def area_of(polygons: Polygons) -> BaseGeometry:
    """Return the outline as one valid area in degrees: parts joined, its west end between -180 and 180, at most 360 wide.

    Edges that cross themselves are put right. Raises :class:`BadInput` for a polygon without area or not on the Earth.
    """
    if not polygons:
        raise BadInput(_NO_AREA)
    parts: list[BaseGeometry] = []
    for rings in polygons:
        parts.append(_polygon(rings, _middle(parts[0]) if parts else None))
    area = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    west, _, east, _ = area.bounds
    if east - west > 360.0:
        once_round = shapely.box(-180.0, -90.0, 180.0, 90.0)
        area = shapely.union_all([shapely.intersection(_turned(area, turns), once_round) for turns in range(-2, 3)])
        west = -180.0
    turns = -math.floor((west + 180.0) / 360.0)
    return _turned(area, turns) if turns else area


def simplified(polygons: Polygons, tolerance_m: float) -> tuple[tuple[tuple[LonLat, ...], ...], ...]:
    """Return the outline with fewer corners, its edge nowhere further than ``tolerance_m`` from where it was; cut at ±180°.

    By Douglas and Peucker, on a plane whose east is that of the outline's widest parallel. Parts and holes stay apart.
    Raises :class:`BadInput` as :func:`area_of` does, and for a tolerance that is negative or no number.
    """
    if not tolerance_m >= 0.0:
        raise BadInput("The tolerance must be 0 metres or more.")
    area = area_of(polygons)
    _, south, _, north = area.bounds
    east = math.cos(math.radians(0.0 if south <= 0.0 <= north else min(abs(south), abs(north))))
    scale = np.array([max(east, 1e-9), 1.0])
    # A degree of latitude is at most this long within 0.34 %, and no degree is longer: the tolerance holds on the ground.
    plane = shapely.transform(area, lambda lon_lat: lon_lat * scale)
    simple = shapely.transform(_simplified(plane, tolerance_m / (1.0034 * _M_PER_DEG)), lambda x_y: x_y / scale)
    cut = [
        part
        for turns in (0, -1)
        for part in shapely.get_parts(shapely.intersection(_turned(simple, turns), shapely.box(-180.0, -90.0, 180.0, 90.0)))
        if part.geom_type == "Polygon" and part.area > 0.0
    ]
    return tuple(
        tuple(tuple(LonLat(*point) for point in shapely.get_coordinates(ring).tolist()) for ring in shapely.get_rings(part))
        for part in cut
    )


def _simplified(plane: BaseGeometry, tolerance: float) -> BaseGeometry:
    for share in _SHARES_OF_TOLERANCE:
        # GEOS may leave out the first corner of a ring although it is further away than asked for.
        simple: BaseGeometry = shapely.simplify(plane, share * tolerance, preserve_topology=True)
        if shapely.hausdorff_distance(plane.boundary, simple.boundary, densify=0.25) <= tolerance:
            return simple
    return plane


def _polygon(rings: Sequence[Sequence[LonLat]], near_lon: float | None) -> BaseGeometry:
    """Return a valid polygon, or several, turned to be near a longitude."""
    if not rings:
        raise BadInput(_NO_AREA)
    outer, *holes = map(_continuous, rings)
    middle = (outer[:, 0].min() + outer[:, 0].max()) / 2.0
    for hole in holes:
        hole[:, 0] += 360.0 * round((middle - (hole[:, 0].min() + hole[:, 0].max()) / 2.0) / 360.0)
    polygon: BaseGeometry = shapely.Polygon(outer, holes)
    if not polygon.is_valid:
        faces = shapely.get_parts(shapely.get_parts(shapely.make_valid(polygon)))
        polygon = shapely.union_all([face for face in faces if face.geom_type == "Polygon"])
    if not polygon.area > 0.0:
        raise BadInput(_NO_AREA)
    turns = 0 if near_lon is None else round((near_lon - middle) / 360.0)
    return _turned(polygon, turns) if turns else polygon


def _continuous(ring: Sequence[LonLat]) -> NDArray[np.float64]:
    """Return the ring, shape (n, 2), closed and without jumps; round a pole it goes over the pole."""
    points = np.array(ring, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise BadInput(_NO_AREA)
    lon, lat = points[:, 0], points[:, 1]
    if not ((np.abs(lon) <= 360.0).all() and (np.abs(lat) <= 90.0).all()):  # false for what is no number, too
        raise BadInput(_OFF_EARTH)
    if not (lon[0] == lon[-1] and lat[0] == lat[-1]):
        points = np.vstack([points, points[:1]])
        lon, lat = points[:, 0], points[:, 1]
    steps = np.diff(lon)
    jumps = (np.abs(steps) > 180.0) & (np.abs(steps) < 360.0)
    if not jumps.any():
        return points
    turns = np.cumsum(np.where(jumps, -np.sign(steps), 0.0))
    lon[1:] += 360.0 * turns
    if turns[-1] == 0.0:
        return points
    pole = math.copysign(90.0, lat.mean())
    return np.vstack([points, [(lon[-1], pole), (lon[0], pole)], points[:1]])


def _middle(area: BaseGeometry) -> float:
    west, _, east, _ = area.bounds
    return (west + east) / 2.0


def _turned(area: BaseGeometry, turns: int) -> BaseGeometry:
    turned: BaseGeometry = shapely.transform(area, lambda lon_lat: lon_lat + np.array([360.0 * turns, 0.0]))
    return turned
