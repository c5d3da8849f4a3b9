"""A Router over anything that answers Valhalla's JSON: what the embedded and the remote one have in common."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import batched, chain
from typing import Any, Final

from finder.directions.estimate import TravelMode
from finder.directions.router import FAR_FROM_ROAD_M, Basis, Matrix, Reach, Route, RouteRequest, RouterStatus, Snap
from finder.directions.valhalla.answers import Edge, edges_answer, reach_answer, route_answer, status_answer
from finder.directions.valhalla.barriers import Barriers
from finder.directions.valhalla.codec import (
    Action,
    edges_question,
    match_question,
    reach_question,
    route_question,
)
from finder.directions.valhalla.faults import NO_ROAD
from finder.directions.valhalla.matrix import full_matrix
from finder.directions.valhalla.snaps import Ties, snap_all
from finder.directions.valhalla.step_free import step_free_route
from finder.directions.valhalla.timetables import Timetables, offered, offered_on, ride_or_walk, set_out
from finder.errors import BadInput, FinderError, NoRoute, NotOffered
from finder.geo.points import LonLat

__all__ = ["MAX_MINUTES", "Valhalla"]

MAX_MINUTES: Final = 120.0
"""The largest area that can be asked for; Valhalla's own limit."""

_CONTOURS_AT_ONCE: Final = 4


class Valhalla(ABC):
    """A :class:`finder.directions.router.Router` whose questions go to :meth:`ask`.

    Each point is first tied to a road, so that routes, matrices and areas begin and end at the same places.

    Targets are facilities and ports of entry: where they meet the roads is kept, of nobody else it is.

    Wheelchair routes are checked to have neither steps nor escalators, the sooner where ``barriers`` are given; the times of a
    matrix and the areas are those of Valhalla's own wheelchair, which keeps off steps too but not off escalators.

    By public transport there are routes and areas where ``timetables`` hold, and no matrix; all else raises
    :class:`finder.errors.NotOffered`. A way of which no ride is a part is the one on foot.
    """

    def __init__(self, timetables: Timetables | None = None, barriers: Barriers | None = None) -> None:
        self._ties = Ties(self.ask)
        self._timetables = timetables
        self._barriers = barriers

    @abstractmethod
    def ask(self, action: Action, question: str) -> str | bytes:
        """Return Valhalla's JSON. Raises :class:`BadInput`, :class:`NoRoute` or :class:`NotReady`. Safe from many threads."""

    def route(self, request: RouteRequest) -> Route:
        """Return the quickest way. Without ``depart_at``, what is closed at some hours counts as open; rides are those of now."""
        timetables = offered(self._timetables, request) if request.mode is TravelMode.TRANSIT else None
        on_roads = self._on_roads([request.origin, *request.via], [request.target], request.mode)
        if timetables is not None:
            return ride_or_walk(lambda asked: self._route(asked, on_roads), request, timetables)
        if request.mode is TravelMode.WHEELCHAIR:
            # A point on the way may lie between two points of a road, as only the ends may for the barriers.
            barriers = None if request.via else self._barriers
            return step_free_route(lambda without: self._route(request, on_roads, without), self._walk, barriers)
        return self._route(request, on_roads)

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        """Return the times from each origin to each target; at most ``matrix.MAX_PAIRS`` of them."""
        if mode is TravelMode.TRANSIT:
            raise NotOffered("The road engine has no table of times by public transport. Ask for each way by itself.")
        return full_matrix(self.ask, self._ties.of, origins, targets, mode)

    def reach(self, origin: LonLat, minutes: Sequence[float], mode: TravelMode) -> list[Reach]:
        """Return what can be reached within each of the minutes, in their order; by public transport for who leaves now."""
        if not minutes or not all(math.isfinite(minute) and 0.0 < minute <= MAX_MINUTES for minute in minutes):
            raise BadInput(f"Give one or more times of more than 0 and at most {MAX_MINUTES:.0f} minutes.")
        timetables = offered_on(self._timetables, origin, None) if mode is TravelMode.TRANSIT else None
        leaves_at = None if timetables is None else set_out(None).at
        # Valhalla itself draws a little circle around a point that no road is near.
        (on_road,) = self._on_roads([origin], [], mode)
        geometries: dict[float, dict[str, Any]] = {}
        for some in batched(sorted(set(minutes), reverse=True), _CONTOURS_AT_ONCE):
            # Largest first is the order of Valhalla's answer, whose own minutes are rounded.
            found = reach_answer(self.ask(Action.REACH, reach_question(on_road, some, mode, leaves_at)))
            geometries |= {minute: geometry for minute, (_, geometry) in zip(some, found, strict=True)}
        named = () if timetables is None else timetables.credits
        return [Reach(basis=Basis.ROADS, minutes=minute, geometry=geometries[minute], credits=named) for minute in minutes]

    def match(self, trace: Sequence[LonLat], mode: TravelMode) -> Route:
        """Return the way that a row of two or more measured points took."""
        if len(trace) < 2:
            raise BadInput("A trace needs at least two points.")
        answer = self.ask(Action.MATCH, match_question(trace, mode))
        return _near(route_answer(answer, mode, trace[0], trace[-1]))

    def snap(self, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
        """Return where each point meets the roads."""
        return snap_all(self.ask, points, mode)

    def status(self) -> RouterStatus:
        """Return whether the engine answers; raises nothing."""
        try:
            version = status_answer(self.ask(Action.STATUS, "{}"))
        except FinderError as error:
            return RouterStatus(ready=False, engine="valhalla", detail=str(error))
        return RouterStatus(ready=True, engine=f"valhalla {version}")

    def _on_roads(self, people: Sequence[LonLat], places: Sequence[LonLat], mode: TravelMode) -> list[LonLat]:
        snaps = list(chain.from_iterable(self._ties.of(people, places, mode)))
        if None in snaps:
            raise NoRoute(NO_ROAD)
        return [snap.lon_lat for snap in snaps if snap is not None]

    def _route(self, request: RouteRequest, on_roads: Sequence[LonLat], without: Sequence[LonLat] = ()) -> Route:
        try:
            answer = self.ask(Action.ROUTE, route_question(request, on_roads, without))
        except NoRoute:
            # Valhalla by itself tries several roads about each point, of which one may lead there.
            answer = self.ask(Action.ROUTE, route_question(request, without=without))
        return _near(route_answer(answer, request.mode, request.origin, request.target, request.language))

    def _walk(self, polyline: str) -> list[Edge]:
        return edges_answer(self.ask(Action.EDGES, edges_question(polyline, TravelMode.WHEELCHAIR)))


def _near(route: Route) -> Route:
    if max(route.origin_snap_m, route.target_snap_m) > FAR_FROM_ROAD_M:
        raise NoRoute(NO_ROAD)
    return route
