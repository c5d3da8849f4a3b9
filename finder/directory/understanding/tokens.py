"""A text as folded words that still know where they stand in it."""

import unicodedata
from typing import NamedTuple

from finder.words.folding import fold

__all__ = ["Token", "tokenize"]

_INSIDE = frozenset(".'`\u2019\u02bc")
"""Between two letters these belong to the word, as folding has it: ``D.D.S.``, ``children's``."""
_BREAKS = frozenset(",;:!?()[]\n")
_LONGEST_ABBREVIATION = 4
"""A dot behind a longer word ends a sentence; behind ``Dr`` or ``Blvd`` it does not."""


class Token(NamedTuple):
    """A folded word, the span of what was typed for it, and whether a comma or a sentence's end stands before it."""

    word: str
    start: int
    end: int
    after_break: bool


def tokenize(text: str) -> list[Token]:
    """The words of a text in order. What folds to nothing (emoji, marks) is no word."""
    found: list[Token] = []
    at, size = 0, len(text)
    broken = False
    while at < size:
        if not _is_letter(text[at]):
            ends_sentence = text[at] == "." and bool(found) and len(found[-1].word) > _LONGEST_ABBREVIATION
            broken = broken or text[at] in _BREAKS or ends_sentence
            at += 1
            continue
        start = at
        while at < size and (_in_word(text[at]) or (text[at] in _INSIDE and at + 1 < size and _is_letter(text[at + 1]))):
            at += 1
        # One word stays one: a sign that folds to several ("½") must not have several spans.
        word = fold(text[start:at]).replace(" ", "")
        if word:
            found.append(Token(word, start, at, broken))
            broken = False
    return found


def _is_letter(letter: str) -> bool:
    """A letter or digit, also one that only folding brings to light ("⒜")."""
    return letter.isalnum() or (not letter.isascii() and fold(letter) != "")


def _in_word(letter: str) -> bool:
    return _is_letter(letter) or unicodedata.category(letter).startswith("M")
