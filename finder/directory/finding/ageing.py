"""How old a fact may be before it is shown with its age and counts less."""

from datetime import UTC, date, datetime
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.domain.facility import Provenance

__all__ = ["LIMIT_DAYS", "NOT_DATED", "Fact", "day_number", "day_of", "is_outdated"]

NOT_DATED: Final = 0
"""The day number of a fact that nobody has dated."""

_EPOCH: Final = date(1970, 1, 1)


class Fact(IntEnum):
    """Facts that age, in the order of their columns in a catalogue."""

    HOURS = 0
    PHONE = 1
    ACCEPTING = 2


LIMIT_DAYS: Final = {
    Fact.HOURS: 365,
    Fact.PHONE: 365,
    Fact.ACCEPTING: 90,
}
"""Whether a doctor takes new patients changes soonest: the No Surprises Act (42 U.S.C. 300gg-115) has US plans verify their
directories every 90 days. Hours and phones are given a year."""


def is_outdated(days: NDArray[np.int32], fact: Fact, today: int) -> NDArray[np.bool_]:
    """Whether facts verified on these days, shape (n,), are past their limit: those without a day or of the future are."""
    return (days == NOT_DATED) | (today - days > LIMIT_DAYS[fact]) | (days > today + 1)


def day_number(fact: Provenance | None) -> int:
    """Days from 1970-01-01 to the day on which a fact was last verified; :data:`NOT_DATED` where that is not known."""
    if fact is None or fact.verified_at is None:
        return NOT_DATED
    return max(1, (fact.verified_at - _EPOCH).days)


def day_of(at: datetime) -> int:
    """The day number of a moment, UTC."""
    return (at.astimezone(UTC).date() - _EPOCH).days
