"""``finder sources``: where the data come from, how far each source is believed, and what is remembered of its files."""

import click
from rich.markup import escape
from rich.table import Table

from finder.cli.console import OUT, Errors, current_settings, opened_desk, opened_store, publish_now
from finder.errors import NotFound
from finder.loading.merge import RANKS, family_of, rank_of
from finder.loading.rerank import set_rank
from finder.store import Store

__all__ = ["sources"]


@click.group(cls=Errors, invoke_without_command=True)
@click.pass_context
def sources(context: click.Context) -> None:
    """List the sources: how far each is believed (0 to 100), its last load, its facilities, what is remembered.

    Of two sources that say different things of a facility the one of higher rank is shown, of two of the same rank the later.
    """
    if context.invoked_subcommand is not None:
        return
    with opened_store(current_settings()) as store:
        known = store.sources()
    if not known:
        OUT.print("No source yet: finder load FILE")
        return
    ranks = {source.name: source.rank for source in known if source.rank is not None}
    table = Table("Source", "Rank", "Rank by", "Last load", "Facilities", "Columns", box=None, padding=(0, 2, 0, 0))
    for source in known:
        table.add_row(
            escape(source.name),
            str(rank_of(source.name, ranks)),
            escape(_rank_by(source.name, ranks)),
            f"{source.last_load_at:%Y-%m-%d %H:%M}" if source.last_load_at else "none",
            f"{source.facilities:,}",
            "remembered" if source.columns is not None else "",
        )
    OUT.print(table)


@sources.command("rank")
@click.argument("name")
@click.argument("rank", metavar="N", type=click.IntRange(0, 100))
def rank(name: str, rank: int) -> None:
    """Believe the source NAME, or all of a family such as osm, as far as N says: 0 least, 100 most.

    Holds for what is stored, which is merged again and published, and for every later load.
    """
    with opened_desk(current_settings()) as desk:
        _check_known(desk.store, name)
        changed = set_rank(desk.store, name, rank)
        published = publish_now(desk) if changed else ""
    OUT.print(f"{escape(name)} has rank {rank} from now on. Merged what is stored again: {changed:,} changed.")
    if published:
        OUT.print(published)


@sources.command("forget")
@click.argument("name")
def forget(name: str) -> None:
    """Forget the columns that were remembered of the source NAME: its next file is read by the names of its columns."""
    with opened_store(current_settings()) as store:
        if not store.forget_source(name):
            raise NotFound(f"No columns are remembered of {name}: finder sources lists what is.")
    OUT.print(f"The columns of {escape(name)} are forgotten. Its data and its rank stay.")


def _check_known(store: Store, name: str) -> None:
    """A rank for a name that nobody has would be no use, and is likely a slip."""
    known = {source.name for source in store.sources()}
    names = known | {family_of(source) for source in known} | RANKS.keys()
    if name not in names:
        raise NotFound(f"There is no source {name}. There are {', '.join(sorted(names))}.")


def _rank_by(source: str, ranks: dict[str, int]) -> str:
    """Whose word the rank of a source is."""
    family = family_of(source)
    if source in ranks:
        return "you"
    if family in ranks:
        return f"you, for {family}"
    return f"default for {family}" if family in RANKS else "default"
