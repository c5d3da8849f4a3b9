"""How often was searched, week by week: what waits for its week to end, and what is published of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Final, override

import msgspec

from finder.domain.consent import Subject

__all__ = ["ANY_CARE", "NO_CELL", "WEEK", "Release", "SearchCount", "SearchNote", "WaitingSearch", "week_of"]

ANY_CARE: Final = "any"
"""In place of a specialty, of a search that named none."""
NO_CELL: Final = "unknown"
"""In place of a cell, of a search whose position is known too vaguely to say in which it was."""
WEEK: Final = timedelta(days=7)


def week_of(moment: datetime) -> date:
    """The Monday, in UTC, of the week that an aware moment lies in. It names the week."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


class SearchNote(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody searched in a week, on its way to the table where it waits. It tells nobody of itself."""

    week: date
    subject: Subject
    cell: str
    """H3, resolution 7, or :data:`NO_CELL`."""
    specialty: str
    """An id of ``finder.care.specialties``, or :data:`ANY_CARE`."""

    @override
    def __repr__(self) -> str:
        return "SearchNote(…)"


class WaitingSearch(msgspec.Struct, frozen=True, kw_only=True):
    """A row that waits, as the person whom it is about may read it."""

    week: date
    cell: str
    specialty: str


class SearchCount(msgspec.Struct, frozen=True, kw_only=True):
    """About how many persons, each of whom is a key, searched for this care in this cell in a week: with noise, and never few."""

    cell: str
    specialty: str
    persons: int


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """That the counts of a week were published, once and for all, and under which terms.

    The figures of the noise are those of :mod:`finder.privacy.statistics.terms`.
    """

    week: date
    released_at: datetime
    epsilon: float
    delta: float
    least_persons: int
    """Of fewer nothing is published, whatever the noise."""
    contribution: int
    """As many counts at most does one person have a part in."""
    scale: float
    threshold: int
    """The smallest count that is published, noise included."""
