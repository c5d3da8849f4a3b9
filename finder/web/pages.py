"""The handlers: parse, one call, format."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.exceptions import PermissionDeniedException
from litestar.params import Body, FromPath

from finder.directory import Search
from finder.directory.hours import week
from finder.directory.snapshot import Snapshot
from finder.domain.facility import Facility, FacilityKind
from finder.domain.position import Position, PositionSource
from finder.errors import BadInput
from finder.locate.device import DeviceFix, position_from_fix
from finder.locate.named_place import Found, named_place
from finder.privacy.consent import grant_from_version
from finder.web.cards import (
    card_groups,
    directions_link,
    heading,
    hours_line,
    local_name,
    place_note,
    position_note,
    undated_line,
)
from finder.web.facility_view import day_lines, phone_lines, source_lines
from finder.web.find import FIRST_PAGE, MOST_SHOWN, Question, question_from
from finder.web.formats import language_names, safe_website
from finder.web.labels import KIND_LABELS, WHEELCHAIR_LABELS
from finder.web.language import COOKIE, LANGUAGES, Reader
from finder.web.render import Pages

__all__ = ["page_handlers"]

_YEAR_S = 365 * 24 * 3600
_KILOMETRES, _MILES = (2, 5, 10, 25, 50, 100), (1, 3, 5, 10, 25, 50)
_Request = Request[Any, Any, Any]


class ResultsForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page's script posts: a device's fix, the policy version agreed to if any, and the rest of the form."""

    lat: float
    lon: float
    accuracy_m: float
    consent: str = ""
    kind: str = ""
    within: str = ""
    show: str = ""


def page_handlers(pages: Pages) -> Sequence[Any]:
    """The routes of the pages, bound to what they need."""
    services = pages.services

    @get("/", sync_to_thread=False, include_in_schema=False)
    def find_page(request: _Request) -> Response[str]:
        """The form and the nearest places."""
        question = question_from(request.query_params)
        reader = pages.reader(request)
        snapshot = services.directory.current()
        seen_from = services.locate_request(request, reader.language)
        found = named_place(snapshot.places, question.place, seen_from) if question.place else Found(seen_from)
        results = None
        if found.position is not None:
            results = _results(pages, reader, snapshot, question, found.position, called=found.called)
        values = {"results": results, "found": found, **_form_values(question, reader)}
        return _with_cookie(request, pages.respond(request, "find.html", values))

    @post("/results", status_code=200, sync_to_thread=False, include_in_schema=False)
    def results_fragment(
        request: _Request, data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
    ) -> Response[str]:
        """The results near a device's fix, for the page's script to put in place. The fix is kept nowhere."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise PermissionDeniedException("Only the page itself may ask this.")
        form = _results_form(data)
        fix = DeviceFix(lat=form.lat, lon=form.lon, accuracy_m=form.accuracy_m)
        position = position_from_fix(fix, grant_from_version(form.consent) if form.consent else None)
        question = question_from({"kind": form.kind, "within": form.within, "show": form.show})
        results = _results(pages, pages.reader(request), services.directory.current(), question, position)
        return pages.respond(request, "_results.html", {"results": results})

    @get("/facilities/{facility_id:str}", sync_to_thread=False, include_in_schema=False)
    def facility_page(request: _Request, facility_id: FromPath[str]) -> Response[str]:
        """Everything that is known of one place of care."""
        facility = services.directory.current().facility(facility_id)
        values = {"back": _asked_before(request), **_facility_values(pages, request, facility)}
        return _with_cookie(request, pages.respond(request, "facility.html", values))

    @get("/privacy", sync_to_thread=False, include_in_schema=False)
    def privacy_page(request: _Request) -> Response[str]:
        """What happens with a position, and who is credited."""
        return _with_cookie(request, pages.respond(request, "privacy.html", {}))

    return [find_page, results_fragment, facility_page, privacy_page]


def _asked_before(request: _Request) -> str:
    """The address of the search that a facility page was opened from: its question came along in the link."""
    try:
        return question_from(request.query_params).address()
    except BadInput:  # written by nobody's form; the page itself does not depend on it
        return Question().address()


def _with_cookie(request: _Request, response: Response[str]) -> Response[str]:
    """Remember the language that was chosen by the switch, and nothing else."""
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES:
        response.set_cookie(
            Cookie(COOKIE, value=chosen, max_age=_YEAR_S, samesite="lax", secure=request.url.scheme == "https", httponly=True)
        )
    return response


def _results_form(data: Mapping[str, Any]) -> ResultsForm:
    try:
        return msgspec.convert(dict(data), ResultsForm, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"The form cannot be read: {error}.") from error


def _form_values(question: Question, reader: Reader) -> dict[str, object]:
    unit, steps = ("mi", _MILES) if reader.miles else ("km", _KILOMETRES)
    choices = {f"{step}{unit}": _within_label(step, unit, reader) for step in steps}
    if question.within and question.within not in choices:
        step, unit = int(question.within[:-2]), question.within[-2:]
        choices[question.within] = _within_label(step, unit, reader)
    return {
        "question": question,
        "kinds": [(kind.value, reader.text(KIND_LABELS[kind])) for kind in FacilityKind],
        "within_choices": list(choices.items()),
    }


def _within_label(step: int, unit: str, reader: Reader) -> str:
    if unit == "km":
        return reader.text("Within %(num)d km", num=step)
    return reader.plural("Within %(num)d mile", "Within %(num)d miles", step)


def _results(
    pages: Pages, reader: Reader, snapshot: Snapshot, question: Question, position: Position, *, called: str = ""
) -> dict[str, object]:
    """What ``_results.html`` shows."""
    page = snapshot.nearest(
        Search(
            position=position,
            kinds=frozenset() if question.kind is None else frozenset({question.kind}),
            radius_m=question.radius_m,
            limit=question.show,
            cursor=None,
        )
    )
    more = page.next_cursor is not None
    by_device = position.source is PositionSource.GPS
    is_guess = position.source in {PositionSource.IP, PositionSource.DEFAULT}
    next_show = min(question.show + FIRST_PAGE, MOST_SHOWN)
    return {
        "heading": heading(page.hits, more, position, reader, called),
        "note": position_note(position, reader),
        "groups": card_groups(page.hits, position, pages.services.now(), reader),
        "count": len(page.hits),
        "position": position,
        "by_device": by_device,
        "is_guess": is_guess,
        "is_vague": is_guess or position.coarsened,
        "next_show": next_show if more and next_show > question.show else None,
        "question": question,
    }


def _facility_values(pages: Pages, request: _Request, facility: Facility) -> dict[str, object]:
    reader, at = pages.reader(request), pages.services.now()
    wheelchair = facility.accessibility.wheelchair
    return {
        "facility": facility,
        "name": local_name(facility, reader),
        "kind": reader.text(KIND_LABELS[facility.kind]),
        "hours": hours_line(facility, at, reader),
        "days": day_lines(facility, week(facility, _today(facility, at)), reader),
        "undated": undated_line(facility, reader),
        "place_note": place_note(facility, reader),
        "phones": phone_lines(facility),
        "website": safe_website(facility.website),
        "languages": language_names(facility.languages, reader),
        "wheelchair": reader.text(WHEELCHAIR_LABELS[wheelchair]) if wheelchair else "",
        "directions": directions_link(facility),
        "sources": source_lines(facility, reader),
    }


def _today(facility: Facility, at: datetime) -> date:
    """The date on the facility's own wall."""
    return at.astimezone(ZoneInfo(facility.time_zone) if facility.time_zone else None).date()
