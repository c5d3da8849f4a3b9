"""A person's key: seen, taken to another browser, and left behind."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from finder.http.persons import asking_person, end_session, start_session
from finder.privacy.subjects import person_of
from finder.web.device_form import posted_texts
from finder.web.render import Pages
from finder.web.visit import with_cookie

__all__ = ["key_handlers"]

_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
_FIELDS: Final = frozenset({"key"})


def key_handlers(pages: Pages) -> Sequence[Any]:
    """The handlers of ``GET`` and ``POST /privacy/key`` and of ``POST /privacy/leave``."""

    def page_of(request: _Request, *, is_wrong: bool) -> Response[str]:
        values = {"person": asking_person(request), "is_wrong": is_wrong}
        return pages.respond(request, "privacy_key.html", values, status_code=400 if is_wrong else 200)

    @get("/privacy/key", sync_to_thread=False, include_in_schema=False)
    def key_page(request: _Request) -> Response[str]:
        """The key of who has one, and the form for who wants to come back with one."""
        return with_cookie(request, page_of(request, is_wrong=False))

    @post("/privacy/key", status_code=200, sync_to_thread=True, include_in_schema=False)
    def come_back(request: _Request, data: _Posted) -> Response[Any]:
        """Let the browser hold the key that was typed, unless it has not the form of one."""
        typed = posted_texts(request, data, _FIELDS).get("key", "")
        # As a person copies it: from paper, with blanks, perhaps in capitals.
        person = person_of("".join(typed.split()).lower())
        if person is None:
            return page_of(request, is_wrong=True)
        response = Redirect("/privacy?done=back#held", status_code=303)
        start_session(response, person)
        return response

    @post("/privacy/leave", status_code=303, sync_to_thread=False, include_in_schema=False)
    def leave(request: _Request, data: _Posted) -> Response[Any]:
        """Let the browser forget the key; what is held stays held."""
        posted_texts(request, data, frozenset())
        response = Redirect("/privacy?done=left#held", status_code=303)
        end_session(response)
        return response

    return [key_page, come_back, leave]
