"""The way back: one load is taken out, what came before and after it stays, exactly."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import batched
from typing import Any

import msgspec

from finder.domain.facility import Facility
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.domain.statement import HAND
from finder.errors import Conflict, NotFound
from finder.loading.merge import merged
from finder.loading.regroup import id_from_start, keys_said, regrouped
from finder.store import Stated, Store, Writing

__all__ = ["undo_load"]

AT_ONCE = 1000


def undo_load(store: Store, load_id: int, ranks: Mapping[str, int] | None = None) -> Load:
    """Take a load back, so that the store tells what it would without it. Returns the ledger's row.

    All or nothing. What other loads said stays, every statement of it; which of them speak of one thing is found anew where this
    load had a part in it (:mod:`finder.loading.regroup`). Rows that a later load refused because of this one do not come back by
    themselves: load that file again. Corrections by hand of a facility that only this load told of wait, and hold again when it
    comes again.
    Raises :class:`NotFound` for a load that is not in the ledger, and :class:`Conflict` for one that was undone.
    """
    with store.writing() as writing:
        load = writing.load(load_id)
        if load is None:
            raise NotFound(f"There is no load {load_id}: finder loads lists them.")
        if load.undone_at is not None:
            raise Conflict(f"Load {load_id} was undone on {load.undone_at:%Y-%m-%d %H:%M} UTC already.")
        known = writing.ranks() if ranks is None else ranks
        for thing in (Facility, Practitioner, Role):
            for some in batched(writing.things_said_by(load_id, thing), AT_ONCE):
                _withdraw(writing, thing, some, load_id, known)  # pyright: ignore[reportArgumentType]
        writing.forget(load_id)
        load = msgspec.structs.replace(load, undone_at=datetime.now(UTC))
        writing.finish(load)
        return load


def _withdraw[T: (Facility, Practitioner, Role)](
    writing: Writing, thing: type[T], ids: tuple[str, ...], load_id: int, ranks: Mapping[str, int]
) -> None:
    found = writing.stated(thing, ids)
    entangled = _entangled(writing, thing, found, load_id)
    writing.put(thing, [_without(stated, load_id, ranks) for id_, stated in found.items() if id_ not in entangled], rewrite=True)
    if entangled:
        writing.put(thing, regrouped([entangled[id_] for id_ in sorted(entangled)], load_id, ranks), rewrite=True)


def _entangled[T: (Facility, Practitioner, Role)](
    writing: Writing, thing: type[T], found: Mapping[str, Stated[T]], load_id: int
) -> dict[str, Stated[T]]:
    """The things whose statements may stand together otherwise without the load; those of the rest of the store too."""
    seen, unseen, entangled = dict(found), dict(found), set[str]()
    while unseen:
        keys = {
            id_: frozenset[str]().union(*(keys_said(each) for each in stated.statements if each.load_id != load_id))
            for id_, stated in unseen.items()
        }
        owners = writing.owners(thing, frozenset[str]().union(*keys.values()))
        strangers = {id_: {owners[key] for key in some & owners.keys()} - {id_} for id_, some in keys.items()}
        for id_, others in strangers.items():
            if others or len(_own_ids(unseen[id_], load_id)) > 1:
                entangled |= {id_, *others}
        unseen = writing.stated(thing, entangled - seen.keys())
        seen |= unseen
    return {id_: seen[id_] for id_ in entangled}


def _own_ids(stated: Stated[Any], load_id: int) -> set[str]:
    return {each.own_id for each in stated.statements if each.source != HAND and each.load_id != load_id}


def _without[T: (Facility, Practitioner, Role)](stated: Stated[T], load_id: int, ranks: Mapping[str, int]) -> Stated[T]:
    """A thing of which all others say the same id: what they say is of one thing with or without the load."""
    left = [each for each in stated.statements if each.load_id != load_id]
    id_ = next((id_from_start(stated, each) for each in left if each.source != HAND), stated.id) if stated.before else stated.id
    left = tuple(msgspec.structs.replace(each, own_id=id_) if each.source == HAND else each for each in left)
    return Stated(id=id_, before=stated.before, after=merged(id_, left, ranks), statements=left)
