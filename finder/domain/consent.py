"""What a person may say yes or no to, and the lines of the ledger that keep it. Nobody in it has a name."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final, NewType, final

import msgspec

__all__ = [
    "Act",
    "Consent",
    "ConsentEntry",
    "ForAnalytics",
    "ForDirections",
    "ForDisclosure",
    "ForIndoor",
    "ForNotices",
    "ForPurpose",
    "ForSearch",
    "Purpose",
    "Receipt",
    "Subject",
    "Via",
    "WithPosition",
]

Subject = NewType("Subject", str)
"""A person without a name: the SHA-256, in hex, of the token that the person's browser or app holds and the finder does not."""


class Purpose(StrEnum):
    """What personal data are used for. Each is agreed to, refused and revoked for itself."""

    SEARCH = "search"
    DIRECTIONS = "directions"
    INDOOR = "indoor"
    NOTICES = "notices"
    ANALYTICS = "analytics"
    DISCLOSURE = "disclosure"
    """To an application of somebody else's."""


class ForPurpose:
    """A purpose as a type: ``Grant[ForSearch]`` cannot be handed to what takes a ``Grant[ForNotices]``. Never instantiated."""

    purpose: ClassVar[Purpose]


class WithPosition(ForPurpose):
    """A purpose that an exact position may be used for."""


@final
class ForSearch(WithPosition):
    """:attr:`Purpose.SEARCH` as a type."""

    purpose = Purpose.SEARCH


@final
class ForDirections(WithPosition):
    """:attr:`Purpose.DIRECTIONS` as a type."""

    purpose = Purpose.DIRECTIONS


@final
class ForIndoor(WithPosition):
    """:attr:`Purpose.INDOOR` as a type."""

    purpose = Purpose.INDOOR


@final
class ForNotices(WithPosition):
    """:attr:`Purpose.NOTICES` as a type."""

    purpose = Purpose.NOTICES


@final
class ForAnalytics(ForPurpose):
    """:attr:`Purpose.ANALYTICS` as a type."""

    purpose = Purpose.ANALYTICS


@final
class ForDisclosure(ForPurpose):
    """:attr:`Purpose.DISCLOSURE` as a type."""

    purpose = Purpose.DISCLOSURE


class Act(StrEnum):
    """What a line of the ledger tells."""

    GRANTED = "granted"
    REFUSED = "refused"
    REVOKED = "revoked"
    ERASED = "erased"
    """All that the subject had said is gone; this line alone stands for it."""


class Via(StrEnum):
    """Which way a person's word came."""

    WEB = "web"
    APP = "app"
    ADMIN = "admin"
    """Written by staff for a person who asked by letter."""


_NEEDED: Final[dict[Act, set[str]]] = {
    Act.GRANTED: {"purpose", "policy_version", "language", "text_sha256", "expires_at"},
    Act.REFUSED: {"purpose", "policy_version", "language", "text_sha256"},
    Act.REVOKED: {"purpose", "policy_version"},
    Act.ERASED: set(),
}
_OPTIONAL: Final = ("purpose", "policy_version", "language", "text_sha256", "expires_at")


class ConsentEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger. Times are aware.

    Raises :class:`ValueError` for a line that lacks what its act needs, or has more.
    """

    subject: Subject
    act: Act
    at: datetime
    via: Via
    purpose: Purpose | None = None
    """``None`` of an erasure only."""
    policy_version: date | None = None
    """The policy that was shown; of a revocation the one that had been agreed to."""
    language: str | None = None
    """Of the text that was shown: ``en`` or ``es``."""
    text_sha256: str | None = None
    """Of the very text that was shown, in hex: it can be proved what a person read."""
    expires_at: datetime | None = None
    """When a yes ends by itself."""
    seq: int | None = None
    """Given by the ledger; of one subject's lines the later has the greater."""

    def __post_init__(self) -> None:
        given = {name for name in _OPTIONAL if getattr(self, name) is not None}
        if given != _NEEDED[self.act]:
            needed = ", ".join(sorted(_NEEDED[self.act])) or "none"
            raise ValueError(f"A line of the ledger that says {self.act} has just these optional fields: {needed}.")


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A yes that holds now."""

    purpose: Purpose
    policy_version: date
    given_at: datetime
    expires_at: datetime


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a person gets for an erasure: the number of the line that stays in the ledger, when, and how many rows are gone."""

    seq: int | None
    """``None`` where nothing was held, so that there is nothing that a line would have to prove."""
    at: datetime
    erased: int
