"""How long the way to a place takes, estimated without a road: the great circle divided by a measured speed along it.

The speeds are those at which real routes through a city bring a person nearer *as the crow flies*, so that detours are in them
already; half of the routes are faster than ``likely``, a tenth faster than ``fast`` and a tenth slower than ``slow``. What is
shown of them is a range, and is called an estimate.
"""

from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.errors import BadInput

__all__ = ["TravelMode", "TravelTime", "estimate", "likely_s"]


class TravelMode(StrEnum):
    """By what means."""

    CAR = "car"
    FOOT = "foot"
    BICYCLE = "bicycle"
    WHEELCHAIR = "wheelchair"


class TravelTime(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate in seconds, from door to door: the likely time, and the range from a quick to a slow way."""

    likely_s: float
    min_s: float
    max_s: float


class _Pace(NamedTuple):
    """Speeds as the crow flies in km/h (p50, p90, p10 of measured routes), and seconds that do not depend on the distance."""

    likely_km_h: float
    fast_km_h: float
    slow_km_h: float
    likely_fixed_s: float = 0.0
    min_fixed_s: float = 0.0
    max_fixed_s: float = 0.0


_PACES: Final = {
    # Routes begin and end on the road, cars do not. At the least a minute to get in and out; at the most 8, the mean search for
    # a space in busy centres (D. Shoup, "Cruising for parking", 2006); 3 is our judgement between them, and no measurement.
    TravelMode.CAR: _Pace(25.6, 34.5, 16.5, likely_fixed_s=180.0, min_fixed_s=60.0, max_fixed_s=480.0),
    TravelMode.FOOT: _Pace(4.0, 4.5, 3.5),
    TravelMode.BICYCLE: _Pace(11.4, 13.5, 8.5),
    # 0.78 of the walker's, as the router Valhalla has it (4.0 km/h against 5.1); a powered chair keeps up with walkers; and the
    # slow end is slower by that factor once more, for the steps and kerbs that a chair must go round.
    TravelMode.WHEELCHAIR: _Pace(3.1, 4.5, 2.1),
}
_KM_H: Final = 1.0 / 3.6  # in m/s


def estimate(distance_min_m: float, distance_m: float, distance_max_m: float, mode: TravelMode) -> TravelTime:
    """Return the time for great-circle distances in metres: the likely one, and the nearest and farthest that it may be.

    Raises :class:`BadInput` unless 0 ≤ nearest ≤ likely ≤ farthest < ∞.
    """
    if not 0.0 <= distance_min_m <= distance_m <= distance_max_m < float("inf"):
        raise BadInput("Give distances of 0 metres or more, the nearest first and the farthest last.")
    pace = _PACES[mode]
    return TravelTime(
        likely_s=_seconds(distance_m, pace.likely_km_h, pace.likely_fixed_s),
        min_s=_seconds(distance_min_m, pace.fast_km_h, pace.min_fixed_s),
        max_s=_seconds(distance_max_m, pace.slow_km_h, pace.max_fixed_s),
    )


def likely_s(distance_m: NDArray[np.float64], mode: TravelMode) -> NDArray[np.float64]:
    """Return the likely time in seconds of each great-circle distance in metres; same shape, the same as :func:`estimate`'s."""
    pace = _PACES[mode]
    return distance_m / (pace.likely_km_h * _KM_H) + pace.likely_fixed_s


def _seconds(distance_m: float, speed_km_h: float, fixed_s: float) -> float:
    return distance_m / (speed_km_h * _KM_H) + fixed_s
