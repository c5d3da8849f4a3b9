"""Something that waits to go out, as the outbox holds it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from finder.domain.delivery import Channel, Delivery

__all__ = ["delivery_of"]


def delivery_of(channel: Channel, target: str = "sealed", body: bytes = b"", **more: Any) -> Delivery:
    """A delivery of nobody, due at ``next_at`` (now without it) and tried for an hour more."""
    due = more.pop("next_at", None) or datetime.now(UTC)
    plain = {"id": "0123abcd" * 4, "headers": {}, "subject": None, "notice_id": None, "attempts": 0}
    rest = {**plain, "gives_up_at": due + timedelta(hours=1), **more}
    return Delivery(channel=channel, target=target, body=body, next_at=due, **rest)
