"""The files of a GTFS feed, out of a folder or a zip file: a few kilobytes can become a few terabytes."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, ZipInfo, is_zipfile

from finder.errors import BadFile
from finder.loading.sources.zip_limits import DAMAGED, MAX_RATIO, members_of

__all__ = ["MAX_UNPACKED_BYTES", "NEEDED", "take_files"]

NEEDED = ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
"""Without these there is no feed; nor without one of the two calendars."""
CALENDARS = ("calendar.txt", "calendar_dates.txt")
_WANTED = frozenset({*NEEDED, *CALENDARS, "frequencies.txt", "shapes.txt", "feed_info.txt", "attributions.txt"})
MAX_UNPACKED_BYTES = 8 << 30
"""In all. The timetables of a whole country come to two or three."""
_RATIO_FROM_BYTES = 4 << 20
_CHUNK_BYTES = 1 << 20


def take_files(source: Path, folder: Path) -> None:
    """Put the files of the feed into the new folder: those of a zip file unpacked, those of a folder as links.

    Nothing else of the source is touched: its names of files never become ours. Raises :class:`BadFile` when it is no feed,
    saying which file is missing, and for a zip file that is damaged, encrypted or made to fill the disk.
    """
    if source.is_dir():
        found = {path.name: path for path in sorted(source.iterdir()) if path.name in _WANTED and path.is_file()}
        _check_complete(source, found)
        folder.mkdir()
        for name, path in found.items():
            (folder / name).symlink_to(path.resolve())
    elif not source.is_file():
        raise BadFile(f"There is no file {source.name}. Give the path of a GTFS feed: a zip file or a folder.")
    elif is_zipfile(source):
        members = _feed_of(source)
        _check_complete(source, members)
        folder.mkdir()
        _unpack(source, members, folder)
    else:
        raise BadFile(f"{source.name} is no GTFS feed: neither a zip file nor a folder. Download it again.")


def _check_complete(source: Path, found: Mapping[str, object]) -> None:
    missing = [name for name in NEEDED if name not in found]
    if not any(name in found for name in CALENDARS):
        missing.append(" or ".join(CALENDARS))
    if missing:
        raise BadFile(f"{source.name} is no whole GTFS feed: it lacks {', '.join(missing)}. Get it again from who publishes it.")


def _feed_of(source: Path) -> dict[str, ZipInfo]:
    """The members by their names, at the top of the zip file or all in one folder in it, as some are packed."""
    feeds: dict[PurePosixPath, dict[str, ZipInfo]] = {}
    for member in members_of(source):
        path = PurePosixPath(member.filename)
        if path.name in _WANTED and not member.is_dir() and "__MACOSX" not in path.parts:
            feeds.setdefault(path.parent, {})[path.name] = member
    top = feeds.get(PurePosixPath())
    if top is None and len(feeds) > 1:
        raise BadFile(f"{source.name} holds {len(feeds)} GTFS feeds. Unpack it, and give each of its folders with --gtfs.")
    return top if top is not None else next(iter(feeds.values()), {})


def _unpack(source: Path, members: Mapping[str, ZipInfo], folder: Path) -> None:
    if any(member.flag_bits & 1 for member in members.values()):
        raise BadFile(f"{source.name} is encrypted. Remove the password, or give the unpacked folder.")
    left = MAX_UNPACKED_BYTES
    try:
        with ZipFile(source) as archive:
            for name, member in members.items():
                left = _copy(source, archive, member, folder / name, left)
    except DAMAGED as error:
        raise BadFile(f"{source.name} is damaged: it cannot be unpacked. Download it again.") from error


def _copy(source: Path, archive: ZipFile, member: ZipInfo, path: Path, most: int) -> int:
    """Unpack one file, and return what is left of ``most`` bytes. The sizes that a zip file states may be lies, so it counts."""
    written = 0
    with archive.open(member) as packed, path.open("wb") as file:
        while chunk := packed.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > most or (written > _RATIO_FROM_BYTES and written > MAX_RATIO * member.compress_size):
                raise BadFile(
                    f"{source.name} unpacks to far more than timetables are: it is made to fill the disk. "
                    "If you trust it, unpack it and give the folder."
                )
            file.write(chunk)
    return most - written
