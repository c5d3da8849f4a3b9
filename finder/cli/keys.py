"""``finder keys``: who may use the admin API."""

from datetime import UTC, datetime, timedelta

import click
from rich.markup import escape
from rich.table import Table

from finder.cli.console import OUT, Errors, current_settings, opened_store, system_actor
from finder.domain.admin import ApiKey, Scope
from finder.store.keys import ApiKeys

__all__ = ["keys"]


@click.group(cls=Errors)
def keys() -> None:
    """Keys of the admin API (/api/v1/admin). The first one can be made only here."""


@keys.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    required=True,
    help="What it may do; repeat it for several.",
)
@click.option("--tenant", metavar="ID", help="Only for the fences of this tenant; its scope is notices:write.")
@click.option("--expires", "days", type=click.IntRange(1, 36500), metavar="DAYS", help="Default: never, until it is revoked.")
def create(name: str, scopes: tuple[str, ...], tenant: str | None, days: int | None) -> None:
    """Make a key and show it, this once: only a hash of it is kept.

    NAME says who or what will use it. Without the key nobody can tell it again: make another and revoke this one.
    """
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    with _opened_keys() as opened:
        wanted = [Scope(scope) for scope in scopes]
        made = opened.create(name, wanted, by=system_actor(), expires_at=expires_at, tenant=tenant)
    of_whom = f" of tenant {made.key.tenant}" if made.key.tenant else ""
    OUT.print(
        f"Key {made.key.id} “{escape(made.key.name)}”{of_whom} may {', '.join(made.key.scopes)}. Send it as Authorization: Bearer"
    )
    OUT.print(made.token)


@keys.command("list")
def list_keys() -> None:
    """List the keys, newest first; their secrets nobody has."""
    with _opened_keys() as opened:
        known = opened.list()
    if not known:
        OUT.print("No key yet: finder keys create NAME --scope loads:write")
        return
    table = Table("Id", "Name", "Tenant", "Scopes", "Created", "Last used", "State", box=None, padding=(0, 2, 0, 0))
    for key in known:
        last = f"{key.last_used_on:%Y-%m-%d}" if key.last_used_on else "never"
        made_on = f"{key.created_at:%Y-%m-%d}"
        table.add_row(key.id, escape(key.name), key.tenant or "", " ".join(key.scopes), made_on, last, _state(key))
    OUT.print(table)


@keys.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Take the key ID back, at once and for good."""
    with _opened_keys() as opened:
        key = opened.revoke(key_id, by=system_actor())
    OUT.print(f"Key {key.id} “{escape(key.name)}” is revoked.")


def _opened_keys() -> ApiKeys:
    """The keys, with the store's tables made or brought up to date."""
    settings = current_settings()
    with opened_store(settings):
        return ApiKeys.open(settings.store_url)


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if not key.is_live(datetime.now(UTC)):
        return "expired"
    return f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "live"
