"""What a person asks on the find page: parsing only, nothing of HTML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from urllib.parse import urlencode

from finder.directions.estimate import TravelMode
from finder.directory import OpenWish, Sort, What
from finder.domain.facility import FacilityKind
from finder.domain.practitioner import Gender
from finder.errors import BadInput
from finder.web.formats import MILE_M

__all__ = ["FIRST_PAGE", "MOST_SHOWN", "QUESTION_FIELDS", "Question", "question_from", "travel_mode_from"]

FIRST_PAGE = 10
MOST_SHOWN = 100
TEXT_LIMIT = 200
_PLAN_LIMIT = 300
_STORY_LIMIT = 2000


@dataclass(frozen=True)
class Question:
    """The find form as it was filled in; each field is the parameter of the address that bears its name."""

    words: str = ""
    """What the person needs, in their own words."""
    place: str = ""
    what: What | None = None
    """None: as the words have it."""
    kind: FacilityKind | None = None
    open: OpenWish | None = None
    speaks: str = ""
    """A BCP 47 tag."""
    plan: str = ""
    """The id of a plan."""
    accepting: bool = False
    wheelchair: bool = False
    video: bool = False
    gender: Gender | None = None
    mode: TravelMode = TravelMode.CAR
    """By what means the person travels: what takes how long, and what is open on arrival, goes by it."""
    sort: Sort = Sort.DISTANCE
    within: str = ""
    """``5km`` or ``3mi``; empty for any distance."""
    show: int = FIRST_PAGE

    @property
    def radius_m(self) -> float | None:
        """``within`` in metres."""
        if not self.within:
            return None
        return float(self.within[:-2]) * (1000.0 if self.within.endswith("km") else MILE_M)

    @property
    def filters(self) -> int:
        """How many of the form's filters are set."""
        asked = (self.what, self.kind, self.open, self.speaks, self.plan, self.accepting, self.wheelchair, self.video)
        by_choice = (self.mode is not TravelMode.CAR, self.sort is not Sort.DISTANCE)
        return sum(map(bool, (*asked, self.gender, *by_choice, self.within)))

    def but(self, **changed: object) -> "Question":
        """This question with some of it changed, from its first page on."""
        return replace(self, **{"show": FIRST_PAGE, **changed})  # pyright: ignore[reportArgumentType]

    def address(self, **changed: object) -> str:
        """The find page's address for this question with some of it changed. It holds no coordinates, ever."""
        question = replace(self, **changed)  # pyright: ignore[reportArgumentType]
        return f"/{question.query()}"

    def query(self) -> str:
        """``?words=…&place=…`` with what was filled in, or nothing. It holds no coordinates, ever."""
        query = urlencode(self.values())
        return f"?{query}" if query else ""

    def values(self) -> dict[str, str]:
        """What was filled in, as an address or a form has it."""
        told = {field.name: getattr(self, field.name) for field in fields(self) if getattr(self, field.name) != field.default}
        return {name: _text(value) for name, value in told.items()}


QUESTION_FIELDS = tuple(field.name for field in fields(Question))
"""The parameters of the find page's address; what else stands in an address is not ours and goes nowhere."""


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes"
    return str(value.value if isinstance(value, Enum) else value)


def question_from(values: Mapping[str, str]) -> Question:
    """Read the form's values. Raises :class:`BadInput` for one that no form of ours sends."""
    within, show, speaks, plan = (values.get(name, "") for name in ("within", "show", "speaks", "plan"))
    if within and not re.fullmatch(r"[1-9][0-9]{0,2}(km|mi)", within):
        raise BadInput("The distance must be written like 5km or 3mi.")
    if show and not re.fullmatch(r"[1-9][0-9]{0,3}", show):
        raise BadInput("The number of places to show must be a whole number.")
    if speaks and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", speaks):
        raise BadInput("There is no such language: choose one from the list.")
    if len(plan) > _PLAN_LIMIT:
        raise BadInput("There is no such plan: choose one from the list.")
    words, place = (" ".join(values.get(name, "").split()) for name in ("words", "place"))
    if len(place) > TEXT_LIMIT:
        raise BadInput("The name of a place has at most 200 letters.")
    return Question(
        words=words[:_STORY_LIMIT],  # who writes a long story is answered by its beginning, above all in an emergency
        place=place,
        what=_choice(values, "what", What, "Choose doctors or places from the list."),
        kind=_choice(values, "kind", FacilityKind, "There is no such kind of care: choose one from the list."),
        open=_open(values),
        speaks=speaks,
        plan=plan,
        accepting=_ticked(values, "accepting"),
        wheelchair=_ticked(values, "wheelchair"),
        video=_ticked(values, "video"),
        gender=_gender(values),
        mode=travel_mode_from(values) or TravelMode.CAR,
        sort=_choice(values, "sort", Sort, "There is no such order: choose one from the list.") or Sort.DISTANCE,
        within=within,
        show=min(int(show), MOST_SHOWN) if show else FIRST_PAGE,
    )


def travel_mode_from(values: Mapping[str, str]) -> TravelMode | None:
    """The way to travel that a form says; None where it says nothing. Raises :class:`BadInput` for one that there is not."""
    return _choice(values, "mode", TravelMode, "There is no such way to travel: choose one from the list.")


def _choice[E: Enum](values: Mapping[str, str], name: str, choices: type[E], message: str) -> E | None:
    value = values.get(name, "")
    if not value:
        return None
    try:
        return choices(value)
    except ValueError:
        raise BadInput(message) from None


def _open(values: Mapping[str, str]) -> OpenWish | None:
    wish = _choice(values, "open", OpenWish, "Choose when it must be open from the list.")
    if wish is OpenWish.AT:  # for programs, which can say a moment
        raise BadInput("Choose when it must be open from the list.")
    return wish


def _gender(values: Mapping[str, str]) -> Gender | None:
    gender = _choice(values, "gender", Gender, "Choose a woman or a man from the list.")
    if gender is Gender.OTHER:  # nothing that the form offers
        raise BadInput("Choose a woman or a man from the list.")
    return gender


def _ticked(values: Mapping[str, str], name: str) -> bool:
    value = values.get(name, "")
    if value not in {"", "yes"}:
        raise BadInput("That box is either ticked or not.")
    return value == "yes"
