"""The last stage: compare with the store, merge, and write what differs together with the ledger's row, all or nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from finder.domain.facility import Facility
from finder.domain.load import Load
from finder.errors import BadInput
from finder.loading.merge import merged
from finder.store import Store

__all__ = ["Comparison", "commit_facilities", "compare", "write_comparison"]


class Comparison(msgspec.Struct, frozen=True):
    """What a load would do to the store."""

    added: tuple[Facility, ...]
    changed: tuple[tuple[Facility, Facility], ...]
    """Each as it is and as it would be."""
    unchanged: int


def compare(store: Store, facilities: Sequence[Facility], source: str) -> Comparison:
    """Lay ``facilities`` of ``source`` over what the store has. Nothing is written.

    Facilities of the store that ``facilities`` do not mention stay as they are. Raises :class:`BadInput` when two of
    ``facilities`` have the same id.
    """
    ids = [facility.id for facility in facilities]
    if len(set(ids)) != len(ids):
        twice = next(facility for facility, seen in zip(facilities, _seen_before(ids), strict=True) if seen)
        raise BadInput(f"“{twice.name}” comes twice in this load, with the same id. Leave one of the two out.")
    stored = store.facilities_by_id(ids)
    added: list[Facility] = []
    changed: list[tuple[Facility, Facility]] = []
    for new in facilities:
        old = stored.get(new.id)
        if old is None:
            added.append(new)
        elif (after := merged(old, new, source)) != old:
            changed.append((old, after))
    return Comparison(tuple(added), tuple(changed), len(ids) - len(added) - len(changed))


def write_comparison(
    store: Store, comparison: Comparison, *, source: str, file_name: str, refused: int, started_at: datetime, dry_run: bool
) -> Load:
    """Write what was added and changed and the ledger's row in one transaction; with ``dry_run`` only count.

    A run that changes nothing gets its row in the ledger too: the ledger says when somebody looked, not only what came of it.
    """
    added, changed, unchanged = len(comparison.added), len(comparison.changed), comparison.unchanged
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
    return store.write([*comparison.added, *(after for _, after in comparison.changed)], load)


def commit_facilities(
    store: Store, facilities: Sequence[Facility], *, source: str, file_name: str, refused: int = 0, dry_run: bool = False
) -> Load:
    """Bring ``facilities`` of ``source`` into the store, all of them or, when anything fails, none; return the ledger's row.

    ``refused`` counts what the caller read and could not use. With ``dry_run`` nothing is written and the row has no id.
    Raises :class:`BadInput` when two facilities have the same id, or an identifier that belongs to another facility.
    """
    started_at = datetime.now(UTC)
    comparison = compare(store, facilities, source)
    return write_comparison(
        store, comparison, source=source, file_name=file_name, refused=refused, started_at=started_at, dry_run=dry_run
    )


def _seen_before(ids: Sequence[str]) -> list[bool]:
    seen: set[str] = set()
    return [facility_id in seen or bool(seen.add(facility_id)) for facility_id in ids]
