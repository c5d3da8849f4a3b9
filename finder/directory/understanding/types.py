"""What a person's words were taken for: parts with their spans in the text, each of which can be taken out again."""

import re
from enum import StrEnum

import msgspec

from finder.care.red_flags import RedFlag

__all__ = ["MOST_LETTERS", "Part", "PartKind", "Understood"]

MOST_LETTERS = 200
"""What is typed behind that many letters is not looked at, and cut off."""

_GAPS = re.compile(r"\s+")
_COMMAS = re.compile(r"\s*,(?:\s*,)*")
_EDGES = " ,;\n\t"
_DANGLING = re.compile(r"^(?:(?:y|e|o|u|and|or)\s+)+|(?:\s+(?:y|o|and|or))+$", re.IGNORECASE)


class PartKind(StrEnum):
    """What a part of a text asks for."""

    SPECIALTY = "specialty"
    SERVICE = "service"
    KIND = "kind"
    PLACE = "place"
    LANGUAGE = "language"
    OPEN = "open"
    PLAN = "plan"
    ACCEPTING = "accepting"
    WHEELCHAIR = "wheelchair"
    TELEHEALTH = "telehealth"
    GENDER = "gender"
    NAME = "name"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the text and what it was taken for.

    ``value``: specialty and service: the id; kind: the value of a ``FacilityKind``; place: the words to look up; language: a
    BCP 47 tag; open: ``now``, ``on_arrival`` or ``another_time``, which no search looks for; plan: its id, or empty where it
    is not said which; accepting, wheelchair and telehealth: ``yes``; gender: ``female`` or ``male``; name: the words of a
    name as typed, without title.
    """

    kind: PartKind
    value: str
    text: str
    """As typed: ``text[start:end]`` of what was understood, with the connecting words: ``cerca de Zona Río``."""
    start: int
    end: int
    """Code points from the start of the text; ``end`` is behind the last one."""
    score: float
    """How surely it was meant, 0 to 1."""


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """A text taken apart. Parts are in the order of the text and do not overlap."""

    text: str
    """As typed, at most 200 letters."""
    parts: tuple[Part, ...] = ()
    red_flag: RedFlag | None = None
    practitioner_wanted: bool = False
    """Whether a person was asked for by title or calling: ``Dr. Ramírez``, ``un doctor``."""
    unfinished: bool = False
    """Whether the text ends within a word, which may go on."""

    def of(self, kind: PartKind) -> tuple[Part, ...]:
        """The parts of one kind, in order."""
        return tuple(part for part in self.parts if part.kind is kind)

    def without(self, part: Part) -> str:
        """The text with this part's span taken out: no doubled blanks or commas, no ``and`` at an edge."""
        kept = f"{self.text[: part.start]} {self.text[part.end :]}"
        tidy = _COMMAS.sub(",", _GAPS.sub(" ", kept)).strip(_EDGES)
        return _DANGLING.sub("", tidy).strip(_EDGES)
