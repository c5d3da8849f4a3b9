"""Where a person may be sent back to with a code: only to an address that the operator has entered for the application."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import SplitResult, urlsplit

from finder.errors import BadInput

__all__ = ["checked_https_address", "checked_redirect_uri", "is_registered"]

_WRITTEN: Final = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]{1,500}")
"""The letters of a URI (RFC 3986) without ``#``: a redirect URI has no fragment."""
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?")
_LOOPBACK: Final = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?((?:/.*)?)")
_PRIVATE_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
"""A reversed domain name, so that nobody's ``javascript:`` is one (RFC 8252, 7.1)."""


def checked_redirect_uri(text: str) -> str:
    """Return a redirect URI that an application may have.

    https, or http on the machine itself by number, whose port the app chooses each time (RFC 8252, 7.3), or a scheme of its own
    that has a dot. Raises :class:`BadInput` for any other.
    """
    parts = _parts(text)
    if parts and (
        (parts.scheme == "https" and _HOST.fullmatch(parts.netloc))
        or _LOOPBACK.fullmatch(text)
        or (_PRIVATE_SCHEME.fullmatch(parts.scheme) and text.startswith(f"{parts.scheme}:/"))
    ):
        return text
    raise BadInput(
        "A redirect URI begins with https://, with http://127.0.0.1/ or http://[::1]/ for an app on the person's machine, or "
        "with a scheme of the app's own that has a dot, such as com.example.app:/back. It has neither fragment nor password."
    )


def checked_https_address(text: str) -> str:
    """Return an https address. Raises :class:`BadInput` for anything else."""
    parts = _parts(text)
    if parts is None or parts.scheme != "https" or not _HOST.fullmatch(parts.netloc):
        raise BadInput("An application's homepage begins with https://.")
    return text


def is_registered(asked: str, registered: Collection[str]) -> bool:
    """Whether a redirect URI is, letter for letter, one of those; of loopback addresses the port may be another."""
    if asked in registered:
        return True
    loopback = _LOOPBACK.fullmatch(asked) if _WRITTEN.fullmatch(asked) else None
    known = [_LOOPBACK.fullmatch(one) for one in registered]
    return loopback is not None and loopback.groups() in [one.groups() for one in known if one]


def _parts(text: str) -> SplitResult | None:
    if not _WRITTEN.fullmatch(text):
        return None
    try:
        return urlsplit(text)
    except ValueError:
        return None
