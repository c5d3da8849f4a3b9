"""The routes of the API, for ``app.py`` to plug in."""

from litestar import Response, Router

from finder.api.facilities import facility_handler
from finder.api.health import health_handlers
from finder.api.places import places_handler
from finder.api.problems import problem_of
from finder.api.search import search_handler
from finder.api.services import ApiServices
from finder.api.whereabouts import locate_handler, policy_handler

__all__ = ["api_routes"]

HEADERS = {
    # An answer says where somebody is: no cache may hold it.
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def api_routes(services: ApiServices) -> list[Router]:
    """Return every route of the API with its errors as problem details."""
    version_1 = [
        locate_handler(services),
        search_handler(services),
        facility_handler(services),
        places_handler(services),
        policy_handler(),
    ]
    return [
        Router(
            "/api/v1",
            route_handlers=version_1,
            exception_handlers={Exception: problem_of},
            after_request=_with_headers,
            tags=["finder"],
        ),
        Router(
            "/",
            route_handlers=health_handlers(services),
            exception_handlers={Exception: problem_of},
            after_request=_with_headers,
            tags=["operations"],
        ),
    ]


def _with_headers(response: Response[object]) -> Response[object]:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
