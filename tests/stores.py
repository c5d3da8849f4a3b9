"""Stores that need not be migrated: what the migrations make is copied, as it is the same for each of a thousand tests."""

import tempfile
from functools import cache
from pathlib import Path

from finder.store import Store

__all__ = ["migrated_sqlite"]


def migrated_sqlite(path: Path) -> str:
    """Write an empty store with all its tables, where there is none yet, and return its address."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "finder.sqlite"
        with Store.open(f"sqlite:///{path}") as store:
            store.migrate()
        return path.read_bytes()
