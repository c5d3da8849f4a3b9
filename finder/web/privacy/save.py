"""Saving a place that was searched near by its name: that needs the wish to save it, and no consent."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Never

from litestar import Request, Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from finder.domain.position import PositionFor
from finder.errors import BadInput, Conflict
from finder.locate.named_place import named_place
from finder.locate.saved import place_to_save
from finder.web.device_form import posted_texts
from finder.web.privacy.acts import LONGEST_NAME
from finder.web.remembering import person_to_keep
from finder.web.render import Pages

__all__ = ["save_handlers"]

_Request = Request[Any, Any, Any]
_Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
_FIELDS: Final = frozenset({"place"})


def save_handlers(pages: Pages) -> Sequence[Any]:
    """The handler of ``POST /privacy/places``."""
    services = pages.services

    @post("/privacy/places", status_code=303, sync_to_thread=True, include_in_schema=False)
    def save_place(request: _Request, data: _Posted) -> Response[Any]:
        """Save a place by its name; who has no key yet gets one, and of who keeps no cookie nothing is written."""
        typed = posted_texts(request, data, _FIELDS).get("place", "")
        found = _place_called(typed, request, pages.reader(request).language)
        person = person_to_keep(request)
        if isinstance(person, Response):
            return person
        if person is None:
            return Redirect("/privacy?done=saved#places", status_code=303)  # where it says why it is not
        try:
            services.rights.save_place(person, place_to_save(found, name=(found.label or typed)[:LONGEST_NAME]))
        except Conflict:
            return Redirect("/privacy?done=full#places", status_code=303)
        return Redirect("/privacy?done=saved#places", status_code=303)

    def _place_called(typed: str, request: _Request, language: str) -> PositionFor[Never]:
        """The place that a search for what was typed goes by. Raises :class:`BadInput` where there is none."""
        snapshot = services.directory.current()
        found = named_place(snapshot.places, typed, services.locate_request(request, language)).position if typed else None
        if found is None:
            raise BadInput("Only a place that is known by name can be saved.")
        return found

    return [save_place]
