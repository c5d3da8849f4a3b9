"""The people of a snapshot, memory-mapped: a practitioner by id or row, who works where, and where somebody works."""

from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directory.people.person import Person, decode_person
from finder.directory.records import Records
from finder.domain.practitioner import Role
from finder.errors import Damaged, NotFound

__all__ = ["Listings", "People"]


class Listings(NamedTuple):
    """What can be found near a place: n roles of people at published facilities, in the order of the people's rows."""

    person: NDArray[np.int32]
    """(n,) The person's row, ascending."""
    role: NDArray[np.int32]
    """(n,) The role's place in :attr:`Person.roles`."""
    facility: NDArray[np.int32]
    """(n,) The facility's slot in the spatial index of facilities."""


class People:
    """Immutable and safe to read from many threads; workers that map the same folder share its pages. Rows count from 0."""

    def __init__(
        self,
        *,
        records: Records,
        ids: NDArray[np.bytes_],
        rows: NDArray[np.int32],
        places: NDArray[np.int32],
        listings: Listings,
        facility_listings: NDArray[np.int32],
        facility_ends: NDArray[np.int32],
    ) -> None:
        self.listings = listings
        self._records = records
        self._ids = ids
        self._rows = rows
        self._places = places
        self._facility_listings = facility_listings
        self._facility_ends = facility_ends

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map what :func:`finder.directory.people.write_people` wrote.

        Raises :class:`Damaged` when a file is missing or the files do not fit each other.
        """
        people = cls(
            records=Records.open(folder / "people.bin"),
            ids=_load(folder / "people_ids.npy"),
            rows=_load(folder / "people_rows.npy"),
            places=_load(folder / "people_places.npy"),
            listings=Listings(*(_load(folder / f"listing_{field}.npy") for field in Listings._fields)),
            facility_listings=_load(folder / "facility_listings.npy"),
            facility_ends=_load(folder / "facility_ends.npy"),
        )
        counts = {len(people._facility_listings), *map(len, people.listings)}
        if len(people._facility_ends):
            counts.add(int(people._facility_ends[-1]))
        if {len(people._ids), len(people._rows), len(people._places)} != {len(people)} or len(counts) != 1:
            raise Damaged("The files of the people of a snapshot do not fit each other. Publish again: finder publish.")
        return people

    def __len__(self) -> int:
        return len(self._records)

    def person(self, id_: str) -> Person:
        """Return all that is known of a practitioner. Raises :class:`NotFound` when no active one has this id."""
        return self.person_at(self.row_of(id_))

    def person_at(self, row: int) -> Person:
        """Return the person of a row. Raises :class:`IndexError` for a row that is none."""
        try:
            return decode_person(self._records[row])
        except msgspec.DecodeError as error:
            raise Damaged("A practitioner of a snapshot cannot be read. Publish again: finder publish.") from error

    def listings_at_facilities(self, slots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of the listings at many facilities, one after the other, and each one's place in ``slots``."""
        ends = self._facility_ends[slots].astype(np.int64)
        starts = np.where(slots > 0, self._facility_ends[np.maximum(slots, 1) - 1], 0).astype(np.int64)
        counts = ends - starts
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        numbers = self._facility_listings[np.repeat(starts, counts) + offsets].astype(np.int64)
        return numbers, np.repeat(np.arange(len(slots)), counts)

    def role_at(self, number: int) -> Role:
        """Return the role of a listing."""
        return self.person_at(int(self.listings.person[number])).roles[int(self.listings.role[number])]

    def listings_of(self, rows: NDArray[np.int64], scores: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the listings of many people, shape (m,), each with the score of its person."""
        wanted = rows.astype(np.int32)
        starts, ends = (np.searchsorted(self.listings.person, wanted, side=side) for side in ("left", "right"))
        counts = ends - starts
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.repeat(starts, counts) + offsets, np.repeat(scores, counts)

    def id_at(self, row: int) -> str:
        """Return the id of the practitioner of a row."""
        return bytes(self._ids[self._places[row]]).decode()

    def row_of(self, id_: str) -> int:
        """Return the row of a practitioner. Raises :class:`NotFound` when no active one has this id."""
        wanted = id_.encode(errors="replace")
        # Cut to the width of the ids, or the whole array would be widened for the search.
        at = int(np.searchsorted(self._ids, np.array(wanted, dtype=self._ids.dtype)))
        if at < len(self._ids) and self._ids[at] == wanted:
            return int(self._rows[at])
        raise NotFound("No practitioner has this id. They may have stopped working.")

    def listings_of_person(self, row: int) -> NDArray[np.int64]:
        """Return the numbers of a person's listings, shape (m,), in the order of the roles; none for a row that is none."""
        # As int32, or the whole array would be widened for the search.
        start, end = np.searchsorted(self.listings.person, np.array([row, row + 1], dtype=np.int32))
        return np.arange(start, end, dtype=np.int64)

    def listings_at_facility(self, slot: int) -> NDArray[np.int64]:
        """Return the numbers of the listings of who works at a facility, shape (m,), in the order of the people's rows.

        ``slot`` is the facility's in the spatial index. Raises :class:`IndexError` for a slot that is none.
        """
        if not 0 <= slot < len(self._facility_ends):
            raise IndexError(slot)
        start = int(self._facility_ends[slot - 1]) if slot else 0
        return self._facility_listings[start : int(self._facility_ends[slot])].astype(np.int64)


def _load(path: Path) -> NDArray[Any]:
    try:
        return np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise Damaged(f"{path.name} of a snapshot cannot be read. Publish again: finder publish.") from error
