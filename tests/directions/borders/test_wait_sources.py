"""Sources of waits: a file that changes, and an address that answers, lies, is silent, or is not there."""

import json
import logging
import os
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from finder.directions.borders import Direction, FileWaits, HttpWaits, Lane, LaneKey, Measurements
from finder.errors import BadFile, BadInput, NotReady

SENTRI = LaneKey("san_ysidro", Direction("MX", "US"), Lane.SENTRI)
KEY = "key-nobody-may-see"
URL = f"https://waits.example/now?key={KEY}"
PATIENT_S = 60.0
"""The tests' answers come at once: who waits for them that long waits for the thread, never for the clock."""


def content(minutes: float) -> bytes:
    row = {
        "port": "san_ysidro",
        "direction": "MX>US",
        "lane": "sentri",
        "wait_min": minutes,
        "measured_at": "2026-11-23T20:00:00Z",
    }
    return json.dumps({"source": "test", "waits": [row]}).encode()


def minutes_of(found: Measurements) -> float | None:
    if not found:
        return None
    wait_min = found[SENTRI].wait_min
    assert wait_min is not None
    return wait_min[1]


class Clock:
    """Seconds that only the test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Site:
    """An address whose next answer the test gives."""

    def __init__(self) -> None:
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(200, content=content(20))
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def waits(site: Site, clock: Clock) -> HttpWaits:
    return HttpWaits(URL, patience_s=PATIENT_S, transport=httpx.MockTransport(site), clock=clock)


def replace(path: Path, new: bytes, mtime_s: int) -> None:
    path.write_bytes(new)
    os.utime(path, (mtime_s, mtime_s))


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "waits.json"
    replace(path, content(20), 1000)
    source = FileWaits(path)
    first = source.measured()
    assert (minutes_of(first), source.problem) == (20, None)
    assert source.measured() is first, "unchanged, so not read again"

    replace(path, content(25), 2000)
    assert minutes_of(source.measured()) == 25

    replace(path, b"{", 3000)
    assert minutes_of(source.measured()) == 25, "the last good content"
    assert source.problem is not None
    assert "waits.json is no JSON: line 1" in source.problem
    source.measured()
    assert len(caplog.records) == 1, "said once"

    path.unlink()
    assert minutes_of(source.measured()) == 25
    assert "cannot be read" in str(source.problem)

    replace(path, content(30), 3000)
    assert (minutes_of(source.measured()), source.problem) == (30, None)


def test_a_file_must_be_good_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "waits.json"
    with pytest.raises(BadFile, match=r"waits\.json cannot be read"):
        FileWaits(path)
    path.write_bytes(b'{"waits": []}')
    with pytest.raises(BadFile, match="source"):
        FileWaits(path)


def test_an_address_is_asked_at_most_every_five_minutes(waits: HttpWaits, site: Site, clock: Clock) -> None:
    assert [minutes_of(waits.measured()) for _ in range(3)] == [20, 20, 20]
    assert len(site.asked) == 1
    site.answer = lambda: httpx.Response(200, content=content(25))
    clock.now_s = 299.0
    assert minutes_of(waits.measured()) == 20
    clock.now_s = 300.0
    assert minutes_of(waits.measured()) == 25
    assert len(site.asked) == 2


def test_an_address_is_asked_as_it_stands(waits: HttpWaits, site: Site) -> None:
    waits.measured()
    (request,) = site.asked
    assert (request.method, str(request.url), request.content) == ("GET", URL, b"")
    assert {name for name, _ in request.headers.items()} <= {"host", "accept", "accept-encoding", "connection", "user-agent"}


def refused() -> httpx.Response:
    raise httpx.ConnectError(f"no {URL}")


def silent() -> httpx.Response:
    raise httpx.ReadTimeout(f"no {URL}")


def endless() -> httpx.Response:
    def pieces() -> Iterator[bytes]:
        while True:
            yield b" " * 100_000

    return httpx.Response(200, content=pieces())


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda: httpx.Response(503, content=content(9)), "answers 503"),
        (lambda: httpx.Response(302, headers={"Location": "https://elsewhere.example/"}), "answers 302"),
        (lambda: httpx.Response(200, content=b"<html>"), "no JSON: line 1"),
        (lambda: httpx.Response(200, content=content(-9)), "entry 1, field wait_min"),
        (lambda: httpx.Response(200, content=b"xx", headers={"Content-Encoding": "gzip"}), "DecodingError"),
        (refused, "ConnectError"),
        (silent, "longer than 5 s"),
        (endless, "more than 1000000 bytes"),
    ],
)
def test_the_last_good_answer_stays(
    waits: HttpWaits,
    site: Site,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    answer: Callable[[], httpx.Response],
    says: str,
) -> None:
    waits.measured()
    site.answer = answer
    for clock.now_s in (300.0, 600.0):
        assert minutes_of(waits.measured()) == 20
        assert says in str(waits.problem)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("finder")]
    assert len(ours) == 1, "said once"
    assert KEY not in f"{waits.problem}{ours}"
    site.answer = lambda: httpx.Response(200, content=content(30))
    clock.now_s = 900.0
    assert (minutes_of(waits.measured()), waits.problem) == (30, None)


def test_an_answer_that_trickles_ends(site: Site, clock: Clock) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            clock.now_s += 1.0
            yield b" "

    waits = HttpWaits(URL, patience_s=PATIENT_S, transport=httpx.MockTransport(site), clock=clock)
    site.answer = lambda: httpx.Response(200, content=pieces())
    waits.measured()
    assert "longer than 5 s" in str(waits.problem)
    assert clock.now_s < 10.0


def test_a_server_that_hangs_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60.0)
        # An hour: if a call waited for the answer, this test would not end.
        waits = HttpWaits(f"http://127.0.0.1:{server.getsockname()[1]}/", timeout_s=3600.0, patience_s=0.1, refresh_s=0.0)
        assert waits.measured() == {}
        connection, _ = server.accept()
        callers = [threading.Thread(target=waits.measured) for _ in range(20)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert waits.problem is None, "it hangs still"
        server.settimeout(0.0)
        with pytest.raises(BlockingIOError):
            server.accept()  # nobody asked a second time while the first was under way
        connection.recv(65536)
        body = content(20)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        connection.close()
        for thread in threading.enumerate():
            if thread.name == "border waits":
                thread.join()
        # A late answer serves the next call, which asks anew a server that hangs again.
        assert minutes_of(waits.measured()) == 20
    for thread in threading.enumerate():
        if thread.name == "border waits":
            thread.join(60.0)


def test_the_address_is_in_no_log_and_no_traceback(
    waits: HttpWaits, site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    waits.measured()
    site.answer = refused
    told: list[str] = []
    get = HttpWaits._get  # pyright: ignore[reportPrivateUsage]

    def listening(self: HttpWaits) -> bytes:
        try:
            return get(self)
        except NotReady:
            told.append(traceback.format_exc())
            raise

    monkeypatch.setattr(HttpWaits, "_get", listening)
    other = HttpWaits(URL, patience_s=PATIENT_S, transport=httpx.MockTransport(site))
    other.measured()
    assert "ConnectError" in str(other.problem)
    assert len(told) == 1
    assert KEY not in told[0]
    assert not [record for record in caplog.records if KEY in record.getMessage()]


@pytest.mark.parametrize("url", ["", "waits.json", "file:///etc/passwd", "ftp://waits.example/", "https://", "https://a:b/"])
def test_an_address_must_be_one(url: str) -> None:
    with pytest.raises(BadInput, match="https://"):
        HttpWaits(url)
