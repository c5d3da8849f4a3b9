"""Specialties and services while somebody types: what the words so far may become."""

from collections import defaultdict
from functools import cache
from itertools import count
from typing import NamedTuple

from finder.care.specialties import Specialty, specialties
from finder.directory.understanding.lexicon import DOCTOR, SOUNDS_ALIKE, lexicon
from finder.directory.understanding.types import MOST_LETTERS
from finder.words.folding import fold, words

__all__ = ["suggest_specialties"]

_LEAST = 0.6
_NAME, _LAY = 1.0, 0.97
"""What a whole phrase counts: the name and calling in the language asked for, and every other one."""
_WHOLE, _BEGUN = 1.0, 0.87
"""A phrase that is there in full, "doctor" aside, goes before one of which words are missing, however many."""
_STEPS = 20
"""Scores that differ by less than a step are equal: then the file's order counts, which has the common ones first."""
_IN_ORDER, _MIXED = 1.0, 0.9


class _Phrase(NamedTuple):
    """A phrase of the specialty ``number``: its place among all, its words, and whether it is a name in English, in Spanish."""

    place: int
    number: int
    words: tuple[str, ...]
    english: bool
    spanish: bool


def suggest_specialties(text: str, language: str, limit: int) -> list[Specialty]:
    """The specialties and services that a text typed so far may mean, best first; of equals the one first in the file.

    ``language``: BCP 47; names in it come before those of the other language. An empty text gives all of them by their names
    in that language. Typing errors and any order of the words are forgiven, the last word may be unfinished.
    """
    care = specialties().all
    text = text[:MOST_LETTERS]
    typed = words(text)
    if not typed:
        return sorted(care, key=lambda one: fold(one.name(language)))[: max(0, limit)]
    compiled = lexicon()
    telling = [word for word in typed if word not in compiled.fillers] or typed
    unfinished = text[-1].isalnum()
    alike = [_alike(word, unfinished=at == len(telling) and unfinished) for at, word in enumerate(telling, 1)]
    spanish = language.casefold().startswith("es")
    scores: dict[int, float] = {}
    rarest = min(alike, key=len)
    for phrase in {phrase.place: phrase for word in rarest for phrase in _phrases_with().get(word, ())}.values():
        score = _score(phrase, telling, alike)
        if score > 0.0:
            score *= _NAME if (phrase.spanish if spanish else phrase.english) or score <= _BEGUN else _LAY
            scores[phrase.number] = max(scores.get(phrase.number, 0.0), score)
    best = sorted(
        (number for number, score in scores.items() if score >= _LEAST),
        key=lambda number: (-round(scores[number] * _STEPS), number),
    )
    return [care[number] for number in best[: max(0, limit)]]


def _alike(word: str, *, unfinished: bool) -> dict[str, float]:
    """The words that are meant and how surely. Nothing is guessed at a word whose letters go on to one of ours."""
    found = {other: hit.likeness for other, hit in lexicon().hits(word, unfinished=unfinished, least_prefix=1).items()}
    going_on = {other: like for other, like in found.items() if other.startswith(word) or like >= SOUNDS_ALIKE}
    return going_on or found


@cache
def _phrases_with() -> dict[str, list[_Phrase]]:
    """The phrases by each of their words."""
    compiled = lexicon()
    found: defaultdict[str, list[_Phrase]] = defaultdict(list)
    places = count()
    for number, one in enumerate(specialties().all):
        english, spanish = (
            {fold(name) for name in both} for both in ((one.name_en, one.person_en), (one.name_es, one.person_es))
        )
        for phrase in dict.fromkeys(map(fold, one.phrases())):
            bare = compiled.telling_words(phrase)
            entry = _Phrase(next(places), number, bare, phrase in english, phrase in spanish)
            for word in dict.fromkeys(bare):
                found[word].append(entry)
    return dict(found)


def _score(phrase: _Phrase, typed: list[str], alike: list[dict[str, float]]) -> float:
    """0 where a typed word is not in the phrase; 1 where both are the same."""
    free = list(phrase.words)
    total, in_order = 0.0, True
    for at in range(len(typed)):
        like, best = max(((alike[at].get(word, 0.0), word) for word in free), default=(0.0, ""))
        if like <= 0.0:
            return 0.0
        in_order = in_order and phrase.words[at] == best
        free.remove(best)
        total += like * len(typed[at])
    share = _WHOLE if not free or free == [DOCTOR] else _BEGUN
    return total / sum(map(len, typed)) * share * (_IN_ORDER if in_order else _MIXED)
