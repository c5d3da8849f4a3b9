"""What a person asks on the find page: parsing only, nothing of HTML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from finder.domain.facility import FacilityKind
from finder.errors import BadInput
from finder.web.formats import MILE_M

__all__ = ["FIRST_PAGE", "MOST_SHOWN", "QUESTION_FIELDS", "Question", "question_from"]

FIRST_PAGE = 10
MOST_SHOWN = 100
PLACE_LIMIT = 200
QUESTION_FIELDS = ("place", "kind", "within", "show")
"""The parameters of the find page's address; what else stands in an address is not ours and goes nowhere."""


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
        return f"/{question.query()}"

    def query(self) -> str:
        """``?place=…&kind=…`` with what was filled in, or nothing. It holds no coordinates, ever."""
        values = {
            "place": self.place,
            "kind": self.kind.value if self.kind else "",
            "within": self.within,
            "show": str(self.show) if self.show != FIRST_PAGE else "",
        }
        query = urlencode({key: value for key, value in values.items() if value})
        return f"?{query}" if query else ""


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
