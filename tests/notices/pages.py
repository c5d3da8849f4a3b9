"""``finder serve`` at one address, killed or stopped and started again, and open pages that listen through all of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

__all__ = ["PATIENCE_S", "Page", "Server", "bearer", "eventually", "servers"]

PATIENCE_S = 100.0


class Server:
    """A server with its worker, in a group of their own. ``start`` does not wait until it answers."""

    def __init__(self, folder: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._settings = {"FINDER_DATA_DIR": str(folder), **settings}
        self.address = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FINDER_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from finder.cli import main; main()", "serve", "--port", str(self._port)],
            env=inherited | self._settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self) -> None:
        end = time.monotonic() + PATIENCE_S
        with httpx.Client(base_url=self.address, timeout=2) as client:
            while time.monotonic() < end:
                assert self.process.poll() is None, "It has ended by itself."
                with suppress(httpx.HTTPError):
                    client.get("/health/live")
                    return
                time.sleep(0.05)
        raise AssertionError("It does not serve.")

    def kill(self) -> None:
        """It and its worker, which is of its group, without a word before."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        self.ask_to_stop()
        self.process.wait(timeout=PATIENCE_S)


@contextmanager
def servers(count: int, folder: Path, **settings: str) -> Generator[list[Server]]:
    started = [Server(folder, **settings) for _ in range(count)]
    try:
        for one in started:
            one.wait()
        yield started
    finally:
        for one in started:
            if one.process.poll() is None:
                one.kill()


class Page:
    """An open page: listens at any server, and takes up where it was when that one is gone.

    One with ``says_seen`` says of every notice that the person has seen it, as the page of the site does.
    """

    def __init__(self, token: str, addresses: Sequence[str], *, says_seen: bool = False) -> None:
        self._headers = bearer(token)
        self._addresses = addresses
        self._says_seen = says_seen
        self._last = ""
        self.got: list[Any] = []
        self.opened = 0
        """How many times it has asked for a stream."""
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self._listen_on, daemon=True)
        self._thread.start()

    def _listen_on(self) -> None:
        while not self.closed.is_set():
            again = {"Last-Event-ID": self._last} if self._last else {}
            address = self._addresses[self.opened % len(self._addresses)]
            self.opened += 1
            try:
                with httpx.stream(
                    "GET", f"{address}/api/v1/notices/stream", headers=self._headers | again, timeout=httpx.Timeout(20, connect=2)
                ) as answer:
                    self._read(answer, address)
            except httpx.HTTPError:
                time.sleep(0.1)

    def _read(self, answer: httpx.Response, address: str) -> None:
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            if self.closed.is_set():
                return
            name, _, value = line.partition(": ")
            fields[name] = value
            if not line:
                if fields.get("event") == "notice":
                    self._hear(fields, address)
                fields = {}

    def _hear(self, fields: dict[str, str], address: str) -> None:
        self._last = fields["id"]
        told = json.loads(fields["data"])
        if self._says_seen:
            httpx.post(f"{address}/api/v1/notices/{told['id']}/seen", headers=self._headers).raise_for_status()
        self.got.append(told)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20.0
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    assert holds()
