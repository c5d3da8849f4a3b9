"""OSRM's JSON as our answers. Only the fields that are used are decoded.

An answer that is none raises :class:`finder.errors.NotReady`: another server than an OSRM answers at that address.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.narrative import Manoeuvre, instruction, step_kind
from finder.directions.router import FAR_FROM_ROAD_M, Basis, Route, Snap, Step
from finder.errors import BadInput, FinderError, NoRoute, NotReady
from finder.geo.points import LonLat
from finder.geo.polyline import decode_polyline, encode_polyline

__all__ = ["OK", "Table", "code_of", "data_version", "fault_of", "match_answer", "route_answer", "table_answer"]

OK: Final = "Ok"

_NO_WAY: Final = frozenset({"NoRoute", "NoSegment", "NoMatch", "NoTable"})


class _Answer(msgspec.Struct):
    code: str
    data_version: str = ""


class _Maneuver(msgspec.Struct):
    type: str
    modifier: str = ""
    bearing_after: float = 0.0
    exit: int | None = None


class _Intersection(msgspec.Struct):
    classes: tuple[str, ...] = ()


class _Step(msgspec.Struct):
    distance: float
    duration: float
    geometry: str
    maneuver: _Maneuver
    name: str = ""
    ref: str = ""
    destinations: str = ""
    mode: str = ""
    intersections: tuple[_Intersection, ...] = ()


class _Leg(msgspec.Struct):
    steps: list[_Step]


class _Way(msgspec.Struct):
    distance: float
    duration: float
    legs: list[_Leg]


class _Waypoint(msgspec.Struct):
    location: tuple[float, float]
    distance: float = 0.0


class _RouteAnswer(msgspec.Struct):
    routes: list[_Way]
    waypoints: list[_Waypoint]


class _MatchAnswer(msgspec.Struct):
    matchings: list[_Way]


class _TableAnswer(msgspec.Struct):
    durations: list[list[float | None]]
    distances: list[list[float | None]]
    sources: list[_Waypoint]
    destinations: list[_Waypoint]


class Table(NamedTuple):
    """Seconds and metres, each (origins, targets), NaN where there is no way; and where each target meets a road, or None."""

    duration_s: NDArray[np.float64]
    length_m: NDArray[np.float64]
    target_snaps: list[Snap | None]

    @classmethod
    def empty(cls, origins: int, targets: int) -> Self:
        """Return a table without a way."""
        nowhere = np.full((origins, targets), np.nan)
        return cls(nowhere, nowhere, [None] * targets)


_ANSWER: Final = msgspec.json.Decoder(_Answer)
_ROUTE: Final = msgspec.json.Decoder(_RouteAnswer)
_MATCH: Final = msgspec.json.Decoder(_MatchAnswer)
_TABLE: Final = msgspec.json.Decoder(_TableAnswer)


def code_of(body: bytes) -> str:
    """Return the code of an answer, ``Ok`` where it holds what was asked for."""
    return _decoded(_ANSWER, body).code


def data_version(body: bytes) -> str:
    """Return what the server says of the age of its data, mostly nothing."""
    return _decoded(_ANSWER, body).data_version


def fault_of(code: str) -> FinderError:
    """Return the error that a code other than ``Ok`` is for us."""
    if code in _NO_WAY:
        return NoRoute("No way is known between these points. Try another place or another way of travelling.")
    if code == "TooBig":
        return BadInput("The road engine takes fewer points at once. Ask for fewer.")
    return NotReady("The server of the road engine does not take our questions. Check that it is an OSRM 5.x, and its profiles.")


def route_answer(body: bytes, mode: TravelMode, language: str) -> Route:
    """Return the first of the ways, with instructions in the language."""
    answer = _decoded(_ROUTE, body)
    if not answer.routes or len(answer.waypoints) < 2:
        raise _strange()
    return _route(answer.routes[:1], mode, language, answer.waypoints[0].distance, answer.waypoints[-1].distance)


def match_answer(body: bytes, mode: TravelMode) -> Route:
    """Return the matched ways as one."""
    matchings = _decoded(_MATCH, body).matchings
    if not matchings:
        raise _strange()
    return _route(matchings, mode, "en", 0.0, 0.0)


def table_answer(body: bytes, shape: tuple[int, int]) -> Table:
    """Return the table, which must have the shape; NaN for points that are far from a road."""
    answer = _decoded(_TABLE, body)
    duration_s, length_m = (np.array(rows, dtype=np.float64) for rows in (answer.durations, answer.distances))
    if duration_s.shape != shape or length_m.shape != shape or (len(answer.sources), len(answer.destinations)) != shape:
        raise _strange()
    far_rows, far_columns = (
        [point.distance > FAR_FROM_ROAD_M for point in ends] for ends in (answer.sources, answer.destinations)
    )
    for values in (duration_s, length_m):
        values[far_rows] = np.nan
        values[:, far_columns] = np.nan
    return Table(duration_s, length_m, [_snap(point) for point in answer.destinations])


def _route(ways: Sequence[_Way], mode: TravelMode, language: str, origin_snap_m: float, target_snap_m: float) -> Route:
    duration_s = sum(way.duration for way in ways)
    legs = [leg for way in ways for leg in way.legs]
    shape = _Shape()
    steps = [
        _step(step, language, shape, is_last=number == len(legs)) for number, leg in enumerate(legs, 1) for step in leg.steps
    ]
    classes = {name for leg in legs for step in leg.steps for crossing in step.intersections for name in crossing.classes}
    return Route(
        basis=Basis.ROADS,
        mode=mode,
        length_m=sum(way.distance for way in ways),
        time=TravelTime(likely_s=duration_s, min_s=duration_s, max_s=duration_s),
        polyline=encode_polyline(np.array(shape.points).reshape(-1, 2), precision=6),
        steps=tuple(steps),
        origin_snap_m=origin_snap_m,
        target_snap_m=target_snap_m,
        has_toll="toll" in classes,
        has_ferry=any(step.mode == "ferry" for leg in legs for step in leg.steps),
    )


class _Shape:
    """A way put together of the shapes of its steps, each of which begins where the last one ends."""

    def __init__(self) -> None:
        self.points: list[list[float]] = []

    def add(self, points: Iterable[list[float]]) -> tuple[int, int]:
        """Add points and return the places of the first and the last of them in the whole."""
        first = None
        for point in points:
            # The shape of an arrival is its one point twice.
            if not self.points or self.points[-1] != point:
                self.points.append(point)
            if first is None:
                first = len(self.points) - 1
        last = max(len(self.points) - 1, 0)
        return (last if first is None else first), last


def _step(step: _Step, language: str, shape: _Shape, *, is_last: bool) -> Step:
    first, last = shape.add(decode_polyline(step.geometry, precision=6).tolist())
    streets = tuple(name for name in (step.name, step.ref) if name)
    manoeuvre = Manoeuvre(
        type=step.maneuver.type,
        modifier=step.maneuver.modifier,
        bearing_deg=step.maneuver.bearing_after,
        exit=step.maneuver.exit,
        street=streets[0] if streets else "",
        towards=step.destinations,
        is_ferry=step.mode == "ferry",
        is_last=is_last,
    )
    return Step(
        kind=step_kind(manoeuvre),
        instruction=instruction(manoeuvre, language),
        length_m=step.distance,
        duration_s=step.duration,
        streets=streets,
        first=first,
        last=last,
    )


def _snap(point: _Waypoint) -> Snap | None:
    return Snap(lon_lat=LonLat(*point.location), distance_m=point.distance) if point.distance <= FAR_FROM_ROAD_M else None


def _decoded[T](decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _strange() from None


def _strange() -> NotReady:
    return NotReady("What answers at the road engine's address is no OSRM that we understand. Check the address.")
