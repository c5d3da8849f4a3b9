"""What a person has a right to: all that is held about them, their saved places, and to be forgotten."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter

from finder.api.consents import ConsentsAnswer, consents_answer
from finder.api.positions import DevicePosition, PlaceText, named_in_request
from finder.api.services import ApiServices
from finder.domain.apps import AppScope
from finder.domain.consent import Via
from finder.errors import BadInput
from finder.http.persons import known_person
from finder.privacy.personal_data import PersonalData, SavedPlaceLine
from finder.privacy.places import PlaceSaid
from finder.privacy.rights import ErasureReceipt, Holder

__all__ = ["PlaceChange", "PlaceToSave", "me_handlers"]

_Request = Request[Any, Any, Any]
PlaceName = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=80,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description="As the person calls it.",
    ),
]
PlaceId = Annotated[str, PathParameter(pattern="^[0-9a-f]{24}$", description="As GET /api/v1/me/places tells it.")]


class PlaceToSave(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place to save, either by its position or by what it is called in the directory of places."""

    name: PlaceName
    position: DevicePosition | None = None
    place: PlaceText | None = None


class PlaceChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be corrected of a saved place: its name, where it is, or both."""

    name: PlaceName | None = None
    position: DevicePosition | None = None
    place: PlaceText | None = None


class PlacesAnswer(msgspec.Struct, frozen=True):
    """The saved places, in the order of their names."""

    places: list[SavedPlaceLine]


def me_handlers(services: ApiServices) -> list[Any]:
    """Return the handlers under ``/api/v1/me``."""
    rights = services.rights

    def reader(request: _Request, scope: AppScope) -> Holder:
        """Whoever may read: the person, or an app that the person has let read this."""
        return services.app_access(request, scope) or known_person(request)

    @get(
        "/me/data",
        sync_to_thread=True,
        summary="All that is held about a person",
        responses={200: ResponseSpec(PersonalData, generate_examples=False, description="Nothing held: the same, without rows")},
    )
    def export(request: _Request) -> Response[bytes]:
        """Answer all that is held about the person with this token, each kind with why and until when."""
        person = known_person(request)
        return Response(msgspec.json.encode(rights.export(person.subject, person.key)), media_type=MediaType.JSON)

    @delete("/me", status_code=200, sync_to_thread=True, summary="Forget a person")
    def forget(request: _Request) -> ErasureReceipt:
        """Erase all that is held about the person with this token; one line that says so stays, by the number in the receipt."""
        return rights.erase(known_person(request).subject, via=Via.APP)

    @get("/me/consents", sync_to_thread=True, summary="What a person has agreed to, for an app too")
    def consents(request: _Request) -> ConsentsAnswer:
        """Answer what holds now and all that was said; an app of somebody else's needs the scope ``consents.read``."""
        return consents_answer(services.consents, reader(request, AppScope.CONSENTS_READ).subject)

    @get("/me/places", sync_to_thread=True, summary="A person's saved places, for an app too")
    def places(request: _Request) -> PlacesAnswer:
        """Answer the places, opened; an app of somebody else's needs the scope ``places.read``."""
        return PlacesAnswer(places=rights.places(reader(request, AppScope.PLACES_READ)))

    @post("/me/places", status_code=201, sync_to_thread=True, summary="Save a place")
    def save(request: _Request, data: JSONBody[PlaceToSave]) -> SavedPlaceLine:
        """Keep a place, sealed with the person's key, for a year after its last use; 50 at most."""
        person = known_person(request)
        found = _found(request, services, data.position, data.place)
        if found is None:
            raise BadInput("Send position or place: where it is.")
        return rights.save_place(person, msgspec.structs.replace(found, name=data.name.strip()))

    @patch("/me/places/{place_id:str}", sync_to_thread=True, summary="Correct a saved place")
    def correct(request: _Request, place_id: PlaceId, data: JSONBody[PlaceChange]) -> SavedPlaceLine:
        """Call it otherwise, or say anew where it is."""
        person = known_person(request)
        found = _found(request, services, data.position, data.place)
        name = data.name.strip() if data.name else None
        if found is None and name is None:
            raise BadInput("Send what is to be corrected: name, position or place.")
        return rights.correct_place(person, place_id, name=name, found=found)

    @delete("/me/places/{place_id:str}", status_code=204, sync_to_thread=True, summary="Delete a saved place")
    def remove(request: _Request, place_id: PlaceId) -> None:
        """Forget it at once."""
        rights.remove_place(known_person(request), place_id)

    return [export, forget, consents, places, save, correct, remove]


def _found(request: _Request, services: ApiServices, position: DevicePosition | None, place: str | None) -> PlaceSaid | None:
    """Where a place is said to be, without a name; ``None`` when it is not said."""
    if position is not None and place is not None:
        raise BadInput("Send one of position and place, not both.")
    if position is not None:
        return PlaceSaid(name="", label=None, lat=position.lat, lon=position.lon, accuracy_m=position.accuracy_m)
    if place is None:
        return None
    found = named_in_request(request, services, place)
    point = found.lon_lat
    return PlaceSaid(name="", label=found.label, lat=point.lat, lon=point.lon, accuracy_m=found.accuracy_m)
