"""A world that is large enough for all to meet all, and worlds made for one question."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from finder.directory import Snapshot, publish
from finder.store import Store
from tests.directory.finding.brute_force import Stored
from tests.directory.finding.worlds import World, made_world

type Published = Callable[[World], tuple[Snapshot, Stored]]


@pytest.fixture(scope="session")
def large_world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Stored]:
    return _published(made_world(Random(5), 150, 120), tmp_path_factory.mktemp("world"))  # noqa: S311 - nothing is kept secret


@pytest.fixture
def published(tmp_path: Path) -> Published:
    """Publishes a world, and reads it for the plain loops."""
    return lambda world: _published(world, tmp_path)


def _published(world: World, folder: Path) -> tuple[Snapshot, Stored]:
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        world.store_in(store)
        return publish(store, folder / "snapshots"), Stored(store)
