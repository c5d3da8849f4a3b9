"""Replacing a region that is in service by a newer extract."""

from collections.abc import Callable, Sequence
from pathlib import Path

from finder.errors import BadInput, NotFound
from finder.region.build import build_region, name_from_file
from finder.region.extract import Bounds, Extract
from finder.region.pack import MANIFEST, RegionPack, checked_name

__all__ = ["region_to_update", "update_region"]


def update_region(
    pbf: Path,
    regions_dir: Path,
    name: str | None = None,
    *,
    force: bool = False,
    report: Callable[[str], None] = lambda _: None,
    gtfs: Sequence[Path] = (),
) -> RegionPack:
    """Build the region again from a newer extract, as :func:`build_region` does, and switch to it in one step.

    ``name`` as for :func:`region_to_update`. Raises :class:`NotFound` when there is no such region; :class:`BadInput` when the
    extract's box lies wholly outside the region's, or the region would lose its public transport, unless ``force``; and as
    :func:`build_region` and :meth:`RegionPack.open` do.
    """
    pack = RegionPack.open(regions_dir / region_to_update(pbf, regions_dir, name))
    if not force and not _meet(Extract(pbf).bounds, pack.bounds):
        raise BadInput(
            f"{pbf.name} is of another area than region {pack.name}. Nothing was changed. Give an extract of that region, build "
            f"another region from it (finder region build {pbf.name} --name NAME), or insist with --force."
        )
    if not force and pack.feeds and not gtfs:
        lost = ", ".join(feed.name for feed in pack.feeds)
        raise BadInput(
            f"Region {pack.name} would lose its public transport ({lost}). Nothing was changed. Give its feeds again: "
            "--gtfs PATH. Or insist with --force."
        )
    return build_region(pbf, regions_dir, pack.name, report, gtfs)


def region_to_update(pbf: Path, regions_dir: Path, name: str | None = None) -> str:
    """The region's name: the one given, else the one that the file is called after, else that of the only region there is.

    Raises :class:`NotFound` when there is none of the name, or no region at all, and :class:`BadInput` when it cannot be told.
    """
    names = sorted(path.parent.name for path in regions_dir.glob(f"*/{MANIFEST}"))
    wanted = checked_name(name) if name is not None else name_from_file(pbf)
    if wanted in names:
        return wanted
    if name is not None or not names:
        called = f"region {name}" if name is not None else "region yet"
        raise NotFound(f"There is no {called}. Build it: finder region build {pbf.name}{f' --name {name}' if name else ''}.")
    if len(names) > 1:
        raise BadInput(f"Say which region {pbf.name} is of: {', '.join(names)}. finder region update NAME {pbf.name}.")
    return names[0]


def _meet(one: Bounds, two: Bounds) -> bool:
    return one.west <= two.east and two.west <= one.east and one.south <= two.north and two.south <= one.north
