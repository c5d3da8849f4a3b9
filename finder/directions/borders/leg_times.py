"""How long the two legs of a way over a border take, as ranges: to the port, and on from it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.directions.estimate import TravelMode, estimate
from finder.directions.router import Basis, Matrix

__all__ = ["LegTimes", "leg_times"]


class LegTimes(NamedTuple):
    """Seconds of the ways of a matrix, each of its shape."""

    likely_s: NDArray[np.float64]
    min_s: NDArray[np.float64]
    max_s: NDArray[np.float64]


def leg_times(matrix: Matrix, mode: TravelMode, *, arrives: bool) -> LegTimes:
    """Return the times of a matrix with their range, which those on roads do not have.

    ``arrives``: whether the ways end at the target rather than at a port. An estimate has seconds in it for getting in and out of
    a car and for parking it; they are taken once only, though there are two ways.
    """
    if matrix.basis is Basis.ROADS:
        return LegTimes(matrix.duration_s, matrix.duration_s, matrix.duration_s)
    # An estimate is a straight line over the distance: two points of it give all.
    once, far = estimate(0.0, 0.0, 0.0, mode), estimate(1e6, 1e6, 1e6, mode)
    likely_s = matrix.duration_s if arrives else matrix.duration_s - once.likely_s
    min_s = matrix.length_m * (far.min_s - once.min_s) / 1e6
    max_s = matrix.length_m * (far.max_s - once.max_s) / 1e6
    return LegTimes(likely_s, min_s + once.min_s, max_s + once.max_s) if arrives else LegTimes(likely_s, min_s, max_s)
