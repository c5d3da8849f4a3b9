"""A person's key: seen, taken to another browser, and left behind."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from finder.http.persons import asking_person, end_session, start_session
from finder.privacy.rights import RightsDesk
from finder.privacy.subjects import Person, person_of
from finder.web.device_form import posted_texts
from finder.web.labels import N_
from finder.web.notices.view import is_armed
from finder.web.render import Pages
from finder.web.visit import with_cookie

__all__ = ["key_handlers", "person_typed"]

_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
_FIELDS: Final = frozenset({"key", "replace"})


def key_handlers(pages: Pages) -> Sequence[Any]:
    """The handlers of ``GET`` and ``POST /privacy/key`` and of ``POST /privacy/leave``."""

    def page_of(request: _Request, *, wrong: str = "", other_key: str = "") -> Response[str]:
        person = asking_person(request)
        values = {
            "person": person,
            "wrong": wrong and pages.reader(request).text(wrong),
            "other_key": other_key,
            "notices_on": is_armed(pages.services.visits, person),
        }
        return pages.respond(request, "privacy_key.html", values, status_code=400 if wrong else 200)

    @get("/privacy/key", sync_to_thread=True, include_in_schema=False)
    def key_page(request: _Request) -> Response[str]:
        """The key of who has one, and the form for who wants to come back with one."""
        return with_cookie(request, page_of(request))

    @post("/privacy/key", status_code=200, sync_to_thread=True, include_in_schema=False)
    def come_back(request: _Request, data: _Posted) -> Response[Any]:
        """Let the browser hold the key that was typed, unless it is none or nothing is held under it.

        Who holds another already is asked first: what is held under that one is lost to who has not written it down.
        """
        posted, held = posted_texts(request, data, _FIELDS), asking_person(request)
        person = person_typed(posted.get("key", ""), pages.services.rights)
        if isinstance(person, str):
            return page_of(request, wrong=person)
        if held is not None and held.token != person.token and posted.get("replace") != held.subject:
            return page_of(request, other_key=person.token)
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


def person_typed(text: str, rights: RightsDesk) -> Person | str:
    """Whose key was typed as a person copies it, from paper, with blanks, perhaps in capitals; else what is wrong with it.

    A slip of the pen has the form of a key, too, but nothing is held under it. Raises :class:`NotReady` when that cannot be told.
    """
    person = person_of("".join(text.split()).lower())
    if person is None:
        return N_("This is no key. It begins with fs_ and then has 40 letters and digits.")
    if rights.export(person.subject, None).is_empty:
        return N_("Nothing is held under this key. Look whether each letter is as you wrote it down.")
    return person
