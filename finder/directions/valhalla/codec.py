"""Our questions as Valhalla's JSON. The format: https://valhalla.github.io/valhalla/api/turn-by-turn/api-reference/.

Valhalla ties a point to other roads in a route than in a matrix, so each is tied once, by :func:`snap_question`, and all else is
asked from there: docs/decisions/0025-snapped-once.md.

Points that are not on the Earth raise :class:`finder.errors.BadInput`. Distances are asked for in kilometres.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from finder.directions.estimate import TravelMode
from finder.directions.router import FAR_FROM_ROAD_M, Avoid, RouteRequest
from finder.directions.valhalla.languages import language_of
from finder.directions.valhalla.messages import (
    Contour,
    DateTime,
    Filters,
    Location,
    Options,
    Question,
    SearchFilter,
    TransitOptions,
)
from finder.geo.clocks import local_time
from finder.geo.points import LonLat, checked_lon_lat

__all__ = [
    "Action",
    "edges_question",
    "match_question",
    "matrix_question",
    "reach_question",
    "route_question",
    "snap_question",
]


class Action(StrEnum):
    """What Valhalla can be asked; the value is the path of its HTTP service."""

    ROUTE = "route"
    MATRIX = "sources_to_targets"
    REACH = "isochrone"
    MATCH = "trace_route"
    EDGES = "trace_attributes"
    SNAP = "locate"
    STATUS = "status"


_COSTING: Final = {
    TravelMode.CAR: "auto",
    TravelMode.FOOT: "pedestrian",
    TravelMode.BICYCLE: "bicycle",
    TravelMode.WHEELCHAIR: "pedestrian",
    TravelMode.TRANSIT: "pedestrian",  # and multimodal where it goes by a timetable
}
_MULTIMODAL: Final = "multimodal"
_BY_FERRY: Final = frozenset({TravelMode.CAR})
"""A ferry is slower than a car, and faster than all others: whoever goes by the speed of a mode must not be carried. Nor does
Valhalla know when one leaves."""

# A place on a road is on it to a decimetre; the less far Valhalla looks for one, the quicker it is.
_ON_ROAD_M: Final = 10.0

# So far one walks to a first stop and from the last one; the limit of Valhalla itself.
_MOST_WALKED_M: Final = 2145

# Valhalla 3.9 has no option that forbids borders; this is the highest penalty that it takes.
_BORDER_PENALTY_S: Final = 43_200.0


_ASHORE: Final = SearchFilter(exclude_ferry=True)


_ENCODER: Final = msgspec.json.Encoder()
_AT_HOME: Final = frozenset({Avoid.BORDERS})
"""Times and areas lead over no border that can be gone round: its waits are ours, and a person may have no documents."""


def route_question(request: RouteRequest, on_roads: Sequence[LonLat] = (), without: Sequence[LonLat] = ()) -> str:
    """Return the question for a way that uses none of the roads nearest to the points ``without``.

    ``on_roads``: where the origin, the points between and the target meet the roads; empty if Valhalla shall find that itself.
    """
    question = _question(request.mode, request.avoid, by_timetable=True)
    points = (request.origin, *request.via, request.target)
    if on_roads:
        question.locations = [_on_road(place, beside=point) for place, point in zip(on_roads, points, strict=True)]
    else:
        question.locations = _locations(points)
    for location in question.locations[1:-1]:
        # Valhalla says "you have arrived" at a break, so there is none between the ends.
        location.type = "via"
    question.language = language_of(request.language)
    if without:
        question.exclude_locations = [Location(lat=point.lat, lon=point.lon) for point in without]
    if request.depart_at is not None:
        question.date_time = _departure(request.depart_at, request.origin)
    return _text(question)


def matrix_question(origins: Iterable[LonLat], targets: Iterable[LonLat], mode: TravelMode) -> str:
    """Return the question for the times from each origin to each target, points on roads; by ferry in a car only.

    A server obeys if its ``service_limits.allow_hard_exclusions`` is true; others still tie no point to a ferry.
    """
    question = _question(mode, _AT_HOME, by_ferry=mode in _BY_FERRY)
    question.sources, question.targets = [_on_road(point) for point in origins], [_on_road(point) for point in targets]
    if mode not in _BY_FERRY:
        for location in (*question.sources, *question.targets):
            location.search_filter = _ASHORE
    question.verbose = False
    return _text(question)


def reach_question(origin: LonLat, minutes: Iterable[float], mode: TravelMode, depart_at: datetime | None = None) -> str:
    """Return the question for what can be reached from a point on a road within each of the minutes."""
    question = _question(mode, _AT_HOME, by_timetable=True)
    if depart_at is not None:
        question.date_time = _departure(depart_at, origin)
    question.locations = [_on_road(origin)]
    question.contours = [Contour(time=float(minute)) for minute in minutes]
    question.polygons = True
    return _text(question)


def match_question(trace: Iterable[LonLat], mode: TravelMode, language: str = "en") -> str:
    """Return the question for the way that a row of measured points took."""
    question = _question(mode)
    question.shape = [Location(lat=point.lat, lon=point.lon) for point in _checked(trace)]
    question.shape_match = "map_snap"
    question.language = language_of(language)
    return _text(question)


def edges_question(polyline: str, mode: TravelMode) -> str:
    """Return the question for the uses of the very edges that a way of Valhalla's own, with six decimals, runs along."""
    question = _question(mode)
    question.encoded_polyline = polyline
    question.shape_match = "edge_walk"
    question.filters = Filters()
    return _text(question)


def snap_question(points: Iterable[LonLat], mode: TravelMode, within_m: float = FAR_FROM_ROAD_M) -> str:
    """Return the question for the roads about each of the points; nobody begins or ends aboard a ferry."""
    question = _question(mode)
    question.locations = _locations(points)
    for location in question.locations:
        location.search_cutoff, location.search_filter = within_m, _ASHORE
    # Only the long answer says how many other roads each of them leads to.
    question.verbose = True
    return _text(question)


def _question(
    mode: TravelMode, avoid: frozenset[Avoid] = frozenset(), *, by_ferry: bool = True, by_timetable: bool = False
) -> Question:
    costing, rides = _COSTING[mode], by_timetable and mode is TravelMode.TRANSIT
    options = Options(
        type="wheelchair" if mode is TravelMode.WHEELCHAIR else None,
        use_tolls=0.0 if Avoid.TOLLS in avoid else None,
        use_ferry=0.0 if Avoid.FERRIES in avoid else None,
        exclude_ferries=None if by_ferry else True,
        transit_start_end_max_distance=_MOST_WALKED_M if rides else None,
        country_crossing_cost=0.0,
        country_crossing_penalty=_BORDER_PENALTY_S if Avoid.BORDERS in avoid else 0.0,
    )
    if rides:
        return Question(costing=_MULTIMODAL, costing_options={costing: options, "transit": TransitOptions()}, units="kilometers")
    return Question(costing=costing, costing_options={costing: options}, units="kilometers")


def _locations(points: Iterable[LonLat]) -> list[Location]:
    return [Location(lat=point.lat, lon=point.lon, search_cutoff=FAR_FROM_ROAD_M) for point in _checked(points)]


def _on_road(place: LonLat, beside: LonLat | None = None) -> Location:
    """Return a place on a road, for a point ``beside`` it, whose side of the road is told on arrival."""
    lon, lat = checked_lon_lat(float(place.lon), float(place.lat))
    # Any least reachability would have Valhalla choose among the roads there anew.
    location = Location(lat=lat, lon=lon, search_cutoff=_ON_ROAD_M, minimum_reachability=0)
    if beside is not None:
        location.display_lon, location.display_lat = checked_lon_lat(float(beside.lon), float(beside.lat))
    return location


def _checked(points: Iterable[LonLat]) -> Iterable[LonLat]:
    return (checked_lon_lat(float(point.lon), float(point.lat)) for point in points)


def _departure(moment: datetime, place: LonLat) -> DateTime:
    """Return the moment as a clock at the place shows it: Valhalla takes local times, to the minute and without an offset."""
    return DateTime(type=1, value=local_time(moment, place).strftime("%Y-%m-%dT%H:%M"))


def _text(question: Question) -> str:
    return _ENCODER.encode(question).decode()
