"""``finder sweep``: take away what is over."""

from datetime import UTC, datetime

import click
from rich.markup import escape
from rich.table import Table

from finder.app import sweeper_of
from finder.cli.console import ERR, OUT, current_settings, existing_store, opened_store
from finder.config import Settings
from finder.errors import FinderError, NotReady
from finder.privacy.retention import Kind
from finder.privacy.statistics import release_due
from finder.privacy.sweeper import Sweeper, Swept
from finder.store.search_counts import SearchCounts
from finder.store.sweeping import COUNTED_AT_MOST

__all__ = ["sweep"]


@click.command()
@click.option("--dry-run", is_flag=True, help="Take nothing away, and say what would be.")
def sweep(dry_run: bool) -> None:
    """Take away what has been kept for as long as it may be. A service that runs does so every hour by itself.

    docs/retention.md lists every kind of datum with its purpose and its end.
    """
    settings = current_settings()
    with existing_store(settings) if dry_run else opened_store(settings):
        pass  # so that its tables are there
    problems = set[str]()
    with sweeper_of(settings) as sweeper:
        if not dry_run:
            problems.update(_released(settings))  # before, as searches that waited for their release too long are deleted
        swept = sweeper.rehearse() if dry_run else _swept(sweeper)
        OUT.print(_table(sweeper.kinds, {each.kind.id: each for each in swept}, dry_run=dry_run))
    problems.update(str(each.problem) for each in swept if each.problem)
    if problems:
        raise NotReady(f"Not all could be swept, so sweep again later. {' '.join(sorted(problems))}")


def _released(settings: Settings) -> set[str]:
    """Release the weeks of the statistics that have ended; what kept one from it, which keeps nothing from being swept."""
    try:
        with SearchCounts.open(settings.store_url) as counts:
            release_due(counts, datetime.now(UTC))
    except FinderError as problem:
        return {str(problem)}
    return set()


def _swept(sweeper: Sweeper) -> list[Swept]:
    with ERR.status("Sweeping…") as status:
        return sweeper.sweep(lambda kind, removed: status.update(f"Sweeping… {escape(kind.what.en)}: {removed:,} gone"))


def _table(kinds: tuple[Kind, ...], swept: dict[str, Swept], *, dry_run: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Kind")
    table.add_column("Kept until")
    table.add_column("Would be removed" if dry_run else "Removed", justify="right")
    for kind in kinds:
        table.add_row(kind.id, escape(kind.until.en), _count(swept.get(kind.id), dry_run=dry_run))
    return table


def _count(each: Swept | None, *, dry_run: bool) -> str:
    if each is None:
        return "-"
    more = "+" if dry_run and each.removed >= COUNTED_AT_MOST else ""
    return f"{each.removed:,}{more}{', not done' if each.problem else ''}"
