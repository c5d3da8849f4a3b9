"""What a zip file may unpack to, looked at before anything is unpacked: a few kilobytes can become a few terabytes."""

import zlib
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from finder.errors import BadFile

__all__ = ["MAX_MEMBERS", "MAX_RATIO", "MAX_UNPACKED_BYTES", "check_zip", "members_of"]

MAX_UNPACKED_BYTES = 512 << 20
"""In all. The largest workbook that Excel could still be asked to open is not far from it."""
MAX_MEMBERS = 10_000
MAX_RATIO = 250
"""Unpacked to packed. Sheets come to 10 or 30, a bomb of zeros to 1,030."""
RATIO_FROM_BYTES = 4 << 20
"""Smaller members may have any ratio: they harm nobody."""
CHUNK_BYTES = 1 << 20
DAMAGED = (BadZipFile, LargeZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""What zipfile raises for bytes that are no good zip file."""


def members_of(path: Path) -> list[ZipInfo]:
    """What the zip file says that it holds. Raises :class:`BadFile` when it cannot be read as a zip file at all."""
    try:
        with ZipFile(path) as archive:
            return archive.infolist()
    except DAMAGED as error:
        raise BadFile(
            f"{path.name} is damaged: it begins as a zip file but cannot be unpacked. Save or download it again."
        ) from error


def check_zip(path: Path, advice: str) -> None:
    """Raise :class:`BadFile` for a zip file that would unpack to more than the limits above, is damaged or encrypted, or names
    members outside of itself. ``advice`` ends the message.

    Every member is read through once and thrown away: the sizes that a zip file states may be lies, and ``zipfile`` stops at
    the stated size and then finds that the checksum does not fit.
    """
    name, members = path.name, members_of(path)
    if len(members) > MAX_MEMBERS:
        raise BadFile(f"{name} holds {len(members):,} files; at most {MAX_MEMBERS:,} are looked at. {advice}")
    if any(_leads_outside(member.orig_filename) for member in members):
        raise BadFile(
            f"{name} holds a file whose name leads out of its folder. No spreadsheet or portal writes that: do not trust it."
        )
    if any(member.flag_bits & 1 for member in members):
        raise BadFile(f"{name} is encrypted. Remove the password and load it again.")
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise BadFile(f"{name} unpacks to more than {MAX_UNPACKED_BYTES >> 20} MiB, which is not read. {advice}")
    if any(_is_bomb(member) for member in members):
        raise BadFile(f"{name} is packed more than {MAX_RATIO} to 1: it is made to fill the memory, and is not read. {advice}")
    try:
        with ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    while file.read(CHUNK_BYTES):
                        pass
    except DAMAGED as error:
        raise BadFile(f"{name} is damaged: a file within it does not fit its checksum. Save or download it again.") from error


def _is_bomb(member: ZipInfo) -> bool:
    return member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * member.compress_size


def _leads_outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or "\x00" in name or name[1:2] == ":"
