"""The sweeper: one at a time, a kind that fails keeps no other, and the thread goes on whatever happens."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from finder.errors import Conflict, NotReady
from finder.privacy.retention import KINDS, UPLOADS, WEB_LOG, Kind, Text, Where
from finder.privacy.sweeper import Sweeper, SweepThread
from finder.store import Store
from finder.store.sweeping import SweepAccess, SweptStore
from tests.conftest import REPOSITORY

WORDS = Text("en", "es")


def kind(name: str, where: Where, sweep: Any = None) -> Kind:
    return Kind(id=name, what=WORDS, why=WORDS, until=WORDS, where=where, held_in=(), lasts=timedelta(days=1), sweep=sweep)


def failing(_access: SweepAccess, _before: datetime) -> Iterator[int]:
    yield 3
    raise NotReady("busy")


def three(_access: SweepAccess, _before: datetime) -> Iterator[int]:
    yield from (1, 1, 1)


@pytest.fixture
def sweeper_of(sqlite_store: Store, tmp_path: Path) -> Callable[..., Sweeper]:
    def made(kinds: list[Kind], files: dict[str, Any] | None = None) -> Sweeper:
        store = SweptStore.open(f"sqlite:///{tmp_path / 'finder.sqlite'}")
        clock = lambda: datetime(2026, 11, 23, 12, tzinfo=UTC)  # noqa: E731
        return Sweeper(store, files or {}, tmp_path / "lock", kinds=kinds, clock=clock)

    return made


def test_what_goes_wrong_with_one_kind_keeps_no_other(sweeper_of: Callable[..., Sweeper]) -> None:
    def full(_before: datetime, _rehearse: bool) -> int:
        raise OSError("no room")

    kinds = [kind("a", Where.DATABASE, failing), kind("f", Where.FILES), kind("b", Where.DATABASE, three)]
    with sweeper_of(kinds, {"f": full}) as sweeper:
        swept = sweeper.sweep()
    assert [(each.kind.id, each.removed, str(each.problem)) for each in swept] == [
        ("a", 3, "busy"),
        ("f", 0, "no room"),
        ("b", 3, "None"),
    ]


def test_one_sweeps_at_a_time(sweeper_of: Callable[..., Sweeper], tmp_path: Path) -> None:
    with sweeper_of([]) as sweeper, (tmp_path / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Conflict):
            sweeper.sweep()
        with pytest.raises(Conflict):
            sweeper.rehearse()
        fcntl.flock(other, fcntl.LOCK_UN)
        assert sweeper.sweep() == []


def test_it_stops_after_a_batch(sweeper_of: Callable[..., Sweeper]) -> None:
    stop = threading.Event()
    with sweeper_of([kind("b", Where.DATABASE, three)]) as sweeper:
        [swept] = sweeper.sweep(lambda _kind, _removed: stop.set(), stop)
    assert swept.removed == 1


def test_a_store_that_is_not_there_has_nothing_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite"
    with Sweeper(
        SweptStore.open(f"sqlite:///{path}"), {UPLOADS: lambda *_: 0, WEB_LOG: lambda *_: 0}, tmp_path / "lock"
    ) as sweeper:
        assert sum(each.removed for each in [*sweeper.sweep(), *sweeper.rehearse()]) == 0
    assert not path.exists()


def test_tables_that_are_not_up_to_date_are_told_of_and_files_are_swept(tmp_path: Path) -> None:
    (tmp_path / "old.sqlite").touch()
    files = {UPLOADS: lambda *_: 2, WEB_LOG: lambda *_: 0}
    with Sweeper(SweptStore.open(f"sqlite:///{tmp_path / 'old.sqlite'}"), files, tmp_path / "lock") as sweeper:
        swept = sweeper.sweep()
    assert {str(each.problem) for each in swept if each.kind.where is Where.DATABASE} == {
        "The store's tables are not up to date: finder migrate."
    }
    assert sum(each.removed for each in swept) == 2


def test_the_thread_does_its_chores_sweeps_and_outlives_every_error(
    sweeper_of: Callable[..., Sweeper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finder.privacy.sweeper._AGAIN_AFTER_S", 0.01)
    heard: list[str] = []
    rounds, enough = [], threading.Event()

    def chore() -> None:
        rounds.append(1)
        if len(rounds) >= 3:
            enough.set()
        raise ValueError("chore")

    kinds = [kind("a", Where.DATABASE, failing), kind("b", Where.DATABASE, failing)]
    thread = SweepThread(sweeper_of(kinds), lambda error: heard.append(str(error)), [chore])
    thread.start()
    assert enough.wait(20)
    thread.stop()
    assert heard[:4] == ["chore", "busy", "chore", "busy"]  # what ails two kinds alike is told once


def test_the_page_of_the_documents_is_the_table() -> None:
    spec = util.spec_from_file_location("retention_table", REPOSITORY / "scripts" / "retention_table.py")
    assert spec is not None
    assert spec.loader is not None
    script = util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (REPOSITORY / "docs" / "retention.md").read_text() == script.page(), "run python scripts/retention_table.py"
    assert all(f"`{kind.id}`" in script.page() for kind in KINDS)
