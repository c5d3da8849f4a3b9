"""Looking up names: a score from 0 to 1 that can be compared between queries, *alignment* x *cover* x 0.4 for each word missing.

The *alignment* gives each typed word a word of one name of the entry, one to one in any order: the mean of their likeness, rare
words weighing more; particles ("de la") together weigh a tenth. The *cover* is 1 when all words of the name that tell are typed,
0.97 when at least two are, 0.9 for one: it does not depend on how long the rest of the name is, so that all 20,000 Ramírez score
the same and the caller may choose the nearest. An entry that has all words scores more than every one that lacks a word; where
there is one, no other is listed. Joined or parted words ("delacruz") count 0.97, and only where all are there.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from finder.directory.names.files import NameArrays
from finder.directory.names.kernels import FULL, MISSED, score_all, score_entries
from finder.directory.names.readings import Reading, readings
from finder.directory.names.vocabulary import MOST_LETTERS, Vocabulary
from finder.errors import Damaged
from finder.words.folding import words

__all__ = ["NameIndex", "NameMatches"]

_PARTICLES_WEIGH = 0.1
_HAS_ALL = 0.45
"""Less than every score of an entry that has all words: 0.6375 (unfinished, with a typo) · 0.9 · 0.9 · 0.97. More than 0.4."""
_LEAST = 0.1
"""What scores less is not listed: it has the frequent one of two words, or one of three."""
_MANY = 0.3
"""The share of all entries from which on it is faster to score them all in order than those that have a word, here and there."""
_DAMAGED = "The index of names cannot be read: publish again with `finder publish`."


class NameMatches(NamedTuple):
    """Items, best first, and their scores: above 0, at most 1. Arrays of the same length."""

    items: NDArray[np.int64]
    scores: NDArray[np.float32]


class NameIndex:
    """An index that :func:`finder.directory.names.build.build_names` made, memory-mapped. Threads may share it."""

    def __init__(self, arrays: NameArrays) -> None:
        self._arrays = arrays
        self._vocabulary = Vocabulary(arrays)

    def __len__(self) -> int:
        return len(self._arrays.items)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the index in ``folder``.

        Raises :class:`Damaged` when there is none, or a file of it is missing or not as it was written.
        """
        arrays = NameArrays.open(folder)
        try:
            return cls(arrays)
        except (ValueError, IndexError) as error:
            raise Damaged(_DAMAGED) from error

    def knows(self, word: str) -> int:
        """How many items have this very word in a name, folded; of more words than one, the rarest."""
        try:
            return min((self._vocabulary.entries(part, unfinished=False) for part in _folded([word])), default=0)
        except (ValueError, IndexError) as error:
            raise Damaged(_DAMAGED) from error

    def likely(self, word: str) -> float:
        """1.0 for a word of a name, else the likeness of the word of a name that is most like it, 0.0 when none is."""
        try:
            likenesses = (self._vocabulary.alike(part, unfinished=False)[1] for part in _folded([word]))
            return min((float(like.max(initial=0.0)) for like in likenesses), default=0.0)
        except (ValueError, IndexError) as error:
            raise Damaged(_DAMAGED) from error

    def search(self, typed: Sequence[str], *, unfinished: bool, limit: int = 2000) -> NameMatches:
        """The items whose names are most like the typed words, best first; of equals those that were built first.

        Accents, case, titles, word order, typos (:func:`finder.words.likeness.likeness`), words joined or parted and, when
        ``unfinished``, a last word that goes on are forgiven. More than 300 letters are cut off.
        """
        if limit < 1 or not len(self):
            return NameMatches(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        scores = np.zeros(len(self), dtype=np.float32)
        try:
            for reading in readings(_folded(typed), self._vocabulary, unfinished=unfinished):
                self._score(reading, scores, limit)
        except (ValueError, IndexError) as error:
            raise Damaged(_DAMAGED) from error
        best = _best(scores, _HAS_ALL if scores.max(initial=0.0) >= _HAS_ALL else _LEAST, limit)
        return NameMatches(self._arrays.items[best], scores[best])

    def suggest(self, text: str, limit: int) -> list[int]:
        """The items that a text typed so far may become the name of, best first. Its last word is taken as unfinished
        unless a blank or the like is behind it.
        """
        typed = words(text[:MOST_LETTERS])
        unfinished = len(words(f"{text[:MOST_LETTERS]}x")) == len(typed)
        return self.search(typed, unfinished=unfinished, limit=limit).items.tolist()

    def _score(self, reading: Reading, scores: NDArray[np.float32], limit: int) -> None:
        """Raise ``scores``, by entry, to what this reading gives, at least of all entries that will be listed."""
        arrays, units = self._arrays, reading.units
        alike = [self._vocabulary.alike(unit.word, unfinished=unit.unfinished) for unit in units]
        entries = [int((arrays.posting_starts[numbers + 1] - arrays.posting_starts[numbers]).sum()) for numbers, _ in alike]
        must = np.array([unit.tells for unit in units])
        if not must.any():
            must[:] = True
        gains = np.zeros((len(units), len(self._vocabulary)), dtype=np.int32)
        weights = _weights(entries, must, len(self))
        for unit, full in enumerate(weights):
            numbers, like = alike[unit]
            gains[unit, numbers] = np.maximum(1, np.rint(full * like))
        seen = np.zeros(len(self), dtype=np.bool_)
        names = (arrays.name_starts, arrays.word_starts, arrays.name_words, arrays.telling)
        left, missed = FULL, 1.0
        # What has all words has the rarest of them. Then ``most`` is what an entry can score that has none of those looked for.
        for unit in sorted(np.flatnonzero(must).tolist(), key=lambda unit: (entries[unit], unit)):
            if entries[unit] > len(self) * _MANY:
                score_all(*names, gains, must, reading.altered, scores)
                break
            having = alike[unit][0]
            score_entries(having, arrays.postings, arrays.posting_starts, *names, gains, must, reading.altered, seen, scores)
            left -= weights[unit]
            missed *= MISSED
            most = missed * left / FULL
            if reading.altered or most < _LEAST or scores.max() >= _HAS_ALL or np.count_nonzero(scores > most) >= limit:
                break


def _folded(typed: Sequence[str]) -> list[str]:
    return words(" ".join(typed)[:MOST_LETTERS])


def _weights(entries: Sequence[int], must: NDArray[np.bool_], size: int) -> list[int]:
    """Return what each unit weighs, in sum FULL: the rarer the more."""
    rarity = np.array([math.log(1.0 + size / min(max(count, 1), size)) for count in entries])
    telling, others = rarity[must].sum(), rarity[~must].sum()
    if others:
        rarity[must] *= (1.0 - _PARTICLES_WEIGH) * others / (_PARTICLES_WEIGH * telling)
    weights = np.rint(rarity / rarity.sum() * FULL).astype(np.int64)
    weights[weights.argmax()] += FULL - weights.sum()
    return weights.tolist()


def _best(scores: NDArray[np.float32], least: float, limit: int) -> NDArray[np.int64]:
    """Return where the ``limit`` highest scores from ``least`` up are, highest first; of equals the first."""
    found = np.flatnonzero(scores >= least)
    if len(found) > limit:
        edge = np.partition(scores[found], len(found) - limit)[len(found) - limit]
        above = found[scores[found] > edge]
        found = np.concatenate((above, found[scores[found] == edge][: limit - len(above)]))
    return found[np.lexsort((found, -scores[found]))]
