"""The headers of every answer of the API, errors included."""

from litestar import Response

__all__ = ["with_headers"]

_HEADERS = {
    # An answer says where somebody is: no cache may hold it.
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def with_headers[T](response: Response[T]) -> Response[T]:
    """Add the headers that the response does not have. For ``after_request`` and for errors."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
