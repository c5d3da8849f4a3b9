"""A route and a matrix tell one story: real roads, random pairs, every mode, and any shape of a matrix."""

import math
import random
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from finder.directions.estimate import TravelMode
from finder.directions.router import Route, RouteRequest
from finder.directions.valhalla import EmbeddedValhalla
from finder.errors import NoRoute
from finder.geo.points import LonLat
from tests.directions.tiles import BY_ROAD, build_tiles

TENTH = 0.1
ROUNDS = 4
SHORT_S, SHORT_M = 30.0, 50.0
"""Of shorter ways a tenth is a second, and Valhalla's matrix has whole ones."""

MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=ZoneInfo("Europe/Helsinki"))
"""Directions always name a departure; a matrix never does."""

type Box = tuple[float, float, float, float]

HELSINKI: Box = (24.9355, 60.1645, 24.953, 60.1785)


@pytest.fixture(scope="module", params=["helsinki", "porto", "vancouver"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[EmbeddedValhalla, Box]:
    """An engine, and the box (west, south, east, north) that its roads fill."""
    if request.param == "helsinki":
        return request.getfixturevalue("helsinki"), HELSINKI
    extract, box = {
        "porto": ("r5-porto", (-8.66, 41.12, -8.56, 41.19)),
        "vancouver": ("pelias-vancouver", (-123.16, 49.24, -123.06, 49.27)),
    }[request.param]
    shared_data: Path = request.getfixturevalue("shared_data")
    return EmbeddedValhalla(build_tiles(shared_data / "osm" / f"{extract}.osm.pbf", tmp_path_factory.mktemp(request.param))), box


def way(engine: EmbeddedValhalla, origin: LonLat, target: LonLat, mode: TravelMode, depart_at: datetime | None) -> Route | None:
    try:
        return engine.route(RouteRequest(origin=origin, target=target, mode=mode, depart_at=depart_at))
    except NoRoute:
        return None


def differ(route: Route, duration_s: float, length_m: float) -> bool:
    in_time = abs(duration_s - route.time.likely_s) <= TENTH * max(route.time.likely_s, SHORT_S)
    return not in_time or abs(length_m - route.length_m) > TENTH * max(route.length_m, SHORT_M)


@pytest.mark.parametrize("depart_at", [None, MORNING], ids=["at any time", "on a morning"])
@pytest.mark.parametrize("mode", BY_ROAD)
@pytest.mark.parametrize(("origins", "targets"), [(1, 20), (6, 1), (5, 3)])
def test_a_matrix_has_the_times_of_the_routes(
    town: tuple[EmbeddedValhalla, Box], mode: TravelMode, origins: int, targets: int, depart_at: datetime | None
) -> None:
    engine, (west, south, east, north) = town
    chance = random.Random(f"{mode} {origins} {targets}")  # noqa: S311
    compared = differing = one_sided = 0
    for _ in range(ROUNDS):
        points = [LonLat(chance.uniform(west, east), chance.uniform(south, north)) for _ in range(origins + targets)]
        matrix = engine.matrix(points[:origins], points[origins:], mode)
        for row, column in np.ndindex(origins, targets):
            duration_s, length_m = float(matrix.duration_s[row, column]), float(matrix.length_m[row, column])
            route = way(engine, points[row], points[origins + column], mode, depart_at)
            if route is not None and route.has_ferry and mode is not TravelMode.CAR:
                continue  # a matrix goes by ferry in a car only
            if route is None or math.isnan(duration_s):
                one_sided += (route is None) != math.isnan(duration_s)
                continue
            compared += 1
            differing += differ(route, duration_s, length_m)
    assert compared >= ROUNDS * origins * targets * 0.4
    assert differing == 0
    # A wheelchair's route is checked for escalators, and may end on gravel, which its matrix may not.
    assert one_sided == 0 or mode is TravelMode.WHEELCHAIR


def test_a_place_that_lay_four_times_as_far_by_route_as_by_matrix(helsinki: EmbeddedValhalla) -> None:
    origin, target = LonLat(24.948, 60.166), LonLat(24.9424747, 60.1683063)
    route = helsinki.route(RouteRequest(origin=origin, target=target, mode=TravelMode.BICYCLE))
    matrix = helsinki.matrix([origin], [target], TravelMode.BICYCLE)
    assert route.length_m == pytest.approx(float(matrix.length_m[0, 0]), rel=0.05)
    assert route.length_m < 700
    assert "left" in route.steps[-1].instruction, "the side of the road is that of the place, not of where it meets the road"
