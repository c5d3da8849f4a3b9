"""The finder's own address, as whoever asks calls it, and whether a request comes of a page at that address."""

import re
from typing import Any, Final

from litestar import Request

from finder.errors import BadInput

__all__ = ["is_of_own_page", "issuer_of", "site_address"]

_HOST: Final = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


def site_address(request: Request[Any, Any, Any]) -> str:
    """``https://finder.example``: the site as this visitor calls it. Raises :class:`BadInput` where that is no host's name.

    Which hosts the site answers to is an operator's setting, looked at before any page; with none set, any name is believed.
    """
    return f"{request.url.scheme}://{_host(request)[0]}"


def issuer_of(request: Request[Any, Any, Any]) -> str:
    """The site's address for applications, which is one of https (RFC 8414), whatever a proxy in between speaks.

    On the machine itself it may be one of http. Raises what :func:`site_address` raises.
    """
    host, name = _host(request)
    return site_address(request) if name in _THIS_MACHINE else f"https://{host}"


def is_of_own_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a page of this very site has the browser send a request that is no ``GET``.

    Browsers say so by ``Sec-Fetch-Site``. Those that do not know it, and all over plain http to another machine, send ``Origin``
    with every such request. What says neither is of no page of ours.
    """
    sent_by = request.headers.get("sec-fetch-site")
    if sent_by is not None:
        return sent_by == "same-origin"
    try:
        # Behind a proxy that ends TLS we see http, and the page is one of https.
        return request.headers.get("origin", "").lower() in {site_address(request).lower(), issuer_of(request).lower()}
    except BadInput:
        return False


def _host(request: Request[Any, Any, Any]) -> tuple[str, str]:
    """The host with its port, and without."""
    host = request.headers.get("host", "")
    parts = _HOST.fullmatch(host)
    if parts is None:
        raise BadInput("The request names no host that an address could be made of.")
    return host, parts[1]
