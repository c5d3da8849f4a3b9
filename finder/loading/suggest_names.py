"""How far the name of a column is like one of the names that our fields have in files."""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein

from finder.loading.fold import folded
from finder.loading.mapping_file import REPEATABLE, synonyms

__all__ = ["NameLikeness", "is_something_else", "likenesses", "words_of", "words_of_name"]

TYPING_ERROR_FROM = 0.8
"""Similarity by Damerau and Levenshtein: one letter wrong, missing, too many or swapped in five."""
LONG_ENOUGH = 5
"""Letters. In shorter words a letter makes another word: ``zip4``, ``cp``, ``tel``."""
SHORTEST_PART = 3
"""Letters of a word that may stand among others: ``geo_lat`` is a latitude, ``state_id`` no ``id``."""
LEAST = 0.75
WITHIN_OTHERS = 0.95
PER_FILLER = 0.03
WORD = re.compile(r"[^\W\d_]+|\d+")
HUMP = re.compile(r"(?<=[a-záéíóúñü])(?=[A-ZÁÉÍÓÚÑÜ])")


class NameLikeness(NamedTuple):
    """What a column may be by its name."""

    field: str
    """One of ``FIELDS``, or ``identifiers.<scheme>``."""
    likeness: float
    """0 to 1; 1 when it is the very name."""
    synonym: str
    """The name that it is like, as the file of synonyms writes it."""
    place: int
    """Where the synonym stands among those of its field: explicit ones are in front."""


@cache
def words_of(section: str) -> frozenset[str]:
    """The words of a section of ``suggest_words.toml``."""
    text = resources.files("finder.loading").joinpath("suggest_words.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)[section])


def words_of_name(column: str) -> tuple[str, ...]:
    """The words of a column's name, folded: ``tipoUnidad`` and ``TIPO_UNIDAD`` are both ``tipo``, ``unidad``."""
    return tuple(filter(None, map(folded, WORD.findall(HUMP.sub(" ", column)))))


def is_something_else(column: str) -> bool:
    """Whether a word of the name says that it is no field of ours, whatever it looks like: ``fax``, ``COUNTY``, ``ALT_NAME``."""
    return not words_of("something_else").isdisjoint(words_of_name(column))


def likenesses(column: str) -> list[NameLikeness]:
    """The fields that a column may be by its name, for each field its best synonym."""
    whole, words, strange = folded(column), words_of_name(column), is_something_else(column)
    found: dict[str, NameLikeness] = {}
    for field, synonym, place, folded_synonym, parts in _known_names():
        if whole == folded_synonym:
            likeness = 1.0
        elif strange:
            continue
        else:
            likeness = max(_misspelt(whole, folded_synonym) * WITHIN_OTHERS, _within(words, parts, field in REPEATABLE))
        if likeness >= LEAST and (field not in found or likeness > found[field].likeness):
            found[field] = NameLikeness(field, likeness, synonym, place)
    return list(found.values())


@cache
def _known_names() -> tuple[tuple[str, str, int, str, tuple[str, ...]], ...]:
    return tuple(
        (f"identifiers.{field}" if section == "identifiers" else field, name, place, folded(name), words_of_name(name))
        for section, fields in synonyms().items()
        for field, names in fields.items()
        for place, name in enumerate(names)
    )


def _misspelt(one: str, other: str) -> float:
    """1 for the same word, less for one with a typing error, 0 for another word."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < LONG_ENOUGH or _digits_of(one) != _digits_of(other):
        return 0.0
    return DamerauLevenshtein.normalized_similarity(one, other, score_cutoff=TYPING_ERROR_FROM)


def _digits_of(word: str) -> list[str]:
    return [letter for letter in word if letter.isdigit()]


def _within(words: tuple[str, ...], parts: tuple[str, ...], numbered: bool) -> float:
    """How sure it is that ``words`` are the synonym's ``parts`` and others that say nothing, such as whose they are.

    ``numbered`` fields may have several columns; of others a second one, such as ``zip4``, is something else.
    """
    left = list(words)
    score = WITHIN_OTHERS
    for part in parts:
        if len(part) < SHORTEST_PART and part not in words_of("filler"):
            return 0.0
        best = max(left, key=lambda word: _misspelt(word, part), default="")
        likeness = _misspelt(best, part) if best else 0.0
        if not likeness:
            return 0.0
        score *= likeness
        left.remove(best)
    if any(word not in words_of("filler") and not (numbered and word.isdigit()) for word in left):
        return 0.0
    return score - PER_FILLER * len(left)
