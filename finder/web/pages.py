"""The handlers: parse, one call, format."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from finder.directory import Snapshot, understood_in
from finder.web.asked import ask, whereabouts
from finder.web.device_form import check_same_origin, posted_position
from finder.web.facility_view import facility_values
from finder.web.filters import filters_of
from finder.web.find import QUESTION_FIELDS, Question, question_from
from finder.web.render import Pages
from finder.web.results import results_of
from finder.web.visit import with_cookie

__all__ = ["page_handlers"]

_Request = Request[Any, Any, Any]


_POSTED: Final = frozenset(QUESTION_FIELDS) - {"place"}
"""Beside the device's fix. Whoever is where the device says is at no other place."""


def page_handlers(pages: Pages) -> Sequence[Any]:
    """The routes of the pages, bound to what they need."""
    services = pages.services

    @get("/", sync_to_thread=True, include_in_schema=False)
    def find_page(request: _Request) -> Response[str]:
        """The form, what was understood of it, and the answers."""
        reader, snapshot = pages.reader(request), services.directory.current()
        asked_for = question_from(request.query_params)
        question = _known(asked_for, snapshot)
        seen_from = services.locate_request(request, reader.language)
        understood = understood_in(snapshot, question.words)
        found = whereabouts(snapshot, understood, question.place, seen_from)
        # Help in an emergency must not wait for the spelling of a place.
        position = seen_from if found.position is None and understood.red_flag is not None else found.position
        asked = None
        if position is not None:
            asked = ask(snapshot, question, understood, position, services.now(), roads=services.router, called=found.called)
        values = {
            "question": question,
            "found": found,
            "results": results_of(asked, reader) if asked else None,
            "lost_plan": question.plan != asked_for.plan,
            "filters": filters_of(question, snapshot, asked.answer.page.facets if asked else None, reader),
        }
        return with_cookie(request, pages.respond(request, "find.html", values))

    @post("/results", status_code=200, sync_to_thread=True, include_in_schema=False)
    def results_fragment(
        request: _Request, data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
    ) -> Response[str]:
        """The results near a device's fix, for the page's script to put in place. The fix is kept nowhere."""
        check_same_origin(request)
        position, reader, snapshot = posted_position(data, _POSTED), pages.reader(request), services.directory.current()
        question = _known(question_from({name: str(value) for name, value in data.items()}), snapshot)
        understood = understood_in(snapshot, question.words)
        found = whereabouts(snapshot, understood, "", position)
        there = found.position or position
        asked = ask(snapshot, question, understood, there, services.now(), roads=services.router, called=found.called)
        return pages.respond(request, "_answer.html", {"results": results_of(asked, reader)})

    @get("/facilities/{facility_id:str}", sync_to_thread=False, include_in_schema=False)
    def facility_page(request: _Request, facility_id: FromPath[str]) -> Response[str]:
        """Everything that is known of one place of care."""
        snapshot = services.directory.current()
        facility = snapshot.facility(facility_id)
        values = facility_values(snapshot, facility, request, services.now(), pages.reader(request))
        return with_cookie(request, pages.respond(request, "facility.html", values))

    @get("/privacy", sync_to_thread=False, include_in_schema=False)
    def privacy_page(request: _Request) -> Response[str]:
        """What happens with a position, and who is credited."""
        return with_cookie(request, pages.respond(request, "privacy.html", {}))

    return [find_page, results_fragment, facility_page, privacy_page]


def _known(question: Question, snapshot: Snapshot) -> Question:
    """The question without a plan that nobody takes any more: an old link still finds care."""
    return question if not question.plan or question.plan in snapshot.plans else replace(question, plan="")
