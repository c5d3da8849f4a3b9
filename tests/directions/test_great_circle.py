"""The router without roads, against PROJ's own geodesics."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import shape

from finder.directions.estimate import TravelMode, estimate
from finder.directions.great_circle import GreatCircle, geodesic_circle
from finder.directions.router import Basis, Router, RouteRequest
from finder.errors import BadInput
from finder.geo.points import LonLat

GEOD = Geod(ellps="WGS84")
ROUTER: Router = GreatCircle()
POINTS = st.builds(LonLat, st.floats(-180, 180), st.floats(-90, 90))
MODES = st.sampled_from(TravelMode)
TIJUANA, VANCOUVER = LonLat(-117.02, 32.53), LonLat(-123.11, 49.26)


def metres(one: LonLat, other: LonLat) -> float:
    return GEOD.inv(one.lon, one.lat, other.lon, other.lat)[2]


@settings(deadline=None)  # the first call loads compiled kernels
@given(POINTS, POINTS, MODES)
def test_a_way_is_the_geodesic(origin: LonLat, target: LonLat, mode: TravelMode) -> None:
    route = ROUTER.route(RouteRequest(origin=origin, target=target, mode=mode, depart_at=datetime.now(UTC)))
    assert route.length_m == pytest.approx(metres(origin, target), abs=1e-4)
    assert route.time == estimate(route.length_m, route.length_m, route.length_m, mode)
    assert (route.basis, route.steps, route.polyline, route.shape().shape) == (Basis.ESTIMATE, (), "", (0, 2))


@given(POINTS, st.lists(POINTS, max_size=3), POINTS)
def test_a_way_goes_over_all_its_points_and_so_does_a_trace(origin: LonLat, via: list[LonLat], target: LonLat) -> None:
    trace = [origin, *via, target]
    lon, lat = zip(*trace, strict=True)
    route = ROUTER.route(RouteRequest(origin=origin, via=tuple(via), target=target, mode=TravelMode.FOOT))
    assert route.length_m == pytest.approx(GEOD.line_length(lon, lat), abs=1e-3)
    assert ROUTER.match(trace, TravelMode.FOOT) == route


@given(st.lists(POINTS, max_size=3), st.lists(POINTS, max_size=4), MODES)
def test_the_matrix_is_its_ways(origins: list[LonLat], targets: list[LonLat], mode: TravelMode) -> None:
    matrix = ROUTER.matrix(origins, targets, mode)
    assert matrix.basis is Basis.ESTIMATE
    assert matrix.duration_s.shape == matrix.length_m.shape == (len(origins), len(targets))
    for row, origin in enumerate(origins):
        for column, target in enumerate(targets):
            route = ROUTER.route(RouteRequest(origin=origin, target=target, mode=mode))
            assert matrix.length_m[row, column] == pytest.approx(route.length_m, abs=1e-6)
            assert matrix.duration_s[row, column] == pytest.approx(route.time.likely_s, abs=1e-6)


@pytest.mark.parametrize("origin", [TIJUANA, LonLat(180.0, -17.0), LonLat(-179.9, 65.0), LonLat(10.0, 89.9), LonLat(0.0, -90.0)])
@pytest.mark.parametrize("mode", TravelMode)
def test_what_is_reached_in_time_is_within_the_shape_and_nothing_else(origin: LonLat, mode: TravelMode) -> None:
    minutes = [10.0, 45.0]
    reaches = ROUTER.reach(origin, minutes, mode)
    assert [(reach.basis, reach.minutes) for reach in reaches] == [(Basis.ESTIMATE, 10.0), (Basis.ESTIMATE, 45.0)]
    rng = np.random.default_rng(5)
    for reach in reaches:
        area = shape(reach.geometry)
        assert area.is_valid
        for azimuth, distance_m in zip(rng.uniform(0, 360, 200), rng.uniform(0, 25_000, 200), strict=True):
            lon, lat, _ = GEOD.fwd(origin.lon, origin.lat, azimuth, distance_m)
            seconds = ROUTER.matrix([origin], [LonLat(lon, lat)], mode).duration_s[0, 0]
            # 64 corners: the sides lie up to 0.12 % within the circle, and are straight on the map, not on the Earth.
            if abs(seconds / (reach.minutes * 60) - 1) > (0.03 if abs(origin.lat) < 89 else 0.2):
                assert area.contains(shapely.Point(lon, lat)) == (seconds < reach.minutes * 60)


@given(POINTS, st.floats(1.0, 614_000.0))
def test_a_circle_is_a_valid_shape_on_the_map_wherever_it_is(centre: LonLat, radius_m: float) -> None:
    geometry = geodesic_circle(centre, radius_m)
    area = shape(geometry)
    assert geometry["type"] in {"Polygon", "MultiPolygon"}
    assert area.is_valid
    west, south, east, north = area.bounds
    assert -180.0 <= west <= east <= 180.0
    assert -90.0 <= south <= north <= 90.0
    assert area.distance(shapely.Point(centre)) < 1e-8
    parts = [area] if geometry["type"] == "Polygon" else area.geoms
    assert all(shapely.is_ccw(part.exterior) for part in parts)
    # A circle of 64 corners misses 0.16 % of the area; near a pole the straight sides of the map are no sides on the Earth.
    if abs(centre.lat) < 70.0 and radius_m > 100.0:
        assert sum(abs(GEOD.geometry_area_perimeter(part)[0]) for part in parts) == pytest.approx(math.pi * radius_m**2, rel=0.01)


def test_a_circle_across_180_degrees_is_in_two_parts() -> None:
    area = geodesic_circle(LonLat(179.9, -17.0), 50_000.0)
    assert area["type"] == "MultiPolygon"
    assert sorted((part.bounds[0] < 0, part.bounds[2] < 0) for part in shape(area).geoms) == [(False, False), (True, True)]


@pytest.mark.parametrize(("lat", "pole"), [(89.0, 90.0), (-89.0, -90.0), (90.0, 90.0), (-90.0, -90.0)])
def test_a_circle_about_a_pole_holds_it(lat: float, pole: float) -> None:
    area = shape(geodesic_circle(LonLat(100.0, lat), 300_000.0))
    assert area.covers(shapely.LineString([(-180.0, pole), (180.0, pole)]))


def test_who_has_no_time_is_there_already() -> None:
    (reach,) = ROUTER.reach(TIJUANA, [1.0], TravelMode.CAR)
    assert shape(reach.geometry).contains(shapely.Point(TIJUANA))


@given(st.lists(POINTS), MODES)
def test_each_point_is_its_own_snap(points: list[LonLat], mode: TravelMode) -> None:
    snaps = ROUTER.snap(points, mode)
    assert [(snap.lon_lat, snap.distance_m) for snap in snaps if snap] == [(point, 0.0) for point in points]


@pytest.mark.parametrize("bad", [LonLat(math.nan, 0.0), LonLat(0.0, math.inf), LonLat(181.25, 0.0), LonLat(0.0, -90.5)])
def test_points_that_are_not_on_the_earth_are_refused_and_not_repeated(bad: LonLat) -> None:
    foot = TravelMode.FOOT
    for ask in (
        lambda: ROUTER.route(RouteRequest(origin=bad, target=TIJUANA, mode=foot)),
        lambda: ROUTER.route(RouteRequest(origin=TIJUANA, target=TIJUANA, via=(bad,), mode=foot)),
        lambda: ROUTER.matrix([TIJUANA], [VANCOUVER, bad], foot),
        lambda: ROUTER.matrix([bad], [VANCOUVER], foot),
        lambda: ROUTER.reach(bad, [10.0], foot),
        lambda: ROUTER.match([TIJUANA, bad], foot),
        lambda: ROUTER.snap([bad], foot),
    ):
        with pytest.raises(BadInput) as caught:
            ask()
        assert not any(str(number) in str(caught.value) for number in (181.25, 90.5))


@pytest.mark.parametrize("minutes", [0.0, -5.0, math.nan, math.inf, 1441.0])
def test_minutes_that_make_no_sense_are_refused(minutes: float) -> None:
    with pytest.raises(BadInput, match="Give minutes above 0"):
        ROUTER.reach(TIJUANA, [minutes], TravelMode.CAR)


@pytest.mark.parametrize("trace", [[], [TIJUANA]])
def test_a_trace_has_two_points(trace: list[LonLat]) -> None:
    with pytest.raises(BadInput, match="two points"):
        ROUTER.match(trace, TravelMode.FOOT)


def test_it_is_always_ready() -> None:
    assert ROUTER.status().ready
