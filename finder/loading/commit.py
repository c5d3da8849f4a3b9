"""The last stage: find each facility in the store, merge, and write what differs together with the ledger's row."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from finder.domain.facility import Facility, facility_id
from finder.domain.load import Load
from finder.loading.merge import merged
from finder.store import Store, Writing

__all__ = ["Comparison", "Refusal", "commit_facilities", "compare", "write_comparison"]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A facility of a load that cannot be brought in; the others can."""

    position: int
    """Which of the load's facilities, from 0."""
    first: int | None = None
    """The position of an earlier one that is the same facility."""
    owners: tuple[Facility, ...] = ()
    """The stored facilities, two or more, that its identifiers belong to."""


class Comparison(msgspec.Struct, frozen=True):
    """What a load would do to the store."""

    added: tuple[Facility, ...]
    changed: tuple[tuple[Facility, Facility], ...]
    """Each as it is and as it would be."""
    unchanged: int
    refused: tuple[Refusal, ...] = ()


def compare(
    writing: Writing, facilities: Sequence[Facility], source: str, unreadable: Sequence[frozenset[str]] = ()
) -> Comparison:
    """Lay ``facilities`` of ``source`` over what the store has. Nothing is written.

    A facility is the stored one that owns any of its identifiers, and keeps that one's id; where none does, the stored one
    of its own id. Refused is one whose identifiers belong to several stored ones, and one that is the same as an earlier one of
    ``facilities``. Facilities of the store that ``facilities`` do not mention stay as they are. ``unreadable``, where given,
    has for each of them the fields of which it cannot be told what they say: see :func:`merged`.
    """
    owners = writing.owners({pair for facility in facilities for pair in facility.identifiers.items()})
    stored = writing.facilities_by_id({*owners.values(), *(facility.id for facility in facilities)})
    seen: dict[object, int] = {}
    added: list[Facility] = []
    changed: list[tuple[Facility, Facility]] = []
    refused: list[Refusal] = []
    for position, new in enumerate(facilities):
        owned = {owners[pair] for pair in new.identifiers.items() if pair in owners}
        if len(owned) > 1:
            refused.append(Refusal(position=position, owners=tuple(stored[each] for each in sorted(owned))))
            continue
        kept_id = owned.pop() if owned else _free_id(new, writing, stored)
        keys: list[object] = [kept_id, *new.identifiers.items()]
        if (first := next((seen[key] for key in keys if key in seen), None)) is not None:
            refused.append(Refusal(position=position, first=first))
            continue
        seen.update(dict.fromkeys(keys, position))
        old = stored.get(kept_id)
        if old is None:
            added.append(msgspec.structs.replace(new, id=kept_id))
        elif (after := merged(old, new, source, unreadable[position] if unreadable else frozenset())) != old:
            changed.append((old, after))
    unchanged = len(facilities) - len(added) - len(changed) - len(refused)
    return Comparison(tuple(added), tuple(changed), unchanged, tuple(refused))


def _free_id(new: Facility, writing: Writing, stored: dict[str, Facility]) -> str:
    """The facility's own id; another where a stranger has it.

    An id stays when the identifier that it was made of is corrected. When a facility comes that truly has that identifier, it
    must not take the other's place.
    """
    free = new.id
    while (other := stored.get(free)) is not None and any(
        other.identifiers.get(scheme, value) != value for scheme, value in new.identifiers.items()
    ):
        free = facility_id("id", free)
        stored.update(writing.facilities_by_id([free]))
    return free


def write_comparison(
    writing: Writing, comparison: Comparison, *, source: str, file_name: str, refused: int, started_at: datetime, dry_run: bool
) -> Load:
    """Write what was added and changed and the ledger's row; with ``dry_run`` only count. ``refused`` are those not compared.

    It must be the transaction of the comparison: another load in between would be undone. A run that changes nothing gets its
    row in the ledger too: the ledger says when somebody looked, not only what came of it.
    """
    added, changed, unchanged = len(comparison.added), len(comparison.changed), comparison.unchanged
    refused += len(comparison.refused)
    load = Load(
        source=source,
        file_name=file_name,
        started_at=started_at,
        read=added + changed + unchanged + refused,
        added=added,
        changed=changed,
        unchanged=unchanged,
        refused=refused,
    )
    if dry_run:
        return load
    return writing.write([*comparison.added, *(after for _, after in comparison.changed)], load)


def commit_facilities(
    store: Store, facilities: Sequence[Facility], *, source: str, file_name: str, refused: int = 0, dry_run: bool = False
) -> Load:
    """Bring ``facilities`` of ``source`` into the store in one transaction; return the ledger's row.

    ``refused`` counts what the caller read and could not use; those that :func:`compare` refuses are added to it. With
    ``dry_run`` nothing is written and the row has no id.
    """
    started_at = datetime.now(UTC)
    with store.writing() as writing:
        comparison = compare(writing, facilities, source)
        return write_comparison(
            writing, comparison, source=source, file_name=file_name, refused=refused, started_at=started_at, dry_run=dry_run
        )
