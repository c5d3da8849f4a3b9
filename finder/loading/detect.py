"""What kind of file this is, before a row of it is read: text or not, its encoding and its delimiter."""

import codecs
import csv
from pathlib import Path

from finder.errors import BadFile

__all__ = ["DELIMITERS", "detect_delimiter", "detect_encoding"]

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
    """``utf-8``, ``utf-8-sig`` (with a byte order mark), ``cp1252`` or ``latin-1``: the Python name to open the file with.

    The whole file is read once, piece by piece: one name in Latin-1 on the last line is enough to make it no UTF-8. Bytes
    0x80 to 0x9F are letters in cp1252 and nothing in Latin-1, so they tell the two apart.

    Raises :class:`BadFile` for an empty file and for what is no text, saying what it is where its first bytes tell.
    """
    name = path.name
    utf8 = codecs.getincrementaldecoder("utf-8")()
    is_utf8, has_c1, cp1252_fits, lines, start = True, False, True, 1, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if not start:
                start = chunk[:1024]
                _refuse_what_is_no_csv(name, start)
            if (at := chunk.find(b"\x00")) >= 0:
                line = lines + chunk.count(b"\n", 0, at)
                raise BadFile(f"{name} is no text file: line {line} has a NUL byte. {SAVE_AS}")
            lines += chunk.count(b"\n")
            if is_utf8:
                try:
                    utf8.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
            if not chunk.isascii():
                high = set(chunk) & set(range(0x80, 0xA0))
                has_c1 = has_c1 or bool(high)
                cp1252_fits = cp1252_fits and not high & {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise BadFile(f"{name} is empty. Give a CSV file with a header line and one line for each facility.")
    try:
        utf8.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf8 = False
    if is_utf8:
        return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    return "cp1252" if has_c1 and cp1252_fits else "latin-1"


def _refuse_what_is_no_csv(name: str, start: bytes) -> None:
    for magic, what in NO_TEXT:
        if start.startswith(magic):
            raise BadFile(f"{name} is no CSV: this is {what}. {SAVE_AS}")
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
