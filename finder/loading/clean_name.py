"""Names that a list has in capitals, in the case in which people write them: ``HOSP. DE TIJUANA`` → ``Hospital de Tijuana``.

Only names without any small letter, or without any large one, are touched: in the others somebody chose the case. Accents are
kept and never added to a word that is written out. The words with a case of their own are in ``name_words.toml``.
"""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from finder.loading.clean_text import clean_text

__all__ = ["cased_as", "clean_name", "person_name", "street_word"]

PIECE = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+|(?:[\W_])+?(?=[^\W_]|$)")
"""A word of letters (with marks behind them), a number, or what is between two of these."""
ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})")
VOWELS = frozenset("aeiouyáéíóúüàèìòùâêîôûäëïöãõåæøœ")
ORDINALS = frozenset(("st", "nd", "rd", "th", "ra", "ro", "da", "do", "er", "to", "ta", "va", "vo", "no", "na", "ma", "mo"))
"""Behind a number: 5th, 1ra."""
STARTS_A_PHRASE = re.compile(r"[(\[{:;|\"“\u2013\u2014]|(?:^|\s)-|-\s")
SPANISH_UNIT = re.compile(r"c\. ?s\. ?(?=[^\W\d_])", re.IGNORECASE)
DIRECTIONS = frozenset(("ne", "nw", "se", "sw", "us", "po"))
LONGEST_ACRONYM = 5
LONGEST = 1000


class _NameWords(NamedTuple):
    """The words of ``name_words.toml`` by their small letters."""

    kept: dict[str, str]
    small: frozenset[str]
    articles: frozenset[str]
    particles: frozenset[str]
    credentials: dict[str, str]
    spanish: frozenset[str]
    english: frozenset[str]
    spelled_out: dict[str, dict[str, str]]


@cache
def _words() -> _NameWords:
    """The word list, read once."""
    lists: dict[str, Any] = tomllib.loads(resources.files("finder.loading").joinpath("name_words.toml").read_text("utf-8"))
    return _NameWords(
        kept={word.lower(): word for word in (*lists["acronyms"], *lists["as_written"])},
        **{name: frozenset(lists[name]) for name in ("small", "articles", "particles", "spanish", "english")},
        credentials={word.lower(): word for word in lists["credentials"]},
        spelled_out=lists["spelled_out"],
    )


def clean_name(text: str) -> str:
    """The name of a facility: tidied, and in ordinary case where it is all in capitals or all in small letters.

    Short forms are spelled out where they are certain (``HOSP.``, ``CTRO.``, ``C.S.`` in a name that is not English). Cleaning a
    clean name changes nothing.
    """
    text = clean_text(text)
    if not _has_one_case(text):
        return text
    words = _words()
    found = {piece[0] for piece in PIECE.finditer(text.lower())}
    english = bool(found & words.english) or "'s " in text.lower()
    spanish = bool(found & words.spanish) and not english
    if not english and SPANISH_UNIT.match(text):
        text = SPANISH_UNIT.sub("CENTRO DE SALUD ", text, count=1)
    short = words.spelled_out["any"] | words.spelled_out["english" if english else "spanish"] if english or spanish else None
    return _cased(_spelled_out(text, short or words.spelled_out["any"]), _facility_word)


def person_name(text: str) -> str:
    """The name of a person: given names before the family's where a comma parts them (``SOTO, MARIA``), else in its order.

    What stands behind a comma and is no name (``MD``, ``Jr``) stays there. Capitals become ordinary case, with small particles
    inside: ``MARIA DE LA CRUZ`` → ``Maria de la Cruz``.
    """
    text = clean_text(text)
    first, *others = [part.strip() for part in text.split(",")]
    titles = _words().credentials
    given = [part for part in others if part.lower().replace(".", "") not in titles]
    if first and len(given) == 1 and given[0] and given[0] == others[0]:
        text = ", ".join((f"{given[0]} {first}", *others[1:]))
    return _cased(text, _person_word) if _has_one_case(text) else text


def _cased(text: str, word_case: Callable[[str, str, str], str | None]) -> str:
    """The text, which has one case, with each word's first letter large.

    ``word_case(word, before, after)`` gives the case of a word in small letters by the words before and after it, or ``None``
    for the ordinary one; ``before`` is empty where a phrase begins, ``after`` at the end.
    """
    pieces: list[str] = PIECE.findall(text.lower())
    places = [at for at, piece in enumerate(pieces) if piece[0].isalnum()]
    for place, before_place in zip(places, [-1, *places], strict=False):
        word = pieces[place]
        if word[0].isdigit():
            continue
        between = "".join(pieces[before_place + 1 : place])
        before = pieces[before_place].lower() if before_place >= 0 else ""
        if before[:1].isdigit() and not between:
            pieces[place] = word if word in ORDINALS else word.upper()
        elif between in ("'", "’") and before:  # noqa: RUF001
            joins = len(before) == 1 and before in "odl" and len(word) > 2
            pieces[place] = _capital(word) if joins else word
        else:
            following = next((pieces[at] for at in places if at > place), "") if place != places[-1] else ""
            start = "" if STARTS_A_PHRASE.search(between) else before
            state = not following and len(word) == 2 and "," in between  # Gary, IN
            pieces[place] = word_case(word, start, following) or (word.upper() if state else _capital(word))
    return "".join(pieces)


def cased_as(text: str, whole: str, word_case: Callable[[str, str, str], str | None]) -> str:
    """``text`` in ordinary case where ``whole``, of which it is a part, is all in capitals or all in small letters."""
    return _cased(text, word_case) if _has_one_case(whole) else text


def street_word(word: str, before: str, after: str) -> str | None:
    """The case of a word in a street address: ``Av. del Agua``, ``5th St NW``, ``Calle H``, ``S/N``."""
    words = _words()
    if _is_small(word, before, after, words.small):
        return word
    return word.upper() if len(word) == 1 or word in DIRECTIONS or ROMAN.fullmatch(word) else None


def _has_one_case(text: str) -> bool:
    """Whether all letters are large or all are small, in a script that has both and gives either back from the other."""
    if len(text) > LONGEST:
        return False
    if text.isupper():
        return text.lower().upper() == text
    return text.islower() and text.upper().lower() == text


def _capital(word: str) -> str:
    if word.startswith("mc") and len(word) > 4:
        return f"Mc{word[2:].capitalize()}"
    return word.capitalize()


def _is_small(word: str, before: str, after: str, small: frozenset[str]) -> bool:
    articles = _words().articles
    if not before or not after:
        return False
    if word in articles:
        return before in small or before == "a"
    return (
        word in small
        or (word == "a" and (after in articles or before in small))
        or (word == "e" and after.startswith(("i", "hi")))
    )


def _facility_word(word: str, before: str, after: str) -> str | None:
    words = _words()
    if _is_small(word, before, after, words.small):
        return word
    if kept := words.kept.get(word):
        return kept
    if len(word) == 1 or ROMAN.fullmatch(word) or (len(word) <= LONGEST_ACRONYM and not VOWELS.intersection(word)):
        return word.upper()
    return None


def _person_word(word: str, before: str, after: str) -> str | None:
    words = _words()
    if _is_small(word, before, after, words.particles):
        return word
    if (
        before
        and not after
        and len(word) > 1
        and word not in ("do", "ma", "pa", "ms", "dc")
        and (kept := words.credentials.get(word))
    ):
        return kept
    return word.upper() if len(word) == 1 else None


def _spelled_out(text: str, long_forms: dict[str, str]) -> str:
    pieces: list[str] = PIECE.findall(text)
    for at, piece in enumerate(pieces):
        if (long := long_forms.get(piece.lower())) and (at == 0 or pieces[at - 1] not in ("'", "’", "-", ".")):  # noqa: RUF001
            pieces[at] = long.upper() if text.isupper() else long.lower()
            if at + 1 < len(pieces) and pieces[at + 1].startswith("."):
                rest = pieces[at + 1][1:]
                pieces[at + 1] = rest if rest or at + 2 == len(pieces) else " "
    return "".join(pieces)
