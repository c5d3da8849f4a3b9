"""What a zip file may unpack to, looked at before anything is unpacked: a few kilobytes can become a few terabytes."""

import os
import struct
import zlib
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from finder.errors import BadFile

__all__ = ["MAX_MEMBERS", "MAX_RATIO", "MAX_UNPACKED_BYTES", "check_zip", "members_of"]

MAX_UNPACKED_BYTES = 512 << 20
"""In all. The largest workbook that Excel could still be asked to open is not far from it."""
MAX_MEMBERS = 10_000
MAX_DIRECTORY_BYTES = 4 << 20
"""Of the list of what is in it: 10,000 members with paths of 300 letters."""
MAX_RATIO = 250
"""Unpacked to packed. Sheets come to 10 or 30, a bomb of zeros to 1,030."""
RATIO_FROM_BYTES = 4 << 20
"""Smaller members may have any ratio: they harm nobody."""
CHUNK_BYTES = 1 << 20
DAMAGED = (BadZipFile, LargeZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""What zipfile raises for bytes that are no good zip file."""


# APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16: the end of central directory record, and ZIP64's with its locator.
END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64 = struct.Struct("<4sLQL")
END_MARK, END_64_MARK, LOCATOR_64_MARK = b"PK\5\6", b"PK\6\6", b"PK\6\7"
LONGEST_COMMENT = 1 << 16
IN_ZIP64 = (0xFFFF, 0xFFFFFFFF)
"""Instead of a number: ZIP64's record has it."""


def members_of(path: Path) -> list[ZipInfo]:
    """What the zip file says that it holds. Raises :class:`BadFile` when it cannot be read as a zip file at all, and when it
    holds more than :data:`MAX_MEMBERS` files."""
    try:
        _check_directory(path)
        with ZipFile(path) as archive:
            members = archive.infolist()
    except DAMAGED as error:
        raise BadFile(
            f"{path.name} is damaged: it begins as a zip file but cannot be unpacked. Save or download it again."
        ) from error
    if len(members) > MAX_MEMBERS:  # the end of the file told a lie
        raise _too_many(path, len(members))
    return members


def _check_directory(path: Path) -> None:
    """Raise :class:`BadFile` for a list of members that would fill the memory: ``zipfile`` keeps half a kilobyte of each.

    ``zipfile`` reads as many bytes of the list as the end of the file says, whatever it says of their number. Where two places
    may be ZIP64's record, both are believed.
    """
    with path.open("rb") as file:
        for count, size_bytes in _directories(file):
            if count > MAX_MEMBERS:
                raise _too_many(path, count)
            if size_bytes > MAX_DIRECTORY_BYTES:
                raise BadFile(
                    f"The list of what {path.name} holds is longer than {MAX_DIRECTORY_BYTES >> 20} MiB, which is not read. "
                    "Unpack it, and load what you need."
                )


def _directories(file: IO[bytes]) -> list[tuple[int, int]]:
    """The number of members, and the bytes of their list, as each record at the end of the file has them."""
    length = file.seek(0, os.SEEK_END)
    tail_at = max(length - END.size - LONGEST_COMMENT, 0)
    file.seek(tail_at)
    tail = file.read()
    at = len(tail) - END.size  # where zipfile looks first
    if at < 0 or not (tail.startswith(END_MARK, at) and tail.endswith(b"\0\0")):
        at = tail.rfind(END_MARK)
    if not 0 <= at <= len(tail) - END.size:
        raise BadZipFile("no end of central directory record")
    end_at = tail_at + at
    _, _, _, _, count, size_bytes, _, _ = END.unpack_from(tail, at)
    locator_at = end_at - LOCATOR_64.size
    found: list[tuple[int, int]] = []
    if (locator := _read(file, locator_at, LOCATOR_64, LOCATOR_64_MARK)) is not None:
        records = [_read(file, place, END_64, END_64_MARK) for place in (locator[2], locator_at - END_64.size)]
        found = [(record[7], record[8]) for record in records if record is not None]
    if found:
        count, size_bytes = (0 if number in IN_ZIP64 else number for number in (count, size_bytes))
    return [*found, (count, size_bytes)]


def _read(file: IO[bytes], at: int, form: struct.Struct, mark: bytes) -> tuple[int, ...] | None:
    if not 0 <= at < 1 << 62:
        return None
    file.seek(at)
    piece = file.read(form.size)
    return form.unpack(piece) if len(piece) == form.size and piece.startswith(mark) else None


def _too_many(path: Path, count: int) -> BadFile:
    return BadFile(
        f"{path.name} holds {count:,} files; at most {MAX_MEMBERS:,} are looked at. Unpack it, and load what you need."
    )


def check_zip(path: Path, advice: str) -> None:
    """Raise :class:`BadFile` for a zip file that would unpack to more than the limits above, is damaged or encrypted, or names
    members outside of itself. ``advice`` ends the message.

    Every member is read through once and thrown away: the sizes that a zip file states may be lies, and ``zipfile`` stops at
    the stated size and then finds that the checksum does not fit.
    """
    name, members = path.name, members_of(path)
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
