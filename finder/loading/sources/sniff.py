"""What kind of file this is, by what is in it and never by its name: portals and people name files as they like."""

import codecs
import re
import shutil
from enum import StrEnum
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, ZipInfo, is_zipfile

from finder.errors import BadFile
from finder.loading.sources.json_stream import BadJson, JsonStream
from finder.loading.sources.zip_limits import DAMAGED, check_zip, members_of

__all__ = ["SPREADSHEETS", "FileKind", "kind_of_file", "open_zipped_csv"]

START_BYTES = 4096
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OSM_HEADER = re.compile(rb"\x00\x00..\x0a\x09OSMHeader", re.DOTALL)
"""The length of the first blob's header (less than 64 KiB) and its type: https://wiki.openstreetmap.org/wiki/PBF_Format."""
NO_TABLE = (b"%PDF", b"\x1f\x8b", b"SQLite format 3", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff")
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
UNPACK = "Unpack it and load the file within that you want."


class FileKind(StrEnum):
    """Kinds of files that the loading tells apart."""

    CSV = "csv"
    """Any text that is nothing else."""
    XLSX = "xlsx"
    """Excel since 2007, with macros or without."""
    XLS = "xls"
    """Excel until 2003; also a workbook with a password, which is packed in the same way."""
    ODS = "ods"
    GEOJSON = "geojson"
    """All its forms, with features on lines or in a text sequence."""
    GEOPARQUET = "geoparquet"
    """Parquet with a geometry or without."""
    FHIR_BUNDLE = "fhir_bundle"
    """One JSON document: a bundle, or a single resource."""
    FHIR_NDJSON = "fhir_ndjson"
    """A resource on each line."""
    OSM_PBF = "osm_pbf"
    ZIP = "zip"
    JSON = "json"
    """JSON that is none of those above."""
    UNKNOWN = "unknown"
    """No text and none of those above."""


SPREADSHEETS = frozenset({FileKind.XLSX, FileKind.XLS, FileKind.ODS})


def kind_of_file(path: Path) -> FileKind:
    """The kind of the file at ``path``. Raises :class:`BadFile` when it cannot be read at all, or is a damaged zip file.

    What is text, and nothing that has a kind of its own, is called CSV: ``open_csv`` says what is wrong with it.
    """
    try:
        with path.open("rb") as file:
            start = file.read(START_BYTES)
        return _kind(path, start)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error


def _kind(path: Path, start: bytes) -> FileKind:  # noqa: PLR0911 - one for each mark
    if start.startswith(b"PK") and (start[2:4] in (b"\x03\x04", b"\x05\x06") or is_zipfile(path)):
        return _kind_of_zip(path)
    if start.startswith(b"PAR1"):
        return FileKind.GEOPARQUET
    if start.startswith(OLE2):
        return FileKind.XLS
    if OSM_HEADER.match(start):
        return FileKind.OSM_PBF
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return FileKind.CSV
    if start.startswith(NO_TABLE) or b"\x00" in start:
        return FileKind.UNKNOWN
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"\x1e"):
        return FileKind.GEOJSON
    return _kind_of_json(path) if text.startswith((b"{", b"[")) else FileKind.CSV


def _kind_of_zip(path: Path) -> FileKind:
    names = {member.filename.lower(): member for member in members_of(path)}
    if names.keys() & {"xl/workbook.xml", "xl/workbook.bin"}:
        return FileKind.XLSX
    mimetype = names.get("mimetype")
    if mimetype is not None and mimetype.file_size < 200:
        try:
            with ZipFile(path) as archive:
                if archive.read(mimetype).strip().startswith(ODS_TYPE):
                    return FileKind.ODS
        except DAMAGED:
            pass
    return FileKind.ZIP


def _kind_of_json(path: Path) -> FileKind:
    """By the keys of the first value, as far as they must be read. Text that only begins like JSON is called so too."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        stream = JsonStream(file)
        resource = ""
        try:
            for key in stream.members():
                if key == "features" and stream.peek() == "[":
                    return FileKind.GEOJSON
                if key == "entry" and stream.peek() == "[" and resource == "Bundle":
                    return FileKind.FHIR_BUNDLE
                value = stream.value()
                if key == "type" and value in ("Feature", "FeatureCollection"):
                    return FileKind.GEOJSON
                resource = str(value) if key == "resourceType" else resource
            more = stream.peek()
        except BadJson:
            return FileKind.FHIR_BUNDLE if resource == "Bundle" else _kind_of_broken_json(path)
    if resource:
        return FileKind.FHIR_NDJSON if more else FileKind.FHIR_BUNDLE
    return FileKind.JSON


def _kind_of_broken_json(path: Path) -> FileKind:
    """A first line that is broken does not make the file something else: look at what words stand in its beginning."""
    with path.open("rb") as file:
        start = file.read(64 << 10)
    if re.search(rb'"resourceType"\s*:', start):
        return FileKind.FHIR_NDJSON
    return FileKind.GEOJSON if re.search(rb'"type"\s*:\s*"Feature', start) else FileKind.JSON


def open_zipped_csv(path: Path, into: Path) -> Path:
    """Unpack the one table of a zip file, as government portals give them, into the folder ``into``; its path there.

    Files that are no table (a PDF, a read-me without columns has another suffix) are passed over. Raises :class:`BadFile` when
    there is no table or more than one, and for what :func:`check_zip` refuses.
    """
    tables = [member for member in members_of(path) if _is_table(member)]
    if not tables:
        raise BadFile(f"{path.name} is a zip file without a CSV in it. {UNPACK}")
    if len(tables) > 1:
        names = ", ".join(f"“{PurePosixPath(member.filename).name}”" for member in tables[:5])
        raise BadFile(f"{path.name} holds {len(tables)} tables: {names}. {UNPACK}")
    check_zip(path, UNPACK)
    target = into / PurePosixPath(tables[0].filename.replace("\\", "/")).name
    try:
        with ZipFile(path) as archive, archive.open(tables[0]) as packed, target.open("xb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
    except FileExistsError:
        raise BadFile(f"{target.name} is there already: give another folder to unpack {path.name} into.") from None
    except DAMAGED as error:
        target.unlink(missing_ok=True)
        raise BadFile(f"{path.name} could not be unpacked: is there room on the disk?") from error
    return target


def _is_table(member: ZipInfo) -> bool:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    hidden = name.name.startswith(".") or "__MACOSX" in name.parts
    return not member.is_dir() and not hidden and name.suffix.lower() in TABLE_SUFFIXES
