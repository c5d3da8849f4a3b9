"""The one way out by HTTP: to addresses that others name, so that nobody has this machine call where they could not themselves.

A name is resolved once, every address that it has is looked at, and the connection goes to one of those, with the name in TLS and
in ``Host``. There are no redirects, no cookies, no proxies of the environment, and no answer that is long or slow.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

import httpcore

from finder import __version__
from finder.errors import BadInput, NotReady
from finder.notices.delivery.addresses import PORTS, Network, is_in, is_public
from finder.notices.delivery.connecting import CheckedBackend

__all__ = ["LONGEST_URL", "Answered", "NotAllowed", "NotReached", "Outgoing"]

LONGEST_URL: Final = 2048
_LARGEST_ANSWER_BYTES: Final = 64 * 1024
_LONGEST_S: Final = 10.0
"""From the look-up of the name to the end of the answer."""
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?|[0-9A-Fa-f:.]{2,45}")
_URL: Final = re.compile(r"[!-~]+")
_INSIDE: Final = (".localhost", ".local", ".internal", ".home.arpa")
"""RFC 6761, 6762 and 8375, and what ICANN keeps for networks of one's own."""

type Resolve = Callable[[str, int], Sequence[str]]


class NotAllowed(BadInput):
    """An address that is not called; the message names none."""


class NotReached(NotReady):
    """Nobody answers there, or not in time; the message names no address."""


class Answered(NamedTuple):
    """What was answered: the status, and after how many seconds to come again, where that was said."""

    status: int
    retry_after_s: float | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300


def _resolved(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Outgoing:
    """Calls public addresses by https, and those in ``networks``, which the operator names, by http and on every port too.

    ``tls`` and ``resolve`` (a name and a port to addresses, or :class:`OSError`) are the system's own but in tests.
    """

    def __init__(
        self,
        networks: Sequence[Network] = (),
        *,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = _resolved,
        longest_s: float = _LONGEST_S,
    ) -> None:
        self._networks = tuple(networks)
        self._tls = tls
        self._resolve = resolve
        self._longest_s = longest_s

    def check_form(self, url: str) -> SplitResult:
        """Return the parts of an address that may be called if its name leads to where it may.

        Raises :class:`NotAllowed`, also for an address in numbers and for a name of this machine or of a network of one's own.
        Nothing is resolved: who asks learns nothing of which names there are.
        """
        parts = _parts(url)
        if parts is None:
            raise NotAllowed(f"Send an https address of at most {LONGEST_URL} letters, without a user, a password or a fragment.")
        host = (parts.hostname or "").rstrip(".")
        address = _in_numbers(host)
        if not self._networks:
            _check_public(parts)
            if address is None and _is_inside(host):
                raise _not_public()
        if address is not None and not is_in(address, self._networks):
            _check_public(parts)
            self._check_all_public([address])
        return parts

    def check(self, url: str) -> None:
        """Refuse an address that is not to be called as its name stands now.

        Raises :class:`NotAllowed`, and :class:`NotReached` where the name leads nowhere, or not in time.
        """
        self._addresses(self.check_form(url), time.monotonic() + self._longest_s)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Send a body and return what was answered, whatever the status. Raises :class:`NotAllowed` and :class:`NotReached`."""
        parts = self.check_form(url)
        deadline = time.monotonic() + self._longest_s
        backend = CheckedBackend(lambda: self._addresses(parts, deadline), deadline)
        sent = {"User-Agent": f"finder/{__version__}", **headers, "Host": parts.netloc, "Connection": "close"}
        target = httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=_port(parts), target=_target(parts))
        try:
            with httpcore.ConnectionPool(
                ssl_context=self._tls or _system_tls(), network_backend=backend, max_keepalive_connections=0
            ) as pool:
                request: Any = {"headers": sent, "content": body, "extensions": {"timeout": _timeouts(self._longest_s)}}
                with pool.stream("POST", target, **request) as response:
                    _read_some(response)
                    return Answered(response.status, _retry_after_s(response.headers))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
            raise NotReached(f"Nobody answered there as HTTP is answered ({type(error).__name__}).") from None

    def _addresses(self, parts: SplitResult, deadline: float) -> list[str]:
        """All that the name leads to. One of them in a network of ours is reason enough to refuse it."""
        try:
            found = [ip_address(address) for address in self._looked_up(parts.hostname or "", _port(parts), deadline)]
        except (OSError, UnicodeError, ValueError):
            raise NotReached("The name of this address leads nowhere now.") from None
        if not found:
            raise NotReached("The name of this address leads nowhere now.")
        if not all(is_in(address, self._networks) for address in found):
            _check_public(parts)
            self._check_all_public(found)
        return [str(address) for address in found]

    def _looked_up(self, host: str, port: int, deadline: float) -> Sequence[str]:
        """Waited for until the deadline: the system's own resolver, which cannot be stopped, may take a minute."""
        answer = Future[Sequence[str]]()

        def resolve() -> None:
            try:
                answer.set_result(self._resolve(host, port))
            except Exception as error:  # for who waits, if somebody still does
                answer.set_exception(error)

        threading.Thread(target=resolve, name="finder-resolve", daemon=True).start()
        return answer.result(max(0.0, deadline - time.monotonic()))

    def _check_all_public(self, found: Iterable[IPv4Address | IPv6Address]) -> None:
        if not all(is_public(address) or is_in(address, self._networks) for address in found):
            raise _not_public()


@cache
def _system_tls() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


def _parts(url: str) -> SplitResult | None:
    if len(url) > LONGEST_URL or not _URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"https", "http"} or "@" in parts.netloc or "#" in url or port == 0:
        return None
    return parts if _HOST.fullmatch(parts.hostname or "") else None


def _not_public() -> NotAllowed:
    return NotAllowed(
        "This address leads into a network that is not the public Internet: only who runs the finder can allow that. "
        "Send an address that the Internet reaches."
    )


def _is_inside(host: str) -> bool:
    """Whether a name is one of this machine, or of a network of one's own, by its form."""
    return "." not in host or host.lower().endswith(_INSIDE)


def _in_numbers(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is, in whichever way it is written: ``127.1`` and ``0x7f000001`` are one to the system, too."""
    try:
        return ip_address(host) if ":" in host else IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _check_public(parts: SplitResult) -> None:
    if parts.scheme != "https" or _port(parts) not in PORTS:
        raise NotAllowed("Only https addresses on port 443 or 8443 are called.")


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _timeouts(longest_s: float) -> dict[str, float]:
    return dict.fromkeys(("connect", "read", "write", "pool"), longest_s)


def _read_some(response: httpcore.Response) -> None:
    """Nothing of it is used; but who is cut off in the middle of a short answer takes that for a fault."""
    count = 0
    for chunk in response.iter_stream():
        count += len(chunk)
        if count >= _LARGEST_ANSWER_BYTES:
            return


def _retry_after_s(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    text = next((value.decode("latin-1").strip() for name, value in headers if name.lower() == b"retry-after"), "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
