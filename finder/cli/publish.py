"""``finder publish``: a new snapshot of what is in the store."""

import click

from finder.cli.console import OUT, current_settings, opened_store, publish_now

__all__ = ["publish"]


@click.command()
def publish() -> None:
    """Publish the store anew. Loading does it by itself; this is for after a restore or a change of place names."""
    settings = current_settings()
    with opened_store(settings) as store:
        OUT.print(publish_now(settings, store))
