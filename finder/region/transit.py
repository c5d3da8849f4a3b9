"""Public transport in a region's road tiles: timetables in GTFS, taken in by Valhalla's own builders.

They write the stops and departures of each feed as tiles of their own (ingest, convert), and the builder of road tiles joins the
stops to the streets. They read feeds that have ended, or are of another area, without a word: so the feeds are looked at first.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import msgspec

from finder.errors import BadFile, BadInput
from finder.region.builders import Builder
from finder.region.extract import Bounds
from finder.region.gtfs import Feed, read_feed
from finder.region.gtfs_files import take_files
from finder.region.gtfs_tidy import tidy_feed
from finder.region.time_zones import write_time_zones
from finder.words.folding import fold

__all__ = ["Timetables", "TransitBuilt", "build_transit", "take_timetables", "transit_config"]

_ADDED = re.compile(r"added (\d+) stops, \d+ shapes, (\d+) routes, and (\d+) departures")


class Timetables(msgspec.Struct, frozen=True):
    """Feeds that were looked at and lie ready for the builders."""

    folder: Path
    """One unpacked folder for each feed, of its name."""
    bounds: Bounds
    feeds: tuple[Feed, ...]


class TransitBuilt(msgspec.Struct, frozen=True):
    """What was written: stops (with their stations and entrances), lines, and departures from stops in a week's patterns."""

    stops: int
    lines: int
    departures: int


def take_timetables(
    sources: Sequence[Path], folder: Path, bounds: Bounds, today: date, report: Callable[[str], None] = lambda _: None
) -> Timetables:
    """Look at the feeds, each a zip file or a folder, and write what they have of the region into the folder.

    Raises :class:`BadFile` and :class:`BadInput` as :func:`take_files`, :func:`read_feed` and :func:`tidy_feed` do, and
    :class:`BadInput` for two feeds of one name.
    """
    names = [_name_of(source) for source in sources]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadInput(f"Two feeds are called {twice[0]}: rename one of the files, so that each can be told.")
    feeds: list[Feed] = []
    for source, name in zip(sources, names, strict=True):
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".feed-") as raw:
            files = Path(raw) / name
            take_files(source, files)
            feed = read_feed(files, name, today)
            trips = tidy_feed(files, folder / name, name, bounds)
        report(f"timetables: {name}, {trips:,} trips in this region, {feed.first_day} to {feed.last_day}")
        feeds.append(feed)
    return Timetables(folder, bounds, tuple(feeds))


def transit_config(work: Path, timetables: Timetables) -> dict[str, str]:
    """What the builders' configuration has of public transport."""
    return {
        "transit_dir": str(work / "transit"),
        "transit_feeds_dir": str(timetables.folder.resolve()),
        "timezone": str(work / "time_zones.sqlite"),
    }


def build_transit(builder: Builder, work: Path, timetables: Timetables) -> TransitBuilt:
    """Write the tiles of public transport, and the time zones by which they are read: to be run before the tiles of the roads.

    Raises :class:`BadFile` for feeds that the builders cannot read, and :class:`finder.errors.NotReady` as :class:`Builder` does.
    """
    names = ", ".join(feed.name for feed in timetables.feeds)

    def blame(_: str, why: str) -> BadFile:
        return BadFile(f"The timetables of {names} cannot be used: {why}. Get them again from who publishes them.")

    (work / "transit").mkdir()
    write_time_zones(work / "time_zones.sqlite", timetables.bounds)
    builder.run("valhalla_ingest_transit", blame=blame)
    said = builder.run("valhalla_convert_transit", blame=blame)
    counts = [tuple(map(int, found)) for found in _ADDED.findall(said)]
    built = TransitBuilt(*(sum(column) for column in zip((0, 0, 0), *counts, strict=True)))
    if not built.departures:
        raise BadFile(f"The timetables of {names} hold no departure that can be used. Get them again from who publishes them.")
    return built


def _name_of(source: Path) -> str:
    stem = source.resolve().name if source.is_dir() else source.stem
    return "-".join(re.findall(r"[a-z0-9]+", fold(stem))) or "feed"
