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
from finder.domain.consent import ForSearch, Via
from finder.domain.position import PositionFor
from finder.errors import BadInput
from finder.http.persons import known_person
from finder.locate.device import DeviceFix
from finder.locate.saved import place_to_save
from finder.privacy.disclosures.shared import SharedPlace
from finder.privacy.personal_data import PersonalData, SavedPlaceLine
from finder.privacy.rights import ErasureReceipt
from finder.privacy.subjects import Person

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
    """A place to save, either by its position, which needs a consent to ``search``, or by its name in the directory of places."""

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


class SharedPlacesAnswer(msgspec.Struct, frozen=True):
    """The saved places as an app gets them: nothing but where they are and what the person calls them."""

    places: list[SharedPlace]


def me_handlers(services: ApiServices) -> list[Any]:
    """Return the handlers under ``/api/v1/me``."""
    rights = services.rights

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
        reader = services.app_access(request, AppScope.CONSENTS_READ) or known_person(request)
        return consents_answer(services.consents, reader.subject)

    @get(
        "/me/places",
        sync_to_thread=True,
        summary="A person's saved places, for an app too",
        responses={
            200: ResponseSpec(
                SharedPlacesAnswer,
                generate_examples=False,
                description="To the person with saved_on, used_on and until besides, as POST answers them.",
            )
        },
    )
    def places(request: _Request) -> Response[PlacesAnswer | SharedPlacesAnswer]:
        """Answer the places, opened.

        An app of somebody else's needs the scope ``places.read``, and gets no days: neither when a place was saved nor when used.
        """
        if app := services.app_access(request, AppScope.PLACES_READ):
            return Response(SharedPlacesAnswer(places=[SharedPlace.of(line) for line in rights.places(app)]))
        return Response(PlacesAnswer(places=rights.places(known_person(request))))

    @post("/me/places", status_code=201, sync_to_thread=True, summary="Save a place")
    def save(request: _Request, data: JSONBody[PlaceToSave]) -> SavedPlaceLine:
        """Keep a place, sealed with the person's key, for a year after its last use; 50 at most.

        By its name it needs no consent; by a position it needs one to searches from exact positions (403, consent_needed).
        """
        person = known_person(request)
        found = _found(request, services, person, data.position, data.place)
        if found is None:
            raise BadInput("Send position or place: where it is.")
        return rights.save_place(person, place_to_save(found, name=data.name.strip()))

    @patch("/me/places/{place_id:str}", sync_to_thread=True, summary="Correct a saved place")
    def correct(request: _Request, place_id: PlaceId, data: JSONBody[PlaceChange]) -> SavedPlaceLine:
        """Call it otherwise, or say anew where it is: a position needs the consent that saving one needs."""
        person = known_person(request)
        found = _found(request, services, person, data.position, data.place)
        name = data.name.strip() if data.name else None
        if found is None and name is None:
            raise BadInput("Send what is to be corrected: name, position or place.")
        return rights.correct_place(person, place_id, name=name, found=found and place_to_save(found, name=""))

    @delete("/me/places/{place_id:str}", status_code=204, sync_to_thread=True, summary="Delete a saved place")
    def remove(request: _Request, place_id: PlaceId) -> None:
        """Forget it at once."""
        rights.remove_place(known_person(request), place_id)

    return [export, forget, consents, places, save, correct, remove]


def _found(
    request: _Request, services: ApiServices, person: Person, position: DevicePosition | None, place: str | None
) -> PositionFor[ForSearch] | None:
    """Where a place is said to be; ``None`` when it is not said.

    Raises what ``ConsentDesk.grant`` raises for the position of who has not agreed to its use.
    """
    if position is not None and place is not None:
        raise BadInput("Send one of position and place, not both.")
    if position is not None:
        fix = DeviceFix(lat=position.lat, lon=position.lon, accuracy_m=position.accuracy_m)
        return fix.precise(services.consents.grant(ForSearch, person.subject))
    return named_in_request(request, services, place) if place is not None else None
