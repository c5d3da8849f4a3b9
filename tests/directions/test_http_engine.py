"""Asking a server that answers, fails, hangs, refuses, sends too much or sends elsewhere."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from finder.directions import http_engine
from finder.directions.http_engine import CircuitBreaker, HttpEngine
from finder.errors import BadInput, NotReady

WHERE = "32.5149,-117.0382"


class Server:
    """A server that answers in turn, the last answer for ever, and keeps what it was asked."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, content=b"body", headers={"Location": "https://elsewhere.example/"})


def engine_of(server: Callable[[httpx.Request], httpx.Response], **options: object) -> HttpEngine:
    return HttpEngine("https://roads.example/base", transport=httpx.MockTransport(server), **options)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("status", [200, 400, 404, 429])
def test_answers_of_use(status: int) -> None:
    server = Server(status)
    engine = engine_of(server)
    assert engine.get("table/v1") == (status, b"body")
    assert engine.post("route", b"{}") == (status, b"body")
    assert [str(one.url) for one in server.seen] == ["https://roads.example/base/table/v1", "https://roads.example/base/route"]
    assert server.seen[1].headers["content-type"] == "application/json"
    engine.close()


@pytest.mark.parametrize(
    "failure", [500, 502, 503, httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")]
)
def test_a_failure_is_tried_again(failure: int | Exception) -> None:
    server = Server(failure, failure, 200)
    assert engine_of(server).get("x") == (200, b"body")
    assert len(server.seen) == 3


def test_retries_end() -> None:
    server = Server(503)
    with pytest.raises(NotReady, match="did not answer"):
        engine_of(server, retries=1).get("x")
    assert len(server.seen) == 2


def test_a_redirect_is_not_followed() -> None:
    server = Server(302)
    with pytest.raises(NotReady):
        engine_of(server, retries=0).get("x")
    assert len(server.seen) == 1


def test_too_long_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_engine, "MAX_ANSWER_BYTES", 3)
    with pytest.raises(NotReady):
        engine_of(Server(200), retries=0).get("x")


def test_a_server_that_fails_is_left_alone_and_tried_again_later() -> None:
    now_s = [0.0]
    server = Server(500)
    engine = engine_of(server, retries=0, breaker=CircuitBreaker(open_after=3, open_s=30.0, clock=lambda: now_s[0]))
    for _ in range(10):
        with pytest.raises(NotReady):
            engine.get("x")
    assert len(server.seen) == 3
    now_s[0] = 31.0
    with pytest.raises(NotReady):
        engine.get("x")
    assert len(server.seen) == 4, "one to try"
    with pytest.raises(NotReady, match="left alone"):
        engine.get("x")
    assert len(server.seen) == 4
    server.answers = [200]
    now_s[0] = 62.0
    for _ in range(5):
        assert engine.get("x")[0] == 200
    assert len(server.seen) == 9


def test_only_failures_in_a_row_count() -> None:
    server = Server(500, 500, 400, 500, 500, 200)
    engine = engine_of(server, retries=0)
    statuses: list[int] = []
    for _ in range(6):
        try:
            statuses.append(engine.get("x")[0])
        except NotReady:
            statuses.append(0)
    assert statuses == [0, 0, 400, 0, 0, 200]


def test_while_one_tries_the_others_wait() -> None:
    now_s = [0.0]
    breaker = CircuitBreaker(open_after=1, open_s=10.0, clock=lambda: now_s[0])
    breaker.failed()
    assert not breaker.passes()
    now_s[0] = 10.0
    assert [breaker.passes() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert breaker.passes()


def test_nothing_that_is_asked_is_logged_or_in_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    engine_of(Server(200)).get(f"route/{WHERE}")
    for failure in (httpx.ConnectError(f"no way to {WHERE}"), 500):
        with pytest.raises(NotReady) as raised:
            engine_of(Server(failure), retries=0).post(f"route/{WHERE}", WHERE.encode())
        assert WHERE not in str(raised.value)
        assert raised.value.__suppress_context__ or raised.value.__context__ is None
    assert not [record for record in caplog.records if WHERE in record.getMessage()]


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a server that takes connections and says nothing, or one byte at a time."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()

        def drip() -> None:
            while not stop.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                    try:
                        while not stop.wait(0.1):
                            connection.sendall(b"x")
                    except OSError:
                        continue

        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        stop.set()
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_server_that_drips_is_not_waited_for(hanging: str) -> None:
    engine = HttpEngine(hanging, timeout_s=0.5)
    began_s = time.monotonic()
    with pytest.raises(NotReady):
        engine.get("x")
    # The server would take 100 seconds, and no single wait of it is longer than 0.1.
    assert time.monotonic() - began_s < 30
    engine.close()


def test_a_server_that_hangs_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = HttpEngine(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.3)
        with pytest.raises(NotReady):
            engine.get("x")
        engine.close()


def test_a_server_that_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    engine = HttpEngine(f"http://127.0.0.1:{port}", timeout_s=2.0)
    with pytest.raises(NotReady):
        engine.post("x", b"")
    engine.close()


@pytest.mark.parametrize("url", ["", "roads.example", "ftp://roads.example", "http://", "file:///etc/passwd", "https://a:b"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(BadInput, match="https://"):
        HttpEngine(url)
