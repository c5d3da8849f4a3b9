"""A region pack: everything that one extract gives, in one folder.

::

    regions/helsinki/
      pack.json              the manifest; it names the folder of the current build
      build-3f2a…/
        facilities.ndjson    one facility a line, as msgspec writes it
        places.ndjson        one place name a line, see finder.locate.place_files
        outlines.ndjson      where sites of facilities end, one a line; none in packs built before the finder made them
        basemap.pmtiles      see finder.region.basemap
        roads.tar            Valhalla's road tiles, see finder.region.roads; none where the extract has no road. Public transport
                             is in them where the manifest names feeds
        barriers.npy         where steps and escalators are, see finder.region.barriers; none where there are no roads
      build-91bc…/           the build before, for who still reads it; the next build removes it

A later build goes into a new folder beside; replacing ``pack.json`` by one rename switches to it. A later version of the finder
may add files and fields; readers pass over what they do not know, and refuse a ``format`` higher than theirs.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from finder.domain.facility import Facility
from finder.domain.fence import Outline
from finder.errors import BadInput, Damaged, NotFound, NotReady
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.region.extract import Bounds
from finder.region.gtfs import Feed

__all__ = [
    "EXACT_DAYS",
    "FORMAT",
    "MANIFEST",
    "ExtractFile",
    "Manifest",
    "RegionPack",
    "SiteOutline",
    "checked_name",
    "list_packs",
]

FORMAT = 2
MANIFEST = "pack.json"
EXACT_DAYS = 60
"""So many bits Valhalla has for the days of a trip; the first is the day of the build."""
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME = 60


class ExtractFile(msgspec.Struct, frozen=True):
    """The extract that a pack was built from."""

    file_name: str
    """Without its folders."""
    sha256: str


class SiteOutline(msgspec.Struct, frozen=True):
    """A line of ``outlines.ndjson``."""

    ref: str
    """What OpenStreetMap calls the facility: ``way/7``."""
    outline: Outline


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """``pack.json``."""

    format: int
    name: str
    title: str
    bounds: Bounds
    built_at: datetime
    build: str
    """Name of the folder that holds the files."""
    counts: dict[str, int]
    attribution: str
    """The credit line that must be shown wherever anything of the pack is."""
    extract: ExtractFile
    files: dict[str, str]
    """File names by what they hold: ``facilities``, ``places``, ``basemap``; ``roads`` and ``barriers`` where there are some."""
    sha256: dict[str, str]
    """Of each file, by what it holds."""
    feeds: tuple[Feed, ...] = ()
    """The timetables of public transport that are in the roads."""


class RegionPack(msgspec.Struct, frozen=True):
    """A pack as one build left it; open it again to see a later build."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> "RegionPack":
        """The pack in the folder. Raises :class:`NotFound`, :class:`Damaged`, or :class:`NotReady` for a newer format."""
        try:
            raw = (folder / MANIFEST).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"There is no region {folder.name}. Build it: finder region build FILE.osm.pbf.") from None
        again = f"Build region {folder.name} again: finder region build FILE.osm.pbf --name {folder.name}."
        try:
            if msgspec.json.decode(raw, type=_Format).format > FORMAT:
                raise NotReady(f"Region {folder.name} was built by a later version of the finder. {again}")
            pack = cls(folder, msgspec.json.decode(raw, type=Manifest))
        except msgspec.MsgspecError as error:
            raise Damaged(f"The manifest of region {folder.name} cannot be read ({error}). {again}") from error
        # Without its roads a region is still a map with places: who opens those says so.
        missing = [what for what in ("facilities", "places", "basemap") if not pack.file(what).is_file()]
        if missing:
            raise Damaged(f"Region {folder.name} lacks its {' and '.join(missing)}. {again}")
        return pack

    @property
    def name(self) -> str:
        """Lower-case letters, digits and hyphens: good for folders and addresses."""
        return self.manifest.name

    @property
    def title(self) -> str:
        """The name for people."""
        return self.manifest.title

    @property
    def bounds(self) -> Bounds:
        """The box of the extract in WGS84 degrees: west, south, east, north."""
        return self.manifest.bounds

    @property
    def centre(self) -> LonLat:
        """The middle of the box."""
        west, south, east, north = self.bounds
        return LonLat((west + east) / 2, (south + north) / 2)

    @property
    def radius_m(self) -> float:
        """Metres from the centre to the farthest corner of the box."""
        west, south, east, north = self.bounds
        return max(geodesic_m(self.centre, LonLat(lon, lat)) for lon in (west, east) for lat in (south, north))

    def holds(self, place: LonLat) -> bool:
        """Return whether a place lies within the box, its edges included."""
        west, south, east, north = self.bounds
        return west <= place.lon <= east and south <= place.lat <= north

    @property
    def built_at(self) -> datetime:
        """When it was built, in UTC."""
        return self.manifest.built_at

    @property
    def attribution(self) -> str:
        """The credit line that must be shown wherever anything of the pack is."""
        return self.manifest.attribution

    @property
    def places_path(self) -> Path:
        """Place names, for ``finder.locate.place_files.read_places``."""
        return self.file("places")

    @property
    def basemap_path(self) -> Path:
        """The PMTiles file."""
        return self.file("basemap")

    @property
    def roads_path(self) -> Path | None:
        """The tar of road tiles, which may have been lost; ``None`` where the extract has no road, or the build is of before the
        finder made them.
        """
        return self.file("roads") if "roads" in self.manifest.files else None

    @property
    def barriers_path(self) -> Path | None:
        """Where steps and escalators are, for :func:`finder.directions.valhalla.read_barriers`; ``None`` where the extract has no
        road, or the build is of before the finder made such files.
        """
        return self.file("barriers") if "barriers" in self.manifest.files else None

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """The timetables of public transport that are in the roads; none in most regions."""
        return self.manifest.feeds

    def has_timetable_on(self, day: date) -> bool:
        """Whether a timetable names the day, and the roads know it: single days (holidays, calendars told day by day) they know
        for :data:`EXACT_DAYS` from the build, and guess later ones by the day of the week.
        """
        return day <= self.last_exact_day and any(feed.first_day <= day <= feed.last_day for feed in self.feeds)

    @property
    def last_exact_day(self) -> date:
        """The last day of which the roads know each trip, if a timetable names it."""
        return self.built_at.date() + timedelta(days=EXACT_DAYS - 1)

    def file(self, what: str) -> Path:
        """The file that holds ``what``. Raises :class:`NotFound` when this pack has none such."""
        name = self.manifest.files.get(what)
        if name is None:
            raise NotFound(f"Region {self.name} holds no {what}: it was built before the finder made them. Build it again.")
        return self.folder / self.manifest.build / name

    def verify(self) -> None:
        """Read every byte of what is there. Raises :class:`Damaged` for a file that is not as it was built."""
        for what, built in self.manifest.sha256.items():
            if not self.file(what).is_file():
                continue
            with self.file(what).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != built:
                    raise Damaged(
                        f"The {what} of region {self.name} are not as they were built. "
                        f"Build it again: finder region build FILE.osm.pbf --name {self.name}."
                    )

    def facilities(self) -> Iterator[Facility]:
        """The places of care, one after the other. Raises :class:`Damaged` at a line that cannot be read."""
        decoder = msgspec.json.Decoder(Facility)
        with self.file("facilities").open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield decoder.decode(line)
                except msgspec.MsgspecError as error:
                    raise Damaged(f"Line {number} of the facilities of region {self.name} cannot be read: {error}.") from error

    def outlines(self) -> Iterator[tuple[str, Outline]]:
        """Where sites end, by what OpenStreetMap calls the facility. Raises :class:`Damaged` as :meth:`facilities` does."""
        if "outlines" not in self.manifest.files:
            return
        decoder = msgspec.json.Decoder(SiteOutline)
        try:
            with self.file("outlines").open("rb") as lines:
                for line in lines:
                    found = decoder.decode(line)
                    yield found.ref, found.outline
        except (OSError, msgspec.MsgspecError) as error:
            raise Damaged(
                f"The outlines of region {self.name} cannot be read. "
                f"Build it again: finder region build FILE.osm.pbf --name {self.name}."
            ) from error


class _Format(msgspec.Struct):
    format: int


def list_packs(regions_dir: Path) -> list[RegionPack]:
    """All packs, by name; none when the folder is not there yet. Raises as :meth:`RegionPack.open` for one that is broken."""
    if not regions_dir.is_dir():
        return []
    return [RegionPack.open(folder) for folder in sorted(regions_dir.iterdir()) if (folder / MANIFEST).is_file()]


def checked_name(name: str) -> str:
    """The name, or :class:`BadInput` when it is none: lower-case letters and digits, parted by single hyphens, at most 60."""
    if len(name) > _LONGEST_NAME or _NAME.fullmatch(name) is None:
        raise BadInput(
            "A region's name has lower-case letters a-z and digits, parted by hyphens: san-diego. Give one with --name."
        )
    return name
