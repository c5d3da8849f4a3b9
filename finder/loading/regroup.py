"""Which statements speak of one thing, had one load never been: the others find each other anew, in the order of their loads.

A load may have been what held things together, by an identifier that only it gave, or what kept them apart, by correcting one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from finder.domain.facility import Facility, facility_id
from finder.domain.practitioner import Practitioner, Role
from finder.domain.statement import HAND, Statement
from finder.loading.candidates import best_match
from finder.loading.match import Verdict
from finder.loading.merge import family_of, merged
from finder.loading.settle import Said, owned_by
from finder.store import Stated
from finder.store.writing import identifier_keys, keys_of

__all__ = ["id_from_start", "keys_said", "regrouped"]


def regrouped[T: (Facility, Practitioner, Role)](
    told: Sequence[Stated[T]], load_id: int, ranks: Mapping[str, int]
) -> list[Stated[T]]:
    """What the statements of ``told`` but those of ``load_id`` make, as changes for :meth:`finder.store.Writing.put`.

    ``told`` are all stored things that share a key with one another. Each statement goes where its keys lead. Where they lead
    nowhere it was found by name and place, or by a person: it stays with what it stood with, unless the load's keys were what
    led it there. No statement is lost: one that would have been refused stays with what it stood with too.
    """
    groups = _Groups[T](ranks)
    homes: dict[tuple[str, int], str] = {}
    for was, statement in _in_order(told):
        if statement.load_id == load_id:
            continue
        fellows = [
            homes[was.id, other.load_id]
            for other in was.statements
            if other.load_id < statement.load_id and other.load_id != load_id
        ]
        home = groups.home_of(statement, fellows, _keys_before(was, load_id, statement))
        if home is None:
            home = groups.free(
                _id_of_edited(was, load_id, statement) if statement.source == HAND else id_from_start(was, statement)
            )
        groups.put(statement, home)
        homes[was.id, statement.load_id] = home
    before = {was.id: was.before for was in told}
    gone = [Stated(id=id_, before=thing, after=None, statements=()) for id_, thing in before.items() if id_ not in groups.found]
    return gone + [msgspec.structs.replace(group, before=before.get(id_)) for id_, group in groups.found.items()]


class _Groups[T: (Facility, Practitioner, Role)]:
    """A store in small, as it was at the time of each load."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        self.found: dict[str, Stated[T]] = {}
        self._ranks = ranks
        self._owners: dict[str, str] = {}
        """Of keys that are not ids."""

    def home_of(self, statement: Statement[T], fellows: Sequence[str], keys_gone: frozenset[str]) -> str | None:
        """The group that the statement belongs to; ``None`` for one of its own.

        ``fellows`` are where the earlier statements went that it stood with, ``keys_gone`` the keys of the one taken out.
        """
        fellows = [id_ for id_ in fellows if self._has_room(id_, statement)]
        if statement.source == HAND:
            return statement.own_id if statement.own_id in fellows else next(iter(fellows), None)
        row = Said(line=0, own_id=statement.own_id, said=statement.said, keys=tuple(identifier_keys(statement.said)))
        keys = keys_said(statement)
        owned = owned_by(row, self._owners | {key: self._owners.get(key, key) for key in keys & self.found.keys()}, self.found)
        if len(owned) == 1 and self._has_room(owner := next(iter(owned)), statement):
            return owner
        if owned or not keys_gone or (fellows and keys.isdisjoint(keys_gone)):
            return next(iter(fellows), None)
        return self._like(statement)

    def put(self, statement: Statement[T], id_: str) -> None:
        """Put the statement into the group of that id, which may be new."""
        group = self.found.get(id_)
        if statement.source == HAND and statement.own_id != id_:
            statement = msgspec.structs.replace(statement, own_id=id_)  # it was of this thing under another id
        statements = (*group.statements, statement) if group else (statement,)
        after = merged(id_, statements, self._ranks)
        self.found[id_] = Stated(id=id_, before=None, after=after, statements=statements)
        for key in [key for key, owner in self._owners.items() if owner == id_]:
            del self._owners[key]
        keys = keys_of(after, statements) if after else set[str]().union(*map(keys_said, statements))
        self._owners |= dict.fromkeys(keys - {id_}, id_)

    def free(self, id_: str) -> str:
        """``id_``, or where a stranger has it another id that nobody has."""
        while id_ in self.found or id_ in self._owners:
            id_ = facility_id("id", id_)
        return id_

    def _has_room(self, id_: str, statement: Statement[T]) -> bool:
        """Two rows of one load are two things."""
        return all(other.load_id != statement.load_id for other in self.found[id_].statements)

    def _like(self, statement: Statement[T]) -> str | None:
        """The group of other sources that the statement would have been found to be the same as."""
        if not isinstance(statement.said, Facility) or "lon_lat" in statement.silent:
            return None
        family = family_of(statement.source)
        foreign = [
            group.after
            for group in self.found.values()
            if isinstance(group.after, Facility) and all(family_of(each.source) != family for each in group.statements)
        ]
        match = best_match(statement.said, foreign)
        return match.ids[0] if match.verdict is Verdict.SAME else None


def keys_said(statement: Statement[Any]) -> frozenset[str]:
    """All keys by which the row of a statement was looked for."""
    return frozenset({statement.own_id} | identifier_keys(statement.said))


def _in_order[T: (Facility, Practitioner, Role)](told: Sequence[Stated[T]]) -> Iterator[tuple[Stated[T], Statement[T]]]:
    pairs = [(was, statement) for was in told for statement in was.statements]
    return iter(sorted(pairs, key=lambda pair: pair[1].load_id))


def _keys_before(was: Stated[Any], load_id: int, statement: Statement[Any]) -> frozenset[str]:
    """The keys of what the load said, if it spoke before the statement."""
    earlier = load_id < statement.load_id
    return frozenset[str]().union(*(keys_said(each) for each in was.statements if earlier and each.load_id == load_id))


def id_from_start(was: Stated[Any], statement: Statement[Any]) -> str:
    """The id of a thing that begins with the statement: its own, unless a person joined two or a stranger had that id."""
    first = next((each.own_id for each in was.statements if each.source != HAND), was.id)
    return statement.own_id if first == was.id else was.id


def _id_of_edited(was: Stated[Any], load_id: int, edit: Statement[Any]) -> str:
    """The id under which a correction waits: of who tells of the thing next, else the one that it had."""
    tellers = (each for each in was.statements if each.load_id > max(edit.load_id, load_id) and each.source != HAND)
    return next((id_from_start(was, each) for each in tellers), was.id)
