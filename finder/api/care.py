"""What can be asked for: specialties and services, plans, and what a person may be typing."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get
from litestar.params import Parameter

from finder.api.results import SpecialtyAnswer, specialty_answers
from finder.api.services import ApiServices
from finder.care.specialties import specialties
from finder.directory.suggest import SuggestionKind, suggest
from finder.directory.understanding import suggest_specialties
from finder.http.languages import accepted_languages

__all__ = ["care_handlers"]

Typed = Annotated[str, Parameter(max_length=200, description="What was typed so far: accents and typos are forgiven.")]
Lang = Annotated[Literal["en", "es"] | None, Parameter(description="Of the texts; else Accept-Language decides.")]


class SpecialtiesAnswer(msgspec.Struct, frozen=True):
    """Best match first; with nothing typed, all in the order of the alphabet."""

    results: list[SpecialtyAnswer]


class PlanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, or one network of it, and how many say that they take it."""

    id: str
    name: str
    network: str | None
    facilities: int
    practitioners: int


class PlansAnswer(msgspec.Struct, frozen=True):
    """The most taken first."""

    results: list[PlanAnswer]


class SuggestionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may be meant: ``text`` to put into the box, ``id`` of what it is, ``detail`` to tell it from others."""

    kind: SuggestionKind
    text: str
    detail: str
    id: str


class SuggestAnswer(msgspec.Struct, frozen=True):
    """Best match first."""

    results: list[SuggestionAnswer]


def care_handlers(services: ApiServices) -> list[Any]:
    """Return the handlers of ``GET /api/v1/specialties``, ``/plans`` and ``/suggest``."""

    @get("/specialties", sync_to_thread=False, summary="Specialties and services like what is typed")
    def find_specialties(
        request: Request[Any, Any, Any],
        q: Typed = "",
        lang: Lang = None,
        limit: Annotated[int, Parameter(ge=1, le=500)] = 20,
    ) -> SpecialtiesAnswer:
        """Answer entries of the table of specialties and services: by name, by lay word, by part of a word."""
        found = suggest_specialties(q, _language(request, lang), limit)
        return SpecialtiesAnswer(results=specialty_answers(tuple(one.id for one in found), specialties()))

    @get("/plans", sync_to_thread=False, summary="Plans and networks that are taken")
    def find_plans(q: Typed = "", limit: Annotated[int, Parameter(ge=1, le=500)] = 50) -> PlansAnswer:
        """Answer the plans that facilities and practitioners say they take."""
        book = services.directory.current().plans
        plans = book.suggest(q) if q.strip() else list(book.all)
        return PlansAnswer(
            results=[
                PlanAnswer(
                    id=plan.id,
                    name=plan.name,
                    network=plan.network,
                    facilities=book.taken(plan.id).facilities,
                    practitioners=book.taken(plan.id).listings,
                )
                for plan in plans[:limit]
            ]
        )

    @get("/suggest", sync_to_thread=True, summary="What a person may be typing")
    def typing_ahead(
        request: Request[Any, Any, Any],
        q: Typed,
        lang: Lang = None,
        limit: Annotated[int, Parameter(ge=1, le=20)] = 8,
    ) -> SuggestAnswer:
        """Answer specialties, services, doctors and places of care. It takes no position: nothing of where a person is."""
        found = suggest(services.directory.current(), q, _language(request, lang), limit)
        return SuggestAnswer(
            results=[SuggestionAnswer(kind=one.kind, text=one.text, detail=one.detail, id=one.id) for one in found]
        )

    return [find_specialties, find_plans, typing_ahead]


def _language(request: Request[Any, Any, Any], lang: str | None) -> str:
    return lang or next(accepted_languages(request.headers.get("accept-language", "")), "en")
