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


def leg_times(matrix: Matrix, mode: TravelMode) -> LegTimes:
    """Return the times of a matrix with their range, which those on roads do not have."""
    if matrix.basis is Basis.ROADS:
        return LegTimes(matrix.duration_s, matrix.duration_s, matrix.duration_s)
    of_a_metre = estimate(1.0, 1.0, 1.0, mode)  # estimates grow with the distance
    return LegTimes(matrix.duration_s, matrix.length_m * of_a_metre.min_s, matrix.length_m * of_a_metre.max_s)
