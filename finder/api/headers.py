"""The headers of every answer of the API, errors included."""

from litestar import Response

__all__ = ["adding_headers", "with_headers"]

_HEADERS = {
    # An answer says where somebody is: no cache may hold it.
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def with_headers[T](response: Response[T]) -> Response[T]:
    """Add the headers that the response does not have. For errors; :func:`adding_headers` is for all else."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def adding_headers[T](response: Response[T]) -> Response[T]:
    """Do what :func:`with_headers` does, for ``after_request``: there a plain function would wait for one of the few threads."""
    return with_headers(response)
