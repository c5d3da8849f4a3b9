"""``finder migrate``: the store's tables."""

import click

from finder.cli.console import OUT, current_settings, opened_store

__all__ = ["migrate"]


@click.command()
def migrate() -> None:
    """Make the store's tables, or bring them up to date. Loading does it by itself; this is for an operator's own order."""
    with opened_store(current_settings()) as store:
        OUT.print(f"The store is up to date: {store.count():,} facilities.")
