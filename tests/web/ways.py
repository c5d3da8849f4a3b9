"""A router of made-up roads: along the parallel, then along the meridian; nobody rides a bicycle there, and a bus runs when
``rides`` are there."""

import numpy as np

from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.great_circle import GreatCircle
from finder.directions.rides import Ride
from finder.directions.router import Avoid, Basis, Route, RouteRequest, Step, StepKind
from finder.errors import NoRoute
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.geo.polyline import encode_polyline

__all__ = ["METRES_PER_SECOND", "TwoStreets"]

METRES_PER_SECOND = {TravelMode.FOOT: 1.25, TravelMode.WHEELCHAIR: 1.0, TravelMode.CAR: 10.0, TravelMode.TRANSIT: 5.0}


class TwoStreets(GreatCircle):
    """A :class:`finder.directions.router.Router` that notes what it was asked."""

    def __init__(self, *, rides: tuple[Ride, ...] = ()) -> None:
        self.asked: list[RouteRequest] = []
        self._rides = rides

    def route(self, request: RouteRequest) -> Route:
        self.asked.append(request)
        if request.mode is TravelMode.BICYCLE:
            raise NoRoute("No way is known by bicycle: choose another mode.")
        (west, south), (east, north) = request.origin, request.target
        corner = LonLat(east, south)
        along = np.column_stack([np.linspace(west, east, 5), np.full(5, south)])
        up = np.column_stack([np.full(4, east), np.linspace(south, north, 5)[1:]])
        lengths = (geodesic_m(request.origin, corner), geodesic_m(corner, request.target))
        speed = METRES_PER_SECOND[request.mode]
        likely_s = sum(lengths) / speed
        es = request.language.startswith("es")
        return Route(
            basis=Basis.ROADS,
            mode=request.mode,
            length_m=sum(lengths),
            time=TravelTime(likely_s=likely_s, min_s=likely_s * 0.9, max_s=likely_s * 1.2),
            polyline=encode_polyline(np.vstack([along, up]), precision=6),
            steps=(
                _step(StepKind.START, "Siga la calle Paralela." if es else "Follow Parallel Street.", lengths[0], speed, 0, 4),
                _step(StepKind.LEFT, "Gire en la calle Meridiana." if es else "Turn onto <Meridian>.", lengths[1], speed, 4, 8),
                *(
                    Step(kind=StepKind.RIDE, instruction="", length_m=0.0, duration_s=0.0, first=8, last=8, ride=ride)
                    for ride in self._rides
                ),
                _step(StepKind.ARRIVE, "Ha llegado." if es else "You have arrived.", 0.0, speed, 8, 8),
            ),
            credits=("Test Transit", "Other <Buses>") if self._rides else (),
            has_toll=request.mode is TravelMode.CAR and Avoid.TOLLS not in request.avoid,
        )


def _step(kind: StepKind, instruction: str, length_m: float, speed: float, first: int, last: int) -> Step:
    return Step(kind=kind, instruction=instruction, length_m=length_m, duration_s=length_m / speed, first=first, last=last)
