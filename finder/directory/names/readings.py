"""The ways in which typed words can be read as words of a name: as typed, joined ("mc donald"), parted ("delacruz")."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from finder.directory.names.name_words import tells, without_titles
from finder.directory.names.vocabulary import Vocabulary

__all__ = ["MOST_UNITS", "Reading", "Unit", "readings"]

MOST_UNITS = 10
"""Words of a query that are looked for; of more the first that tell are."""
_MOST_READINGS = 6
_MOST_PARTS = 3
_LEAST_LETTERS_OF_PART = 2
_MOST_LETTERS_TO_PART = 24


class Unit(NamedTuple):
    """One folded word to look for, and whether it may go on behind what was typed."""

    word: str
    unfinished: bool

    @property
    def tells(self) -> bool:
        """Whether a name must have it; what is not finished may still become a word that tells."""
        return self.unfinished or tells(self.word)


class Reading(NamedTuple):
    """Units to find; what is ``altered`` counts a little less, and only where all of it is found."""

    units: tuple[Unit, ...]
    altered: bool


def readings(typed: Sequence[str], vocabulary: Vocabulary, *, unfinished: bool) -> list[Reading]:
    """Return the readings of folded words, the plain one first; titles are left out. None without words."""
    if not typed:
        return []
    whole = [Unit(word, unfinished and at == len(typed) - 1) for at, word in enumerate(typed)]
    bare = set(without_titles(typed))
    plain = [unit for unit in whole if unit.word in bare]
    found = {_few(plain): False}
    if unfinished and plain[-1] != whole[-1]:
        found[_few([*plain, whole[-1]])] = False  # "juan dr": a title behind the name, or the beginning of Drake
    for altered in (*_joined(plain, vocabulary), *_parted(plain, vocabulary)):
        found.setdefault(_few(altered), True)
    return [Reading(units, altered) for units, altered in found.items()][:_MOST_READINGS]


def _few(units: Sequence[Unit]) -> tuple[Unit, ...]:
    if len(units) > MOST_UNITS:
        units = [unit for unit in units if unit.tells] or units
    return tuple(units[:MOST_UNITS])


def _joined(units: Sequence[Unit], vocabulary: Vocabulary) -> list[list[Unit]]:
    """Two or three neighbours as one word, where a name has that word."""
    found: list[list[Unit]] = []
    for count in range(2, _MOST_PARTS + 1):
        for at in range(len(units) - count + 1):
            joined = Unit("".join(unit.word for unit in units[at : at + count]), units[at + count - 1].unfinished)
            if vocabulary.entries(joined.word, unfinished=joined.unfinished):
                found.append([*units[:at], joined, *units[at + count :]])
    return found


def _parted(units: Sequence[Unit], vocabulary: Vocabulary) -> list[list[Unit]]:
    """One word as two or three, where names have each of them."""
    found: list[list[Unit]] = []
    for at, unit in enumerate(units):
        parts = _parts(unit, vocabulary)
        if parts:
            found.append([*units[:at], *parts, *units[at + 1 :]])
    return found


def _parts(unit: Unit, vocabulary: Vocabulary) -> list[Unit]:
    """Part a word so that the rarest of its parts is as frequent as can be; empty when no name has all parts of any way."""
    length = len(unit.word)
    if length > _MOST_LETTERS_TO_PART:
        return []
    entries: dict[tuple[int, int], int] = {}
    best: list[Unit] = []
    most = 0
    for count in range(1, _MOST_PARTS):
        for cuts in combinations(range(_LEAST_LETTERS_OF_PART, length - _LEAST_LETTERS_OF_PART + 1), count):
            spans = list(zip((0, *cuts), (*cuts, length), strict=True))
            if min(end - start for start, end in spans) < _LEAST_LETTERS_OF_PART:
                continue
            for start, end in spans:
                if (start, end) not in entries:
                    beginning = unit.unfinished and end == length
                    entries[start, end] = vocabulary.entries(unit.word[start:end], unfinished=beginning)
                if entries[start, end] <= most:
                    break
            else:
                most = min(entries[span] for span in spans)
                best = [Unit(unit.word[start:end], unit.unfinished and end == length) for start, end in spans]
    return best
