"""A Router over anything that answers Valhalla's JSON: what the embedded and the remote one have in common."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import batched
from typing import Any, Final

from finder.directions.estimate import TravelMode
from finder.directions.router import FAR_FROM_ROAD_M, Basis, Matrix, Reach, Route, RouteRequest, RouterStatus, Snap
from finder.directions.valhalla.answers import Edge, edges_answer, reach_answer, route_answer, snap_answer, status_answer
from finder.directions.valhalla.codec import (
    Action,
    edges_question,
    match_question,
    reach_question,
    route_question,
    snap_question,
)
from finder.directions.valhalla.matrix import full_matrix
from finder.directions.valhalla.step_free import step_free_route
from finder.errors import BadInput, FinderError, NoRoute
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["MAX_MINUTES", "Valhalla"]

MAX_MINUTES: Final = 120.0
"""The largest area that can be asked for; Valhalla's own limit."""

_CONTOURS_AT_ONCE: Final = 4
_SNAPS_AT_ONCE: Final = 1000


class Valhalla(ABC):
    """A :class:`finder.directions.router.Router` whose questions go to :meth:`ask`.

    Wheelchair routes are checked to have neither steps nor escalators; the times of a matrix and the areas are those of
    Valhalla's own wheelchair, which keeps off steps too but not off escalators.
    """

    @abstractmethod
    def ask(self, action: Action, question: str) -> str | bytes:
        """Return Valhalla's JSON. Raises :class:`BadInput`, :class:`NoRoute` or :class:`NotReady`. Safe from many threads."""

    def route(self, request: RouteRequest) -> Route:
        """Return the quickest way. Without ``depart_at``, what is closed at some hours counts as open."""
        if request.mode is TravelMode.WHEELCHAIR:
            return step_free_route(lambda without: self._route(request, without), self._walk)
        return self._route(request, ())

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        """Return the times from each origin to each target; at most ``matrix.MAX_PAIRS`` of them."""
        return full_matrix(self.ask, self.snap, origins, targets, mode)

    def reach(self, origin: LonLat, minutes: Sequence[float], mode: TravelMode) -> list[Reach]:
        """Return what can be reached within each of the minutes, in their order."""
        if not minutes or not all(math.isfinite(minute) and 0.0 < minute <= MAX_MINUTES for minute in minutes):
            raise BadInput(f"Give one or more times of more than 0 and at most {MAX_MINUTES:.0f} minutes.")
        # Valhalla draws a little circle around a point that no road is near.
        if self.snap([origin], mode) == [None]:
            raise NoRoute("There is no road within 300 metres of this point. Choose a point on or beside a road.")
        geometries: dict[float, dict[str, Any]] = {}
        for some in batched(sorted(set(minutes), reverse=True), _CONTOURS_AT_ONCE):
            # Largest first is the order of Valhalla's answer, whose own minutes are rounded.
            found = reach_answer(self.ask(Action.REACH, reach_question(origin, some, mode)))
            geometries |= {minute: geometry for minute, (_, geometry) in zip(some, found, strict=True)}
        return [Reach(basis=Basis.ROADS, minutes=minute, geometry=geometries[minute]) for minute in minutes]

    def match(self, trace: Sequence[LonLat], mode: TravelMode) -> Route:
        """Return the way that a row of two or more measured points took."""
        if len(trace) < 2:
            raise BadInput("A trace needs at least two points.")
        answer = self.ask(Action.MATCH, match_question(trace, mode))
        return _near(route_answer(answer, mode, trace[0], trace[-1]))

    def snap(self, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
        """Return where each point meets the roads."""
        checked = [checked_lon_lat(float(point.lon), float(point.lat)) for point in points]
        return [
            snap
            for some in batched(checked, _SNAPS_AT_ONCE)
            for snap in snap_answer(self.ask(Action.SNAP, snap_question(some, mode)), some)
        ]

    def status(self) -> RouterStatus:
        """Return whether the engine answers; raises nothing."""
        try:
            version = status_answer(self.ask(Action.STATUS, "{}"))
        except FinderError as error:
            return RouterStatus(ready=False, engine="valhalla", detail=str(error))
        return RouterStatus(ready=True, engine=f"valhalla {version}")

    def _route(self, request: RouteRequest, without: Sequence[LonLat]) -> Route:
        answer = self.ask(Action.ROUTE, route_question(request, without))
        return _near(route_answer(answer, request.mode, request.origin, request.target, request.language))

    def _walk(self, polyline: str) -> list[Edge]:
        return edges_answer(self.ask(Action.EDGES, edges_question(polyline, TravelMode.WHEELCHAIR)))


def _near(route: Route) -> Route:
    # Valhalla's own distance, by which it searches, is a little rougher than ours, and old servers have no limit at all.
    if max(route.origin_snap_m, route.target_snap_m) > FAR_FROM_ROAD_M:
        raise NoRoute("There is no road within 300 metres of one of these points. Choose points on or beside a road.")
    return route
