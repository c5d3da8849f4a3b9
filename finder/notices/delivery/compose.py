"""What goes out when a person is told something: to their browsers, to their mailbox or telephone, and to who runs the facility.

Only what the person chose, and nothing that names a place but to the tenant, whose place it is. It is written into the outbox in
the transaction of the notice, closed with the service's key; nothing is sent here.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from finder.domain.delivery import Channel, Delivery
from finder.errors import Damaged, FinderError, NotReady
from finder.notices.delivery.envelope import closed
from finder.notices.delivery.letters import letter
from finder.notices.delivery.push import push_headers, pushed
from finder.notices.delivery.sms import short_message
from finder.notices.delivery.webhook import event_body
from finder.notices.visits.nouns import Notice, Visit
from finder.privacy.sealing import ServiceKey
from finder.privacy.subjects import Person
from finder.privacy.subscriptions import opened_browser
from finder.store.push_subscriptions import PushSubscriptions
from finder.store.webhooks import Webhooks

__all__ = ["OPEN_PAGE_FIRST", "WEBHOOK_GIVES_UP", "Announcer"]

OPEN_PAGE_FIRST: Final = timedelta(seconds=5)
"""So long an open page has to say that the person has seen a notice: then nothing else tells them."""
WEBHOOK_GIVES_UP: Final = timedelta(hours=24)
_ID_BYTES: Final = 16
"""Their 32 letters are the longest topic that a push service takes."""


class _Message(NamedTuple):
    channel: Channel
    target: str
    body: bytes


class Announcer:
    """Makes the deliveries of a notice: a ``finder.notices.visits.nouns.Announce``. ``clock`` gives aware times.

    ``site_url`` is where people reach the site, without a slash at the end; empty: letters name no page. ``channels`` are those
    that the operator has set up. What cannot be composed is told to ``on_problem``, and the notice is told all the same.
    """

    def __init__(
        self,
        *,
        subscriptions: PushSubscriptions,
        webhooks: Webhooks,
        key: ServiceKey,
        channels: Sequence[Channel],
        site_url: str,
        on_problem: Callable[[Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._subscriptions = subscriptions
        self._webhooks = webhooks
        self._key = key
        self._channels = frozenset(channels)
        self._notices_url = f"{site_url}/notices" if site_url else ""
        self._on_problem = on_problem
        self._clock = clock

    def __call__(self, person: Person, visit: Visit, notice: Notice) -> list[Delivery]:
        """Return what is to go out, closed. Raises nothing of the finder's own."""
        made: list[Delivery] = []
        for compose in (self._pushes, self._letters, self._webhook_events):
            try:
                made += [closed(delivery, self._key) for delivery in compose(person, visit, notice)]
            except FinderError as error:
                self._on_problem(error)
        return made

    def close(self) -> None:
        """Give the connections back."""
        self._subscriptions.close()
        self._webhooks.close()

    def _pushes(self, person: Person, visit: Visit, notice: Notice) -> Iterator[Delivery]:
        kept, today = self._subscriptions.of(person.subject), self._clock().date()
        for subscription in kept:
            try:
                browser = opened_browser(subscription.sealed, person.key, person.subject)
            except Damaged as error:  # one that is damaged must keep nobody from the others
                self._on_problem(error)
                continue
            body = pushed(notice.id, notice.language, browser)
            yield from self._to_person(_Message(Channel.PUSH, browser.endpoint, body), person, visit, notice)
        if any(subscription.used_on < today for subscription in kept):
            with suppress(NotReady):
                self._subscriptions.note_use(person.subject, on=today)

    def _letters(self, person: Person, visit: Visit, notice: Notice) -> Iterator[Delivery]:
        if visit.email:
            written = letter(notice.language, self._notices_url)
            yield from self._to_person(_Message(Channel.EMAIL, visit.email, written), person, visit, notice)
        if visit.sms:
            written = short_message(notice.language, self._notices_url)
            yield from self._to_person(_Message(Channel.SMS, visit.sms, written), person, visit, notice)

    def _to_person(self, message: _Message, person: Person, visit: Visit, notice: Notice) -> Iterator[Delivery]:
        """Until the visit's end, if it has not ended by then: later it would help nobody."""
        next_at, id_ = self._clock() + OPEN_PAGE_FIRST, _new_id()
        if message.channel in self._channels and next_at < visit.ends_at:
            yield Delivery(
                id=id_,
                channel=message.channel,
                target=message.target,
                headers=push_headers(id_) if message.channel is Channel.PUSH else {},
                body=message.body,
                subject=person.subject,
                notice_id=notice.id,
                attempts=0,
                next_at=next_at,
                gives_up_at=visit.ends_at,
            )

    def _webhook_events(self, person: Person, visit: Visit, notice: Notice) -> Iterator[Delivery]:
        # Who took the facility over since is another than the person was asked about.
        if notice.tenant not in visit.tenants_told or Channel.WEBHOOK not in self._channels:
            return
        told = {
            "visit": visit.reference,
            "facility": notice.facility_id,
            "fence": notice.fence_id,
            "trigger": notice.trigger.value,
        }
        body, now = event_body(f"visit.{notice.trigger.value}", notice.at, told), self._clock()
        for webhook in self._webhooks.live(notice.tenant):
            yield Delivery(
                id=_new_id(),
                channel=Channel.WEBHOOK,
                target=webhook.id,  # which row of whose it is would tell who has the rows where the person is
                headers={},
                body=body,
                subject=person.subject,
                notice_id=None,  # that the person has seen it is no reason not to tell the tenant
                attempts=0,
                next_at=now,
                gives_up_at=now + WEBHOOK_GIVES_UP,
            )


def _new_id() -> str:
    return secrets.token_hex(_ID_BYTES)
