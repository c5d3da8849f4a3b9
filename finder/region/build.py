"""Building a region pack from one OpenStreetMap extract."""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from finder.errors import Conflict
from finder.locate.place_files import write_places
from finder.region.barriers import BARRIERS_FILE
from finder.region.basemap import ATTRIBUTION, write_basemap
from finder.region.extract import Extract
from finder.region.facilities import facilities_in
from finder.region.pack import FORMAT, MANIFEST, ExtractFile, Manifest, RegionPack, SiteOutline, checked_name
from finder.region.places import places_in
from finder.region.roads import ROADS_FILE, build_roads
from finder.region.transit import Timetables, take_timetables
from finder.words.folding import fold

__all__ = ["build_region", "name_from_file"]

_FILES: Mapping[str, str] = {
    "facilities": "facilities.ndjson",
    "outlines": "outlines.ndjson",
    "places": "places.ndjson",
    "basemap": "basemap.pmtiles",
}
_BUILD_PREFIX = "build-"


class _Build(msgspec.Struct):
    build: str


def build_region(
    pbf: Path,
    regions_dir: Path,
    name: str | None = None,
    report: Callable[[str], None] = lambda _: None,
    gtfs: Sequence[Path] = (),
) -> RegionPack:
    """Build the pack and switch to it; until the last moment, and after any failure, the old one stays as it was.

    ``name`` becomes the folder in ``regions_dir``; without one it is made from the file's name. ``report`` is told each stage
    in a line of English. ``gtfs`` are feeds of public transport, zip files or folders. Raises :class:`BadInput` for an unusable
    name and :class:`BadFile` for a file that is missing, no PBF, damaged or empty; both for feeds as
    :func:`finder.region.transit.take_timetables` does; :class:`NotReady` when the roads cannot be built here; and
    :class:`Conflict` while the same region is being built by somebody else.

    The build before stays on the disk until the next one, for servers that still read it.
    """
    name = checked_name(name if name is not None else name_from_file(pbf))
    extract = Extract(pbf)
    with _only_one(regions_dir, name):
        return _built(extract, regions_dir / name, report, gtfs)


@contextmanager
def _only_one(regions_dir: Path, name: str) -> Generator[None]:
    """Keep others from building the region, until the process ends at the latest: each would take away what the other makes."""
    regions_dir.mkdir(parents=True, exist_ok=True)
    with (regions_dir / f".{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Another finder builds region {name} here: wait for its end, or set FINDER_DATA_DIR to a folder of your own."
            ) from None
        yield


def _built(extract: Extract, folder: Path, report: Callable[[str], None], gtfs: Sequence[Path]) -> RegionPack:
    before = _current_build(folder)
    build = folder / f"{_BUILD_PREFIX}{secrets.token_hex(8)}"
    build.mkdir(parents=True)
    try:
        manifest = _with_timetables(build, extract, folder.name, report, gtfs)
        unfinished = build / MANIFEST
        unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        os.replace(unfinished, folder / MANIFEST)  # noqa: PTH105 - this rename is the switch
    except BaseException:
        shutil.rmtree(build, ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()
        raise
    for old in folder.glob(f"{_BUILD_PREFIX}*"):
        if old.name not in {build.name, before}:  # the one before the last, or what a killed one left behind
            shutil.rmtree(old, ignore_errors=True)
    return RegionPack(folder, manifest)


def name_from_file(pbf: Path) -> str:
    """The file's name as a region's name: ``San_Diego-latest.osm.pbf`` → ``san-diego``; may turn out unusable."""
    stem = re.sub(r"([-_]?latest)?(\.osm)?\.pbf$", "", pbf.name, flags=re.IGNORECASE)
    return "-".join(re.findall(r"[a-z0-9]+", fold(stem)))


def _current_build(folder: Path) -> str | None:
    """The folder of the build in service; ``None`` where there is none, or a manifest that nobody can read."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Build).build
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _with_timetables(build: Path, extract: Extract, name: str, report: Callable[[str], None], gtfs: Sequence[Path]) -> Manifest:
    if not gtfs:
        return _write(build, extract, name, report, None)
    with tempfile.TemporaryDirectory(dir=build, prefix=".timetables-") as work:
        folder = Path(work) / "feeds"
        folder.mkdir()
        # Before everything else, which takes longer: most feeds that cannot be used have just ended.
        timetables = take_timetables(gtfs, folder, extract.bounds, datetime.now(UTC).date(), report)
        return _write(build, extract, name, report, timetables)


def _write(build: Path, extract: Extract, name: str, report: Callable[[str], None], timetables: Timetables | None) -> Manifest:
    started, source, title = datetime.now(UTC), f"osm:{name}", name.replace("-", " ").title()
    report(f"reading {extract.path.name}")
    digest = _digest(extract.path)
    found = facilities_in(extract, source, started.date())
    (build / _FILES["facilities"]).write_bytes(msgspec.json.Encoder().encode_lines(found.facilities))
    outlines = [SiteOutline(ref, outline) for ref, outline in found.outlines.items()]
    (build / _FILES["outlines"]).write_bytes(msgspec.json.Encoder().encode_lines(outlines))
    report(
        f"facilities: {len(found.facilities)} ({found.mapped} mapped, {found.gone} gone, {found.nameless} without a name, "
        f"{found.doubles} mapped twice)"
    )
    places = list(places_in(extract, source))
    write_places(build / _FILES["places"], places)
    kinds = Counter(place.kind.value for place in places)
    report(f"places: {len(places)} ({', '.join(f'{count} {kind}' for kind, count in kinds.most_common())})")
    basemap = write_basemap(build / _FILES["basemap"], extract, title, report)
    report(f"basemap: {basemap.tiles} tiles of {basemap.features} things")
    roads = build_roads(extract.path, build, report, timetables)
    files = {**_FILES, "roads": ROADS_FILE, "barriers": BARRIERS_FILE} if roads.path else dict(_FILES)
    return Manifest(
        format=FORMAT,
        name=name,
        title=title,
        bounds=extract.bounds,
        built_at=started,
        build=build.name,
        counts={
            "facilities": len(found.facilities),
            "facilities_gone": found.gone,
            "facilities_nameless": found.nameless,
            "facilities_doubles": found.doubles,
            "outlines": len(outlines),
            "places": len(places),
            "tiles": basemap.tiles,
            "roads": roads.ways,
            "departures": roads.transit.departures if roads.transit else 0,
        },
        attribution=ATTRIBUTION,
        extract=ExtractFile(extract.path.name, digest),
        files=files,
        sha256={what: _digest(build / name) for what, name in files.items()},
        feeds=timetables.feeds if timetables and roads.transit else (),
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
