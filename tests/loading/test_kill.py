"""A process that is killed in the middle of a load leaves nothing of it, and the load works afterwards."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from finder.store import Store
from tests.loading.many_rows import write_many

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

REPOSITORY = Path(__file__).parents[2]
ROWS = 60_000
KILLS = 5
LOAD = """
import sys
from pathlib import Path
from finder.desk import Desk
from finder.store import Store

with Store.open(sys.argv[1]) as store:
    store.migrate()
    nowhere = Path(sys.argv[2]).parent / "nowhere"
    desk = Desk(store, snapshots_dir=nowhere, regions_dir=nowhere, places_dir=nowhere, golden_searches=nowhere)
    desk.load(Path(sys.argv[2]), source="gen")
"""
"""What ``finder load`` does, but for publishing."""


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_many(tmp_path_factory.mktemp("large") / "many.csv", ROWS)


class Undisturbed(NamedTuple):
    state_hash: str
    takes_s: float


@pytest.fixture(scope="module")
def undisturbed(large_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """What a load is that nobody kills; on both databases the same."""
    url = f"sqlite:///{tmp_path_factory.mktemp('undisturbed') / 'finder.sqlite'}"
    start = time.monotonic()
    assert started(url, large_file).wait() == 0
    takes_s = time.monotonic() - start
    with Store.open(url) as store:
        assert counts(store) == (ROWS, 1, ROWS)
        return Undisturbed(store.state_hash(), takes_s)


def started(url: str, path: Path) -> subprocess.Popen[bytes]:
    """A load in a process group of its own."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen([sys.executable, "-c", LOAD, url, str(path)], env=environment, start_new_session=True)


def counts(store: Store) -> tuple[int, int, int]:
    """Facilities, loads in the ledger, and rows that the newest of them read."""
    loads = store.loads()
    return store.count(), len(loads), loads[0].read if loads else 0


def members(group: int) -> Iterator[int]:
    """The processes of a group that still run."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, pgrp = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == group and state not in "ZX":
            yield int(stat.parent.name)


def killed(url: str, path: Path, after_s: float) -> bool:
    """Begin to load, kill the main process, and see that its workers end too. Returns whether it was still at it."""
    process = started(url, path)
    time.sleep(after_s)
    was_running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while left := list(members(process.pid)):
        assert time.monotonic() < deadline, f"{len(left)} processes of a load that was killed go on"
        time.sleep(0.05)
    return was_running


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see which processes are left")
def test_kills_leave_nothing_or_all_and_the_next_load_is_whole(
    store_url: str, large_file: Path, undisturbed: Undisturbed
) -> None:
    chance = random.Random(3)  # noqa: S311 - no secret
    with Store.open(store_url) as store:
        store.migrate()
        in_the_middle = 0
        for _ in range(KILLS):
            in_the_middle += killed(store_url, large_file, chance.uniform(0, undisturbed.takes_s))
            facilities, loads, read = counts(store)
            assert (facilities, read) in ((0, 0), (ROWS, ROWS))
            assert (facilities > 0) == (loads > 0)
        assert in_the_middle >= KILLS // 2
        before = counts(store)
        assert started(store_url, large_file).wait() == 0
        assert counts(store) == (ROWS, before[1] + 1, ROWS)
        assert store.loads()[0].added == ROWS - before[0]
        assert store.state_hash() == undisturbed.state_hash
