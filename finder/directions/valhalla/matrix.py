"""A whole matrix from an engine that fails all of it for one point, and takes only so many pairs at once.

The engine's quickest way to a matrix is wrong where there are more origins than targets (of 6 x 1 times by car a third was off by
more than a tenth), so it is never asked for one: the targets are repeated until there are as many.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.directions.estimate import TravelMode
from finder.directions.router import Basis, Matrix, Snap
from finder.directions.valhalla.answers import matrix_answer
from finder.directions.valhalla.codec import Action, matrix_question
from finder.errors import BadInput, NoRoute
from finder.geo.distance import geodesic_many_m
from finder.geo.points import LonLat

__all__ = ["MAX_MATRIX_KM", "MAX_PAIRS", "PAIRS_AT_ONCE", "full_matrix"]

MAX_PAIRS: Final = 100_000
"""More pairs of an origin and a target than these are refused."""

PAIRS_AT_ONCE: Final = 2500
"""So many pairs a Valhalla server takes in one question, as it comes."""

MAX_MATRIX_KM: Final = {
    TravelMode.CAR: 400.0,
    TravelMode.FOOT: 200.0,
    TravelMode.BICYCLE: 200.0,
    TravelMode.WHEELCHAIR: 200.0,
}
"""Pairs farther apart along the great circle have no way in a matrix; the limits of a Valhalla server as it comes."""

_ROWS_AT_ONCE: Final = 50  # a square question has PAIRS_AT_ONCE

# Valhalla measures on a sphere, which may be half a percent more.
_CAREFUL: Final = 0.99

type _Numbers = NDArray[np.intp]
type Ask = Callable[[Action, str], str | bytes]
type Tie = Callable[[Sequence[LonLat], Sequence[LonLat], TravelMode], tuple[Sequence[Snap | None], Sequence[Snap | None]]]
"""Where origins and targets meet the roads."""


def full_matrix(ask: Ask, tie: Tie, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
    """Return the matrix, in as many questions as it takes; NaN where no way is known.

    Raises :class:`BadInput` for more than :data:`MAX_PAIRS` pairs and for points that are not on the Earth.
    """
    if len(origins) * len(targets) > MAX_PAIRS:
        raise BadInput(f"A matrix has at most {MAX_PAIRS:,} pairs of an origin and a target. Ask for fewer at once.")
    return _Filling(ask, *tie(origins, targets, mode), mode).filled()


class _Filling:
    """One matrix while it is filled: rows are origins, columns targets, and both are chosen by number."""

    def __init__(self, ask: Ask, origins: Sequence[Snap | None], targets: Sequence[Snap | None], mode: TravelMode) -> None:
        self._ask, self._mode = ask, mode
        self._origins, self._targets = _on_roads(origins), _on_roads(targets)
        self._duration_s = np.full((len(origins), len(targets)), np.nan)
        self._length_m = self._duration_s.copy()

    def filled(self) -> Matrix:
        for rows, columns in self._questions():
            self._fill(rows, columns)
        return Matrix(basis=Basis.ROADS, duration_s=self._duration_s, length_m=self._length_m)

    def _questions(self) -> Iterator[tuple[_Numbers, _Numbers]]:
        """Yield the rows and columns of each question: all pairs that are not too far apart, at most PAIRS_AT_ONCE at a time."""
        all_rows, all_columns = np.array([*self._origins], dtype=np.intp), np.array([*self._targets], dtype=np.intp)
        if not (len(all_rows) and len(all_columns)):
            return
        near = self._near()
        row_groups = [slice(None)] if near.all() else [slice(row, row + 1) for row in range(len(all_rows))]
        for group in row_groups:
            columns = all_columns[near[group][0]]
            for rows in _parts(all_rows[group], _ROWS_AT_ONCE):
                for some in _parts(columns, PAIRS_AT_ONCE // len(rows)):
                    yield rows, some

    def _fill(self, rows: _Numbers, columns: _Numbers) -> None:
        """Ask one question. Valhalla does not say which point fails it, such as one on an island: then each half is asked for."""
        asked = np.resize(columns, max(len(rows), len(columns)))
        origins, targets = [self._origins[row] for row in rows.tolist()], [self._targets[column] for column in asked.tolist()]
        try:
            answer = self._ask(Action.MATRIX, matrix_question(origins, targets, self._mode))
        except NoRoute:
            for some_rows, some_columns in _halves(rows, columns):
                self._fill(some_rows, some_columns)
            return
        duration_s, length_m = matrix_answer(answer, (len(rows), len(asked)))
        here = np.ix_(rows, columns)
        self._duration_s[here], self._length_m[here] = duration_s[:, : len(columns)], length_m[:, : len(columns)]

    def _near(self) -> NDArray[np.bool_]:
        lon_lat = np.array([*self._targets.values()])
        limit_m = MAX_MATRIX_KM[self._mode] * 1000.0 * _CAREFUL
        return np.stack([geodesic_many_m(origin, lon_lat) for origin in self._origins.values()]) <= limit_m


def _on_roads(snaps: Sequence[Snap | None]) -> dict[int, LonLat]:
    """Return where those points that are near a road meet it, by their number."""
    return {number: snap.lon_lat for number, snap in enumerate(snaps) if snap is not None}


def _parts(numbers: _Numbers, most: int) -> list[_Numbers]:
    return np.split(numbers, range(most, len(numbers), most)) if len(numbers) else []


def _halves(rows: _Numbers, columns: _Numbers) -> Iterator[tuple[_Numbers, _Numbers]]:
    if len(rows) > 1:
        yield from ((half, columns) for half in np.array_split(rows, 2))
    elif len(columns) > 1:
        yield from ((rows, half) for half in np.array_split(columns, 2))
