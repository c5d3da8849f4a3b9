"""What a person asks on the find page, and where that is: parsing only, nothing of HTML."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from finder.domain.facility import FacilityKind
from finder.domain.position import Position, PositionSource
from finder.errors import BadInput
from finder.geo.distance import geodesic_m
from finder.locate.place_index import PlaceIndex, PlaceMatch
from finder.locate.position import position_of_place
from finder.web.formats import MILE_M

__all__ = ["FIRST_PAGE", "MOST_SHOWN", "Found", "Question", "find_place", "question_from"]

FIRST_PAGE = 10
MOST_SHOWN = 100
PLACE_LIMIT = 200
_ALIKE = 0.05
"""Two places whose scores differ by less are equally good readings of what was typed."""
_NAMESAKE = 0.15
"""The part of a score that nearness and importance make: they put one of two namesakes first, but a person may mean the other."""
_GOOD = 0.6
"""Below this score a name is worth suggesting, but not worth taking for what was meant."""
_APART_M = 3000.0
"""Two places of one name that lie nearer each other than this need no question."""


@dataclass(frozen=True)
class Question:
    """The find form as it was filled in."""

    place: str = ""
    kind: FacilityKind | None = None
    within: str = ""
    """``5km`` or ``3mi``; empty for any distance."""
    show: int = FIRST_PAGE

    @property
    def radius_m(self) -> float | None:
        """``within`` in metres."""
        if not self.within:
            return None
        return float(self.within[:-2]) * (1000.0 if self.within.endswith("km") else MILE_M)

    def address(self, **changed: object) -> str:
        """The find page's address for this question with some of it changed. It holds no coordinates, ever."""
        question = replace(self, **changed)  # pyright: ignore[reportArgumentType]
        values = {
            "place": question.place,
            "kind": question.kind.value if question.kind else "",
            "within": question.within,
            "show": str(question.show) if question.show != FIRST_PAGE else "",
        }
        query = urlencode({key: value for key, value in values.items() if value})
        return f"/?{query}" if query else "/"


def question_from(values: Mapping[str, str]) -> Question:
    """Read the form's values. Raises :class:`BadInput` for one that no form of ours sends."""
    kind, within, show = values.get("kind", ""), values.get("within", ""), values.get("show", "")
    if kind and kind not in FacilityKind:
        raise BadInput("There is no such kind of care: choose one from the list.")
    if within and not re.fullmatch(r"[1-9][0-9]{0,2}(km|mi)", within):
        raise BadInput("The distance must be written like 5km or 3mi.")
    if show and not re.fullmatch(r"[1-9][0-9]{0,3}", show):
        raise BadInput("The number of places to show must be a whole number.")
    place = " ".join(values.get("place", "").split())
    if len(place) > PLACE_LIMIT:
        raise BadInput("The name of a place has at most 200 letters.")
    return Question(
        place=place,
        kind=FacilityKind(kind) if kind else None,
        within=within,
        show=min(int(show), MOST_SHOWN) if show else FIRST_PAGE,
    )


@dataclass(frozen=True)
class Found:
    """What a typed place was taken for; without a position nothing fits well enough."""

    position: Position | None
    others: tuple[str, ...] = ()
    """Labels of other places that may have been meant."""


def find_place(places: PlaceIndex, text: str, seen_from: Position) -> Found:
    """Take what was typed for the best match, and say what else it could be.

    ``seen_from`` breaks ties in favour of what is near, unless it is only a stand-in.
    """
    near = None if seen_from.source is PositionSource.DEFAULT else seen_from.lon_lat
    matches: Sequence[PlaceMatch] = places.search(text, limit=8, near=near)
    if not matches or matches[0].score < _GOOD:
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
    return tuple(dict.fromkeys(match.place.label() for match in matches))[:5]
