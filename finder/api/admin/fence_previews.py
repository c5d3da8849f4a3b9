"""What people will see of a fence, as the admin API gives it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from finder.domain.fence import Trigger
from finder.notices.fences.preview import Preview

__all__ = ["LanguageAnswer", "PreviewAnswer", "PreviewTextAnswer"]


class PreviewTextAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is told at one trigger: ``title`` is the facility's name. ``wish_s`` is the time of a dwell or an approach."""

    trigger: Trigger
    wish_s: float | None
    title: str
    body: str


class LanguageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a person who reads this language is told."""

    language: str
    facility: str
    texts: list[PreviewTextAnswer]


class PreviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What people will see, and whether they would ``at`` that moment: in a window, and not in the quiet hours.

    ``needs_floor``: it is a zone on a floor. A phone's browser does not state the floor: people are told by an app that does.
    """

    who: str
    at: datetime
    listens: bool
    is_quiet: bool
    needs_floor: bool
    languages: list[LanguageAnswer]

    @classmethod
    def of(cls, previews: Sequence[Preview], at: datetime) -> "PreviewAnswer":
        """Return what people will see as the API gives it; one preview of each language."""
        return cls(
            who=previews[0].who,
            at=at,
            listens=previews[0].listens,
            is_quiet=previews[0].is_quiet,
            needs_floor=previews[0].needs_floor,
            languages=[
                LanguageAnswer(
                    language=one.language,
                    facility=one.facility_name,
                    texts=[
                        PreviewTextAnswer(trigger=said.trigger, wish_s=said.wish_s, title=said.text.title, body=said.text.body)
                        for said in one.texts
                    ],
                )
                for one in previews
            ],
        )
