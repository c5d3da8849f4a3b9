"""The directions page: the way to one place of care from a place that was typed or saved, or from where a device says it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from finder.directions.borders import Documents
from finder.directions.estimate import TravelMode, estimate
from finder.directory import Snapshot, understood_in
from finder.directory.understanding import PartKind
from finder.directory.way_there import WayRequest, way_there
from finder.domain.consent import ForDirections
from finder.domain.facility import Facility
from finder.domain.position import PositionFor, PositionSource
from finder.errors import AcrossBorder, TooFar
from finder.geo.distance import geodesic_m
from finder.locate.named_place import Found, named_place
from finder.web.cards import local_name, place_note
from finder.web.consents import asked_consent
from finder.web.crossing_choice import DOCUMENTS_FIELD, crossing_choices, documents_from
from finder.web.device_form import FIX_FIELDS, posted_position, posted_texts
from finder.web.facility_view import phone_lines
from finder.web.find import QUESTION_FIELDS, Question, question_from
from finder.web.labels import KIND_LABELS, MODE_LABELS
from finder.web.language import Reader
from finder.web.no_way import no_way
from finder.web.render import Pages
from finder.web.saved_start import SAVED_FIELDS, SavedStart, saved_choice, saved_start
from finder.web.visit import canonical_address, question_of_form, with_cookie
from finder.web.way_form import WAY_FIELDS, WayForm, way_form_from
from finder.web.way_view import handover_links, way_view

__all__ = ["directions_handlers"]

_WALKED_S: Final = 25 * 60.0
"""A way that takes no longer on foot is walked, unless somebody says otherwise."""
_ADDRESS: Final = tuple(dict.fromkeys((*QUESTION_FIELDS, *WAY_FIELDS)))
_FORM: Final = SAVED_FIELDS.union(_ADDRESS, (DOCUMENTS_FIELD,))
_FROM_A_DEVICE: Final = FIX_FIELDS.union(WAY_FIELDS, (DOCUMENTS_FIELD,))
_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


def directions_handlers(pages: Pages) -> Sequence[Any]:
    """The handlers of ``/facilities/{id}/directions``, by address and by form, and of ``POST /facilities/{id}/way``."""
    services = pages.services

    def values_of(
        facility: Facility, position: PositionFor[ForDirections] | None, form: WayForm, snapshot: Snapshot, reader: Reader
    ) -> dict[str, object]:
        """What ``_way.html`` shows; without a way where nothing is known of where the person is, or there is none to give."""
        found, refusal, at = None, None, services.now()
        mode = form.mode or TravelMode.CAR
        if position is not None and position.source is not PositionSource.DEFAULT:
            mode = form.mode or _usual_mode(position, facility)
            request = WayRequest(
                facility_id=facility.id,
                position=position,
                mode=mode,
                leaves_at=at,
                language=reader.language,
                avoid=form.avoid,
                documents=form.documents,
            )
            try:
                found = way_there(snapshot, services.router, services.borders, request)
            except (AcrossBorder, TooFar) as error:
                refusal = no_way(error, facility, position, reader, mode=mode, at=at)
        is_kept_here = bool((found and found.is_kept_here) or (refusal and refusal.is_abroad))
        return {
            "way": way_view(found, position, reader) if found and position else None,
            "refusal": refusal,
            "asks_documents": bool((found and found.hangs_on_documents) or (refusal and refusal.asks_documents)),
            "documents": crossing_choices(form.documents, reader, of_a_way=True),
            "facility": facility,
            "name": local_name(facility, reader),
            "mode": mode,
            "apps": [] if is_kept_here else handover_links(found.target if found else facility.lon_lat, mode),
        }

    def offered_modes(facility: Facility, form: WayForm) -> list[TravelMode]:
        """Those that there are where the facility is, and the one that was chosen, whose answer says so if it is not."""
        has_timetable = form.mode is TravelMode.TRANSIT or services.has_timetable(facility.lon_lat, services.now())
        return [mode for mode in MODE_LABELS if has_timetable or mode is not TravelMode.TRANSIT]

    def page_of(
        request: _Request,
        facility_id: str,
        asked_with: Mapping[str, str],
        documents: Documents | None,
        *,
        start: SavedStart[ForDirections] | None = None,
        posted: Mapping[str, str] | None = None,
    ) -> Response[str]:
        reader, snapshot = pages.reader(request), services.directory.current()
        facility = snapshot.facility(facility_id)
        question, form = question_from(asked_with), way_form_from(asked_with, documents)
        question = replace(question, place="") if start else question
        place = "" if start else question.place or _place_in_words(question, snapshot)
        if start is not None and start.position is not None:
            found = Found(start.position)
        else:
            seen_from = services.locate_request(request, reader.language)
            found = named_place(snapshot.places, place, seen_from) if place else Found(seen_from)
        values = {
            **values_of(facility, found.position, form, snapshot, reader),
            "consent": asked_consent(request, services, ForDirections),
            "found": found,
            "saved": saved_choice(request, services, ForDirections, start),
            "place": place,
            "documents_said": documents.value if documents else "",
            "question": question,
            "form": form,
            "others": [(label, form.address(facility.id, replace(question, place=label))) for label in found.others],
            "modes": [(mode.value, reader.text(MODE_LABELS[mode])) for mode in offered_modes(facility, form)],
            "hidden": {name: value for name, value in question.values().items() if name not in {"place", *WAY_FIELDS}},
            "kind": reader.text(KIND_LABELS[facility.kind]),
            "place_note": place_note(facility, reader),
            "phones": phone_lines(facility.phones),
            "canonical": canonical_address(request),
        }
        return with_cookie(request, pages.respond(request, "directions.html", values, posted=posted))

    @get("/facilities/{facility_id:str}/directions", sync_to_thread=True, include_in_schema=False)
    def directions_page(request: _Request, facility_id: FromPath[str]) -> Response[str]:
        """The way from the place that was typed or searched near, or roughly from the network address."""
        return page_of(request, facility_id, request.query_params, None)

    @post("/facilities/{facility_id:str}/directions", status_code=200, sync_to_thread=True, include_in_schema=False)
    def directions_page_of_form(request: _Request, facility_id: FromPath[str], data: _Posted) -> Response[Any]:
        """The same for who starts from a saved place or says with what they can cross a border.

        Who does neither is sent to the page's own address.
        """
        posted = posted_texts(request, data, _FORM)
        asked_with, documents = question_of_form(request, posted, _ADDRESS), documents_from(posted)
        start = saved_start(request, posted, services, ForDirections, pages.reader(request))
        if documents is None and start is None:
            # By the id that the directory knows, never by what stood in the address.
            facility = services.directory.current().facility(facility_id)
            return Redirect(way_form_from(asked_with).address(facility.id, question_from(asked_with)), status_code=303)
        return page_of(request, facility_id, asked_with, documents, start=start, posted=asked_with)

    @post("/facilities/{facility_id:str}/way", status_code=200, sync_to_thread=True, include_in_schema=False)
    def way_fragment(request: _Request, facility_id: FromPath[str], data: _Posted) -> Response[str]:
        """The way from a device's fix, for the page's script to put in place. The fix is kept nowhere."""
        posted = posted_texts(request, data, _FROM_A_DEVICE)
        position = posted_position(request, posted, services.consents, ForDirections)
        form = way_form_from(posted, documents_from(posted))
        reader, snapshot = pages.reader(request), services.directory.current()
        facility = snapshot.facility(facility_id)
        return pages.respond(request, "_way.html", values_of(facility, position, form, snapshot, reader))

    return [directions_page, directions_page_of_form, way_fragment]


def _usual_mode(position: PositionFor[ForDirections], facility: Facility) -> TravelMode:
    """How most people go there: on foot where it is near, else by car."""
    distance_m = geodesic_m(position.lon_lat, facility.lon_lat)
    walk = estimate(distance_m, distance_m, distance_m, TravelMode.FOOT)
    return TravelMode.FOOT if walk.likely_s <= _WALKED_S else TravelMode.CAR


def _place_in_words(question: Question, snapshot: Snapshot) -> str:
    """The place near which somebody searched who said it in the words."""
    if not question.words:
        return ""
    parts = understood_in(snapshot, question.words).of(PartKind.PLACE)
    return next((part.value for part in parts), "")
