"""The consent ledger: it is added to, and the database itself refuses all else but an erasure; on both databases."""

import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from finder.domain.consent import Act, ConsentEntry, Purpose, Subject, Via
from finder.errors import NotReady
from finder.store import Store
from finder.store.admin_engine import open_admin_engine
from finder.store.consents import ConsentLedger
from finder.store.engine import open_engine
from finder.store.revisions import Revisions

NOW = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
ONE, OTHER = Subject("0a1" + "0" * 61), Subject("fff" + "0" * 61)
DIGEST = "d1ce57ed" * 8
YES = ConsentEntry(
    subject=ONE,
    act=Act.GRANTED,
    at=NOW,
    via=Via.WEB,
    purpose=Purpose.SEARCH,
    policy_version=date(2026, 11, 1),
    language="es",
    text_sha256=DIGEST,
    expires_at=NOW + timedelta(days=365),
)
NO = msgspec.structs.replace(YES, act=Act.REFUSED, expires_at=None, purpose=Purpose.ANALYTICS, via=Via.APP)
OF_OTHER = msgspec.structs.replace(YES, subject=OTHER)


@pytest.fixture
def ledger(store: Store, store_url: str, tmp_path: Path) -> Iterator[ConsentLedger]:
    with ConsentLedger.open(store_url, tmp_path / "revisions") as opened:
        yield opened


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    engine = open_engine(store_url)
    yield engine
    engine.dispose()


def said(entries: list[ConsentEntry]) -> list[ConsentEntry]:
    return [msgspec.structs.replace(entry, seq=None) for entry in entries]


def test_what_was_said_comes_back_in_its_order(ledger: ConsentLedger) -> None:
    here = timezone(-timedelta(hours=8))
    later = msgspec.structs.replace(YES, at=YES.at.astimezone(here), expires_at=NOW.astimezone(here) + timedelta(days=1))
    numbers = [ledger.append(entry) for entry in (YES, NO, OF_OTHER, later)]
    assert numbers == sorted(set(numbers))
    assert said(ledger.entries(ONE)) == [YES, NO, later]
    assert [entry.seq for entry in ledger.entries(ONE)] == [numbers[0], numbers[1], numbers[3]]
    assert {purpose: entry.seq for purpose, entry in ledger.last(ONE).items()} == {
        Purpose.SEARCH: numbers[3],
        Purpose.ANALYTICS: numbers[1],
    }
    assert all(entry.at.utcoffset() == timedelta(0) for entry in ledger.entries(ONE))
    assert ledger.entries(Subject("a" * 64)) == []
    assert ledger.last(Subject("a" * 64)) == {}


def test_only_a_yes_is_revoked_and_only_once(ledger: ConsentLedger) -> None:
    ledger.append(YES)
    ledger.append(NO)
    asked = {"at": NOW + timedelta(hours=1), "via": Via.ADMIN}
    assert not ledger.revoke(ONE, Purpose.ANALYTICS, **asked)
    assert not ledger.revoke(ONE, Purpose.NOTICES, **asked)
    assert not ledger.revoke(OTHER, Purpose.SEARCH, **asked)
    assert ledger.revoke(ONE, Purpose.SEARCH, **asked)
    assert not ledger.revoke(ONE, Purpose.SEARCH, **asked)
    assert said(ledger.entries(ONE)) == [
        YES,
        NO,
        ConsentEntry(subject=ONE, act=Act.REVOKED, purpose=Purpose.SEARCH, policy_version=date(2026, 11, 1), **asked),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        ConsentEntry(subject=ONE, act=Act.REVOKED, at=NOW, via=Via.WEB, purpose=Purpose.SEARCH, policy_version=date(2026, 11, 1)),
        ConsentEntry(subject=ONE, act=Act.ERASED, at=NOW, via=Via.WEB),
    ],
)
def test_the_lines_of_other_acts_are_not_simply_added(ledger: ConsentLedger, entry: ConsentEntry) -> None:
    with pytest.raises(ValueError, match="erase"):
        ledger.append(entry)
    assert ledger.entries(ONE) == []


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": None},
        {"policy_version": None},
        {"text_sha256": None},
        {"expires_at": None},
        {"act": Act.REFUSED},
        {"act": Act.ERASED},
    ],
)
def test_a_line_has_what_its_act_needs_and_no_more(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="fields") as caught:
        msgspec.structs.replace(YES, **change)
    assert ONE not in str(caught.value)


def test_the_database_refuses_every_change(ledger: ConsentLedger, engine: Engine) -> None:
    seq = ledger.append(YES)
    ledger.append(OF_OTHER)
    ledger.erase(OTHER, at=NOW, via=Via.WEB)
    columns = "seq, subject, act, at, via, purpose, policy_version, language, text_sha256, expires_at"
    attempts = [
        "UPDATE consent_entry SET act = 'refused'",
        "UPDATE consent_entry SET at = at WHERE act = 'erased'",
        "DELETE FROM consent_entry",
        f"DELETE FROM consent_entry WHERE seq = {seq}",  # noqa: S608
        "DELETE FROM consent_entry WHERE act = 'erased'",
        # A line that looks like an erasure and is none cannot be written either: it would let the others go.
        f"INSERT INTO consent_entry ({columns.replace('seq, ', '')}) SELECT subject, 'revoked', at, via, NULL, policy_version, "  # noqa: S608
        "language, text_sha256, expires_at FROM consent_entry",
    ]
    if engine.dialect.name == "sqlite":
        attempts += [
            f"REPLACE INTO consent_entry ({columns}) SELECT {columns.replace('via', repr('app'))} FROM consent_entry",  # noqa: S608
            f"INSERT INTO consent_entry ({columns}) SELECT {columns} FROM consent_entry WHERE true "  # noqa: S608
            "ON CONFLICT (seq) DO UPDATE SET via = 'app'",
        ]
    else:
        attempts += [
            "TRUNCATE consent_entry",
            f"INSERT INTO consent_entry ({columns}) SELECT {columns} FROM consent_entry "  # noqa: S608
            "ON CONFLICT (seq) DO UPDATE SET via = 'app'",
        ]
    before = rows(engine)
    for attempt in attempts:
        with pytest.raises(DBAPIError, match="consent"), engine.begin() as connection:
            connection.execute(text(attempt))
        assert rows(engine) == before, attempt


def rows(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM consent_entry ORDER BY seq")).all())


def test_an_erasure_leaves_one_line(ledger: ConsentLedger, engine: Engine) -> None:
    for entry in (YES, NO, OF_OTHER, YES):
        ledger.append(entry)
    receipt = ledger.erase(ONE, at=NOW + timedelta(hours=1), via=Via.APP)
    assert (receipt.at, receipt.erased) == (NOW + timedelta(hours=1), 3)
    assert ledger.entries(ONE) == [ConsentEntry(subject=ONE, act=Act.ERASED, at=receipt.at, via=Via.APP, seq=receipt.seq)]
    assert ledger.last(ONE) == {}
    assert said(ledger.entries(OTHER)) == [OF_OTHER]
    # Who speaks again and is erased again leaves one line again, and its number is a new one.
    ledger.append(YES)
    again = ledger.erase(ONE, at=NOW + timedelta(hours=2), via=Via.WEB)
    assert (again.erased, again.seq > receipt.seq + 1) == (1, True)
    assert [entry.seq for entry in ledger.entries(ONE)] == [again.seq]
    assert len(rows(engine)) == 2
    assert ledger.erase(ONE, at=NOW, via=Via.WEB).erased == 0


def test_what_was_erased_is_not_left_in_the_file(sqlite_store: Store, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with ConsentLedger.open(url, tmp_path / "revisions") as ledger:
        for _ in range(300):
            ledger.append(YES)
        ledger.erase(ONE, at=NOW, via=Via.WEB)
    sqlite_store.close()  # the last to leave puts the write-ahead log into the file
    left = {path.name: path.read_bytes().count(DIGEST.encode()) for path in tmp_path.iterdir()}
    assert set(left.values()) == {0}, left


def test_lines_of_several_threads_are_all_kept(ledger: ConsentLedger) -> None:
    def write() -> None:
        for _ in range(10):
            ledger.append(YES)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.seq for entry in ledger.entries(ONE)}) == 40


def test_on_postgis_nothing_that_was_said_before_an_erasure_outlives_it(postgis_url: str, tmp_path: Path) -> None:
    """Another machine, which has another file of revisions, writes at the same time."""
    with Store.open(postgis_url) as store:
        store.migrate()
    with ConsentLedger.open(postgis_url, tmp_path / "a") as here, ConsentLedger.open(postgis_url, tmp_path / "b") as there:
        going_on = threading.Event()

        def speak() -> None:
            while not going_on.is_set():
                there.append(YES)

        speaker = threading.Thread(target=speak)
        speaker.start()
        receipts = [here.erase(ONE, at=NOW, via=Via.WEB) for _ in range(30)]
        going_on.set()
        speaker.join()
        left = here.entries(ONE)
        assert left[0].seq == receipts[-1].seq
        assert all(entry.act is Act.GRANTED for entry in left[1:])


def test_no_message_and_no_traceback_names_the_subject(empty_store_url: str, tmp_path: Path) -> None:
    with ConsentLedger.open(empty_store_url, tmp_path / "revisions") as ledger:
        for call in (
            lambda: ledger.append(YES),
            lambda: ledger.last(ONE),
            lambda: ledger.entries(ONE),
            lambda: ledger.revoke(ONE, Purpose.SEARCH, at=NOW, via=Via.WEB),
            lambda: ledger.erase(ONE, at=NOW, via=Via.WEB),
        ):
            with pytest.raises(NotReady, match="finder migrate") as caught:
                call()
            told = "".join(traceback.format_exception(caught.value))
            assert "consent_entry" in told
            assert ONE not in told
            assert DIGEST not in told


def test_on_sqlite_a_load_that_writes_is_told_and_nothing_is_half_done(sqlite_store: Store, tmp_path: Path) -> None:
    engine = open_admin_engine(f"sqlite:///{tmp_path / 'finder.sqlite'}", longest_wait_ms=50)
    with ConsentLedger(engine, Revisions(tmp_path / "revisions")) as ledger:
        ledger.append(YES)
        revision = ledger.revision_of(ONE)
        with sqlite_store.writing():
            with pytest.raises(NotReady, match="try again"):
                ledger.erase(ONE, at=NOW, via=Via.WEB)
            assert ledger.revision_of(ONE) == revision  # nobody has to read again, and no other writer was held up
            assert said(ledger.entries(ONE)) == [YES]  # who reads does not wait
        assert ledger.erase(ONE, at=NOW, via=Via.WEB).erased == 1


def test_on_postgis_nobody_waits_for_a_load(postgis_url: str, tmp_path: Path) -> None:
    with Store.open(postgis_url) as store, ConsentLedger.open(postgis_url, tmp_path / "revisions") as ledger:
        store.migrate()
        with store.writing():
            ledger.append(YES)
            assert ledger.erase(ONE, at=NOW, via=Via.WEB).erased == 1


def test_what_is_erased_is_not_left_in_sqlites_files_while_the_service_goes_on(sqlite_store: Store, tmp_path: Path) -> None:
    """But for the line that says so, which holds the number once in the table and once in its index."""
    folder = tmp_path
    with ConsentLedger.open(f"sqlite:///{folder / 'finder.sqlite'}", tmp_path / "revisions") as open_ledger:
        for number in range(400):
            open_ledger.append(msgspec.structs.replace(YES, subject=Subject(f"{number:064x}")))
        mark = Subject("5eed" * 16)
        for _ in range(50):
            open_ledger.append(msgspec.structs.replace(YES, subject=mark))

        def found() -> int:
            return sum(path.read_bytes().count(mark.encode()) for path in folder.glob("finder.sqlite*"))

        assert found() > 50
        open_ledger.erase(mark, at=NOW, via=Via.WEB)
        assert found() == 2
        assert len(open_ledger.entries(Subject(f"{7:064x}"))) == 1


def test_of_whom_nothing_is_held_an_erasure_writes_nothing(ledger: ConsentLedger) -> None:
    newest = ledger.newest()
    receipt = ledger.erase(ONE, at=NOW, via=Via.WEB)
    assert (receipt.seq, receipt.at, receipt.erased) == (None, NOW, 0)
    assert (ledger.newest(), ledger.entries(ONE)) == (newest, [])
