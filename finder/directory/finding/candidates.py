"""The rows of a catalogue that answer a search, in the order wanted, as many as are needed and provably the first.

Candidates come by distance, a multiple each time. Two things are known of what has not come yet: it is no nearer than the last
that came, and it costs no fewer minutes than the way there takes at the least (:meth:`TravelTimes.least_s`). Once as many as are
needed lie before that, none that is left out can belong among them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.directory.finding.catalogue import EVERYTHING, Catalogue
from finder.directory.finding.cost import Costs
from finder.directory.finding.travel import TravelTimes
from finder.directory.search import Sort
from finder.geo.distance import geodesic_many_m
from finder.geo.points import LonLat

__all__ = ["Named", "Ranked", "Selection", "first_of_groups", "first_of_named", "nearest_of_groups"]

_EXTRA: Final = 16
"""Fetched beyond what is needed, for the filters to take from."""
_FEW: Final = 4_000
"""So many rows are faster looked at one and all than searched for among others."""
_FIRST_ON_ROADS: Final = 128
"""So many are asked about first where asking is dear: mostly enough, and hardly slower than fewer."""

type _Nearest = Callable[[int], tuple[NDArray[np.int64], NDArray[np.float64], bool]]
"""The k nearest rows by distance, equal ones by row; how far each is; and whether those are all."""


class Ranked(NamedTuple):
    """Rows in order (m,), how far each is (m,), and what each costs."""

    rows: NDArray[np.int64]
    distance_m: NDArray[np.float64]
    costs: Costs

    def values(self, order: Sort) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """By what they are ordered (m,), and by what those that are equal in it (m,)."""
        match order:
            case Sort.DISTANCE:
                return self.distance_m, self.costs.score_min
            case Sort.BEST:
                return self.costs.score_min, self.distance_m
            case Sort.TRAVEL_TIME:
                return self.costs.travel_min, self.costs.score_min

    def taken(self, order: NDArray[np.int64]) -> "Ranked":
        """The same at these places, in this order."""
        costs = self.costs
        return Ranked(
            self.rows[order],
            self.distance_m[order],
            Costs(costs.travel_min[order], costs.paid[order], costs.score_min[order]),
        )

    def and_also(self, other: "Ranked") -> "Ranked":
        """These and the others behind them, in no order."""
        own, others = self.costs, other.costs
        return Ranked(
            np.concatenate((self.rows, other.rows)),
            np.concatenate((self.distance_m, other.distance_m)),
            Costs(
                np.concatenate((own.travel_min, others.travel_min)),
                np.concatenate((own.paid, others.paid)),
                np.concatenate((own.score_min, others.score_min)),
            ),
        )


class Named(NamedTuple):
    """Rows whose name matches (m,), and how well (m,)."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is asked of one catalogue. The callables take rows (n,) with their distances (n,)."""

    catalogue: Catalogue
    origin: LonLat
    radius_m: float
    having: Sequence[int]
    order: Sort
    travel: TravelTimes
    passes: Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.bool_]]
    """What the marks do not decide: open when wanted, a language or plan that is too rare for a mark of its own."""
    reckon: Callable[[NDArray[np.int64], NDArray[np.float64]], Costs]
    belongs_to: NDArray[np.int32] | None
    """Whose listing each row is, where only the first of each practitioner counts."""
    among: NDArray[np.int64] | None = None
    """Rows among which are all that pass, where those are known; None where it may be any."""


def first_of_groups(selection: Selection, groups: Sequence[int], needed: int) -> tuple[Ranked, bool]:
    """Return at least the first ``needed`` rows of any of the groups in order, and whether those are all there are."""
    if selection.among is not None and len(selection.among) <= _FEW:
        return _first_of_rows(selection, _in_groups(selection, selection.among, groups), needed)
    return _first(selection, lambda k: nearest_of_groups(selection, groups, k), needed, _to_begin_with(selection, needed))


def first_of_named(selection: Selection, named: Named, needed: int) -> tuple[Ranked, bool]:
    """Return at least the first ``needed`` rows of these names that match the rest, in order, and whether those are all."""
    return _first_of_rows(selection, named.rows, needed)


def nearest_of_groups(selection: Selection, groups: Sequence[int], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64], bool]:
    """Return the k nearest rows of any of the groups by distance, equal ones by row, and whether those are all."""
    found: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    complete = True
    for group in groups:
        tree = selection.catalogue.forest.tree(group)
        slots, distance_m = tree.nearest(selection.origin, k, radius_m=selection.radius_m, having=selection.having)
        found.append((tree.order[slots], distance_m))
        complete = complete and len(slots) < k
    if len(found) == 1:
        return *found[0], complete
    rows, distance_m = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    rows, at = np.unique(rows, return_index=True)
    distance_m = distance_m[at]
    order = np.lexsort((rows, distance_m))[: None if complete else k]
    return rows[order], distance_m[order], complete


def _first(selection: Selection, nearest: _Nearest, needed: int, k: int) -> tuple[Ranked, bool]:
    """Return the first ``needed`` in order, looking at ``k`` candidates to begin with."""
    rows, distance_m = np.empty(0, dtype=np.int64), np.empty(0)
    kept: Ranked | None = None
    while True:
        before, before_m = rows, distance_m
        rows, distance_m, complete = nearest(k)
        new = _new_since(before, before_m, rows, distance_m)
        new = new[selection.passes(rows[new], distance_m[new])]
        found = Ranked(rows[new], distance_m[new], selection.reckon(rows[new], distance_m[new]))
        kept = found if kept is None else kept.and_also(found)
        ranked = _in_order(selection, kept)
        if complete:
            return ranked, True
        if len(ranked.rows) >= needed:
            value, _ = ranked.values(selection.order)
            if value[needed - 1] < _least_value(selection, float(distance_m[-1])):
                return ranked, False
        k *= 2 if len(ranked.rows) * 4 > needed and not selection.travel.asks_roads else 4


def _to_begin_with(selection: Selection, needed: int) -> int:
    travel, by_distance = selection.travel, selection.order is Sort.DISTANCE
    on_roads = 0 if not travel.asks_roads else _FIRST_ON_ROADS if by_distance else travel.at_once
    return max(on_roads, needed + _EXTRA)


def _least_value(selection: Selection, distance_m: float) -> float:
    """Return what nothing can undercut that has not come yet and lies so far away, or farther."""
    if selection.order is Sort.DISTANCE:
        return distance_m
    return selection.travel.least_s(selection.catalogue, distance_m) / 60.0


def _first_of_rows(selection: Selection, rows: NDArray[np.int64], needed: int) -> tuple[Ranked, bool]:
    catalogue = selection.catalogue
    marks = catalogue.marks[rows]
    kept = np.ones(len(marks), dtype=np.bool_)
    for mask in selection.having:
        kept &= (marks & np.uint64(mask)) != 0
    rows = rows[kept]
    distance_m = geodesic_many_m(selection.origin, catalogue.lon_lat[rows])
    near = distance_m <= selection.radius_m
    rows, distance_m = rows[near], distance_m[near]
    order = np.lexsort((rows, distance_m))
    rows, distance_m = rows[order], distance_m[order]
    # They are all here: to take only some of them saves nothing but questions about roads.
    k = _to_begin_with(selection, needed) if selection.travel.asks_roads else len(rows) + 1
    return _first(selection, lambda k: (rows[:k], distance_m[:k], k > len(rows)), needed, k)


def _in_groups(selection: Selection, rows: NDArray[np.int64], groups: Sequence[int]) -> NDArray[np.int64]:
    if EVERYTHING in groups:
        return rows
    return rows[selection.catalogue.gives(rows, [group - 1 for group in groups])]


def _new_since(
    before: NDArray[np.int64], before_m: NDArray[np.float64], rows: NDArray[np.int64], distance_m: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The places in ``rows`` of those that were not among the nearest before; both are in order of distance."""
    if not len(before):
        return np.arange(len(rows))
    # All nearer than the last were there; of those as far as it, any.
    start = int(np.searchsorted(distance_m, before_m[-1]))
    as_far = before[int(np.searchsorted(before_m, before_m[-1])) :]
    return start + np.flatnonzero(~np.isin(rows[start:], as_far))


def _in_order(selection: Selection, ranked: Ranked) -> Ranked:
    value, second_value = ranked.values(selection.order)
    ranked = ranked.taken(np.lexsort((ranked.rows, second_value, value)))
    if selection.belongs_to is None:
        return ranked
    _, first = np.unique(selection.belongs_to[ranked.rows], return_index=True)
    return ranked.taken(np.sort(first))
