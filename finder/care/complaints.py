"""``complaints.toml``: who treats what hurts, itches or swells where."""

import tomllib
from functools import cache
from importlib import resources

import msgspec

from finder.words.folding import words

__all__ = ["BodyPart", "Complaint", "Complaints", "complaints"]


class Complaint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with a part of the body. ``care``: whose it is whatever the part, an empty text for nobody's."""

    id: str
    words_en: tuple[str, ...]
    words_es: tuple[str, ...]
    care: str | None = None


class BodyPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the body. ``care``: the id of the specialty that treats it; ``instead``: another one for a complaint's id."""

    care: str
    words_en: tuple[str, ...]
    words_es: tuple[str, ...]
    instead: dict[str, str] = {}
    alone: bool = False
    """Whether the part by itself means its care."""


class Complaints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    complaint: tuple[Complaint, ...]
    body_part: tuple[BodyPart, ...]

    def care_of(self, complaint: Complaint, part: BodyPart) -> str | None:
        """The id of the specialty for a complaint of a part; None where the two say nothing together."""
        by_complaint = part.care if complaint.care is None else complaint.care
        return part.instead.get(complaint.id, by_complaint) or None

    def of_word(self) -> dict[str, Complaint]:
        """The complaints by each of their folded words."""
        return {word: one for one in self.complaint for phrase in (*one.words_en, *one.words_es) for word in words(phrase)}

    def part_of_words(self) -> dict[tuple[str, ...], BodyPart]:
        """The parts of the body by each of their names, folded: one word or several."""
        return {tuple(words(phrase)): one for one in self.body_part for phrase in (*one.words_en, *one.words_es)}


@cache
def complaints() -> Complaints:
    """Read the file once."""
    text = resources.files("finder.care").joinpath("complaints.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Complaints)
