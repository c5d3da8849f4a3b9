"""The words of opening hours in free text, each by what it does there. The words themselves are in ``hours_words.toml``."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple, cast

from finder.loading.clean_hours_clock import ADVICE, Clock
from finder.loading.row_error import CellProblem

__all__ = ["Days", "UnknownWord", "Word", "words"]

type Days = frozenset[int]
"""Days of the week, Monday is 0; 7 is public holidays."""
type Sort = Literal["day", "days", "time", "to", "and", "slash", "end", "all day", "closed", "late"]

DASHES = dict.fromkeys(
    (0x7E, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212), "-"
)  # tilde, hyphens, figure dash, en dash, em dash, bar, minus
ENDS = dict.fromkeys(map(ord, "\n\r|"), ";")
AM_PM = re.compile(r"(?<![a-z])([ap])\. ?m(?![a-z])\.?")
TOKEN = re.compile(
    r"(?P<time>[0-9]{1,4}(?:[:.h][0-9]{2})?(?::00)?(?![0-9:]))|(?P<word>[a-z]+)|(?P<mark>[-,;/&+:.()])|\s+|(?P<other>.)"
)
COMPACT = re.compile(r"([0-9]{2})(00|15|30|45)")
"""``0830``, which is no year and no end of a phone number."""


class UnknownWord(CellProblem):
    """A word that is not in the list."""

    def __init__(self) -> None:
        super().__init__("A word of these opening hours is not understood; the facility is kept without them.", ADVICE)


class Word(NamedTuple):
    """One word of a text, by what it does there."""

    sort: Sort
    days: Days = frozenset()
    clock: Clock | None = None


def words(text: str) -> list[Word]:
    """The words that say something. Raises :class:`UnknownWord` at the first that is not in the list."""
    bare = unicodedata.normalize("NFKD", text.casefold().translate(DASHES | ENDS))
    bare = " ".join("".join(letter for letter in bare if not unicodedata.combining(letter)).split())
    bare = AM_PM.sub(r"\1m ", bare)
    for pattern, token in _lists().phrases:
        bare = pattern.sub(token, bare)
    matches = [match for match in TOKEN.finditer(bare) if match.lastgroup]
    letters = _letters({match[0] for match in matches})
    found: list[Word] = []
    for match in matches:
        token = match[0]
        if match.lastgroup == "time":
            found.append(Word("time", clock=_clock(token)))
        elif token in _lists().halves:
            found.append(_with_half(found.pop() if found else None, token))
        elif token in letters:
            found.append(Word("day", frozenset({letters[token]})))
        elif token in _lists().words:
            found.append(_lists().words[token])
        elif token not in _lists().nothing:
            raise UnknownWord
    return found


class _Lists(NamedTuple):
    words: dict[str, Word]
    languages: dict[str, str]
    letters: dict[str, dict[str, int]]
    halves: dict[str, tuple[Literal["am", "pm"], int, int]]
    nothing: frozenset[str]
    phrases: tuple[tuple[re.Pattern[str], str], ...]


@cache
def _lists() -> _Lists:
    lists: dict[str, Any] = tomllib.loads(resources.files("finder.loading").joinpath("hours_words.toml").read_text("utf-8"))
    signs: dict[str, str] = lists["signs"]
    nothing = frozenset(signs.pop("nothing").split())
    named = [
        (word, day, language)
        for language, days in lists["days"].items()
        for day, names in enumerate(days)
        for word in names.split()
    ]
    return _Lists(
        words={word: Word("day", frozenset({day})) for word, day, _ in named}
        | {word: Word("days", frozenset(days)) for names, days in lists["sets"].items() for word in names.split()}
        | {word: Word(cast(Sort, sort)) for sort, names in signs.items() for word in names.split()}
        | {"allday": Word("all day")},
        languages={word: language for word, _, language in named if language != "both"},
        letters={
            language: {letter: day for day, letter in enumerate(days) if letter} for language, days in lists["letters"].items()
        },
        halves={word: tuple(meaning) for word, meaning in lists["halves"].items()},
        nothing=nothing,
        phrases=tuple(
            (re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])"), f" {token} ") for pattern, token in lists["phrases"].items()
        ),
    )


def _letters(tokens: set[str]) -> dict[str, int]:
    """What single letters stand for, by the language of the days; two languages in one text are refused."""
    spanish, english = _lists().letters["es"], _lists().letters["en"]
    languages = {_lists().languages[token] for token in tokens if token in _lists().languages}
    languages |= {"es"} if {"l", "x", "j", "v", "d"} & tokens else set()
    languages |= {"en"} if {"f", "w"} & tokens else set()
    if len(languages) > 1:
        raise CellProblem("The days of these opening hours are in two languages.", ADVICE)
    if "es" in languages:
        return spanish if "x" in tokens else {letter: day for letter, day in spanish.items() if letter != "m"}
    return english if languages else {}


def _clock(token: str) -> Clock:
    if compact := COMPACT.fullmatch(token):
        hour, minute, has_minutes = int(compact[1]), int(compact[2]), True
    else:
        parts = re.split("[:.h]", token)
        hour, minute, has_minutes = int(parts[0]), int(parts[1]) if len(parts) > 1 else 0, len(parts) > 1
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise CellProblem("These opening hours have a time that no clock shows.", ADVICE)
    return Clock(hour, minute, None, has_minutes, token.startswith("0") and len(token) > 1)


def _with_half(word: Word | None, name: str) -> Word:
    half, first, last = _lists().halves[name]
    if word is None or word.clock is None or word.clock.half or not first <= word.clock.hour <= last:
        raise CellProblem("These opening hours have am or pm where no hour that it goes with is before it.", ADVICE)
    return Word("time", clock=word.clock._replace(half=half))
