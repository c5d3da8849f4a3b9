"""What a person has to know of a way or an area, as the API gives it."""

from collections.abc import Iterable

import msgspec

from finder.directory.way_text import note_text
from finder.directory.way_there import WayNote

__all__ = ["NoteAnswer", "note_answers"]


class NoteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What to know before relying on it: a code for programs, and a text for people."""

    code: WayNote
    text: str


def note_answers(notes: Iterable[WayNote], language: str) -> list[NoteAnswer]:
    """Return notes as the API gives them, in Spanish for ``es`` and its regions, else in English."""
    return [NoteAnswer(code=note, text=note_text(note, language)) for note in notes]
