"""Who is asked about which points, and what becomes of the rest."""

import logging
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directions.by_region import RegionRouter, RoutersByRegion
from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Matrix, Reach, Route, RouteRequest, RouterStatus, Snap
from finder.errors import BadInput, FinderError, NoRoute, NotReady
from finder.geo.points import LonLat

FOOT = TravelMode.FOOT
POINTS = st.builds(LonLat, st.integers(-180, 180), st.integers(-90, 90))


def around(origin: LonLat, degrees: float) -> dict[str, Any]:
    """A square, its longitudes those of the Earth."""
    corners = [(-degrees, -degrees), (degrees, -degrees), (degrees, degrees), (-degrees, degrees), (-degrees, -degrees)]
    ring = [[(origin.lon + lon + 180) % 360 - 180, origin.lat + lat] for lon, lat in corners]
    return {"type": "Polygon", "coordinates": [ring]}


class Roads:
    """An engine whose answers carry its own number; ``fault`` is raised instead."""

    def __init__(self, number: float, fault: FinderError | None = None) -> None:
        self.number, self.fault = number, fault
        self.seen: set[LonLat] = set()

    def _hear(self, *points: LonLat) -> None:
        self.seen.update(points)
        if self.fault:
            raise self.fault

    def route(self, request: RouteRequest) -> Route:
        self._hear(request.origin, *request.via, request.target)
        time = TravelTime(likely_s=self.number, min_s=self.number, max_s=self.number)
        return Route(basis=Basis.ROADS, mode=request.mode, length_m=self.number, time=time)

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        self._hear(*origins, *targets)
        lengths = np.array([[self.number + a.lon * 1000 + b.lon for b in targets] for a in origins])
        return Matrix(basis=Basis.ROADS, duration_s=lengths * 2, length_m=lengths)

    def reach(self, origin: LonLat, minutes: Sequence[float], mode: TravelMode) -> list[Reach]:
        self._hear(origin)
        return [Reach(basis=Basis.ROADS, minutes=minute, geometry=around(origin, minute)) for minute in minutes]

    def match(self, trace: Sequence[LonLat], mode: TravelMode) -> Route:
        return self.route(RouteRequest(origin=trace[0], via=tuple(trace[1:-1]), target=trace[-1], mode=mode))

    def snap(self, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
        self._hear(*points)
        return [Snap(lon_lat=point, distance_m=self.number) for point in points]

    def status(self) -> RouterStatus:
        return RouterStatus(ready=self.fault is None, engine=f"roads {self.number}")


def routers(*regions: tuple[str, tuple[float, float, float, float], Roads]) -> RoutersByRegion:
    made = [RegionRouter(name=name, bounds=bounds, router=router) for name, bounds, router in regions]
    return RoutersByRegion(lambda: made)


CITY, COUNTRY, ISLES = (0.0, 0.0, 10.0, 10.0), (-20.0, -20.0, 40.0, 40.0), (170.0, -20.0, -170.0, -10.0)
IN_CITY, ALSO_IN_CITY, IN_COUNTRY, NOWHERE = LonLat(5, 5), LonLat(6, 6), LonLat(20, 20), LonLat(100, 0)


@pytest.mark.parametrize(
    ("points", "number"),
    [
        ((IN_CITY, ALSO_IN_CITY), 1.0),
        ((IN_CITY, IN_COUNTRY), 2.0),
        ((IN_COUNTRY, LonLat(21, 21)), 2.0),
        ((IN_CITY, IN_COUNTRY, ALSO_IN_CITY), 2.0),
        ((LonLat(179, -15), LonLat(-179, -15)), 3.0),
        ((LonLat(10, 10), LonLat(0, 0)), 1.0),
        ((IN_CITY, NOWHERE), None),
        ((IN_CITY, NOWHERE, ALSO_IN_CITY), None),
        ((LonLat(160, -15), LonLat(-179, -15)), None),
    ],
)
def test_the_smallest_region_that_holds_all_points_answers(points: tuple[LonLat, ...], number: float | None) -> None:
    router = routers(("country", COUNTRY, Roads(2.0)), ("city", CITY, Roads(1.0)), ("isles", ISLES, Roads(3.0)))
    request = RouteRequest(origin=points[0], via=points[1:-1], target=points[-1], mode=FOOT)
    for route in (router.route(request), router.match(points, FOOT)):
        if number is None:
            assert route == GreatCircle().route(request)
        else:
            assert (route.basis, route.length_m) == (Basis.ROADS, number)


def test_a_region_that_is_built_later_is_taken_up_and_one_that_is_gone_is_not_asked() -> None:
    there: list[RegionRouter] = []
    router = RoutersByRegion(lambda: there)
    assert router.reach(IN_CITY, [10.0], FOOT)[0].basis is Basis.ESTIMATE
    there.append(RegionRouter(name="city", bounds=CITY, router=Roads(1.0)))
    assert router.reach(IN_CITY, [10.0], FOOT)[0].basis is Basis.ROADS
    assert router.reach(NOWHERE, [10.0], FOOT)[0].basis is Basis.ESTIMATE
    there.clear()
    assert router.reach(IN_CITY, [10.0], FOOT)[0].basis is Basis.ESTIMATE


@pytest.mark.parametrize(
    ("origin", "degrees", "is_cut"),
    [
        (IN_CITY, 1, False),
        (IN_CITY, 4.99, False),
        (IN_CITY, 4.9995, True),
        (IN_CITY, 7, True),
        (LonLat(5, 1), 1.5, True),
        (LonLat(9, 5), 0.9995, True),
        (LonLat(9, 5), 0.9, False),
        (LonLat(-179, -15), 3, False),
        (LonLat(-179, -15), 4.9995, True),
        (LonLat(-173, -15), 3.1, True),
        (LonLat(172, -15), 2.1, True),
    ],
)
def test_an_area_that_the_bounds_cut_off_says_so(origin: LonLat, degrees: float, is_cut: bool) -> None:
    """A hundredth of a degree is more than a kilometre."""
    router = routers(("city", CITY, Roads(1.0)), ("isles", ISLES, Roads(2.0)))
    [small, asked] = router.reach(origin, [0.001, degrees], FOOT)
    assert (small.is_cut, asked.is_cut) == (False, is_cut)
    assert not RoutersByRegion(list).reach(origin, [30.0], FOOT)[0].is_cut
    server = routers(("server", (-180.0, -90.0, 180.0, 90.0), Roads(3.0)))
    assert not server.reach(origin, [degrees], FOOT)[0].is_cut, "nobody knows where its roads end"


def test_a_matrix_has_roads_where_there_are_and_holes_elsewhere() -> None:
    router = routers(("city", CITY, Roads(1.0)), ("isles", ISLES, Roads(3.0)))
    isle = LonLat(-175, -15)
    matrix = router.matrix([IN_CITY, NOWHERE, isle], [ALSO_IN_CITY, NOWHERE, isle, IN_COUNTRY], FOOT)
    hole = math.nan
    expected = [[1 + 5000 + 6, hole, hole, hole], [hole] * 4, [hole, hole, 3 - 175000 - 175, hole]]
    assert matrix.basis is Basis.ROADS
    np.testing.assert_array_equal(matrix.length_m, expected)
    np.testing.assert_array_equal(matrix.duration_s, np.array(expected) * 2)


def test_a_matrix_asks_the_region_that_knows_most_of_its_targets() -> None:
    city, country = Roads(1.0), Roads(2.0)
    router = routers(("city", CITY, city), ("country", COUNTRY, country))
    assert not np.isnan(router.matrix([IN_CITY], [ALSO_IN_CITY, IN_COUNTRY], FOOT).length_m).any()
    assert not city.seen
    assert router.matrix([IN_CITY], [ALSO_IN_CITY, NOWHERE], FOOT).length_m[0, 0] == 1 + 5000 + 6


@given(st.lists(POINTS, max_size=4), st.lists(POINTS, max_size=4))
def test_an_engine_never_hears_of_points_beyond_its_region(origins: list[LonLat], targets: list[LonLat]) -> None:
    engines = {bounds: Roads(1.0) for bounds in (CITY, COUNTRY, ISLES)}
    regions = [RegionRouter(name=str(bounds), bounds=bounds, router=engine) for bounds, engine in engines.items()]
    router = RoutersByRegion(lambda: regions)
    matrix = router.matrix(origins, targets, FOOT)
    router.snap([*origins, *targets], FOOT)
    assert matrix.length_m.shape == matrix.duration_s.shape == (len(origins), len(targets))
    for region in regions:
        assert all(region.holds(point) for point in engines[region.bounds].seen)
    for row, origin in enumerate(origins):
        for column, target in enumerate(targets):
            together = any(region.holds(origin) and region.holds(target) for region in regions)
            if matrix.basis is Basis.ROADS and not together:
                assert math.isnan(matrix.length_m[row, column])
            if together and len(targets) == 1:
                assert matrix.basis is Basis.ROADS
                assert not math.isnan(matrix.length_m[row, column])


@pytest.mark.parametrize("target", [NOWHERE, IN_CITY])
def test_a_matrix_without_roads_is_all_estimates(target: LonLat) -> None:
    router = routers(("city", CITY, Roads(1.0, NotReady("down"))))
    matrix, expected = (one.matrix([IN_CITY, NOWHERE], [target], FOOT) for one in (router, GreatCircle()))
    assert matrix.basis is Basis.ESTIMATE
    np.testing.assert_array_equal(matrix.duration_s, expected.duration_s)


def test_each_point_snaps_in_its_own_region() -> None:
    router = routers(("country", COUNTRY, Roads(2.0)), ("city", CITY, Roads(1.0)))
    snaps = router.snap([IN_COUNTRY, NOWHERE, IN_CITY], FOOT)
    assert [snap.distance_m for snap in snaps if snap] == [2.0, 0.0, 1.0]
    assert [snap.lon_lat for snap in snaps if snap] == [IN_COUNTRY, NOWHERE, IN_CITY]


def test_where_an_engine_is_down_estimates_stand_in_and_the_log_says_so_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = [1000.0]
    down = [RegionRouter(name="city", bounds=CITY, router=Roads(1.0, NotReady("The engine is down.")))]
    router = RoutersByRegion(lambda: down, clock=lambda: now[0])
    request = RouteRequest(origin=LonLat(5.4321, 5.4321), target=IN_CITY, mode=FOOT)
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            assert router.route(request) == GreatCircle().route(request)
        assert router.snap([IN_CITY], FOOT) == GreatCircle().snap([IN_CITY], FOOT)
        assert router.reach(IN_CITY, [9.0], FOOT) == GreatCircle().reach(IN_CITY, [9.0], FOOT)
        assert len(caplog.records) == 1
        now[0] += 61.0
        router.route(request)
    assert len(caplog.records) == 2
    assert "city" in caplog.text
    assert "5.4321" not in caplog.text


def test_no_way_on_the_roads_is_no_way_and_no_estimate() -> None:
    router = routers(("city", CITY, Roads(1.0, NoRoute("No way."))))
    with pytest.raises(NoRoute, match="No way"):
        router.route(RouteRequest(origin=IN_CITY, target=ALSO_IN_CITY, mode=FOOT))


@pytest.mark.parametrize("bad", [LonLat(math.nan, 0.0), LonLat(0.0, 99.0)])
def test_points_that_are_not_on_the_earth_are_refused(bad: LonLat) -> None:
    router = routers(("city", CITY, Roads(1.0)))
    for ask in (
        lambda: router.route(RouteRequest(origin=IN_CITY, target=bad, mode=FOOT)),
        lambda: router.matrix([IN_CITY], [ALSO_IN_CITY, bad], FOOT),
        lambda: router.reach(bad, [9.0], FOOT),
        lambda: router.match([IN_CITY, bad], FOOT),
        lambda: router.match([], FOOT),
        lambda: router.snap([IN_CITY, bad], FOOT),
    ):
        with pytest.raises(BadInput):
            ask()


def test_the_status_names_the_engines_and_those_that_are_down() -> None:
    assert routers().status() == RouterStatus(ready=True, engine="great circle", detail="Roads of: nowhere.")
    up, down = ("city", CITY, Roads(1.0)), ("country", COUNTRY, Roads(2.0, NotReady("down")))
    assert routers(up).status() == RouterStatus(ready=True, engine="roads 1.0", detail="Roads of: city.")
    both = routers(down, up).status()
    assert both == RouterStatus(ready=False, engine="roads 1.0, roads 2.0", detail="Estimates only in: country.")


class NoRoadNear(Roads):
    """Its roads end well within its bounds."""

    def snap(self, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
        self._hear(*points)
        return [None] * len(points)


def test_where_one_region_has_no_road_the_next_may_have_one() -> None:
    city, country = NoRoadNear(1.0), Roads(2.0)
    by_both = routers(("city", CITY, city), ("country", COUNTRY, country)).snap([IN_CITY, IN_COUNTRY, NOWHERE], FOOT)
    assert [snap and snap.distance_m for snap in by_both] == [2.0, 2.0, 0.0]
    assert IN_CITY in city.seen
    assert routers(("city", CITY, city)).snap([IN_CITY, NOWHERE], FOOT)[0] is None
