"""Webhooks: a tenant is told what a visitor lets it know, in the form and with the signature of Standard Webhooks."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from finder.domain.admin import Actor
from finder.domain.delivery import Delivery, Webhook
from finder.errors import BadInput, NotFound, NotReady
from finder.notices.delivery.attempt import LATER, REFUSED, TAKEN, Attempt, Result
from finder.notices.delivery.keys import new_secret, webhook_signature
from finder.notices.delivery.outgoing import Answered, NotAllowed, NotReached, Outgoing
from finder.privacy.sealing import ServiceKey
from finder.store.webhooks import Webhooks

__all__ = ["SAMPLE", "Sampled", "WebhookChannel", "WebhookDesk", "event_body"]

SAMPLE: Final = "finder.test"
"""The type of the event that :meth:`WebhookDesk.try_out` sends."""
_ID_BYTES: Final = 8
_GONE: Final = Actor("410 of the webhook")


class _Event(msgspec.Struct, frozen=True):
    type: str
    timestamp: str
    data: dict[str, Any]


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a sample: the status that was answered, or why there was none."""

    is_ok: bool
    status: int | None = None
    problem: str | None = None


def event_body(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """Return the payload of an event, told to the minute: nobody needs more to know who is coming."""
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    return msgspec.json.encode(_Event(kind, minute.strftime("%Y-%m-%dT%H:%M:%SZ"), data))


class WebhookChannel:
    """Sends what waits for webhooks, signed anew at each attempt, as receivers refuse what was signed minutes ago.

    A delivery's target is the webhook's id. ``outgoing`` is for those that the operator entered; the others go by ``public``.
    """

    def __init__(self, outgoing: Outgoing, webhooks: Webhooks, key: ServiceKey, *, public: Outgoing | None = None) -> None:
        self._outgoing = outgoing
        self._public = public or Outgoing()
        self._webhooks = webhooks
        self._key = key

    def __call__(self, delivery: Delivery, now: datetime) -> Attempt:
        """See :data:`Send`. One that is disabled is told nothing; one that answers 410 (Gone) is disabled by that."""
        webhook_id = delivery.target
        try:
            answered = self.post(self._webhooks.get(webhook_id), delivery.id, delivery.body, now)
        except NotFound:
            return REFUSED
        except (NotAllowed, NotReached):
            self._note(webhook_id, now, is_ok=False)
            return LATER
        self._note(webhook_id, now, is_ok=answered.is_ok)
        if answered.is_ok:
            return TAKEN
        if answered.status == HTTPStatus.GONE:
            with suppress(NotFound, NotReady):  # at the next event it is asked again
                self._webhooks.disable(webhook_id, at=now, by=_GONE)
            return REFUSED
        return Attempt(Result.LATER, answered.retry_after_s)

    def _note(self, webhook_id: str, now: datetime, *, is_ok: bool) -> None:
        with suppress(NotReady):  # what has been sent is not sent again for its sake
            (self._webhooks.note_ok if is_ok else self._webhooks.note_failure)(webhook_id, at=now)

    def check(self, webhook: Webhook) -> None:
        """Refuse one that is not to be called as its name stands now. Raises what :meth:`Outgoing.check` raises."""
        self._way_to(webhook).check(webhook.url)

    def post(self, webhook: Webhook, message_id: str, body: bytes, now: datetime) -> Answered:
        """Send once. Raises :class:`NotFound` for a webhook that is disabled, and what :meth:`Outgoing.post` raises."""
        sealed = self._webhooks.sealed_secret(webhook.id)
        if sealed is None:
            raise NotFound("This webhook is disabled: enter another.")
        secret = self._key.open(sealed, bound_to=f"webhook {webhook.id}").decode()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": webhook_signature(secret, message_id, now, body),
        }
        return self._way_to(webhook).post(webhook.url, headers, body)

    def _way_to(self, webhook: Webhook) -> Outgoing:
        return self._public if webhook.public_only else self._outgoing


class WebhookDesk:
    """Where webhooks are entered, listed, tried out and disabled. ``tenant`` narrows each to those of one tenant."""

    def __init__(
        self,
        webhooks: Webhooks,
        outgoing: Outgoing,
        key: ServiceKey,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._webhooks = webhooks
        self._key = key
        self._channel = WebhookChannel(outgoing, webhooks, key)
        self._clock = clock

    def close(self) -> None:
        """Give the connections back."""
        self._webhooks.close()

    def add(self, tenant: str, url: str, *, by: Actor, public_only: bool = False) -> tuple[Webhook, str]:
        """Enter one and return it with its secret, which is told this once.

        ``public_only``: of the operator's own networks none is ever called for it, as a tenant enters it itself.
        Raises :class:`NotAllowed` for an address that is not called, :class:`BadInput` for one whose name leads nowhere,
        :class:`NotFound` for a tenant of none, and :class:`Conflict` for too many.
        """
        id_, now = secrets.token_hex(_ID_BYTES), self._clock()
        webhook = Webhook(id=id_, tenant=tenant, url=url, created_at=now, public_only=public_only)
        try:
            self._channel.check(webhook)
        except NotReached as error:  # of who enters it: nothing here has to be mended, as NotReady would say
            raise BadInput("The name of this address leads nowhere: is it spelt right?") from error
        secret = new_secret()
        self._webhooks.add(webhook, self._key.seal(secret.encode(), bound_to=f"webhook {webhook.id}"), by=by)
        return webhook, secret

    def list(self, *, tenant: str | None = None) -> list[Webhook]:
        """Those of a tenant, or all; newest first."""
        return self._webhooks.list(tenant=tenant)

    def is_live(self, tenant: str) -> bool:
        """Whether a tenant is told by one now."""
        return bool(self._webhooks.live(tenant))

    def disable(self, webhook_id: str, *, by: Actor, tenant: str | None = None) -> Webhook:
        """Tell nothing there any more, for good. Raises :class:`NotFound`."""
        self._of(webhook_id, tenant)
        return self._webhooks.disable(webhook_id, at=self._clock(), by=by)

    def try_out(self, webhook_id: str, *, tenant: str | None = None) -> Sampled:
        """Send a sample of nobody now, once. Raises :class:`NotFound`, for one that is disabled too."""
        webhook, now = self._of(webhook_id, tenant), self._clock()
        body = event_body(SAMPLE, now, {"webhook": webhook_id})
        try:
            answered = self._channel.post(webhook, secrets.token_hex(_ID_BYTES), body, now)
        except (NotAllowed, NotReached) as error:
            return Sampled(is_ok=False, problem=str(error))
        return Sampled(is_ok=answered.is_ok, status=answered.status)

    def _of(self, webhook_id: str, tenant: str | None) -> Webhook:
        webhook = self._webhooks.get(webhook_id)
        if tenant is not None and webhook.tenant != tenant:
            raise NotFound("There is no webhook of this id: list the webhooks to see them.")
        return webhook
