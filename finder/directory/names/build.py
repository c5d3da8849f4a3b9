"""Building an index of names into flat arrays, in little memory."""

from array import array
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.directory.names.files import NameArrays
from finder.directory.names.name_words import MOST_WORDS, tells, without_titles
from finder.directory.names.readings import MOST_UNITS
from finder.errors import BadInput
from finder.words.folding import spelled_out, words

__all__ = ["NameEntry", "build_names"]

_REMEMBERED = 1 << 17
"""How many written words are remembered with what they fold to: folding is what takes the time, and names repeat."""


class NameEntry(NamedTuple):
    """What is called by these names. ``item``: any number from 0, one entry each; ``names``: the main name first."""

    item: int
    names: tuple[str, ...]


def build_names(folder: Path, entries: Iterable[NameEntry]) -> int:
    """Build the index in a new or empty folder; the number of entries in it.

    Streams: memory is about 20 bytes a word of all names, and 150 bytes a distinct word. Of what answers a query equally well,
    earlier entries go first. Raises :class:`BadInput` when the folder holds something already, when an item is negative or
    comes twice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BadInput(f"The folder {folder.name} is not empty: an index of names is built in a new one.")
    collected = _Collected()
    for entry in entries:
        collected.add(entry)
    arrays = collected.arrays()
    arrays.save(folder)
    return len(arrays.items)


class _Collected:
    """All names so far, their words numbered in the order in which they came."""

    def __init__(self) -> None:
        self._items = array("q")
        self._name_starts = array("q", [0])
        self._word_starts = array("q", [0])
        self._name_words = array("I")
        self._telling = array("B")
        self._numbers: dict[str, int] = {}
        self._folded = lru_cache(_REMEMBERED)(words)

    def add(self, entry: NameEntry) -> None:
        """Append one entry."""
        if entry.item < 0:
            raise BadInput("An item of an index of names is a number from 0.")
        self._items.append(entry.item)
        for name in dict.fromkeys(entry.names):
            # Blank by blank is what folding the whole name gives, since a blank never survives it.
            folded = [word for written in name.split() for word in self._folded(written)]
            kept = without_titles(folded)[:MOST_WORDS]
            self._name_words.extend([self._numbers.setdefault(word, len(self._numbers)) for word in kept])
            self._word_starts.append(len(self._name_words))
            self._telling.append(min(MOST_UNITS, sum(map(tells, kept)) or len(kept)))
        self._name_starts.append(len(self._telling))

    def arrays(self) -> NameArrays:
        """Number the words anew in order, and turn names over into postings."""
        items = np.array(self._items, dtype=np.int64)
        if len(np.unique(items)) != len(items):
            raise BadInput("An item comes twice among the names: give all names of an item in one entry.")
        vocabulary = sorted(self._numbers)
        renumbered = np.empty(len(vocabulary), dtype=np.uint32)
        renumbered[[self._numbers[word] for word in vocabulary]] = np.arange(len(vocabulary), dtype=np.uint32)
        name_words = renumbered[np.frombuffer(self._name_words, dtype=np.uint32)]
        name_starts = np.array(self._name_starts, dtype=np.int64)
        word_starts = np.array(self._word_starts, dtype=np.int64)
        postings, posting_starts = _postings(name_words, word_starts[name_starts], len(vocabulary))
        letters = np.frombuffer("".join(vocabulary).encode("utf-32-le"), dtype="<u4").astype(np.uint32)
        letter_starts = _starts(np.fromiter(map(len, vocabulary), dtype=np.int64, count=len(vocabulary)))
        return NameArrays(
            letters=letters,
            letter_starts=letter_starts,
            signatures=_signatures(letters, letter_starts),
            short_forms=np.array([at for at, word in enumerate(vocabulary) if spelled_out(word) != word], dtype=np.int64),
            postings=postings,
            posting_starts=posting_starts,
            items=items,
            name_starts=name_starts,
            word_starts=word_starts,
            name_words=name_words,
            telling=np.array(self._telling, dtype=np.uint8),
        )


def _postings(
    name_words: NDArray[np.uint32], entry_starts: NDArray[np.int64], words_count: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return for each word the entries that have it, each once; ``entry_starts``: entry → where its words begin."""
    keys = name_words.astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.repeat(np.arange(len(entry_starts) - 1, dtype=np.uint32), np.diff(entry_starts))
    keys.sort()
    first = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    keys = keys[first]
    counts = np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=words_count)
    return keys.astype(np.uint32), _starts(counts)  # the cast keeps the low half, which is the entry


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)))


def _signatures(letters: NDArray[np.uint32], letter_starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    if not len(letters):
        return np.zeros(0, dtype=np.uint64)
    bits = np.uint64(1) << (letters & np.uint32(63)).astype(np.uint64)
    return np.bitwise_or.reduceat(bits, letter_starts[:-1])
