"""The privacy centre: what is held about a person, and what the person does about it."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from finder.domain.consent import Purpose
from finder.errors import NotReady
from finder.http.persons import SESSION_COOKIE, asking_person, opted_out
from finder.privacy.subjects import Person
from finder.web.device_form import posted_texts
from finder.web.labels import N_
from finder.web.language import Reader
from finder.web.preferences import PREFERENCES_COOKIE, forget_preferences, keep_preferences, preferences_of
from finder.web.privacy.consents import PurposeLine, consent_lines
from finder.web.privacy.kept import kept_groups
from finder.web.privacy.view import HeldView, held_view
from finder.web.render import Pages
from finder.web.visit import canonical_address, with_cookie

__all__ = ["privacy_handlers"]

_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
_PREFERENCES: Final = frozenset({"units", "forget"})
_DONE: Final = {
    "back": ("held", N_("You are back: here is what is held under your key.")),
    "left": ("held", N_("This browser has forgotten your key.")),
    "agreed": ("consents", N_("Written down: you agree to this from now on.")),
    "taken": ("consents", N_("Taken back: it ends now.")),
    "place": ("places", N_("Your saved places are changed.")),
    "saved": ("places", N_("The place is saved.")),
    "full": ("places", N_("No more places can be saved: delete one first.")),
    "again": ("places", N_("This was changed meanwhile. Look at it, and try again.")),
    "app": ("apps", N_("The app is refused from now on.")),
    "units": ("cookies", N_("These units are used from now on.")),
    "forgotten": ("cookies", N_("Your preferences are forgotten.")),
}
"""What is said after a form was sent, by the name in the address, and the part of the page that says it."""
_REFUSED: Final = N_("Your browser does not keep cookies of this site, so we cannot remember this. Everything else works.")


def privacy_handlers(pages: Pages) -> Sequence[Any]:
    """The handlers of ``GET /privacy``, ``GET /privacy/data.json`` and ``POST /privacy/preferences``."""
    services = pages.services

    @get("/privacy", sync_to_thread=True, include_in_schema=False)
    def privacy_page(request: _Request) -> Response[str]:
        """All on one page. Where the database does not answer, the rest is there."""
        person, reader = asking_person(request), pages.reader(request)
        held, consents = _held(person, reader), _consents(request, person, reader)
        agreed = {line.purpose for line in consents or () if line.holds}
        values = {
            "person": person,
            "opted_out": opted_out(request),
            "held": held,
            "unknown": person is not None and held is None,
            "consents": consents,
            "forgets_visit": consents is not None and Purpose.NOTICES.value not in agreed,
            "kept": kept_groups(services.kinds, reader),
            "preferences": str(preferences_of(request)),
            "session_cookie": SESSION_COOKIE,
            "preferences_cookie": PREFERENCES_COOKIE,
            "done": _done(request, person, reader),
            "canonical": canonical_address(request),
        }
        return with_cookie(request, pages.respond(request, "privacy.html", values))

    @get("/privacy/data.json", sync_to_thread=True, include_in_schema=False)
    def download(request: _Request) -> Response[Any]:
        """The same for programs: of who has no key nothing is held, and there is no file."""
        person = asking_person(request)
        if person is None:
            return Redirect("/privacy", status_code=303)
        data = services.rights.export(person.subject, person.key)
        headers = {"Content-Disposition": 'attachment; filename="finder-data.json"', "Cache-Control": "private, no-store"}
        return Response(
            msgspec.json.format(msgspec.json.encode(data)), media_type="application/json; charset=utf-8", headers=headers
        )

    @post("/privacy/preferences", status_code=303, sync_to_thread=False, include_in_schema=False)
    def preferences(request: _Request, data: _Posted) -> Response[Any]:
        """Remember the units, or forget units and language."""
        posted = posted_texts(request, data, _PREFERENCES)
        if posted.get("forget"):
            response = Redirect("/privacy?done=forgotten#cookies", status_code=303)
            forget_preferences(request, response)
            return response
        response = Redirect("/privacy?done=units#cookies", status_code=303)
        keep_preferences(request, response, preferences_of(request).but(units=posted.get("units")))
        return response

    def _held(person: Person | None, reader: Reader) -> HeldView | None:
        """``None`` when nobody asks, or when it cannot be told now."""
        if person is None:
            return None
        try:
            data = services.rights.export(person.subject, person.key)
            return held_view(data, services.disclosures.grants(person.subject), reader)
        except NotReady:
            return None

    def _consents(request: _Request, person: Person | None, reader: Reader) -> list[PurposeLine] | None:
        """``None`` when it cannot be told now what the person has agreed to."""
        desk, out = services.consents, opted_out(request)
        try:
            history = desk.history(person.subject) if person else []
            live = desk.live(person.subject) if person else {}
        except NotReady:
            return None
        return consent_lines(history, live, reader, opted_out=out)

    return [privacy_page, download, preferences]


def _done(request: _Request, person: Person | None, reader: Reader) -> dict[str, str]:
    """The part of the page and what it says."""
    name = request.query_params.get("done", "")
    if name not in _DONE:
        return {}
    part, text = _DONE[name]
    needs_key, needs_units = name in {"back", "agreed", "saved"}, name == "units"
    if (needs_key and person is None) or (needs_units and preferences_of(request).units is None):
        text = _REFUSED
    return {part: reader.text(text)}
