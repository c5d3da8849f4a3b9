"""A whole matrix from an engine that fails all of it for one point, and takes only so many pairs at once."""

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
from finder.geo.points import LonLat, checked_lon_lat

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

_ROWS_AT_ONCE: Final = 50  # of a matrix that is large both ways: a square question

# Valhalla measures on a sphere, which may be half a percent more.
_CAREFUL: Final = 0.99

type _Rows = NDArray[np.intp]
type Ask = Callable[[Action, str], str | bytes]
type SnapAll = Callable[[Sequence[LonLat], TravelMode], list[Snap | None]]


def full_matrix(ask: Ask, snap: SnapAll, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
    """Return the matrix, in as many questions as it takes; NaN where no way is known.

    Raises :class:`BadInput` for more than :data:`MAX_PAIRS` pairs and for points that are not on the Earth.
    """
    if len(origins) * len(targets) > MAX_PAIRS:
        raise BadInput(f"A matrix has at most {MAX_PAIRS:,} pairs of an origin and a target. Ask for fewer at once.")
    return _Filling(ask, snap, _checked(origins), _checked(targets), mode).filled()


class _Filling:
    """One matrix while it is filled: rows are origins, columns targets, and both are chosen by number."""

    def __init__(self, ask: Ask, snap: SnapAll, origins: list[LonLat], targets: list[LonLat], mode: TravelMode) -> None:
        self._ask, self._snap, self._mode = ask, snap, mode
        self._origins, self._targets = origins, targets
        self._duration_s = np.full((len(origins), len(targets)), np.nan)
        self._length_m = self._duration_s.copy()

    def filled(self) -> Matrix:
        for rows, columns in self._questions():
            self._fill(rows, columns, snapped=False)
        return Matrix(basis=Basis.ROADS, duration_s=self._duration_s, length_m=self._length_m)

    def _questions(self) -> Iterator[tuple[_Rows, _Rows]]:
        """Yield the rows and columns of each question: all pairs that are not too far apart, at most PAIRS_AT_ONCE at a time."""
        if not self._duration_s.size:
            return
        near = self._near()
        row_groups = [np.arange(len(self._origins))] if near.all() else [np.array([row]) for row in range(len(self._origins))]
        for group in row_groups:
            columns = np.flatnonzero(near[group[0]])
            row_step = max(_ROWS_AT_ONCE, PAIRS_AT_ONCE // max(1, len(columns)))
            for rows in np.split(group, range(row_step, len(group), row_step)):
                step = PAIRS_AT_ONCE // len(rows)
                for some in np.split(columns, range(step, len(columns), step)):
                    yield rows, some

    def _near(self) -> NDArray[np.bool_]:
        lon_lat = np.array(self._targets)
        limit_m = MAX_MATRIX_KM[self._mode] * 1000.0 * _CAREFUL
        return np.stack([geodesic_many_m(origin, lon_lat) for origin in self._origins]) <= limit_m

    def _fill(self, rows: _Rows, columns: _Rows, *, snapped: bool) -> None:
        if not (len(rows) and len(columns)):
            return
        origins, targets = [self._origins[row] for row in rows], [self._targets[column] for column in columns]
        try:
            answer = self._ask(Action.MATRIX, matrix_question(origins, targets, self._mode))
        except NoRoute:
            self._fill_without_offenders(rows, columns, snapped=snapped)
            return
        here = np.ix_(rows, columns)
        self._duration_s[here], self._length_m[here] = matrix_answer(answer, (len(rows), len(columns)))

    def _fill_without_offenders(self, rows: _Rows, columns: _Rows, *, snapped: bool) -> None:
        """Valhalla does not say which point failed the question: drop those far from a road, else ask for each half."""
        if not snapped:
            near_rows, near_columns = self._on_roads(self._origins, rows), self._on_roads(self._targets, columns)
            if len(near_rows) < len(rows) or len(near_columns) < len(columns):
                self._fill(near_rows, near_columns, snapped=True)
                return
        if len(rows) > 1:
            for half in np.array_split(rows, 2):
                self._fill(half, columns, snapped=True)
        elif len(columns) > 1:
            for half in np.array_split(columns, 2):
                self._fill(rows, half, snapped=True)

    def _on_roads(self, points: list[LonLat], chosen: _Rows) -> _Rows:
        snaps = self._snap([points[number] for number in chosen], self._mode)
        return chosen[[snap is not None for snap in snaps]]


def _checked(points: Sequence[LonLat]) -> list[LonLat]:
    return [checked_lon_lat(float(point.lon), float(point.lat)) for point in points]
