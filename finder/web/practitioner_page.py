"""The page of one doctor or other practitioner."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from finder.web.practitioner_view import practitioner_values
from finder.web.render import Pages
from finder.web.visit import with_cookie

__all__ = ["practitioner_handler"]


def practitioner_handler(pages: Pages) -> Any:
    """The handler of ``GET /practitioners/{id}``."""

    @get("/practitioners/{practitioner_id:str}", sync_to_thread=False, include_in_schema=False)
    def practitioner_page(request: Request[Any, Any, Any], practitioner_id: FromPath[str]) -> Response[str]:
        """Everything that is known of one practitioner, with every place of work."""
        snapshot = pages.services.directory.current()
        person = snapshot.people.person(practitioner_id)
        values = practitioner_values(snapshot, person, request, pages.services.now(), pages.reader(request))
        return with_cookie(request, pages.respond(request, "practitioner.html", values))

    return practitioner_page
