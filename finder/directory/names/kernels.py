"""Every numba function of this room: looking through the words, and scoring the names that have them.

They are in one file since numba's cache on disk notices a change only in the file of the function that it cached. Whatever is
read from a file of the index is checked before it is used to index, so that a damaged one cannot make these read outside.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["FULL", "MISSED", "lower_bound", "score_all", "score_entries", "similar_words"]

FULL = 1 << 20
"""The sum of the gains of a query whose words are all there exactly."""
_FOUND = 1 << 24
"""What finding a word that must be there counts in an alignment, beside its gain: more than all gains."""
_COVER_ONE, _COVER_SOME = 0.9, 0.97
"""So near to 1 that who has the very word goes before who has a word like it and nothing else."""
MISSED = 0.4
"""By what a score is multiplied for each word that must be there and is not."""
_ALTERED = 0.97


@njit(cache=True, nogil=True)
def _span(starts: NDArray[np.int64], row: int, size: int) -> tuple[int, int]:
    """Return where the elements of a row begin and end, inside an array of ``size``."""
    start = min(max(starts[row], 0), size)
    return start, min(max(starts[row + 1], start), size)


@njit(cache=True, nogil=True)
def lower_bound(letters: NDArray[np.uint32], letter_starts: NDArray[np.int64], key: NDArray[np.uint32]) -> int:
    """Return how many words come before ``key`` (code points) in order."""
    low, high = 0, len(letter_starts) - 1
    while low < high:
        middle = (low + high) // 2
        start, end = _span(letter_starts, middle, len(letters))
        before = end - start < len(key)
        for at in range(min(end - start, len(key))):
            if letters[start + at] != key[at]:
                before = letters[start + at] < key[at]
                break
        if before:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _more_than(bits: np.uint64, most: int) -> bool:
    """Tell whether more than ``most`` bits are set."""
    for _ in range(most):
        if not bits:
            return False
        bits &= bits - np.uint64(1)
    return bits != 0


@njit(cache=True, nogil=True)
def _within(first: NDArray[np.uint32], second: NDArray[np.uint32], most: int, rows: NDArray[np.int64]) -> bool:
    """Tell whether the optimal string alignment distance is ``most`` or less. ``rows``: room for 3 rows of the table."""
    if abs(len(first) - len(second)) > most:
        return False
    for column in range(len(second) + 1):
        rows[0, column] = column
    for row in range(1, len(first) + 1):
        here, above, above_that = rows[row % 3], rows[(row - 1) % 3], rows[(row - 2) % 3]
        here[0] = row
        least = row
        for column in range(1, len(second) + 1):
            edits = above[column - 1] + (first[row - 1] != second[column - 1])
            edits = min(edits, above[column] + 1, here[column - 1] + 1)
            if row > 1 and column > 1 and first[row - 1] == second[column - 2] and first[row - 2] == second[column - 1]:
                edits = min(edits, above_that[column - 2] + 1)
            here[column] = edits
            least = min(least, edits)
        # A transposition may jump over one row, but then that row's own neighbours are not more than this either.
        if least > most:
            return False
    return rows[len(first) % 3, len(second)] <= most


@njit(cache=True, nogil=True)
def similar_words(  # noqa: PLR0917  # numba passes arguments by position
    letters: NDArray[np.uint32],
    letter_starts: NDArray[np.int64],
    signatures: NDArray[np.uint64],
    key: NDArray[np.uint32],
    most: int,
    prefix_most: int,
    skip_from: int,
    skip_to: int,
) -> NDArray[np.int64]:
    """Return the words within ``most`` edits of ``key``, or whose beginning of its length is within ``prefix_most`` (-1: none).

    Words from ``skip_from`` up to ``skip_to`` are left out. A word lacks at most as many letters of the key as there are edits,
    and the other way round: comparing two sets of bits rules out nearly all words.
    """
    signature = np.uint64(0)
    for letter in key:
        signature |= np.uint64(1) << np.uint64(letter & np.uint32(63))
    rows = np.empty((3, len(key) + most + 2), dtype=np.int64)
    found = np.empty(len(signatures), dtype=np.int64)
    count = 0
    for word in range(len(signatures)):
        lacking = signature & ~signatures[word]
        if (lacking and _more_than(lacking, max(most, prefix_most))) or skip_from <= word < skip_to:
            continue
        start, end = _span(letter_starts, word, len(letters))
        spare = end - start - len(key)
        if spare < -most:
            continue
        alike = False
        if spare <= most and not _more_than(signatures[word] & ~signature, most):
            alike = _within(key, letters[start:end], most, rows)
        if not alike and prefix_most >= 0 and spare > 0 and not _more_than(lacking, prefix_most):
            alike = _within(key, letters[start : start + len(key)], prefix_most, rows)
        if alike:
            found[count] = word
            count += 1
    return found[:count].copy()


@njit(cache=True, nogil=True)
def _aligned(  # noqa: PLR0917  # slices would cost more than the work
    name_words: NDArray[np.uint32],
    start: int,
    end: int,
    gains: NDArray[np.int32],
    must: NDArray[np.bool_],
    subsets: NDArray[np.int64],
) -> int:
    """Return the best one to one alignment of the units with the words from ``start`` to ``end``: found x ``_FOUND`` + gains."""
    units, vocabulary = gains.shape
    used, total = np.uint64(0), 0
    clash = False
    for unit in range(units):
        best, where = 0, np.uint64(0)
        for at in range(start, end):
            word = name_words[at]
            if word < vocabulary and gains[unit, word] > best:
                best, where = gains[unit, word], np.uint64(1) << np.uint64((at - start) & 63)
        if best > 0:
            clash = clash or (used & where) != 0
            used |= where
            total += best + (_FOUND if must[unit] else 0)
    if not clash:
        return total
    # Two units want the same word. By words: the best for each subset of the units, each word taking one unit or none.
    subsets[:] = 0
    for word in name_words[start:end]:
        if word >= vocabulary:
            continue
        for subset in range(len(subsets) - 1, 0, -1):
            for unit in range(units):
                if subset >> unit & 1 and gains[unit, word] > 0:
                    value = gains[unit, word] + (_FOUND if must[unit] else 0)
                    subsets[subset] = max(subsets[subset], subsets[subset ^ (1 << unit)] + value)
    return subsets[-1]


@njit(cache=True, nogil=True)
def _score(  # noqa: PLR0917  # numba passes arguments by position
    entry: int,
    name_starts: NDArray[np.int64],
    word_starts: NDArray[np.int64],
    name_words: NDArray[np.uint32],
    telling: NDArray[np.uint8],
    gains: NDArray[np.int32],
    must: NDArray[np.bool_],
    altered: bool,
    wanted: int,
    subsets: NDArray[np.int64],
) -> float:
    """Return what the best of an entry's names scores. ``wanted``: how many units must be there."""
    best = 0.0
    first_name, last_name = _span(name_starts, entry, len(telling))
    for name in range(first_name, last_name):
        start, end = _span(word_starts, name, len(name_words))
        aligned = _aligned(name_words, start, end, gains, must, subsets)
        found = aligned // _FOUND
        if aligned == 0 or (altered and found < wanted):
            continue
        cover = 1.0 if found >= telling[name] else _COVER_SOME if found > 1 else _COVER_ONE
        score = (aligned % _FOUND) / FULL * cover
        if found < wanted:
            score *= MISSED ** (wanted - found)
        best = max(best, score * _ALTERED if altered else score)
    return best


@njit(cache=True, nogil=True)
def score_entries(  # noqa: PLR0917  # one hot loop; numba passes arguments by position
    having: NDArray[np.int64],
    postings: NDArray[np.uint32],
    posting_starts: NDArray[np.int64],
    name_starts: NDArray[np.int64],
    word_starts: NDArray[np.int64],
    name_words: NDArray[np.uint32],
    telling: NDArray[np.uint8],
    gains: NDArray[np.int32],
    must: NDArray[np.bool_],
    altered: bool,
    seen: NDArray[np.bool_],
    scores: NDArray[np.float32],
) -> None:
    """Raise ``scores`` of the entries that have one of the words ``having`` to what they score, unless they were ``seen``.

    ``gains``, shape (units, words): what a word brings a unit, 0 where it is not like it. ``must``: the units that tell.
    ``altered``: what was typed has been joined or parted; entries that lack a unit do not count, and others a little less.
    """
    subsets, wanted = np.zeros(1 << len(must), dtype=np.int64), len(np.flatnonzero(must))
    for word in having:
        first, last = _span(posting_starts, word, len(postings))
        for posting in range(first, last):
            entry = postings[posting]
            if entry < len(seen) and not seen[entry]:
                seen[entry] = True
                score = _score(entry, name_starts, word_starts, name_words, telling, gains, must, altered, wanted, subsets)
                scores[entry] = max(scores[entry], score)


@njit(cache=True, nogil=True)
def score_all(  # noqa: PLR0917  # one hot loop; numba passes arguments by position
    name_starts: NDArray[np.int64],
    word_starts: NDArray[np.int64],
    name_words: NDArray[np.uint32],
    telling: NDArray[np.uint8],
    gains: NDArray[np.int32],
    must: NDArray[np.bool_],
    altered: bool,
    scores: NDArray[np.float32],
) -> None:
    """Do what ``score_entries`` does for every entry in order: where many have the words, this waits less for memory."""
    subsets, wanted = np.zeros(1 << len(must), dtype=np.int64), len(np.flatnonzero(must))
    for entry in range(len(scores)):
        score = _score(entry, name_starts, word_starts, name_words, telling, gains, must, altered, wanted, subsets)
        scores[entry] = max(scores[entry], score)
