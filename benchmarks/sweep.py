"""Time a sweep of the consent ledger while other processes read it and write into it.

    PYTHONPATH=. python benchmarks/sweep.py --rows 1000000

``--rows`` lines are over and ``--live`` are not, among them. The goals: 1 million lines in less than 30 s on both databases,
and no reader waits for it. The longest waits are those of one reader and one writer, each a process of its own, for the same time
before the sweep and during it.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, insert, text

from finder.privacy.retention import KINDS
from finder.privacy.sweeper import Sweeper
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.personal import open_personal_engine
from finder.store.sweeping import SweptStore
from tests.postgis import TEMPLATE, missing_piece, postgis_server

WRITTEN_AT_ONCE = 50_000
OTHER_PROCESS = """
import sys, time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from finder.domain.consent import Act, ConsentEntry, Purpose, Subject, Via
from finder.store.consents import ConsentLedger
url, revisions, what = sys.argv[1:]
now, day = datetime.now(UTC), timedelta(days=1)
def work(number):
    subject = Subject(f"{number % 1000:064x}")
    if what == "reads":
        ledger.last(subject)
    else:
        ledger.append(ConsentEntry(subject=subject, act=Act.GRANTED, at=now, via=Via.WEB, purpose=Purpose.SEARCH, language="es",
            policy_version=date(2026, 11, 23), text_sha256="d" * 64, expires_at=now + 365 * day))
with ConsentLedger.open(url, Path(revisions)) as ledger:
    work(0)
    print("ready", flush=True)
    while True:  # a line a second: how many calls, and how long the longest took, in ms
        calls, longest, end = 0, 0.0, time.perf_counter() + 1
        while (start := time.perf_counter()) < end:
            work(calls)
            longest = max(longest, time.perf_counter() - start)
            calls += 1
            time.sleep(0.002)
        print(calls, longest * 1e3, flush=True)
"""


def rows(over: int, live: int) -> Iterator[dict[str, Any]]:
    """Yield what ``live`` persons say who still agree, among ``over`` lines whose time is over.

    Half of these stand alone, since most people never take back what they agreed to; in the other half a yes is followed by its
    revocation, at once or 100,000 lines later. All subjects are random, as in life: each is somewhere else in the index.
    """
    now, day = datetime.now(UTC), timedelta(days=1)
    said = {"via": "web", "purpose": "search", "policy_version": date(2024, 1, 1)}
    text_of = {"language": "es", "text_sha256": "d" * 64}
    none = {"language": None, "text_sha256": None, "expires_at": None}
    every = max(1, over // max(1, live))
    long_ago, lately, later = now - 900 * day, now - 100 * day, deque[str]()
    for number in range(over):
        kind = number % 8
        subject = sha256(f"{number}".encode()).hexdigest()
        if kind == 5:
            subject = sha256(f"{number - 1}".encode()).hexdigest()
        elif kind == 6:
            later.append(subject)
        elif kind == 7 and len(later) > 100_000 // 8:
            subject = later.popleft()
        if kind == 5 or (kind == 7 and later):
            yield {**said, **none, "subject": subject, "act": "revoked", "at": now - 800 * day}
        else:
            yield {**said, **text_of, "subject": subject, "act": "granted", "at": long_ago, "expires_at": long_ago + 365 * day}
        if number % every == 0:
            subject = sha256(f"live {number}".encode()).hexdigest()
            yield {**said, **text_of, "subject": subject, "act": "granted", "at": lately, "expires_at": lately + 365 * day}


def fill(url: str, over: int, live: int) -> None:
    """Write the lines."""
    with Store.open(url) as store:
        store.migrate()
    engine = open_personal_engine(url)
    batch: list[dict[str, Any]] = []
    for row in rows(over, live):
        batch.append(row)
        if len(batch) == WRITTEN_AT_ONCE:
            with short_write(engine) as connection:
                connection.execute(insert(CONSENT_ENTRY), batch)
            batch.clear()
    if batch:
        with short_write(engine) as connection:
            connection.execute(insert(CONSENT_ENTRY), batch)
    engine.dispose()


class Other:
    """A process that reads or writes all the time."""

    def __init__(self, url: str, folder: Path, what: str) -> None:
        command = [sys.executable, "-c", OTHER_PROCESS, url, str(folder / "revisions"), what]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._file = self._process.stdout
        assert self._file is not None  # noqa: S101 - it was asked for
        self._file.readline()

    def stop(self) -> list[tuple[int, float]]:
        """Return for each second how many calls there were, and how long the longest took, in ms."""
        self._process.kill()
        assert self._file is not None  # noqa: S101 - as before
        lines = [line.split() for line in self._file.read().splitlines()]
        return [(int(calls), float(longest)) for calls, longest in (line for line in lines if len(line) == 2)]


def longest_waits(url: str, folder: Path, seconds: float) -> dict[str, float]:
    """Return the longest wait of a reader and of a writer, in ms, while nothing else goes on."""
    others = {what: Other(url, folder, what) for what in ("reads", "writes")}
    time.sleep(seconds)
    return {what: max(longest for _, longest in other.stop()) for what, other in others.items()}


def measure(name: str, url: str, folder: Path, arguments: argparse.Namespace, table: Table) -> None:
    """Add a row for one database."""
    fill(url, int(arguments.rows), int(arguments.live))
    before = longest_waits(url, folder, 10)
    others = {what: Other(url, folder, what) for what in ("reads", "writes")}
    ledger_only = [kind for kind in KINDS if kind.held_in == ("consent_entry",)]
    with Sweeper(SweptStore.open(url), {}, folder / "lock", kinds=ledger_only) as sweeper:
        start = time.perf_counter()
        swept = sweeper.sweep()
        taken_s = time.perf_counter() - start
        told = {what: other.stop() for what, other in others.items()}
        during = {what: max((longest for _, longest in seconds), default=taken_s * 1e3) for what, seconds in told.items()}
        start = time.perf_counter()
        again = sum(each.removed for each in sweeper.sweep())
        again_s = time.perf_counter() - start
    table.add_row(
        name,
        f"{sum(each.removed for each in swept):,}",
        f"{taken_s:.1f}",
        f"{again:,} in {again_s:.2f} s",
        *(f"{before[what]:.0f} / {during[what]:.0f}" for what in ("reads", "writes")),
        f"{sum(calls for calls, _ in told['reads']):,} / {sum(calls for calls, _ in told['writes']):,}",
    )


def main() -> None:
    """Read the arguments, run, print the table."""
    parser = argparse.ArgumentParser(description="Time a sweep of the consent ledger.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--live", type=int, default=200_000)
    parser.add_argument("--only", choices=("sqlite", "postgis"))
    arguments = parser.parse_args()
    table = Table(title=f"a sweep; {arguments.rows:,} lines are over, {arguments.live:,} are not")
    for column in ("store", "removed", "s", "the next", "read ms, alone / meanwhile", "write ms", "reads / writes meanwhile"):
        table.add_column(column, justify="left" if column == "store" else "right")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if arguments.only != "postgis":
            measure("SQLite", f"sqlite:///{folder}/finder.sqlite", folder, arguments, table)
        if arguments.only != "sqlite":
            if missing := missing_piece():
                raise SystemExit(missing)
            address = stack.enter_context(postgis_server())
            server = create_engine(address.format(name="postgres"), isolation_level="AUTOCOMMIT")
            with server.connect() as connection:
                connection.execute(text(f"CREATE DATABASE swept TEMPLATE {TEMPLATE}"))
            server.dispose()
            measure("PostGIS", address.format(name="swept"), folder, arguments, table)
    Console().print(table)


if __name__ == "__main__":
    main()
