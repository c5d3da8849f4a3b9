"""Made-up roads: to each place the great circle at the greatest speed that there is, times a detour of its own."""

from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np

from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Matrix
from finder.directory.finding.travel import TOP_SPEED_KM_H
from finder.geo.points import LonLat


def detour(target: LonLat) -> float:
    """From 1 to 12, as often below 3 as above it, the same for a place each time."""
    number = int.from_bytes(blake2b(repr((target.lon, target.lat)).encode(), digest_size=4).digest())
    return 1.0 + 11.0 * (number / 2**32) ** 2.5


class WindingRoads(GreatCircle):
    """Answers matrices only by road; ``unknown`` are targets without a way. Counts what it is asked."""

    def __init__(self, unknown: Callable[[LonLat], bool] = lambda _: False, detour: Callable[[LonLat], float] = detour) -> None:
        self._unknown, self._detour = unknown, detour
        self.asked: list[list[LonLat]] = []

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        self.asked.append(list(targets))
        length_m = super().matrix(origins, targets, mode).length_m
        winding = length_m * np.array([np.nan if self._unknown(target) else self._detour(target) for target in targets])
        return Matrix(basis=Basis.ROADS, duration_s=winding / (TOP_SPEED_KM_H[mode] / 3.6), length_m=winding)
