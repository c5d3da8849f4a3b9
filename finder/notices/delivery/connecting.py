"""Connections of the one way out: to addresses that were looked at, each step within what is left until one deadline."""

import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, override

import httpcore

__all__ = ["CheckedBackend"]

_CONNECT_S: Final = 4.0
"""To one address."""


class CheckedBackend(httpcore.SyncBackend):
    """Connects to what ``addresses`` gives, whatever the name is, and lets nothing last beyond ``deadline`` (monotonic, s).

    What is called raises :class:`httpcore.ReadTimeout` after it, and what ``addresses`` raises.
    """

    def __init__(self, addresses: Callable[[], Sequence[str]], deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        refused: Exception = httpcore.ConnectError()
        for address in self._addresses():  # the only time that the name is resolved
            try:
                wait_s = min(_CONNECT_S, _left_s(self._deadline))
                stream = super().connect_tcp(address, port, timeout=wait_s, socket_options=socket_options)
                return _Stream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
        raise refused


class _Stream(httpcore.NetworkStream):
    """Each step has what is left of the time of all: who sends a byte now and then holds nobody up."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left_s(self._deadline))

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left_s(self._deadline))

    @override
    def close(self) -> None:
        self._stream.close()

    @override
    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left_s(self._deadline)), self._deadline)

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left_s(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
