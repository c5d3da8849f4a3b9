"""``finder loads``: the ledger, and the way back."""

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from finder.cli.console import OUT, Errors, current_settings, opened_desk, publish_if_behind, record
from finder.domain.admin import Action
from finder.domain.load import Load

__all__ = ["loads"]

SHOWN = 50


@click.group(cls=Errors, invoke_without_command=True)
@click.pass_context
def loads(context: click.Context) -> None:
    """List what was loaded, newest first; show one load, or take it back."""
    if context.invoked_subcommand is not None:
        return
    with opened_desk(current_settings()) as desk:
        found = desk.store.loads()
    if not found:
        OUT.print("Nothing was loaded yet: finder load FILE")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("Load", "When (UTC)", "Source", "File"):
        table.add_column(name)
    for name in ("Added", "Changed", "Unchanged", "Refused", "Aside"):
        table.add_column(name, justify="right")
    table.add_column("")
    for load in found[:SHOWN]:
        table.add_row(
            str(load.id),
            f"{load.started_at:%Y-%m-%d %H:%M}",
            escape(load.source),
            escape(load.file_name),
            *(f"{count:,}" for count in (load.added, load.changed, load.unchanged, load.refused, load.set_aside)),
            "undone" if load.undone_at else "",
        )
    OUT.print(table)
    if len(found) > SHOWN:
        OUT.print(f"… and {len(found) - SHOWN:,} older ones.")


@loads.command("show")
@click.argument("load_id", metavar="ID", type=int)
def show(load_id: int) -> None:
    """Show what load ID did."""
    with opened_desk(current_settings()) as desk:
        load = desk.load_of(load_id)
        waiting = [item for item in desk.store.reviews() if item.load_id == load_id]
    _print(load)
    for item in waiting[:SHOWN]:
        OUT.print(f"  waits for a decision: {item.id}: {escape(item.name)} (line {item.line}): {escape(' '.join(item.reasons))}")


@loads.command("undo")
@click.argument("load_id", metavar="ID", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
def undo(load_id: int, yes: bool) -> None:
    """Take load ID back: the store tells what it would without it, later loads and corrections stay. Then publish."""
    settings = current_settings()
    with opened_desk(settings) as desk:
        load = desk.load_of(load_id)
        if not yes and load.undone_at is None:
            _print(load)
            click.confirm("Take it back?", abort=True)
        before = desk.store.count()
        undone = desk.undo(load_id)
        after = desk.store.count()
        published = publish_if_behind(desk)
    record(settings, Action.LOAD_UNDO, f"load {load_id}", "done")
    what = escape(undone.file_name or undone.source)
    OUT.print(f"Load {undone.id} ({what}) is taken back: {before:,} facilities before, {after:,} now.")
    if published:
        OUT.print(published)


@loads.command("hash")
def state_hash() -> None:
    """Print one number for all that the store tells: two stores with the same one tell the same."""
    with opened_desk(current_settings()) as desk:
        OUT.print(desk.store.state_hash())


def _print(load: Load) -> None:
    for name, value in msgspec.structs.asdict(load).items():
        if value is not None and value != "":
            OUT.print(f"{name.replace('_', ' '):>12}  {escape(str(value))}")
