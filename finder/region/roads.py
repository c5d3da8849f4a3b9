"""Road tiles of an extract, in one file that Valhalla reads, ``roads.tar``; and beside it its steps and escalators.

The builders are the programs that come with the package pyvalhalla. They run one after the other: borders (whose side of the
road, which access rules), public transport where the region has timetables (:mod:`finder.region.transit`), tiles, and the tar
that is mapped into memory. Time zones are built in only with timetables: what is closed at some hours counts by the clock of
the question.
"""

import copy
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from valhalla.config import get_config

from finder.directions.valhalla import write_barriers
from finder.errors import BadFile
from finder.region.barriers import BARRIERS_FILE, barriers_in
from finder.region.builders import Builder
from finder.region.extract import Extract
from finder.region.transit import Timetables, TransitBuilt, build_transit, transit_config

__all__ = ["ROADS_FILE", "RoadsBuilt", "build_roads"]

ROADS_FILE = "roads.tar"
_MOST_CORES = 4
_WAYS = re.compile(r"Finished with (\d+) routable ways")
_UNREADABLE = re.compile(r"PBF error|osmium::|zlib|protozero", re.IGNORECASE)
"""What osmium says in a builder of a file that it cannot read."""


class RoadsBuilt(msgspec.Struct, frozen=True):
    """What was written."""

    path: Path | None
    """The tar; ``None`` where the extract has no road."""
    ways: int
    """Ways of the extract that somebody may walk, ride or drive on."""
    size_bytes: int
    transit: TransitBuilt | None = None
    """What the timetables gave, where there are some and roads to their stops."""


def build_roads(
    pbf: Path, folder: Path, report: Callable[[str], None] = lambda _: None, timetables: Timetables | None = None
) -> RoadsBuilt:
    """Write ``roads.tar`` and ``barriers.npy`` of the extract into the folder and nothing else; nothing where it has no road.

    Needs room for up to 25 times the extract while at work. Raises :class:`BadFile` for an extract or timetables that a builder
    cannot read, and :class:`NotReady` when a builder is missing or fails by itself (memory, disk).
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".roads-") as name:
        work = Path(name).resolve()
        (work / "tiles").mkdir()
        config = work / "config.json"
        config.write_bytes(msgspec.json.encode(_config(work, timetables)))
        source = str(pbf.resolve())
        builder = Builder(work, config, f"The roads of {pbf.name}")

        def blame(said: str, why: str) -> BadFile | None:
            return BadFile(f"{pbf.name} is damaged: {why}. Download the extract again.") if _UNREADABLE.search(said) else None

        report("roads: borders")
        builder.run("valhalla_build_admins", source, blame=blame)
        transit = None
        if timetables is not None:
            report("roads: timetables")
            transit = build_transit(builder, work, timetables)
            report(f"roads: {transit.lines} lines of public transport, {transit.departures:,} departures from their stops")
        report("roads: tiles")
        # Without a single road this builder crashes, after it has said that there is none.
        said = builder.run("valhalla_build_tiles", source, may_fail=_is_roadless, blame=blame)
        found = _WAYS.search(said)
        ways = int(found[1]) if found else 0
        if _is_roadless(said):
            report("roads: none in this extract")
            return RoadsBuilt(None, 0, 0)
        report("roads: one file of all tiles")
        builder.run_module("valhalla.valhalla_build_extract", "--overwrite")
        path = folder / ROADS_FILE
        shutil.move(work / ROADS_FILE, path)
    write_barriers(folder / BARRIERS_FILE, barriers_in(Extract(pbf)))
    size_bytes = path.stat().st_size
    report(f"roads: {ways} ways, {size_bytes / 1e6:.1f} MB")
    return RoadsBuilt(path, ways, size_bytes, transit)


def _config(work: Path, timetables: Timetables | None) -> dict[str, Any]:
    # get_config hands out its one default, which must stay as it is.
    config: dict[str, Any] = copy.deepcopy(get_config(tile_extract="", tile_dir=work / "tiles", verbose=True))
    config["mjolnir"] |= {
        "tile_extract": str(work / ROADS_FILE),
        "admin": str(work / "admin.sqlite"),
        "timezone": "",
        "concurrency": min(os.cpu_count() or 1, _MOST_CORES),
    }
    if timetables is not None:
        config["mjolnir"] |= transit_config(work, timetables)
    # Else dense streets are made up to half as dear again as empty ones, and cars are led around a city on ways that take longer
    # by Valhalla's own clock: docs/decisions/0023-roads-without-density.md.
    config["mjolnir"]["data_processing"] |= {"use_urban_tag": True}
    return config


def _is_roadless(said: str) -> bool:
    found = _WAYS.search(said)
    return found is not None and found[1] == "0"
