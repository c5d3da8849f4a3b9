"""What a person is told by besides the page, as they take it along: their browsers, and what has not gone out yet."""

from contextlib import suppress
from datetime import date, datetime
from typing import override

import msgspec

from finder.domain.consent import Subject
from finder.domain.delivery import Channel, Delivery
from finder.errors import Damaged
from finder.privacy.sealing import PersonKey
from finder.privacy.subscriptions import BrowserSaid, opened_browser
from finder.store.push_subscriptions import SUBSCRIPTIONS_KEPT, SealedSubscription

__all__ = ["DeliveryLine", "SubscriptionLine", "delivery_line", "subscription_line"]


class SubscriptionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is told of notices: where it is reached is null where that could not be opened."""

    id: str
    endpoint: str | None
    used_on: date
    until: date

    @override
    def __repr__(self) -> str:
        return "SubscriptionLine(…)"


class DeliveryLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits to go out. ``notice``: of which notice it tells; null of what goes to who runs the facility."""

    id: str
    channel: Channel
    notice: str | None
    attempts: int
    next_at: datetime
    until: datetime


def subscription_line(kept: SealedSubscription, key: PersonKey | None, subject: Subject) -> SubscriptionLine:
    """A browser with where it is reached, where that could be opened."""
    said: BrowserSaid | None = None
    if key is not None:
        with suppress(Damaged):  # one that is damaged must keep nobody from the others
            said = opened_browser(kept.sealed, key, subject)
    return SubscriptionLine(
        id=kept.id, endpoint=said and said.endpoint, used_on=kept.used_on, until=kept.used_on + SUBSCRIPTIONS_KEPT
    )


def delivery_line(delivery: Delivery) -> DeliveryLine:
    """A delivery that waits, without what is in it, which is closed with the service's key."""
    return DeliveryLine(
        id=delivery.id,
        channel=delivery.channel,
        notice=delivery.notice_id,
        attempts=delivery.attempts,
        next_at=delivery.next_at,
        until=delivery.gives_up_at,
    )
