"""What kind of file this is, before a row of it is read: text or not, its encoding and its delimiter."""

import codecs
import csv
import re
from pathlib import Path

from finder.errors import BadFile

__all__ = ["DELIMITERS", "MIXED", "decode_lines", "detect_delimiter", "detect_encoding"]

MIXED = "mixed"
"""Lines of UTF-8 and lines of Windows-1252 in one file: two files that somebody put together."""
UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]|\xef\xbb\xbf")
"""An accented Latin letter in UTF-8; as Latin-1 it would be a capital A with tilde before a sign, which no name has.
Or a byte order mark."""
CONTROLS = bytes({*range(1, 9), *range(14, 32), 127})
CP1252_GAPS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")

DELIMITERS = (",", ";", "\t")
CHUNK_BYTES = 1 << 20
SAMPLE_ROWS = 50

SAVE_AS = "Open it in the program that made it and save it as “CSV UTF-8 (comma delimited)”, then load that file."
NO_TEXT = (
    (b"PK\x03\x04", "an Excel or zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3", "a SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\xff\xfe", "a text file in UTF-16"),
    (b"\xfe\xff", "a text file in UTF-16"),
)


def detect_encoding(path: Path) -> str:
    """``utf-8``, ``utf-8-sig`` (with a byte order mark), ``cp1252``, ``latin-1``, or :data:`MIXED` for lines of both sorts.

    The whole file is read once, piece by piece: one name in Latin-1 on the last line is enough to make it no UTF-8. Bytes
    0x80 to 0x9F are letters in cp1252 and nothing in Latin-1, so they tell the two apart.

    Raises :class:`BadFile` for an empty file and for what is no text, saying what it is where its first bytes tell.
    """
    name = path.name
    utf8 = codecs.getincrementaldecoder("utf-8")()
    start = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                if not start:
                    start = chunk[:1024]
                    _refuse_what_is_no_csv(name, start)
                    if chunk.count(b"\x00") > len(chunk) / 10:
                        raise BadFile(f"{name} is no text file, or text in UTF-16: it is full of NUL bytes. {SAVE_AS}")
                utf8.decode(chunk)
        utf8.decode(b"", final=True)
    except UnicodeDecodeError:
        return _other_encoding(path)
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise BadFile(f"{name} is empty. Give a CSV file with a header line and one line for each facility.")
    return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"


def _other_encoding(path: Path) -> str:
    """The encoding of a text that is no UTF-8."""
    has_utf8, has_c1, cp1252_fits = False, False, True
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if not chunk.isascii():
                high = set(chunk) & set(range(0x80, 0xA0))
                has_c1 = has_c1 or bool(high)
                cp1252_fits = cp1252_fits and not high & {0x81, 0x8D, 0x8F, 0x90, 0x9D}
                has_utf8 = has_utf8 or UTF8_LETTER.search(chunk) is not None or chunk.startswith(codecs.BOM_UTF8)
    if has_utf8:
        return MIXED
    return "cp1252" if has_c1 and cp1252_fits else "latin-1"


def decode_lines(data: bytes, encoding: str) -> str:
    """The text of whole lines. Of :data:`MIXED` ones each is read as UTF-8 where it is that, else as Windows-1252."""
    if encoding != MIXED:
        return codecs.getincrementaldecoder(encoding)().decode(data)  # of a letter that is cut in two, nothing
    return "".join(map(_decode_line, data.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True)))


def _decode_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace") if CP1252_GAPS.search(line) is None else line.decode("latin-1")


def _refuse_what_is_no_csv(name: str, start: bytes) -> None:
    for magic, what in NO_TEXT:
        if start.startswith(magic):
            raise BadFile(f"{name} is no CSV: this is {what}. {SAVE_AS}")
    if len(start.translate(None, delete=CONTROLS)) < len(start) * 0.98:
        raise BadFile(f"{name} is no text file: it is full of control characters. {SAVE_AS}")
    text = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        raise BadFile(f"{name} is no CSV: this is a web page or XML, perhaps a download that asked for a login. {SAVE_AS}")
    if text.startswith((b"{", b"[")):
        raise BadFile(f"{name} is no CSV: this is JSON. {SAVE_AS}")


def detect_delimiter(sample: list[str]) -> str:
    """The delimiter that cuts the ``sample`` lines into the most columns, the same number in each row.

    Each candidate is tried with a real CSV parser, so what stands within quotes does not count. Without any delimiter the
    answer is a comma: a file of one column.
    """
    return max(DELIMITERS, key=lambda delimiter: _score(sample, delimiter))


def _score(sample: list[str], delimiter: str) -> float:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(sample, delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        if not rows:
            return 0.0
    if not rows or len(rows[0]) < 2:
        return 0.0
    width = len(rows[0])
    even = sum(len(row) == width for row in rows) / len(rows)
    return width * even
