"""``finder check``: is everything in order, and if not, what to do?"""

from collections.abc import Callable, Iterator

import click
from rich.markup import escape

from finder.cli.console import OUT, current_settings
from finder.config import Settings
from finder.directory import Snapshot
from finder.directory.layout import current_folder
from finder.errors import FinderError, NotReady
from finder.locate.ip import IpDatabases
from finder.locate.ip_sources import installed_databases
from finder.region.pack import list_packs
from finder.store import Store
from finder.web.static_files import StaticFiles

__all__ = ["check"]

MAP_SCRIPT = "vendor/maplibre-gl/maplibre-gl.mjs"


@click.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Check the store, the snapshot in service (every byte), regions, databases and the site's files.

    Exit code 1 when something is broken; what is merely not there is said, and is no failure.
    """
    settings = current_settings()
    OUT.print(f"Data: {escape(str(settings.data_dir))}")
    failed = False
    for name, look in _checks(settings):
        try:
            OUT.print(f"[green]ok[/]      {name}: {escape(look())}")
        except NotReady as error:
            OUT.print(f"[yellow]missing[/] {name}: {escape(str(error))}")
        except FinderError as error:
            failed = True
            OUT.print(f"[red]broken[/]  {name}: {escape(str(error))}")
    if failed:
        context.exit(1)


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "Store", lambda: _store(settings)
    yield "Snapshot", lambda: _snapshot(settings)
    yield "Regions", lambda: _regions(settings)
    yield "Network addresses", lambda: _databases(settings)
    yield "Site", _site


def _store(settings: Settings) -> str:
    if not settings.database_url and not (settings.data_dir / "finder.sqlite").exists():
        raise NotReady("nothing was loaded yet: finder load FILE.csv")
    with Store.open(settings.store_url) as store:
        if not store.is_current():
            raise NotReady("its tables are not up to date: finder migrate")
        return f"{store.count():,} facilities after {len(store.loads()):,} loads"


def _snapshot(settings: Settings) -> str:
    snapshot = Snapshot.open(current_folder(settings.snapshots_dir), verify=True)
    manifest = snapshot.manifest
    return (
        f"number {snapshot.number} of {manifest.created_at:%Y-%m-%d %H:%M} UTC, "
        f"{len(snapshot):,} facilities, {manifest.places:,} places"
    )


def _regions(settings: Settings) -> str:
    packs = list_packs(settings.regions_dir)
    if not packs:
        raise NotReady("none: finder region build FILE.osm.pbf")
    if settings.default_region and settings.default_region not in {pack.name for pack in packs}:
        raise NotReady(f"FINDER_DEFAULT_REGION names {settings.default_region}, which is not built")
    return ", ".join(f"{pack.name} ({sum(1 for _ in pack.facilities())} facilities)" for pack in packs)


def _databases(settings: Settings) -> str:
    paths = installed_databases(settings.ip_dir)
    if not paths:
        raise NotReady("no database, so every person starts in the middle of the region: finder ipdb get")
    IpDatabases.open(paths).close()
    return ", ".join(path.name for path in paths)


def _site() -> str:
    if not StaticFiles().has(MAP_SCRIPT):
        raise NotReady("the map's files are not installed, so pages show lists only: make setup")
    return "pages and map"
