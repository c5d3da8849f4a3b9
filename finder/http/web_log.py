"""The log of visits: one JSON line for each request, of which nobody can tell where somebody was or what they asked.

A line has the route's template and never the path, the query, a header or the body; the network of the address (/24 or /48) and
never the address; the size of an answer as a power of two, since the exact one would tell which page or card it was, and of a
piece of the map none. Nothing in it comes from a person's key or says an area, so there is nothing that an erasure could find.
"""

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from finder.locate.client_address import client_address

__all__ = ["NO_ROUTE", "Visit", "WebLog", "logging_visits"]

_log = logging.getLogger(__name__)

NO_ROUTE: Final = "(none)"
"""In place of a template, of an address that no route has: it may hold anything."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER_METHOD: Final = "(other)"
_WITHOUT_SIZE: Final = "/tiles/"
_IPV4_BITS, _IPV6_BITS = 24, 48
_FILE: Final = re.compile(r"web-(\d{4}-\d{2}-\d{2})\.jsonl")

type Trusted = Sequence[IPv4Network | IPv6Network]


class Visit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line."""

    time: str
    """UTC, to the second."""
    method: str
    route: str
    """Its template, such as ``/facilities/{facility_id}``."""
    status: int | None
    """``None`` of a request that was cut off before its answer."""
    ms: int
    bytes: int | None = None
    """The least power of two that is not smaller than the body that was sent."""
    client: str | None = None
    """The network, such as ``203.0.113.0/24``."""


class _Answer:
    """What is found out of a request's answer while it is sent."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.sent_bytes = 0


class WebLog:
    """Files of one day each, in UTC, in a folder that all processes of the service share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._day: date | None = None
        self._file = -1
        self._fails = False

    def write(self, visit: Visit, at: datetime) -> None:
        """Add a line, whole or not at all. Never raises: that it cannot be written is logged once."""
        line = msgspec.json.encode(visit) + b"\n"
        try:
            with self._lock:
                os.write(self._file_of(at.date()), line)
            self._fails = False
        except OSError as error:
            if not self._fails:
                _log.error("The log of visits cannot be written (%s).", error.strerror)
            self._fails = True

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file, self._day = -1, None

    def sweep(self, before: datetime, rehearse: bool = False) -> int:
        """Remove the files that hold anything from before a moment, or with ``rehearse`` none; how many."""
        over = [path for path in self._folder.glob("web-*.jsonl") if (day := _day_of(path)) and day < before]
        for path in () if rehearse else over:
            path.unlink(missing_ok=True)
        return len(over)

    def _file_of(self, day: date) -> int:
        if day != self._day:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Lines of several processes do not mix: each is appended by one call.
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._folder / f"web-{day}.jsonl", flags, 0o600)
            self._day = day
        return self._file


def logging_visits(
    app: ASGIApp, log: WebLog, trusted: Trusted, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> ASGIApp:
    """Wrap an ASGI application: each HTTP request is a line of ``log``. ``trusted`` are the networks of proxies to believe."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started, answer = time.perf_counter(), _Answer()

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
            elif message["type"] == "http.response.body":
                answer.sent_bytes += len(message["body"])
            await send(message)

        try:
            await app(scope, receive, counting)
        finally:
            at = clock().astimezone(UTC)
            ms = round((time.perf_counter() - started) * 1e3)
            log.write(_visit(scope, answer, at, ms, trusted), at)

    return handle


def _visit(scope: HTTPScope, answer: _Answer, at: datetime, ms: int, trusted: Trusted) -> Visit:
    method, route = scope["method"], _loose(scope).get("path_template") or NO_ROUTE
    return Visit(
        time=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        method=method if method in _METHODS else _OTHER_METHOD,
        route=route,
        status=answer.status,
        ms=ms,
        bytes=None if route.startswith(_WITHOUT_SIZE) else _rounded(answer.sent_bytes),
        client=_network(scope, trusted),
    )


def _rounded(size: int) -> int:
    return 1 << (size - 1).bit_length() if size else 0


def _network(scope: Scope, trusted: Trusted) -> str | None:
    peer = scope.get("client")
    address = client_address(
        peer[0] if peer else None, _headers(scope, b"x-forwarded-for"), _headers(scope, b"forwarded"), trusted
    )
    if address is None:
        return None
    bits = _IPV4_BITS if address.version == 4 else _IPV6_BITS
    return str(ip_network(f"{address}/{bits}", strict=False))


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _day_of(path: Path) -> datetime | None:
    """When the day of a file began; ``None`` for a file of somebody else's."""
    named = _FILE.fullmatch(path.name)
    try:
        return datetime.fromisoformat(named[1]).replace(tzinfo=UTC) if named else None
    except ValueError:
        return None


def _loose(scope: Scope) -> dict[str, Any]:
    """The scope as what it is besides: a dict that every layer puts its own things into."""
    return cast("dict[str, Any]", scope)
