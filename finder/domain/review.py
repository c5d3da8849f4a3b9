"""A question that only a person can decide; until then nothing is merged, moved or lost."""

from datetime import datetime
from enum import StrEnum

import msgspec

from finder.domain.facility import Facility

__all__ = ["Decision", "Question", "ReviewItem"]


class Question(StrEnum):
    """What is asked."""

    SAME = "same"
    """Is the new facility one that another source gave already? It is shown as its own until somebody says so."""
    CONTRADICTION = "contradiction"
    """The coordinates are far from the address: is the facility there all the same? It is kept aside."""
    NO_POSITION = "no_position"
    """Neither coordinates nor an address that can be found: where is it? It is kept aside."""


class Decision(StrEnum):
    """What a person answers."""

    SAME = "same"
    DIFFERENT = "different"
    KEEP = "keep"
    """Load it as the row has it."""
    DROP = "drop"
    """Leave it out, now and in later loads of the same source."""


class ReviewItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question of one row."""

    question: Question
    load_id: int
    line: int
    own_id: str
    """Of the row; see :class:`finder.domain.statement.Statement`."""
    name: str
    reasons: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Facilities that it may be the same as, by id."""
    about: tuple[str, ...] = ()
    """What else tells this question from others of the row: of a contradiction the source and, to a kilometre, the point."""
    said: Facility | None = None
    """What the row says; of one without a position, ``silent`` about it."""
    silent: frozenset[str] = frozenset()
    """The fields of which the row says nothing that can be used."""
    distance_m: float | None = None
    """How far the coordinates are from the address."""
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    id: int | None = None
    """Given by the store."""
