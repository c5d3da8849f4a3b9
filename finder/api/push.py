"""Web Push: the key that browsers subscribe to, and the browsers of a person."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import JSONBody, PathParameter

from finder.api.services import ApiServices
from finder.domain.consent import ForNotices
from finder.http.persons import known_person
from finder.notices.delivery.browsers import BrowserDesk

__all__ = ["PushSubscriptionRequest", "push_handlers"]

_Request = Request[Any, Any, Any]
Endpoint = Annotated[
    str, msgspec.Meta(min_length=1, max_length=2048, description="An https address of the browser's push service.")
]
KeyText = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern="^[A-Za-z0-9_=-]+$", description="In base64url.")]
SubscriptionId = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$", description="As POST told it.")]


class PushKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser decrypts with."""

    p256dh: KeyText
    auth: KeyText


class PushSubscriptionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What ``PushSubscription.toJSON()`` gives; what a browser adds to it, such as ``expirationTime``, is passed over."""

    endpoint: Endpoint
    keys: PushKeys


class PushKeyAnswer(msgspec.Struct, frozen=True):
    """``key``: what ``PushManager.subscribe()`` takes as ``applicationServerKey``; it stays the same."""

    key: str


class PushSubscriptionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is told. ``until``: when it is forgotten, unless it is told of something before."""

    id: str
    until: date


def push_handlers(services: ApiServices, browsers: BrowserDesk) -> list[Any]:
    """Return the handlers under ``/push``."""

    @get("/push/key", sync_to_thread=True, summary="The key that browsers subscribe to for Web Push")
    def key() -> PushKeyAnswer:
        """Answer the public key of this service, by which push services know that a push is ours (RFC 8292)."""
        return PushKeyAnswer(browsers.public_key())

    @post("/push/subscriptions", status_code=201, sync_to_thread=True, summary="Let a browser be told of notices")
    def subscribe(request: _Request, data: JSONBody[PushSubscriptionRequest]) -> PushSubscriptionAnswer:
        """Keep where a browser is reached, sealed with the person's key, for 90 days after its last use.

        An address that is not on the public Internet is refused (400), as none of those is ever called. A push says that there
        is a notice, and no place. Needs a consent to ``notices`` (403, consent_needed); with it the browser is forgotten.
        """
        person = known_person(request)
        grant = services.consents.grant(ForNotices, person.subject)
        kept = browsers.subscribe(grant, person, endpoint=data.endpoint, p256dh=data.keys.p256dh, auth=data.keys.auth)
        return PushSubscriptionAnswer(id=kept.id, until=kept.until)

    @delete("/push/subscriptions", status_code=204, sync_to_thread=True, summary="Tell no browser any more")
    def unsubscribe_all(request: _Request) -> None:
        """Forget all browsers of the person."""
        browsers.unsubscribe_all(known_person(request))

    @delete("/push/subscriptions/{subscription_id:str}", status_code=204, sync_to_thread=True, summary="Forget one browser")
    def unsubscribe(request: _Request, subscription_id: SubscriptionId) -> None:
        """Forget it at once."""
        browsers.unsubscribe(known_person(request), subscription_id)

    return [key, subscribe, unsubscribe_all, unsubscribe]
