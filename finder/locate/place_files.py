"""Files of place names: the finder's own (``.ndjson``, one place a line) and those of GeoNames (``.txt`` or ``.zip``)."""

import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

import msgspec

from finder.domain.place import Place
from finder.errors import BadFile, BadInput
from finder.geo.points import checked_lon_lat
from finder.locate import geonames

__all__ = ["PlaceReader", "read_places", "write_places"]

type Lines = Iterator[bytes]

_DECODER = msgspec.json.Decoder(Place)
_ENCODER = msgspec.json.Encoder()
_LOOK_AT_LINES = 200
# RuntimeError: a zip with a password. NotImplementedError: a way of packing that Python does not know.
_UNREADABLE = (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)
_WHAT_TO_DO = (
    "Give it an .ndjson file that the finder wrote, or a GeoNames dump: the main table (19 columns, such as MX.zip of "
    "export/dump) or the postal codes (12 columns, export/zip)."
)


class PlaceReader(Iterator[Place]):
    """The places of one file, read as they are asked for. ``skipped`` counts the broken lines passed over so far."""

    skipped: int

    def __init__(self, parsed: Iterator[Place | None]) -> None:
        self._parsed = parsed
        self.skipped = 0

    def __next__(self) -> Place:
        for place in self._parsed:
            if place is not None:
                return place
            self.skipped += 1
        raise StopIteration


def write_places(path: Path, places: Iterable[Place]) -> int:
    """Write the places as JSON lines, in one step: either the whole file is there or the old one. The number written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".places-") as folder:
        unfinished = Path(folder) / path.name
        with unfinished.open("wb") as out:
            for place in places:
                out.write(_ENCODER.encode(place) + b"\n")
                count += 1
        os.replace(unfinished, path)  # noqa: PTH105 - one atomic rename
    return count


def read_places(path: Path) -> PlaceReader:
    """The places in the file. A broken line is passed over and counted in ``skipped``.

    Raises :class:`BadFile`, at once, when the file is neither the finder's own nor one of GeoNames' two tables.
    """
    source = path.stem
    try:
        if path.suffix == ".ndjson":
            return PlaceReader(_read_own(path))
        if path.suffix not in {".txt", ".zip"}:
            raise BadFile(f"{path.name} is no file of place names. {_WHAT_TO_DO}")
        with _lines(path) as lines:
            head = [line.rstrip(b"\r\n").count(b"\t") + 1 for line in islice(lines, _LOOK_AT_LINES) if line.strip()]
        layout = max(set(head), key=head.count, default=0)
        if layout == geonames.MAIN_COLUMNS:
            with _lines(path) as lines:
                states = geonames.state_names(lines)
            return PlaceReader(_read_lines(path, lambda row: geonames.place_of_main_row(row, states, source)))
        if layout == geonames.POSTAL_COLUMNS:
            return PlaceReader(_read_lines(path, lambda row: geonames.places_of_postal_row(row, source)))
    except _UNREADABLE as error:
        raise BadFile(f"{path.name} cannot be read. {_WHAT_TO_DO}") from error
    raise BadFile(f"{path.name} is no file of place names: its lines have neither 19 nor 12 columns. {_WHAT_TO_DO}")


def _read_own(path: Path) -> Iterator[Place | None]:
    with path.open("rb") as lines:
        first = next((line for line in lines if line.strip()), None)
    if first is not None and _own_place(first) is None:
        raise BadFile(f"{path.name} does not begin with a place. {_WHAT_TO_DO}")

    def rest() -> Iterator[Place | None]:
        with path.open("rb") as lines:
            for line in lines:
                if line.strip():
                    yield _own_place(line)

    return rest()


def _own_place(line: bytes) -> Place | None:
    try:
        place = _DECODER.decode(line)
        checked_lon_lat(*place.lon_lat)
    except (msgspec.MsgspecError, UnicodeDecodeError, BadInput):
        return None
    return place if place.name.strip() and place.radius_m >= 0 else None


def _read_lines(path: Path, parse: Callable[[list[str]], Iterable[Place]]) -> Iterator[Place | None]:
    """Each line's places, and one ``None`` for each line that cannot be read."""
    try:
        with _lines(path) as lines:
            for line in lines:
                if not line.strip():
                    continue
                try:
                    places = parse(line.decode().rstrip("\r\n").split("\t"))
                except (ValueError, BadInput):
                    yield None
                    continue
                yield from places
    except _UNREADABLE as error:
        raise BadFile(f"{path.name} is damaged part of the way through: get it again. {_WHAT_TO_DO}") from error


@contextmanager
def _lines(path: Path) -> Generator[Lines]:
    """The lines of a text file, or of all text files in a zip but its readme, one after the other."""
    with ExitStack() as stack:
        if path.suffix != ".zip":
            yield iter(stack.enter_context(path.open("rb")))
            return
        archive = stack.enter_context(zipfile.ZipFile(path))
        names = [name for name in archive.namelist() if name.lower().endswith(".txt") and "readme" not in name.lower()]
        yield (line for name in names for line in stack.enter_context(archive.open(name)))
