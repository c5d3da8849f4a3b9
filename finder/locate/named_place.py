"""What a person meant by the name of a place: one answer for every face, and what else it could have been."""

from collections.abc import Sequence
from dataclasses import dataclass

from finder.domain.position import Position, PositionSource
from finder.geo.distance import geodesic_m
from finder.locate.place_index import PlaceIndex, PlaceMatch
from finder.locate.position import position_of_place

__all__ = ["LEAST_SCORE", "Found", "named_place"]

LEAST_SCORE = 0.6
"""Below this a name is worth suggesting, but has too little in common with what was typed to be taken for it."""
_ALIKE = 0.05
"""Two places whose scores differ by less are equally good readings of what was typed."""
_NAMESAKE = 0.15
"""The part of a score that nearness and importance make: they put one of two namesakes first, but a person may mean the other."""
_APART_M = 3000.0
"""Two places of one name that lie nearer each other than this need no question."""
_LOOKED_AT = 8
_MOST_OTHERS = 5


@dataclass(frozen=True)
class Found:
    """What a typed place was taken for; without a position nothing fits well enough."""

    position: Position | None
    others: tuple[str, ...] = ()
    """Labels of other places that may have been meant."""


def named_place(index: PlaceIndex, text: str, seen_from: Position) -> Found:
    """Take what was typed for the best match, and say what else it could be.

    ``seen_from`` breaks ties in favour of what is near, unless it is only a stand-in.
    """
    near = None if seen_from.source is PositionSource.DEFAULT else seen_from.lon_lat
    matches = index.search(text, limit=_LOOKED_AT, near=near)
    if not matches or matches[0].score < LEAST_SCORE:
        return Found(None, _labels(matches))
    best = matches[0]
    rivals = [
        match
        for match in matches[1:]
        if best.score - match.score < (_NAMESAKE if match.place.name == best.place.name else _ALIKE)
        and geodesic_m(best.place.lon_lat, match.place.lon_lat) > max(_APART_M, best.place.radius_m)
    ]
    own = best.place.label()
    return Found(position_of_place(best), tuple(label for label in _labels(rivals) if label != own))


def _labels(matches: Sequence[PlaceMatch]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.place.label() for match in matches))[:_MOST_OTHERS]
