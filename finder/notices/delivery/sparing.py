"""Letters and short messages are few: who asks for them need not own the mailbox or the telephone, and each may cost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from finder.domain.delivery import Channel, Delivery
from finder.errors import NotReady
from finder.notices.delivery.attempt import REFUSED, Attempt, Send
from finder.privacy.sealing import ServiceKey
from finder.store.sent_messages import Limit, SentMessages

__all__ = ["MESSAGES_PER_HOUR", "MOST_A_DAY", "Sparing"]

MOST_A_DAY: Final = 5
"""To one mailbox or telephone."""
MESSAGES_PER_HOUR: Final = 200
"""To all, unless the operator says otherwise."""
_TOLD_EVERY: Final = timedelta(hours=1)
_NOT_SENT: Final = "a notice is not sent so; it is in the open page, and comes by push."
_WHY: Final = {
    Limit.OF_TARGET: f"Somebody has got {MOST_A_DAY} letters or short messages within a day: {_NOT_SENT}",
    Limit.OF_ALL: f"As many letters and short messages went out within an hour as FINDER_MESSAGES_PER_HOUR allows: {_NOT_SENT}",
}


class Sparing:
    """Sends by ``send`` what the limits allow, and refuses the rest, which is told to ``on_problem`` once an hour at most."""

    def __init__(
        self,
        send: Send,
        sent: SentMessages,
        key: ServiceKey,
        on_problem: Callable[[Exception], None],
        *,
        most_an_hour: int = MESSAGES_PER_HOUR,
    ) -> None:
        self._send = send
        self._sent = sent
        self._key = key
        self._on_problem = on_problem
        self._most_an_hour = most_an_hour
        self._told: dict[Limit, datetime] = {}

    def __call__(self, delivery: Delivery, now: datetime) -> Attempt:
        """See :data:`Send`. Raises :class:`NotReady` when it cannot be counted now."""
        message = self._key.hashed(delivery.id, purpose="message")
        target = self._key.hashed(_one_form(delivery.channel, delivery.target), purpose=f"target of {delivery.channel.value}")
        limit = self._sent.count(message, target, at=now, most_a_day=MOST_A_DAY, most_an_hour=self._most_an_hour)
        if limit is None:
            return self._send(delivery, now)
        told = self._told.get(limit)
        if told is None or now - told >= _TOLD_EVERY:
            self._told[limit] = now
            self._on_problem(NotReady(_WHY[limit]))
        return REFUSED


def _one_form(channel: Channel, target: str) -> str:
    """The same for what reaches the same mailbox: many take no notice of the case, nor of what follows a plus sign."""
    if channel is not Channel.EMAIL:
        return target
    local, _, domain = target.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
