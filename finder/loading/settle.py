"""Which stored thing each row speaks of, and what the thing is when the row is believed too."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from finder.domain.facility import Facility, facility_id
from finder.domain.practitioner import Practitioner, Role
from finder.domain.statement import Statement
from finder.loading.merge import merged
from finder.store import Stated, Writing

__all__ = ["Conflict", "Said", "believed", "owners_of"]


class Said[T: (Facility, Practitioner, Role)](msgspec.Struct, frozen=True, kw_only=True):
    """What one row says of one thing."""

    line: int
    own_id: str
    said: T
    keys: tuple[str, ...] = ()
    """By which the thing is found too; see :func:`finder.store.writing.keys_of`."""
    silent: frozenset[str] = frozenset()


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A row whose identifiers belong to several stored things, or to one that an earlier row spoke of already."""

    line: int
    said: Facility | Practitioner | Role
    names: tuple[str, ...] = ()
    """Of the stored ones, two or more."""
    first_line: int | None = None


def owners_of(writing: Writing, thing: type[Any], rows: Iterable[Said[Any]]) -> dict[str, str]:
    """Which stored thing each key of ``rows`` belongs to."""
    return writing.owners(thing, {key for row in rows for key in (row.own_id, *row.keys)})


def owned_by[T: (Facility, Practitioner, Role)](
    row: Said[T], owners: Mapping[str, str], stored: Mapping[str, Stated[T]]
) -> set[str]:
    """The stored things that the row's keys belong to.

    An id stays when the identifier that it was made of is corrected. When a thing comes that truly has that identifier, it must
    not take the other's place: an id is a key only of a thing that still has the identifier.
    """
    found: set[str] = set()
    for key in (row.own_id, *row.keys):
        owner = owners.get(key)
        if owner is None or (owner == key and _is_strange(row, key, stored[owner].before)):
            continue
        found.add(owner)
    return found


def free_id(writing: Writing, thing: type[Any], own_id: str) -> str:
    """``own_id``, or where a stranger has it another id that nobody has."""
    while writing.owners(thing, [own_id]):
        own_id = facility_id("id", own_id)
    return own_id


def believed[T: (Facility, Practitioner, Role)](
    stated: Stated[T] | None, id_: str, row: Said[T], *, load_id: int, source: str, ranks: Mapping[str, int]
) -> Stated[T]:
    """What the thing is with the row's statement; ``stated`` is ``None`` for one that is new."""
    statement = Statement(load_id=load_id, source=source, own_id=row.own_id, said=row.said, silent=row.silent)
    earlier: Sequence[Statement[T]] = stated.statements if stated else ()
    statements = (*earlier, statement)
    return Stated(id=id_, before=stated.before if stated else None, after=merged(id_, statements, ranks), statements=statements)


def _is_strange(row: Said[Any], key: str, stored: Any) -> bool:
    if stored is None:
        return False
    prefix = "practitioner:" if isinstance(stored, Practitioner) else ""
    for scheme, value in row.said.identifiers.items():
        if facility_id(prefix + scheme, value) == key:
            return stored.identifiers.get(scheme, value) != value
    return False
