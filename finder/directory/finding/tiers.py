"""What a search looks through, the best answers first: groups of care, or names, in tiers."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.care.specialties import specialties
from finder.directory.finding.candidates import Named
from finder.directory.finding.catalogue import EVERYTHING
from finder.directory.finding.selecting import Selecting

__all__ = ["Source", "last_tier", "tiers_of"]

_AS_GOOD: Final = 0.1
"""Names whose scores differ by less are equally good: the nearer comes first."""

type Source = Sequence[int] | Named
"""Groups of a catalogue's forest, or rows of a name."""


def tiers_of(selecting: Selecting) -> Iterator[list[tuple[int, Source]]]:
    """What to look through, the best answers first: of each catalogue the groups of its forest, or the rows of a name.

    The very care that is asked for comes before what is a part of it; a name that is just as typed before one that is like it.
    """
    search = selecting.search
    numbers = selecting.wanted_catalogues
    if search.name:
        yield from _tiers_of_names(selecting)
    elif search.care:
        yield [(number, _groups(selecting.exact_care(number))) for number in numbers]
        related = [(number, _groups(selecting.related_care(number))) for number in numbers]
        yield [(number, groups) for number, groups in related if groups]
    else:
        yield [(number, [EVERYTHING]) for number in numbers]


def last_tier(selecting: Selecting) -> int:
    """Return the number of the last tier of :func:`tiers_of`."""
    return 1 if selecting.search.care or selecting.search.name else 0


def _tiers_of_names(selecting: Selecting) -> Iterator[list[tuple[int, Source]]]:
    named = selecting.named
    if selecting.search.care:
        named = {number: _only(found, _gives_care(selecting, number, found.rows)) for number, found in named.items()}
    best = max((float(found.scores.max()) for found in named.values() if len(found.scores)), default=0.0)
    good = {number: found.scores >= best - _AS_GOOD for number, found in named.items()}
    yield [(number, _only(found, good[number])) for number, found in named.items()]
    yield [(number, _only(found, ~good[number])) for number, found in named.items()]


def _gives_care(selecting: Selecting, number: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    table = specialties()
    ids = (*selecting.exact_care(number), *selecting.related_care(number))
    return selecting.catalogue(number).gives(rows, [table.number(id_) for id_ in ids])


def _only(found: Named, kept: NDArray[np.bool_]) -> Named:
    return Named(found.rows[kept], found.scores[kept])


def _groups(ids: Sequence[str]) -> list[int]:
    table = specialties()
    return [1 + table.number(id_) for id_ in ids]
