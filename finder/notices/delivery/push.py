"""Web Push (RFC 8030): that there is a notice, and nothing of what or where, encrypted to the browser (RFC 8291)."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import http_ece  # pyright: ignore[reportMissingTypeStubs]
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from finder.domain.consent import Subject
from finder.domain.delivery import Delivery
from finder.errors import NotReady
from finder.notices.delivery.attempt import LATER, REFUSED, TAKEN, Attempt, Result
from finder.notices.delivery.keys import VapidKey
from finder.notices.delivery.outgoing import Answered, NotAllowed, NotReached, Outgoing
from finder.privacy.subscriptions import BrowserSaid

__all__ = ["AUTH_BYTES", "POINT_BYTES", "PushChannel", "is_point", "push_headers", "pushed"]

POINT_BYTES: Final = 65
AUTH_BYTES: Final = 16
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class _Payload(msgspec.Struct, frozen=True):
    """What the browser is told. The service worker has the words; the page that it opens has the notice."""

    notice: str
    language: str


def is_point(p256dh: bytes) -> bool:
    """Return whether these bytes are a public key of P-256 as a browser tells it."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except ValueError:
        return False
    return len(p256dh) == POINT_BYTES


def pushed(notice_id: str, language: str, browser: BrowserSaid) -> bytes:
    """Return the body of a push: only this browser reads which notice there is."""
    payload, fresh = msgspec.json.encode(_Payload(notice_id, language)), ec.generate_private_key(ec.SECP256R1())
    made: Any = http_ece.encrypt(payload, private_key=fresh, dh=browser.p256dh, auth_secret=browser.auth, version="aes128gcm")
    return made


def push_headers(delivery_id: str) -> dict[str, str]:
    """Return what goes with each attempt; of two messages with one topic a push service keeps the later one only."""
    return {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Topic": delivery_id,
        "Urgency": "high",
    }


class PushChannel:
    """Sends pushes. ``contact``: whom a push service may write to. ``forget``: takes away who is no longer subscribed."""

    def __init__(
        self,
        outgoing: Outgoing,
        vapid: VapidKey,
        *,
        contact: str,
        forget: Callable[[Subject, str], None],
        on_problem: Callable[[Exception], None],
    ) -> None:
        self._outgoing = outgoing
        self._vapid = vapid
        self._contact = contact
        self._forget = forget
        self._on_problem = on_problem

    def __call__(self, delivery: Delivery, now: datetime) -> Attempt:
        """See :data:`Send`."""
        left_s = max(0, int((delivery.gives_up_at - now).total_seconds()))
        try:
            signed = {"TTL": str(left_s), "Authorization": self._vapid.authorization(delivery.target, self._contact, now)}
            answered = self._outgoing.post(delivery.target, delivery.headers | signed, delivery.body)
        except NotAllowed:
            return REFUSED
        except NotReached:
            return LATER
        return self._told(delivery, answered)

    def _told(self, delivery: Delivery, answered: Answered) -> Attempt:
        if answered.is_ok:
            return TAKEN
        if answered.status in _GONE:
            if delivery.subject is not None:
                self._forget(delivery.subject, delivery.target)
            return REFUSED
        if answered.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answered.status in _LATER:
            return Attempt(Result.LATER, answered.retry_after_s)
        self._on_problem(NotReady(f"A push service refuses what it is sent, with status {answered.status}."))
        return REFUSED
