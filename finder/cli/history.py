"""``finder history``: what every load says of one facility."""

import click
import msgspec
from rich.markup import escape

from finder.cli.console import OUT, current_settings, opened_desk

__all__ = ["history"]


@click.command()
@click.argument("facility_id", metavar="ID")
def history(facility_id: str) -> None:
    """Show what each load says of facility ID, newest first, field by field, and when it was last verified."""
    with opened_desk(current_settings()) as desk:
        found = desk.history(facility_id)
    for load, statement in found:
        OUT.print(
            f"[bold]Load {load.id}[/], {load.started_at:%Y-%m-%d %H:%M} UTC, {escape(load.source)} {escape(load.file_name)}"
        )
        for field, given in statement.said.provenance.items():
            value = msgspec.json.encode(getattr(statement.said, field)).decode()
            day = f"  (verified {given.verified_at})" if given.verified_at else ""
            OUT.print(f"  {field:>18}  {escape(value)}{day}")
