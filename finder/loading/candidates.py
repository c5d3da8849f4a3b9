"""Which stored facilities a new one may be: those near it; and the verdict over all of them."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.domain.facility import Facility
from finder.errors import BadInput
from finder.geo.kdtree import KdTree
from finder.geo.points import LonLat
from finder.loading.match import Likeness, Verdict, compare_pair

__all__ = ["SCORE_GAP", "Candidates", "Match", "best_match"]

SCORE_GAP: Final = 0.15
"""How far the one that is the same must lead the next: 0.97 beside 0.85 is two that may both be it."""

_FIRST_FETCH: Final = 16


class Candidates:
    """An index of stored facilities by place, immutable. Positions are places in ``ids``.

    Stands on ECEF coordinates, so ±180° and the poles are nothing special. Building takes n log² n time, 0.1 s for 10⁵.
    """

    __slots__ = ("_tree", "ids", "lon_lat")

    def __init__(self, ids: Sequence[str], lon_lat: NDArray[np.float64]) -> None:
        """``lon_lat`` is shape (n, 2), WGS84 degrees.

        Raises :class:`BadInput` when there is not one point for each id, or one is not on the Earth.
        """
        self.ids = tuple(ids)
        self.lon_lat = np.asarray(lon_lat, dtype=np.float64).reshape(-1, 2)
        if len(self.ids) != len(self.lon_lat):
            raise BadInput("Candidates need exactly one point for each id.")
        self._tree = KdTree.build(self.lon_lat)

    def near(self, lon_lat: NDArray[np.float64], radius_m: float) -> list[list[int]]:
        """For each of the points, shape (m, 2), the positions at most ``radius_m`` away by the geodesic, nearest first.

        Raises :class:`BadInput` for a point that is not on the Earth, and a radius that is negative or no number.
        """
        order, tree = self._tree.order, self._tree
        found: list[list[int]] = []
        for lon, lat in np.asarray(lon_lat, dtype=np.float64).reshape(-1, 2).tolist():
            origin, fetch = LonLat(lon, lat), _FIRST_FETCH
            slots = tree.nearest(origin, fetch, radius_m=radius_m).slots
            while len(slots) == fetch:
                fetch *= 4
                slots = tree.nearest(origin, fetch, radius_m=radius_m).slots
            found.append(order[slots].tolist())
        return found


class Match(msgspec.Struct, frozen=True):
    """What a new facility is to those stored. ``ids`` and ``likenesses`` go together, the likest first.

    SAME: the one that it is. UNSURE: all that it may be, for a person to decide. DIFFERENT: none, and both are empty.
    """

    verdict: Verdict
    ids: tuple[str, ...] = ()
    likenesses: tuple[Likeness, ...] = ()


def best_match(new: Facility, candidates: Sequence[Facility]) -> Match:
    """Compare ``new`` with each; SAME only if exactly one is and none comes near it. Candidates are of other sources."""
    compared = [(candidate.id, compare_pair(new, candidate)) for candidate in candidates]
    possible = [pair for pair in compared if pair[1].verdict is not Verdict.DIFFERENT]
    if not possible:
        return Match(Verdict.DIFFERENT)
    possible.sort(key=lambda pair: (-pair[1].score, pair[0]))
    best = possible[0]
    alone = len(possible) == 1 or (
        possible[1][1].verdict is not Verdict.SAME and best[1].score - possible[1][1].score >= SCORE_GAP
    )
    if best[1].verdict is Verdict.SAME and alone:
        return Match(Verdict.SAME, (best[0],), (best[1],))
    return Match(Verdict.UNSURE, tuple(pair[0] for pair in possible), tuple(pair[1] for pair in possible))
