"""1,000 open pages on one worker: how long from sending the position that goes in to having the notice?

A real ``finder serve`` with one worker, in a process of its own over SQLite. Each page is a person of its own who armed the same
clinic and stands before its last step in; pages listen by Server-Sent Events. Then the positions that go in come one after the
other at a steady rate, each by a call of its own, and among them as many again that tell nothing. The time goes from before the
call is written to after the event is read, both by this process, which needs one of the cores itself.

    .venv/bin/python benchmarks/notices_live.py [--clients 1000] [--rate 25] [--store sqlite|postgis]
"""

import argparse
import asyncio
import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import psycopg
from rich.console import Console
from rich.table import Table

from finder.domain.fence import Trigger
from finder.notices.tracker import Fix
from finder.privacy.subjects import Person
from tests.notices.served import fence_data, sent, serving_desks, walk
from tests.postgis import TEMPLATE, postgis_server
from tests.server import serving

GOAL_MS = 250.0
CONNECTIONS = 16
"""For positions: as browsers do, they are kept."""


class Walker(msgspec.Struct):
    """A person whose next fix goes in."""

    person: Person
    fix: Fix
    sent_at: float = 0.0
    told_at: float = 0.0
    answered_at: float = 0.0
    notices: int = 0


def prepared(folder: Path, url: str, clients: int) -> tuple[list[Walker], list[Walker]]:
    """Arm as many visits; all but the last fix before the notice of going in are taken. And as many who stand still inside."""
    with serving_desks(folder, url) as desks:
        fixes = walk(datetime.now(UTC))
        trial, count = desks.armed(), 0
        while not any(one.trigger is Trigger.ENTER for one in desks.visits.notices(trial)):
            desks.take(trial, fixes[count : count + 1])
            count += 1
        walkers = list[Walker]()
        for _ in range(clients):
            person = desks.armed()
            desks.take(person, fixes[: count - 1])
            walkers.append(Walker(person, fixes[count - 1]))
        still = [Walker(trial, one) for one in fixes[count : count + 20]]
    return walkers, still


class Calls:
    """Calls over few connections that stay open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def open(self) -> None:
        """Connect."""
        for _ in range(CONNECTIONS):
            self._free.put_nowait(await asyncio.open_connection("127.0.0.1", self._port))

    async def post(self, walker: Walker) -> int:
        """Send the walker's fix, and return how many notices the answer has."""
        reader, writer = await self._free.get()
        body = json.dumps(sent([walker.fix])).encode()
        writer.write(
            b"POST /api/v1/positions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (walker.person.token.encode(), len(body), body)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        answer = await reader.readexactly(length)
        self._free.put_nowait((reader, writer))
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(answer.decode())
        return len(json.loads(answer)["notices"])


async def listen(port: int, walker: Walker, ready: asyncio.Semaphore, told: asyncio.Semaphore) -> None:
    """Read a stream until its connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /api/v1/notices/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\n"
        b"Authorization: Bearer %s\r\n\r\n" % walker.person.token.encode()
    )
    await reader.readuntil(b"retry: 2000\n\n")
    ready.release()
    with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        while line := await reader.readline():
            if line.startswith(b"data: "):
                walker.told_at = time.perf_counter()
                walker.notices += 1
                told.release()
    writer.close()


async def measured(port: int, walkers: Sequence[Walker], still: Sequence[Walker], rate: float) -> float:
    """Open all pages, send all positions; return how long opening took, in seconds."""
    ready, told = asyncio.Semaphore(0), asyncio.Semaphore(0)
    started = time.perf_counter()
    streams = list[asyncio.Task[None]]()
    for number, walker in enumerate(walkers):
        streams.append(asyncio.create_task(listen(port, walker, ready, told)))
        if number % 50 == 49:
            for _ in range(50):
                await ready.acquire()
    for _ in range(len(walkers) % 50):
        await ready.acquire()
    opening_s = time.perf_counter() - started
    calls = Calls(port)
    await calls.open()

    async def enter(walker: Walker) -> None:
        walker.sent_at = time.perf_counter()
        await calls.post(walker)
        walker.answered_at = time.perf_counter()

    await asyncio.sleep(2.0)
    posts, begun = list[asyncio.Task[object]](), time.perf_counter()
    for number, walker in enumerate(walkers):
        await asyncio.sleep(begun + number / rate - time.perf_counter())
        posts.append(asyncio.create_task(enter(walker)))
        posts.append(asyncio.create_task(calls.post(still[number % len(still)])))
    await asyncio.gather(*posts)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10.0):
            for _ in walkers:
                await told.acquire()
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams)
    return opening_s


def worker_mebibytes(port: int) -> float:
    """The most memory that a process of the server has."""
    listing = subprocess.run(["ps", "-ww", "-eo", "rss,args"], check=True, capture_output=True, text=True).stdout.splitlines()
    return max((int(line.split()[0]) for line in listing if f"--port {port}" in line), default=0) / 1024


def main() -> None:
    """Prepare, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=25.0, help="Positions that go in, a second; as many others come besides.")
    parser.add_argument("--store", choices=["sqlite", "postgis"], default="sqlite")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'finder.sqlite'}"
        if options.store == "postgis":
            address = stack.enter_context(postgis_server())
            with psycopg.connect(address.format(name="postgres").replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE live TEMPLATE {TEMPLATE}")  # pyright: ignore[reportArgumentType, reportCallIssue]
            url = address.format(name="live")
        fence_data(folder, url)
        walkers, still = prepared(folder, url, options.clients)
        served = stack.enter_context(serving(folder, FINDER_DATABASE_URL=url))
        port = int(served.rpartition(":")[2])
        before = worker_mebibytes(port)
        opening_s = asyncio.run(measured(port, walkers, still, options.rate))
        after = worker_mebibytes(port)
    told = np.array([one.told_at - one.sent_at for one in walkers if one.notices]) * 1e3
    answered = np.array([one.answered_at - one.sent_at for one in walkers]) * 1e3
    table = Table(
        "", "p50", "p90", "p99", "most", title=f"{options.clients:,} pages, {options.rate:g}+{options.rate:g} positions/s"
    )
    for name, values in (("position to notice, ms", told), ("position to its answer, ms", answered)):
        table.add_row(name, *(f"{value:.1f}" for value in (*np.percentile(values, [50, 90, 99]), values.max())))
    console = Console()
    console.print(table)
    once, p99 = sum(one.notices == 1 for one in walkers), float(np.percentile(told, 99))
    console.print(
        f"told once: {once:,} of {options.clients:,}; opened in {opening_s:.1f} s; worker {before:.0f} -> {after:.0f} MiB"
    )
    is_reached = p99 < GOAL_MS and once == options.clients
    console.print(f"goal: p99 < {GOAL_MS:g} ms: {'reached' if is_reached else 'MISSED'}")
    sys.exit(not is_reached)


if __name__ == "__main__":
    main()
