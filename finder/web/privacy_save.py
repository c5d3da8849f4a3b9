"""Saving a place that was searched near, and searching near a saved one. Who has not agreed is asked one question."""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from finder.domain.consent import ForSearch, Purpose, Via
from finder.errors import BadInput, Conflict, NotFound
from finder.http.persons import asking_person, known_person, start_session
from finder.locate.named_place import named_place
from finder.privacy.places import PlaceSaid
from finder.privacy.policy import policy_version
from finder.privacy.subjects import new_person
from finder.web.device_form import posted_texts
from finder.web.preferences import LANGUAGES
from finder.web.privacy_acts import LONGEST_NAME
from finder.web.render import Pages

__all__ = ["save_handlers"]

_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
_FIELDS: Final = frozenset({"place", "say", "policy", "language"})


def save_handlers(pages: Pages) -> Sequence[Any]:
    """The handlers of ``POST /privacy/places`` and ``POST /privacy/places/{id}/search``."""
    services = pages.services
    consents, rights = services.consents, services.rights

    @post("/privacy/places", status_code=200, sync_to_thread=True, include_in_schema=False)
    def save_place(request: _Request, data: _Posted) -> Response[Any]:
        """Save a place by its name, for who has agreed to searches from exact positions; who has not is asked."""
        posted, reader = posted_texts(request, data, _FIELDS), pages.reader(request)
        typed = posted.get("place", "")
        said = _place_called(typed, request, reader.language)
        person = asking_person(request)
        agreed = person is not None and consents.agreed_at(ForSearch, person.subject) is not None
        if not agreed and posted.get("say") != "yes":
            values = {"place": typed, "label": said.label, "back": f"/?{urlencode({'place': typed})}"}
            return pages.respond(request, "privacy_save.html", values)
        person = person or new_person()
        if not agreed:
            language = posted.get("language", "")
            consents.say_yes(
                person.subject,
                Purpose.SEARCH,
                version=policy_version(posted.get("policy", "")),
                language=language if language in LANGUAGES else reader.language,
                via=Via.WEB,
            )
        try:
            rights.save_place(person, said)
        except Conflict:
            return Redirect("/privacy?done=full#places", status_code=303)
        response = Redirect("/privacy?done=saved#places", status_code=303)
        start_session(response, person)
        return response

    @post("/privacy/places/{place_id:str}/search", status_code=303, sync_to_thread=True, include_in_schema=False)
    def search_near(request: _Request, place_id: FromPath[str], data: _Posted) -> Response[Any]:
        """Search near a saved place as if its name were typed again, and note that it was used."""
        posted_texts(request, data, frozenset({"name"}))
        person = known_person(request)
        label = next((line.label for line in rights.places(person) if line.id == place_id), None)
        if label is None:
            raise NotFound("No such place is saved, or it has no name that can be searched for.")
        rights.use_place(person, place_id)
        return Redirect(f"/?{urlencode({'place': label})}", status_code=303)

    def _place_called(typed: str, request: _Request, language: str) -> PlaceSaid:
        """The place that a search for what was typed goes by. Raises :class:`BadInput` where there is none."""
        snapshot = services.directory.current()
        found = named_place(snapshot.places, typed, services.locate_request(request, language)).position if typed else None
        if found is None:
            raise BadInput("Only a place that is known by name can be saved.")
        label = found.label or typed
        return PlaceSaid(
            name=label[:LONGEST_NAME],
            label=label,
            lat=found.lon_lat.lat,
            lon=found.lon_lat.lon,
            accuracy_m=found.accuracy_m,
        )

    return [save_place, search_near]
