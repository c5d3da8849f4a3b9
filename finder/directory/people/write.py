"""Writing the people of a snapshot in two passes: roles into a file of their own first, then each practitioner with its roles."""

import os
from array import array
from collections.abc import Iterable, Iterator
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directory.people.person import encode_person, encode_role
from finder.directory.records import write_records
from finder.domain.facility import Address
from finder.domain.practitioner import Practitioner, Role

__all__ = ["write_people"]

_AT_ONCE = 10_000
_NOWHERE = Address()


def write_people(
    folder: Path,
    practitioners: Iterable[Practitioner],
    roles: Iterable[Role],
    facility_ids: NDArray[np.bytes_],
    facility_slots: NDArray[np.int64],
) -> int:
    """Write the files of :class:`finder.directory.people.People` into the folder, made if need be; the number of people.

    Left out are inactive practitioners and roles, and roles of practitioners that are not given. Roles hold *ids*
    (:meth:`finder.store.Store.located_roles`). ``facility_ids``, shape (n,), are those of the published facilities in ascending
    order, and ``facility_slots``, shape (n,), is where each lies in the spatial index. A role at another facility is no listing;
    it stays, without its facility, where it has an address or a phone of its own.

    Streams: memory is about 150 bytes a role and 40 a practitioner, whatever they say.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ids, listings = list[NDArray[np.bytes_]](), _Listings()
    with (
        TemporaryDirectory(dir=folder) as scratch,
        _RolesByPerson.written(Path(scratch) / "roles.bin", roles, facility_ids, facility_slots) as by_person,
    ):
        write_records(folder / "people.bin", _records(practitioners, by_person, ids, listings))
    all_ids = np.concatenate(ids) if ids else np.empty(0, dtype="S1")
    order = np.argsort(all_ids, kind="stable")
    np.save(folder / "people_ids.npy", all_ids[order])
    np.save(folder / "people_rows.npy", order.astype(np.int32))
    np.save(folder / "people_places.npy", np.argsort(order).astype(np.int32))
    listings.save(folder, facilities=len(facility_ids))
    return len(all_ids)


def _records(
    practitioners: Iterable[Practitioner], by_person: "_RolesByPerson", ids: list[NDArray[np.bytes_]], listings: "_Listings"
) -> Iterator[bytes]:
    """The record of each active practitioner; ``ids`` and ``listings`` grow with them."""
    row = 0
    active = (practitioner for practitioner in practitioners if practitioner.active)
    for some in batched(active, _AT_ONCE):
        some_ids = _bytes([practitioner.id for practitioner in some])
        ids.append(some_ids)
        for practitioner, numbers in zip(some, by_person.numbers(some_ids), strict=True):
            for at, number in enumerate(numbers):
                if (slot := by_person.slot(number)) >= 0:
                    listings.add(row, at, slot)
            yield encode_person(practitioner, map(by_person.document, numbers))
            row += 1


class _Listings:
    """The three columns of :class:`finder.directory.people.Listings` while they grow."""

    def __init__(self) -> None:
        self._columns = (array("i"), array("i"), array("i"))

    def add(self, person: int, role: int, facility: int) -> None:
        for column, value in zip(self._columns, (person, role, facility), strict=True):
            column.append(value)

    def save(self, folder: Path, *, facilities: int) -> None:
        person, role, facility = (np.frombuffer(column, dtype=np.int32) for column in self._columns)
        np.save(folder / "listing_person.npy", person)
        np.save(folder / "listing_role.npy", role)
        np.save(folder / "listing_facility.npy", facility)
        np.save(folder / "facility_listings.npy", np.argsort(facility, kind="stable").astype(np.int32))
        counts = np.bincount(facility, minlength=facilities)
        np.save(folder / "facility_ends.npy", np.cumsum(counts).astype(np.int32))


class _RolesByPerson:
    """Documents of roles in a file, in the order in which they came, and whose each is.

    They are read with ``pread``: a map of the file would count as memory of this process, all of it in the end.
    """

    def __init__(self, path: Path, persons: NDArray[np.bytes_], slots: NDArray[np.int32]) -> None:
        self._file = path.open("rb")
        self._ends: NDArray[np.int64] = np.load(path.with_suffix(".ends.npy"))
        self._slots = slots
        self._order = np.argsort(persons, kind="stable")
        self._persons = persons[self._order]

    @classmethod
    def written(
        cls, path: Path, roles: Iterable[Role], facility_ids: NDArray[np.bytes_], facility_slots: NDArray[np.int64]
    ) -> "_RolesByPerson":
        """Write the active roles that stay, and open them."""
        persons, slots = list[NDArray[np.bytes_]](), array("i")

        def documents() -> Iterator[bytes]:
            for some in batched((role for role in roles if role.active), _AT_ONCE):
                at = _slots_of(some, facility_ids, facility_slots)
                stay = [(_without_closed(role, slot), slot) for role, slot in zip(some, at, strict=True)]
                kept = [(role, slot) for role, slot in stay if role is not None]
                persons.append(_bytes([role.practitioner_id for role, _ in kept]))
                slots.extend(slot for _, slot in kept)
                yield from (encode_role(role) for role, _ in kept)

        write_records(path, documents())
        joined = np.concatenate(persons) if persons else np.empty(0, dtype="S1")
        return cls(path, joined, np.frombuffer(slots, dtype=np.int32))

    def __enter__(self) -> "_RolesByPerson":
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()

    def numbers(self, ids: NDArray[np.bytes_]) -> Iterator[list[int]]:
        """The roles of each practitioner of ``ids``, shape (m,), by number."""
        starts, ends = (np.searchsorted(self._persons, ids, side=side).tolist() for side in ("left", "right"))
        for start, end in zip(starts, ends, strict=True):
            yield self._order[start:end].tolist() if end > start else []

    def slot(self, number: int) -> int:
        """Where the role's facility lies in the spatial index; -1 where it has none there."""
        return int(self._slots[number])

    def document(self, number: int) -> bytes:
        """What was written of the role."""
        start = int(self._ends[number - 1]) if number else 0
        return os.pread(self._file.fileno(), int(self._ends[number]) - start, start)


def _slots_of(roles: Iterable[Role], facility_ids: NDArray[np.bytes_], facility_slots: NDArray[np.int64]) -> list[int]:
    """The slot of each role's facility, -1 for none that is published."""
    wanted = _bytes([role.facility_id or "" for role in roles])
    if not len(facility_ids):
        return [-1] * len(wanted)
    rows = np.minimum(np.searchsorted(facility_ids, wanted), len(facility_ids) - 1)
    return np.where(facility_ids[rows] == wanted, facility_slots[rows], -1).tolist()


def _without_closed(role: Role, slot: int) -> Role | None:
    """The role as people see it; ``None`` when its facility is not published and there is no other way to reach anybody."""
    if slot >= 0 or role.facility_id is None:
        return role
    return msgspec.structs.replace(role, facility_id=None) if role.phones or role.address != _NOWHERE else None


def _bytes(texts: list[str]) -> NDArray[np.bytes_]:
    return np.array([text.encode() for text in texts], dtype=np.bytes_)
