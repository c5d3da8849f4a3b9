"""Where an application of somebody else's sends a person to ask for access: one question, and two equal answers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode, urlsplit

from litestar import MediaType, Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from finder.domain.apps import GRANT_LASTS_UNUSED
from finder.errors import BadInput
from finder.http.persons import asking_person, opted_out, start_session
from finder.http.site import issuer_of
from finder.privacy.disclosures import Asked, BadAppRequest, Controller, SendBack
from finder.privacy.disclosures.server import ASKED_WITH, WhyBad
from finder.privacy.disclosures.texts import RISKS, SCOPES
from finder.privacy.policy import policy_version
from finder.privacy.subjects import new_person
from finder.web.device_form import posted_texts
from finder.web.formats import date_text
from finder.web.labels import N_
from finder.web.preferences import LANGUAGES
from finder.web.privacy.key import person_typed
from finder.web.render import Pages
from finder.web.security import CONTENT_SECURITY_POLICY
from finder.web.visit import with_cookie

__all__ = ["authorize_handlers"]

_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
_FIELDS: Final = frozenset((*ASKED_WITH, "decision", "policy", "language"))
_KEY_FIELDS: Final = frozenset((*ASKED_WITH, "key"))
_WHY_BAD: Final = {
    WhyBad.UNKNOWN_APP: N_("We do not know the app that sent you here, or it is no longer allowed here. Nothing was passed on."),
    WhyBad.BAD_REDIRECT: N_(
        "The app wants to get the answer at an address that is not one of its own here. Somebody may be pretending to be that "
        "app. Nothing was passed on."
    ),
    WhyBad.MALFORMED: N_("The link that brought you here is damaged. Nothing was passed on."),
}


def authorize_handlers(pages: Pages) -> Sequence[Any]:
    """The handlers of ``GET`` and ``POST /authorize``, and of ``POST /authorize/key``."""
    disclosures, brand = pages.services.disclosures, pages.services.brand

    def controller(request: _Request) -> Controller:
        name = pages.brand.name(pages.reader(request).language)
        return Controller(name=name, contact=brand.contact, address=issuer_of(request))

    def bad_page(request: _Request, bad: BadAppRequest) -> Response[str]:
        reader = pages.reader(request)
        values = {"title": reader.text(N_("This app cannot ask you that")), "detail": reader.text(_WHY_BAD[bad.why])}
        return pages.respond(request, "error.html", values, status_code=400)

    def question_page(request: _Request, asked: Asked, *, wrong: str = "") -> Response[str]:
        reader, refused = pages.reader(request), opted_out(request)
        values = {
            "app": asked.app,
            "back_to": _back_to(asked.redirect_uri),
            "scopes": [SCOPES[scope][reader.language] for scope in asked.scopes],
            "risks": RISKS[reader.language],
            "until": date_text(disclosures.would_end_at().date(), reader),
            "unused_days": GRANT_LASTS_UNUSED.days,
            "is_known": asking_person(request) is not None,
            "wrong": wrong and reader.text(wrong),
            "opted_out": refused,
            "parameters": asked.parameters,
            "languages": [(code, name, f"?{urlencode([*asked.parameters, ('lang', code)])}") for code, name in LANGUAGES.items()],
        }
        page = pages.respond(request, "authorize.html", values, status_code=403 if refused else 400 if wrong else 200)
        page.headers["Content-Security-Policy"] = _policy_for(asked.redirect_uri)
        return with_cookie(request, page)

    @get("/authorize", sync_to_thread=True, include_in_schema=False, after_request=_as_it_is)
    def authorize_page(request: _Request) -> Response[Any]:
        """The question; an app that asks it wrongly is told so at once, if it is one that we know."""
        asked = disclosures.asked(list(request.query_params.multi_items()), issuer_of(request))
        match asked:
            case Asked():
                return question_page(request, asked)
            case SendBack():
                return _sent(asked)
            case BadAppRequest():
                return bad_page(request, asked)

    @post("/authorize", status_code=200, sync_to_thread=True, include_in_schema=False, after_request=_as_it_is)
    def decide(request: _Request, data: _Posted) -> Response[Any]:
        """Yes or no: either way the person goes back to the app, and only a yes is written down."""
        posted = posted_texts(request, data, _FIELDS)
        given = _asked_with(posted)
        if posted.get("decision") not in {"yes", "no"} or posted.get("language") not in LANGUAGES:
            raise BadInput("The form lacks the decision, or the language of what was read.")
        if posted["decision"] == "no":
            answer = disclosures.decline(given, issuer_of(request))
            return _sent(answer) if isinstance(answer, SendBack) else bad_page(request, answer)
        asked = disclosures.asked(given, issuer_of(request))
        if isinstance(asked, Asked) and opted_out(request):
            return question_page(request, asked)  # which says why not
        known = asking_person(request)
        person = known or new_person()
        answer = disclosures.agree(
            given,
            person,
            version=policy_version(posted.get("policy", "")),
            language=posted["language"],
            controller=controller(request),
        )
        if not isinstance(answer, SendBack):
            return bad_page(request, answer)
        response = _sent(answer)
        if known is None:
            start_session(response, person)
        return response

    @post("/authorize/key", status_code=200, sync_to_thread=True, include_in_schema=False, after_request=_as_it_is)
    def come_back(request: _Request, data: _Posted) -> Response[Any]:
        """Let a browser that holds no key hold the one that was typed, and ask the same question again."""
        posted = posted_texts(request, data, _KEY_FIELDS)
        asked = disclosures.asked(_asked_with(posted), issuer_of(request))
        if isinstance(asked, SendBack):
            return _sent(asked)
        if isinstance(asked, BadAppRequest):
            return bad_page(request, asked)
        is_held = asking_person(request) is not None
        person = None if is_held else person_typed(posted.get("key", ""), pages.services.rights)
        if isinstance(person, str):
            return question_page(request, asked, wrong=person)
        response = Redirect(f"/authorize?{urlencode(asked.parameters)}", status_code=303)
        response.headers["Cache-Control"] = "no-store"
        if person is not None:
            start_session(response, person)
        return response

    return [authorize_page, decide, come_back]


def _asked_with(posted: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the application asked with, as the page's hidden fields hold it."""
    return [(name, posted[name]) for name in ASKED_WITH if name in posted]


def _sent(back: SendBack) -> Response[str]:
    # 303, so that no browser posts the person's decision on to the app (RFC 9700, 4.12).
    headers = {"Location": back.location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response("", status_code=303, media_type=MediaType.TEXT, headers=headers)


async def _as_it_is(response: Response[Any]) -> Response[Any]:
    """In place of the pages' own ``after_request``: this page alone lets its form end at another address."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _policy_for(redirect_uri: str) -> str:
    """Browsers hold the answer to a form, too, to ``form-action``: the app's address is let in there, and nowhere else."""
    return CONTENT_SECURITY_POLICY.replace("form-action 'self'", f"form-action 'self' {_source(redirect_uri)}")


def _source(redirect_uri: str) -> str:
    parts = urlsplit(redirect_uri)
    # Of a scheme of the app's own there is no host, and of an IPv6 address the policy's grammar knows none.
    return (
        f"{parts.scheme}://{parts.netloc}"
        if parts.scheme in {"http", "https"} and "[" not in parts.netloc
        else f"{parts.scheme}:"
    )


def _back_to(redirect_uri: str) -> str:
    """Where the person goes on, in short: the host, or the app's own scheme; empty for an app on the person's machine."""
    parts = urlsplit(redirect_uri)
    if parts.scheme == "http":
        return ""
    return parts.netloc if parts.scheme == "https" else parts.scheme
