"""Whether an event at a fence is told to the person, and in which words. Pure: it asks no clock, no store and no hours."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from finder.domain.facility import Facility
from finder.domain.fence import Fence, FenceStatus, Trigger, Wish
from finder.notices.tracker import Confidence, Event, wish_s_of

__all__ = [
    "LONGEST_BODY",
    "LONGEST_TITLE",
    "Circumstances",
    "Hold",
    "NoticeText",
    "Reason",
    "Tell",
    "Told",
    "entrance_name",
    "said",
    "tell",
]

LONGEST_TITLE: Final = 80
LONGEST_BODY: Final = 240
"""Characters: what a lock screen shows of a notice."""
_LATE: Final = timedelta(minutes=15)
_LATE_APPROACH: Final = timedelta(minutes=5)
"""Older news would be untrue by now: the person is there, or has turned away."""
_FILLED: Final = re.compile(r"\{(facility|entrance)\}")
_ENTRANCES: Final[dict[str, dict[str, str]]] = {
    "en": {"": "the entrance", "main": "the main entrance", "emergency": "the emergency entrance", "side": "the side entrance"},
    "es": {
        "": "la entrada",
        "main": "la entrada principal",
        "emergency": "la entrada de urgencias",
        "side": "la entrada lateral",
    },
}


class Reason(StrEnum):
    """Why an event was told or held back, as the log of notices has it."""

    TOLD = "told"
    NOT_ACTIVE = "not_active"
    EXPIRED = "expired"
    NOT_ASKED_FOR = "not_asked_for"
    """No wish of the fence is for this."""
    UNSURE = "unsure"
    """It may not have been."""
    TOLD_BEFORE = "told_before"
    """This very event."""
    ONCE_PER_VISIT = "once_per_visit"
    """The same was told on this visit, of an earlier stay."""
    LATE = "late"
    OUTSIDE_WINDOW = "outside_window"
    QUIET_HOURS = "quiet_hours"
    CAP = "cap"
    """The person was told as often as the fence may in one day."""


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What was told on a visit: the parts of the event's key, and when."""

    fence_id: str
    stay: int
    trigger: Trigger
    wish_s: float | None
    at: datetime

    @classmethod
    def of(cls, event: Event, at: datetime) -> "Told":
        """Return that the event was told ``at`` a moment."""
        return cls(event.fence_id, event.stay, event.trigger, event.wish_s, at)


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What decides besides the event and its fence."""

    now: datetime
    today: date
    """The day by the facility's own clock."""
    listens: bool = True
    """Whether the fence's windows are open: ``finder.notices.listening``."""
    is_quiet: bool = False
    """Whether it is in the fence's quiet hours."""
    told_today: int = 0
    """How many notices of this fence the person got today, on whichever visit."""


class Tell(msgspec.Struct, frozen=True):
    """Tell it, in the words of this wish."""

    wish: Wish


class Hold(msgspec.Struct, frozen=True):
    """Say nothing, for this reason."""

    reason: Reason


class NoticeText(msgspec.Struct, frozen=True):
    """What the person reads: at most :data:`LONGEST_TITLE` and :data:`LONGEST_BODY` characters."""

    title: str
    body: str


def tell(event: Event, fence: Fence, told: Sequence[Told], around: Circumstances) -> Tell | Hold:
    """Return whether the event at this fence is told now; ``told`` is what was told on the same visit."""
    wish = _wish_for(event, fence)
    reason = _no_longer(fence, around) or _not_this_event(event, fence, told, wish) or _not_now(event, fence, around)
    if reason is not None or wish is None:
        return Hold(reason or Reason.NOT_ASKED_FOR)
    return Tell(wish)


def said(wish: Wish, fence: Fence, facility_name: str, language: str, entrance: str | None = None) -> NoticeText:
    """Return the words of a wish in a language (BCP 47); where they are not written in it, in English or whatever there is.

    The title is the facility's name. ``entrance`` is what ``{entrance}`` stands for: see :func:`entrance_name`.
    """
    written = language if language in wish.texts else language.partition("-")[0]
    if written not in wish.texts:
        written = "en" if "en" in wish.texts else next(iter(wish.texts), "")
    filled = {"facility": facility_name, "entrance": entrance or _ENTRANCES.get(written, _ENTRANCES["en"])[""]}
    body = _FILLED.sub(lambda found: filled[found[1]], wish.texts.get(written, ""))
    return NoticeText(_cut(facility_name or fence.name, LONGEST_TITLE), _cut(body, LONGEST_BODY))


def entrance_name(facility: Facility, language: str) -> str:
    """Return how the best door of a facility is called, in Spanish for ``es`` and else in English."""
    names = _ENTRANCES["es" if language.partition("-")[0] == "es" else "en"]
    kind = facility.entrances[0].kind if facility.entrances else ""
    return names.get(kind, names[""])


def _no_longer(fence: Fence, around: Circumstances) -> Reason | None:
    if fence.status is not FenceStatus.ACTIVE:
        return Reason.NOT_ACTIVE
    if fence.expires_on is not None and fence.expires_on < around.today:
        return Reason.EXPIRED
    return None


def _not_this_event(event: Event, fence: Fence, told: Sequence[Told], wish: Wish | None) -> Reason | None:
    if wish is None:
        return Reason.NOT_ASKED_FOR
    if event.confidence is Confidence.NONE:
        return Reason.UNSURE
    alike = [one.stay for one in told if (one.fence_id, one.trigger, one.wish_s) == (event.fence_id, event.trigger, event.wish_s)]
    if event.stay in alike:
        return Reason.TOLD_BEFORE
    return Reason.ONCE_PER_VISIT if alike and fence.once_per_visit else None


def _not_now(event: Event, fence: Fence, around: Circumstances) -> Reason | None:
    # By the device's clock, or by what the server knows of it where that one is ahead.
    age = max(around.now - event.at_device, timedelta(seconds=event.grounds.late_s))
    if age > (_LATE_APPROACH if event.trigger is Trigger.APPROACH else _LATE):
        return Reason.LATE
    if not around.listens:
        return Reason.OUTSIDE_WINDOW
    if around.is_quiet:
        return Reason.QUIET_HOURS
    return Reason.CAP if around.told_today >= fence.most_per_day else None


def _wish_for(event: Event, fence: Fence) -> Wish | None:
    return next((wish for wish in fence.wishes if wish.trigger is event.trigger and wish_s_of(wish) == event.wish_s), None)


def _cut(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
