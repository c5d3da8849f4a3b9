"""The statistics' tables: who waits, who is dropped, one release of a week, and what is left of a person; on both databases."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from finder.domain.consent import Act, ConsentEntry, Purpose, Subject, Via
from finder.domain.statistics import Release, SearchCount, SearchNote, WaitingSearch, week_of
from finder.errors import NotFound, NotReady
from finder.store import Store
from finder.store.admin_engine import open_admin_engine, short_write
from finder.store.consents import ConsentLedger
from finder.store.engine import open_engine
from finder.store.search_counts import CONTRIBUTION, SearchCounts, erase_waiting, sweep_waiting

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
MONDAY, NEXT_WEEK = date(2026, 11, 23), NOW + timedelta(days=7)
ONE, OTHER = Subject("0a1" + "0" * 61), Subject("fff" + "0" * 61)
CELL, CELL_B = "8729a1000ffffff", "8729a1001ffffff"
TERMS = {"epsilon": 1.0, "delta": 1e-6, "least_persons": 10, "contribution": 5, "scale": 5.0, "threshold": 85}


@pytest.fixture
def counts(store: Store, store_url: str) -> Iterator[SearchCounts]:
    with SearchCounts.open(store_url) as opened:
        yield opened


@pytest.fixture
def ledger(store: Store, store_url: str, tmp_path: Path) -> Iterator[ConsentLedger]:
    with ConsentLedger.open(store_url, tmp_path / "revisions") as opened:
        for subject in (ONE, OTHER):
            opened.append(yes(subject))
        yield opened


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    engine = open_engine(store_url)
    yield engine
    engine.dispose()


def yes(subject: Subject, purpose: Purpose = Purpose.ANALYTICS, lasts: timedelta = timedelta(days=365)) -> ConsentEntry:
    return ConsentEntry(
        subject=subject,
        act=Act.GRANTED,
        at=NOW,
        via=Via.WEB,
        purpose=purpose,
        policy_version=date(2026, 11, 1),
        language="es",
        text_sha256="d" * 64,
        expires_at=NOW + lasts,
    )


def note(subject: Subject = ONE, cell: str = CELL, specialty: str = "cardiology", week: date = MONDAY) -> SearchNote:
    return SearchNote(week=week, subject=subject, cell=cell, specialty=specialty)


def unchanged(exact: Mapping[tuple[str, str], int]) -> tuple[Release, Sequence[SearchCount]]:
    """A release without noise, as this is not about noise."""
    counts = [SearchCount(cell=cell, specialty=specialty, persons=persons) for (cell, specialty), persons in exact.items()]
    return Release(week=MONDAY, released_at=NEXT_WEEK, **TERMS), counts


def rows(engine: Engine, table: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608


def test_a_week_begins_on_monday_in_utc() -> None:
    assert week_of(NOW) == MONDAY
    assert week_of(datetime(2026, 11, 23, tzinfo=UTC)) == MONDAY
    assert week_of(datetime.fromisoformat("2026-11-22T16:30:00-08:00")) == MONDAY  # Sunday in Tijuana
    assert week_of(datetime.fromisoformat("2026-11-23T00:30:00+01:00")) == MONDAY - timedelta(days=7)


def test_one_person_is_one_row_however_often(counts: SearchCounts, ledger: ConsentLedger, engine: Engine) -> None:
    assert counts.note([note(), note(), note(OTHER)], at=NOW) == 2
    assert counts.note([note()], at=NOW) == 0
    assert counts.waiting_of(ONE) == [WaitingSearch(week=MONDAY, cell=CELL, specialty="cardiology")]
    stored = str(rows(engine, "search_waiting"))
    assert ONE not in stored
    assert str(bytes.fromhex(ONE)) not in stored


def test_a_person_has_a_part_in_five_counts_at_most(counts: SearchCounts, ledger: ConsentLedger) -> None:
    for at in range(4):
        counts.note([note(specialty=f"a{at}")], at=NOW)
    assert counts.note([note(specialty=f"b{at}") for at in range(4)], at=NOW) == 1
    assert counts.note([note(specialty="c"), note(OTHER, specialty="c")], at=NOW) == 1
    assert len(counts.waiting_of(ONE)) == CONTRIBUTION == 5
    assert counts.note([note(specialty="c", week=MONDAY + timedelta(days=7))], at=NOW) == 1  # another week is another budget


def test_even_if_more_rows_were_there_five_count(counts: SearchCounts, ledger: ConsentLedger, engine: Engine) -> None:
    counts.note([note()], at=NOW)
    with short_write(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO search_waiting SELECT week, who, cell, :specialty FROM search_waiting WHERE specialty = 'cardiology'"
            ),
            [{"specialty": f"z{at}"} for at in range(20)],
        )
    counts.release(MONDAY, unchanged)
    assert len(counts.released(MONDAY)[1]) == CONTRIBUTION


@pytest.mark.parametrize("why", ["never", "other purpose", "expired", "revoked", "refused", "erased"])
def test_without_a_yes_that_holds_nothing_waits(counts: SearchCounts, ledger: ConsentLedger, why: str) -> None:
    subject = Subject("bbb" + "0" * 61)
    if why == "other purpose":
        ledger.append(yes(subject, Purpose.SEARCH))
    elif why == "expired":
        ledger.append(yes(subject, lasts=timedelta(0)))
    elif why != "never":
        ledger.append(yes(subject))
    if why == "revoked":
        ledger.revoke(subject, Purpose.ANALYTICS, at=NOW, via=Via.WEB)
    elif why == "refused":
        ledger.append(msgspec.structs.replace(yes(subject), act=Act.REFUSED, expires_at=None))
    elif why == "erased":
        ledger.erase(subject, at=NOW, via=Via.WEB)
    assert counts.note([note(subject), note(ONE)], at=NOW) == 1
    assert counts.waiting_of(subject) == []


def test_a_release_counts_persons_and_leaves_nothing_of_them(counts: SearchCounts, ledger: ConsentLedger, engine: Engine) -> None:
    counts.note([note(), note(OTHER), note(OTHER, cell=CELL_B), note(week=MONDAY + timedelta(days=7))], at=NOW)
    release = counts.release(MONDAY, unchanged)
    assert counts.released(MONDAY) == (
        release,
        [
            SearchCount(cell=CELL, specialty="cardiology", persons=2),
            SearchCount(cell=CELL_B, specialty="cardiology", persons=1),
        ],
    )
    assert counts.releases() == [release]
    assert [str(row.week) for row in rows(engine, "search_week") if row.key] == ["2026-11-30"]
    assert len(rows(engine, "search_waiting")) == 1  # of the next week
    assert [waiting.week for waiting in counts.waiting_of(ONE)] == [MONDAY + timedelta(days=7)]


def test_a_week_is_released_once(counts: SearchCounts, ledger: ConsentLedger, engine: Engine) -> None:
    counts.note([note()], at=NOW)
    first = counts.release(MONDAY, unchanged)
    before = counts.released(MONDAY)
    assert counts.release(MONDAY, lambda _: pytest.fail("A second look at the counts")) is None
    assert counts.note([note(OTHER)], at=NOW) == 0  # who comes late is dropped
    counts.open_week(MONDAY)
    assert counts.due(NEXT_WEEK) == []
    assert counts.released(MONDAY) == before
    assert counts.releases() == [first]
    with pytest.raises(DBAPIError, match="ck_search_week_open_or_released"), engine.begin() as connection:
        connection.execute(text("UPDATE search_week SET key = :key"), {"key": b"k"})


def test_of_several_workers_one_releases(counts: SearchCounts, ledger: ConsentLedger) -> None:
    """Each draws noise of its own, and what one has drawn is all that anybody sees."""
    counts.note([note(), note(OTHER)], at=NOW)
    all_there, made = threading.Barrier(4), dict[int, Release | None]()

    def work(number: int) -> None:
        def publish(exact: Mapping[tuple[str, str], int]) -> tuple[Release, Sequence[SearchCount]]:
            assert exact == {(CELL, "cardiology"): 2}
            all_there.wait()  # all have counted
            return unchanged({(CELL, f"drawn by {number}"): 100 + number})

        made[number] = counts.release(MONDAY, publish)

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [winner] = [number for number, release in made.items() if release is not None]
    release, found = counts.released(MONDAY)
    assert release == made[winner]
    assert found == [SearchCount(cell=CELL, specialty=f"drawn by {winner}", persons=100 + winner)]


def test_who_is_erased_while_it_is_counted_waits_no_longer(counts: SearchCounts, ledger: ConsentLedger) -> None:
    counts.note([note(), note(OTHER)], at=NOW)

    def publish(exact: Mapping[tuple[str, str], int]) -> tuple[Release, Sequence[SearchCount]]:
        ledger.erase(ONE, at=NOW, via=Via.WEB, also=[erase_waiting])  # nobody waits for the release
        counts.note([note(OTHER, specialty="late")], at=NOW)
        return unchanged(exact)

    assert counts.release(MONDAY, publish) is not None
    assert counts.waiting_of(ONE) == counts.waiting_of(OTHER) == []
    assert [count.specialty for count in counts.released(MONDAY)[1]] == ["cardiology"]


def test_a_release_that_fails_leaves_all_as_it_was(counts: SearchCounts, ledger: ConsentLedger) -> None:
    counts.note([note()], at=NOW)

    def fail(_exact: object) -> Any:
        raise RuntimeError("no noise")

    with pytest.raises(RuntimeError, match="no noise"):
        counts.release(MONDAY, fail)
    assert counts.due(NEXT_WEEK) == [MONDAY]
    assert len(counts.waiting_of(ONE)) == 1
    with pytest.raises(NotFound, match="Monday"):
        counts.released(MONDAY)


def test_only_ended_weeks_are_due(counts: SearchCounts) -> None:
    for weeks in (2, 0, 1):
        counts.open_week(MONDAY + timedelta(days=7 * weeks))
    end = datetime(2026, 11, 30, tzinfo=UTC)
    assert counts.due(end - timedelta(seconds=1)) == []
    assert counts.due(end) == [MONDAY]
    assert counts.due(end + timedelta(days=7)) == [MONDAY, MONDAY + timedelta(days=7)]
    assert counts.release(MONDAY - timedelta(days=7), unchanged) is None  # nobody opened it


def test_an_erasure_takes_the_person_and_nobody_else(counts: SearchCounts, ledger: ConsentLedger, engine: Engine) -> None:
    later = MONDAY + timedelta(days=7)
    counts.note([note(), note(cell=CELL_B), note(week=later), note(OTHER)], at=NOW)
    with short_write(engine) as connection:
        assert erase_waiting(connection, ONE) == 3
    assert counts.waiting_of(ONE) == []
    assert len(counts.waiting_of(OTHER)) == 1
    with short_write(engine) as connection:
        assert [erase_waiting(connection, OTHER), erase_waiting(connection, OTHER)] == [1, 0]
    assert rows(engine, "search_waiting") == []


def test_nothing_comes_after_an_erasure(counts: SearchCounts, ledger: ConsentLedger, store_url: str) -> None:
    """Notes are on their way while the person is erased, again and again: afterwards none is left."""
    going_on = threading.Event()

    def search() -> None:
        with SearchCounts.open(store_url) as others:
            while not going_on.is_set():
                with suppress(NotReady):  # on a slow machine the two wait for each other too long
                    others.note([note(specialty="a"), note(specialty="b"), note(OTHER)], at=NOW)

    searchers = [threading.Thread(target=search) for _ in range(2)]
    for searcher in searchers:
        searcher.start()
    left = []
    for _ in range(15):
        ledger.append(yes(ONE))
        ledger.erase(ONE, at=NOW, via=Via.WEB, also=[erase_waiting])
        left.append(counts.waiting_of(ONE))
    going_on.set()
    for searcher in searchers:
        searcher.join()
    assert left == [[]] * 15
    assert counts.waiting_of(ONE) == []
    assert len(counts.waiting_of(OTHER)) == 1


def test_weeks_that_nothing_releases_end_too(counts: SearchCounts, ledger: ConsentLedger, engine: Engine) -> None:
    later = MONDAY + timedelta(days=7)
    counts.note([note(), note(OTHER), note(week=later)], at=NOW)
    counts.release(later, lambda exact: (msgspec.structs.replace(unchanged(exact)[0], week=later), unchanged(exact)[1]))
    counts.note([note(week=later + timedelta(days=7))], at=NOW)

    def swept(before: datetime) -> list[int]:
        found = []
        while not found or found[-1]:
            with short_write(engine) as connection:
                found.append(sweep_waiting(connection, before))
        return found

    end = datetime(2026, 11, 30, tzinfo=UTC)
    assert swept(end - timedelta(seconds=1)) == [0]
    assert swept(end) == [2, 1, 0]  # two rows, then the week with its key
    assert counts.due(end) == []
    assert counts.waiting_of(ONE) == [WaitingSearch(week=later + timedelta(days=7), cell=CELL, specialty="cardiology")]
    assert [release.week for release in counts.releases()] == [later]
    assert len(counts.released(later)[1]) == 1


def test_what_was_released_is_not_left_in_the_file(sqlite_store: Store, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with ConsentLedger.open(url, tmp_path / "revisions") as ledger:
        ledger.append(yes(ONE))
    with SearchCounts.open(url) as counts:
        counts.note([note(specialty=f"rare_disease_{at}") for at in range(5)], at=NOW)
        engine = open_engine(url)
        [row] = rows(engine, "search_week")
        [who] = {row.who for row in rows(engine, "search_waiting")}
        engine.dispose()
        assert row.key in (tmp_path / "finder.sqlite-wal").read_bytes()
        counts.release(MONDAY, lambda exact: (unchanged(exact)[0], []))
    sqlite_store.close()  # the last to leave puts the write-ahead log into the file
    for secret in (row.key, who, b"rare_disease"):
        assert [path.name for path in tmp_path.iterdir() if secret in path.read_bytes()] == []


def test_no_message_names_the_subject(empty_store_url: str) -> None:
    with SearchCounts.open(empty_store_url) as counts:
        for call in (
            lambda: counts.note([note()], at=NOW),
            lambda: counts.waiting_of(ONE),
            lambda: counts.release(MONDAY, unchanged),
            lambda: counts.released(MONDAY),
        ):
            with pytest.raises(NotReady, match="finder migrate") as caught:
                call()
            assert ONE not in repr(caught.value.__cause__)
    assert repr(note()) == "SearchNote(…)"


def test_on_sqlite_a_load_that_writes_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    with SearchCounts(open_admin_engine(f"sqlite:///{tmp_path / 'finder.sqlite'}", longest_wait_ms=50)) as counts:
        counts.open_week(MONDAY)
        with sqlite_store.writing(), pytest.raises(NotReady, match="try again"):
            counts.note([note()], at=NOW)
