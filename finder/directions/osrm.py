"""A server of OSRM that the operator runs: its HTTP API, version 5 (http://project-osrm.org/docs/v5.24.0/api/).

OSRM is asked by GET only, with the coordinates in the path: the operator's own server, its logs and whatever stands before it see
where a way begins and ends. Keep that server's log without paths (behind nginx ``access_log off``).

OSRM knows no hour of departure, no borders, no instructions in words (:mod:`finder.directions.narrative` writes them) and no area
that can be reached: :meth:`RemoteOsrm.reach` estimates it.
"""

from collections.abc import Mapping, Sequence
from itertools import batched
from types import MappingProxyType
from typing import Final

import httpx
import numpy as np

from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directions.http_engine import HttpEngine
from finder.directions.osrm_answers import OK, Table, code_of, data_version, fault_of, match_answer, route_answer, table_answer
from finder.directions.router import FAR_FROM_ROAD_M, Avoid, Basis, Matrix, Reach, Route, RouteRequest, RouterStatus, Snap
from finder.errors import BadInput, FinderError, NoRoute, NotOffered
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["CAR_ONLY", "RemoteOsrm"]

CAR_ONLY: Final[Mapping[TravelMode, str]] = MappingProxyType({TravelMode.CAR: "driving"})
"""What one ``osrm-routed`` can tell for sure: it serves the profile of its files, whatever name it is asked for."""

_AT_ONCE = 50  # with as many targets the 100 places of a table that a server takes unless told otherwise
_LONGEST_TRACE = 100
_WITH_STEPS = "steps=true&overview=false&geometries=polyline6"
_EXCLUDED = ((Avoid.TOLLS, "toll"), (Avoid.FERRIES, "ferry"))  # OSRM's classes of the car profile


class RemoteOsrm:
    """A :class:`finder.directions.router.Router` over the OSRM server at ``url``.

    ``profiles``: the name in the path for each mode that the server (or what stands before several ``osrm-routed``) tells apart,
    such as ``driving``, ``walking`` or ``foot``, ``cycling`` or ``bike``. Other modes raise :class:`NotOffered`, and so do the
    wheelchair, as no profile of OSRM knows steps and kerbs well enough, and public transport, as it knows no timetables, always.
    ``transport`` stands in for the network in tests.
    """

    def __init__(
        self,
        url: str,
        *,
        profiles: Mapping[TravelMode, str] = CAR_ONLY,
        timeout_s: float = 5.0,
        retries: int = 2,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = HttpEngine(url, timeout_s=timeout_s, retries=retries, transport=transport)
        self._profiles = dict(profiles)
        self._without_roads = GreatCircle()

    def route(self, request: RouteRequest) -> Route:
        """Return the quickest way. It keeps off tolls and ferries where the server's profile can and there is another way."""
        points = (request.origin, *request.via, request.target)
        usual = f"{_WITH_STEPS}&alternatives=false&radiuses={';'.join([f'{FAR_FROM_ROAD_M:.0f}'] * len(points))}"
        excluded = ",".join(name for avoid, name in _EXCLUDED if avoid in request.avoid)
        code, body = "", b""
        if excluded:
            code, body = self._ask("route", request.mode, points, f"{usual}&exclude={excluded}")
        # A server without these classes refuses that, and there may be no other way.
        if code != OK:
            code, body = self._ask("route", request.mode, points, usual)
        if code != OK:
            raise fault_of(code)
        return route_answer(body, request.mode, request.language)

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        """Return the times and lengths, in questions of at most 50 origins and 50 targets."""
        self._profile(mode)
        duration_s, length_m = np.full((2, len(origins), len(targets)), np.nan)
        for rows in batched(range(len(origins)), _AT_ONCE):
            for columns in batched(range(len(targets)), _AT_ONCE):
                table = self._table([origins[row] for row in rows], [targets[column] for column in columns], mode)
                here = np.ix_(rows, columns)
                duration_s[here], length_m[here] = table.duration_s, table.length_m
        return Matrix(basis=Basis.ROADS, duration_s=duration_s, length_m=length_m)

    def reach(self, origin: LonLat, minutes: Sequence[float], mode: TravelMode) -> list[Reach]:
        """Return circles, on the basis of an estimate: OSRM knows no such areas."""
        self._profile(mode)
        return self._without_roads.reach(origin, minutes, mode)

    def match(self, trace: Sequence[LonLat], mode: TravelMode) -> Route:
        """Return the way of a trace of 2 to 100 points, its pieces put together where OSRM finds more than one."""
        if not 2 <= len(trace) <= _LONGEST_TRACE:
            raise BadInput(f"Give a trace of at least two points and at most {_LONGEST_TRACE}.")
        code, body = self._ask("match", mode, trace, f"{_WITH_STEPS}&gaps=ignore&tidy=true")
        if code != OK:
            raise fault_of(code)
        return match_answer(body, mode)

    def snap(self, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
        """Return where each point meets the roads, as the ways of a matrix begin there."""
        self._profile(mode)
        # By tables of one row, as the service ``nearest`` takes a single point a question.
        groups = batched(points, _AT_ONCE)
        return [snap for group in groups for snap in self._table(group[:1], group, mode).target_snaps]

    def status(self) -> RouterStatus:
        """Return whether a server answers as OSRM does. The question is about the point 0, 0, which is nobody's."""
        try:
            _, body = self._ask("nearest", next(iter(self._profiles)), (LonLat(0.0, 0.0),), "number=1")
        except (FinderError, StopIteration) as error:
            return RouterStatus(ready=False, engine="osrm", detail=str(error))
        version = data_version(body)
        return RouterStatus(ready=True, engine="osrm", detail=f"Data: {version}." if version else "")

    def close(self) -> None:
        """Close the connections; no call may follow."""
        self._http.close()

    def _table(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Table:
        ends = len(origins) + len(targets)
        sources, destinations = (";".join(map(str, span)) for span in (range(len(origins)), range(len(origins), ends)))
        query = f"annotations=duration,distance&sources={sources}&destinations={destinations}"
        code, body = self._ask("table", mode, (*origins, *targets), query)
        # Without radiuses each point meets some road, so that only a server without any finds none.
        if code != OK:
            fault = fault_of(code)
            if isinstance(fault, NoRoute):
                return Table.empty(len(origins), len(targets))
            raise fault
        return table_answer(body, (len(origins), len(targets)))

    def _ask(self, service: str, mode: TravelMode, points: Sequence[LonLat], query: str) -> tuple[str, bytes]:
        profile = self._profile(mode)
        places = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in (checked_lon_lat(*point) for point in points))
        _, body = self._http.get(f"{service}/v1/{profile}/{places}?{query}")
        return code_of(body), body

    def _profile(self, mode: TravelMode) -> str:
        if mode is TravelMode.WHEELCHAIR:
            raise NotOffered("A server of OSRM cannot promise a step-free way.")
        if mode is TravelMode.TRANSIT:
            raise NotOffered("A server of OSRM knows no timetables of public transport.")
        try:
            return self._profiles[mode]
        except KeyError:
            known = ", ".join(sorted(self._profiles))
            raise NotOffered(f"This server's roads are not for this way of travelling, only for: {known}.") from None
