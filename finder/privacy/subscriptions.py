"""Where a person's browser is reached by Web Push, and sealing it: only the person's key opens it."""

from hashlib import sha256
from typing import override

import msgspec

from finder.domain.consent import Subject
from finder.errors import Damaged
from finder.privacy.sealing import PersonKey

__all__ = ["BrowserSaid", "id_of_browser", "opened_browser", "sealed_browser"]


class BrowserSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser says of itself when it subscribes (W3C Push API). It shows itself to nobody."""

    endpoint: str
    """An address of its maker's push service. Whoever has it, and no more, can send nothing that the browser shows."""
    p256dh: bytes
    """Its public key: an uncompressed point of P-256."""
    auth: bytes
    """16 bytes."""

    @override
    def __repr__(self) -> str:
        return "BrowserSaid(…)"


def id_of_browser(endpoint: str, subject: Subject) -> str:
    """Return what the store calls a browser: one that a push service knows no more is deleted by it, without being opened."""
    return sha256(f"{subject} {endpoint}".encode()).hexdigest()[:32]


def sealed_browser(said: BrowserSaid, key: PersonKey, subject: Subject) -> bytes:
    """What is stored: only the key of the person opens it."""
    return key.seal(msgspec.msgpack.encode(said), subject=subject)


def opened_browser(sealed: bytes, key: PersonKey, subject: Subject) -> BrowserSaid:
    """What was sealed. Raises :class:`Damaged` for another's key and for what was changed since."""
    try:
        return msgspec.msgpack.decode(key.unseal(sealed, subject=subject), type=BrowserSaid)
    except msgspec.DecodeError:
        raise Damaged("A push subscription has not the form that this release knows. Delete it and subscribe again.") from None
