"""``finder apps``: which applications of others may ask people for access."""

from datetime import UTC, datetime

import click
from rich.markup import escape
from rich.table import Table

from finder.cli.console import OUT, Errors, current_settings, opened_store, system_actor
from finder.domain.apps import AppScope
from finder.privacy.disclosures.registration import enter_app
from finder.store.apps import AppStore

__all__ = ["apps"]


@click.group(cls=Errors)
def apps() -> None:
    """Applications of others that may ask people for access to what they keep here (OAuth 2)."""


@apps.command("add")
@click.argument("name")
@click.option("--homepage", required=True, help="An https address where people read what the app is.")
@click.option("--contact", required=True, help="Of who runs it: an e-mail address, a phone number or an https address.")
@click.option(
    "--redirect",
    "redirect_uris",
    multiple=True,
    required=True,
    metavar="URI",
    help="Where people are sent back to: https, http://127.0.0.1/…, or com.example.app:/…; repeat it for several.",
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in AppScope]),
    multiple=True,
    required=True,
    help="What it may ask for; repeat it for several.",
)
def add(name: str, homepage: str, contact: str, redirect_uris: tuple[str, ...], scopes: tuple[str, ...]) -> None:
    """Enter an application and show its client_id. It gets no secret.

    NAME is shown to people who are asked, with the homepage and the contact: look at who runs it first.
    """
    with _opened_apps() as opened:
        app = enter_app(
            opened,
            name=name,
            homepage=homepage,
            contact=contact,
            redirect_uris=redirect_uris,
            scopes=[AppScope(scope) for scope in scopes],
            by=system_actor(),
        )
    OUT.print(f"“{escape(app.name)}” may ask people for {', '.join(app.scopes)}. How it does: docs/apps.md. Its client_id:")
    OUT.print(app.id)


@apps.command("list")
def list_apps() -> None:
    """List the applications, newest first."""
    with _opened_apps() as opened:
        known = opened.list()
    if not known:
        OUT.print("No application yet: finder apps add NAME --homepage … --contact … --redirect … --scope places.read")
        return
    table = Table("client_id", "Name", "Contact", "Scopes", "Redirects to", "State", box=None, padding=(0, 2, 0, 0))
    for app in known:
        state = f"disabled {app.disabled_at:%Y-%m-%d}" if app.disabled_at else f"since {app.created_at:%Y-%m-%d}"
        table.add_row(
            app.id, escape(app.name), escape(app.contact), " ".join(app.scopes), escape(" ".join(app.redirect_uris)), state
        )
    OUT.print(table)


@apps.command("disable")
@click.argument("app_id", metavar="CLIENT_ID")
def disable(app_id: str) -> None:
    """Shut the application CLIENT_ID out at once and for good; all that people had granted it ends."""
    with _opened_apps() as opened:
        app = opened.disable(app_id, at=datetime.now(UTC), by=system_actor())
    OUT.print(f"“{escape(app.name)}” is disabled: its tokens open nothing from now on.")


def _opened_apps() -> AppStore:
    """The applications, with the store's tables made or brought up to date."""
    settings = current_settings()
    with opened_store(settings):
        return AppStore.open(settings.store_url)
