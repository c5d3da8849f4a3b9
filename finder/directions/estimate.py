"""How long the way to a place takes, estimated without a road: the great circle divided by a measured speed along it.

The speeds are those at which real routes through a city bring a person nearer *as the crow flies*, so that detours are in them
already; half of the routes are faster than ``likely``, a tenth faster than ``fast`` and a tenth slower than ``slow``. Those of
public transport are assumed, and far apart. What is shown of them is a range, and is called an estimate. Like every time of a way
on roads it is the time on the way: what getting into a car and parking it take nobody knows, and it is in neither.
"""

from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.errors import BadInput

__all__ = ["TravelMode", "TravelTime", "estimate", "likely_s", "widened"]


class TravelMode(StrEnum):
    """By what means."""

    CAR = "car"
    FOOT = "foot"
    BICYCLE = "bicycle"
    WHEELCHAIR = "wheelchair"
    TRANSIT = "transit"
    """Buses, trains and the like, and on foot to them, between them and from them."""


class TravelTime(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds on the way: the likely time, and the range from a quick to a slow way."""

    likely_s: float
    min_s: float
    max_s: float


class _Pace(NamedTuple):
    """Speeds as the crow flies in km/h: p50, p90 and p10 of measured routes."""

    likely_km_h: float
    fast_km_h: float
    slow_km_h: float


_PACES: Final = {
    TravelMode.CAR: _Pace(25.6, 34.5, 16.5),
    TravelMode.FOOT: _Pace(4.0, 4.5, 3.5),
    TravelMode.BICYCLE: _Pace(11.4, 13.5, 8.5),
    # 0.78 of the walker's, as the router Valhalla has it (4.0 km/h against 5.1); a powered chair keeps up with walkers; and the
    # slow end is slower by that factor once more, for the steps and kerbs that a chair must go round.
    TravelMode.WHEELCHAIR: _Pace(3.1, 4.5, 2.1),
    # Assumed, not measured, with the wait in it: a bus of a town. Where none goes one walks, so the slow end is the walker's.
    TravelMode.TRANSIT: _Pace(11.0, 18.0, 3.5),
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
        likely_s=_seconds(distance_m, pace.likely_km_h),
        min_s=_seconds(distance_min_m, pace.fast_km_h),
        max_s=_seconds(distance_max_m, pace.slow_km_h),
    )


def likely_s(distance_m: NDArray[np.float64], mode: TravelMode) -> NDArray[np.float64]:
    """Return the likely time in seconds of each great-circle distance in metres; same shape, the same as :func:`estimate`'s."""
    return distance_m / (_PACES[mode].likely_km_h * _KM_H)


def widened(time: TravelTime, accuracy_m: float, mode: TravelMode) -> TravelTime:
    """Return the time of a way whose beginning may be wrong by so many metres: its range is wider by what that makes out."""
    # Who goes by bus walks to the stop.
    begins_by = TravelMode.FOOT if mode is TravelMode.TRANSIT else mode
    wrong_s = _seconds(accuracy_m, _PACES[begins_by].likely_km_h)
    return TravelTime(likely_s=time.likely_s, min_s=max(0.0, time.min_s - wrong_s), max_s=time.max_s + wrong_s)


def _seconds(distance_m: float, speed_km_h: float) -> float:
    return distance_m / (speed_km_h * _KM_H)
