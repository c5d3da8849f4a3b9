"""Saying yes or no, or taking a yes back: what a page's script or a plain form posts; and what a page must know to ask."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from finder.domain.consent import Purpose, Via, WithPosition
from finder.errors import BadInput, NotReady
from finder.http.persons import asking_person, opted_out
from finder.privacy.grants import checked_version
from finder.privacy.policy import policies, policy_version
from finder.web.device_form import posted_texts
from finder.web.language import Reader
from finder.web.preferences import LANGUAGES
from finder.web.privacy.consents import NEVER_TO_OPTED_OUT
from finder.web.remembering import person_to_keep
from finder.web.render import Pages
from finder.web.services import WebServices

__all__ = ["CONSENTS_PATH", "AskedConsent", "asked_consent", "consent_handler"]

CONSENTS_PATH: Final = "/privacy/consents"
_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


class _ConsentForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says to a purpose. ``policy`` and ``language``: of the text that was read, for a yes or a no."""

    say: Literal["yes", "no", "revoke"]
    purpose: Purpose
    policy: str = ""
    language: str = ""
    form: Literal["", "plain"] = ""
    """``plain`` where no script sends it: the person is led back to the privacy centre."""


_FIELDS: Final = frozenset(_ConsentForm.__struct_fields__)


@dataclass(frozen=True)
class AskedConsent:
    """What a page with the dialog knows: to what it asks, and when the person agreed to it, if a yes holds."""

    purpose: Purpose
    agreed_at: datetime | None
    is_known: bool = True
    """Whether the ledger has answered."""


def asked_consent(request: _Request, services: WebServices, purpose: type[WithPosition]) -> AskedConsent:
    """Whether the person has to be asked. Where the ledger does not answer the page is there all the same, and asks."""
    person = asking_person(request)
    try:
        agreed_at = services.consents.agreed_at(purpose, person.subject) if person else None
    except NotReady:
        return AskedConsent(purpose.purpose, None, is_known=False)
    return AskedConsent(purpose.purpose, agreed_at)


def consent_handler(pages: Pages) -> Any:
    """The handler of ``POST /privacy/consents``, for the dialog and for the forms of the privacy centre."""
    desk, rights = pages.services.consents, pages.services.rights

    @post(CONSENTS_PATH, status_code=200, sync_to_thread=True, include_in_schema=False)
    def say(request: _Request, data: _Posted) -> Response[Any]:
        """Write down what a person says, which is 204. Of who keeps no cookie nothing is written, no yes either: that is 202."""
        form = _form_from(posted_texts(request, data, _FIELDS))
        if form.say == "yes":
            return _agree(request, form)
        person = asking_person(request)
        if person is not None and form.say == "no":
            desk.say_no(person.subject, form.purpose, **_read(form, pages.reader(request)))
        elif person is not None:
            rights.oppose(person.subject, [form.purpose], via=Via.WEB)
        return _answer(form, done="taken" if person is not None else "")

    def _agree(request: _Request, form: _ConsentForm) -> Response[Any]:
        if form.purpose is Purpose.DISCLOSURE:
            raise BadInput("A yes to disclosure is given at /authorize alone, to one app.")
        read = _read(form, pages.reader(request))
        checked_version(read["version"], form.purpose, policies())  # before any cookie
        if form.purpose in NEVER_TO_OPTED_OUT and opted_out(request):
            return _answer(form, status_code=202)  # the privacy centre says why
        person = person_to_keep(request)
        if isinstance(person, Response):
            return person
        if person is None:
            return _answer(form, done="agreed", status_code=202)
        desk.say_yes(person.subject, form.purpose, **read, once=True)
        return _answer(form, done="agreed")

    return say


def _answer(form: _ConsentForm, *, done: str = "", status_code: int = 204) -> Response[Any]:
    """``done`` is what the privacy centre is to say, to who comes by a plain form; ``status_code`` is for the others."""
    if form.form == "plain":
        return Redirect(f"/privacy?done={done}#consents" if done else "/privacy#consents", status_code=303)
    return Response(None, status_code=status_code)


def _form_from(posted: dict[str, str]) -> _ConsentForm:
    try:
        return msgspec.convert(posted, _ConsentForm)
    except msgspec.ValidationError as error:
        raise BadInput(f"The form cannot be read: {error}.") from error


def _read(form: _ConsentForm, reader: Reader) -> dict[str, Any]:
    """What the person had read: in the language of the form, else in that of the pages."""
    language = form.language if form.language in LANGUAGES else reader.language
    return {"version": policy_version(form.policy), "language": language, "via": Via.WEB}
