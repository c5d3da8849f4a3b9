"""Searches on their way from the handler to the one release of their week: on both databases, with the real noise."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from finder.domain.consent import ForAnalytics, ForSearch, Purpose, Subject, Via
from finder.domain.position import Position, PositionSource
from finder.domain.statistics import NO_CELL, Release, WaitingSearch
from finder.errors import ConsentNeeded, NotReady
from finder.geo.points import LonLat
from finder.privacy.coarsen import coarse_cell
from finder.privacy.desk import ConsentDesk
from finder.privacy.grants import Grant, once
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.statistics import SearchNotes, release_due, terms
from finder.privacy.statistics.noting import _MOST_IN_MEMORY, VAGUE_M, cell_of
from finder.privacy.subjects import new_person
from finder.store import Store
from finder.store.consents import ConsentLedger
from finder.store.search_counts import SearchCounts
from tests.privacy.conftest import Clock

MONDAY = date(2026, 11, 23)
TIJUANA = LonLat(-117.038231, 32.514915)
CELL = coarse_cell(TIJUANA)
GRANT = once(ForAnalytics, CURRENT_POLICY)


def near(lon_lat: LonLat = TIJUANA, accuracy_m: float = 30.0) -> Position:
    return Position(lon_lat=lon_lat, accuracy_m=accuracy_m, source=PositionSource.GPS)


def raised(problem: Exception) -> None:
    """For notes with which nothing goes wrong."""
    raise problem


@pytest.fixture
def counts(store: Store, store_url: str) -> Iterator[SearchCounts]:
    with SearchCounts.open(store_url) as opened:
        yield opened


@pytest.fixture
def desk(ledger: ConsentLedger, clock: Clock) -> ConsentDesk:
    return ConsentDesk(ledger, clock)


@pytest.fixture
def notes(counts: SearchCounts, clock: Clock) -> SearchNotes:
    return SearchNotes(counts, raised, clock)


def agreed(desk: ConsentDesk) -> tuple[Subject, Grant[ForAnalytics]]:
    subject = new_person().subject
    desk.say_yes(subject, Purpose.ANALYTICS, version=CURRENT_POLICY, language="es", via=Via.WEB)
    return subject, desk.grant(ForAnalytics, subject)


@pytest.mark.parametrize("grant", [None, once(ForSearch, CURRENT_POLICY), "analytics", ForAnalytics])
def test_without_the_grant_nothing_is_noted(notes: SearchNotes, counts: SearchCounts, grant: Any) -> None:
    with pytest.raises(TypeError, match="grant for analytics"):
        notes.note(grant, Subject("a" * 64), near(), ["cardiology"])
    assert notes.write()
    assert counts.waiting_of(Subject("a" * 64)) == []


def test_of_a_position_the_cell_alone_is_kept(desk: ConsentDesk, notes: SearchNotes, counts: SearchCounts) -> None:
    subject, grant = agreed(desk)
    notes.note(grant, subject, near(), ["cardiology"])
    notes.note(grant, subject, near(LonLat(TIJUANA.lon + 1e-4, TIJUANA.lat)), ["cardiology"])
    notes.note(grant, subject, near(accuracy_m=VAGUE_M + 1), [])
    assert "32.5" not in repr(vars(notes))
    assert subject not in repr(vars(notes))
    assert notes.write()
    assert counts.waiting_of(subject) == [
        WaitingSearch(week=MONDAY, cell=CELL, specialty="cardiology"),
        WaitingSearch(week=MONDAY, cell=NO_CELL, specialty="any"),
    ]


def test_a_cell_is_told_of_positions_that_are_in_one() -> None:
    assert cell_of(near(accuracy_m=0.0)) == cell_of(near(accuracy_m=VAGUE_M)) == CELL
    assert cell_of(near(accuracy_m=25_000.0)) == NO_CELL


def test_who_takes_the_yes_back_before_it_is_written_is_not_counted(
    desk: ConsentDesk, notes: SearchNotes, counts: SearchCounts
) -> None:
    (one, grant), (other, of_other) = agreed(desk), agreed(desk)
    notes.note(grant, one, near(), [])
    notes.note(of_other, other, near(), [])
    desk.revoke(one, Purpose.ANALYTICS, via=Via.WEB)
    desk.erase(other, via=Via.WEB)
    assert notes.write()
    assert counts.waiting_of(one) == counts.waiting_of(other) == []
    with pytest.raises(ConsentNeeded):
        desk.grant(ForAnalytics, one)


def test_the_thread_writes_and_the_rest_is_written_at_the_end(desk: ConsentDesk, store_url: str, clock: Clock) -> None:
    people = [agreed(desk) for _ in range(3)]
    notes = SearchNotes(SearchCounts.open(store_url), raised, clock)
    notes.start()
    for subject, grant in people:
        notes.note(grant, subject, near(), ["dermatology", "cardiology"])
    notes.stop()
    with SearchCounts.open(store_url) as counts:
        assert [len(counts.waiting_of(subject)) for subject, _ in people] == [2, 2, 2]


class Stubborn:
    """Counts that cannot be written at first."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times = error, times
        self.written: list[Any] = []
        self.done = threading.Event()

    def note(self, notes: list[Any], *, at: datetime) -> int:
        if self.times:
            self.times -= 1
            raise self.error
        self.written += notes
        self.done.set()
        return len(notes)

    def close(self) -> None:
        pass


def test_what_cannot_be_written_waits_in_its_order(clock: Clock) -> None:
    stubborn: Any = Stubborn(NotReady("a load writes"), 1)
    notes = SearchNotes(stubborn, raised, clock)
    for at in range(500):
        notes.note(GRANT, Subject(f"{at:064}"), near(), [])
    assert not notes.write()
    assert notes.write()
    assert [int(note.subject) for note in stubborn.written] == list(range(500))


def test_memory_is_bounded(clock: Clock) -> None:
    stubborn: Any = Stubborn(NotReady("a load writes"), 10**9)
    notes = SearchNotes(stubborn, raised, clock)
    for at in range(_MOST_IN_MEMORY + 100):
        notes.note(GRANT, Subject(f"{at:064}"), near(), [])
    assert not notes.write()
    stubborn.times = 0
    assert notes.write()
    assert len(stubborn.written) == _MOST_IN_MEMORY


def test_what_cannot_be_written_for_an_hour_is_dropped(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """Searches of people do not stay in memory for as long as a database is away, and what comes later is not held up."""
    stubborn: Any = Stubborn(NotReady("the database is away"), 10**9)
    notes = SearchNotes(stubborn, raised, clock)
    for at in range(300):  # more than one batch
        notes.note(GRANT, Subject(f"{at:064}"), near(), [])
    clock.forward(minutes=59)
    assert not notes.write()
    notes.note(GRANT, Subject("b" * 64), near(), [])
    clock.forward(minutes=1)
    assert not notes.write()
    assert "300 searches could not be written" in caplog.text
    assert "0000" not in caplog.text
    stubborn.times = 0
    assert notes.write()
    assert [note.subject[0] for note in stubborn.written] == ["b"]


def test_what_goes_wrong_with_a_batch_holds_up_no_other(clock: Clock) -> None:
    stubborn: Any = Stubborn(RuntimeError("a bug"), 1)
    problems: list[Exception] = []
    notes = SearchNotes(stubborn, problems.append, clock)
    for at in range(250):
        notes.note(GRANT, Subject(f"{at:064}"), near(), [])
    assert not notes._written()
    assert notes._written()
    assert [int(note.subject) for note in stubborn.written] == list(range(200, 250))
    assert problems == [stubborn.error]


def test_the_thread_outlives_what_goes_wrong(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    stubborn: Any = Stubborn(RuntimeError("a bug"), 1)
    problems: list[Exception] = []
    notes = SearchNotes(stubborn, problems.append, clock)
    notes.start()
    notes.note(GRANT, Subject("a" * 64), near(), [])
    while stubborn.times:
        threading.Event().wait(0.01)
    notes.note(GRANT, Subject("b" * 64), near(), [])
    notes.stop()
    assert [note.subject[0] for note in stubborn.written] == ["b"]
    assert problems == [stubborn.error]
    assert caplog.text == ""  # what is told of it, and that no message of a library is, is the hearer's


def crowd(desk: ConsentDesk, notes: SearchNotes, size: int, care: str) -> list[Subject]:
    people = [agreed(desk) for _ in range(size)]
    for subject, grant in people:
        notes.note(grant, subject, near(), [care])
    return [subject for subject, _ in people]


def test_from_searches_to_the_one_release(desk: ConsentDesk, notes: SearchNotes, counts: SearchCounts, clock: Clock) -> None:
    people = crowd(desk, notes, 160, "cardiology") + crowd(desk, notes, 9, "rheumatology")
    notes.write()
    assert release_due(counts, clock()) == []  # the week goes on
    clock.forward(days=7)
    [release] = release_due(counts, clock())
    shown = counts.released(MONDAY)
    of = terms()
    assert (release.epsilon, release.delta, release.least_persons, release.contribution) == (1.0, 1e-6, 10, 5)
    assert (release.scale, release.threshold) == (of.scale, of.threshold)
    [count] = shown[1]  # 160 are below the threshold once in seven million runs
    assert (count.cell, count.specialty) == (CELL, "cardiology")
    assert abs(count.persons - 160) < 80
    assert all(counts.waiting_of(subject) == [] for subject in people)
    # Asked again, released again, or searched for again: the numbers are what they are.
    notes.write()
    clock.forward(hours=1)
    assert release_due(counts, clock()) == []
    assert [counts.released(MONDAY) for _ in range(3)] == [shown] * 3


def test_a_week_without_searches_is_released_as_one_with_few(
    desk: ConsentDesk, notes: SearchNotes, counts: SearchCounts, clock: Clock
) -> None:
    """So that a release does not tell that somebody searched."""
    release_due(counts, clock())
    clock.forward(days=7)
    crowd(desk, notes, 3, "cardiology")
    notes.write()
    [quiet] = release_due(counts, clock())
    clock.forward(days=7)
    [few] = release_due(counts, clock())
    told = [counts.released(release.week) for release in (quiet, few)]
    assert [found for _, found in told] == [[], []]
    assert [release.week for release, _ in told] == [MONDAY, MONDAY + timedelta(days=7)]


def test_weeks_that_were_missed_are_released_each_for_itself(
    desk: ConsentDesk, notes: SearchNotes, counts: SearchCounts, clock: Clock
) -> None:
    for _ in range(3):
        crowd(desk, notes, 1, "cardiology")
        notes.write()
        clock.forward(days=7)
    released = release_due(counts, clock())
    assert [release.week for release in released] == [MONDAY + timedelta(days=7 * at) for at in range(3)]


def test_two_workers_release_one(desk: ConsentDesk, notes: SearchNotes, store_url: str, clock: Clock) -> None:
    crowd(desk, notes, 120, "cardiology")
    notes.write()
    clock.forward(days=7)
    both_there, made, seen = threading.Barrier(2), list[Release](), list[Any]()

    def work() -> None:
        with SearchCounts.open(store_url) as own:
            both_there.wait()
            made.extend(release_due(own, clock()))
            seen.append(own.released(MONDAY))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(made) == 1
    assert seen[0] == seen[1]


def test_the_library_is_not_loaded_before_a_release_needs_it(tmp_path: Path) -> None:
    script = f"""
import sys
from datetime import UTC, datetime, timedelta
import finder.app, finder.cli
from finder.privacy.statistics import release_due
from finder.store import Store
from finder.store.search_counts import SearchCounts
url = "sqlite:///{tmp_path}/finder.sqlite"
with Store.open(url) as store:
    store.migrate()
with SearchCounts.open(url) as counts:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    release_due(counts, now)
    assert len(release_due(counts, now + timedelta(days=7))) == 1
assert "opendp" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
