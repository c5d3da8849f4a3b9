"""Errors as RFC 9457 problem details."""

import re
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from finder.api.headers import with_headers
from finder.errors import Damaged, FinderError
from finder.http.faults import log_fault, status_of

__all__ = ["PROBLEM_JSON", "Problem", "problem_of"]


_PLAIN_NAME = re.compile(r"`[A-Za-z_]{1,40}`")

PROBLEM_JSON = "application/problem+json"


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with one field of the request."""

    detail: str
    field: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem in the form of RFC 9457. ``detail`` says what to do; neither it nor ``errors`` repeats what was sent."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()


def problem_of(_request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer an error. For Litestar's ``exception_handlers``."""
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log_fault(error)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "30"
    response = Response(
        Problem(
            type="about:blank", title=status.phrase, status=status, detail=_detail(error, status), errors=_field_problems(error)
        ),
        status_code=status,
        media_type=PROBLEM_JSON,
        headers=headers,
    )
    return with_headers(response)


def _detail(error: Exception, status: HTTPStatus) -> str:
    match error:
        case RecursionError():
            detail = "The body is nested too deeply."
        case HTTPException() if isinstance(error.__cause__, SerializationException):
            detail = "The body is not JSON: send an object, with Content-Type: application/json."
        case ValidationException() if any(problem.detail == "'data'" for problem in _field_problems(error)):
            detail = "A JSON body is needed; {} asks for anything near the network address."
        case ValidationException():
            detail = "The request does not have the form that this call takes: see errors, and /schema for the description."
        case HTTPException():
            detail = status.description or status.phrase
        case FinderError() if not isinstance(error, Damaged):
            detail = str(error)
        case _:
            detail = "Something went wrong on our side. It has been logged; please try again later."
    return detail


def _field_problems(error: Exception) -> tuple[FieldProblem, ...]:
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return ()
    found: list[dict[str, Any]] = [entry for entry in error.extra if isinstance(entry, dict)]
    return tuple(FieldProblem(detail=_without_values(str(entry.get("message", ""))), field=entry.get("key")) for entry in found)


def _without_values(message: str) -> str:
    """Leave out what was sent, which the decoder repeats in two of its messages; a field's name of plain letters may stay."""
    if message.startswith("Object contains unknown field") and not _PLAIN_NAME.search(message):
        return "There is a field here that this call does not take: see /schema."
    if message.startswith("Invalid enum value"):
        return "This is not one of the values that /schema lists."
    return message
