"""``finder tenants``: who runs which facilities, and so may have people who visit them told something."""

from datetime import UTC, datetime

import click
from rich.markup import escape
from rich.table import Table

from finder.cli.console import OUT, Errors, current_settings, opened_store, system_actor
from finder.directory import Directory
from finder.domain.tenant import Tenant
from finder.store.tenants import TenantStore

__all__ = ["tenants"]


@click.group(cls=Errors)
def tenants() -> None:
    """Tenants: who runs facilities. Only they may have people who visit one told something there."""


@tenants.command("add")
@click.argument("tenant_id", metavar="ID")
@click.argument("name")
@click.option("--facility", "facilities", multiple=True, metavar="FACILITY", help="One that it runs; repeat it for several.")
def add(tenant_id: str, name: str, facilities: tuple[str, ...]) -> None:
    """Enter the tenant ID: small letters, digits and hyphens. NAME is what people are shown who are told something."""
    _check_published(facilities)
    tenant = Tenant(id=tenant_id, name=name.strip(), created_at=datetime.now(UTC), facilities=facilities)
    with _opened_tenants() as opened:
        opened.add(tenant, system_actor())
        runs = len(opened.get(tenant_id).facilities)
    advice = "" if runs else f" Give it some: finder tenants give {tenant_id} …"
    OUT.print(f"Tenant {tenant_id} “{escape(tenant.name)}” runs {_facilities(runs)}.{advice}")


@tenants.command("list")
def list_tenants() -> None:
    """List the tenants and what they run."""
    with _opened_tenants() as opened:
        known = opened.list()
    if not known:
        OUT.print("No tenant yet: finder tenants add ID NAME --facility FACILITY")
        return
    table = Table("Id", "Name", "Since", "Facilities", box=None, padding=(0, 2, 0, 0))
    for tenant in known:
        runs = f"ended {tenant.ended_at:%Y-%m-%d}" if tenant.ended_at else escape(" ".join(tenant.facilities)) or "none"
        table.add_row(tenant.id, escape(tenant.name), f"{tenant.created_at:%Y-%m-%d}", runs)
    OUT.print(table)


@tenants.command("give")
@click.argument("tenant_id", metavar="ID")
@click.argument("facilities", metavar="FACILITY…", nargs=-1, required=True)
def give(tenant_id: str, facilities: tuple[str, ...]) -> None:
    """Say that the tenant ID runs each FACILITY, by its id as finder near shows it. One facility is run by one tenant."""
    _check_published(facilities)
    with _opened_tenants() as opened:
        tenant = opened.give(tenant_id, facilities, system_actor())
    OUT.print(f"Tenant {tenant.id} “{escape(tenant.name)}” runs {_facilities(len(tenant.facilities))}.")


@tenants.command("take")
@click.argument("facilities", metavar="FACILITY…", nargs=-1, required=True)
def take(facilities: tuple[str, ...]) -> None:
    """Say that nobody runs each FACILITY any more. Its fences are ended first: finder notices fences end."""
    with _opened_tenants() as opened:
        taken = opened.take(facilities, system_actor())
    OUT.print(f"{_facilities(taken)} taken.")


@tenants.command("end")
@click.argument("tenant_id", metavar="ID")
def end(tenant_id: str) -> None:
    """End the tenant ID at once and for good: its fences end, its webhooks are disabled and its keys revoked.

    What it ran is free for another tenant. Its name, its fences for their log, and the audit log stay.
    """
    with _opened_tenants() as opened:
        ended = opened.end(tenant_id, at=datetime.now(UTC), by=system_actor())
    OUT.print(
        f"Tenant {escape(tenant_id)} has ended: {ended.fences:,} fences ended, {ended.webhooks:,} webhooks disabled, "
        f"{ended.keys:,} keys revoked, and nobody runs its facilities any more ({ended.facilities:,})."
    )


def _check_published(facilities: tuple[str, ...]) -> None:
    """Raise :class:`NotFound` for an id that people cannot find: a slip of the pen, most likely."""
    if facilities:
        snapshot = Directory(current_settings().snapshots_dir).current()
        for facility in facilities:
            snapshot.facility(facility)


def _facilities(count: int) -> str:
    return f"{count:,} {'facility' if count == 1 else 'facilities'}"


def _opened_tenants() -> TenantStore:
    """The tenants, with the store's tables made or brought up to date."""
    settings = current_settings()
    with opened_store(settings):
        return TenantStore.open(settings.store_url)
