"""What a person meant by the name of a place: one answer for every face, and what else it could have been."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Never

from finder.domain.consent import ForSearch
from finder.domain.place import Place, PlaceKind
from finder.domain.position import PositionFor, PositionSource
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.locate.place_index import PlaceIndex, PlaceMatch
from finder.locate.place_rank import likest_name
from finder.locate.position import position_of_place
from finder.locate.readings import readings, says_enough, trailing_parts
from finder.words.folding import fold

__all__ = ["LEAST_SCORE", "Found", "named_place"]

LEAST_SCORE = 0.6
"""Below this a name is worth suggesting, but has too little in common with what was typed to be taken for it."""
_PART_SCORE = 0.8
"""A part of what was typed is taken only if it is all but the very name: the rest was not understood already."""
_PART_KINDS = frozenset({PlaceKind.CITY, PlaceKind.POSTCODE, PlaceKind.NEIGHBOURHOOD})
_ALIKE = 0.05
"""Two places whose scores differ by less are equally good readings of what was typed."""
_NAMESAKE = 0.15
"""The part of a score that nearness and importance make: they put one of two namesakes first, but a person may mean the other."""
_APART_M = 3000.0
"""Two places of one name that lie nearer each other than this need no question."""
_LOOKED_AT = 8
_MOST_OTHERS = 5


@dataclass(frozen=True)
class Found[P]:
    """What a typed place was taken for; without a position nothing fits well enough."""

    position: PositionFor[P] | None
    others: tuple[str, ...] = ()
    """Labels of other places that may have been meant."""
    partly: str = ""
    """The part of what was typed that names nothing known: the position is that of the rest alone."""
    called: str = ""
    """How to call the place in a heading where its label would mislead: a station that bears its city's name."""


def named_place(index: PlaceIndex, text: str, seen_from: PositionFor[ForSearch]) -> Found[Never]:
    """Take what was typed for the best match, and say what else it could be.

    ``seen_from`` breaks ties in favour of what is near, unless it is only a stand-in. When nothing fits the whole, a city,
    postcode or neighbourhood that its end names is the answer, and ``partly`` says what was left over.
    """
    near = None if seen_from.source is PositionSource.DEFAULT else seen_from.lon_lat
    searches = [(reading, index.search(reading, limit=_LOOKED_AT, near=near)) for reading in readings(text)]
    reading, matches = max(searches, key=lambda search: search[1][0].score if search[1] else 0.0)
    if matches and matches[0].score >= LEAST_SCORE and _may_be_taken(reading, matches[0].place):
        return _taken(reading, matches)
    return _by_its_end(index, text, near) or Found(None, _labels(matches))


def _may_be_taken(text: str, place: Place) -> bool:
    """A name that is too short to tell is taken only where a suggestion's whole label comes back, or the very postcode."""
    if says_enough(text):
        return True
    typed = fold(text)
    return typed == fold(place.label()) or (place.kind is PlaceKind.POSTCODE and typed == fold(place.name))


def _taken(text: str, matches: Sequence[PlaceMatch], partly: str = "") -> Found[Never]:
    best = matches[0]
    rivals = [
        match
        for match in matches[1:]
        if best.score - match.score < (_NAMESAKE if match.place.name == best.place.name else _ALIKE)
        and geodesic_m(best.place.lon_lat, match.place.lon_lat) > max(_APART_M, best.place.radius_m)
    ]
    own = best.place.label()
    others = tuple(label for label in _labels(rivals) if label != own)
    return Found(position_of_place(best), others, partly, _called(best.place, text))


def _by_its_end(index: PlaceIndex, text: str, near: LonLat | None) -> Found[Never] | None:
    for before, part in trailing_parts(readings(text)[-1]):
        matches = [match for match in index.search(part, limit=_LOOKED_AT, near=near) if match.place.kind in _PART_KINDS]
        if matches and matches[0].score >= _PART_SCORE:
            return _taken(part, matches, before)
    return None


def _called(place: Place, text: str) -> str:
    """``Rautatieasema (Helsinki)`` for a landmark that was found by another name than its first; else empty."""
    name = likest_name(place, text)
    if place.kind is not PlaceKind.LANDMARK or name == place.name:
        return ""
    return f"{name[:1].upper()}{name[1:]} ({place.name})"


def _labels(matches: Sequence[PlaceMatch]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.place.label() for match in matches))[:_MOST_OTHERS]
