"""The distinct words of all names: which of them a typed word is, begins, or is like."""

import numpy as np
from numpy.typing import NDArray

from finder.directory.names.files import NameArrays
from finder.directory.names.kernels import lower_bound, similar_words
from finder.words.folding import spelled_out
from finder.words.likeness import edits_allowed, likeness

__all__ = ["MOST_LETTERS", "Vocabulary"]

MOST_LETTERS = 300
"""Of what is typed; longer words of names are taken for as long as this."""
_AFTER_ANY = 0x110000
"""More than every code point: what is before a word with this behind it begins with the word."""
_LEAST_LETTERS_OF_BEGINNING = 5
"""From so many letters on :func:`finder.words.likeness.likeness` forgives one edit in a word that is not finished."""


class Vocabulary:
    """The words of an index, numbered in the order of their code points."""

    def __init__(self, arrays: NameArrays) -> None:
        self._arrays = arrays
        self._short_forms: dict[str, list[int]] = {}
        for number in arrays.short_forms.tolist():
            self._short_forms.setdefault(spelled_out(self.word(number)), []).append(number)

    def __len__(self) -> int:
        return len(self._arrays.signatures)

    def word(self, number: int) -> str:
        """The word of this number. Raises IndexError or ValueError when the files are damaged."""
        start, end = self._arrays.letter_starts[number], self._arrays.letter_starts[number + 1]
        return self._arrays.letters[start:end].tobytes().decode("utf-32-le")

    def span(self, word: str, *, unfinished: bool) -> tuple[int, int]:
        """The words from a number up to another: the word itself, or all that begin with it. Empty when there is none."""
        key = _code_points(word)
        low = lower_bound(self._arrays.letters, self._arrays.letter_starts, key)
        if unfinished:
            beyond = np.append(key, np.uint32(_AFTER_ANY))
            return low, max(low, lower_bound(self._arrays.letters, self._arrays.letter_starts, beyond))
        return low, low + (low < len(self) and self.word(low) == word)

    def entries(self, word: str, *, unfinished: bool) -> int:
        """How many entries have the word; how often entries have a word that begins so."""
        low, high = self.span(word, unfinished=unfinished)
        return max(0, int(self._arrays.posting_starts[high] - self._arrays.posting_starts[low]))

    def alike(self, typed: str, *, unfinished: bool) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Every word that is like the folded word, ascending, and how much, as :func:`finder.words.likeness.likeness` says."""
        low, high = self.span(typed, unfinished=unfinished)
        like = np.ones(high - low)
        if unfinished:
            # All that the likeness of a word and its beginning hangs on is how much is missing.
            missing = np.diff(self._arrays.letter_starts[low : high + 1]).clip(len(typed), MOST_LETTERS) - len(typed)
            lengths, which = np.unique(missing, return_inverse=True)
            like = np.array([likeness(typed, typed + "~" * length, unfinished=True) for length in lengths.tolist()])[which]
        long = spelled_out(typed)
        same = {*self._short_forms.get(long, ()), *range(*self.span(long, unfinished=False))}
        other = {
            number: likeness(typed, self.word(number), unfinished=unfinished)
            for number in self._similar(typed, low, high, unfinished=unfinished)
        }
        for number in same:
            if low <= number < high:
                like[number - low] = 1.0
            else:
                other[number] = 1.0
        before, behind = (sorted(number for number in other if (number < low) is first) for first in (True, False))
        numbers = np.concatenate((np.array(before, dtype=np.int64), np.arange(low, high), np.array(behind, dtype=np.int64)))
        return numbers, np.concatenate(([other[number] for number in before], like, [other[number] for number in behind]))

    def _similar(self, typed: str, skip_from: int, skip_to: int, *, unfinished: bool) -> list[int]:
        """The words within the edits allowed, but for those from a number up to another."""
        edits = edits_allowed(typed)
        if not edits:
            return []
        arrays = self._arrays
        prefix_edits = 1 if unfinished and len(typed) >= _LEAST_LETTERS_OF_BEGINNING else -1
        found = similar_words(
            arrays.letters, arrays.letter_starts, arrays.signatures, _code_points(typed), edits, prefix_edits, skip_from, skip_to
        )
        return found.tolist()


def _code_points(word: str) -> NDArray[np.uint32]:
    return np.array([ord(letter) for letter in word], dtype=np.uint32)
