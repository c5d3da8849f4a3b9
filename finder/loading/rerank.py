"""Making what is stored anew when the rank of a source has changed."""

from collections.abc import Mapping

import msgspec

from finder.domain.facility import Facility
from finder.domain.practitioner import Practitioner, Role
from finder.loading.merge import merged
from finder.store import Store, Writing

__all__ = ["rerank", "set_rank"]


def rerank(store: Store) -> int:
    """Merge again, by the ranks as they are now, every thing of which several loads speak. Returns how many changed.

    All or nothing; it goes through the store in batches, so that memory stays bounded.
    """
    with store.writing() as writing:
        return _rerank(writing)


def set_rank(store: Store, name: str, rank: int) -> int:
    """Set the rank of a source or family and merge again, as one change. Returns how many things changed."""
    with store.writing() as writing:
        writing.sources.set_rank(name, rank)
        return _rerank(writing)


def _rerank(writing: Writing) -> int:
    ranks = writing.ranks()
    return sum(
        (_merge_again(writing, Facility, ranks), _merge_again(writing, Practitioner, ranks), _merge_again(writing, Role, ranks))
    )


def _merge_again[T: (Facility, Practitioner, Role)](writing: Writing, thing: type[T], ranks: Mapping[str, int]) -> int:
    changed = 0
    last = ""
    while ids := writing.told_by_several(thing, last):
        stated = writing.stated(thing, ids).values()
        again = [msgspec.structs.replace(each, after=merged(each.id, each.statements, ranks)) for each in stated]
        changes = [each for each in again if each.after != each.before]
        writing.put(thing, changes, rewrite=True)
        changed += len(changes)
        last = ids[-1]
    return changed
