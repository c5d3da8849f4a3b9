"""How else somebody may type the same query: without accents, in capitals, with one slip of the finger; knows no finder."""

import random
import re
import unicodedata
from collections.abc import Iterator

__all__ = ["LEAST_LETTERS", "VARIANTS_PER_WORD", "capitals", "slipped", "with_one_typo", "without_accents"]

LEAST_LETTERS = 5
"""A slip in a shorter word may well make another word of it."""
VARIANTS_PER_WORD = 2
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(rf"[^\W\d_]{{{LEAST_LETTERS},}}")


def without_accents(query: str) -> str:
    """``ginecóloga`` → ``ginecologa``, ``niño`` → ``nino``."""
    parts = unicodedata.normalize("NFD", query)
    return unicodedata.normalize("NFC", "".join(one for one in parts if not unicodedata.combining(one)))


def capitals(query: str) -> str:
    """``ginecóloga`` → ``GINECÓLOGA``."""
    return query.upper()


def with_one_typo(query: str) -> Iterator[str]:
    """Each word of at least ``LEAST_LETTERS`` letters misspelt by itself, ``VARIANTS_PER_WORD`` times; the same ones at each run.

    A word with too few ways to slip gives fewer.
    """
    for number, word in enumerate(_WORD.finditer(query)):
        found: dict[str, None] = {}
        for attempt in range(20):
            chance = random.Random(f"{query}/{number}/{attempt}")  # noqa: S311 - of each word by itself, whatever else is asked
            found[slipped(word[0], chance)] = None
            if len(found) == VARIANTS_PER_WORD:
                break
        yield from (f"{query[: word.start()]}{slip}{query[word.end() :]}" for slip in found)


def slipped(word: str, chance: random.Random) -> str:
    """The word with one letter too many, one too few, one wrong, or two neighbours swapped; half the time not at its first."""
    while True:
        first = chance.choice((0, 1))
        at = chance.randrange(first, len(word))
        before, letter, behind = word[:at], word[at], word[at + 1 :]
        match chance.choice(("insert", "delete", "substitute", "transpose")):
            case "insert":
                slip = (
                    f"{before}{letter}{chance.choice(_LETTERS)}{behind}"
                    if first
                    else f"{before}{chance.choice(_LETTERS)}{letter}{behind}"
                )
            case "delete":
                slip = before + behind
            case "substitute":
                slip = f"{before}{chance.choice(_LETTERS)}{behind}"
            case _:
                slip = f"{before}{behind[:1]}{letter}{behind[1:]}"
        if without_accents(slip) != without_accents(word):
            return slip
