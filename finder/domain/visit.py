"""A visit that a person armed notices for, and the notices of it: sealed, as both say where a person was."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from finder.domain.consent import Subject
from finder.domain.fence import Trigger

__all__ = ["NoticeLogEntry", "Outcome", "SealedNotice", "SealedVisit"]


class SealedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as the store has it: whose, and until when. Where to, and what is known of the way, only the person's key opens."""

    id: str
    subject: Subject
    sealed: bytes
    """Where to, in which language, who else is told: ``finder.notices.visits``."""
    state: bytes | None
    """The tracker's state and what was told already, sealed too; ``None`` before the first position."""
    version: int
    """One more after each write: who writes over an older one than there is has to read again."""
    armed_at: datetime
    ends_at: datetime
    """It disarms itself then, or has been ended."""
    ended: bool = False
    """It was stopped, or swept after its end: it is never armed again, whatever a clock says."""


class SealedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as the store has it. ``sealed`` holds the texts, when and why it was told, and of which place.

    When it was told is nowhere else: whoever has but the database could look for that hour in :class:`NoticeLogEntry`.
    """

    seq: int
    """Given by the store; of one person's notices the later has the greater."""
    id: str
    visit_id: str
    subject: Subject
    sealed: bytes
    is_seen: bool = False
    """Whether the person's page or app has said that it had shown it."""


class Outcome(StrEnum):
    """What became of something that a fence noticed."""

    SENT = "sent"
    HELD = "held"


class NoticeLogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Why a notice was sent or held back: of which fence, on which day (UTC), and of nobody."""

    day: date
    tenant: str
    fence_id: str
    trigger: Trigger
    outcome: Outcome
    reason: str
    """One of ``finder.notices.telling.Reason``."""
    count: int
    """How often on this day."""
