"""A ledger with its file of revisions, and a clock that stands until it is moved."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from finder.store import Store
from finder.store.consents import ConsentLedger


class Clock:
    """Stands still; ``forward`` moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(store: Store, store_url: str, tmp_path: Path) -> Iterator[ConsentLedger]:
    """Of a migrated store; a test that takes it runs on SQLite and on PostGIS."""
    with ConsentLedger.open(store_url, tmp_path / "revisions") as opened:
        yield opened
