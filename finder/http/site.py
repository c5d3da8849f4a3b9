"""The finder's own address, as whoever asks calls it."""

import re
from typing import Any, Final

from litestar import Request

from finder.errors import BadInput

__all__ = ["issuer_of", "site_address"]

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


def _host(request: Request[Any, Any, Any]) -> tuple[str, str]:
    """The host with its port, and without."""
    host = request.headers.get("host", "")
    parts = _HOST.fullmatch(host)
    if parts is None:
        raise BadInput("The request names no host that an address could be made of.")
    return host, parts[1]
