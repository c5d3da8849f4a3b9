"""The audit log: entries come back as they were written, in pages, and go after two years; on both databases."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from finder.domain.admin import Action, Actor, AuditEntry
from finder.errors import NotReady
from finder.store import Store
from finder.store.admin_engine import open_admin_engine
from finder.store.audit import AUDIT_KEPT, AuditLog

NOW = datetime.now(UTC)
ENTRY = AuditEntry(
    at=NOW,
    actor=Actor("nightly load", "abcdefghijklmnop"),
    action=Action.LOAD_COMMIT,
    subject="upload 4f units.csv",
    outcome="done",
)


@pytest.fixture
def log(store: Store, store_url: str) -> Iterator[AuditLog]:
    with AuditLog.open(store_url) as opened:
        yield opened


def without_id(entry: AuditEntry) -> AuditEntry:
    return msgspec.structs.replace(entry, id=None)


def test_an_entry_comes_back_as_it_was_written(log: AuditLog) -> None:
    here = timezone(-timedelta(hours=8))
    by_cli = msgspec.structs.replace(ENTRY, at=NOW.astimezone(here), actor=Actor("cli:josé"), action=Action.KEY_CREATE)
    log.append(ENTRY)
    log.append(by_cli)
    newest, oldest = log.page()
    assert (without_id(newest), without_id(oldest)) == (by_cli, ENTRY)
    assert newest.at.utcoffset() == timedelta(0)
    assert newest.id > oldest.id


def test_pages_hold_every_entry_once_newest_first(log: AuditLog) -> None:
    for number in range(7):
        log.append(msgspec.structs.replace(ENTRY, subject=f"load {number}"))
    seen: list[str] = []
    before = None
    while page := log.page(before=before, limit=3):
        seen += [entry.subject for entry in page]
        before = page[-1].id
    assert seen == [f"load {number}" for number in range(6, -1, -1)]


def test_entries_go_after_two_years(store_url: str, log: AuditLog) -> None:
    for age in (AUDIT_KEPT.days + 1, AUDIT_KEPT.days - 1):
        log.append(msgspec.structs.replace(ENTRY, at=NOW - timedelta(days=age), subject=f"{age} days"))
    # The one above was written after this process had purged for today; another process purges at its first write.
    with AuditLog.open(store_url) as another:
        another.append(ENTRY)
        assert [entry.subject for entry in another.page()] == [ENTRY.subject, f"{AUDIT_KEPT.days - 1} days"]


def test_entries_of_several_threads_are_all_kept(log: AuditLog) -> None:
    def write(name: str) -> None:
        for number in range(10):
            log.append(msgspec.structs.replace(ENTRY, subject=f"{name}{number}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.subject for entry in log.page()}) == 30


def test_on_postgis_an_entry_does_not_wait_for_a_load(postgis_url: str) -> None:
    with Store.open(postgis_url) as store, AuditLog.open(postgis_url) as log:
        store.migrate()
        with store.writing():
            log.append(ENTRY)
        assert len(log.page()) == 1


def test_on_sqlite_one_that_has_to_wait_too_long_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    with AuditLog(open_admin_engine(f"sqlite:///{tmp_path / 'finder.sqlite'}", longest_wait_ms=50)) as log:
        with sqlite_store.writing(), pytest.raises(NotReady, match="try again"):
            log.append(ENTRY)
        log.append(ENTRY)
        assert len(log.page()) == 1
