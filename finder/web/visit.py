"""What every page does with a visit: the way back to the search, the language that was chosen, the site's own address."""

import re
from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie

from finder.errors import BadInput
from finder.web.find import Question, question_from
from finder.web.language import COOKIE, LANGUAGES

__all__ = ["asked_before", "canonical_address", "site_address", "with_cookie"]

_YEAR_S = 365 * 24 * 3600
_HOST = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_Request = Request[Any, Any, Any]


def asked_before(request: _Request) -> Question:
    """The question of the search that a page was opened from: it came along in the link."""
    try:
        return question_from(request.query_params)
    except BadInput:  # written by nobody's form; the page itself does not depend on it
        return Question()


def with_cookie(request: _Request, response: Response[str]) -> Response[str]:
    """Remember the language that was chosen by the switch, and nothing else."""
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES:
        response.set_cookie(
            Cookie(COOKIE, value=chosen, max_age=_YEAR_S, samesite="lax", secure=request.url.scheme == "https", httponly=True)
        )
    return response


def site_address(request: _Request) -> str:
    """``https://finder.example``: the site as this visitor calls it. Raises :class:`BadInput` where that is no host's name.

    Which hosts the site answers to is an operator's setting, looked at before any page; with none set, any name is believed.
    """
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise BadInput("The request names no host that an address could be made of.")
    return f"{request.url.scheme}://{host}"


def canonical_address(request: _Request) -> str:
    """The path of a page without the question that came along in its address, but in the language that it asks for."""
    chosen = request.query_params.get("lang")
    return f"{request.url.path}?lang={chosen}" if chosen in LANGUAGES else request.url.path
