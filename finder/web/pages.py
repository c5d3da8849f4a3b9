"""The handlers: parse, one call, format."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from finder.directions.borders import Documents
from finder.directory import Snapshot, understood_in
from finder.domain.consent import ForSearch
from finder.http.persons import asking_person
from finder.web.asked import Ways, ask, whereabouts
from finder.web.consents import asked_consent
from finder.web.crossing_choice import DOCUMENTS_FIELD, crossing_choices, documents_from, is_near_a_port
from finder.web.device_form import FIX_FIELDS, posted_position, posted_texts
from finder.web.facility_view import facility_values
from finder.web.filters import filters_of
from finder.web.find import QUESTION_FIELDS, Question, question_from
from finder.web.notices.view import is_armed, offered_to
from finder.web.render import Pages
from finder.web.results import results_of
from finder.web.saved_start import SAVED_FIELDS, SavedStart, saved_choice, saved_start
from finder.web.visit import question_of_form, with_cookie

__all__ = ["page_handlers"]

_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]

_FORM: Final = SAVED_FIELDS.union(QUESTION_FIELDS, (DOCUMENTS_FIELD,))
_NEAR_A_DEVICE: Final = FIX_FIELDS.union(QUESTION_FIELDS, (DOCUMENTS_FIELD,)) - {"place"}
"""Whoever is where the device says is at no other place."""


def page_handlers(pages: Pages) -> Sequence[Any]:
    """The routes of the pages, bound to what they need."""
    services = pages.services

    def ways(documents: Documents | None) -> Ways:
        return Ways(services.router, services.borders, documents)

    def found_page(
        request: _Request,
        asked_with: Mapping[str, str],
        documents: Documents | None,
        *,
        start: SavedStart[ForSearch] | None = None,
        posted: Mapping[str, str] | None = None,
    ) -> Response[str]:
        reader, snapshot = pages.reader(request), services.directory.current()
        asked_for = question_from(asked_with)
        question = _known(replace(asked_for, place="") if start else asked_for, snapshot)
        started_at = start.position if start else None
        seen_from = started_at or services.locate_request(request, reader.language)
        understood = understood_in(snapshot, question.words)
        found = whereabouts(snapshot, understood, question.place, seen_from)
        # Help in an emergency must not wait for the spelling of a place.
        position = seen_from if found.position is None and understood.red_flag is not None else found.position
        is_started = started_at is not None and position is started_at
        urgent = understood.red_flag is not None
        saved = saved_choice(request, services, ForSearch, start, is_used=is_started, urgent=urgent)
        called = reader.text("the area of %(place)s", place=saved.name) if saved.is_blurred else found.called
        asked = None
        if position is not None:
            asked = ask(snapshot, question, understood, position, services.now(), ways=ways(documents), called=called)
            services.count_search(request, position, asked.answer.search.care)
        results = results_of(asked, reader) if asked else None
        has_timetable = services.has_timetable((position or seen_from).lon_lat, services.now())
        values = {
            "consent": asked_consent(request, services, ForSearch),
            "question": question,
            "found": found,
            "saved": saved,
            "results": results,
            "lost_plan": question.plan != asked_for.plan,
            "filters": filters_of(
                question, snapshot, asked.answer.page.facets if asked else None, reader, has_timetable=has_timetable
            ),
            "filters_set": question.filters + (documents is not None),
            "documents": crossing_choices(documents, reader),
            "documents_said": documents.value if documents else "",
            "asks_documents": results.asks_documents
            if results
            else documents is not None or is_near_a_port(seen_from, services.borders),
        }
        return with_cookie(request, pages.respond(request, "find.html", values, posted=posted))

    @get("/", sync_to_thread=True, include_in_schema=False)
    def find_page(request: _Request) -> Response[str]:
        """The form, what was understood of it, and the answers."""
        return found_page(request, request.query_params, None)

    @post("/", status_code=200, sync_to_thread=True, include_in_schema=False)
    def find_page_of_form(request: _Request, data: _Posted) -> Response[Any]:
        """The same for who starts from a saved place or says with what they can cross a border.

        Who does neither is sent to the page's own address.
        """
        posted = posted_texts(request, data, _FORM)
        asked_with, documents = question_of_form(request, posted), documents_from(posted)
        start = saved_start(request, posted, services, ForSearch, pages.reader(request))
        if documents is None and start is None:
            return Redirect(question_from(asked_with).address(), status_code=303)
        return found_page(request, asked_with, documents, start=start, posted=asked_with)

    @post("/results", status_code=200, sync_to_thread=True, include_in_schema=False)
    def results_fragment(request: _Request, data: _Posted) -> Response[str]:
        """The results near a device's fix, for the page's script to put in place. The fix is kept nowhere."""
        posted = posted_texts(request, data, _NEAR_A_DEVICE)
        reader, snapshot = pages.reader(request), services.directory.current()
        question = _known(question_from(posted), snapshot)
        understood = understood_in(snapshot, question.words)
        urgent = understood.red_flag is not None
        position = posted_position(request, posted, services.consents, ForSearch, urgent=urgent)
        found = whereabouts(snapshot, understood, "", position)
        there, of_ways = found.position or position, ways(documents_from(posted))
        asked = ask(snapshot, question, understood, there, services.now(), ways=of_ways, called=found.called)
        services.count_search(request, there, asked.answer.search.care)
        return pages.respond(request, "_answer.html", {"results": results_of(asked, reader), "saved": None})

    @get("/facilities/{facility_id:str}", sync_to_thread=True, include_in_schema=False)
    def facility_page(request: _Request, facility_id: FromPath[str]) -> Response[str]:
        """Everything that is known of one place of care."""
        snapshot = services.directory.current()
        facility = snapshot.facility(facility_id)
        values = facility_values(snapshot, facility, request, services.now(), pages.reader(request))
        values["notices_to"] = offered_to(services.fences, facility)
        values["notices_on"] = is_armed(services.visits, asking_person(request))
        return with_cookie(request, pages.respond(request, "facility.html", values))

    return [find_page, find_page_of_form, results_fragment, facility_page]


def _known(question: Question, snapshot: Snapshot) -> Question:
    """The question without a plan that nobody takes any more: an old link still finds care."""
    return question if not question.plan or question.plan in snapshot.plans else replace(question, plan="")
