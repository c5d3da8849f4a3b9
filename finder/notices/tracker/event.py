"""What the tracker says, how sure it is, and on what grounds: no position, no coordinate."""

from datetime import datetime
from enum import StrEnum

import msgspec

from finder.domain.fence import Trigger

__all__ = ["Confidence", "Event", "Grounds", "one_less"]


class Confidence(StrEnum):
    """How sure an event is."""

    NONE = "none"
    """For the log only: nobody is told."""
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_ORDER = tuple(Confidence)


def one_less(confidence: Confidence) -> Confidence:
    """Return the next lower confidence, but never ``NONE``: an event is for the log only by its kind, not by degrees."""
    return _ORDER[max(1, _ORDER.index(confidence) - 1)] if confidence is not Confidence.NONE else confidence


class Grounds(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event rests on, in numbers that give no place away. Lengths are rounded to a metre, times to a second."""

    fixes: int
    """How many fixes spoke for it."""
    span_s: int
    """From the first of them to the last."""
    edge_m: int
    """How far from the fence's edge the person is believed to be; negative inside."""
    error_m: int
    """The standard deviation of that."""
    beacon: bool = False
    already_inside: bool = False
    """The first thing known of this fence is that the person was inside: when they came is not known."""
    leapt: bool = False
    """They came faster than they had moved before."""
    asleep_s: int = 0
    """The longest silence of the device that the event reaches over, where it matters; of a zone, about its floor."""
    eta_s: int | None = None
    late_s: int = 0
    """How long after the device's own time the server learnt of it, where that is long."""
    floor: bool = False
    """The fence is a zone: what the device stated of the floor counted, as did its place on the map."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened at a fence."""

    fence_id: str
    stay: int
    """The person's stays at this fence are numbered from 1; an approach bears the number of the stay that it leads to."""
    trigger: Trigger
    wish_s: float | None = None
    """The ``eta_s`` or ``dwell_s`` of the wish that this answers."""
    confidence: Confidence
    at_device: datetime
    """When it happened, by the device's clock as the fix that first showed it has it."""
    at_server: datetime
    """When the server received the fix that settled it."""
    fixes: tuple[int, ...]
    """The numbers of the fixes that caused it, counted from 1 in the order in which they came: the first of them and the last."""
    grounds: Grounds

    @property
    def key(self) -> str:
        """Return what no other event of this track shares, and a replay gives again: for idempotency."""
        return "/".join((self.fence_id, str(self.stay), self.trigger, *([] if self.wish_s is None else [f"{self.wish_s:g}"])))
