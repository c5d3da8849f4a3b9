"""``finder publish``: a new snapshot of what is in the store."""

import click

from finder.cli.console import OUT, current_settings, opened_desk, publish_now

__all__ = ["publish"]


@click.command()
def publish() -> None:
    """Publish the store anew. Loading does it by itself; this is for after a restore or a change of place names."""
    with opened_desk(current_settings()) as desk:
        OUT.print(publish_now(desk))
