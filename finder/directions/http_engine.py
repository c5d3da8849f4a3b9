"""Asking a road engine of somebody else's over HTTP: bounded in time, retried, and left alone for a while when it is down.

What is asked holds where a person is: :mod:`finder.directions.http_reading` sees that it is neither logged nor part of an error.
"""

import random
import threading
import time
from collections.abc import Callable
from typing import Final

import httpx

from finder.directions.http_reading import Answer, Unanswered, checked_url, client_of, read_bounded
from finder.errors import NotReady

__all__ = ["MAX_ANSWER_BYTES", "CircuitBreaker", "HttpEngine"]

MAX_ANSWER_BYTES: Final = 64 << 20
"""A longer answer is not read to its end."""

_OK = 200
_OPEN_AFTER = 3
_OPEN_S = 30.0
_BACKOFF_S = 0.1
_NO_ANSWER: Final = (
    "The road engine did not answer. Try again in a minute; who runs this service should see whether the engine's server is up "
    "and its address in the settings is right."
)


class CircuitBreaker:
    """Lets calls pass until ``open_after`` in a row failed, then none for ``open_s`` seconds, then one to try. Thread-safe."""

    def __init__(
        self, *, open_after: int = _OPEN_AFTER, open_s: float = _OPEN_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._open_after, self._open_s, self._clock = open_after, open_s, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_from = 0.0

    def passes(self) -> bool:
        """Whether a call may be made now; after True, say how it went by :meth:`succeeded` or :meth:`failed`."""
        with self._lock:
            if self._failures < self._open_after:
                return True
            now = self._clock()
            if now < self._closed_from:
                return False
            # Only this caller tries; the others wait for what it finds, or for another turn if it never tells.
            self._closed_from = now + self._open_s
            return True

    def succeeded(self) -> None:
        """Say that the server answered."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """Say that the server did not answer."""
        with self._lock:
            self._failures += 1
            self._closed_from = self._clock() + self._open_s


class HttpEngine:
    """A client of one server, for many threads. ``timeout_s`` is for a whole call, its retries included.

    Each call returns the HTTP status, 200 or 4xx, and the body. Raises :class:`NotReady` where no such answer comes in time: no
    connection, another status after ``retries`` further attempts, an answer of more than :data:`MAX_ANSWER_BYTES`, or at once
    while the circuit is open because the last calls failed.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout_s: float = 5.0,
        retries: int = 2,
        transport: httpx.BaseTransport | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        url = checked_url(base_url, "The address of a road engine")
        self._timeout_s, self._attempts = timeout_s, 1 + retries
        self._breaker = breaker or CircuitBreaker()
        self._client = client_of(base_url=url, transport=transport)

    def get(self, path: str) -> Answer:
        """Return the status and the body of a GET of a path below the base address."""
        return self._call("GET", path, None)

    def post(self, path: str, body: bytes) -> Answer:
        """Return the status and the body of a POST of JSON."""
        return self._call("POST", path, body)

    def close(self) -> None:
        """Close the connections; no call may follow."""
        self._client.close()

    def _call(self, method: str, path: str, body: bytes | None) -> Answer:
        if not self._breaker.passes():
            raise NotReady("The road engine failed several times in a row and is left alone for a while. Try again in a minute.")
        deadline_s = time.monotonic() + self._timeout_s
        for attempt in range(self._attempts):
            if attempt:
                # A different wait for each caller, so that they do not all come back at the same moment.
                time.sleep(min(_BACKOFF_S * 2**attempt * random.uniform(0.5, 1.0), max(0.0, deadline_s - time.monotonic())))  # noqa: S311
            left_s = deadline_s - time.monotonic()
            if left_s <= 0.0:
                break
            answer = self._attempt(method, path, body, left_s)
            if answer is not None:
                self._breaker.succeeded()
                return answer
        self._breaker.failed()
        raise NotReady(_NO_ANSWER)

    def _attempt(self, method: str, path: str, body: bytes | None, left_s: float) -> Answer | None:
        """Return the answer, or None where there is none of use."""
        try:
            return read_bounded(
                self._client,
                method,
                path,
                content=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout_s=left_s,
                most_bytes=MAX_ANSWER_BYTES,
                takes=lambda status: status == _OK or 400 <= status < 500,
            )
        except Unanswered:
            return None
