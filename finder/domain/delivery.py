"""What leaves the finder for somebody else: pushes to a person's browser, webhooks to a tenant, letters and short messages."""

from datetime import datetime
from enum import StrEnum

import msgspec

from finder.domain.consent import Subject

__all__ = ["Backlog", "Channel", "Delivery", "Webhook"]


class Channel(StrEnum):
    """The way that something goes out."""

    PUSH = "push"
    """Web Push (RFC 8030), encrypted to the browser; the payload names no place."""
    WEBHOOK = "webhook"
    EMAIL = "email"
    SMS = "sms"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits to go out, or has gone out not yet: all that is needed to send it, and to send it again."""

    id: str
    """Random; the receiver knows a second sending by it."""
    channel: Channel
    target: str
    """An https address, an e-mail address or a telephone number; of a webhook its id. It is sealed while it waits: even the id
    says whose place the person is at, to who has the rows."""
    headers: dict[str, str]
    body: bytes
    subject: Subject | None
    """Whose it is, so that an erasure takes it away."""
    notice_id: str | None
    """The notice that it tells of: seen in an open page, it need not go out any more."""
    attempts: int
    next_at: datetime
    gives_up_at: datetime


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What waits to go out by one channel: of whom, and where to, is not in it."""

    channel: Channel
    waiting: int
    failing: int
    """Of these: what was tried several times, the one that is going on counted."""
    due_since: datetime | None
    """Of what is due and nobody is sending, the oldest; ``None`` where there is no such."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Where a tenant is told what visitors let it know."""

    id: str
    tenant: str
    url: str
    created_at: datetime
    public_only: bool = False
    """Whether it was entered with a tenant's own key, which opens nobody the way into the operator's networks."""
    disabled_at: datetime | None = None
    last_ok_at: datetime | None = None
    failing_since: datetime | None = None
