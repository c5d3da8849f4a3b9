"""From the store to an immutable snapshot that searches read, switched to by one rename."""

import fcntl
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from finder.directory.layout import CURRENT, current_folder, read_manifest, snapshot_folders
from finder.directory.snapshot import Snapshot
from finder.directory.write import write_snapshot
from finder.errors import Damaged, NotReady
from finder.store import Store

__all__ = ["is_behind", "publish"]

KEPT = 3
"""Snapshots left on disk, the one in service among them: a worker that is slow to switch still finds its own."""


def publish(store: Store, snapshots_dir: Path, place_files: Sequence[Path] = ()) -> Snapshot:
    """Write every open facility of the store, who works there and every place name into a new snapshot; it goes into service.

    Readers have the old one until the last moment; a crash on the way leaves it in service. One publish runs at a time.
    """
    snapshots_dir.mkdir(parents=True, exist_ok=True)
    with _only_one(snapshots_dir):
        for left_over in snapshots_dir.glob("writing-*"):
            shutil.rmtree(left_over)
        number = max((int(folder.name) for folder in snapshot_folders(snapshots_dir)), default=0) + 1
        folder = snapshots_dir / f"writing-{number:010}"
        folder.mkdir()
        write_snapshot(folder, number, store, place_files)
        Snapshot.open(folder)  # what cannot be opened never comes into service
        _make_durable(folder)
        finished = folder.rename(snapshots_dir / f"{number:010}")
        _switch(snapshots_dir, finished.name)
        for old in snapshot_folders(snapshots_dir)[:-KEPT]:
            shutil.rmtree(old)
        return Snapshot.open(finished)


def is_behind(store: Store, snapshots_dir: Path) -> bool:
    """Whether the store holds a change that no published snapshot has: after a load whose publish failed, for one."""
    try:
        return read_manifest(current_folder(snapshots_dir)).revision != store.revision()
    except (NotReady, Damaged):
        return True


def _switch(snapshots_dir: Path, name: str) -> None:
    link = snapshots_dir / "writing-current"
    link.symlink_to(name)
    link.replace(snapshots_dir / CURRENT)
    _flush(snapshots_dir)


def _make_durable(folder: Path) -> None:
    """Bring every file to the disk before the switch: a power cut must not leave a link to empty files."""
    for path in (*folder.rglob("*"), folder):
        _flush(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _only_one(snapshots_dir: Path) -> Generator[None]:
    with (snapshots_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
