"""Where an operator's measurements of waits come from: a JSON file, or an address that gives the same form over HTTP.

Neither is there by default, and neither is told anything of a person: the file is ours, and the address is asked as it stands.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import httpx

from finder.directions.borders.measurements import Measurements, measurements_from_json
from finder.directions.borders.ports import Port, known_ports
from finder.directions.http_reading import Unanswered, checked_url, client_of, read_bounded
from finder.errors import BadFile, NotReady

__all__ = ["PATIENCE_S", "FileWaits", "HttpWaits"]

PATIENCE_S: Final = 0.3
"""So long a search waits for an address, unless told otherwise."""

_log = logging.getLogger(__name__)

_MAX_BYTES: Final = 1_000_000
"""A hundred times what all the ports of this border need."""


class FileWaits:
    """A :class:`finder.directions.borders.waits.WaitSource`: a JSON file, read again when it has changed.

    The constructor raises :class:`BadFile` for a file that cannot be used. One that goes bad later is a ``problem``, and the last
    good content stays in use with its age.
    """

    def __init__(self, path: Path, ports: Sequence[Port] | None = None) -> None:
        self._path = path
        self._ports = tuple(known_ports() if ports is None else ports)
        self._lock = threading.Lock()
        self._seen = self._stamp()
        self._last_good = self._read()
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with the file at present; None if nothing is."""
        return self._problem

    def measured(self) -> Measurements:
        """Return the last good content."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                try:
                    self._last_good, self._problem = self._read(), None
                except BadFile as error:
                    self._problem = str(error)
                    _log.warning("Waits stay as they were: %s", error)
            return self._last_good

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> Measurements:
        try:
            content = self._path.read_bytes()
        except OSError as error:
            raise BadFile(f"The file of waits {self._path.name} cannot be read: {error.strerror}.") from error
        return measurements_from_json(content, f"The file of waits {self._path.name}", self._ports)


class HttpWaits:
    """A :class:`finder.directions.borders.waits.WaitSource`: an address that an operator names, answering in the same JSON form.

    It is asked by GET in a thread of its own, at most every ``refresh_s`` and only when waits are needed. The call that sets it
    off waits for the answer for ``patience_s`` at most, no other call waits at all; a late answer serves the next call. One
    asking takes about ``timeout_s``. While the address does not answer or answers nonsense, the last good answer stays in use.
    ``clock`` gives seconds that never go back. Raises :class:`BadInput` for an address that is not http or https.
    """

    def __init__(
        self,
        url: str,
        *,
        refresh_s: float = 300.0,
        timeout_s: float = 5.0,
        patience_s: float = PATIENCE_S,
        ports: Sequence[Port] | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = checked_url(url, "The address of waits")
        self._refresh_s, self._timeout_s, self._patience_s = refresh_s, timeout_s, patience_s
        self._ports = tuple(known_ports() if ports is None else ports)
        self._transport, self._clock = transport, clock
        self._lock = threading.Lock()
        self._due_s = clock()
        self._asking: threading.Event | None = None
        self._last_good: Measurements = {}
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """Why the last asking failed; None if it did not."""
        return self._problem

    def measured(self) -> Measurements:
        """Return the last good answer, empty before there is one."""
        answered = self._ask_if_due()
        if answered is not None:
            answered.wait(self._patience_s)
        return self._last_good

    def _ask_if_due(self) -> threading.Event | None:
        with self._lock:
            if self._asking is not None or self._clock() < self._due_s:
                return None
            self._due_s = self._clock() + self._refresh_s
            self._asking = answered = threading.Event()
        # A daemon, so that an address that never answers keeps no process from its end.
        threading.Thread(target=self._ask, args=(answered,), name="border waits", daemon=True).start()
        return answered

    def _ask(self, answered: threading.Event) -> None:
        try:
            self._last_good, self._problem = measurements_from_json(self._get(), "The address of waits", self._ports), None
        except (BadFile, NotReady) as error:
            if self._problem != str(error):
                _log.warning("Waits stay as they were: %s", error)
            self._problem = str(error)
        finally:
            with self._lock:
                self._asking = None
            answered.set()

    def _get(self) -> bytes:
        try:
            with client_of(transport=self._transport) as client:
                return read_bounded(
                    client,
                    "GET",
                    self._url,
                    headers={"Accept": "application/json"},
                    timeout_s=self._timeout_s,
                    most_bytes=_MAX_BYTES,
                    takes=lambda status: status == 200,
                    clock=self._clock,
                ).body
        except Unanswered as error:
            raise NotReady(f"The address of waits {error}; it must answer 200 with our JSON, soon and briefly.") from None
