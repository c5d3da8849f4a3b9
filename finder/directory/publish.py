"""From the store to an immutable snapshot that searches read, switched to by one rename."""

import fcntl
import math
import os
import shutil
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directory.layout import (
    CURRENT,
    FORMAT,
    MANIFEST,
    Manifest,
    current_folder,
    digests,
    kind_tags,
    read_manifest,
    snapshot_folders,
)
from finder.directory.records import Records, write_records
from finder.directory.snapshot import Snapshot
from finder.directory.summary import summary_of
from finder.domain.facility import Facility, FacilityKind, FacilityStatus
from finder.domain.place import Place
from finder.errors import Damaged, NotReady
from finder.geo.distance import geodesic_many_m
from finder.geo.ecef import ecef_m
from finder.geo.kdtree import KdTree
from finder.geo.points import LonLat
from finder.locate.facility_places import places_from_facilities
from finder.locate.place_files import read_places
from finder.locate.place_index import build_place_index
from finder.store import Store

__all__ = ["is_behind", "publish"]

KEPT = 3
"""Snapshots left on disk, the one in service among them: a worker that is slow to switch still finds its own."""

_FACILITY = msgspec.json.Decoder(Facility)


def publish(store: Store, snapshots_dir: Path, place_files: Sequence[Path] = ()) -> Snapshot:
    """Write every open facility of the store and every place name into a new snapshot, put it in service and return it.

    Readers have the old one until the last moment; a crash on the way leaves it in service. One publish runs at a time.
    """
    snapshots_dir.mkdir(parents=True, exist_ok=True)
    with _only_one(snapshots_dir):
        for left_over in snapshots_dir.glob("writing-*"):
            shutil.rmtree(left_over)
        number = max((int(folder.name) for folder in snapshot_folders(snapshots_dir)), default=0) + 1
        folder = snapshots_dir / f"writing-{number:010}"
        folder.mkdir()
        _write(folder, number, store, place_files)
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


def _write(folder: Path, number: int, store: Store, place_files: Sequence[Path]) -> None:
    revision = store.revision()  # before the facilities: a change that comes between is published again rather than never
    ids: list[bytes] = []
    points: list[LonLat] = []
    kinds: list[FacilityKind] = []

    def in_order_of_ids() -> Iterator[bytes]:
        for facility in store.facilities():
            if facility.status is FacilityStatus.OPEN:
                ids.append(facility.id.encode())
                points.append(facility.lon_lat)
                kinds.append(facility.kind)
                yield msgspec.json.encode(facility)

    # By id first, because the tree, which decides the order of the slots, needs all points; records stay on disk.
    unordered = folder / "unordered.bin"
    write_records(unordered, in_order_of_ids())
    rows = Records.open(unordered)
    lon_lat = np.array(points, dtype=np.float64).reshape(-1, 2)
    tree = KdTree.build(lon_lat, np.array([kind_tags([kind]) for kind in kinds], dtype=np.uint32))
    tree.save(folder / "tree")
    order = tree.order.tolist()
    write_records(folder / "facilities.bin", (rows[row] for row in order))
    write_records(folder / "summaries.bin", (msgspec.json.encode(summary_of(_FACILITY.decode(rows[row]))) for row in order))
    np.save(folder / "ids.npy", np.array(ids, dtype=np.bytes_))
    np.save(folder / "slots.npy", np.argsort(tree.order).astype(np.int64))
    places = build_place_index(folder / "places", _all_places(rows, place_files))
    for path in (unordered, unordered.with_suffix(".ends.npy")):
        path.unlink()
    centre, radius_m = _extent(lon_lat)
    manifest = Manifest(
        format=FORMAT,
        number=number,
        created_at=datetime.now(UTC),
        revision=revision,
        facilities=len(ids),
        by_kind=dict(Counter(kinds)),
        places=places,
        centre=centre,
        radius_m=radius_m,
        sha256=digests(folder),
    )
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))


def _all_places(rows: Records, place_files: Sequence[Path]) -> Iterator[Place]:
    own = places_from_facilities(_FACILITY.decode(rows[row]) for row in range(len(rows)))
    return chain(chain.from_iterable(read_places(path) for path in place_files), own)


def _extent(lon_lat: NDArray[np.float64]) -> tuple[LonLat | None, float]:
    if not len(lon_lat):
        return None, 0.0
    # The direction of the mean vector, which knows no seam at ±180°. Its latitude is geocentric: 0.2° off at most, enough here.
    x, y, z = ecef_m(lon_lat).mean(axis=0).tolist()
    centre = LonLat(math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y))))
    return centre, float(geodesic_many_m(centre, lon_lat).max())


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
