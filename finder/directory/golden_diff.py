"""What golden searches answer now and would answer after a load, without publishing it, in memory that the load does not fill.

An answer after the load is made of two parts that hold no facility twice: the published facilities that the load does not touch,
asked of the snapshot itself, and those that the load adds or replaces, of which the nearest are kept as they come by.
"""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directory.golden import GoldenSearch
from finder.directory.marks import kinds_mask
from finder.directory.snapshot import Near, Snapshot
from finder.domain.facility import Facility, FacilityKind, FacilityStatus
from finder.geo.distance import geodesic_many_m
from finder.geo.ecef import LARGEST_CURVATURE_RADIUS_M, ecef_m

__all__ = ["After", "Cause", "RowDifference", "SearchDifference", "Shown", "describe"]

_AT_ONCE: Final = 5000
_DEEPEST: Final = 2000
"""How many published facilities one search looks through for those that the load leaves; beyond, all are read through once."""
_EVERY_KIND: Final = kinds_mask(FacilityKind)
_TAGS_OF: Final = {kind: kinds_mask([kind]) for kind in FacilityKind}


class Cause(StrEnum):
    """What of the load makes a row of an answer differ."""

    ADDED = "added"
    """The facility is new, or opens again."""
    REMOVED = "removed"
    """It closes or is taken out."""
    CHANGED = "changed"
    """Its place, kind or name changes."""
    OTHERS = "others"
    """It stays as it is; others come before it, or make room."""


class Shown(msgspec.Struct, frozen=True, order=True):
    """One row of an answer. Rows sort as searches sort them: by geodesic distance, equal ones by id."""

    distance_m: float
    id: str
    name: str


class RowDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One facility whose row differs. Ranks count from 1; before or after it is None where the facility is not shown."""

    id: str
    name: str
    """After the load; of one that is no longer shown, before."""
    distance_m: float
    """The same: after, or before for one that is no longer shown."""
    cause: Cause
    rank_before: int | None = None
    rank_after: int | None = None
    name_before: str | None = None
    """Where it is shown before and after under different names; else None."""
    distance_before_m: float | None = None
    """Where it is shown before and after at different distances; else None."""


class SearchDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A golden search that answers differently after the load: the rows shown then by rank, then those no longer shown."""

    name: str
    rows: tuple[RowDifference, ...]


class After:
    """Takes in what a load does, change by change; tells what the searches answer then.

    Name each facility in at most one call, as it is in the store before the load and after it. The snapshot must hold the state
    before the load (see ``finder.directory.is_behind``), or the answers are those of the snapshot with the load on top.
    Memory: the best ``limit`` a search, and up to 32 bytes a facility that is replaced or removed. For one thread.
    """

    def __init__(self, searches: Sequence[GoldenSearch], snapshot: Snapshot | None) -> None:
        self._searches = tuple(searches)
        self._snapshot = snapshot
        self._near: list[list[Near]] = [[] if snapshot is None else one.ask(snapshot, one.limit) for one in self._searches]
        self._before = [[] if snapshot is None else [_shown(near, snapshot) for near in found] for found in self._near]
        self._loaded = _Nearest(self._searches)
        self._touched = _Ids()
        self._waiting: list[Facility] = []
        self._opened = _Ids()
        self._only_renamed = _Ids()
        # What becomes of those shown now: to tell one that moves away from one that others push off the list.
        self._became: dict[str, Facility | None] = dict.fromkeys(row.id for rows in self._before for row in rows)

    @property
    def count(self) -> int:
        """How many searches are asked."""
        return len(self._searches)

    def add(self, ids: Sequence[str], lon_lat: NDArray[np.float64], kinds: Sequence[FacilityKind], names: Sequence[str]) -> None:
        """Take in n new facilities, open ones only: ``lon_lat`` is shape (n, 2), WGS84 degrees. Best some thousands at once."""
        self._loaded.offer(ids, lon_lat, kinds, names)

    def replace(self, old: Facility, new: Facility) -> None:
        """Take in that a facility of the store changes; one that is not open is not found, before or after."""
        was_open, is_open = old.status is FacilityStatus.OPEN, new.status is FacilityStatus.OPEN
        if was_open == is_open and (old.id, old.lon_lat, old.kind, old.name) == (new.id, new.lon_lat, new.kind, new.name):
            return  # nothing that decides about an answer
        self.remove(old)
        if is_open:
            if old.id in self._became:
                self._became[old.id] = new
            self._waiting.append(new)
            if not was_open:
                self._opened.add(new.id)
            elif (old.lon_lat, old.kind) == (new.lon_lat, new.kind):
                self._only_renamed.add(new.id)
            if len(self._waiting) == _AT_ONCE:
                self._take_waiting()

    def remove(self, facility: Facility) -> None:
        """Take in that a facility leaves the store."""
        self._touched.add(facility.id)

    def answers(self) -> tuple[tuple[Shown, ...], ...]:
        """Return what each search answers after what was taken in so far: what it would if it were published."""
        self._take_waiting()
        left, unknown = self._left_of_snapshot()
        if unknown:
            self._read_through(left, unknown)
        return tuple(
            tuple(sorted([*rows, *loaded])[: search.limit])
            for search, rows, loaded in zip(self._searches, left, self._loaded.best, strict=True)
        )

    def differences(self) -> tuple[SearchDifference, ...]:
        """Return the searches whose answers differ to the eye: other facilities, order, names, or distances as they are shown."""
        answers = self.answers()
        new_ids = {row.id for rows in self._loaded.best for row in rows}
        found: list[SearchDifference] = []
        for number, (search, before, after) in enumerate(zip(self._searches, self._before, answers, strict=True)):
            ranks_before = {row.id: rank for rank, row in enumerate(before, start=1)}
            kept = {row.id for row in after}
            rows: list[RowDifference] = []
            for rank, row in enumerate(after, start=1):
                rank_before = ranks_before.get(row.id)
                if rank_before is not None:
                    rows += _differing(before[rank_before - 1], row, rank_before, rank)
                    continue
                cause = self._why_shown(row.id) if row.id in new_ids else Cause.OTHERS
                rows.append(RowDifference(id=row.id, name=row.name, distance_m=row.distance_m, cause=cause, rank_after=rank))
            for rank, (row, near) in enumerate(zip(before, self._near[number], strict=True), start=1):
                if row.id not in kept:
                    cause = self._why_gone(row.id, near, search)
                    rows.append(RowDifference(id=row.id, name=row.name, distance_m=row.distance_m, cause=cause, rank_before=rank))
            if rows:
                found.append(SearchDifference(name=search.name, rows=tuple(rows)))
        return tuple(found)

    def _take_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            lon_lat = np.array([one.lon_lat for one in waiting], dtype=np.float64)
            self._loaded.offer([one.id for one in waiting], lon_lat, [one.kind for one in waiting], [one.name for one in waiting])

    def _left_of_snapshot(self) -> tuple[list[list[Shown]], list[int]]:
        """Return for each search the nearest published ones that the load leaves as they are, and the searches still open."""
        left: list[list[Shown]] = []
        unknown: list[int] = []
        for number, (search, loaded) in enumerate(zip(self._searches, self._loaded.best, strict=True)):
            rows, limit = self._before[number], search.limit
            while True:
                kept = self._touched.without(rows)
                if len(kept) >= search.limit or len(rows) < limit or self._snapshot is None:
                    break
                if len(loaded) == search.limit and rows[-1].distance_m > loaded[-1].distance_m:
                    break  # those farther come behind what the load brings
                if limit >= _DEEPEST:
                    unknown.append(number)
                    break
                limit *= 4
                rows = [_shown(near, self._snapshot) for near in search.ask(self._snapshot, limit)]
            left.append(kept[: search.limit])
        return left, unknown

    def _read_through(self, left: list[list[Shown]], unknown: Sequence[int]) -> None:
        """Fill in ``left`` of the searches that are ``unknown``: around them the load touches nearly everything."""
        if self._snapshot is None:
            return
        records = self._snapshot.records
        nearest = _Nearest([self._searches[number] for number in unknown])
        for start in range(0, len(records), _AT_ONCE):
            slots = range(start, min(start + _AT_ONCE, len(records)))
            untouched = self._touched.without([_SUMMARY.decode(records.summary_json_at(slot)) for slot in slots])
            nearest.offer(
                [one.id for one in untouched],
                np.array([(one.lon, one.lat) for one in untouched], dtype=np.float64).reshape(-1, 2),
                [one.kind for one in untouched],
                [one.name for one in untouched],
            )
        for number, rows in zip(unknown, nearest.best, strict=True):
            left[number] = rows

    def _why_shown(self, id_: str) -> Cause:
        if not self._touched.has(id_) or self._opened.has(id_):
            return Cause.ADDED
        return Cause.OTHERS if self._only_renamed.has(id_) else Cause.CHANGED

    def _why_gone(self, id_: str, near: Near, search: GoldenSearch) -> Cause:
        if not self._touched.has(id_):
            return Cause.OTHERS
        new = self._became[id_]
        if new is None:
            return Cause.REMOVED
        was = self._snapshot.records.facility_at(near.slot) if self._snapshot else None
        as_before = was is not None and new.lon_lat == was.lon_lat and (not search.kinds or new.kind in search.kinds)
        return Cause.OTHERS if as_before else Cause.CHANGED


class _Summary(msgspec.Struct, frozen=True):
    """What of a published summary decides about answers."""

    id: str
    name: str
    kind: FacilityKind
    lon: float
    lat: float


_SUMMARY = msgspec.json.Decoder(_Summary)


def _shown(near: Near, snapshot: Snapshot) -> Shown:
    summary = _SUMMARY.decode(snapshot.records.summary_json_at(near.slot))
    return Shown(near.distance_m, summary.id, summary.name)


class _Ids:
    """A set of ids in about the room that their letters take, asked for many at once."""

    def __init__(self) -> None:
        self._new: list[bytes] = []
        self._parts: list[NDArray[np.bytes_]] = []

    def add(self, id_: str) -> None:
        self._new.append(id_.encode())
        if len(self._new) == _AT_ONCE:
            self._pack()

    def has(self, id_: str) -> bool:
        return not self.without([Shown(0.0, id_, "")])

    def without[T: (Shown, _Summary)](self, rows: Sequence[T]) -> list[T]:
        """Return those of ``rows`` whose id is not in the set."""
        self._pack()
        if len(self._parts) > 1:
            self._parts = [np.sort(np.concatenate(self._parts))]
        if not self._parts or not rows:
            return list(rows)
        (ids,) = self._parts
        asked = np.array([row.id.encode() for row in rows], dtype=np.bytes_)
        at = np.minimum(np.searchsorted(ids, asked), len(ids) - 1)
        return [row for row, there in zip(rows, (ids[at] == asked).tolist(), strict=True) if not there]

    def _pack(self) -> None:
        if self._new:
            self._parts.append(np.sort(np.array(self._new, dtype=np.bytes_)))
            self._new = []


class _Nearest:
    """Of all facilities offered, the nearest of each search: ``best``, sorted, at most its limit.

    A facility is left out unseen when its chord is longer than any that a geodesic as long as the search's worst can have:
    ``finder.geo.kdtree`` says why that is exact. Chords come from one matrix product for all searches, wrong by some
    decimetres where they are short (the difference of squares near 4e13 m²), hence the metre of slack.
    """

    def __init__(self, searches: Sequence[GoldenSearch]) -> None:
        self.best: list[list[Shown]] = [[] for _ in searches]
        self._searches = searches
        self._xyz_m = ecef_m(np.array([one.lon_lat for one in searches], dtype=np.float64).reshape(-1, 2))
        self._squares = np.einsum("ij,ij->i", self._xyz_m, self._xyz_m)
        self._tags = np.array([kinds_mask(one.kinds or FacilityKind) for one in searches], dtype=np.uint32)
        self._farthest_m = [math.inf if one.max_distance_m is None else one.max_distance_m for one in searches]
        self._reach_squared = np.array([_chord_squared(farthest_m) for farthest_m in self._farthest_m], dtype=np.float64)

    def offer(
        self, ids: Sequence[str], lon_lat: NDArray[np.float64], kinds: Sequence[FacilityKind], names: Sequence[str]
    ) -> None:
        if not len(ids) or not self.best:
            return
        xyz_m = ecef_m(lon_lat)
        # Chords of shape (searches, facilities), squared.
        chords = self._xyz_m @ xyz_m.T
        chords *= -2.0
        chords += np.einsum("ij,ij->i", xyz_m, xyz_m)
        chords += self._squares[:, None]
        within = chords <= self._reach_squared[:, None]
        if (self._tags != _EVERY_KIND).any():
            tags = np.fromiter(map(_TAGS_OF.__getitem__, kinds), dtype=np.uint32, count=len(ids))
            within &= (self._tags[:, None] & tags) != 0
        for number in np.flatnonzero(within.any(axis=1)).tolist():
            rows = np.flatnonzero(within[number])
            search, best = self._searches[number], self.best[number]
            if len(rows) > 2 * search.limit:
                # The nearest by chord first: how far they truly are rules out most others.
                probe = rows[np.argpartition(chords[number, rows], search.limit - 1)[: search.limit]]
                farthest_m = float(geodesic_many_m(search.lon_lat, lon_lat[probe]).max())
                rows = rows[chords[number, rows] <= _chord_squared(farthest_m)]
            distance_m = geodesic_many_m(search.lon_lat, lon_lat[rows])
            worst_m = self._farthest_m[number]
            keys = sorted((distance, ids[row], row) for distance, row in _pairs(distance_m, rows) if distance <= worst_m)
            best += [Shown(distance, id_, names[row]) for distance, id_, row in keys[: search.limit]]
            best.sort()
            del best[search.limit :]
            if len(best) == search.limit:
                self._farthest_m[number] = best[-1].distance_m
                self._reach_squared[number] = _chord_squared(best[-1].distance_m)


def _pairs(distance_m: NDArray[np.float64], rows: NDArray[np.int64]) -> Iterable[tuple[float, int]]:
    return zip(distance_m.tolist(), rows.tolist(), strict=True)


def _chord_squared(geodesic_m: float) -> float:
    """Return the square, in m², of a chord that no geodesic of this length exceeds, and of a metre more."""
    half_turn = geodesic_m / (2.0 * LARGEST_CURVATURE_RADIUS_M)
    if half_turn >= math.pi / 2:
        return math.inf
    return (2.0 * LARGEST_CURVATURE_RADIUS_M * math.sin(half_turn) + 1.0) ** 2


def _differing(before: Shown, after: Shown, rank_before: int, rank_after: int) -> list[RowDifference]:
    renamed = before.name != after.name
    farther = _distance_text(before.distance_m) != _distance_text(after.distance_m)
    if rank_before == rank_after and not renamed and not farther:
        return []
    changed = renamed or before.distance_m != after.distance_m
    return [
        RowDifference(
            id=after.id,
            name=after.name,
            distance_m=after.distance_m,
            cause=Cause.CHANGED if changed else Cause.OTHERS,
            rank_before=rank_before,
            rank_after=rank_after,
            name_before=before.name if renamed else None,
            distance_before_m=before.distance_m if farther else None,
        )
    ]


def describe(difference: SearchDifference) -> list[str]:
    """Return the difference in plain English, a line a facility; untouched ones that all shift alike share one, at the end."""
    shifts: dict[int, list[RowDifference]] = {}
    for row in difference.rows:
        if row.cause is Cause.OTHERS and row.rank_before and row.rank_after:
            shifts.setdefault(row.rank_after - row.rank_before, []).append(row)
    alike = {shift: len(rows) for shift, rows in shifts.items() if len(rows) > 2}
    told = {row.id for shift in alike for row in shifts[shift]}
    lines = [_line(row) for row in difference.rows if row.id not in told]
    return lines + [f"{count} others go {'down' if shift > 0 else 'up'} by {abs(shift)}" for shift, count in alike.items()]


def _line(row: RowDifference) -> str:
    if row.rank_before is None:
        how = {Cause.ADDED: "is new", Cause.OTHERS: "moves up into the list"}
        why = how.get(row.cause, "comes in: its place or kind changes")
        return f"{row.rank_after}. {row.name} ({_distance_text(row.distance_m)}) {why}"
    if row.rank_after is None:
        how = {Cause.REMOVED: "is gone", Cause.OTHERS: "is pushed off the list"}
        return f"{row.name} (was {row.rank_before}) {how.get(row.cause, 'leaves: its place or kind changes')}"
    parts: list[str] = []
    if row.rank_before != row.rank_after:
        parts.append(f"goes from {row.rank_before} to {row.rank_after}")
    if row.name_before is not None:
        parts.append(f"is now called {row.name}")
    if row.distance_before_m is not None:
        parts.append(f"is now {_distance_text(row.distance_m)} away (was {_distance_text(row.distance_before_m)})")
    rank = f"{row.rank_after}. " if row.rank_before == row.rank_after else ""
    return f"{rank}{row.name_before or row.name} {', '.join(parts)}"


def _distance_text(distance_m: float) -> str:
    if distance_m < 999.5:
        return f"{distance_m:.0f} m"
    return f"{distance_m / 1000:,.1f} km" if distance_m < 99_950 else f"{distance_m / 1000:,.0f} km"
