"""The connecting words of a part: "que hable" before "inglés", "speaking" behind "English"; they go when the part goes."""

from collections.abc import Iterator, Sequence
from functools import cache

from finder.directory.understanding.needs import needs
from finder.directory.understanding.phrases import Candidate
from finder.directory.understanding.runs import Reading
from finder.directory.understanding.spelling import sound
from finder.directory.understanding.types import PartKind
from finder.words.folding import words

__all__ = ["with_connecting_words"]


_CARE = frozenset({PartKind.SPECIALTY, PartKind.SERVICE, PartKind.KIND})
_ARTICLES = frozenset({"a", "an", "un", "una", "the", "el", "la", "some"})
"""Before "female dentist" the article is the dentist's."""


@cache
def _language_words() -> tuple[frozenset[str], frozenset[str]]:
    said = needs().language_words
    return _with_sounds(said.lead), _with_sounds(said.tail)


@cache
def _with_sounds(phrases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(form for phrase in phrases for word in words(phrase) for form in (word, sound(word)))


@cache
def _place_connectors() -> frozenset[str]:
    return frozenset(word for phrase in needs().place_connectors for word in words(phrase))


def with_connecting_words(
    parts: Sequence[Candidate], cover: Sequence[Candidate], reading: Reading
) -> Iterator[tuple[Candidate, int, int]]:
    """Each part with the tokens, from and up to, that it spans. Parts are in order, and their spans do not overlap."""
    # "near me" stays together.
    apart = {at for one in cover if one.kind is None and one.last - one.first > 1 for at in range(one.first, one.last)}
    behind = 0
    for number, part in enumerate(parts):
        next_first = parts[number + 1].first if number + 1 < len(parts) else len(reading)
        leads, tails = _belonging(part, reading)
        first, last = part.first, part.last
        while last < next_first and not reading.tokens[last].after_break and last not in apart and _is(reading.word(last), tails):
            last += 1
        before_noun = part.kind not in _CARE and last == next_first < len(reading)
        while first > behind and not reading.tokens[first].after_break and first - 1 not in apart:
            word = reading.lexicon.as_small(reading.word(first - 1))
            if word in reading.lexicon.titles and first != part.first and reading.word(first) not in reading.lexicon.titles:
                break
            if (before_noun and word in _ARTICLES) or not (word in reading.lexicon.connecting or _is(word, leads)):
                break
            first -= 1
        behind = last
        yield part, first, last


def _belonging(part: Candidate, reading: Reading) -> tuple[frozenset[str], frozenset[str]]:
    if part.kind is PartKind.LANGUAGE:
        return _language_words()
    if part.kind is PartKind.NAME:
        return reading.lexicon.titles | _place_connectors(), frozenset()
    need = part.entry.need if part.entry is not None else None
    if need is None:
        return frozenset(), frozenset()
    return _with_sounds(need.lead), _with_sounds(need.tail)


def _is(word: str, forms: frozenset[str]) -> bool:
    return word in forms or (len(word) >= 4 and sound(word) in forms)
