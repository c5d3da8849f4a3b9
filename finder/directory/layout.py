"""The files of a snapshot, and the folder of snapshots that they lie in.

::

    snapshots/
      current -> 0000000007      the one in service: a symbolic link, replaced by one rename
      0000000007/
        manifest.json            what it holds
        ids.npy                  ids of facilities in ascending order: a facility's row is its place here
        facilities/              what is searched of facilities, by row (finder.directory.finding.catalogue)
        facilities.bin           every facility as JSON, by slot: neighbours on the ground are neighbours in the file
        summaries.bin            what a list says of each, as JSON, by slot
        slots.npy                row -> slot
        people/                  practitioners and their roles; listings are roles at facilities (finder.directory.people)
        listings/                what is searched of listings, as of facilities
        */rarer.npy, rarer.json  who has a language or plan without a mark of its own (finder.directory.rarer)
        facilities/own_marks.npy the marks of facilities without those of who works there
        facility_names/          the index of names of facilities, by row (finder.directory.names)
        people_names/            the same of practitioners
        plans.json               plans and networks that are taken (finder.directory.plans)
        marks.json               which languages and plans have marks of their own (finder.directory.marks)
        places/                  the index of place names (finder.locate.place_index)
        areas/                   towns and neighbourhoods by where they are (finder.directory.areas)
"""

import hashlib
from datetime import datetime
from pathlib import Path

import msgspec

from finder.care.specialties import specialties
from finder.domain.facility import FacilityKind
from finder.errors import Damaged, NotReady
from finder.geo.points import LonLat

__all__ = [
    "CURRENT",
    "FORMAT",
    "MANIFEST",
    "Manifest",
    "care_digest",
    "current_folder",
    "digests",
    "read_manifest",
    "snapshot_folders",
]

FORMAT = 9
CURRENT = "current"
MANIFEST = "manifest.json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot says of itself."""

    format: int
    number: int
    created_at: datetime
    revision: str
    """The store's mark when it was written; see :meth:`finder.store.Store.revision`."""
    facilities: int
    practitioners: int
    by_kind: dict[FacilityKind, int]
    places: int
    care: str
    """Of the table of care (:func:`care_digest`): catalogues know care by its number there."""
    centre: LonLat | None
    """The middle of all facilities, for want of a region; None where there are none."""
    radius_m: float
    """From the centre to the farthest."""
    sha256: dict[str, str]
    """Of every other file, by its path in the folder."""


def current_folder(snapshots_dir: Path) -> Path:
    """Return the folder of the snapshot in service. Raises :class:`NotReady` when none was ever published."""
    try:
        return snapshots_dir / (snapshots_dir / CURRENT).readlink()
    except OSError:
        raise NotReady("Nothing is published yet: load facilities first (finder load FILE.csv, or finder demo).") from None


def read_manifest(folder: Path) -> Manifest:
    """Read a snapshot's manifest. Raises :class:`Damaged` when it cannot be read or is of another format."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise Damaged(f"Snapshot {folder.name} has no readable manifest. Publish again: finder publish.") from error
    if manifest.format != FORMAT:
        raise Damaged(f"Snapshot {folder.name} is of another version of the finder. Publish again: finder publish.")
    if manifest.care != care_digest():
        raise Damaged(f"Snapshot {folder.name} is of another table of specialties. Publish again: finder publish.")
    return manifest


def care_digest() -> str:
    """Return a digest of the ids of the table of specialties and services, in its order."""
    return hashlib.blake2b("\n".join(one.id for one in specialties().all).encode(), digest_size=8).hexdigest()


def snapshot_folders(snapshots_dir: Path) -> list[Path]:
    """Return the folders of whole snapshots, oldest first."""
    return sorted(folder for folder in snapshots_dir.iterdir() if folder.name.isdigit() and folder.is_dir())


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a snapshot but the manifest, by its path in the folder."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
