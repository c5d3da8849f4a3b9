"""The log of visits: enough to find faults by, and nothing of who was where or asked what."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest
from litestar import Litestar, get, post
from litestar.params import FromPath
from litestar.testing import TestClient

from finder.app import create_app
from finder.config import Settings
from finder.http.head import answering_head
from finder.http.last_resort import keeping_faults
from finder.http.web_log import NO_ROUTE, Visit, WebLog, logging_visits
from tests.web.town import publish_town

NOW = datetime(2026, 11, 23, 9, 30, 5, tzinfo=UTC)
MARKS = ("32.514912", "117.038277", "marcador", "203.0.113.77", "2001:db8:77:88::99", "8177aa")


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("*")) for line in path.read_text().splitlines()]


@post("/found/{thing:str}", sync_to_thread=False)
def found(thing: FromPath[str]) -> str:
    return thing * 100


@get("/tiles/{z:int}/{x:int}", sync_to_thread=False)
def tile(z: FromPath[int], x: FromPath[int]) -> str:
    return "t" * (z + x)


def called_from(address: str, app: Any) -> Any:
    """The application as somebody at an address calls it."""

    async def handle(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "client": (address, 4711)}, receive, send)

    return handle


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    from ipaddress import ip_network

    app = Litestar([found, tile], openapi_config=None)
    log = WebLog(tmp_path)
    handler = logging_visits(answering_head(app.asgi_handler), log, [ip_network("10.0.0.0/8")], lambda: NOW)
    app.asgi_handler = called_from("10.1.2.3", keeping_faults(handler))
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened
    log.close()


def test_a_line_has_what_it_has_and_no_more(client: TestClient[Litestar], tmp_path: Path) -> None:
    sent = client.post(
        f"/found/{MARKS[0]}?at={MARKS[1]}&q={MARKS[2]}",
        json={"lat": MARKS[0]},
        headers={"X-Forwarded-For": f"198.51.100.1, {MARKS[3]}", "User-Agent": MARKS[2], "Referer": f"/?{MARKS[1]}"},
    )
    assert sent.status_code == 201
    [line] = lines(tmp_path)
    assert isinstance(line.pop("ms"), int)
    assert line == {
        "time": "2026-11-23T09:30:05Z",
        "method": "POST",
        "route": "/found/{thing}",
        "status": 201,
        "bytes": 1024,
        "client": "203.0.113.0/24",
    }
    assert set(line) | {"ms"} == {field.name for field in msgspec.structs.fields(Visit)}


@pytest.mark.parametrize(
    ("forwarded", "network"),
    [
        (MARKS[4], "2001:db8:77::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("unknown", "10.1.2.0/24"),
        ("32.514912,-117.038277", "10.1.2.0/24"),
    ],
)
def test_of_an_address_its_network_is_left(client: TestClient[Litestar], tmp_path: Path, forwarded: str, network: str) -> None:
    client.get("/tiles/1/2", headers={"X-Forwarded-For": forwarded})
    assert lines(tmp_path)[0]["client"] == network


def test_an_address_that_no_route_has_is_written_as_a_constant(client: TestClient[Litestar], tmp_path: Path) -> None:
    client.get(f"/{MARKS[0]}/{MARKS[1]}")
    client.get(f"/found/{MARKS[0]}")  # a route, but not for this method
    client.request(f"X{MARKS[0]}", "/tiles/1/2")
    told = lines(tmp_path)
    assert [(line["route"], line["method"], line["status"]) for line in told] == [
        (NO_ROUTE, "GET", 404),
        (NO_ROUTE, "GET", 405),
        (NO_ROUTE, "(other)", 405),
    ]
    assert not any(mark in path.read_text() for path in tmp_path.iterdir() for mark in MARKS)


def test_the_size_of_a_piece_of_the_map_is_not_told(client: TestClient[Litestar], tmp_path: Path) -> None:
    client.get("/tiles/1000/999")
    assert "bytes" not in lines(tmp_path)[0]
    assert lines(tmp_path)[0]["route"] == "/tiles/{z}/{x}"


def test_a_head_is_logged_as_what_it_is(client: TestClient[Litestar], tmp_path: Path) -> None:
    assert client.head("/tiles/1/2").text == ""
    assert [(line["method"], line["route"]) for line in lines(tmp_path)] == [("HEAD", "/tiles/{z}/{x}")]


def test_an_answer_that_is_cut_off_has_a_line_and_its_message_is_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError(MARKS[0])

    async def broken_at_once(_scope: Any, _receive: Any, _send: Any) -> None:
        raise ValueError(MARKS[0])

    log, sent = WebLog(tmp_path), []

    async def send(message: Any) -> None:
        sent.append(message.get("status"))

    async def receive() -> Any:
        raise AssertionError

    def call(app: Any) -> None:
        scope = {"type": "http", "method": "GET", "headers": [], "client": None}
        anyio.run(keeping_faults(logging_visits(app, log, [], lambda: NOW)), scope, receive, send)

    with pytest.raises(ConnectionError) as caught:
        call(broken)
    assert caught.value.__suppress_context__
    call(broken_at_once)
    assert [line["status"] for line in lines(tmp_path)] == [200, None]
    assert sent == [200, 500, None]
    assert "ValueError at broken" in caplog.text
    assert MARKS[0] not in caplog.text
    assert "client" not in lines(tmp_path)[0]
    log.close()


def visit_on(log: WebLog, day: date) -> None:
    log.write(Visit(time="", method="GET", route="/", status=200, ms=1), datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def test_a_day_is_a_file_that_goes_when_its_first_moment_is_over(tmp_path: Path) -> None:
    log = WebLog(tmp_path / "logs")
    for ago in range(4):
        visit_on(log, NOW.date() - timedelta(days=ago))
    (tmp_path / "logs" / "web-of-somebody-else.jsonl").touch()
    (tmp_path / "logs" / "web-2026-13-45.jsonl").touch()
    before = NOW - timedelta(days=2)
    assert log.sweep(before, True) == 2
    assert log.sweep(before) == 2
    days = {path.name for path in (tmp_path / "logs").iterdir()} & {f"web-2026-11-{day}.jsonl" for day in range(10, 31)}
    assert days == {"web-2026-11-23.jsonl", "web-2026-11-22.jsonl"}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "logs").glob("web-2026-11-*")} == {0o600}
    assert (tmp_path / "logs").stat().st_mode & 0o777 == 0o700
    log.close()


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "logs").touch()
    log = WebLog(tmp_path / "logs")
    visit_on(log, NOW.date())
    visit_on(log, NOW.date())
    assert caplog.text.count("cannot be written") == 1
    assert str(tmp_path) not in caplog.text
    log.close()


def test_the_whole_site_leaves_no_mark_in_any_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    publish_town(tmp_path)
    app = create_app(Settings(data_dir=tmp_path))
    app.asgi_handler = called_from(MARKS[3], app.asgi_handler)
    here = {"longitude": -117.038277, "latitude": 32.514912}
    headers = {"X-Forwarded-For": MARKS[3], "Forwarded": f"for={MARKS[3]}"}
    with TestClient(app) as client:
        for answer in (
            client.get(f"/?q={MARKS[2]}&lat={MARKS[0]}", headers=headers),
            client.post("/", data={"lat": MARKS[0], "lon": f"-{MARKS[1]}"}, headers=headers),
            client.post("/api/v1/search", json={"position": {**here, "accuracy_m": 5}, "q": MARKS[2]}, headers=headers),
            client.get(f"/api/v1/facilities/{MARKS[0]},-{MARKS[1]}", headers=headers),
            client.get(f"/{MARKS[0]}/{MARKS[1]}?{MARKS[2]}", headers=headers),
            client.get(f"/tiles/{MARKS[0]}/1/2", headers=headers),
        ):
            assert answer.status_code < 500
    logged = (tmp_path / "logs").glob("web-*.jsonl")
    told = [json.loads(line) for path in logged for line in path.read_text().splitlines()]
    assert len(told) == 6
    assert {line["client"] for line in told} == {"203.0.113.0/24"}
    assert told[4]["route"] == NO_ROUTE
    assert not [line for line in told if re.search(r"\d{2}\.\d{3}", json.dumps({**line, "client": "", "time": ""}))]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [mark for mark in MARKS if mark.encode() in content], path.name
    # The client of the test is one of those libraries that finder.http.service_log keeps from telling of each call.
    told_of = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    assert not [mark for mark in MARKS if mark in "".join(told_of)]


def test_who_wants_no_log_has_none(tmp_path: Path) -> None:
    publish_town(tmp_path)
    with TestClient(create_app(Settings(data_dir=tmp_path, web_log_days=0))) as client:
        assert client.get("/health/live").status_code == 200
    assert not (tmp_path / "logs").exists()
