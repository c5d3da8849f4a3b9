"""What was typed, made ready for looking up: filler words away, ZIP+4 cut, and the part at the end that may be a place."""

import re
from collections.abc import Iterator

from finder.words.folding import GENERIC_WORDS, has_digit, words

__all__ = ["readings", "says_enough", "trailing_parts"]

_FILLER = (
    r"(?:cerca\s+del?(?:\s+l[ao]s?)?|cerca|junto\s+al?|por|en|near\s+to|near|close\s+to|next\s+to|around|in|at)"
    r"(?=[\s,]|$)"
)
_LEADING = re.compile(rf"^[\s,]*(?:{_FILLER}[\s,]+)+", re.IGNORECASE)
_TRAILING = re.compile(rf"(?:[\s,]+{_FILLER})+[\s,]*$", re.IGNORECASE)
_ZIP_PLUS_4 = re.compile(r"\b(\d{5})-\d{4}\b")
_STUCK_NUMBER = re.compile(r"([^\W\d_]{4,})(\d+)")
"""``Mannerheimintie20``; below four letters it may be a name: ``M15``, ``SW1``."""
_LEAST_LETTERS = 3
_LEAST_CODE = 4
_MOST_COMMAS, _MOST_WORDS = 4, 8


def readings(text: str) -> tuple[str, ...]:
    """The ways to read what was typed, as typed first: ``near zona rio`` may also be ``zona rio``."""
    cut = _STUCK_NUMBER.sub(r"\1 \2", _ZIP_PLUS_4.sub(r"\1", text))
    return tuple(dict.fromkeys((cut, _LEADING.sub("", cut) or cut)))


def says_enough(text: str) -> bool:
    """Whether a text can be taken for a place: a word of three letters, or a code of four signs with a digit in it.

    ``1`` and ``a`` are in thousands of addresses. Outside the Latin letters two signs may be a whole name.
    """
    return any(
        (len(word) >= _LEAST_CODE) if has_digit(word) else len(word) >= (_LEAST_LETTERS if word.isascii() else 2)
        for word in words(text)
    )


def trailing_parts(text: str) -> Iterator[tuple[str, str]]:
    """(what goes before, the part at the end) for each part that may name a place by itself, the longest first.

    With commas they are the parts after each comma: ``Calle 5, Zona Río, Tijuana`` gives ``Zona Río, Tijuana`` and ``Tijuana``.
    Then come the last words: ``Hospital Tijuana`` gives ``Tijuana``.
    """
    seen: set[str] = set()
    commas = [match.start() for match in re.finditer(",", text)][-_MOST_COMMAS:]
    blanks = [match.start() for match in re.finditer(r"\s+", text)][-_MOST_WORDS:]
    for at in (*commas, *blanks):
        part = _LEADING.sub("", text[at + 1 :].strip(" ,")).strip(" ,")
        before = _LEADING.sub("", _TRAILING.sub("", text[:at])).strip(" ,")
        telling = [word for word in words(part) if word not in GENERIC_WORDS]
        if telling and before and part not in seen and says_enough(part):
            seen.add(part)
            yield before, part
