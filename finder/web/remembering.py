"""Nothing is written of who cannot be remembered: a browser first shows that it keeps our cookie."""

from typing import Any, Final

from litestar import Request, Response
from litestar.response import Redirect

from finder.http.persons import asking_person, start_session
from finder.privacy.subjects import Person, new_person

__all__ = ["person_to_keep"]

_TRIED: Final = "kept"


def person_to_keep(request: Request[Any, Any, Any]) -> Person | Response[Any] | None:
    """Return who asks; for a stranger a response that gives the browser a key and has it send the same form once more.

    ``None`` when it has done so without the cookie: it keeps none, and what would be written nobody could take back.
    """
    person = asking_person(request)
    if person is not None or _TRIED in request.query_params:
        return person
    again = Redirect(f"{request.url.path}?{_TRIED}=asked", status_code=307)  # with the same method and fields
    start_session(again, new_person())
    return again
