"""Time the consent check of a search, alone and while another process writes, and the rights of a person with many lines.

    python benchmarks/consent.py --subjects 5000 --checks 200000

A check is what a search with a person's token costs: from the token to the grant. The goal is less than 10 µs at p50.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from finder.domain.consent import Act, ConsentEntry, ForSearch, Purpose, Subject, Via
from finder.errors import ConsentNeeded
from finder.privacy.desk import ConsentDesk
from finder.privacy.policy import CURRENT_POLICY, policies
from finder.privacy.subjects import new_person, person_of
from finder.store import Store
from finder.store.consents import ConsentLedger

LINES = 10_000
"""Of the person whose data are exported and erased."""
WRITER = """
import sys, time
from pathlib import Path
from finder.domain.consent import Purpose, Subject, Via
from finder.privacy.desk import ConsentDesk
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import new_person
from finder.store.consents import ConsentLedger
with ConsentLedger.open(sys.argv[1], Path(sys.argv[2])) as ledger:
    desk, pause_s = ConsentDesk(ledger), 1 / float(sys.argv[3])
    print("writing", flush=True)
    while True:
        desk.say_yes(new_person().subject, Purpose.SEARCH, version=CURRENT_POLICY, language="es", via=Via.WEB)
        time.sleep(pause_s)
"""


def microseconds(check: Callable[[str], object], tokens: Sequence[str]) -> np.ndarray:
    """Return how long each check took, in microseconds, shape (n,)."""
    taken, clock = np.empty(len(tokens)), time.perf_counter_ns
    for number, token in enumerate(tokens):
        start = clock()
        check(token)
        taken[number] = clock() - start
    return taken / 1e3


def yes(subject: Subject, at: datetime) -> ConsentEntry:
    """Return a yes to searches."""
    return ConsentEntry(
        subject=subject,
        act=Act.GRANTED,
        at=at,
        via=Via.WEB,
        purpose=Purpose.SEARCH,
        policy_version=CURRENT_POLICY,
        language="es",
        text_sha256=policies().current.text_sha256("es"),
        expires_at=at + timedelta(days=365),
    )


def newest(ledger: ConsentLedger) -> int:
    """Return the number of a line just added: the greatest."""
    return ledger.append(yes(new_person().subject, datetime.now(UTC)))


def main() -> None:
    """Read the arguments, run, print the tables."""
    parser = argparse.ArgumentParser(description="Time the consent check of a search.")
    parser.add_argument("--url", help="a migrated, empty database; without it a SQLite file of its own")
    parser.add_argument("--subjects", type=int, default=5_000)
    parser.add_argument("--checks", type=int, default=200_000)
    parser.add_argument("--writes-per-s", type=float, default=500.0, help="of the other process, at most")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = str(arguments.url or f"sqlite:///{folder}/finder.sqlite")
        with Store.open(url) as store:
            store.migrate()
        with ConsentLedger.open(url, Path(folder) / "revisions") as ledger:
            Console().print(checks(ledger, arguments, [sys.executable, "-c", WRITER, url, f"{folder}/revisions"]))
            Console().print(rights(ledger))


def checks(ledger: ConsentLedger, arguments: argparse.Namespace, writer: list[str]) -> Table:
    """Return the table of checks: remembered, read from the ledger, and while ``writer`` goes on."""
    desk, made = ConsentDesk(ledger), [new_person() for _ in range(int(arguments.subjects))]
    for each in made:
        ledger.append(yes(each.subject, datetime.now(UTC)))
    random = np.random.default_rng(int(arguments.seed))
    tokens = [made[number].token for number in random.integers(len(made), size=int(arguments.checks)).tolist()]

    def check(token: str) -> object:
        person = person_of(token)
        return desk.grant(ForSearch, person.subject if person else None)

    def check_refused(token: str) -> None:
        try:
            check(token)
        except ConsentNeeded:
            return
        raise AssertionError(token)

    table = Table(title=f"consent checks from the token to the grant; {len(made):,} persons, {ledger.reaches_other_machines=}")
    for column in ("check", "n", "p50 µs", "p99 µs", "p99.9 µs", "max µs"):
        table.add_column(column, justify="left" if column == "check" else "right")

    def add(name: str, taken: np.ndarray) -> None:
        p50, p99, p999 = np.percentile(taken, [50, 99, 99.9])
        table.add_row(name, f"{len(taken):,}", f"{p50:.2f}", f"{p99:.2f}", f"{p999:.1f}", f"{taken.max():.0f}")

    add("first of a person, read from the ledger", microseconds(check, [each.token for each in made]))
    add("remembered", microseconds(check, tokens))
    with subprocess.Popen([*writer, str(arguments.writes_per_s)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        process.stdout.readline()
        start, before = time.perf_counter(), newest(ledger)
        taken = microseconds(check, tokens)
        writes_per_s = (newest(ledger) - before) / (time.perf_counter() - start)
        process.kill()
    add(f"while another process writes {writes_per_s:.0f}/s", taken)
    strangers = [new_person().token for _ in range(50)]
    microseconds(check_refused, strangers)
    add("refused, remembered", microseconds(check_refused, strangers * 200))
    return table


def rights(ledger: ConsentLedger) -> Table:
    """Return the table of what a person with :data:`LINES` lines waits for."""
    desk, subject = ConsentDesk(ledger), new_person().subject
    table = Table(title=f"a person with {LINES:,} lines")
    for column in ("what", "ms"):
        table.add_column(column, justify="left" if column == "what" else "right")

    def add(name: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        table.add_row(name, f"{(time.perf_counter() - start) * 1e3:.1f}")

    def write() -> None:
        for _ in range(LINES):
            ledger.append(yes(subject, datetime.now(UTC)))

    add("writing them, one by one", write)
    add("what holds (not remembered)", lambda: ledger.last(subject))
    add("export as JSON", lambda: msgspec.json.encode(desk.history(subject)))
    add("revocation", lambda: desk.revoke(subject, Purpose.SEARCH, via=Via.WEB))
    add("erasure", lambda: desk.erase(subject, via=Via.WEB))
    return table


if __name__ == "__main__":
    main()
