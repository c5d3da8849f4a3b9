"""How many of the things found have which kind, care, language, plan …: what narrowing down would leave."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.directory.finding.catalogue import Catalogue
from finder.directory.marks import ACCEPTING, FEMALE, MALE, TELEHEALTH, WHEELCHAIR_LIMITED, WHEELCHAIR_YES, Marks, kinds_mask
from finder.directory.search import FacetCount, Facets
from finder.domain.facility import FacilityKind

__all__ = ["COUNTED", "count_facets"]

COUNTED: Final = 500
"""Facets are counted over at most so many of the nearest: enough to choose by, and the same cost in a village and a capital."""
_MOST_VALUES: Final = 30

type Found = Sequence[tuple[Catalogue, NDArray[np.int64]]]


def count_facets(found: Found, at: datetime, marks: Marks, care_ids: Sequence[str], *, complete: bool) -> Facets:
    """Count over the rows found in each catalogue. Care of practitioners counts with that of facilities."""

    def having(mask: int) -> int:
        return sum(int(np.count_nonzero(catalogue.marks[rows] & np.uint64(mask))) for catalogue, rows in found)

    care = np.zeros(len(care_ids), dtype=np.int64)
    for catalogue, rows in found:
        care += np.bincount(catalogue.care_of(rows), minlength=len(care_ids))
    return Facets(
        counted=sum(len(rows) for _, rows in found),
        complete=complete,
        kind=_counts((kind.value, having(kinds_mask([kind]))) for kind in FacilityKind),
        care=_counts(zip(care_ids, care.tolist(), strict=True)),
        languages=_counts((language, having(mask)) for language, mask in marks.language_masks()),
        plan=_counts((plan, having(mask)) for plan, mask in marks.plan_masks()),
        open_now=sum(int(np.count_nonzero(catalogue.hours.open_at(rows, at))) for catalogue, rows in found),
        accepting_new_patients=having(ACCEPTING),
        telehealth=having(TELEHEALTH),
        wheelchair=having(WHEELCHAIR_YES | WHEELCHAIR_LIMITED),
        female=having(FEMALE),
        male=having(MALE),
    )


def _counts(pairs: Iterable[tuple[str, int]]) -> tuple[FacetCount, ...]:
    found = [FacetCount(value, count) for value, count in pairs if count]
    return tuple(sorted(found, key=lambda one: (-one.count, one.value))[:_MOST_VALUES])
