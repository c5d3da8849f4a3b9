"""The routes of the admin API, for ``app.py`` to plug in."""

from typing import Any

import msgspec
from litestar import Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.constants import RESERVED_KWARGS
from litestar.handlers.base import BaseRouteHandler

from finder.api.admin.apps import app_handlers
from finder.api.admin.audit import audit_handler
from finder.api.admin.facilities import facility_handlers
from finder.api.admin.fences import fence_handlers
from finder.api.admin.guard import KeyGuard, Refusal
from finder.api.admin.keys import key_handlers
from finder.api.admin.loads import load_handlers
from finder.api.admin.requests import request_handlers
from finder.api.admin.review import review_handlers
from finder.api.admin.services import AdminServices
from finder.api.admin.statistics import statistics_handler
from finder.api.admin.tenants import tenant_handlers
from finder.api.admin.uploads import upload_handlers
from finder.api.admin.webhooks import webhook_handlers
from finder.api.headers import adding_headers
from finder.api.problems import Problem, problem_of
from finder.errors import BadInput

__all__ = ["ADMIN_PATH", "admin_routes"]

ADMIN_PATH = "/api/v1/admin"

AnyRequest = Request[Any, Any, Any]


def admin_routes(services: AdminServices) -> list[Router]:
    """Return every route of the admin API, all behind one guard. They are for programs: no other origin may call them."""
    handlers = [
        *upload_handlers(services),
        *load_handlers(services),
        *review_handlers(services),
        *facility_handlers(services),
        *key_handlers(services),
        audit_handler(services),
        statistics_handler(services),
        *request_handlers(services),
        *app_handlers(services),
        *tenant_handlers(services),
        *fence_handlers(services),
        *webhook_handlers(services),
    ]
    gate = KeyGuard(services.keys, services.audit)

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Ask the one gate: Litestar copies each router deeply, objects among its guards too, but no functions."""
        await gate(connection, handler)

    router = Router(
        ADMIN_PATH,
        route_handlers=handlers,
        guards=[guard],
        before_request=_refuse_unknown_query,
        after_request=adding_headers,
        exception_handlers={Exception: _problem},
        tags=["admin"],
        security=[{"apiKey": []}],
    )
    return [router]


async def _refuse_unknown_query(request: AnyRequest) -> None:
    known = set(request.route_handler.parsed_fn_signature.parameters) - RESERVED_KWARGS - set(request.path_params)
    if not set(request.query_params) <= known:
        raise BadInput("This call takes no query parameter of that name: see /schema.")


def _problem(request: AnyRequest, error: Exception) -> Response[Problem]:
    response = problem_of(request, error)
    if isinstance(error, Refusal):
        response.content = msgspec.structs.replace(response.content, detail=error.detail)
    return response
