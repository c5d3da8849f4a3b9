"""What any road engine is asked and answers: the one Protocol of this room, and its nouns.

Engines differ in what they know, never in how they are asked: an embedded Valhalla over a region's road tiles, a Valhalla or OSRM
server that an operator names, and the great circle where there are no roads. Every answer says of which sort it is.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.rides import Ride
from finder.geo.points import LonLat
from finder.geo.polyline import decode_polyline

__all__ = [
    "FAR_FROM_ROAD_M",
    "Avoid",
    "Basis",
    "Matrix",
    "Reach",
    "Route",
    "RouteRequest",
    "Router",
    "RouterStatus",
    "Snap",
    "Step",
    "StepKind",
]

FAR_FROM_ROAD_M: Final = 300.0
"""A point is tied to a road at most this far away; beyond it there is no route, rather than one that begins elsewhere."""


class Basis(StrEnum):
    """On what an answer rests."""

    ROADS = "roads"
    ESTIMATE = "estimate"
    """The great circle at measured speeds: a range, and no way to follow."""


class Avoid(StrEnum):
    """What a way keeps off where it can."""

    TOLLS = "tolls"
    FERRIES = "ferries"
    BORDERS = "borders"


class StepKind(StrEnum):
    """What a person does at the beginning of a step."""

    START = "start"
    CONTINUE = "continue"
    SLIGHT_LEFT = "slight_left"
    LEFT = "left"
    SHARP_LEFT = "sharp_left"
    SLIGHT_RIGHT = "slight_right"
    RIGHT = "right"
    SHARP_RIGHT = "sharp_right"
    U_TURN = "u_turn"
    RAMP = "ramp"
    MERGE = "merge"
    ROUNDABOUT = "roundabout"
    FERRY = "ferry"
    ELEVATOR = "elevator"
    STEPS = "steps"
    ESCALATOR = "escalator"
    RIDE = "ride"
    """A ride by public transport, the wait for it included."""
    BORDER = "border"
    ARRIVE = "arrive"


class RouteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A way from one point to another. ``language``: BCP 47, of the instructions. ``depart_at``: aware; now if None."""

    origin: LonLat
    target: LonLat
    mode: TravelMode
    via: tuple[LonLat, ...] = ()
    language: str = "en"
    depart_at: datetime | None = None
    avoid: frozenset[Avoid] = frozenset()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the turn list. ``first`` and ``last`` are the places in the route's shape where it begins and ends."""

    kind: StepKind
    instruction: str
    length_m: float
    duration_s: float
    streets: tuple[str, ...] = ()
    first: int = 0
    last: int = 0
    ride: Ride | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A way to follow; on the basis of an estimate a range of time without steps.

    ``polyline``: the shape, encoded with six decimals (https://developers.google.com/maps/documentation/utilities/polylinealgorithm),
    latitude first; empty for an estimate.
    """

    basis: Basis
    mode: TravelMode
    length_m: float
    time: TravelTime
    polyline: str = ""
    steps: tuple[Step, ...] = ()
    origin_snap_m: float = 0.0
    """From the point that was asked for to where the way begins."""
    target_snap_m: float = 0.0
    has_toll: bool = False
    has_ferry: bool = False
    credits: tuple[str, ...] = ()
    """Whom to name beside the times of its rides."""

    @property
    def rides(self) -> tuple[Ride, ...]:
        """The rides on the way; of a way by :attr:`TravelMode.TRANSIT` without any, on foot is quicker."""
        return tuple(step.ride for step in self.steps if step.ride is not None)

    def shape(self) -> NDArray[np.float64]:
        """The points of the way in WGS84 degrees, shape (points, 2), longitude first."""
        return decode_polyline(self.polyline, precision=6)


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Ways from each of n origins to each of m targets: seconds and metres, both of shape (n, m); NaN where no way is known."""

    basis: Basis
    duration_s: NDArray[np.float64]
    length_m: NDArray[np.float64]


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What can be reached within ``minutes``: a GeoJSON geometry, Polygon or MultiPolygon."""

    basis: Basis
    minutes: float
    geometry: dict[str, Any]
    credits: tuple[str, ...] = ()
    """Whom to name beside what was drawn by timetables."""
    is_cut: bool = False
    """The roads of the region end there: more may be within reach."""


class Snap(msgspec.Struct, frozen=True, kw_only=True):
    """Where a point meets the roads of a mode."""

    lon_lat: LonLat
    distance_m: float


class RouterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an engine answers, and what it is: ``engine`` such as ``valhalla 3.9.1``."""

    ready: bool
    engine: str
    detail: str = ""


class Router(Protocol):
    """An engine. Safe to ask from many threads. Modes that it lacks, there or on that day, raise
    :class:`finder.errors.NotOffered`.

    ``route`` raises :class:`finder.errors.NoRoute` where no way is known or a point is farther than :data:`FAR_FROM_ROAD_M` from
    a road, and :class:`finder.errors.NotReady` where the engine does not answer. An engine may keep what it finds out of targets,
    which are places that everybody may know of; of origins, which are people, nothing. ``matrix`` has NaN instead: one target
    that cannot be reached spoils no other.
    """

    def route(self, request: RouteRequest) -> Route:
        """Return the quickest way."""
        ...

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        """Return the times from each origin to each target."""
        ...

    def reach(self, origin: LonLat, minutes: Sequence[float], mode: TravelMode) -> list[Reach]:
        """Return what can be reached within each of the minutes, in their order. Raises as :meth:`route`."""
        ...

    def match(self, trace: Sequence[LonLat], mode: TravelMode) -> Route:
        """Return the way that a row of measured points took. Raises as :meth:`route`."""
        ...

    def snap(self, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
        """Return where each point meets the roads; None where that is farther than :data:`FAR_FROM_ROAD_M`."""
        ...

    def status(self) -> RouterStatus:
        """Return whether the engine answers; raises nothing."""
        ...
