"""Words that say that a life is in danger: whoever types them sees the emergency number before anything else."""

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

import msgspec
from rapidfuzz.distance import OSA

from finder.words.folding import fold, words
from finder.words.ordinary import ordinary_words

__all__ = ["RedFlag", "red_flag_in", "red_flags"]

_MAX_BETWEEN = 5
"""So many other words may stand between two words of one sign: ``me duele desde ayer en la noche el pecho``."""
_MIN_FUZZY_LETTERS = 5
_MAX_FUZZY_LETTERS = 30
_MAX_WORDS = 200
"""A question has fewer words; what is pasted in is read to here, so that the time it takes has a bound."""

type _Places = Mapping[str, tuple[int, ...]]
"""Where in the text each word of the signs stands, mistyped or not."""


class RedFlag(msgspec.Struct, frozen=True, kw_only=True):
    """One danger, and what it is called in the two languages."""

    id: str
    label_en: str
    label_es: str
    crisis: bool = False
    """A danger of one's own hand: the crisis line is offered beside the emergency number."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A flag as the file has it."""

    id: str
    label_en: str
    label_es: str
    crisis: bool = False
    signs: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``red_flags.toml``."""

    real_words: frozenset[str]
    harmless: tuple[str, ...]
    red_flag: tuple[_Entry, ...]


class _Sign(NamedTuple):
    """A row of words that means something when all of them are there."""

    slots: tuple[frozenset[str], ...]
    """The alternatives for each word."""
    in_order: bool
    """Whether they must stand in this order and side by side."""
    flag: int
    """The position of the flag that it is a sign of."""


class _SignIndex:
    """Signs by the words of their rarest slot: few of them need a look for any one text."""

    def __init__(self, signs: Iterable[_Sign]) -> None:
        self.words: set[str] = set()
        self._by_word: dict[str, list[_Sign]] = {}
        for sign in signs:
            self.words.update(*sign.slots)
            for word in min(sign.slots, key=len):
                self._by_word.setdefault(word, []).append(sign)

    def candidates(self, places: _Places) -> Iterator[_Sign]:
        """The signs each of whose slots has a word among those that were found."""
        for word in places:
            for sign in self._by_word.get(word, ()):
                if not any(slot.isdisjoint(places) for slot in sign.slots):
                    yield sign


class _Signs:
    """The file, taken apart once."""

    def __init__(self, file: _File) -> None:
        self.flags = [
            RedFlag(id=entry.id, label_en=entry.label_en, label_es=entry.label_es, crisis=entry.crisis) for entry in file.red_flag
        ]
        self.harmless = _SignIndex(_sign(f"> {written}", 0) for written in file.harmless)
        self.alarming = _SignIndex(_sign(written, at) for at, entry in enumerate(file.red_flag) for written in entry.signs)
        self.exact = self.harmless.words | self.alarming.words
        self.mistyped: dict[str, list[str]] = {}
        """Words of the signs by what is left of them without one letter: one edit apart are only words that share such a rest."""
        for word in sorted(self.exact):
            for rest in _rests(word) if len(word) >= _MIN_FUZZY_LETTERS else ():
                self.mistyped.setdefault(rest, []).append(word)
        self.real_words = file.real_words | ordinary_words()

    def places(self, typed: Sequence[str | None]) -> _Places:
        """Where the words of the signs stand in a text whose harmless words are ``None``."""
        found: dict[str, list[int]] = {}
        for at, word in enumerate(typed):
            for meant in self._meant(word) if word else ():
                found.setdefault(meant, []).append(at)
        return {word: tuple(places) for word, places in found.items()}

    def _meant(self, word: str) -> Sequence[str]:
        """The words of the signs that a typed word may be: itself, else those that are one edit away."""
        if word in self.exact:
            return (word,)
        if word in self.real_words or not _MIN_FUZZY_LETTERS - 1 <= len(word) <= _MAX_FUZZY_LETTERS:
            return ()
        near = {meant for rest in _rests(word) for meant in self.mistyped.get(rest, ())}
        return [meant for meant in near if OSA.distance(word, meant, score_cutoff=1) <= 1]


def red_flags() -> tuple[RedFlag, ...]:
    """Every danger that is known, in the order in which they are looked for."""
    return tuple(_signs().flags)


def red_flag_in(text: str) -> RedFlag | None:
    """The danger that a text speaks of, or ``None``.

    Accents, word order, words between and one typing error in a word of five letters or more are forgiven. It errs towards
    the alarm; what only names a test, a course or a specialist does not alarm.
    """
    signs = _signs()
    typed: list[str | None] = list(words(text)[:_MAX_WORDS])
    places = signs.places(typed)
    for sign in signs.harmless.candidates(places):
        for start in _side_by_side(sign.slots, places):
            typed[start : start + len(sign.slots)] = [None] * len(sign.slots)
    if None in typed:
        places = signs.places(typed)
    flag = min((sign.flag for sign in signs.alarming.candidates(places) if _is_there(sign, places)), default=None)
    return None if flag is None else signs.flags[flag]


def _is_there(sign: _Sign, places: _Places) -> bool:
    if sign.in_order:
        return bool(_side_by_side(sign.slots, places))
    return _is_near([sorted(_standing(slot, places)) for slot in sign.slots], ())


def _is_near(standing: Sequence[Sequence[int]], taken: tuple[int, ...]) -> bool:
    """Whether each slot can have a word of its own such that neighbours in the text are near enough to each other."""
    step = _MAX_BETWEEN + 1
    if len(taken) == len(standing):
        return all(after - before <= step for before, after in pairwise(sorted(taken)))
    reach = step * (len(standing) - 1)
    return any(
        _is_near(standing, (*taken, at))
        for at in standing[len(taken)]
        if at not in taken and (not taken or abs(at - taken[0]) <= reach)
    )


def _side_by_side(slots: Sequence[Collection[str]], places: _Places) -> set[int]:
    """Where the slots stand one behind the other: the positions of the first."""
    starts = _standing(slots[0], places)
    for offset, slot in enumerate(slots[1:], start=1):
        if not starts:
            break
        starts &= {at - offset for at in _standing(slot, places)}
    return starts


def _standing(slot: Collection[str], places: _Places) -> set[int]:
    return {at for word in slot for at in places.get(word, ())}


@cache
def _signs() -> _Signs:
    text = resources.files("finder.care").joinpath("red_flags.toml").read_text("utf-8")
    return _Signs(msgspec.convert(tomllib.loads(text), _File))


def _rests(word: str) -> set[str]:
    """The word, and the word without each of its letters."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _sign(written: str, flag: int) -> _Sign:
    """``"> got|been shot"`` and ``"duele|dolor pecho"`` taken apart; words are folded, as those of the text are."""
    slots = tuple(frozenset(fold(word) for word in slot.split("|")) for slot in written.removeprefix(">").split())
    return _Sign(slots, written.startswith(">"), flag)
