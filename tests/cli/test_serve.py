"""``finder serve`` as whoever runs it starts and stops it, and what is left when one of its processes is killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

PATIENCE_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def started(port: int, folder: Path, *more: str, output: int) -> subprocess.Popen[str]:
    """A server with its workers, in a group of their own."""
    command = [sys.executable, "-c", "from finder.cli import main; main()", "serve", "--port", str(port), *more]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FINDER_")}
    environment = {**inherited, "FINDER_DATA_DIR": str(folder)}
    return subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True)


@pytest.mark.parametrize("after_s", [0.0, 1.0, 2.0])
def test_it_stops_while_it_starts(after_s: float, tmp_path: Path) -> None:
    """As Ctrl-C and systemd do it: the signal goes to the server and its worker, and then the server sends the worker another."""
    with started(free_port(), tmp_path, output=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert any("Spawning worker" in line for line in process.stdout)
            time.sleep(after_s)
            os.killpg(process.pid, signal.SIGTERM)
            said, _ = process.communicate(timeout=60)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert process.returncode == 0, said
    assert "shutdown completed" in said


class Served:
    """A server of two workers that writes its log into a file."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._log = folder / f"serve-{self.port}.log"
        with self._log.open("w") as log:
            self.process = started(self.port, folder, "--workers", "2", output=log.fileno())

    def said(self) -> str:
        return self._log.read_text()

    def workers(self) -> list[int]:
        """The processes of the workers in the order in which they were started, those that are gone too."""
        return [int(pid) for pid in re.findall(r"Spawning worker-\d+ with PID: (\d+)", self.said())]

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health/live", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def wait(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, self.said()
            time.sleep(0.05)

    def is_replaced(self, killed: int) -> bool:
        """Whether the server has as many workers again after so many were killed, all of which are listening."""
        return len(self.workers()) == 2 + killed and self.said().count("Started worker-") == 2 + killed


@contextmanager
def served(folder: Path) -> Generator[Served]:
    one = Served(folder)
    try:
        one.wait(lambda: one.is_replaced(0))
        yield one
    finally:
        with suppress(ProcessLookupError):  # all have ended
            os.killpg(one.process.pid, signal.SIGKILL)
        one.process.wait()


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    """Both in turn, so that the new ones have to answer alone."""
    with served(tmp_path) as one:
        first, second = one.workers()
        os.kill(first, signal.SIGKILL)
        one.wait(lambda: one.is_replaced(1))
        one.wait(one.answers)
        os.kill(second, signal.SIGKILL)
        one.wait(one.answers)
        one.wait(lambda: one.is_replaced(2))
        assert one.process.poll() is None, one.said()
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(PATIENCE_S) == 0, one.said()


def test_the_workers_of_a_server_that_is_killed_end(tmp_path: Path) -> None:
    """Until they have, nobody else can serve there, and is told so; then the next one does."""
    with served(tmp_path) as one:
        with started(one.port, tmp_path, output=subprocess.PIPE) as other:
            told, _ = other.communicate(timeout=PATIENCE_S)
        assert other.returncode == 1
        assert "or end the finder that still runs there" in " ".join(told.split())
        one.process.kill()
        one.wait(lambda: is_free(one.port))
        assert one.said().count("The server of this worker is gone") == 2
