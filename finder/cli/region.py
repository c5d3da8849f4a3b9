"""``finder region``: region packs from OpenStreetMap extracts."""

from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from finder.cli.console import ERR, OUT, Errors, current_settings, opened_desk, publish_now, record
from finder.config import Settings
from finder.domain.admin import Action
from finder.region.build import build_region
from finder.region.install import install_facilities
from finder.region.pack import list_packs

__all__ = ["built_region", "region"]


@click.group(cls=Errors)
def region() -> None:
    """Regions: map, place names and places of care out of an OpenStreetMap extract."""


@region.command("build")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Lower-case letters, digits and hyphens. Default: after the file.")
def build(file: Path, name: str | None) -> None:
    """Build a region from FILE.osm.pbf, load its places of care and publish them.

    Extracts are offered by many mirrors of OpenStreetMap. Building again with a newer one replaces the region at once.
    """
    OUT.print(built_region(current_settings(), file, name))


def built_region(settings: Settings, file: Path, name: str | None) -> str:
    """Build a region, load its places of care and publish; return what there is to say of it."""
    pack = build_region(file, settings.regions_dir, name, lambda message: ERR.print(f"  {escape(message)}"))
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
    table = Table("Name", "Built", "Facilities", "Places", "Map tiles", "Extract", box=None, padding=(0, 2, 0, 0))
    for pack in packs:
        manifest = pack.manifest
        counts = [f"{manifest.counts[what]:,}" for what in ("facilities", "places", "tiles")]
        table.add_row(pack.name, f"{pack.built_at:%Y-%m-%d %H:%M} UTC", *counts, escape(manifest.extract.file_name))
    OUT.print(table)
