"""One call to an address that an operator named: bounded in time and size, and never told of.

Neither the address nor what is asked goes into a log or an error: an address may hold a key, and a question where a person is.
The loggers of httpx and httpcore, which would write each address, are kept to warnings. No redirect is followed, which could lead
to a server that nobody chose.
"""

import logging
import time
from collections.abc import Callable
from typing import NamedTuple

import httpx

from finder.errors import BadInput

__all__ = ["Answer", "Unanswered", "checked_url", "client_of", "read_bounded"]


class Answer(NamedTuple):
    """An HTTP status, and the whole body."""

    status: int
    body: bytes


class Unanswered(Exception):
    """There is no answer of use; the message says why, as what may follow "the server …", and holds nothing that was asked."""


def checked_url(url: str, what: str) -> httpx.URL:
    """Return the address; raise :class:`BadInput` for one that is not of http or https. ``what`` is what the message calls it."""
    try:
        checked = httpx.URL(url)
    except httpx.InvalidURL:
        checked = httpx.URL()
    if checked.scheme not in {"http", "https"} or not checked.host:
        raise BadInput(f"{what} begins with http:// or https:// and names a server.")
    return checked


def client_of(*, base_url: httpx.URL | None = None, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a client that follows no redirect, and see that httpx logs no address. ``transport`` stands in for the network."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.Client(base_url=base_url or "", transport=transport, follow_redirects=False)


def read_bounded(
    client: httpx.Client,
    method: str,
    url: httpx.URL | str,
    *,
    timeout_s: float,
    most_bytes: int,
    takes: Callable[[int], bool],
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Return the answer, if its status is one that ``takes`` holds of: of others no body is read.

    httpx bounds each single wait; here the sum is bounded too. Raises :class:`Unanswered`.
    """
    deadline_s = clock() + timeout_s
    body = bytearray()
    try:
        with client.stream(method, url, content=content, headers=headers, timeout=timeout_s) as response:
            if not takes(response.status_code):
                raise Unanswered(f"answers {response.status_code}")
            for piece in response.iter_bytes():
                body += piece
                if len(body) > most_bytes:
                    raise Unanswered(f"answers more than {most_bytes} bytes")
                if clock() > deadline_s:
                    raise Unanswered(f"takes longer than {timeout_s:g} s to answer")
            return Answer(response.status_code, bytes(body))
    except httpx.TimeoutException:
        raise Unanswered(f"takes longer than {timeout_s:g} s to answer") from None
    except httpx.HTTPError as error:
        raise Unanswered(f"cannot be asked ({type(error).__name__})") from None
