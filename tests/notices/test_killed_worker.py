"""Whatever process is killed at whatever moment: every notice is there once, and reaches the open page once."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from finder.privacy.subjects import Person
from tests.notices.served import fence_data, sent, serving_desks, walk

SERVERS, PERSONS, KILLS = 2, 3, 3
PATIENCE_S = 100.0
TOLD = ["enter", "dwell", "exit"]


class Server:
    """``finder serve`` that is killed with its worker, without a word before, and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._folder = folder
        self.address = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FINDER_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from finder.cli import main; main()", "serve", "--port", str(self._port)],
            env={**inherited, "FINDER_DATA_DIR": str(self._folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self) -> None:
        end = time.monotonic() + PATIENCE_S
        with httpx.Client(base_url=self.address, timeout=2) as client:
            while time.monotonic() < end:
                with suppress(httpx.HTTPError):
                    client.get("/health/live")
                    return
                time.sleep(0.05)
        raise AssertionError("It does not serve.")

    def kill(self) -> None:
        """It and its worker, which is of its group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Page:
    """An open page: listens at any server, and takes up where it was when that one is gone."""

    def __init__(self, person: Person, addresses: list[str]) -> None:
        self._headers = {"Authorization": f"Bearer {person.token}"}
        self._addresses = addresses
        self._last = ""
        self.got: list[Any] = []
        self.opened = 0
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
                    self._read(answer)
            except httpx.HTTPError:
                time.sleep(0.1)

    def _read(self, answer: httpx.Response) -> None:
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            if self.closed.is_set():
                return
            name, _, value = line.partition(": ")
            fields[name] = value
            if not line:
                if fields.get("event") == "notice":
                    self._last = fields["id"]
                    self.got.append(json.loads(fields["data"]))
                fields = {}


def post(client: httpx.Client, addresses: list[str], person: Person, body: Any, chance: random.Random) -> None:
    """Send it to whichever server answers, until one does."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            answer = client.post(
                f"{chance.choice(addresses)}/api/v1/positions",
                json=body,
                headers={"Authorization": f"Bearer {person.token}"},
            )
            if answer.status_code == 200:
                return
            assert answer.status_code >= 500, answer.text
        except httpx.HTTPError:
            pass
        time.sleep(0.02)
    raise AssertionError("No server answers.")


@contextmanager
def servers(folder: Path) -> Generator[list[Server]]:
    started = [Server(folder) for _ in range(SERVERS)]
    try:
        for one in started:
            one.wait()
        yield started
    finally:
        for one in started:
            if one.process.poll() is None:
                one.kill()


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20.0
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    assert holds()


@pytest.mark.timeout(300)
def test_servers_that_are_killed_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    """Persons walk in and out, each fix sent until it is answered and some of them twice; now and then a server is killed."""
    fence_data(tmp_path)
    with serving_desks(tmp_path) as desks:
        people = [desks.armed() for _ in range(PERSONS)]
    fixes = walk(datetime.now(UTC))
    window = -(-len(fixes) * PERSONS // (KILLS + 1))
    posted, kills, moved = 0, 0, threading.Condition()

    with servers(tmp_path) as there:
        addresses = [one.address for one in there]
        pages = [
            Page(person, addresses[number % SERVERS :] + addresses[: number % SERVERS]) for number, person in enumerate(people)
        ]

        def may_go() -> bool:
            return posted < window * (kills + 1)

        def go(person: Person, chance: random.Random) -> None:
            """Not beyond what belongs before the next kill, so that there is always something under way when it comes."""
            nonlocal posted
            with httpx.Client(timeout=5) as client:
                for fix in fixes:
                    with moved:
                        assert moved.wait_for(may_go, PATIENCE_S)
                        posted += 1
                        moved.notify_all()
                    for _ in range(chance.choice((1, 1, 2))):
                        post(client, addresses, person, sent([fix]), chance)

        walkers = [threading.Thread(target=go, args=(person, random.Random(number))) for number, person in enumerate(people)]  # noqa: S311
        for one in walkers:
            one.start()
        chance = random.Random(0)  # noqa: S311
        while kills < KILLS:
            with moved:
                due = window * kills + chance.randint(window // 4, window)
                assert moved.wait_for(lambda due=due: posted >= due, PATIENCE_S)
            time.sleep(chance.uniform(0.0, 0.02))
            victim = there[kills % SERVERS]
            victim.kill()
            victim.start()
            victim.wait()
            with moved:
                kills += 1
                moved.notify_all()
        for one in walkers:
            one.join()

        for person, page in zip(people, pages, strict=True):
            answer = httpx.get(f"{addresses[0]}/api/v1/notices", headers={"Authorization": f"Bearer {person.token}"})
            listed = answer.raise_for_status().json()["notices"]
            assert [one["trigger"] for one in listed] == TOLD
            eventually(lambda page=page, listed=listed: len(page.got) >= len(listed))
        # A second time would come as quickly as the first: the pages are woken from the one process and by asking from the other.
        with httpx.Client() as client:
            post(client, addresses, people[0], sent(fixes[-20:]), chance)
        time.sleep(1.2)
        for page in pages:
            assert [one["trigger"] for one in page.got] == TOLD
        assert sum(page.opened for page in pages) > PERSONS

        # A server that is told to stop does so at once, although pages listen.
        started = time.monotonic()
        for one in there:
            one.process.send_signal(signal.SIGTERM)
        for one in there:
            one.process.wait(timeout=PATIENCE_S)
        assert time.monotonic() - started < 12.0, "It was killed, as it waited for pages."
        for page in pages:
            page.closed.set()
