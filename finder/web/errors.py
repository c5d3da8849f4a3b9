"""Error pages: plain words, a way back, and nothing of the inside."""

from typing import Any

from litestar import Request, Response

from finder.http.faults import log_fault, status_of
from finder.web.labels import N_
from finder.web.render import Pages

__all__ = ["error_page"]

_TITLES = {
    400: N_("We could not read that request"),
    403: N_("That is not allowed"),
    404: N_("Page not found"),
    405: N_("We could not read that request"),
    409: N_("Our privacy policy has changed"),
    413: N_("We could not read that request"),
    429: N_("Too many requests"),
    503: N_("Not ready yet"),
}
_DETAILS = {
    404: N_("The address may be mistyped, or the place of care is no longer listed."),
    409: N_("Load the page again to read the policy in force, then choose again."),
    503: N_("No places of care have been published here yet. Please come back later."),
}
_PLAIN = N_("Please go back and try again.")
_FAULT = N_("Something went wrong on our side")


def error_page(pages: Pages, request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """The page for an error. What an operator must know goes to the log, without the address, which may name a place."""
    status = status_of(error)
    if status >= 500:
        log_fault(error)
    reader = pages.reader(request)
    values = {
        "title": reader.text(_TITLES.get(status, _FAULT if status >= 500 else _TITLES[400])),
        "detail": reader.text(_DETAILS.get(status, _PLAIN)),
    }
    return pages.respond(request, "error.html", values, status_code=status)
