"""How much one word is like another: typos, transposed letters, words that are not finished yet."""

from rapidfuzz.distance import OSA

from finder.words.folding import has_digit, spelled_out

__all__ = ["edits_allowed", "likeness"]

_MAX_FUZZY_LETTERS = 40
"""Looking for what is like a word takes time that grows with its length, and no name has a longer word."""


def edits_allowed(word: str) -> int:
    """How many edits a word is forgiven: none in a number, below 4 letters or above 40, one below 8, else two."""
    if not 4 <= len(word) <= _MAX_FUZZY_LETTERS or has_digit(word):
        return 0
    return 1 if len(word) < 8 else 2


def likeness(typed: str, word: str, *, unfinished: bool) -> float:
    """How much a typed word is like a word of a name, both folded: 1 for the same, 0 for another.

    A transposition is one edit (optimal string alignment). ``unfinished``: the word may go on behind what was typed.
    """
    if typed == word or spelled_out(typed) == spelled_out(word):
        return 1.0
    best = 0.0
    allowed = edits_allowed(typed)
    if allowed and abs(len(typed) - len(word)) <= allowed:
        edits = OSA.distance(typed, word, score_cutoff=allowed)
        if edits <= allowed:
            best = 1.0 - 0.6 * edits / len(typed)
    if unfinished and len(word) > len(typed):
        share = 0.75 + 0.2 * len(typed) / len(word)
        if word.startswith(typed):
            best = max(best, share)
        elif len(typed) >= 5 and allowed and OSA.distance(typed, word[: len(typed)], score_cutoff=1) <= 1:
            best = max(best, share * 0.85)
    return best
