"""Where can I be seen: the search."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from finder.api.positions import PositionAnswer, Whereabouts, position_of
from finder.api.results import FacilityResult, PractitionerResult, SpecialtyAnswer, result_json, specialty_answers
from finder.api.services import ApiServices
from finder.care.specialties import specialties
from finder.directions.borders import Documents
from finder.directions.estimate import TravelMode
from finder.directory import (
    Answer,
    AreaChoice,
    Emergency,
    Facets,
    OpenWish,
    Snapshot,
    Sort,
    Stated,
    Wanted,
    What,
    answer,
    understood_in,
)
from finder.directory.cares import specialty_ids
from finder.directory.plans import PlanBook, plan_of
from finder.directory.understanding import PartKind
from finder.directory.understanding.labels import part_label
from finder.domain.consent import ForSearch
from finder.domain.facility import FacilityKind
from finder.domain.practitioner import Gender, Practitioner
from finder.errors import BadInput, Damaged, NotFound, TokenNeeded
from finder.http.languages import accepted_languages

__all__ = ["search_handler"]

Language = Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35, description="BCP 47.")]
Care = Annotated[str, msgspec.Meta(min_length=1, max_length=60, description="A NUCC code or an id: GET /api/v1/specialties.")]
PlanText = Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="An id of GET /api/v1/plans, or a plan's name.")]
TextLanguage = Annotated[str, msgspec.Meta(pattern="^(en|es)$", description="Of the texts; else Accept-Language decides.")]

_OPEN_AT_PAST: Final = timedelta(days=1)
_OPEN_AT_AHEAD: Final = timedelta(days=366)
_DOCUMENTS_SAID: Final = (
    "With what the person can cross a border: none hides what is across; with others the wait is in the time of the way."
)
_OPEN_AT_SAID: Final = "For open = at: from a day ago to 366 days ahead."


class SearchRequest(Whereabouts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where, what and how many. An empty object asks for anything near the network address."""

    words: Annotated[str, msgspec.Meta(max_length=2000, description="What a person asks for in their own words.")] = ""
    what: What | None = None
    specialty: Care | list[Care] | None = None
    service: Care | list[Care] | None = None
    languages: Language | list[Language] | None = None
    plan: PlanText | None = None
    open: OpenWish | None = None
    open_at: Annotated[datetime, msgspec.Meta(tz=True, description=_OPEN_AT_SAID)] | None = None
    accepting_new_patients: bool = False
    telehealth: bool = False
    wheelchair: bool = False
    gender: Gender | None = None
    kind: FacilityKind | list[FacilityKind] | None = None
    mode: TravelMode = TravelMode.CAR
    sort: Sort = Sort.DISTANCE
    documents: Annotated[Documents, msgspec.Meta(description=_DOCUMENTS_SAID)] | None = None
    facets: bool = True
    lang: TextLanguage | None = None
    radius_m: Annotated[float, msgspec.Meta(ge=1, le=20_100_000, description="From the centre of the position.")] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    cursor: Annotated[str, msgspec.Meta(max_length=8000, description="next_cursor of the page before.")] | None = None


class PartAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a piece of the words was taken for. Send ``without`` as ``words`` to search without it.

    ``ignored``: it narrows nothing down, since nothing is known by that name, or another field or part says otherwise.
    """

    kind: PartKind
    value: str
    label: str
    text: str
    start: int
    end: int
    without: str
    ignored: bool


class UnplacedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of whom no place of work is known: see ``GET /api/v1/practitioners/{id}``."""

    id: str
    name: str
    specialties: list[SpecialtyAnswer]

    @classmethod
    def of(cls, told: Practitioner) -> "UnplacedAnswer":
        """Return a practitioner as the API gives it."""
        table = specialties()
        return cls(id=told.id, name=told.name, specialties=specialty_answers(specialty_ids(told.specialties, table), table))


class EmergencyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What to say before all else: the words sound like an emergency. The first results are emergency care."""

    red_flag: str
    label: str
    number: str
    country: str | None
    crisis_line: str | None
    crisis_name: str | None

    @classmethod
    def of(cls, emergency: Emergency, language: str) -> "EmergencyAnswer":
        """Return it in a language; the crisis line only where a life crisis is meant."""
        flag, numbers, spanish = emergency.red_flag, emergency.numbers, language.startswith("es")
        return cls(
            red_flag=flag.id,
            label=flag.label_es if spanish else flag.label_en,
            number=numbers.emergency,
            country=numbers.country,
            crisis_line=numbers.crisis_line if flag.crisis else None,
            crisis_name=(numbers.crisis_name_es if spanish else numbers.crisis_name_en) if flag.crisis else None,
        )


class QuestionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One question, asked only because its answer changes what comes first: send the ``place`` of the option chosen."""

    text: str
    options: tuple[AreaChoice, AreaChoice]

    @classmethod
    def of(cls, options: tuple[AreaChoice, AreaChoice], language: str) -> "QuestionAnswer":
        """Return the question in a language."""
        first, second = (option.label for option in options)
        spanish = language.startswith("es")
        text = f"¿Está más cerca de {first} o de {second}?" if spanish else f"Are you nearer to {first} or to {second}?"
        return cls(text=text, options=options)


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Results in order. ``next_cursor`` is null on the last page; ``what`` is what was looked for, asked or chosen."""

    position: PositionAnswer
    what: What
    understood: list[PartAnswer]
    unplaced: Annotated[
        list[UnplacedAnswer],
        msgspec.Meta(description="Of that name, but no place is known, where nobody is found."),
    ]
    instead: Annotated[list[SpecialtyAnswer], msgspec.Meta(description="Wider care, where nobody gives the very care asked for.")]
    emergency: EmergencyAnswer | None
    results: list[FacilityResult | PractitionerResult]
    next_cursor: str | None
    question: QuestionAnswer | None
    facets: Facets | None


def search_handler(services: ApiServices) -> Any:
    """Return the handler of ``POST /api/v1/search``."""

    @post(
        "/search",
        status_code=200,
        sync_to_thread=True,
        summary="Where can I be seen",
        responses={200: ResponseSpec(SearchAnswer, generate_examples=False, description="In order, with reasons")},
    )
    def search(request: Request[Any, Any, Any], data: JSONBody[SearchRequest]) -> Response[bytes]:
        """Answer places of care and doctors near a device's position, a named place, or where the network address seems to be."""
        language = data.lang or next(accepted_languages(request.headers.get("accept-language", "")), "en")
        snapshot, at = services.directory.current(), services.now()
        understood = understood_in(snapshot, data.words)
        urgent = understood.red_flag is not None  # then whom to call is said before what is wrong with the rest of the question
        try:
            position = position_of(data, request, services, ForSearch, understood.of(PartKind.PLACE), urgent=urgent)
        except (BadInput, Damaged, NotFound, TokenNeeded):
            if not urgent:
                raise
            position = services.locate_request(request, language)
        try:
            stated = _stated(data, snapshot, at)
        except BadInput:
            if not urgent:
                raise
            stated = Stated(mode=data.mode, limit=data.limit, cursor=data.cursor)
        found = answer(snapshot, understood, stated, position, at, roads=services.router, borders=services.borders)
        services.count_search(request, position, found.search.care)
        page = found.page
        # The parts are joined as bytes, because each facility was encoded when it was published.
        body = (
            b'{"position":%b,"what":%b,"understood":%b,"unplaced":%b,"instead":%b,"emergency":%b,"results":[%b],"next_cursor":%b,"question":%b,"facets":%b}'
            % (
                msgspec.json.encode(PositionAnswer.of(position)),
                msgspec.json.encode(found.search.what),
                msgspec.json.encode(_parts(found, snapshot.plans, language)),
                msgspec.json.encode([UnplacedAnswer.of(one) for one in found.unplaced]),
                msgspec.json.encode(specialty_answers(found.instead, specialties())),
                msgspec.json.encode(EmergencyAnswer.of(page.emergency, language) if page.emergency else None),
                b",".join(result_json(hit, at, data.mode, language) for hit in page.hits),
                msgspec.json.encode(page.next_cursor),
                msgspec.json.encode(QuestionAnswer.of(page.nearer_to, language) if page.nearer_to else None),
                msgspec.json.encode(page.facets),
            )
        )
        return Response(body, media_type=MediaType.JSON)

    return search


def _stated(data: SearchRequest, snapshot: Snapshot, now: datetime) -> Stated:
    if (data.open is OpenWish.AT) != (data.open_at is not None):
        raise BadInput('To ask for a moment send both "open": "at" and open_at, a time with its offset.')
    # By comparing, as at the ends of the calendar nothing may be added or taken away.
    if data.open_at is not None and not now - _OPEN_AT_PAST <= data.open_at <= now + _OPEN_AT_AHEAD:
        raise BadInput("open_at must lie between a day ago and 366 days from now: of other days nobody knows the hours.")
    return Stated(
        what=data.what,
        wanted=Wanted(
            kinds=frozenset(_listed(data.kind)),
            languages=frozenset(_listed(data.languages)),
            plan=_plan(data.plan, snapshot) if data.plan is not None else None,
            accepting=data.accepting_new_patients,
            telehealth=data.telehealth,
            wheelchair=data.wheelchair,
            gender=data.gender,
        ),
        care=tuple(_care(one) for one in (*_listed(data.specialty), *_listed(data.service))),
        open=data.open,
        open_at=data.open_at,
        mode=data.mode,
        sort=data.sort,
        radius_m=data.radius_m,
        limit=data.limit,
        cursor=data.cursor,
        facets=data.facets,
        documents=data.documents,
    )


def _care(id_or_code: str) -> str:
    try:
        return specialties().get(id_or_code).id
    except NotFound as error:
        raise BadInput(str(error)) from None


def _plan(text: str, snapshot: Snapshot) -> str:
    """The id of a plan that is stated by id or by name. Raises :class:`BadInput` for one that nobody takes."""
    try:
        return snapshot.plans.get(plan_of(text).id if plan_of(text).id in snapshot.plans else text).id
    except NotFound as error:
        raise BadInput(str(error)) from None


def _parts(found: Answer, plans: PlanBook, language: str) -> list[PartAnswer]:
    return [
        PartAnswer(
            kind=part.kind,
            value=part.value,
            label=part_label(part, plans, language),
            text=part.text,
            start=part.start,
            end=part.end,
            without=found.understood.without(part),
            ignored=part in (*found.ignored, *found.overruled),
        )
        for part in found.understood.parts
    ]


def _listed[T](value: T | list[T] | None) -> list[T]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
