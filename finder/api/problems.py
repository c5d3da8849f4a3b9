"""Errors as RFC 9457 problem details."""

import re
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.handlers import HTTPRouteHandler

from finder.api.allowed_values import allowed_values
from finder.api.headers import with_headers
from finder.errors import (
    AcrossBorder,
    AppRefused,
    AppTokenRefused,
    ConsentNeeded,
    Damaged,
    FinderError,
    OutdatedPolicy,
    TokenNeeded,
    TooFar,
    Unlawful,
)
from finder.http.faults import log_fault, status_of

__all__ = ["PROBLEM_JSON", "Problem", "problem_of"]


_WHOLE_BODY = "data"  # Litestar's name for it, which no sender knows
_NO_SUCH_VALUE = "Invalid enum value"
_PLAIN_NAME = re.compile(r"`[A-Za-z_]{1,40}`")
_LACKING = re.compile(r"Missing required (query|header|cookie) parameter '([A-Za-z0-9_-]{1,60})' for path ")
"""What Litestar says; the path that follows has in it what was sent."""

PROBLEM_JSON = "application/problem+json"
_CODES: tuple[tuple[type[FinderError], str], ...] = (
    (TooFar, "too_far"),
    (ConsentNeeded, "consent_needed"),
    (OutdatedPolicy, "outdated_policy"),
    (TokenNeeded, "token_needed"),
    (AppTokenRefused, "invalid_token"),
    (Unlawful, "unlawful"),
)


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with one field of the request."""

    detail: str
    field: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem in the form of RFC 9457. ``detail`` says what to do; neither it nor ``errors`` repeats what was sent.

    ``code`` says of a way why there is none, where that is known: ``too_far``, or of a border ``no_documents``,
    ``only_this_side``, ``avoids_borders``, ``no_port``, ``no_port_known``, ``closed``. Where a consent is lacking it is
    ``consent_needed`` or ``outdated_policy``, and ``purpose`` says to what; ``token_needed``: of what person is not said.
    To an application it is ``invalid_token``, ``access_revoked`` or ``insufficient_scope``; of a fence ``unlawful``, and of a
    file of fences ``rows_refused``.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str | None = None
    purpose: str | None = None
    errors: tuple[FieldProblem, ...] = ()


def problem_of(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer an error. For Litestar's ``exception_handlers``."""
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log_fault(error)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if challenge := _challenge(error):
        headers["WWW-Authenticate"] = challenge
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "30"
    response = Response(
        Problem(
            type="about:blank",
            title=status.phrase,
            status=status,
            detail=_detail(request, error, status),
            code=_code(error),
            purpose=error.purpose if isinstance(error, ConsentNeeded | OutdatedPolicy) else None,
            errors=_field_problems(error, _body_type(request)),
        ),
        status_code=status,
        media_type=PROBLEM_JSON,
        headers=headers,
    )
    return with_headers(response)


def _detail(request: Request[Any, Any, Any], error: Exception, status: HTTPStatus) -> str:
    match error:
        case RecursionError():
            detail = "The body is nested too deeply."
        case HTTPException() if isinstance(error.__cause__, SerializationException):
            detail = "The body is not JSON: send an object, with Content-Type: application/json."
        case ValidationException() if _lacks_a_body(error):
            detail = "A JSON body is needed: an object with the fields that /schema lists for this call."
        case ValidationException():
            detail = "The request does not have the form that this call takes: see errors, and /schema for the description."
        case HTTPException() if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            detail = f"The body is larger than {_largest_body(request)}: send less, or in several calls."
        case HTTPException():
            detail = status.description or status.phrase
        case FinderError() if not isinstance(error, Damaged):
            detail = str(error)
        case _:
            detail = "Something went wrong on our side. It has been logged; please try again later."
    return detail


def _largest_body(request: Request[Any, Any, Any]) -> str:
    handler = request.scope.get("route_handler")
    limit = handler.resolve_request_max_body_size() if isinstance(handler, HTTPRouteHandler) else None
    if not limit:
        return "this call takes"
    return f"the {limit >> 20} MiB that this call takes" if limit >= 1 << 20 else f"the {limit >> 10} KiB that this call takes"


def _challenge(error: Exception) -> str | None:
    """What RFC 6750, 3, has a token's bearer told."""
    match error:
        case TokenNeeded():
            return 'Bearer realm="finder"'
        case AppRefused(code="insufficient_scope"):
            return 'Bearer realm="finder", error="insufficient_scope"'
        case AppTokenRefused() | AppRefused():
            return f'Bearer realm="finder", error="invalid_token", error_description="{error}"'
        case _:
            return None


def _code(error: Exception) -> str | None:
    match error:
        case AcrossBorder():
            return error.why
        case AppRefused():
            return error.code
        case _:
            return next((code for kind, code in _CODES if isinstance(error, kind)), None)


def _body_type(request: Request[Any, Any, Any]) -> Any:
    """What the call takes as its body; None where no route was met, or it takes none."""
    field = getattr(request.scope.get("route_handler"), "parsed_data_field", None)
    return field.annotation if field is not None else None


def _entries(error: ValidationException) -> list[dict[str, Any]]:
    return [entry for entry in error.extra if isinstance(entry, dict)] if isinstance(error.extra, list) else []


def _lacks_a_body(error: ValidationException) -> bool:
    return any(entry.get("message") == "'data'" for entry in _entries(error))


def _field_problems(error: Exception, body: Any) -> tuple[FieldProblem, ...]:
    if not isinstance(error, ValidationException) or _lacks_a_body(error):
        return ()
    if lacking := _LACKING.match(error.detail):
        what = "header" if lacking[1] == "header" else f"{lacking[1]} parameter"
        return (FieldProblem(detail=f"This {what} is needed.", field=lacking[2]),)
    return tuple(_field_problem(str(entry.get("message", "")), entry.get("key"), body) for entry in _entries(error))


def _field_problem(message: str, field: str | None, body: Any) -> FieldProblem:
    if field == _WHOLE_BODY:
        return FieldProblem(detail=_without_values(message))
    values = allowed_values(body, field) if field and body is not None and message.startswith(_NO_SUCH_VALUE) else []
    return FieldProblem(detail=f"Send one of: {', '.join(values)}." if values else _without_values(message), field=field)


def _without_values(message: str) -> str:
    """Leave out what was sent, which the decoder repeats in two of its messages; a field's name of plain letters may stay."""
    if message.startswith("Object contains unknown field") and not _PLAIN_NAME.search(message):
        return "There is a field here that this call does not take: see /schema."
    if message.startswith(_NO_SUCH_VALUE):
        return "This is not one of the values that /schema lists."
    return message
