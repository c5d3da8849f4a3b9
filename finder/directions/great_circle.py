"""The router without roads: the great circle, at the speeds of :mod:`finder.directions.estimate`.

It answers everywhere on the Earth and at once. All of its answers are estimates and say so: a length as the crow flies, a range
of time, and no way to follow.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from finder.directions.estimate import TravelMode, estimate, likely_s
from finder.directions.router import Basis, Matrix, Reach, Route, RouteRequest, RouterStatus, Snap
from finder.errors import BadInput
from finder.geo.distance import geodesic_m, geodesic_many_m
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["LONGEST_REACH_MIN", "GreatCircle", "geodesic_circle"]

LONGEST_REACH_MIN: Final = 24 * 60.0
"""What can be reached is drawn for a day at most: 614 km by car, so that no circle ever holds both poles."""

_CORNERS = 64
_LEAST_RADIUS_M = 1.0  # who has time for nothing is there already
_GRID_DEGREES = 1e-8  # about a millimetre
_GEOD = Geod(ellps="WGS84")


class GreatCircle:
    """A :class:`finder.directions.router.Router` on the basis of an estimate, for every mode; never without an answer.

    Raises :class:`BadInput` for points that are not on the Earth, and nothing else.
    """

    def route(self, request: RouteRequest) -> Route:
        """Return the length over all the points as the crow flies and the range of its time; no steps, no shape."""
        return _along(_checked((request.origin, *request.via, request.target)), request.mode)

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        """Return the likely time of each great circle; no element is NaN."""
        lon_lat = np.array(_checked(targets), dtype=np.float64).reshape(-1, 2)
        length_m = np.empty((len(origins), len(targets)))
        for row, origin in enumerate(_checked(origins)):
            length_m[row] = geodesic_many_m(origin, lon_lat)
        return Matrix(basis=Basis.ESTIMATE, duration_s=likely_s(length_m, mode), length_m=length_m)

    def reach(self, origin: LonLat, minutes: Sequence[float], mode: TravelMode) -> list[Reach]:
        """Return a circle for each of the minutes, as wide as the likely speed goes, and never less than a metre.

        Raises :class:`BadInput` unless 0 < minutes ≤ :data:`LONGEST_REACH_MIN`.
        """
        _checked((origin,))
        return [
            Reach(basis=Basis.ESTIMATE, minutes=wanted, geometry=geodesic_circle(origin, _radius_m(wanted, mode)))
            for wanted in minutes
        ]

    def match(self, trace: Sequence[LonLat], mode: TravelMode) -> Route:
        """Return the length along the trace. Raises :class:`BadInput` for less than two points."""
        if len(trace) < 2:
            raise BadInput("Give a trace of two points or more.")
        return _along(_checked(trace), mode)

    def snap(self, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
        """Return each point as it is: without roads there is nothing to tie it to."""
        return [Snap(lon_lat=point, distance_m=0.0) for point in _checked(points)]

    def status(self) -> RouterStatus:
        """Return that it is ready, as it always is."""
        return RouterStatus(ready=True, engine="great circle", detail="No roads: estimates only.")


def geodesic_circle(centre: LonLat, radius_m: float) -> dict[str, Any]:
    """Return the GeoJSON geometry of the points at most ``radius_m`` (< 9000 km) from the centre, by 64 corners on its rim.

    A Polygon; a MultiPolygon, cut at 180°, where it crosses the antimeridian (RFC 7946, 3.1.9). A pole that it holds is an edge
    along the map's upper or lower rim.
    """
    azimuths = np.linspace(0.0, 360.0, _CORNERS, endpoint=False)
    lon, lat, _ = _GEOD.fwd(np.full(_CORNERS, centre.lon), np.full(_CORNERS, centre.lat), azimuths, np.full(_CORNERS, radius_m))
    ring = _unwrapped(np.append(lon, lon[0]), np.append(lat, lat[0]))
    return msgspec.json.decode(shapely.to_geojson(_cut_at_180(shapely.Polygon(ring))))


def _unwrapped(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a closed ring, shape (n, 2), whose longitudes go on beyond 180°, by way of a pole that it winds round."""
    lon = np.unwrap(lon, period=360.0)
    ring = np.column_stack([lon, lat])
    if abs(lon[-1] - lon[0]) > 180.0:
        pole = math.copysign(90.0, lat.mean())
        ring = np.vstack([ring, [[lon[-1], pole], [lon[0], pole], ring[0]]])
    return ring


def _cut_at_180(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape whose longitudes lie between -540° and 540° in pieces between -180° and 180°, rings as RFC 7946 has them."""
    whole = shapely.make_valid(shape)
    pieces = (
        translate(shapely.intersection(whole, shapely.box(west, -90.0, west + 360.0, 90.0)), xoff=-180.0 - west)
        for west in (-540.0, -180.0, 180.0)
    )
    polygons = [part for piece in pieces for part in shapely.get_parts(piece) if part.geom_type == "Polygon"]
    # On a grid, as 360° more or less leaves the last bits different, and with them a slit between two pieces.
    return shapely.orient_polygons(shapely.union_all(polygons, grid_size=_GRID_DEGREES))


def _radius_m(minutes: float, mode: TravelMode) -> float:
    if not 0.0 < minutes <= LONGEST_REACH_MIN:
        raise BadInput(f"Give minutes above 0 and at most {LONGEST_REACH_MIN:.0f}.")
    of_a_metre_s = estimate(1.0, 1.0, 1.0, mode).likely_s  # estimates grow with the distance
    return max(minutes * 60.0 / of_a_metre_s, _LEAST_RADIUS_M)


def _along(points: Sequence[LonLat], mode: TravelMode) -> Route:
    length_m = math.fsum(geodesic_m(one, other) for one, other in pairwise(points))
    return Route(basis=Basis.ESTIMATE, mode=mode, length_m=length_m, time=estimate(length_m, length_m, length_m, mode))


def _checked(points: Sequence[LonLat]) -> list[LonLat]:
    return [checked_lon_lat(point.lon, point.lat) for point in points]
