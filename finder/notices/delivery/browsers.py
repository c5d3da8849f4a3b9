"""The browsers of a person that are told by Web Push: where they subscribe and unsubscribe."""

from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import NamedTuple

from finder.domain.consent import ForNotices, Subject
from finder.errors import BadInput, NotFound
from finder.notices.delivery.keys import VapidKey
from finder.notices.delivery.outgoing import Outgoing
from finder.notices.delivery.push import AUTH_BYTES, is_point
from finder.privacy.grants import Grant
from finder.privacy.subjects import Person
from finder.privacy.subscriptions import BrowserSaid, id_of_browser, sealed_browser
from finder.store.push_subscriptions import SUBSCRIPTIONS_KEPT, PushSubscriptions, SealedSubscription

__all__ = ["BrowserDesk", "Subscribed"]


class Subscribed(NamedTuple):
    """What the store calls the browser, and until when it is kept, unless it is told of something before."""

    id: str
    until: date


class BrowserDesk:
    """Over the subscriptions of a store. What writes raises :class:`NotReady` when it cannot now."""

    def __init__(
        self,
        subscriptions: PushSubscriptions,
        vapid: VapidKey,
        outgoing: Outgoing,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._subscriptions = subscriptions
        self._vapid = vapid
        self._outgoing = outgoing
        self._clock = clock

    def public_key(self) -> str:
        """Return the ``applicationServerKey`` that browsers subscribe to. Raises what :class:`VapidKey` raises."""
        return self._vapid.public_key()

    def subscribe(self, grant: Grant[ForNotices], person: Person, *, endpoint: str, p256dh: str, auth: str) -> Subscribed:
        """Keep a browser, sealed with the person's key, in the place of what was known of it; keys in base64url.

        Raises :class:`BadInput` for an endpoint that is not called and for keys of none, :class:`ConsentNeeded` where the yes
        is taken back meanwhile, and :class:`ErasedMeanwhile`.
        """
        assert grant.purpose is ForNotices  # noqa: S101 - by its type it cannot be another
        since, now = self._subscriptions.last_erasure(person.subject), self._clock()
        self._outgoing.check_form(endpoint)  # its name is looked up by each call: who subscribes is to learn of no name inside
        point, secret = _bytes(p256dh), _bytes(auth)
        if not is_point(point) or len(secret) != AUTH_BYTES:
            raise BadInput("Send the keys p256dh and auth as PushSubscription.toJSON() has them.")
        said = BrowserSaid(endpoint=endpoint, p256dh=point, auth=secret)
        sealed = sealed_browser(said, person.key, person.subject)
        kept = SealedSubscription(id=id_of_browser(endpoint, person.subject), sealed=sealed, used_on=now.date())
        self._subscriptions.put(person.subject, kept, since=since, at=now)
        return Subscribed(kept.id, now.date() + SUBSCRIPTIONS_KEPT)

    def unsubscribe(self, person: Person, subscription_id: str) -> None:
        """Forget a browser. Raises :class:`NotFound`."""
        self._subscriptions.remove(person.subject, subscription_id)

    def unsubscribe_all(self, person: Person) -> int:
        """Forget all of a person's; how many there were."""
        return self._subscriptions.remove_all(person.subject)

    def forget(self, subject: Subject, endpoint: str) -> None:
        """Forget a browser that its push service no longer knows."""
        with suppress(NotFound):
            self._subscriptions.remove(subject, id_of_browser(endpoint, subject))

    def close(self) -> None:
        """Give the connections back."""
        self._subscriptions.close()


def _bytes(text: str) -> bytes:
    """Of base64url with padding or without; nothing for what is none."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return b""
