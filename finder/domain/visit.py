"""A visit that a person armed notices for, and the notices of it: sealed, as both say where a person was."""

from datetime import datetime
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
    """It disarms itself then."""


class SealedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as the store has it. ``sealed`` holds the texts, why it was told, and of which place."""

    seq: int
    """Given by the store; of one person's notices the later has the greater."""
    id: str
    visit_id: str
    subject: Subject
    sealed: bytes
    at: datetime
    seen_at: datetime | None = None
    """When the person's page or app said that it had shown it."""


class Outcome(StrEnum):
    """What became of something that a fence noticed."""

    SENT = "sent"
    HELD = "held"


class NoticeLogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Why a notice was sent or held back: of which fence, in which hour, and of nobody."""

    hour: datetime
    tenant: str
    fence_id: str
    trigger: Trigger
    outcome: Outcome
    reason: str
    """One of ``finder.notices.telling.Reason``."""
    count: int
    """How often in this hour."""
