"""What came of trying to send something, and what a channel does to try."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto

import msgspec

from finder.domain.delivery import Delivery

__all__ = ["LATER", "REFUSED", "TAKEN", "Attempt", "Result", "Send"]


class Result(Enum):
    """What it means for the delivery."""

    TAKEN = auto()
    REFUSED = auto()
    """For good: trying again is of no use."""
    LATER = auto()


class Attempt(msgspec.Struct, frozen=True):
    """``retry_after_s``: so long the receiver asks us to wait, where it does."""

    result: Result
    retry_after_s: float | None = None


TAKEN = Attempt(Result.TAKEN)
REFUSED = Attempt(Result.REFUSED)
LATER = Attempt(Result.LATER)

type Send = Callable[[Delivery, datetime], Attempt]
"""Tries to send a delivery, opened, at a moment. What it raises is a fault of ours: then it is tried again later."""
