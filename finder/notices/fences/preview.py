"""What a person will see of a fence, in one language, before anybody is told of it."""

from datetime import datetime

import msgspec

from finder.domain.facility import Facility
from finder.domain.fence import Fence, Trigger
from finder.notices.listening import is_quiet, listens
from finder.notices.telling import NoticeText, entrance_name, said
from finder.notices.tracker import wish_s_of

__all__ = ["Preview", "PreviewText", "previewed"]


class PreviewText(msgspec.Struct, frozen=True, kw_only=True):
    """What is told at one trigger; ``wish_s`` is the time of a dwell or an approach, in seconds."""

    trigger: Trigger
    wish_s: float | None
    text: NoticeText


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a person will see of a fence in one language, and whether they would at that moment."""

    fence_id: str
    facility_name: str
    who: str
    """The tenant's name: notices say who tells."""
    language: str
    texts: tuple[PreviewText, ...]
    listens: bool
    """Whether its windows are open then."""
    is_quiet: bool
    needs_floor: bool
    """Whether something of it is told by an app alone that states the floor: a phone's browser does not."""


def previewed(fence: Fence, facility: Facility, who: str, *, language: str, at: datetime) -> Preview:
    """Return what a person will see in a language (BCP 47). Raises :class:`BadInput` for a moment without a zone."""
    name = facility.names.get(language.partition("-")[0], facility.name)
    entrance = entrance_name(facility, language)
    texts = (
        PreviewText(trigger=wish.trigger, wish_s=wish_s_of(wish), text=said(wish, fence, name, language, entrance))
        for wish in fence.wishes
    )
    return Preview(
        fence_id=fence.id,
        facility_name=name,
        who=who,
        language=language,
        texts=tuple(texts),
        listens=listens(fence, facility, at),
        is_quiet=is_quiet(fence, facility, at),
        needs_floor=fence.needs_floor,
    )
