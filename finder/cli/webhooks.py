"""``finder webhooks``: where tenants are told of visitors who let them be."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from rich.markup import escape
from rich.table import Table

from finder.app import delivery_plan
from finder.cli.console import OUT, Errors, current_settings, opened_store, system_actor
from finder.domain.delivery import Webhook
from finder.errors import BadInput
from finder.notices.delivery.outgoing import NotAllowed
from finder.notices.delivery.room import webhook_desk
from finder.notices.delivery.webhook import SAMPLE, WebhookDesk

__all__ = ["webhooks"]

_NOT_TAKEN = 3
"""The exit code when a sample is not taken."""


@click.group(cls=Errors)
def webhooks() -> None:
    """Where tenants are told of visitors who, arming notices, let them be (Standard Webhooks)."""


@webhooks.command("add")
@click.argument("tenant")
@click.argument("url")
def add(tenant: str, url: str) -> None:
    """Enter where TENANT is told, and show the secret, this once: give it to whoever receives there.

    URL is an https address on port 443 or 8443. For one in a network of your own see FINDER_OUTGOING_NETWORKS.
    """
    with _opened_desk() as desk:
        try:
            webhook, secret = desk.add(tenant, url, by=system_actor())
        except NotAllowed as error:
            raise BadInput(f"{error} FINDER_OUTGOING_NETWORKS names networks of your own that may be called.") from error
    OUT.print(f"Webhook {webhook.id} of {webhook.tenant} is told. Try it: finder webhooks test {webhook.id}. Its secret:")
    OUT.print(secret)


@webhooks.command("list")
def list_webhooks() -> None:
    """List the webhooks, newest first, and how each goes."""
    with _opened_desk() as desk:
        known = desk.list()
    if not known:
        OUT.print("No webhook yet: finder webhooks add TENANT URL")
        return
    table = Table("Id", "Tenant", "Url", "Created", "Last taken", "State", box=None, padding=(0, 2, 0, 0))
    for webhook in known:
        last = f"{webhook.last_ok_at:%Y-%m-%d %H:%M}" if webhook.last_ok_at else "never"
        row = (webhook.id, webhook.tenant, escape(webhook.url), f"{webhook.created_at:%Y-%m-%d}", last, _state(webhook))
        table.add_row(*row)
    OUT.print(table)


@webhooks.command("disable")
@click.argument("webhook_id", metavar="ID")
def disable(webhook_id: str) -> None:
    """Tell nothing at the webhook ID any more, at once and for good."""
    with _opened_desk() as desk:
        webhook = desk.disable(webhook_id, by=system_actor())
    OUT.print(f"Webhook {webhook.id} of {webhook.tenant} is disabled; what waited for it is dropped.")


@webhooks.command("test")
@click.argument("webhook_id", metavar="ID")
@click.pass_context
def test(context: click.Context, webhook_id: str) -> None:
    """Send a sample to the webhook ID, about nobody. Ends with exit code 3 if it is not taken."""
    with _opened_desk() as desk:
        sampled = desk.try_out(webhook_id)
    answered = f"It answered {sampled.status}." if sampled.status else sampled.problem or ""
    OUT.print(f"A sample ({SAMPLE}) was {'taken' if sampled.is_ok else 'not taken'}. {answered}")
    context.exit(0 if sampled.is_ok else _NOT_TAKEN)


@contextmanager
def _opened_desk() -> Generator[WebhookDesk]:
    """The webhooks, with the store's tables made or brought up to date."""
    settings = current_settings()
    with opened_store(settings):
        desk = webhook_desk(delivery_plan(settings))
        try:
            yield desk
        finally:
            desk.close()


def _state(webhook: Webhook) -> str:
    if webhook.disabled_at:
        return f"disabled {webhook.disabled_at:%Y-%m-%d}"
    if webhook.failing_since:
        hours = (datetime.now(UTC) - webhook.failing_since).total_seconds() / 3600
        return f"FAILING since {webhook.failing_since:%Y-%m-%d %H:%M} UTC ({hours:,.0f} h)"
    return "told"
