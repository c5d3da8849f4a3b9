"""The routes of the API, for ``app.py`` to plug in."""

from typing import Any

from litestar import Request, Router

from finder.api.care import care_handlers
from finder.api.consents import consent_handlers
from finder.api.directions import directions_handler
from finder.api.facilities import facility_handler
from finder.api.fences import fence_handlers
from finder.api.grants import grant_handlers
from finder.api.headers import adding_headers
from finder.api.health import health_handlers
from finder.api.me import me_handlers
from finder.api.notices_stream import notices_stream_handler
from finder.api.oauth import oauth_handlers
from finder.api.opt_out import gpc_handler
from finder.api.places import places_handler
from finder.api.practitioners import practitioner_handler
from finder.api.problems import problem_of
from finder.api.push import push_handlers
from finder.api.reach import reach_handler
from finder.api.search import search_handler
from finder.api.services import ApiServices
from finder.api.visit_positions import visit_positions_handler
from finder.api.visits import visit_handlers
from finder.api.whereabouts import locate_handler, policy_handlers
from finder.errors import BadInput

__all__ = ["api_routes"]


def api_routes(services: ApiServices) -> list[Router]:
    """Return every route of the API with its errors as problem details."""
    version_1 = [
        locate_handler(services),
        search_handler(services),
        directions_handler(services),
        reach_handler(services),
        facility_handler(services),
        practitioner_handler(services),
        *care_handlers(services),
        places_handler(services),
        *policy_handlers(),
        *consent_handlers(services),
        *me_handlers(services),
    ]
    for_apps: list[Any] = []
    if services.disclosures is not None:
        version_1 += grant_handlers(services.disclosures)
        for_apps += oauth_handlers(services.disclosures)
    if services.packs is not None:
        version_1 += fence_handlers(services.packs)
    if services.browsers is not None:
        version_1 += push_handlers(services, services.browsers)
    if services.visits is not None:
        version_1 += [*visit_handlers(services, services.visits), visit_positions_handler(services, services.visits)]
        if services.hub is not None:
            version_1.append(notices_stream_handler(services, services.visits, services.hub))
    return [
        _router("/api/v1", version_1, "finder"),
        _router("/", [*health_handlers(services), gpc_handler()], "operations"),
        _router("/", for_apps, "applications"),
    ]


def _router(path: str, handlers: list[Any], tag: str) -> Router:
    return Router(
        path,
        route_handlers=handlers,
        before_request=_refuse_unknown_query,
        after_request=adding_headers,
        exception_handlers={Exception: problem_of},
        tags=[tag],
    )


async def _refuse_unknown_query(request: Request[Any, Any, Any]) -> None:
    """A misspelt name must not be passed over, and nobody should think that a position may be put into an address.

    A plain function would wait for one of the few threads before each call.
    """
    known = request.route_handler.parsed_fn_signature.parameters
    if not set(request.query_params) <= set(known):
        raise BadInput("This call takes no query parameter of that name: see /schema. Positions go into the body.")
