"""Valhalla's JSON as our answers. Only the fields that are used are decoded, and the shape of a way stays encoded.

An answer that is none raises :class:`finder.errors.NotReady`: another server than a Valhalla answers at that address.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.router import Basis, Route, Step
from finder.directions.valhalla.maneuvers import step_kind
from finder.directions.valhalla.shapes import shape_ends
from finder.directions.valhalla.timetables import TransitInfo, ride_of
from finder.directions.valhalla.wording import instruction_in, ride_in
from finder.errors import BadInput, NotReady
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.geo.polyline import decode_polyline, encode_polyline

__all__ = [
    "Edge",
    "decoded",
    "edges_answer",
    "error_code",
    "matrix_answer",
    "reach_answer",
    "route_answer",
    "status_answer",
]

_M_PER_KM: Final = 1000.0


class _Maneuver(msgspec.Struct):
    type: int
    instruction: str
    time: float
    length: float
    begin_shape_index: int
    end_shape_index: int
    street_names: tuple[str, ...] = ()
    transit_info: TransitInfo | None = None
    depart_instruction: str = ""
    arrive_instruction: str = ""


class _Leg(msgspec.Struct):
    maneuvers: list[_Maneuver]
    shape: str


class _Summary(msgspec.Struct):
    time: float
    length: float
    has_toll: bool = False
    has_ferry: bool = False


class _Trip(msgspec.Struct):
    legs: list[_Leg]
    summary: _Summary


class _RouteAnswer(msgspec.Struct):
    trip: _Trip


class _Table(msgspec.Struct):
    durations: list[list[float | None]]
    distances: list[list[float | None]]


class _MatrixAnswer(msgspec.Struct):
    sources_to_targets: _Table


class _Contour(msgspec.Struct):
    contour: float


class _Feature(msgspec.Struct):
    properties: _Contour
    geometry: dict[str, Any]


class _ReachAnswer(msgspec.Struct):
    features: list[_Feature]


class Edge(msgspec.Struct, frozen=True):
    """A piece of a way: what it is (``road``, ``footway``, ``steps``, ``escalator`` …), and its places in the way's shape."""

    use: str
    begin_shape_index: int
    end_shape_index: int


class _EdgesAnswer(msgspec.Struct):
    edges: list[Edge]


class _StatusAnswer(msgspec.Struct):
    version: str


class _ErrorAnswer(msgspec.Struct):
    error_code: int


_ROUTE: Final = msgspec.json.Decoder(_RouteAnswer)
_MATRIX: Final = msgspec.json.Decoder(_MatrixAnswer)
_REACH: Final = msgspec.json.Decoder(_ReachAnswer)
_EDGES: Final = msgspec.json.Decoder(_EdgesAnswer)
_STATUS: Final = msgspec.json.Decoder(_StatusAnswer)
_ERROR: Final = msgspec.json.Decoder(_ErrorAnswer)


def route_answer(text: str | bytes, mode: TravelMode, origin: LonLat, target: LonLat, language: str = "en") -> Route:
    """Return the way, with the distances in metres from the points asked for to its ends; ``language`` is that of the answer.

    The three times are the same: Valhalla gives one, the usual one on these roads, and what traffic makes of it we do not know.
    """
    trip = decoded(_ROUTE, text).trip
    polyline, starts, first, last = _joined(trip.legs)
    time_s = trip.summary.time
    return Route(
        basis=Basis.ROADS,
        mode=mode,
        length_m=trip.summary.length * _M_PER_KM,
        time=TravelTime(likely_s=time_s, min_s=time_s, max_s=time_s),
        polyline=polyline,
        steps=tuple(
            _step(one, start, language, mode) for leg, start in zip(trip.legs, starts, strict=True) for one in leg.maneuvers
        ),
        origin_snap_m=geodesic_m(origin, first),
        target_snap_m=geodesic_m(target, last),
        has_toll=trip.summary.has_toll,
        has_ferry=trip.summary.has_ferry,
    )


def matrix_answer(text: str | bytes, shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the seconds and the metres, each (origins, targets), which must be ``shape``; NaN for a way that is not known."""
    table = decoded(_MATRIX, text).sources_to_targets
    duration_s, length_km = (np.array(rows, dtype=np.float64) for rows in (table.durations, table.distances))
    if duration_s.shape != shape or length_km.shape != shape:
        raise NotReady(
            "The road engine's matrix is of another size than was asked for. See whether its server is a Valhalla 3.9."
        )
    return duration_s, length_km * _M_PER_KM


def reach_answer(text: str | bytes) -> list[tuple[float, dict[str, Any]]]:
    """Return the minutes and the GeoJSON geometry of each area."""
    return [(feature.properties.contour, feature.geometry) for feature in decoded(_REACH, text).features]


def edges_answer(text: str | bytes) -> list[Edge]:
    """Return the pieces of a way, in their order."""
    return decoded(_EDGES, text).edges


def status_answer(text: str | bytes) -> str:
    """Return the version, such as ``3.9.1``."""
    return decoded(_STATUS, text).version


def error_code(text: str | bytes) -> int | None:
    """Return Valhalla's own code of an answer that says what is wrong; None where it is no such answer."""
    try:
        return _ERROR.decode(text).error_code
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def decoded[T](decoder: msgspec.json.Decoder[T], text: str | bytes) -> T:
    """Return the answer. Raises :class:`NotReady` where it is none."""
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotReady(
            "What answers at the road engine's address is no Valhalla that we understand. See whether it is a 3.9."
        ) from None


def _step(maneuver: _Maneuver, start: int, language: str, mode: TravelMode) -> Step:
    return Step(
        kind=step_kind(maneuver.type),
        instruction=_instruction(maneuver, language, mode),
        length_m=maneuver.length * _M_PER_KM,
        duration_s=maneuver.time,
        streets=maneuver.street_names,
        first=start + maneuver.begin_shape_index,
        last=start + maneuver.end_shape_index,
        ride=None if maneuver.transit_info is None else ride_of(maneuver.transit_info, maneuver.type),
    )


def _instruction(maneuver: _Maneuver, language: str, mode: TravelMode) -> str:
    if maneuver.transit_info is None:
        return instruction_in(language, maneuver.instruction, mode)
    return ride_in(language, maneuver.instruction, maneuver.depart_instruction, maneuver.arrive_instruction)


def _joined(legs: Sequence[_Leg]) -> tuple[str, list[int], LonLat, LonLat]:
    """Return one shape for all legs, the place in it where each begins, and its ends. Mostly there is one leg, and it stays."""
    try:
        ends = [shape_ends(leg.shape) for leg in legs]
    except BadInput:
        ends = []
    if not ends:
        raise NotReady("The road engine answered with a way without a shape. See whether its server is a Valhalla 3.9.")
    starts = [0, *accumulate(end.points for end in ends[:-1])]
    if len(legs) == 1:
        polyline = legs[0].shape
    else:
        polyline = encode_polyline(np.concatenate([decode_polyline(leg.shape, precision=6) for leg in legs]), precision=6)
    return polyline, starts, ends[0].first, ends[-1].last
