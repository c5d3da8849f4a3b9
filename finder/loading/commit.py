"""The last stage: each row finds its facility in the store, and what is said of it is written.

All of a load is one transaction: a reader, or a process that is killed, sees all of it or nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import batched
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from finder.directory.golden_diff import After
from finder.domain.documents import decode_said
from finder.domain.facility import Facility, FacilityKind, FacilityStatus
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.domain.review import Decision, Question, ReviewItem
from finder.loading.candidates import Match
from finder.loading.facility_block import FacilityBlock
from finder.loading.match import Verdict
from finder.loading.matching import Matcher, same_question
from finder.loading.merge import DERIVED, family_of
from finder.loading.outcome import Outcome
from finder.loading.place_check import Contradiction
from finder.loading.settle import Conflict, Said, believed, free_id, owned_by, owners_of
from finder.store import Stated, Store, Writing
from finder.store.bulk import BULK_ROWS
from finder.store.reviews import topic_of
from finder.store.writing import keys_of

__all__ = ["Commit", "commit_facilities", "said_by_facilities"]

POSITION = frozenset({"lon_lat"})
AT_ONCE = 1000
UNPLACED = (
    "The row has no coordinates, and its address is not among the places that are known here.",
    "Look the coordinates up and write them in decimal degrees.",
)
NO_CONTRADICTIONS: Mapping[int, Contradiction] = {}


class Commit:
    """One load on its way into the store, block by block, in the transaction of ``writing``.

    With ``dry_run`` all is compared and nothing written. ``after`` is told what searches would find.
    """

    def __init__(
        self, writing: Writing, load: Load, *, dry_run: bool = False, rows_expected: int = 0, after: After | None = None
    ) -> None:
        self.outcome = Outcome()
        self._alike: list[tuple[Said[Facility], Match]] = []
        """Rows that are stored facilities of other sources by name, place and phone."""
        self.asides: list[ReviewItem] = []
        """What was kept aside, for the caller to tell and to take away."""
        self._writing = writing
        self._dry_run = dry_run
        self._load = load
        self._ranks: Mapping[str, int] = writing.ranks()
        self._after = after
        self._lines: dict[str, int] = {}
        """The line on which each id and key was first spoken of."""
        self._was_empty = writing.is_empty()
        self._matcher = None if self._was_empty else Matcher(writing, load.source)
        self._load_id = 0 if dry_run else writing.begin(load)
        self._deferred = self._was_empty and rows_expected >= BULK_ROWS and not dry_run
        if self._deferred:
            writing.defer_indexes()

    def take(self, block: FacilityBlock) -> Sequence[Conflict]:
        """Bring the facilities of a block; returns what could not be brought."""
        if self._was_empty and not block.silent and not block.contradictions and self._all_new(block):
            self._add(block, None)
            return ()
        again = self._said_again(block)
        rest = [position for position in range(len(block.lines)) if position not in again]
        rows = _said(block, rest)
        # Positions in the rest, from here on.
        doubts = {at: block.contradictions[position] for at, position in enumerate(rest) if position in block.contradictions}
        return self._bring(Facility, rows, doubts, lambda positions: self._add(block, [rest[at] for at in positions]))

    def bring[T: (Facility, Practitioner, Role)](self, thing: type[T], rows: Sequence[Said[T]]) -> Sequence[Conflict]:
        """Bring what rows say of facilities, practitioners or roles; returns what could not be brought."""
        return self._bring(thing, rows, NO_CONTRADICTIONS, None)

    def finish(self, refused: int = 0) -> Load:
        """Complete the ledger's row; ``refused`` are rows that never came here."""
        for some in batched(self._alike, AT_ONCE):
            self._settle_alike(some)
        outcome = self.outcome
        load = msgspec.structs.replace(
            self._load,
            read=outcome.added + outcome.changed + outcome.unchanged + outcome.refused + outcome.set_aside + refused,
            added=outcome.added,
            changed=outcome.changed,
            closed=outcome.closed,
            unchanged=outcome.unchanged,
            refused=outcome.refused + refused,
            set_aside=outcome.set_aside,
            id=self._load_id or None,
        )
        if not self._dry_run:
            self._writing.finish(load)
            if self._deferred:
                self._writing.restore_indexes()
        return load

    def _all_new(self, block: FacilityBlock) -> bool:
        """Whether no row of the block speaks of what an earlier one spoke of; if so, they are remembered."""
        lines = dict(zip(block.texts("id"), block.lines, strict=True))
        further = [(key, block.lines[at]) for at, keys in block.keys.items() for key in keys]
        lines.update(further)
        if len(lines) != len(block.lines) + len(further) or not self._lines.keys().isdisjoint(lines):
            return False
        self._lines.update(lines)
        return True

    def _said_again(self, block: FacilityBlock) -> set[int]:
        """The rows that say word for word what the store has already: all that is new is that it was said again."""
        if self._was_empty:
            return set()
        ids, documents = block.texts("id"), block.texts("document")
        stored = self._writing.documents(ids)
        again = {
            position
            for position, (id_, document) in enumerate(zip(ids, documents, strict=True))
            if stored.get(id_) == document and position not in block.contradictions and id_ not in self._lines
        }
        again -= {at for at, keys in block.keys.items() if any(key in self._lines for key in keys)}
        same = [ids[position] for position in again]
        if len(set(same)) < len(same):
            return set()
        for position in again:
            self._lines.update(dict.fromkeys((ids[position], *block.keys.get(position, ())), block.lines[position]))
        self.outcome.unchanged += len(again)
        if not self._dry_run:
            self._writing.say_again(self._load_id, same)
        return again

    def _add(self, block: FacilityBlock, positions: Sequence[int] | None) -> None:
        """Facilities that are new, and told by this load alone, go the fast way; ``None`` means all of the block."""
        table = block.table if positions is None else block.table.take(pa.array(positions))
        self.outcome.tell_added(table.column("name"))
        if self._after:
            _tell(
                self._after,
                ids=table.column("id").to_pylist(),
                names=table.column("name").to_pylist(),
                kinds=table.column("kind").to_pylist(),
                statuses=table.column("status").to_pylist(),
                lon_lat=np.column_stack([table.column("lon").to_numpy(), table.column("lat").to_numpy()]),
            )
        if self._dry_run:
            return
        self._writing.add_facilities(self._load_id, table)
        if block.keys:
            ids = block.texts("id")
            chosen = block.keys.keys() if positions is None else block.keys.keys() & set(positions)
            self._writing.add_keys((key, ids[at]) for at in sorted(chosen) for key in block.keys[at])

    def _bring[T: (Facility, Practitioner, Role)](
        self,
        thing: type[T],
        rows: Sequence[Said[T]],
        contradictions: Mapping[int, Contradiction],
        add_fast: Callable[[Sequence[int]], None] | None,
    ) -> Sequence[Conflict]:
        writing = self._writing
        owners = {} if self._was_empty else owners_of(writing, thing, rows)
        stored = writing.stated(thing, set(owners.values()))
        conflicts: list[Conflict] = []
        new: dict[int, Said[T]] = {}
        known: list[tuple[Said[T], str]] = []
        asked: list[ReviewItem] = []
        unplaced: list[Said[T]] = []
        doubted = self._doubted(rows, contradictions)
        for position, row in enumerate(rows):
            owned = owned_by(row, owners, stored)
            if len(owned) > 1:
                names = tuple(_name_of(stored[each].before) for each in sorted(owned))
                conflicts.append(Conflict(line=row.line, said=row.said, names=names))
                continue
            keys = {row.own_id, *row.keys, *owned}
            if first := next((self._lines[key] for key in keys if key in self._lines), None):
                conflicts.append(Conflict(line=row.line, said=row.said, first_line=first))
                continue
            self._lines.update(dict.fromkeys(keys, row.line))
            if position in doubted:
                row = msgspec.structs.replace(row, silent=row.silent | _of_the_point(row.said))  # noqa: PLW2901
                asked += filter(None, [doubted[position]])
                self.asides += filter(None, [doubted[position]])
            if owned:
                known.append((row, owned.pop()))
            elif row.silent >= POSITION:
                self.outcome.set_aside += 1
                if position not in doubted:
                    unplaced.append(row)
            else:
                new[position] = row
        asked += self._questions_where(unplaced)
        self.outcome.refused += len(conflicts)
        if thing is Facility and self._matcher:
            asked += self._match(self._matcher, new)  # pyright: ignore[reportArgumentType]
        if not self._dry_run and asked:
            writing.ask(asked)
        self._write_known(thing, known, stored)
        self._write_new(thing, new, owners, add_fast)
        return conflicts

    def _doubted(self, rows: Sequence[Said[Any]], contradictions: Mapping[int, Contradiction]) -> dict[int, ReviewItem | None]:
        """The rows whose coordinates are not believed: with the question to ask, or none where it was answered."""
        if not contradictions:
            return {}
        topics = {topic_of(Question.CONTRADICTION, rows[at].own_id, self._about(rows[at])): at for at in contradictions}
        answers = self._writing.decisions(topics)
        doubted: dict[int, ReviewItem | None] = {}
        for topic, at in topics.items():
            found = contradictions[at]
            if topic not in answers:
                reasons = (found.problem, found.advice)
                about = self._about(rows[at])
                doubted[at] = self._item(Question.CONTRADICTION, rows[at], reasons, distance_m=found.distance_m, about=about)
            elif answers[topic] is Decision.DROP:
                doubted[at] = None
        return doubted

    def _about(self, row: Said[Any]) -> tuple[str, ...]:
        """An answer about coordinates holds for this source, and as long as they are the same to a kilometre."""
        return (family_of(self._load.source), *(f"{degrees:.2f}" for degrees in row.said.lon_lat))

    def _questions_where(self, unplaced: Sequence[Said[Any]]) -> list[ReviewItem]:
        """The question where each is, unless it was said that it is to be left out."""
        topics = [topic_of(Question.NO_POSITION, row.own_id) for row in unplaced]
        answered = self._writing.decisions(topics)
        items = [
            self._item(Question.NO_POSITION, row, UNPLACED)
            for row, topic in zip(unplaced, topics, strict=True)
            if topic not in answered
        ]
        self.asides += items
        return items

    def _item(self, question: Question, row: Said[Any], reasons: tuple[str, ...], **more: Any) -> ReviewItem:
        return ReviewItem(
            question=question,
            load_id=self._load_id,
            line=row.line,
            own_id=row.own_id,
            name=_name_of(row.said),
            reasons=reasons,
            said=row.said,
            silent=row.silent,
            **more,
        )

    def _match(self, matcher: Matcher, new: dict[int, Said[Facility]]) -> list[ReviewItem]:
        """Take what another source gave already out of ``new``; returns what a person must be asked."""
        asked: list[ReviewItem] = []
        positions = list(new)
        matches, _ = matcher.matches([new[position] for position in positions])
        for at, match in matches.items():
            row = new[positions[at]]
            if match.verdict is Verdict.SAME:
                # Settled at the end: a later row may have an identifier of the stored one, and that is no guess.
                self._alike.append((row, match))
                self.outcome.matched += 1
                del new[positions[at]]
                continue
            asked += [
                same_question(row, self._load_id, id_, likeness.reasons)
                for id_, likeness in zip(match.ids, match.likenesses, strict=True)
            ]
        return asked

    def _settle_alike(self, alike: Sequence[tuple[Said[Facility], Match]]) -> None:
        """Believe that rows are the stored facilities that they are alike, unless another row of the load is that facility."""
        known: list[tuple[Said[Facility], str]] = []
        new: dict[int, Said[Facility]] = {}
        asked: list[ReviewItem] = []
        for position, (row, match) in enumerate(alike):
            [id_], [likeness] = match.ids[:1], match.likenesses[:1]
            if id_ in self._lines:
                new[position] = row
                self.outcome.matched -= 1
                asked.append(same_question(row, self._load_id, id_, likeness.reasons))
            else:
                self._lines[id_] = row.line
                known.append((row, id_))
        self._write_known(Facility, known, self._writing.stated(Facility, {id_ for _, id_ in known}))
        self._write_new(Facility, new, owners_of(self._writing, Facility, new.values()), None)
        if not self._dry_run and asked:
            self._writing.ask(asked)

    def _write_known[T: (Facility, Practitioner, Role)](
        self, thing: type[T], known: Sequence[tuple[Said[T], str]], stored: Mapping[str, Stated[T]]
    ) -> None:
        changes = [self._believed(stored[id_], id_, row) for row, id_ in known]
        for change in changes:
            if change.after is None:
                self.outcome.set_aside += 1  # what is said does not make it whole yet
                continue
            if change.before is None:  # it waited for this
                self.outcome.tell_added([_name_of(change.after)])
                self._tell_new([change.after])
                continue
            self.outcome.tell(change.before, change.after)
            if self._after and isinstance(change.before, Facility) and isinstance(change.after, Facility):
                self._after.replace(change.before, change.after)
        if not self._dry_run:
            self._writing.put(thing, changes)

    def _write_new[T: (Facility, Practitioner, Role)](
        self,
        thing: type[T],
        new: Mapping[int, Said[T]],
        owners: Mapping[str, str],
        add_fast: Callable[[Sequence[int]], None] | None,
    ) -> None:
        fast = [at for at, row in new.items() if add_fast and not row.silent and row.own_id not in owners]
        if add_fast and fast:
            add_fast(fast)
        slow: list[Stated[T]] = []
        for row in (row for at, row in new.items() if at not in set(fast)):
            id_ = row.own_id
            if id_ in owners:  # a stranger's, whose identifier was corrected since
                id_ = free_id(self._writing, thing, id_)
            slow.append(self._believed(None, id_, row))
        self.outcome.tell_added([_name_of(each.after) for each in slow])
        self._tell_new([each.after for each in slow])
        if not self._dry_run:
            self._writing.put(thing, slow)

    def _tell_new(self, things: Iterable[Facility | Practitioner | Role | None]) -> None:
        facilities = [thing for thing in things if isinstance(thing, Facility)]
        if self._after and facilities:
            _tell(
                self._after,
                ids=[facility.id for facility in facilities],
                names=[facility.name for facility in facilities],
                kinds=[facility.kind for facility in facilities],
                statuses=[facility.status for facility in facilities],
                lon_lat=np.array([facility.lon_lat for facility in facilities], np.float64),
            )

    def _believed[T: (Facility, Practitioner, Role)](self, stated: Stated[T] | None, id_: str, row: Said[T]) -> Stated[T]:
        load_id = self._load_id or LAST
        return believed(stated, id_, row, load_id=load_id, source=self._load.source, ranks=self._ranks)


LAST = 1 << 31
"""Stands for the id of a load that is only tried: it comes after all others."""


def _tell(
    after: After,
    *,
    ids: Sequence[str],
    names: Sequence[str],
    kinds: Sequence[str],
    statuses: Sequence[str],
    lon_lat: NDArray[np.float64],
) -> None:
    if any(status != FacilityStatus.OPEN for status in statuses):
        opened = [at for at, status in enumerate(statuses) if status == FacilityStatus.OPEN]
        ids, names, kinds = ([some[at] for at in opened] for some in (ids, names, kinds))
        lon_lat = lon_lat[opened]
    if ids:
        after.add(ids, lon_lat, [_KINDS[kind] for kind in kinds], names)


_KINDS = {kind.value: kind for kind in FacilityKind}


def _said(block: FacilityBlock, positions: Sequence[int]) -> list[Said[Facility]]:
    """The rows at ``positions``."""
    chosen = block.table.take(pa.array(positions, pa.int64()))
    rows = zip(positions, chosen.column("id").to_pylist(), chosen.column("document").to_pylist(), strict=True)
    return [
        Said(line=block.lines[at], own_id=own_id, said=said, keys=block.keys.get(at, ()), silent=silent)
        for at, own_id, document in rows
        for said, silent in [decode_said(Facility, document)]
    ]


def _of_the_point(said: Any) -> frozenset[str]:
    """The fields that are wrong where the point is."""
    given = said.provenance.get("time_zone")
    return POSITION | {"time_zone"} if given is not None and given.source == DERIVED else POSITION


def _name_of(thing: Facility | Practitioner | Role | None) -> str:
    return thing.name if isinstance(thing, Facility | Practitioner) else ""


def commit_facilities(
    store: Store, facilities: Iterable[Facility], *, source: str, file_name: str, refused: int = 0, dry_run: bool = False
) -> Load:
    """Bring ``facilities`` of ``source`` into the store in one transaction; return the ledger's row.

    ``refused`` counts what the caller read and could not use. With ``dry_run`` nothing is written and the row has no id.
    """
    load = Load(source=source, file_name=file_name, started_at=datetime.now(UTC))
    with store.writing() as writing:
        commit = Commit(writing, load, dry_run=dry_run)
        commit.bring(Facility, said_by_facilities(facilities))
        return commit.finish(refused)


def said_by_facilities(facilities: Iterable[Facility]) -> list[Said[Facility]]:
    """What facilities say that are whole already, such as those of a region; their lines are counted from 1."""
    return [
        Said(
            line=line,
            own_id=facility.id,
            said=facility,
            keys=tuple(keys_of(facility, ())),
        )
        for line, facility in enumerate(facilities, 1)
    ]
