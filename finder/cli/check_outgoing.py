"""What ``finder check`` says of what goes out: whether it does, by what the store knows. Nobody's name or address is in it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from finder.cli.console import existing_store
from finder.config import Settings
from finder.domain.delivery import Backlog, Channel
from finder.errors import NotReady
from finder.notices.delivery.compose import WEBHOOK_GIVES_UP
from finder.store.deliveries import Deliveries
from finder.store.webhooks import Webhooks

__all__ = ["NO_STORE", "NotOurs", "has_store", "outgoing", "webhooks"]

NO_STORE: Final = "none, as there is no store yet"
_LATE: Final = timedelta(minutes=5)
"""A service that runs has long sent by then what is due."""
_FAILING: Final[Mapping[Channel, str]] = {
    Channel.PUSH: "to browsers",
    Channel.EMAIL: "by e-mail (FINDER_SMTP_URL)",
    Channel.SMS: "by short message (FINDER_SMS_URL)",
}
"""Webhooks have a row of their own."""


class NotOurs(Exception):
    """Something goes amiss that somebody else has to mend: it is said, and is no failure of this service."""


def outgoing(settings: Settings) -> str:
    """Say how much waits. Raises :class:`NotReady` where a channel takes nothing, or nobody sends."""
    if not has_store(settings):
        return NO_STORE
    now = datetime.now(UTC)
    with existing_store(settings), Deliveries.open(settings.store_url) as deliveries:
        backlog = deliveries.backlog(now)
    waiting = f"{sum(one.waiting for one in backlog):,} wait"
    if troubles := list(_troubles(backlog, now)):
        raise NotReady(" ".join([f"{waiting}.", *troubles]))
    return waiting


def webhooks(settings: Settings, now: datetime) -> str:
    """Say how many webhooks there are. Raises :class:`NotOurs` where some fail, and :class:`NotReady` where one has for a day.

    By then what waited for it was given up. Before, each tenant could have this service's operator called out at will.
    """
    if not has_store(settings):
        return NO_STORE
    with existing_store(settings), Webhooks.open(settings.store_url) as known:
        live = [webhook for webhook in known.list() if webhook.disabled_at is None]
    failing = [webhook.failing_since for webhook in live if webhook.failing_since is not None]
    if not failing:
        return f"{len(live):,}, none fails" if live else "none is entered"
    told = (
        f"{len(failing):,} of {len(live):,} fail, the first since {min(failing):%Y-%m-%d %H:%M} UTC: finder webhooks list "
        "says which. Ask its tenant, or finder webhooks disable ID."
    )
    if now - min(failing) >= WEBHOOK_GIVES_UP:
        raise NotReady(told)
    raise NotOurs(told)


def _troubles(backlog: Sequence[Backlog], now: datetime) -> Iterator[str]:
    if failing := [f"{one.failing:,} {_FAILING[one.channel]}" for one in backlog if one.failing and one.channel in _FAILING]:
        yield f"Tried three times or more and not taken: {', '.join(failing)}. The log of the service says why."
    due = [one.due_since for one in backlog if one.due_since is not None]
    if due and now - min(due) > _LATE:
        yield f"The oldest has been due since {min(due):%Y-%m-%d %H:%M} UTC and nobody sends it: see that the service runs."


def has_store(settings: Settings) -> bool:
    """Whether anything was ever stored; looking into a SQLite file that is not there would make an empty one."""
    return bool(settings.database_url) or (settings.data_dir / "finder.sqlite").exists()
