"""Notices for a visit: asked for one question at a time, a list of what is armed, and one button that stops all of it."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from finder.domain.consent import ForNotices
from finder.errors import Damaged, NotFound, NotReady
from finder.http.persons import asking_person
from finder.http.site import site_address
from finder.notices.tracker.why import why_texts
from finder.web.cards import local_name
from finder.web.consents import asked_consent
from finder.web.device_form import posted_texts
from finder.web.labels import N_
from finder.web.language import Reader
from finder.web.notices.view import ArmedVisit, ToldNotice, armed_visits, needs_floor, place_asked, told_notices
from finder.web.preferences import LANGUAGES
from finder.web.render import Pages
from finder.web.visit import with_cookie

__all__ = ["NOTICES_PATH", "SERVICE_WORKER_PATH", "notices_handlers"]

NOTICES_PATH: Final = "/notices"
SERVICE_WORKER_PATH: Final = "/notices-worker.js"
"""At the root, as a service worker looks after pages of its own folder and below alone."""
_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
_DONE: Final = {
    "stopped": N_("Stopped: nothing more is noticed there, and what was known of your way is deleted."),
    "all": N_("All is stopped: nothing is noticed any more, and what was known of your way is deleted."),
}


def notices_handlers(pages: Pages) -> Sequence[Any]:
    """The handlers of ``GET /notices``, its list alone, the two that stop, and the service worker."""
    services = pages.services

    @get(NOTICES_PATH, sync_to_thread=True, include_in_schema=False)
    def notices_page(request: _Request) -> Response[str]:
        """The questions about one place, and what is armed. What cannot be had just now is left out, with a word about it."""
        reader, at, done = pages.reader(request), services.now(), request.query_params.get("done", "")
        asked_for = request.query_params.get("facility", "")
        facility = services.directory.current().facility(asked_for) if asked_for else None
        place, is_place_known, is_for_apps = None, True, False
        if facility is not None:
            try:
                edition = services.fences()
                is_for_apps = needs_floor(edition, facility)
                place = place_asked(edition, facility, at, reader, hears=services.hears_of_visits)
            except (NotReady, Damaged):
                is_place_known = False
        values = {
            "asks": facility is not None,
            "asked_id": facility.id if facility else "",
            "asked_name": local_name(facility, reader) if facility else "",
            "place": place,
            "is_place_known": is_place_known,
            "is_for_apps": is_for_apps,
            "by_service": services.visits is not None,
            "why_texts": why_texts(reader.language),
            "positions_address": f"{site_address(request)}/api/v1/positions",
            "languages": _languages(asked_for),
            **_armed(request, reader),
        }
        is_done = done in _DONE and not (done == "all" and values["armed"])  # on the way back to a page that was true then
        values["done"] = reader.text(_DONE[done]) if is_done else ""
        return with_cookie(request, pages.respond(request, "notices.html", values))

    @get(f"{NOTICES_PATH}/armed", sync_to_thread=True, include_in_schema=False)
    def armed_fragment(request: _Request) -> Response[str]:
        """What is armed by our service and what was told, for the page's script to put in place."""
        values = _armed(request, pages.reader(request))
        return pages.respond(request, "_notices_armed.html", values)

    @post(f"{NOTICES_PATH}/visits/{{visit_id:str}}/stop", status_code=303, sync_to_thread=True, include_in_schema=False)
    def stop_one(request: _Request, visit_id: FromPath[str], data: _Posted) -> Response[Any]:
        """Stop one. One that has ended meanwhile is stopped as well."""
        posted_texts(request, data, frozenset())
        person = asking_person(request)
        if person is not None and services.visits is not None:
            with suppress(NotFound):
                services.visits.disarm(person, visit_id)
        return Redirect(f"{NOTICES_PATH}?done=stopped", status_code=303)

    @post(f"{NOTICES_PATH}/stop", status_code=303, sync_to_thread=True, include_in_schema=False)
    def stop_all(request: _Request, data: _Posted) -> Response[Any]:
        """Stop all."""
        posted_texts(request, data, frozenset())
        person = asking_person(request)
        if person is not None and services.visits is not None:
            services.visits.disarm_all(person)
        return Redirect(f"{NOTICES_PATH}?done=all", status_code=303)

    @get(SERVICE_WORKER_PATH, sync_to_thread=False, include_in_schema=False)
    def service_worker(request: _Request) -> Response[bytes]:
        """The script that shows a notice while no page of ours is open. It asks the network for nothing, and may not."""
        script = pages.static.respond(request, "", "js/notices/service_worker.js")
        script.headers["Content-Security-Policy"] = "default-src 'none'"
        return script

    def _armed(request: _Request, reader: Reader) -> dict[str, Any]:
        """What the lists show, and whether the person agrees to it still; ``unknown`` when it cannot be told now."""
        person, consent = asking_person(request), asked_consent(request, services, ForNotices)
        armed, told = list[ArmedVisit](), list[ToldNotice]()
        if person is None or services.visits is None:
            return {"armed": armed, "told": told, "unknown": False, "consent": consent}
        snapshot, at = services.directory.current(), services.now()
        try:
            armed = armed_visits(services.visits, person, snapshot, at, reader)
            told = told_notices(services.visits.notices(person), snapshot, at, reader)
        except NotReady:
            return {"armed": [], "told": [], "unknown": True, "consent": consent}
        return {"armed": armed, "told": told, "unknown": False, "consent": consent}

    return [notices_page, armed_fragment, stop_one, stop_all, service_worker]


def _languages(facility_id: str) -> list[tuple[str, str, str]]:
    """The addresses of this page in each language: the place that is asked about goes along."""
    asked = {"facility": facility_id} if facility_id else {}
    return [(code, name, f"{NOTICES_PATH}?{urlencode({**asked, 'lang': code})}") for code, name in LANGUAGES.items()]
