"""``finder migrate``: the store's tables."""

import click

from finder.cli.console import OUT, current_settings
from finder.store import Store

__all__ = ["migrate"]


@click.command()
def migrate() -> None:
    """Make the store's tables, or bring them up to date. Loading does it by itself; this is for an operator's own order."""
    with Store.open(current_settings().store_url) as store:
        store.migrate()
        OUT.print(f"The store is up to date: {store.count():,} facilities.")
