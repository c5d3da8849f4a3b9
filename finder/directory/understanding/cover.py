"""The best way to read a whole text: candidates that do not overlap and weigh the most together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from finder.directory.understanding.phrases import Candidate

__all__ = ["best_cover"]


def best_cover(alone: Sequence[float], candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates to keep, in order. ``alone``: for each token what it weighs uncovered, in letters.

    Of equal covers the one whose first candidates are longer is taken.
    """
    size = len(alone)
    starting: defaultdict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.weight > 0.0:
            starting[candidate.first].append(candidate)
    worth = [0.0] * (size + 1)
    taken: list[Candidate | None] = [None] * size
    for at in range(size - 1, -1, -1):
        worth[at] = worth[at + 1] + alone[at]
        for candidate in sorted(starting[at], key=lambda one: one.last):
            total = candidate.weight + worth[candidate.last]
            if total >= worth[at]:
                worth[at], taken[at] = total, candidate
    kept: list[Candidate] = []
    at = 0
    while at < size:
        candidate = taken[at]
        if candidate is None:
            at += 1
        else:
            kept.append(candidate)
            at = candidate.last
    return kept
