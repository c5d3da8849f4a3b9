"""Error pages: plain words, a way back, and nothing of the inside."""

from typing import Any, Final

from litestar import Request, Response

from finder.errors import Conflict, NotReady, OutdatedPolicy
from finder.http.faults import log_fault, status_of
from finder.web.labels import N_
from finder.web.language import Reader
from finder.web.render import Pages

__all__ = ["error_page"]

_TITLES = {
    400: N_("We could not read that request"),
    403: N_("That is not allowed"),
    404: N_("Page not found"),
    405: N_("We could not read that request"),
    409: N_("This cannot be done now"),
    413: N_("We could not read that request"),
    429: N_("Too many requests"),
    503: N_("Not ready yet"),
}
_DETAILS = {
    404: N_("The address may be mistyped, or the place of care is no longer listed."),
    503: N_("No places of care have been published here yet. Please come back later."),
}
_PLAIN = N_("Please go back and try again.")
_OUTDATED: Final = (
    N_("Our privacy policy has changed"),
    N_("Load the page again to read the policy in force, then choose again."),
)
_PRIVACY_CENTRE: Final = "/privacy"
_NOTICES: Final = "/notices"
_OF_PERSONS: Final = (_PRIVACY_CENTRE, "/authorize", _NOTICES)
"""Where what is not ready is the store, and not the directory of places of care."""
_FAULT = N_("Something went wrong on our side")


def error_page(pages: Pages, request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """The page for an error. What an operator must know goes to the log, without the address, which may name a place."""
    status = status_of(error)
    if status >= 500:
        log_fault(error)
    reader = pages.reader(request)
    title, detail = _TITLES.get(status, _FAULT if status >= 500 else _TITLES[400]), _DETAILS.get(status, _PLAIN)
    if isinstance(error, OutdatedPolicy):
        title, detail = _OUTDATED
    elif isinstance(error, Conflict):
        detail = str(error)  # it says what must come first
    elif isinstance(error, NotReady) and request.url.path.startswith(_OF_PERSONS):
        return pages.respond(request, "error.html", _not_done(request, reader), status_code=status)
    values = {"title": reader.text(title), "detail": reader.text(detail)}
    return pages.respond(request, "error.html", values, status_code=status)


def _not_done(request: Request[Any, Any, Any], reader: Reader) -> dict[str, Any]:
    """What is said where the store does not answer: what has not been done, and the same form once more to repeat it.

    Not that of ``/authorize``: the answer to it is an app's address, where no form of this page may end.
    """
    path, posted = request.url.path, request.state.get("posted")
    if posted is None:
        detail = N_("We cannot look this up right now. Please load the page again in a minute.")
    elif path.startswith(_NOTICES):
        detail = N_("Nothing is stopped yet: our database does not answer right now. Please try again in a minute.")
    elif path.endswith("/erase"):
        detail = N_("Nothing is erased yet: our database does not answer right now. Please try again in a minute.")
    elif path.endswith("/revoke") or posted.get("say") == "revoke":
        detail = N_("Nothing is taken back yet: our database does not answer right now. Please try again in a minute.")
    else:
        detail = N_("Nothing is saved or changed yet: our database does not answer right now. Please try again in a minute.")
    again = {"action": path, "fields": posted} if posted is not None and path.startswith((_PRIVACY_CENTRE, _NOTICES)) else None
    return {"title": reader.text(_TITLES[409]), "detail": reader.text(detail), "again": again}
