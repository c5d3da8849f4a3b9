"""Who asks: a person without a name, by the token in a header or in the one cookie of a session.

The cookie is set when a person says yes to something or saves something, never before. Why it is what it is:
``docs/decisions/0027-a-person-without-a-name.md``.
"""

from typing import Any, Final

from litestar import Request, Response
from litestar.datastructures import Cookie

from finder.errors import TokenNeeded
from finder.http.site import is_of_own_page
from finder.privacy.subjects import Person, person_of

__all__ = ["SESSION_COOKIE", "asking_person", "end_session", "known_person", "opted_out", "start_session"]

SESSION_COOKIE: Final = "__Host-finder-session"
"""Browsers take a cookie of such a name from the very host alone, over https or on the machine itself."""
_CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

type _Request = Request[Any, Any, Any]


def asking_person(request: _Request) -> Person | None:
    """Return who asks, by ``Authorization: Bearer fs_…``, else by the cookie; ``None`` for somebody without a token.

    With a bearer token that is no person's nobody asks, whatever the cookie says. The cookie is not believed when another site's
    page has the browser send something, nor when nothing says whose page it is.
    """
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        return person_of(token.strip())
    if request.method not in _CHANGES_NOTHING and not is_of_own_page(request):
        return None
    return person_of(request.cookies.get(SESSION_COOKIE, ""))


def known_person(request: _Request) -> Person:
    """Return who asks. Raises :class:`TokenNeeded` for somebody without a token."""
    person = asking_person(request)
    if person is None:
        raise TokenNeeded(
            "This call is about one person: send the person's token, Authorization: Bearer fs_…, as POST /api/v1/consents "
            "gave it at the first yes."
        )
    return person


def start_session(response: Response[Any], person: Person) -> None:
    """Let the browser hold the person's token until it is closed."""
    response.set_cookie(_cookie(person.token))


def end_session(response: Response[Any]) -> None:
    """Let the browser forget the token at once."""
    response.set_cookie(_cookie("", max_age=0))


def opted_out(request: _Request) -> bool:
    """Whether the browser says by Global Privacy Control or Do Not Track that nothing may be handed on or counted."""
    return any(request.headers.get(name, "").strip() == "1" for name in ("sec-gpc", "dnt"))


def _cookie(value: str, *, max_age: int | None = None) -> Cookie:
    return Cookie(SESSION_COOKIE, value=value, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax")
