"""Time what counting costs: a search that is noted, writing the notes, loading OpenDP, and the release of a week.

    python benchmarks/counting.py --rows 1000000

While the week is released another thread reads, as the admin API does, and writes a little; its longest waits are told.
"""

import argparse
import resource
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import h3
import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from finder.care.specialties import specialties
from finder.domain.consent import ForAnalytics, Purpose, Subject, Via
from finder.domain.position import Position, PositionSource
from finder.domain.statistics import WEEK, week_of
from finder.errors import NotFound
from finder.geo.points import LonLat
from finder.http.faults import log_fault
from finder.privacy.desk import SEEN_ELSEWHERE_AFTER_S, ConsentDesk
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.statistics import SearchNotes, release_due
from finder.privacy.statistics.noise import measurement
from finder.privacy.statistics.terms import terms
from finder.privacy.subjects import new_person
from finder.store import Store
from finder.store.consents import ConsentLedger
from finder.store.personal import open_personal_engine
from finder.store.search_count_tables import SEARCH_WAITING
from finder.store.search_counts import CONTRIBUTION, SearchCounts

CHUNK = 50_000
TIJUANA = LonLat(-117.0382, 32.5149)
RINGS = 25
"""Around Tijuana: 1,951 cells, as many as a metropolis and its surroundings have."""


def waiting(rows: int, week: date, random: np.random.Generator) -> Iterator[list[dict[str, Any]]]:
    """Yield nearly so many rows, in chunks: of each person :data:`CONTRIBUTION`; few cells and specialties have most of them."""
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(TIJUANA.lat, TIJUANA.lon, 7), RINGS))
    care = [specialty.id for specialty in specialties().all]
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        persons = [secrets.token_bytes(32) for _ in range(-(-size // CONTRIBUTION))]
        at, what = (np.minimum(random.zipf(1.3, 4 * size) - 1, len(every) - 1) for every in (cells, care))
        seen: dict[bytes, set[tuple[str, str]]] = {person: set() for person in persons}
        for number in range(len(at)):
            of_person = seen[persons[number % len(persons)]]
            if len(of_person) < CONTRIBUTION:
                of_person.add((cells[at[number]], care[what[number]]))
        yield [
            {"week": week, "who": who, "cell": cell, "specialty": specialty}
            for who, of_person in seen.items()
            for cell, specialty in of_person
        ]


def timed(work: Callable[[], object]) -> float:
    """Return how long it takes, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_mb() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Others:
    """Read and write on in a thread of their own, and remember their longest waits, in seconds."""

    def __init__(self, url: str, week: date) -> None:
        self._url, self._week = url, week
        self._over = threading.Event()
        self.longest_read_s = self.longest_write_s = 0.0
        self.turns = 0

    def __call__(self) -> None:
        """Go on until :meth:`stop`."""
        with SearchCounts.open(self._url) as counts:
            while not self._over.is_set():
                self.longest_read_s = max(self.longest_read_s, timed(lambda: self._read(counts)))
                self.longest_write_s = max(self.longest_write_s, timed(lambda: counts.open_week(self._week + WEEK)))
                self.turns += 1
                time.sleep(0.01)

    def stop(self) -> None:
        """Make an end."""
        self._over.set()

    def _read(self, counts: SearchCounts) -> None:
        try:
            counts.released(self._week)
        except NotFound:  # until it is released
            return


def noted(url: str, folder: Path, now: datetime, persons: int) -> Iterator[tuple[str, str]]:
    """Yield what a note costs the search, and what writing the notes costs the thread in the background."""
    with ConsentLedger.open(url, folder / "revisions") as ledger, SearchCounts.open(url) as counts:
        desk = ConsentDesk(ledger, lambda: now)
        subjects: list[Subject] = []
        for _ in range(persons):
            subjects.append(new_person().subject)
            desk.say_yes(subjects[-1], Purpose.ANALYTICS, version=CURRENT_POLICY, language="es", via=Via.WEB)
        time.sleep(2 * SEEN_ELSEWHERE_AFTER_S)
        for subject in subjects:  # from here on the desk remembers them
            desk.grant(ForAnalytics, subject)
        notes = SearchNotes(counts, log_fault, lambda: now)
        position = Position(lon_lat=TIJUANA, accuracy_m=30.0, source=PositionSource.GPS)
        taken = [
            timed(lambda who=subject: notes.note(desk.grant(ForAnalytics, who), who, position, ["cardiology"]))
            for subject in subjects
        ]
        p50, p99 = np.percentile(taken, [50, 99]) * 1e6
        yield "a note, with asking the desk: p50, p99", f"{p50:.1f} µs, {p99:.1f} µs"
        yield f"writing {persons:,} notes of as many persons", f"{timed(notes.write):.2f} s"


def main() -> None:
    """Read the arguments, run, print the table."""
    parser = argparse.ArgumentParser(description="Time what counting searches costs.")
    parser.add_argument("--url", help="an empty database; without it a SQLite file of its own")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--persons", type=int, default=5_000, help="of the notes")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    now = datetime.now(UTC)
    table = Table("what", "measured", title=f"{arguments.rows:,} rows waiting")
    with tempfile.TemporaryDirectory() as folder:
        url = str(arguments.url or f"sqlite:///{folder}/finder.sqlite")
        with Store.open(url) as store:
            store.migrate()
        for name, measured in noted(url, Path(folder), now, int(arguments.persons)):
            table.add_row(name, measured)
        engine, random = open_personal_engine(url), np.random.default_rng(int(arguments.seed))
        for chunk in waiting(int(arguments.rows), week_of(now), random):
            with engine.connect().execution_options(finder_writes=True) as connection, connection.begin():
                connection.execute(insert(SEARCH_WAITING), chunk)
        engine.dispose()
        before = peak_mb()
        table.add_row("loading OpenDP", f"{timed(lambda: measurement(terms())):.2f} s, {peak_mb() - before:.0f} MB")
        others = Others(url, week_of(now))
        going_on = threading.Thread(target=others)
        going_on.start()
        with SearchCounts.open(url) as counts:
            before, cpu = peak_mb(), time.process_time()
            taken = timed(lambda: release_due(counts, now + WEEK))
            cpu = time.process_time() - cpu
            others.stop()
            going_on.join()
            table.add_row("the release", f"{taken:.2f} s, of the processor {cpu:.2f} s, {peak_mb() - before:.0f} MB")
            table.add_row(f"the longest of {others.turns} reads meanwhile", f"{others.longest_read_s * 1e3:.0f} ms")
            table.add_row(f"the longest of {others.turns} short writes meanwhile", f"{others.longest_write_s * 1e3:.0f} ms")
            table.add_row("counts that are published", f"{len(counts.released(week_of(now))[1]):,}")
    Console().print(table)


if __name__ == "__main__":
    main()
