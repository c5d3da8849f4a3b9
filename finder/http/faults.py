"""Errors as every face sees them: the one table from the finder's errors, which know no HTTP, to statuses; and the log."""

import logging
import traceback
from http import HTTPStatus

from litestar.exceptions import HTTPException

from finder.errors import (
    AppRefused,
    AppTokenRefused,
    BadInput,
    Conflict,
    ConsentNeeded,
    Damaged,
    ErasedMeanwhile,
    FinderError,
    NoRoute,
    NotFound,
    NotReady,
    OutdatedPolicy,
    TokenNeeded,
    Unlawful,
)

__all__ = ["log_fault", "place_of", "status_of"]

_log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[FinderError], HTTPStatus], ...] = (
    (OutdatedPolicy, HTTPStatus.CONFLICT),
    (BadInput, HTTPStatus.BAD_REQUEST),
    (ConsentNeeded, HTTPStatus.FORBIDDEN),
    (TokenNeeded, HTTPStatus.UNAUTHORIZED),
    (AppTokenRefused, HTTPStatus.UNAUTHORIZED),
    (AppRefused, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (NoRoute, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Unlawful, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Conflict, HTTPStatus.CONFLICT),
    (ErasedMeanwhile, HTTPStatus.CONFLICT),
    (NotReady, HTTPStatus.SERVICE_UNAVAILABLE),
    (Damaged, HTTPStatus.INTERNAL_SERVER_ERROR),
)


def status_of(error: Exception) -> HTTPStatus:
    """Return the status that an error of the finder's or of Litestar's stands for; 500 for any other."""
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code)
    if isinstance(error, RecursionError):
        # Nothing of ours recurses: it is the decoder, over a body of brackets within brackets.
        return HTTPStatus.BAD_REQUEST
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def log_fault(error: Exception) -> None:
    """Log where it happened, not what with: the message of a library's exception may hold what a person sent."""
    if isinstance(error, FinderError):
        _log.error("%s: %s", type(error).__name__, error)
        return
    _log.error("%s", place_of(error))


def place_of(error: BaseException) -> str:
    """Return the kind of an exception and where it happened, innermost first, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in frames[::-1])
    return f"{type(error).__name__} at {places}"
