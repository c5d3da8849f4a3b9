"""An OSRM server that answers as its documentation has it (http://project-osrm.org/docs/v5.24.0/api/), in small."""

import json
import math
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import numpy as np
import pytest
from pyproj import Geod

from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directions.osrm import RemoteOsrm
from finder.directions.router import Avoid, Basis, RouteRequest, StepKind
from finder.errors import BadInput, NoRoute, NotReady
from finder.geo.points import LonLat
from finder.geo.polyline import encode_polyline

CAR = TravelMode.CAR
A, B, C = LonLat(-117.02, 32.53), LonLat(-117.01, 32.54), LonLat(-117.0, 32.55)
FAR = LonLat(10.0, 10.0)
ALL = {TravelMode.CAR: "driving", TravelMode.FOOT: "foot", TravelMode.BICYCLE: "bike"}


def step(
    kind: str, places: list[LonLat], *, mode: str = "driving", classes: tuple[str, ...] = (), **maneuver: Any
) -> dict[str, Any]:
    lon, lat = zip(*places, strict=True)
    crossing = {"location": list(places[0]), "bearings": [45], "entry": [True], "out": 0}
    return {
        "distance": Geod(ellps="WGS84").line_length(lon, lat),
        "duration": 60.0 * (len(places) - 1),
        "geometry": encode_polyline(np.array(places if len(places) > 1 else places * 2), precision=6),
        "name": maneuver.pop("name", ""),
        "mode": mode,
        "weight": 1.0,
        "driving_side": "right",
        "maneuver": {"type": kind, "location": list(places[0]), "bearing_before": 0, "bearing_after": 45} | maneuver,
        "intersections": [crossing | ({"classes": list(classes)} if classes else {})],
    }


def way(*legs: list[dict[str, Any]]) -> dict[str, Any]:
    total = {key: sum(one[key] for leg in legs for one in leg) for key in ("distance", "duration")}
    made = [{"distance": 1.0, "duration": 1.0, "weight": 1.0, "summary": "", "steps": leg} for leg in legs]
    return total | {"weight": 1.0, "weight_name": "routability", "legs": made}


def waypoints(places: list[LonLat]) -> list[dict[str, Any]]:
    return [{"name": "", "location": list(place), "hint": "x", "distance": 9000.0 if place == FAR else 4.5} for place in places]


BEND = LonLat(-117.005, 32.541)
ROUTE = way(
    [step("depart", [A, B], name="Calle 2ª", classes=("toll",)), step("arrive", [B], modifier="right")],
    [step("depart", [B, BEND], mode="ferry"), step("turn", [BEND, C], modifier="left"), step("arrive", [C])],
)


class Server:
    """Answers as ``osrm-routed`` does; remembers what it was asked."""

    def __init__(self, **answers: tuple[int, Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, list[LonLat], dict[str, str]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        parts = urlsplit(str(request.url))
        _, prefix, service, version, profile, places = parts.path.split("/")
        assert (request.method, prefix, version) == ("GET", "osrm", "v1")
        points = [LonLat(*map(float, place.split(","))) for place in places.split(";")]
        query = {name: values[0] for name, values in parse_qs(parts.query, separator="&", strict_parsing=True).items()}
        self.asked.append((service, profile, points, query))
        status, answer = self.answers.get(service, (0, None))
        if status:
            return httpx.Response(status, content=answer if isinstance(answer, bytes) else json.dumps(answer).encode())
        return httpx.Response(200, json={"code": "Ok"} | getattr(self, service)(points, query))

    def route(self, points: list[LonLat], query: dict[str, str]) -> dict[str, Any]:
        return {"routes": [ROUTE], "waypoints": waypoints(points)}

    def match(self, points: list[LonLat], query: dict[str, str]) -> dict[str, Any]:
        return {"matchings": [ROUTE | {"confidence": 0.9}, way([step("depart", [C, A]), step("arrive", [A])])], "tracepoints": []}

    def nearest(self, points: list[LonLat], query: dict[str, str]) -> dict[str, Any]:
        return {"waypoints": waypoints(points), "data_version": "2026-11-01T00:00:00Z"}

    def table(self, points: list[LonLat], query: dict[str, str]) -> dict[str, Any]:
        rows, columns = ([points[int(number)] for number in query[name].split(";")] for name in ("sources", "destinations"))
        assert len(points) <= 100
        lengths = [[None if C in (a, b) else Geod(ellps="WGS84").inv(*a, *b)[2] for b in columns] for a in rows]
        durations = [[None if length is None else length / 10 for length in row] for row in lengths]
        return {"durations": durations, "distances": lengths, "sources": waypoints(rows), "destinations": waypoints(columns)}


def engine(server: Callable[[httpx.Request], httpx.Response], **settings: Any) -> RemoteOsrm:
    return RemoteOsrm("http://roads.example/osrm/", retries=0, transport=httpx.MockTransport(server), **settings)


def test_a_way_with_its_steps() -> None:
    server = Server()
    route = engine(server).route(RouteRequest(origin=A, via=(B,), target=C, mode=CAR, language="es-MX"))
    ((service, profile, points, query),) = server.asked
    assert (service, profile, points) == ("route", "driving", [A, B, C])
    assert (query["steps"], query["geometries"], query["radiuses"]) == ("true", "polyline6", "300;300;300")
    assert (route.basis, route.mode, route.has_toll, route.has_ferry) == (Basis.ROADS, CAR, True, True)
    assert (route.origin_snap_m, route.target_snap_m) == (4.5, 4.5)
    assert route.length_m == pytest.approx(ROUTE["distance"])
    assert (route.time.min_s, route.time.likely_s, route.time.max_s) == (180.0, 180.0, 180.0)
    np.testing.assert_allclose(route.shape(), [A, B, LonLat(-117.005, 32.541), C], atol=1e-9)
    assert [(one.kind, one.first, one.last) for one in route.steps] == [
        (StepKind.START, 0, 1),
        (StepKind.ARRIVE, 1, 1),
        (StepKind.FERRY, 1, 2),
        (StepKind.LEFT, 2, 3),
        (StepKind.ARRIVE, 3, 3),
    ]
    assert [one.instruction for one in route.steps[:2]] == [
        "Diríjase hacia el noreste por Calle 2ª.",
        "Ha llegado a una parada de su recorrido.",
    ]
    assert route.steps[-1].instruction == "Ha llegado a su destino."
    assert route.steps[0].streets == ("Calle 2ª",)


def test_what_is_kept_off_and_the_usual_way_where_that_cannot_be() -> None:
    server = Server()
    osrm = engine(server)
    request = RouteRequest(origin=A, target=C, mode=CAR, avoid=frozenset(Avoid))
    osrm.route(request)
    assert [query.get("exclude") for *_, query in server.asked] == ["toll,ferry"]
    server.answers["route"] = (400, {"code": "InvalidValue", "message": "Exclude flag combination is not supported."})
    with pytest.raises(NotReady):
        osrm.route(request)
    assert [query.get("exclude") for *_, query in server.asked] == ["toll,ferry", "toll,ferry", None]


def test_a_matrix_in_questions_that_a_server_takes() -> None:
    server = Server()
    origins = [LonLat(-117.0 + n / 1000, 32.5) for n in range(1, 121)]
    targets = [LonLat(-117.0 + n / 1000, 32.6) for n in range(1, 61)]
    matrix = engine(server).matrix(origins, targets, CAR)
    assert len(server.asked) == 6
    expected = [[Geod(ellps="WGS84").inv(*a, *b)[2] for b in targets] for a in origins]
    np.testing.assert_allclose(matrix.length_m, expected, rtol=1e-9)
    np.testing.assert_allclose(matrix.duration_s, np.array(expected) / 10)
    assert matrix.basis is Basis.ROADS


def test_one_target_that_cannot_be_reached_spoils_no_other() -> None:
    matrix = engine(Server()).matrix([A, FAR], [B, C, FAR], CAR)
    assert np.isnan(matrix.length_m).tolist() == [[False, True, True], [True, True, True]]
    assert np.isnan(matrix.duration_s).tolist() == np.isnan(matrix.length_m).tolist()


@pytest.mark.parametrize(("origins", "targets"), [([], [B]), ([A], []), ([], [])])
def test_an_empty_matrix_asks_nothing(origins: list[LonLat], targets: list[LonLat]) -> None:
    server = Server()
    assert engine(server).matrix(origins, targets, CAR).length_m.shape == (len(origins), len(targets))
    assert not server.asked


def test_points_on_the_roads() -> None:
    server = Server()
    points = [A, FAR, *[B] * 100]
    snaps = engine(server).snap(points, CAR)
    assert [snap and snap.distance_m for snap in snaps] == [4.5, None, *[4.5] * 100]
    assert [snap and snap.lon_lat for snap in snaps][:3] == [A, None, B]
    assert len(server.asked) == 3


def test_the_pieces_of_a_trace_are_one_way() -> None:
    route = engine(Server()).match([A, B, C], CAR)
    assert route.time.likely_s == 240.0
    assert [one.instruction for one in route.steps][-1] == "You have arrived at your destination."
    np.testing.assert_allclose(route.shape()[-2:], [C, A], atol=1e-9)


@pytest.mark.parametrize("trace", [[], [A], [A] * 101])
def test_a_trace_that_no_server_takes(trace: list[LonLat]) -> None:
    with pytest.raises(BadInput, match="at least two points"):
        engine(Server()).match(trace, CAR)


def test_an_area_is_an_estimate() -> None:
    server = Server()
    assert engine(server).reach(A, [15.0], CAR) == GreatCircle().reach(A, [15.0], CAR)
    assert not server.asked


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (400, {"code": "NoRoute", "message": "Impossible route between points"}, NoRoute),
        (400, {"code": "NoSegment", "message": "Could not find a matching segment for coordinate 1"}, NoRoute),
        (400, {"code": "NoMatch", "message": ""}, NoRoute),
        (400, {"code": "TooBig", "message": "Too many"}, BadInput),
        (400, {"code": "InvalidUrl", "message": "URL string malformed close to position 9"}, NotReady),
        (404, b"<html>no</html>", NotReady),
        (200, b"\xff\xfe", NotReady),
        (200, {"code": "Ok"}, NotReady),
        (200, {"code": "Ok", "routes": [], "waypoints": [], "matchings": []}, NotReady),
        (502, b"", NotReady),
    ],
)
def test_answers_that_are_none(status: int, answer: Any, error: type[Exception]) -> None:
    osrm = engine(Server(route=(status, answer), match=(status, answer)))
    for ask in (
        lambda: osrm.route(RouteRequest(origin=A, target=B, mode=CAR)),
        lambda: osrm.match([A, B], CAR),
    ):
        with pytest.raises(error) as caught:
            ask()
        assert not any(digits in str(caught.value) for digits in ("117", "32.5"))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((400, {"code": "TooBig"}), BadInput),
        ((200, {"code": "Ok", "durations": [[1]], "distances": [[1]], "sources": [], "destinations": []}), NotReady),
        ((200, {"code": "Ok", "durations": [[1, 2]], "distances": [[1, 2]], "sources": [], "destinations": []}), NotReady),
    ],
)
def test_tables_that_are_none(answer: tuple[int, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        engine(Server(table=answer)).matrix([A], [B], CAR)


def test_a_server_without_any_road_knows_no_way() -> None:
    osrm = engine(Server(table=(400, {"code": "NoSegment"})))
    assert np.isnan(osrm.matrix([A], [B, C], CAR).duration_s).all()
    assert osrm.snap([A, B], CAR) == [None, None]


def test_modes_that_the_server_tells_apart_and_no_others() -> None:
    server = Server()
    osrm = engine(server, profiles=ALL)
    for mode in ALL:
        osrm.route(RouteRequest(origin=A, target=C, mode=mode))
    assert [profile for _, profile, *_ in server.asked] == ["driving", "foot", "bike"]
    with pytest.raises(NotReady, match="only for: car"):
        engine(server).route(RouteRequest(origin=A, target=C, mode=TravelMode.FOOT))
    chair = TravelMode.WHEELCHAIR
    for ask in (
        lambda: osrm.route(RouteRequest(origin=A, target=C, mode=chair)),
        lambda: osrm.matrix([], [], chair),
        lambda: osrm.reach(A, [9.0], chair),
        lambda: osrm.match([A, C], chair),
        lambda: osrm.snap([], chair),
    ):
        with pytest.raises(NotReady, match="cannot promise a step-free way"):
            ask()


@pytest.mark.parametrize("bad", [LonLat(math.nan, 0.0), LonLat(0.0, 99.0)])
def test_points_that_are_not_on_the_earth_are_not_sent(bad: LonLat) -> None:
    server = Server()
    osrm = engine(server)
    for ask in (lambda: osrm.route(RouteRequest(origin=A, target=bad, mode=CAR)), lambda: osrm.matrix([A], [bad], CAR)):
        with pytest.raises(BadInput):
            ask()
    assert not server.asked


def test_the_status() -> None:
    server = Server()
    found = engine(server).status()
    assert (found.ready, found.engine, found.detail) == (True, "osrm", "Data: 2026-11-01T00:00:00Z.")
    assert server.asked[0][2] == [LonLat(0.0, 0.0)]
    assert engine(Server(nearest=(400, {"code": "NoSegment"}))).status().ready
    for answer in ((502, b""), (200, b"hello")):
        assert not engine(Server(nearest=answer)).status().ready


def test_nothing_is_asked_after_it_is_closed() -> None:
    osrm = engine(Server())
    osrm.close()
    with pytest.raises(RuntimeError):
        osrm.route(RouteRequest(origin=A, target=B, mode=CAR))
