"""``finder places``: place names beyond those of the regions."""

from pathlib import Path

import click
from rich.markup import escape

from finder.cli.console import OUT, Errors, current_settings, opened_desk, publish_now
from finder.locate.place_files import read_places, write_places
from finder.region.pack import checked_name

__all__ = ["places"]


@click.group(cls=Errors)
def places() -> None:
    """Place names, so that people can type where they are."""


@places.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Keep it under this name. Default: the file's, whose older version it replaces.")
def add(file: Path, name: str | None) -> None:
    """Add the places of a GeoNames FILE, then publish.

    A country's main table or its postal codes. Both are called MX.zip: give one of them a --name.
    """
    settings = current_settings()
    reader = read_places(file)
    kept = settings.places_dir / f"{checked_name(name or file.stem.lower())}.ndjson"
    count = write_places(kept, reader)
    with opened_desk(settings) as desk:
        published = publish_now(desk)
    OUT.print(
        f"{escape(file.name)}: {count:,} places, {reader.skipped:,} lines that cannot be read. Kept as {escape(kept.stem)}.\n"
        f"{published}"
    )


@places.command("list")
def list_files() -> None:
    """List what was added."""
    folder = current_settings().places_dir
    names = sorted(path.stem for path in folder.glob("*.ndjson")) if folder.is_dir() else []
    OUT.print("\n".join(map(escape, names)) or "Nothing yet: finder places add FILE")
