"""``finder statistics``: how many searched for what, where."""

import csv
import sys
from datetime import UTC, date, datetime

import click
import h3
from rich.table import Table

from finder.cli.console import OUT, Errors, current_settings, opened_store
from finder.domain.statistics import NO_CELL
from finder.errors import NotFound
from finder.privacy.statistics import explained, release_due
from finder.store.search_counts import SearchCounts

__all__ = ["statistics"]


@click.group(cls=Errors)
def statistics() -> None:
    """Count the searches of who has agreed to it, by area, care and week, with noise, so that they tell of nobody."""


@statistics.command("release")
def release() -> None:
    """Release the weeks that have ended, each once. The service does this by itself, every hour."""
    with _opened_counts() as counts:
        made = release_due(counts, datetime.now(UTC))
        for each in made:
            _, shown = counts.released(each.week)
            OUT.print(f"The week of {each.week} is released, with {len(shown):,} counts: finder statistics show")
    if not made:
        OUT.print("No week has ended that is not released.")


@statistics.command("show")
@click.option("--week", type=click.DateTime(["%Y-%m-%d"]), help="The Monday that it began on. Default: the newest.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV, for a spreadsheet or a map.")
def show(week: datetime | None, as_csv: bool) -> None:
    """Show the counts of a week. However often: it is the one release."""
    with _opened_counts() as counts:
        released, found = counts.released(week.date() if week else _newest(counts))
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("week", "cell", "lat", "lon", "specialty", "persons"))
        writer.writerows((released.week, one.cell, *_centre(one.cell), one.specialty, one.persons) for one in found)
        return
    table = Table("About", "Care", "Cell", "Around (lat, lon)", box=None, padding=(0, 2, 0, 0))
    for one in found:
        table.add_row(f"{one.persons:,}", one.specialty, one.cell, ", ".join(_centre(one.cell)))
    OUT.print(f"Week of {released.week}: {len(found):,} counts")
    if found:
        OUT.print(table)
    OUT.print(explained(released))


def _opened_counts() -> SearchCounts:
    """The statistics, with the store's tables made or brought up to date."""
    settings = current_settings()
    with opened_store(settings):
        return SearchCounts.open(settings.store_url)


def _newest(counts: SearchCounts) -> date:
    newest = next(iter(counts.releases()), None)
    if newest is None:
        raise NotFound("No week is released yet: the first is on the Monday after it began.")
    return newest.week


def _centre(cell: str) -> tuple[str, str]:
    """The middle of a cell, in degrees."""
    if cell == NO_CELL:
        return "", ""
    lat, lon = h3.cell_to_latlng(cell)
    return f"{lat:.3f}", f"{lon:.3f}"
