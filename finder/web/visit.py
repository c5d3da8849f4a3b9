"""What every page does with a visit: the way back to the search, the language that was chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Request, Response

from finder.errors import BadInput
from finder.web.find import QUESTION_FIELDS, Question, question_from
from finder.web.preferences import LANGUAGES, keep_preferences, preferences_of

__all__ = ["asked_before", "canonical_address", "question_of_form", "with_cookie"]

_Request = Request[Any, Any, Any]


def asked_before(request: _Request) -> Question:
    """The question of the search that a page was opened from: it came along in the link."""
    try:
        return question_from(request.query_params)
    except BadInput:  # written by nobody's form; the page itself does not depend on it
        return Question()


def question_of_form(request: _Request, posted: Mapping[str, str], fields: Sequence[str] = QUESTION_FIELDS) -> dict[str, str]:
    """What a posted form asks by these fields: in its own, else in the address that it was sent to."""
    return {name: posted.get(name, request.query_params.get(name, "")) for name in fields}


def with_cookie(request: _Request, response: Response[str]) -> Response[str]:
    """Remember the language that was chosen by the switch; a link on another site is nobody's choice."""
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES and request.headers.get("sec-fetch-site", "same-origin") == "same-origin":
        keep_preferences(request, response, preferences_of(request).but(language=chosen))
    return response


def canonical_address(request: _Request) -> str:
    """The path of a page without the question that came along in its address, but in the language that it asks for."""
    chosen = request.query_params.get("lang")
    return f"{request.url.path}?lang={chosen}" if chosen in LANGUAGES else request.url.path
