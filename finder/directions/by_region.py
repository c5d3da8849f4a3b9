"""The router of everything that is in service: each region's engine for its own ground, the great circle for the rest.

A region's roads end at its bounds, so an engine is asked only about points that its region holds.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import shapely

from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Matrix, Reach, Route, Router, RouteRequest, RouterStatus, Snap
from finder.errors import NoRoute, NotOffered, NotReady
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["RegionRouter", "RoutersByRegion"]

_log = logging.getLogger(__name__)
_QUIET_S: Final = 60.0
_AT_THE_EDGE_M: Final = 100.0
"""An area that comes so near the bounds may end with the roads. Those that are cut off lie up to 300 m beyond (measured in
Helsinki's centre), as ways are kept to their next point and areas are drawn coarsely."""
_DEGREE_M: Final = 111_195.0
_EVERYWHERE: Final = (-180.0, -90.0, 180.0, 90.0)


class RegionRouter(msgspec.Struct, frozen=True, kw_only=True):
    """A region's engine. ``bounds``: west, south, east, north in degrees; west > east where they cross the antimeridian."""

    name: str
    bounds: tuple[float, float, float, float]
    router: Router

    def holds(self, point: LonLat) -> bool:
        """Whether the point lies within the bounds, their edges included."""
        west, south, east, north = self.bounds
        between = west <= point.lon <= east if west <= east else point.lon >= west or point.lon <= east
        return between and south <= point.lat <= north

    def reach(self, origin: LonLat, minutes: Sequence[float], mode: TravelMode) -> list[Reach]:
        """Return what the engine answers; areas by roads that the bounds cut off say so."""
        found = self.router.reach(origin, minutes, mode)
        return [
            msgspec.structs.replace(one, is_cut=True) if one.basis is Basis.ROADS and self._cuts(one.geometry) else one
            for one in found
        ]

    def _cuts(self, geometry: dict[str, Any]) -> bool:
        """Whether an area comes to an edge of the bounds, or over it. Those of the whole Earth have none."""
        west, south, east, north = self.bounds
        lon, lat = shapely.get_coordinates(shapely.geometry.shape(geometry)).T
        near_degrees = _AT_THE_EDGE_M / _DEGREE_M
        if np.any(lat - south <= near_degrees) or np.any(north - lat <= near_degrees):
            return True
        if east - west >= 360.0:
            return False
        # Eastwards from the western edge, maybe over the antimeridian; beyond either edge the way back is negative.
        width, offset = (east - west) % 360.0, (lon - west) % 360.0
        return bool(np.any(np.minimum(offset, width - offset) * np.cos(np.radians(lat)) <= near_degrees))

    def square_degrees(self) -> float:
        """Return the size of the bounds, to tell a city from the country around it."""
        west, south, east, north = self.bounds
        return (east - west) % 360.0 * (north - south)


class RoutersByRegion:
    """A :class:`finder.directions.router.Router` over the regions that ``regions`` returns, called for each question.

    The smallest region that holds all points of a question answers it; the great circle where there is none, and where the
    region's engine raises :class:`NotReady`, which is logged once a minute for each region unless it is :class:`NotOffered`.
    Where it knows no way the next larger one is asked. Other errors of the engine are passed on. So ``basis`` tells who answered.
    """

    def __init__(self, regions: Callable[[], Sequence[RegionRouter]], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._regions = regions
        self._without_roads = GreatCircle()
        self._clock = clock
        self._logged_s: dict[str, float] = {}
        self._lock = threading.Lock()

    def route(self, request: RouteRequest) -> Route:
        """Return the way by the region that holds its ends and the points between."""
        return self._ask((request.origin, *request.via, request.target), lambda region: region.router.route(request))

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        """Return the times on roads, NaN for targets beyond the region of their origin; all estimates where there are no roads.

        Of several regions that hold an origin the one that holds most targets is asked first, of equals the smallest; the others
        about what it knows no way to, since a region's roads may end well within its bounds.
        """
        regions = self._smallest_first((*origins, *targets))
        columns = [[column for column, target in enumerate(targets) if region.holds(target)] for region in regions]
        duration_s, length_m = np.full((2, len(origins), len(targets)), np.nan)
        on_roads = False
        for number in sorted(range(len(regions)), key=lambda number: -len(columns[number])):
            region, inside = regions[number], columns[number]
            rows = [row for row, origin in enumerate(origins) if region.holds(origin) and np.isnan(duration_s[row, inside]).any()]
            if not rows:
                continue
            try:
                answer = region.router.matrix([origins[row] for row in rows], [targets[column] for column in inside], mode)
            except NotReady as error:
                self._log(region, error)
                continue
            if answer.basis is Basis.ROADS:
                on_roads, cells = True, np.ix_(rows, inside)
                unknown = np.isnan(duration_s[cells])
                duration_s[cells] = np.where(unknown, answer.duration_s, duration_s[cells])
                length_m[cells] = np.where(unknown, answer.length_m, length_m[cells])
        if not on_roads:
            return self._without_roads.matrix(origins, targets, mode)
        return Matrix(basis=Basis.ROADS, duration_s=duration_s, length_m=length_m)

    def reach(self, origin: LonLat, minutes: Sequence[float], mode: TravelMode) -> list[Reach]:
        """Return what can be reached by the roads of the region that holds the origin, or circles."""
        return self._ask((origin,), lambda region: region.reach(origin, minutes, mode))

    def match(self, trace: Sequence[LonLat], mode: TravelMode) -> Route:
        """Return the way by the region that holds the whole trace, or the length along it."""
        return self._ask(trace, lambda region: region.router.match(trace, mode))

    def snap(self, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
        """Return each point on the roads of the smallest region that has some near it; where no region answers, as it is."""
        snaps = self._without_roads.snap(points, mode)
        left = set(range(len(points)))
        for region in self._smallest_first(points):
            rows = sorted(row for row in left if region.holds(points[row]))
            if not rows:
                continue
            try:
                found = region.router.snap([points[row] for row in rows], mode)
            except NotReady as error:
                self._log(region, error)
                continue
            for row, snap in zip(rows, found, strict=True):
                snaps[row] = snap
            left.difference_update(row for row in rows if snaps[row] is not None)
        return snaps

    def status(self) -> RouterStatus:
        """Return the engines, and whether all of them answer; the great circle always does."""
        regions = self._smallest_first(())
        found = [(region.name, region.router.status()) for region in regions]
        down = [name for name, status in found if not status.ready]
        return RouterStatus(
            ready=not down,
            engine=", ".join(sorted({status.engine for _, status in found})) or self._without_roads.status().engine,
            detail=f"Estimates only in: {', '.join(down)}."
            if down
            else f"Roads of: {', '.join(n for n, _ in found) or 'nowhere'}.",
        )

    def _ask[T](self, points: Sequence[LonLat], question: Callable[[RegionRouter], T]) -> T:
        unknown: NoRoute | None = None
        for region in self._smallest_first(points) if points else ():
            if not all(map(region.holds, points)):
                continue
            try:
                return question(region)
            except NotReady as error:
                self._log(region, error)
            except NoRoute as error:  # its roads may end well within its bounds, where another region's go on
                unknown = error
        if unknown is not None:
            raise unknown
        return question(RegionRouter(name="", bounds=_EVERYWHERE, router=self._without_roads))

    def _smallest_first(self, points: Sequence[LonLat]) -> list[RegionRouter]:
        """Return the regions in service now. Raises :class:`BadInput` where one of the points is not on the Earth."""
        for point in points:
            checked_lon_lat(point.lon, point.lat)
        return sorted(self._regions(), key=lambda region: (region.square_degrees(), region.name))

    def _log(self, region: RegionRouter, error: NotReady) -> None:
        if isinstance(error, NotOffered):
            return
        now = self._clock()
        with self._lock:
            if now - self._logged_s.get(region.name, -_QUIET_S) < _QUIET_S:
                return
            self._logged_s[region.name] = now
        _log.warning("The roads of %s do not answer, estimates stand in: %s", region.name, error)
