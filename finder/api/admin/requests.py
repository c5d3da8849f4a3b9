"""Requests about personal data that came by letter or e-mail, with the day until which each is to be answered."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter, QueryParameter

from finder.api.admin.services import AdminServices, actor_of
from finder.domain.admin import Action, Scope
from finder.domain.consent import Purpose, Subject
from finder.domain.rights import Law, MailRequest, Outcome, RequestKind
from finder.privacy.mail import REFERENCE, WHOSE
from finder.privacy.personal_data import PersonalData
from finder.privacy.rights import ErasureReceipt

__all__ = ["request_handlers"]

_Request = Request[Any, Any, Any]
_NEEDS = {"scope": Scope.PRIVACY}
RequestId = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]
Whose = Annotated[
    str,
    msgspec.Meta(pattern=WHOSE, description="The person's key, or the subject that the privacy centre shows. A key is not kept."),
]


class RequestToEnter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request as it came. ``reference`` is the operator's file number, with a digit: never a name."""

    kind: RequestKind
    law: Law
    received_on: date
    reference: Annotated[str, msgspec.Meta(pattern=REFERENCE, max_length=40)]
    person: Whose | None = None
    again: Annotated[bool, msgspec.Meta(description="Though there is a request of this kind and reference already.")] = False


class RequestOutcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it was answered."""

    outcome: Outcome


class WhoseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose data, where the request does not say so yet. Only with the key can what was saved be read."""

    person: Whose | None = None


class OppositionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To what the person objects."""

    purposes: Annotated[list[Purpose], msgspec.Meta(min_length=1, max_length=len(Purpose))]
    person: Whose | None = None


class MailRequestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A request. ``overdue``: it should have been answered by now."""

    id: int
    kind: RequestKind
    law: Law
    received_on: date
    due_on: date
    overdue: bool
    reference: str
    subject: Subject | None
    answered_on: date | None
    outcome: Outcome | None

    @classmethod
    def of(cls, request: MailRequest, today: date) -> "MailRequestAnswer":
        """Return a request as the API gives it."""
        return cls(**msgspec.structs.asdict(request), overdue=request.is_overdue(today))


class MailRequestsAnswer(msgspec.Struct, frozen=True):
    """Those that wait, the one that is due first before others; then those that were answered, where they were asked for."""

    requests: list[MailRequestAnswer]


class OpposedAnswer(msgspec.Struct, frozen=True):
    """To what the person had said yes, and now does not."""

    taken_back: list[Purpose]


def request_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/requests``."""
    mail = services.mail

    @get("/requests", opt=_NEEDS, sync_to_thread=True, summary="Requests about personal data")
    def listed(
        answered: Annotated[bool, QueryParameter(description="Those too that were answered.")] = False,
    ) -> MailRequestsAnswer:
        """Answer what is to be answered, and until when."""
        today = mail.today()
        return MailRequestsAnswer(requests=[MailRequestAnswer.of(one, today) for one in mail.listed(answered=answered)])

    @post("/requests", opt=_NEEDS, status_code=201, sync_to_thread=True, summary="Enter a request")
    def add(request: _Request, data: JSONBody[RequestToEnter]) -> MailRequestAnswer:
        """Enter a request that came by letter or e-mail; its law says until when it is to be answered."""
        added = mail.add(
            data.kind,
            data.law,
            received_on=data.received_on,
            reference=data.reference,
            whose=data.person,
            again=data.again,
        )
        services.record(actor_of(request), Action.REQUEST_ADD, _named(added.id), f"done: {added.kind}, {added.law}")
        return MailRequestAnswer.of(added, mail.today())

    @post("/requests/{request_id:int}/answer", opt=_NEEDS, status_code=200, sync_to_thread=True, summary="Say how it ended")
    def answer(request: _Request, request_id: RequestId, data: JSONBody[RequestOutcome]) -> MailRequestAnswer:
        """Enter that a request was answered today, and how."""
        with services.recorded(actor_of(request), Action.REQUEST_ANSWER, _named(request_id), f"done: {data.outcome}"):
            answered = mail.answer(request_id, data.outcome)
        return MailRequestAnswer.of(answered, mail.today())

    @post(
        "/requests/{request_id:int}/export",
        opt=_NEEDS,
        status_code=200,
        sync_to_thread=True,
        summary="What is held about its person",
        responses={200: ResponseSpec(PersonalData, generate_examples=False, description="Nothing held: the same, without rows")},
    )
    def export(request: _Request, request_id: RequestId, data: JSONBody[WhoseRequest]) -> Response[bytes]:
        """Answer all that is held, for a request for access."""
        with services.recorded(actor_of(request), Action.REQUEST_EXPORT, _named(request_id)):
            held = mail.export(request_id, data.person)
        return Response(msgspec.json.encode(held), media_type=MediaType.JSON)

    @post("/requests/{request_id:int}/erase", opt=_NEEDS, status_code=200, sync_to_thread=True, summary="Forget its person")
    def erase(request: _Request, request_id: RequestId, data: JSONBody[WhoseRequest]) -> ErasureReceipt:
        """Erase all that is held, for a request for cancellation; 404 where nothing is: then its answer is nothing-held."""
        with services.recorded(actor_of(request), Action.REQUEST_ERASE, _named(request_id)):
            return mail.erase(request_id, data.person)

    @post("/requests/{request_id:int}/oppose", opt=_NEEDS, status_code=200, sync_to_thread=True, summary="Take a yes back")
    def oppose(request: _Request, request_id: RequestId, data: JSONBody[OppositionRequest]) -> OpposedAnswer:
        """Take what the person agreed to back, for a request of opposition."""
        with services.recorded(actor_of(request), Action.REQUEST_OPPOSE, _named(request_id)):
            return OpposedAnswer(mail.oppose(request_id, data.purposes, data.person))

    return [listed, add, answer, export, erase, oppose]


def _named(request_id: int) -> str:
    """As the audit log names it: by its number and by nobody's."""
    return f"request {request_id}"
