"""Visits that a person arms notices for, and the notices: on the server, and only of who has agreed to it."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from finder.api.services import ApiServices
from finder.domain.consent import ForNotices
from finder.domain.fence import Trigger
from finder.http.languages import accepted_languages
from finder.http.persons import known_person
from finder.notices.visits import Notice, Visit, VisitDesk
from finder.store.tenants import LONGEST_TENANT_NAME

__all__ = ["NoticeAnswer", "VisitAnswer", "VisitToArm", "visit_handlers"]

_Request = Request[Any, Any, Any]
Language = Literal["en", "es"]
FacilityId = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=100, description="As a search or GET /api/v1/fences gave it; never in an address."),
]
Until = Annotated[
    datetime,
    msgspec.Meta(tz=True, description="When the visit ends, within 24 hours. Without it: with the place's day, or in 2 hours."),
]
Email = Annotated[
    str,
    msgspec.Meta(
        max_length=254,
        pattern=r"^[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$",
        description="Where to write that there is a notice; the letter names no place.",
    ),
]
Who = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TENANT_NAME)]], msgspec.Meta(min_length=1, max_length=10)
]
Sms = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\+[1-9][0-9]{6,14}$",
        description="Where to send a short message that there is a notice, in the form of E.164; it names no place.",
    ),
]
RowId = Annotated[str, PathParameter(pattern="^[0-9a-f]{24}$", description="Random: it tells nothing.")]
After = Annotated[int, QueryParameter(ge=0, le=2**53, description="Only notices whose seq is greater.")]


class VisitToArm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The visit of one place, once."""

    facility: FacilityId
    until: Until | None = None
    language: Language | None = None
    """Of the notices; without it that of Accept-Language, else English."""
    tell_facility: bool = False
    """Whether who runs the place now may be told too, under a random reference, that somebody comes, is there and leaves."""
    who: Who | None = None
    """With ``tell_facility``: the names of whom the person was asked about. Of others none is told, whoever runs it now."""
    email: Email | None = None
    sms: Sms | None = None


class PlaceNamed(msgspec.Struct, frozen=True):
    """A place of care."""

    id: str
    name: str


class VisitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An armed visit. ``reference``: all that who runs the place is told of who it is; null where they are told nothing.

    ``tell_facility``: whether who runs the place just now is told; not where another has taken it over since the person agreed.
    ``is_watched``: whether something would be told there just now; not where the place has taken its notices back.
    """

    id: str
    facility: PlaceNamed
    language: str
    armed_at: datetime
    ends_at: datetime
    tell_facility: bool
    reference: str | None
    email: str | None
    sms: str | None
    is_watched: bool

    @classmethod
    def of(cls, visit: Visit, desk: VisitDesk) -> "VisitAnswer":
        """Return a visit as the API gives it."""
        tells_facility = desk.tells_facility(visit)
        return cls(
            id=visit.id,
            facility=PlaceNamed(visit.facility_id, visit.facility_name),
            language=visit.language,
            armed_at=visit.armed_at,
            ends_at=visit.ends_at,
            tell_facility=tells_facility,
            reference=visit.reference if tells_facility else None,
            email=visit.email,
            sms=visit.sms,
            is_watched=desk.is_watched(visit),
        )


class NoticeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A notice. The same one may come by several ways, and is known by its ``id``; ``who`` had it told, ``fence`` is its name."""

    id: str
    seq: int
    """Of two notices the later has the greater."""
    visit: str
    at: datetime
    title: str
    body: str
    language: str
    facility: PlaceNamed
    fence: str
    trigger: Trigger
    why: str
    who: str
    is_seen: bool

    @classmethod
    def of(cls, notice: Notice) -> "NoticeAnswer":
        """Return a notice as the API gives it."""
        return cls(
            id=notice.id,
            seq=notice.seq,
            visit=notice.visit_id,
            at=notice.at,
            title=notice.title,
            body=notice.body,
            language=notice.language,
            facility=PlaceNamed(notice.facility_id, notice.facility_name),
            fence=notice.fence_name,
            trigger=notice.trigger,
            why=notice.why,
            who=notice.who,
            is_seen=notice.is_seen,
        )


class VisitsAnswer(msgspec.Struct, frozen=True):
    """The armed visits, the first armed first."""

    visits: list[VisitAnswer]


class StoppedAnswer(msgspec.Struct, frozen=True):
    """How many visits were armed."""

    stopped: int


class NoticesAnswer(msgspec.Struct, frozen=True):
    """The notices, the first told first; each until a day after its visit ended."""

    notices: list[NoticeAnswer]


def visit_handlers(services: ApiServices, desk: VisitDesk) -> list[Any]:
    """Return the handlers under ``/api/v1/visits`` and ``/api/v1/notices``."""

    @post("/visits", status_code=201, sync_to_thread=True, summary="Arm notices for a visit")
    def arm(request: _Request, data: JSONBody[VisitToArm]) -> VisitAnswer:
        """Keep, sealed with the person's key, that this place is to be visited; it needs a consent to notices (403).

        From now on positions of POST /api/v1/positions are compared with the fences of this place, and no other. A place that
        is armed already is changed: nothing is told twice. Where there is nothing to be told, that is said (404).
        """
        person = known_person(request)
        grant = services.consents.grant(ForNotices, person.subject)
        visit = desk.arm(
            grant,
            person,
            data.facility,
            until=data.until,
            language=data.language or _accepted(request),
            tell_facility=data.tell_facility,
            asked_about=data.who,
            email=data.email,
            sms=data.sms,
        )
        return VisitAnswer.of(visit, desk)

    @get("/visits", sync_to_thread=True, summary="The visits that a person has armed")
    def visits(request: _Request) -> VisitsAnswer:
        """Answer what is armed now."""
        armed = desk.visits(known_person(request))
        return VisitsAnswer([VisitAnswer.of(visit, desk) for visit in armed])

    @delete("/visits", status_code=200, sync_to_thread=True, summary="Stop all visits")
    def stop_all(request: _Request) -> StoppedAnswer:
        """Stop at once: what is known of the way is wiped, and no notice goes out any more."""
        return StoppedAnswer(desk.disarm_all(known_person(request)))

    @delete("/visits/{visit_id:str}", status_code=204, sync_to_thread=True, summary="Stop a visit")
    def stop(request: _Request, visit_id: RowId) -> None:
        """Stop at once: what is known of the way is wiped, and no notice goes out any more."""
        desk.disarm(known_person(request), visit_id)

    @get("/notices", sync_to_thread=True, summary="What a person was told")
    def notices(request: _Request, after: After = 0) -> NoticesAnswer:
        """Answer the notices, those that were seen too."""
        return NoticesAnswer([NoticeAnswer.of(notice) for notice in desk.notices(known_person(request), after=after)])

    @post("/notices/{notice_id:str}/seen", status_code=204, sync_to_thread=True, summary="A notice was shown")
    def seen(request: _Request, notice_id: RowId) -> None:
        """Say that the person has seen it: it comes by no other way then."""
        desk.seen(known_person(request), notice_id)

    return [arm, visits, stop_all, stop, notices, seen]


def _accepted(request: _Request) -> Language:
    for tag in accepted_languages(request.headers.get("accept-language", "")):
        language = tag.partition("-")[0].lower()
        if language in {"en", "es"}:
            return "es" if language == "es" else "en"
    return "en"
