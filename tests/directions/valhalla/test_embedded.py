"""Valhalla inside this process, over real roads."""

import json
import logging
import tempfile
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import Point, shape
from valhalla import Actor

from finder.directions.estimate import TravelMode
from finder.directions.router import Basis, Router, RouteRequest, StepKind
from finder.directions.valhalla import EmbeddedValhalla
from finder.directions.valhalla.codec import route_question
from finder.directions.valhalla.matrix import MAX_PAIRS
from finder.directions.valhalla.wording import instruction_in
from finder.errors import BadInput, Damaged, NoRoute, NotReady
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from tests.directions.tiles import BY_ROAD, settings

STATION, HARBOUR, PARK = LonLat(24.9384, 60.1699), LonLat(24.9480, 60.1640), LonLat(24.945, 60.168)
AT_SEA, ELSEWHERE, OFF_EARTH = LonLat(24.9600, 60.1400), LonLat(-117.0, 32.5), LonLat(24.9, 91.0)
FOOT = TravelMode.FOOT


def to_harbour(mode: TravelMode = FOOT, origin: LonLat = STATION, target: LonLat = HARBOUR, **options: object) -> RouteRequest:
    return RouteRequest(origin=origin, target=target, mode=mode, **options)  # pyright: ignore[reportArgumentType]


def test_it_is_a_router(helsinki: EmbeddedValhalla) -> None:
    router: Router = helsinki
    status = router.status()
    assert status.ready
    assert status.engine == "valhalla 3.9.1"


@pytest.mark.parametrize("mode", BY_ROAD)
def test_a_route_is_valhallas_own(helsinki: EmbeddedValhalla, helsinki_roads: Path, mode: TravelMode) -> None:
    target = PARK if mode is TravelMode.CAR else HARBOUR
    route = helsinki.route(to_harbour(mode, target=target))
    snaps = helsinki.snap([STATION, target], mode)
    question = route_question(to_harbour(mode, target=target), [snap.lon_lat for snap in snaps if snap is not None])
    answer = json.loads(Actor(str(settings(helsinki_roads))).route(question))["trip"]
    assert route.basis is Basis.ROADS
    assert route.time.likely_s == pytest.approx(answer["summary"]["time"])
    assert route.length_m == pytest.approx(answer["summary"]["length"] * 1000)
    said = [instruction_in("en", one["instruction"], mode) for one in answer["legs"][0]["maneuvers"]]
    assert [step.instruction for step in route.steps] == said
    assert route.steps[0].kind is StepKind.START
    assert route.steps[-1].kind is StepKind.ARRIVE


def test_a_route_fits_its_shape(helsinki: EmbeddedValhalla) -> None:
    route = helsinki.route(to_harbour())
    points = [LonLat(*row) for row in route.shape().tolist()]
    along_m = sum(geodesic_m(a, b) for a, b in pairwise(points))
    assert along_m == pytest.approx(route.length_m, rel=0.01)
    assert sum(step.length_m for step in route.steps) == pytest.approx(route.length_m, abs=10)
    assert sum(step.duration_s for step in route.steps) == pytest.approx(route.time.likely_s, abs=1)
    assert route.origin_snap_m == pytest.approx(geodesic_m(STATION, points[0]))
    assert route.target_snap_m == pytest.approx(geodesic_m(HARBOUR, points[-1]))
    assert [step.first for step in route.steps[1:]] == [step.last for step in route.steps[:-1]]


def test_a_way_in_spanish(helsinki: EmbeddedValhalla) -> None:
    assert "Camine" in helsinki.route(to_harbour(language="es-MX")).steps[0].instruction


def test_a_way_over_a_point_has_one_arrival(helsinki: EmbeddedValhalla) -> None:
    straight, over = helsinki.route(to_harbour()), helsinki.route(to_harbour(via=(LonLat(24.9310, 60.1690),)))
    assert over.length_m > straight.length_m + 300
    assert [step.kind for step in over.steps].count(StepKind.ARRIVE) == 1


@pytest.mark.parametrize("mode", BY_ROAD)
def test_from_a_place_to_itself(helsinki: EmbeddedValhalla, mode: TravelMode) -> None:
    route = helsinki.route(to_harbour(mode, target=STATION))
    assert (route.length_m, route.time.likely_s) == (0.0, 0.0)


@pytest.mark.parametrize("point", [AT_SEA, ELSEWHERE])
def test_a_point_without_roads(helsinki: EmbeddedValhalla, point: LonLat, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for ask in (
        lambda: helsinki.route(to_harbour(target=point)),
        lambda: helsinki.route(to_harbour(TravelMode.WHEELCHAIR, origin=point)),
        lambda: helsinki.reach(point, [5.0], FOOT),
        lambda: helsinki.match([point, HARBOUR], FOOT),
    ):
        with pytest.raises(NoRoute) as raised:
            ask()
        assert not any(char in str(raised.value) for char in ("60.1", "32.5", "24.9", "117"))
    assert not caplog.records
    assert helsinki.snap([point, STATION], FOOT)[0] is None


def test_points_that_cannot_be(helsinki: EmbeddedValhalla) -> None:
    for ask in (
        lambda: helsinki.route(to_harbour(target=OFF_EARTH)),
        lambda: helsinki.matrix([STATION], [OFF_EARTH], FOOT),
        lambda: helsinki.reach(OFF_EARTH, [5.0], FOOT),
        lambda: helsinki.match([STATION], FOOT),
        lambda: helsinki.match([OFF_EARTH, STATION], FOOT),
        lambda: helsinki.snap([OFF_EARTH], FOOT),
        lambda: helsinki.route(to_harbour(via=(PARK,) * 60)),
    ):
        with pytest.raises(BadInput):
            ask()


def test_a_matrix_agrees_with_routes_and_no_target_spoils_another(helsinki: EmbeddedValhalla) -> None:
    origins, targets = [STATION, AT_SEA, PARK], [HARBOUR, ELSEWHERE, STATION, AT_SEA, PARK]
    matrix = helsinki.matrix(origins, targets, FOOT)
    known = np.isfinite(matrix.duration_s)
    assert known.tolist() == [[True, False, True, False, True], [False] * 5, [True, False, True, False, True]]
    assert np.array_equal(known, np.isfinite(matrix.length_m))
    for row, column in np.argwhere(known):
        route = helsinki.route(to_harbour(origin=origins[row], target=targets[column]))
        assert matrix.duration_s[row, column] == pytest.approx(route.time.likely_s, rel=0.05, abs=10)
        assert matrix.length_m[row, column] == pytest.approx(route.length_m, rel=0.05, abs=20)


def test_a_matrix_of_nothing(helsinki: EmbeddedValhalla) -> None:
    assert helsinki.matrix([], [STATION], FOOT).duration_s.shape == (0, 1)
    assert helsinki.matrix([STATION], [], FOOT).duration_s.shape == (1, 0)


def test_ten_thousand_targets(helsinki: EmbeddedValhalla) -> None:
    places = np.random.default_rng(1).uniform((24.93, 60.160), (24.955, 60.175), (10_000, 2))
    targets = [LonLat(*place) for place in places.tolist()]
    targets[7777] = AT_SEA
    whole = helsinki.matrix([STATION], targets, FOOT).duration_s[0]
    assert np.isnan(whole[7777])
    known, near = np.isfinite(whole), np.array([snap is not None for snap in helsinki.snap(targets, FOOT)])
    assert known.mean() > 0.8
    assert not (known & ~near).any()
    islands = np.flatnonzero(near & ~known)
    assert len(islands) < 50
    for number in islands.tolist():
        with pytest.raises(NoRoute):
            helsinki.route(to_harbour(target=targets[number]))
    some = [0, 2499, 2500, 9999]
    alone = helsinki.matrix([STATION], [targets[number] for number in some], FOOT).duration_s[0]
    assert np.allclose(whole[some], alone, equal_nan=True, atol=2)
    with pytest.raises(BadInput, match="fewer"):
        helsinki.matrix([STATION] * 11, targets, FOOT)
    assert MAX_PAIRS == 100_000


def test_many_origins_are_in_their_rows(helsinki: EmbeddedValhalla) -> None:
    places = np.random.default_rng(2).uniform((24.935, 60.164), (24.95, 60.172), (60, 2))
    points = [LonLat(*place) for place in places.tolist()]
    matrix = helsinki.matrix(points, points, FOOT)
    assert np.nanmax(np.diagonal(matrix.duration_s)) == 0.0
    assert matrix.duration_s[55, 3] == pytest.approx(helsinki.matrix([points[55]], [points[3]], FOOT).duration_s[0, 0], abs=2)


def test_areas_are_in_the_order_asked_and_contain_what_is_near(helsinki: EmbeddedValhalla) -> None:
    asked = [5.0, 12.5, 2.0, 8.0, 5.0, 10.0]
    areas = helsinki.reach(STATION, asked, FOOT)
    assert [area.minutes for area in areas] == asked
    shapes = [shape(area.geometry) for area in areas]
    by_minutes = sorted(zip(asked, [one.area for one in shapes], strict=True))
    assert [area for _, area in by_minutes] == sorted(area for _, area in by_minutes)
    minutes = helsinki.route(to_harbour(target=PARK)).time.likely_s / 60
    assert 5 < minutes < 8
    assert [one.contains(Point(PARK)) for one in shapes[:4]] == [False, True, False, True]


@pytest.mark.parametrize("minutes", [[], [0.0], [-1.0], [121.0], [float("nan")]])
def test_minutes_that_cannot_be(helsinki: EmbeddedValhalla, minutes: list[float]) -> None:
    with pytest.raises(BadInput, match="120"):
        helsinki.reach(STATION, minutes, FOOT)


def test_a_measured_trace_follows_the_way_it_was_on(helsinki: EmbeddedValhalla) -> None:
    way = helsinki.route(to_harbour())
    shaken = way.shape() + np.random.default_rng(3).normal(0.0, 1e-5, way.shape().shape)
    matched = helsinki.match([LonLat(*row) for row in shaken.tolist()], FOOT)
    assert matched.length_m == pytest.approx(way.length_m, rel=0.1)
    assert matched.target_snap_m < 30


def test_snaps(helsinki: EmbeddedValhalla) -> None:
    station, sea, harbour = helsinki.snap([STATION, AT_SEA, HARBOUR], TravelMode.CAR)
    assert sea is None
    for asked, snap in ((STATION, station), (HARBOUR, harbour)):
        assert snap is not None
        assert snap.distance_m == pytest.approx(geodesic_m(asked, snap.lon_lat))
    assert helsinki.snap([], FOOT) == []


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="finder region build"):
        EmbeddedValhalla(tmp_path / "roads.tar")


@pytest.mark.parametrize("keep", [0, 100, 2000, 300_000])
def test_a_cut_file(helsinki_roads: Path, tmp_path: Path, keep: int) -> None:
    (tmp_path / "roads.tar").write_bytes(helsinki_roads.read_bytes()[:keep])
    with pytest.raises(Damaged, match="finder region build"):
        EmbeddedValhalla(tmp_path / "roads.tar")


def test_a_garbled_file(helsinki_roads: Path, tmp_path: Path) -> None:
    whole = bytearray(helsinki_roads.read_bytes())
    for at in range(0, len(whole), 97):
        whole[at] ^= 0x5A
    (tmp_path / "roads.tar").write_bytes(whole)
    with pytest.raises(Damaged):
        EmbeddedValhalla(tmp_path / "roads.tar")


def test_a_file_that_went_away(helsinki_roads: Path, tmp_path: Path) -> None:
    tiles = tmp_path / "roads.tar"
    tiles.write_bytes(helsinki_roads.read_bytes())
    engine = EmbeddedValhalla(tiles)
    tiles.unlink()
    with pytest.raises(NotReady):
        engine.route(to_harbour())
    assert not engine.status().ready


def test_no_file_of_settings_stays(helsinki_roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    EmbeddedValhalla(helsinki_roads).route(to_harbour())
    assert list(tmp_path.iterdir()) == []


def test_threads_that_come_and_go(helsinki_roads: Path) -> None:
    engine, expected = EmbeddedValhalla(helsinki_roads), EmbeddedValhalla(helsinki_roads).route(to_harbour())
    found: list[bool] = []

    def resident_mib() -> int:
        line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) // 1024

    def ask() -> None:
        found.append(engine.route(to_harbour()) == expected)

    def rounds(count: int) -> None:
        for _ in range(count):
            threads = [threading.Thread(target=ask) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    rounds(5)
    before_mib = resident_mib()
    rounds(25)
    assert found == [True] * 120
    # An Actor of these tiles takes 16 MiB, as measured: a hundred that stay would be seen.
    assert resident_mib() - before_mib < 200
