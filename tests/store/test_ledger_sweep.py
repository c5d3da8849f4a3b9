"""Lines of the ledger go when their time is over and not before, whoever tries; a yes that holds never; on both databases."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.exc import DBAPIError

from finder.domain.consent import Act, Purpose, Subject
from finder.store import Store
from finder.store.admin_engine import short_read, short_write
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.consents import ConsentLedger
from finder.store.ledger_sweep import LINES_KEPT, TOMBSTONES_KEPT, sweep_lines, sweep_tombstones
from finder.store.personal import open_personal_engine
from finder.store.sweeping import BATCH_ROWS, SweepAccess, SweptStore, in_batches
from tests.store.test_migrations import to

ONE, OTHER = Subject("0a1" + "0" * 61), Subject("fff" + "0" * 61)
DAY = timedelta(days=1)
YEAR = LINES_KEPT


@pytest.fixture
def engine(store: Store, store_url: str) -> Iterator[Engine]:
    engine = open_personal_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def swept(store: Store, store_url: str) -> Iterator[SweptStore]:
    with SweptStore.open(store_url) as opened:
        yield opened


@pytest.fixture
def ledger(store: Store, store_url: str, tmp_path: Path) -> Iterator[ConsentLedger]:
    with ConsentLedger.open(store_url, tmp_path / "revisions") as opened:
        yield opened


def row(act: Act, at: datetime, expires_at: datetime | None = None, purpose: Purpose = Purpose.SEARCH, subject: Subject = ONE):
    """As the ledger writes it, at any time."""
    said = act is not Act.ERASED
    return {
        "subject": subject,
        "act": act.value,
        "at": at,
        "via": "web",
        "purpose": purpose.value if said else None,
        "policy_version": date(2020, 1, 1) if said else None,
        "language": "en" if act in {Act.GRANTED, Act.REFUSED} else None,
        "text_sha256": "d" * 64 if act in {Act.GRANTED, Act.REFUSED} else None,
        "expires_at": expires_at,
    }


def write(engine: Engine, rows: list[dict[str, object]]) -> list[int]:
    """Their numbers."""
    with short_write(engine) as connection:
        return [
            connection.execute(insert(CONSENT_ENTRY).values(each).returning(CONSENT_ENTRY.c.seq)).scalar_one() for each in rows
        ]


def left(engine: Engine) -> list[int]:
    with short_read(engine) as connection:
        return list(connection.execute(CONSENT_ENTRY.select().order_by(CONSENT_ENTRY.c.seq)).scalars())


def sweep(swept: SweptStore, now: datetime) -> int:
    return sum(swept.sweep(sweep_lines, now - LINES_KEPT)) + sum(swept.sweep(in_batches(sweep_tombstones), now - TOMBSTONES_KEPT))


def empty(engine: Engine) -> None:
    """Only who owns the database can: what no role of a service should be."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            [(sql,)] = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'consent_entry_delete'"))
            connection.execute(text("DROP TRIGGER consent_entry_delete"))
            connection.execute(text("DELETE FROM consent_entry"))
            connection.exec_driver_sql(sql)
        else:
            connection.execute(text("ALTER TABLE consent_entry DISABLE TRIGGER USER"))
            connection.execute(text("DELETE FROM consent_entry"))
            connection.execute(text("ALTER TABLE consent_entry ENABLE TRIGGER USER"))


# What a history says, by how many days ago; half days, so that none is at the very end of its time.
LINES = st.tuples(
    st.sampled_from([Act.GRANTED, Act.GRANTED, Act.REFUSED, Act.REVOKED]),
    st.integers(0, 1200),
    st.sampled_from([1, 30, 365, 365, 2000]),
    st.sampled_from([Purpose.SEARCH, Purpose.DISCLOSURE]),
    st.sampled_from([ONE, OTHER]),
)


def half_days_ago(now: datetime, days: int) -> datetime:
    return now - (days + 0.5) * DAY


def histories(now: datetime, drawn: list[tuple[Act, int, int, Purpose, Subject]]) -> list[dict[str, object]]:
    return [
        row(act, at := half_days_ago(now, days), at + lasts * DAY if act is Act.GRANTED else None, purpose, subject)
        for act, days, lasts, purpose, subject in drawn
    ]


def live(rows: list[tuple[int, dict[str, object]]], now: datetime) -> set[int]:
    """The numbers of the yes lines that hold, as a reader of the whole ledger would say."""
    newest: dict[object, tuple[int, dict[str, object]]] = {}
    for seq, each in rows:
        newest[each["subject"], each["purpose"]] = (seq, each)
    return {seq for seq, each in newest.values() if each["act"] == "granted" and each["expires_at"] > now}  # pyright: ignore[reportOperatorIssue]


def ended(seq: int, rows: list[tuple[int, dict[str, object]]]) -> datetime:
    """When a line ended, by itself or by the one after it."""
    own = dict(rows)[seq]
    later = [each["at"] for other, each in rows if other > seq and all(each[k] == own[k] for k in ("subject", "purpose"))]
    return min([own["expires_at"] or own["at"], *later])  # pyright: ignore[reportArgumentType, reportReturnType]


def check_against_the_whole_story(engine: Engine, swept: SweptStore, drawn: list[tuple[Act, int, int, Purpose, Subject]]) -> None:
    now = datetime.now(UTC)
    rows = histories(now, drawn)
    numbered = list(zip(write(engine, rows), rows, strict=True))
    sweep(swept, now)
    kept = set(left(engine))
    assert kept == {seq for seq, _ in numbered if ended(seq, numbered) >= now - YEAR}
    assert live(numbered, now) == live([(seq, each) for seq, each in numbered if seq in kept], now)
    empty(engine)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(LINES, max_size=12))
def test_what_goes_on_sqlite_is_what_ended_a_year_ago(engine: Engine, swept: SweptStore, drawn: list[tuple]) -> None:
    check_against_the_whole_story(engine, swept, sorted(drawn, key=lambda line: -line[1]))


@pytest.mark.parametrize("store_url", ["postgis"], indirect=True)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(LINES, max_size=12))
def test_what_goes_on_postgis_is_what_ended_a_year_ago(engine: Engine, swept: SweptStore, drawn: list[tuple]) -> None:
    check_against_the_whole_story(engine, swept, sorted(drawn, key=lambda line: -line[1]))


def check_that_what_holds_stays(engine: Engine, swept: SweptStore, drawn: list[tuple[Act, int, int, Purpose, Subject]]) -> None:
    """Whatever the clocks of those who wrote: a yes that holds holds, and one that does not never does again."""
    now = datetime.now(UTC)
    rows = histories(now, drawn)
    numbered = list(zip(write(engine, rows), rows, strict=True))
    for _ in range(2):
        sweep(swept, now)
        kept = set(left(engine))
        assert live(numbered, now) == live([(seq, each) for seq, each in numbered if seq in kept], now)
    empty(engine)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(LINES, max_size=12))
def test_what_holds_on_sqlite_stays(engine: Engine, swept: SweptStore, drawn: list[tuple]) -> None:
    check_that_what_holds_stays(engine, swept, drawn)


@pytest.mark.parametrize("store_url", ["postgis"], indirect=True)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(LINES, max_size=12))
def test_what_holds_on_postgis_stays(engine: Engine, swept: SweptStore, drawn: list[tuple]) -> None:
    check_that_what_holds_stays(engine, swept, drawn)


NOW = datetime.now(UTC)
LONG = NOW + 3650 * DAY
KEPT = {
    "a yes that holds": [row(Act.GRANTED, NOW - 700 * DAY, LONG)],
    "a yes that ended within the year": [row(Act.GRANTED, NOW - 700 * DAY, NOW - 364 * DAY)],
    "a yes that was taken back within the year": [
        row(Act.GRANTED, NOW - 700 * DAY, LONG),
        row(Act.REVOKED, NOW - 364 * DAY),
    ],
    "a revocation, while its yes is there": [row(Act.GRANTED, NOW - 360 * DAY, LONG), row(Act.REVOKED, NOW - 900 * DAY)],
    "an answer for another purpose": [
        row(Act.GRANTED, NOW - 700 * DAY, LONG),
        row(Act.REFUSED, NOW - 300 * DAY, purpose=Purpose.INDOOR),
        row(Act.REFUSED, NOW - 300 * DAY, subject=OTHER),
    ],
    "a no of this year": [row(Act.REFUSED, NOW - 364 * DAY)],
    "an erasure": [row(Act.ERASED, NOW - 1094 * DAY)],
    "a yes without an end, which nobody can write through the ledger": [row(Act.GRANTED, NOW - 3000 * DAY, None)],
}


@pytest.mark.parametrize("rows", KEPT.values(), ids=KEPT.keys())
def test_the_database_lets_no_line_go_before_its_time(engine: Engine, swept: SweptStore, rows: list[dict[str, object]]) -> None:
    seqs = write(engine, rows)
    # However far ahead the clock of the finder's machine is.
    assert sweep(swept, NOW + 10_000 * DAY) == 0
    for seq in seqs:
        with pytest.raises(DBAPIError, match="consent"), engine.begin() as connection:
            connection.execute(text(f"DELETE FROM consent_entry WHERE seq = {seq}"))  # noqa: S608
    with pytest.raises(DBAPIError, match="consent"), engine.begin() as connection:
        connection.execute(text("DELETE FROM consent_entry"))
    assert left(engine) == seqs


def test_erasures_go_after_three_years_and_no_line_is_changed(engine: Engine, swept: SweptStore) -> None:
    seqs = write(engine, [row(Act.ERASED, NOW - 1096 * DAY), row(Act.ERASED, NOW - 1000 * DAY, subject=OTHER)])
    with pytest.raises(DBAPIError, match="consent"), engine.begin() as connection:
        connection.execute(text("UPDATE consent_entry SET via = 'app'"))
    assert sweep(swept, NOW) == 1
    assert left(engine) == seqs[1:]


def test_more_than_a_batch_goes_in_batches_and_reading_goes_on_meanwhile(engine: Engine, ledger: ConsentLedger) -> None:
    """A reader who had to wait for a batch would wait for ever here, as the batch is not at its end before the reader is."""
    old = [row(Act.REFUSED, NOW - 500 * DAY, subject=Subject(f"{number:064x}")) for number in range(BATCH_ROWS + 100)]
    held = row(Act.GRANTED, NOW - 1 * DAY, LONG)
    with short_write(engine) as connection:
        connection.execute(insert(CONSENT_ENTRY), [*old, held])
    read: list[int] = []

    @contextmanager
    def writing() -> Iterator[Connection]:
        with short_write(engine) as connection:
            yield connection
            read.append(len(ledger.entries(Subject(f"{7:064x}"))))
            assert ledger.last(ONE).keys() == {Purpose.SEARCH}

    def reading() -> AbstractContextManager[Connection]:
        return short_read(engine)

    batches = list(sweep_lines(SweepAccess(reading, writing), NOW - LINES_KEPT))
    assert batches == [BATCH_ROWS, 100]
    assert read == [1, 0]  # as it was before the batch that is not at its end, and as it was after
    assert len(left(engine)) == 1


def test_a_rehearsal_counts_what_goes_and_takes_nothing(engine: Engine, swept: SweptStore) -> None:
    seqs = write(engine, [row(Act.GRANTED, NOW - 900 * DAY, LONG), row(Act.REVOKED, NOW - 800 * DAY), row(Act.REFUSED, NOW)])
    assert swept.rehearse(sweep_lines, NOW - LINES_KEPT) == 2
    assert left(engine) == seqs
    assert sweep(swept, NOW) == 2
    assert left(engine) == seqs[2:]


def test_before_this_migration_and_after_its_way_back_no_line_goes(engine: Engine, swept: SweptStore) -> None:
    [seq] = write(engine, [row(Act.REFUSED, NOW - 500 * DAY)])
    to(engine, "0004")
    with pytest.raises(DBAPIError, match="consent"), engine.begin() as connection:
        connection.execute(text("DELETE FROM consent_entry"))
    to(engine, "head")
    assert left(engine) == [seq]
    assert sweep(swept, NOW) == 1


def test_what_was_swept_is_not_left_in_the_file(sqlite_store: Store, tmp_path: Path) -> None:
    mark = Subject("5eed" * 16)
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with SweptStore.open(url) as swept:
        engine = open_personal_engine(url)
        write(engine, [row(Act.REFUSED, NOW - 500 * DAY, subject=mark) for _ in range(300)])
        assert any(mark.encode() in path.read_bytes() for path in tmp_path.iterdir())
        assert sweep(swept, NOW) == 300
        assert swept.leave_no_trace(["consent_entry"])
        assert {path.name: path.read_bytes().count(mark.encode()) for path in tmp_path.iterdir()}.keys() >= {"finder.sqlite"}
        assert not any(mark.encode() in path.read_bytes() for path in tmp_path.iterdir())
        engine.dispose()
