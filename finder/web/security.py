"""The headers that keep a page to itself: no other origin is asked for anything, no page frames ours, nothing is kept."""

from typing import Any

from litestar import MediaType, Response

__all__ = ["CONTENT_SECURITY_POLICY", "PAGE_HEADERS", "with_page_headers"]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",  # the map draws its patterns through blobs, its style sheet holds small data: pictures
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), browsing-topics=()",
    # To nobody else. "no-referrer" would have browsers send "Origin: null" with our own forms, as if another site's page did.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    # A page says where the person is: no cache may hold it, shared or private.
    "Cache-Control": "private, no-store",
    "Vary": "Accept-Language, Cookie",
}


async def with_page_headers(response: Response[Any]) -> Response[Any]:
    """For ``after_request``: every HTML answer carries :data:`PAGE_HEADERS`; files keep their own, but are never sniffed.

    A plain function would wait for one of the few threads.
    """
    if response.media_type == MediaType.HTML:
        response.headers.update(PAGE_HEADERS)
    else:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
