"""What a person corrects, takes back and erases in the privacy centre."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from finder.domain.consent import Receipt, Via
from finder.errors import BadInput, Conflict, NotFound
from finder.http.persons import asking_person, end_session
from finder.privacy.subjects import Person
from finder.web.device_form import posted_texts
from finder.web.preferences import forget_preferences
from finder.web.render import Pages
from finder.web.visit import with_cookie

__all__ = ["LONGEST_NAME", "change_handlers"]

LONGEST_NAME: Final = 80
"""Letters of the name of a saved place."""
_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
_PLACE: Final = frozenset({"name"})


def change_handlers(pages: Pages) -> Sequence[Any]:
    """The handlers of ``/privacy/places/…``, ``/privacy/apps/…`` and ``/privacy/erase``."""
    rights, disclosures = pages.services.rights, pages.services.disclosures

    @post("/privacy/places/{place_id:str}", status_code=303, sync_to_thread=True, include_in_schema=False)
    def rename_place(request: _Request, place_id: FromPath[str], data: _Posted) -> Response[Any]:
        """Call a saved place otherwise."""
        name = " ".join(posted_texts(request, data, _PLACE).get("name", "").split())
        if not 0 < len(name) <= LONGEST_NAME:
            raise BadInput(f"A saved place has a name of at most {LONGEST_NAME} letters.")
        try:
            rights.correct_place(_person(request), place_id, name=name)
        except Conflict:
            return Redirect("/privacy?done=again#places", status_code=303)
        return Redirect("/privacy?done=place#places", status_code=303)

    @post("/privacy/places/{place_id:str}/delete", status_code=303, sync_to_thread=True, include_in_schema=False)
    def delete_place(request: _Request, place_id: FromPath[str], data: _Posted) -> Response[Any]:
        """Forget a saved place."""
        posted_texts(request, data, _PLACE)
        rights.remove_place(_person(request), place_id)
        return Redirect("/privacy?done=place#places", status_code=303)

    @post("/privacy/apps/{grant_id:str}/revoke", status_code=303, sync_to_thread=True, include_in_schema=False)
    def revoke_app(request: _Request, grant_id: FromPath[str], data: _Posted) -> Response[Any]:
        """Show an app out."""
        posted_texts(request, data, frozenset())
        disclosures.revoke(_person(request).subject, grant_id, via=Via.WEB)
        return Redirect("/privacy?done=app#apps", status_code=303)

    @get("/privacy/apps/{grant_id:str}/receipt", sync_to_thread=True, include_in_schema=False)
    def app_receipt(request: _Request, grant_id: FromPath[str]) -> Response[str]:
        """The signed receipt of a grant, as a file."""
        grants = disclosures.grants(_person(request).subject)
        found = next((grant for grant in grants if grant.id == grant_id), None)
        if found is None:
            raise NotFound("You have let no app in under this number.")
        headers = {
            "Content-Disposition": f'attachment; filename="receipt-{found.id}.jws"',
            "Cache-Control": "private, no-store",
        }
        return Response(found.receipt, media_type="application/jose", headers=headers)

    @get("/privacy/erase", sync_to_thread=False, include_in_schema=False)
    def erase_page(request: _Request) -> Response[str]:
        """What erasing means, once more."""
        values = {"person": asking_person(request), "receipt": None}
        return with_cookie(request, pages.respond(request, "privacy_erase.html", values))

    @post("/privacy/erase", status_code=200, sync_to_thread=True, include_in_schema=False)
    def erase(request: _Request, data: _Posted) -> Response[Any]:
        """Erase all, and show the receipt; the browser forgets its cookies."""
        posted_texts(request, data, frozenset())
        person = asking_person(request)
        if person is None:
            return Redirect("/privacy/erase", status_code=303)
        receipt = rights.erase(person.subject, via=Via.WEB)
        values: dict[str, Any] = {"person": None, "receipt": None}  # where nothing was held: that there is nothing to erase
        if receipt.seq is not None:
            values = {
                "person": person,
                "receipt": receipt,
                "receipt_file": _receipt_file(person, receipt),
                "receipt_name": f"finder-erasure-{receipt.seq}.json",
            }
        response = pages.respond(request, "privacy_erase.html", values)
        end_session(response)
        forget_preferences(request, response)
        return response

    return [rename_place, delete_place, revoke_app, app_receipt, erase_page, erase]


def _person(request: _Request) -> Person:
    """Who asks. Raises :class:`NotFound` for somebody without a key, who has nothing here."""
    person = asking_person(request)
    if person is None:
        raise NotFound("This browser holds no key. Come back with your key in the privacy centre.")
    return person


def _receipt_file(person: Person, receipt: Receipt) -> str:
    """The receipt as an address that holds it itself: the page is the last that knows of it."""
    told = msgspec.json.format(msgspec.json.encode({"subject": person.subject, **msgspec.structs.asdict(receipt)}))
    return f"data:application/json;base64,{b64encode(told).decode()}"
