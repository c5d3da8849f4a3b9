"""Visits and notices as their person sees them, and what comes of positions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import override

import msgspec

from finder.domain.consent import ForNotices
from finder.domain.delivery import Delivery
from finder.domain.position import PositionFor
from finder.privacy.subjects import Person
from finder.privacy.visits import NoticeSaid

__all__ = ["Announce", "MeasuredFix", "Notice", "Taken", "Visit"]


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """An armed visit, opened with the person's key. It shows itself to nobody."""

    id: str
    """Random."""
    facility_id: str
    facility_name: str
    language: str
    """Of its notices: ``en`` or ``es``."""
    armed_at: datetime
    ends_at: datetime
    """It disarms itself then, or has been disarmed."""
    tenants_told: tuple[str, ...]
    """The ids of whom the person agreed to have told too, of somebody under the ``reference``: who ran the facility then."""
    reference: str
    email: str | None
    sms: str | None

    @override
    def __repr__(self) -> str:
        return "Visit(…)"


class Notice(NoticeSaid, frozen=True, kw_only=True):
    """A notice, opened with the person's key."""

    id: str
    """Random; the same notice by several ways is known by it."""
    visit_id: str
    seq: int = 0
    """Given by the store; of one person's notices the later has the greater. 0 where it is not stored yet."""
    is_seen: bool = False


class MeasuredFix(msgspec.Struct, frozen=True, kw_only=True):
    """A position that the person's device measured, for notices and nothing else. It shows itself to nobody."""

    position: PositionFor[ForNotices]
    """An accuracy of 0: the device stated none."""
    at_device: datetime
    """By the device's clock."""
    level: float | None = None
    """The floor that the device states; ``None``: it states none, as no browser does."""

    @override
    def __repr__(self) -> str:
        return "MeasuredFix(…)"


class Taken(msgspec.Struct, frozen=True):
    """What came of positions: what the person is told now, and the visits that are armed."""

    notices: tuple[Notice, ...]
    visits: tuple[Visit, ...]
    again: tuple[Notice, ...] = ()
    """What the same positions told when they came just before, and nobody has seen since: that answer may have been lost."""


type Announce = Callable[[Person, Visit, Notice], Sequence[Delivery]]
"""What is to go out when a person is told something, beside the answer and the open page: pushes, webhooks, letters.

It is called before the notice is stored, and what it returns is stored with it; nothing is sent by it.
"""
