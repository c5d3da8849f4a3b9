"""A real Valhalla server on a port of this machine answers as the embedded engine does."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from finder.directions.estimate import TravelMode
from finder.directions.router import Router, RouteRequest
from finder.directions.valhalla import EmbeddedValhalla, RemoteValhalla
from finder.errors import BadInput, NoRoute, NotReady
from finder.geo.points import LonLat
from tests.directions.tiles import BUILDERS, BY_ROAD, settings

STATION, HARBOUR, AT_SEA = LonLat(24.9384, 60.1699), LonLat(24.9480, 60.1640), LonLat(24.9600, 60.1400)
REQUEST = RouteRequest(origin=STATION, target=HARBOUR, mode=TravelMode.FOOT)


@pytest.fixture(scope="module")
def remote(helsinki_roads: Path) -> Iterator[RemoteValhalla]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    written = settings(helsinki_roads, listen=f"tcp://127.0.0.1:{port}", loopback=f"ipc://{helsinki_roads.parent / 'loopback'}")
    server = subprocess.Popen(
        [str(BUILDERS / "valhalla_service"), str(written), "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    engine = RemoteValhalla(f"http://127.0.0.1:{port}", timeout_s=20.0)
    try:
        for _ in range(100):
            try:
                httpx.get(f"http://127.0.0.1:{port}/status", timeout=1.0)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield engine
    finally:
        engine.close()
        server.kill()
        server.wait()


def test_it_answers(remote: RemoteValhalla) -> None:
    router: Router = remote
    status = router.status()
    assert status.ready
    assert status.engine == "valhalla 3.9.1"


@pytest.mark.parametrize("mode", BY_ROAD)
def test_the_same_routes(remote: RemoteValhalla, helsinki: EmbeddedValhalla, mode: TravelMode) -> None:
    target = LonLat(24.945, 60.168)
    request = RouteRequest(origin=STATION, target=target, mode=mode, language="es-MX")
    assert remote.route(request) == helsinki.route(request)


def test_the_same_matrix_areas_match_and_snaps(remote: RemoteValhalla, helsinki: EmbeddedValhalla) -> None:
    foot = TravelMode.FOOT
    places = np.random.default_rng(1).uniform((24.935, 60.164), (24.95, 60.172), (2600, 2))
    targets = [AT_SEA, *(LonLat(*place) for place in places.tolist())]
    ours, theirs = helsinki.matrix([STATION], targets, foot), remote.matrix([STATION], targets, foot)
    assert np.array_equal(ours.duration_s, theirs.duration_s, equal_nan=True)
    assert np.array_equal(ours.length_m, theirs.length_m, equal_nan=True)
    minutes = [9.0, 3.0, 6.5, 1.0, 12.0]
    assert remote.reach(STATION, minutes, foot) == helsinki.reach(STATION, minutes, foot)
    trace = [LonLat(*row) for row in helsinki.route(REQUEST).shape().tolist()]
    assert remote.match(trace, foot) == helsinki.match(trace, foot)
    assert remote.snap(targets, foot) == helsinki.snap(targets, foot)


def test_the_same_errors(remote: RemoteValhalla) -> None:
    with pytest.raises(NoRoute, match="300 metres"):
        remote.route(RouteRequest(origin=STATION, target=AT_SEA, mode=TravelMode.CAR))
    with pytest.raises(BadInput, match="too many points"):
        remote.route(RouteRequest(origin=STATION, target=HARBOUR, mode=TravelMode.CAR, via=(STATION,) * 30))


def road(point: LonLat) -> dict[str, list[dict[str, float]]]:
    """What a server says of a point on a road."""
    reach = {"outbound_reach": 50, "inbound_reach": 50}
    return {"edges": [{"correlated_lon": point.lon, "correlated_lat": point.lat, "distance": 0.0} | reach]}


def engine_that_says(status: int, body: bytes) -> tuple[RemoteValhalla, list[httpx.Request]]:
    """An engine that finds the roads, and then says this."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path.endswith("/locate"):
            return httpx.Response(200, json=[road(STATION), road(HARBOUR)])
        return httpx.Response(status, content=body)

    return RemoteValhalla("https://roads.example/valhalla/", transport=httpx.MockTransport(answer)), seen


def test_points_are_in_the_body_only() -> None:
    engine, seen = engine_that_says(400, b'{"error_code": 442}')
    with pytest.raises(NoRoute):
        engine.route(REQUEST)
    asked = [(one.method, str(one.url)) for one in seen]
    # Without a way between the snapped points, Valhalla may tie them to roads itself.
    assert asked == [("POST", f"https://roads.example/valhalla/{action}") for action in ("locate", "route", "route")]
    assert {json.loads(one.content)["locations"][0]["lat"] for one in seen} == {STATION.lat}
    assert [json.loads(one.content)["locations"][0].get("minimum_reachability") for one in seen] == [None, 0, None]


@pytest.mark.parametrize(
    ("status", "body"), [(403, b"<html>"), (429, b""), (404, b'{"detail": "no"}'), (200, b"<html>"), (302, b"")]
)
def test_a_server_that_is_no_valhalla(status: int, body: bytes) -> None:
    engine, _ = engine_that_says(status, body)
    with pytest.raises(NotReady):
        engine.route(REQUEST)
    assert not engine.status().ready
