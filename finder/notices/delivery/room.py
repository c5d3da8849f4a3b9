"""All that goes out, put together over one store: who composes, who sends, and where browsers and webhooks are entered."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from finder.domain.delivery import Channel
from finder.notices.delivery.addresses import Network
from finder.notices.delivery.attempt import Send
from finder.notices.delivery.browsers import BrowserDesk
from finder.notices.delivery.compose import Announcer
from finder.notices.delivery.keys import VapidKey
from finder.notices.delivery.letters import LetterChannel
from finder.notices.delivery.outgoing import Outgoing
from finder.notices.delivery.push import PushChannel
from finder.notices.delivery.sender import Sender
from finder.notices.delivery.sms import SmsChannel
from finder.notices.delivery.sparing import MESSAGES_PER_HOUR, Sparing
from finder.notices.delivery.webhook import WebhookChannel, WebhookDesk
from finder.privacy.sealing import ServiceKey
from finder.store.deliveries import Deliveries
from finder.store.push_subscriptions import PushSubscriptions
from finder.store.sent_messages import SentMessages
from finder.store.webhooks import Webhooks

__all__ = ["DeliveryPlan", "DeliveryRoom", "webhook_desk"]


class DeliveryPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator has set up; what is empty is not there."""

    store_url: str
    keys_dir: Path
    networks: Sequence[Network] = ()
    """Of the operator's own, that may be called besides the public Internet where the operator named the address."""
    push_networks: Sequence[Network] = ()
    """The same for addresses that browsers send, which anybody can: none but in a test or a closed installation."""
    messages_per_hour: int = MESSAGES_PER_HOUR
    site_url: str = ""
    contact: str = ""
    """Whom push services may write to: an e-mail address or an https address."""
    smtp_url: str = ""
    mail_from: str = ""
    sms_url: str = ""
    sms_body: str = ""
    sms_authorization: str = ""


def webhook_desk(plan: DeliveryPlan) -> WebhookDesk:
    """Return where webhooks are entered and tried out."""
    return WebhookDesk(Webhooks.open(plan.store_url), Outgoing(plan.networks), ServiceKey(plan.keys_dir))


class DeliveryRoom:
    """One for the life of the app. ``start`` and ``stop`` belong to the app's own.

    Raises :class:`BadInput` for a store's address, or a body of short messages, that cannot be used.
    """

    def __init__(
        self,
        plan: DeliveryPlan,
        on_problem: Callable[[Exception], None],
        *,
        outgoing: Outgoing | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        to_browsers, outgoing = outgoing or Outgoing(plan.push_networks), outgoing or Outgoing(plan.networks)
        key, vapid = ServiceKey(plan.keys_dir), VapidKey(plan.keys_dir)
        webhooks = Webhooks.open(plan.store_url)
        self.browsers = BrowserDesk(PushSubscriptions.open(plan.store_url), vapid, to_browsers, clock)
        self.webhooks = WebhookDesk(webhooks, outgoing, key, clock)
        push = PushChannel(to_browsers, vapid, contact=_contact(plan), forget=self.browsers.forget, on_problem=on_problem)
        channels: dict[Channel, Send] = {Channel.PUSH: push, Channel.WEBHOOK: WebhookChannel(outgoing, webhooks, key)}
        self._sent = SentMessages.open(plan.store_url)
        sparing = partial(Sparing, sent=self._sent, key=key, on_problem=on_problem, most_an_hour=plan.messages_per_hour)
        if plan.smtp_url:
            channels[Channel.EMAIL] = sparing(LetterChannel(plan.smtp_url, plan.mail_from))
        if plan.sms_url:
            sms = SmsChannel(outgoing, plan.sms_url, body=plan.sms_body, authorization=plan.sms_authorization)
            channels[Channel.SMS] = sparing(sms)
        self.channels = frozenset(channels)
        """What people can be told by."""
        self.announce = Announcer(
            subscriptions=PushSubscriptions.open(plan.store_url),
            webhooks=webhooks,
            key=key,
            channels=tuple(channels),
            site_url=plan.site_url.rstrip("/"),
            on_problem=on_problem,
            clock=clock,
        )
        self.sender = Sender(Deliveries.open(plan.store_url), channels, key, on_problem, clock=clock)

    def start(self) -> None:
        """Start to send."""
        self.sender.start()

    def stop(self) -> None:
        """Stop sending, and give the connections back."""
        self.sender.stop()
        self._sent.close()
        self.announce.close()
        self.browsers.close()


def _contact(plan: DeliveryPlan) -> str:
    """As VAPID's ``sub``: an address of a page, or of a mailbox."""
    for text in (plan.contact, plan.mail_from):
        if text.startswith("https://"):
            return text
        mailbox = text.rpartition("<")[2].strip("> ")
        if "@" in mailbox:
            return f"mailto:{mailbox}"
    return ""
