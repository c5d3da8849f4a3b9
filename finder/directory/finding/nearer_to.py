"""The one question to a person whose position is a guess: which of two areas are you nearer to?

It is asked only where the answer changes what comes first, and of all pairs of areas in the circle that one is asked whose answer
tells most: after it, what comes first is right for as many of the areas as can be.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.directory.areas import Area, Areas
from finder.directory.search import AreaChoice
from finder.domain.position import Position, PositionSource
from finder.geo.ecef import ecef_m
from finder.geo.points import LonLat

__all__ = ["nearer_to"]

_LOOKED_AT: Final = 200
_ASKED_ABOUT: Final = 16
"""Areas whose first answer is looked up: spread over the circle, so that few say as much as all."""


def nearer_to(areas: Areas, position: Position, first_id: Callable[[LonLat], str | None]) -> tuple[AreaChoice, AreaChoice] | None:
    """Return the two areas to ask about, or None where nothing would change. ``first_id`` tells what comes first from a point."""
    if position.source is not PositionSource.IP:
        return None
    spread = _spread(areas.within(position.lon_lat, position.accuracy_m, _LOOKED_AT))
    firsts = [first_id(area.lon_lat) for area in spread]
    if len(set(firsts)) < 2:
        return None
    points = ecef_m(np.array([area.lon_lat for area in spread]))
    a, b = max(
        ((a, b) for a, b in combinations(range(len(spread)), 2) if None not in {firsts[a], firsts[b]} and firsts[a] != firsts[b]),
        key=lambda pair: _told(points, firsts, *pair),
        default=(0, 0),
    )
    if a == b:
        return None
    return _choice(spread[a], firsts[a]), _choice(spread[b], firsts[b])


def _choice(area: Area, first: str | None) -> AreaChoice:
    return AreaChoice(label=area.name, place=area.label, first_id=first or "")


def _spread(areas: Sequence[Area]) -> list[Area]:
    """Of many areas a few that lie far from each other, the one in the middle of the circle first."""
    if not areas:
        return []
    points = ecef_m(np.array([area.lon_lat for area in areas]))
    taken = [0]
    gap_m = np.linalg.norm(points - points[0], axis=1)
    while len(taken) < min(_ASKED_ABOUT, len(areas)):
        farthest = int(np.argmax(gap_m))
        taken.append(farthest)
        gap_m = np.minimum(gap_m, np.linalg.norm(points - points[farthest], axis=1))
    return [areas[at] for at in taken]


def _told(points: NDArray[np.float64], firsts: Sequence[str | None], a: int, b: int) -> tuple[int, float]:
    """For how many areas the nearer of the two has the same first answer; of equals the pair that lies farther apart."""
    nearer_a = np.linalg.norm(points - points[a], axis=1) <= np.linalg.norm(points - points[b], axis=1)
    right = sum(first == firsts[a if is_a else b] for first, is_a in zip(firsts, nearer_a.tolist(), strict=True))
    return right, float(np.linalg.norm(points[a] - points[b]))
