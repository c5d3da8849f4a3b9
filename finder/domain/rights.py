"""What a person saved, which only that person can open, and requests about personal data that came by letter or e-mail."""

from datetime import date
from enum import StrEnum

import msgspec

from finder.domain.consent import Subject

__all__ = ["Law", "MailRequest", "Outcome", "RequestKind", "SealedPlace"]


class SealedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A saved place as it is stored: what is in ``sealed`` only the person's key opens."""

    id: str
    sealed: bytes
    saved_on: date
    used_on: date
    """When it was last saved, changed or searched from."""


class RequestKind(StrEnum):
    """The rights that a person may ask for: in Mexico the four of ARCO, elsewhere their counterparts."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    CANCELLATION = "cancellation"
    OPPOSITION = "opposition"


class Law(StrEnum):
    """By which law a request is answered; it says until when."""

    MEXICO = "mx"
    EUROPE = "eu"
    CALIFORNIA = "us-ca"


class Outcome(StrEnum):
    """How a request was answered."""

    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """The person took it back."""
    NOTHING_HELD = "nothing-held"
    """Nothing is known of the person."""


class MailRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that staff answer. No name and no address is in it: those are in the letter, which ``reference`` finds."""

    id: int
    kind: RequestKind
    law: Law
    received_on: date
    due_on: date
    """The last day on which it may be answered."""
    reference: str
    """Where the operator filed the letter, such as ``2026/114``."""
    subject: Subject | None = None
    """Whose data it is about, once that is known; ``None`` again when they are erased."""
    answered_on: date | None = None
    outcome: Outcome | None = None

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been answered by now and was not."""
        return self.answered_on is None and self.due_on < today
