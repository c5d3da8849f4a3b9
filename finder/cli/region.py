"""``finder region``: region packs from OpenStreetMap extracts."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from finder.cli.console import ERR, OUT, Errors, current_settings, opened_desk, publish_now, record
from finder.config import Settings
from finder.domain.admin import Action
from finder.region.build import build_region
from finder.region.install import install_facilities
from finder.region.pack import RegionPack, list_packs
from finder.region.update import update_region

__all__ = ["built_region", "region"]


@click.group(cls=Errors)
def region() -> None:
    """Regions: map, roads, place names and places of care out of an OpenStreetMap extract."""


_GTFS = click.option(
    "--gtfs",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A GTFS feed of the region's public transport, zip file or folder; once for each feed.",
)


@region.command("build")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Lower-case letters, digits and hyphens. Default: after the file.")
@_GTFS
def build(file: Path, name: str | None, gtfs: tuple[Path, ...]) -> None:
    """Build a region from FILE.osm.pbf, load its places of care and publish them.

    Extracts are offered by many mirrors of OpenStreetMap. Building again with a newer one replaces the region at once.
    """
    OUT.print(built_region(current_settings(), file, name, gtfs))


@region.command("update")
@click.argument("name_and_file", nargs=-1, required=True, metavar="[NAME] FILE")
@click.option("--force", is_flag=True, help="Even when FILE is of another area than the region, or public transport is lost.")
@_GTFS
def update(name_and_file: tuple[str, ...], force: bool, gtfs: tuple[Path, ...]) -> None:
    """Replace region NAME by a newer FILE.osm.pbf, load its places of care and publish them.

    The server goes on answering from the old region until the new one is whole. Without NAME it is the region that FILE is
    called after, or the only one there is. The build before stays on the disk until the next.
    """
    if not 1 <= len(name_and_file) <= 2:
        raise click.UsageError("Give the region's name and one file: finder region update NAME FILE.osm.pbf")
    name, file = name_and_file if len(name_and_file) == 2 else (None, name_and_file[0])
    settings = current_settings()
    pack = update_region(Path(file), settings.regions_dir, name, force=force, report=_say, gtfs=gtfs)
    OUT.print(_installed(settings, pack))


def built_region(settings: Settings, file: Path, name: str | None, gtfs: Sequence[Path] = ()) -> str:
    """Build a region, load its places of care and publish; return what there is to say of it."""
    return _installed(settings, build_region(file, settings.regions_dir, name, _say, gtfs))


def _say(line: str) -> None:
    ERR.print(f"  {escape(line)}")


def _installed(settings: Settings, pack: RegionPack) -> str:
    with opened_desk(settings) as desk:
        done = install_facilities(pack, desk.store)
        published = publish_now(desk)
    record(settings, Action.LOAD_COMMIT, f"load {done.id}", f"region {pack.name}")
    return (
        f"Region {pack.name}: {done.added:,} facilities added, {done.changed:,} changed "
        f"({done.closed:,} closed, no longer on the map), {done.unchanged:,} unchanged.\n{published}"
    )


@region.command("list")
def list_regions() -> None:
    """List the regions that are built."""
    packs = list_packs(current_settings().regions_dir)
    if not packs:
        OUT.print("No region yet: finder region build FILE.osm.pbf")
        return
    table = Table(
        "Name",
        "Built",
        "Facilities",
        "Places",
        "Map tiles",
        "Roads",
        "Public transport",
        "Extract",
        box=None,
        padding=(0, 2, 0, 0),
    )
    for pack in packs:
        manifest = pack.manifest
        counts = [f"{manifest.counts[what]:,}" for what in ("facilities", "places", "tiles")]
        roads = _size(pack.roads_path) if pack.roads_path else "no"
        transit = ", ".join(f"{feed.name} to {feed.last_day}" for feed in pack.feeds) or "no"
        table.add_row(
            pack.name, f"{pack.built_at:%Y-%m-%d %H:%M} UTC", *counts, roads, transit, escape(manifest.extract.file_name)
        )
    OUT.print(table)


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB" if path.is_file() else "lost"
