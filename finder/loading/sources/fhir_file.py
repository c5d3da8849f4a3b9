"""The resources in a file of FHIR, one at a time and as bytes: a Bundle, an NDJSON file, or a folder of those."""

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from finder.errors import BadFile
from finder.loading.read import SHOWN
from finder.loading.row_error import RowError, Severity

__all__ = ["BUNDLE_LIMIT", "LINE_LIMIT", "Entry", "FhirFile", "open_fhir"]

BUNDLE_LIMIT = 256 * 1024 * 1024
"""Bytes. A Bundle is one JSON value, which has to be in memory as a whole."""
LINE_LIMIT = 8 * 1024 * 1024
"""Bytes of one resource in NDJSON; a photograph of a practitioner may be part of it."""
TELL_EVERY = 500

NDJSON_SUFFIXES = (".ndjson", ".jsonl")
BUNDLE_TYPES = ("collection", "searchset", "transaction", "batch")
EXPORT = f"Export the directory as a Bundle of type {', '.join(BUNDLE_TYPES[:-1])} or {BUNDLE_TYPES[-1]}, or as NDJSON."
NO_JSON = (
    (b"PK\x03\x04", "a zip file: unpack it and give the folder"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"<", "XML or a web page: export the directory as JSON"),
    (b"\xff\xfe", "a text file in UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "a text file in UTF-16: save it as UTF-8"),
)


class Entry(NamedTuple):
    """One resource, still as bytes of JSON."""

    line: int
    """Its line in NDJSON, its number in a Bundle, from 1. In a folder the lines of the files, by name, are counted through."""
    type: str
    json: bytes | msgspec.Raw
    full_url: str | None = None
    where: str = ""
    """Which line of which file it is, where ``line`` alone does not tell."""

    def error(self, column: str, problem: str, advice: str, *, value: str = "", severity: Severity = Severity.ERROR) -> RowError:
        """What is wrong with it."""
        problem = f"{problem} ({self.where})" if self.where else problem
        return RowError(line=self.line, column=column, value=value[:SHOWN], problem=problem, advice=advice, severity=severity)


type Tell = Callable[[int], None]
"""Is told how many bytes have been read."""


class FhirFile(msgspec.Struct, frozen=True, kw_only=True):
    """What can be read as often as is needed."""

    name: str
    size_bytes: int
    entries: Callable[[Tell], Iterator[Entry | RowError]]
    """All resources from the first, and an error for each that is none."""
    has_next_page: bool = False
    """Whether a server said that this is not all that it found."""


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    resource_type: str


class _Link(msgspec.Struct, frozen=True):
    relation: str | None = None


class _Bundle(msgspec.Struct, frozen=True, rename="camel"):
    type: str | None = None
    entry: list[msgspec.Raw] | None = None
    link: list[_Link] | None = None


NOTHING = msgspec.Raw(b"null")


class _BundleEntry(msgspec.Struct, frozen=True, rename="camel"):
    full_url: str | None = None
    resource: msgspec.Raw = NOTHING


def open_fhir(path: Path) -> FhirFile:
    """Find out what ``path`` is. Raises :class:`BadFile`, naming it without its folders, when it holds no FHIR in JSON."""
    try:
        if path.is_dir():
            return _open_folder(path)
        with path.open("rb") as file:
            first = file.readline(LINE_LIMIT + 1).removeprefix(codecs.BOM_UTF8).lstrip()
            size_bytes = path.stat().st_size
        for magic, what in NO_JSON:
            if first.startswith(magic):
                raise BadFile(f"{path.name} is no FHIR in JSON: this is {what}.")
        if path.suffix.lower() in NDJSON_SUFFIXES or (_resource_type(first) or "Bundle") != "Bundle":
            return FhirFile(name=path.name, size_bytes=size_bytes, entries=lambda tell: _lines((path,), tell))
        return _open_bundle(path, size_bytes)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error


def _resource_type(json: bytes | msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(json, type=_Head).resource_type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _open_folder(folder: Path) -> FhirFile:
    paths = tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in NDJSON_SUFFIXES and path.is_file()))
    if not paths:
        raise BadFile(f"The folder {folder.name} has no file *.ndjson. Give the folder of a FHIR bulk export.")
    size_bytes = sum(path.stat().st_size for path in paths)
    return FhirFile(name=folder.name, size_bytes=size_bytes, entries=lambda tell: _lines(paths, tell))


def _lines(paths: tuple[Path, ...], tell: Tell) -> Iterator[Entry | RowError]:
    line = read_bytes = 0
    for path in paths:
        with path.open("rb") as file:
            in_file = 0
            while json := file.readline(LINE_LIMIT + 1):
                line, in_file = line + 1, in_file + 1
                where = f"{path.name}, line {in_file}" if len(paths) > 1 else ""
                too_long = len(json) > LINE_LIMIT
                read_bytes += len(json)
                while too_long and not json.endswith(b"\n") and (json := file.readline(LINE_LIMIT)):
                    read_bytes += len(json)
                if too_long:
                    problem = f"The resource has more than {LINE_LIMIT:,} bytes."
                    yield Entry(line, "", b"", where=where).error("", problem, "Leave out what is attached to it.")
                elif json := json.removeprefix(codecs.BOM_UTF8).strip():
                    yield _checked(line, json, None, where)
                if line % TELL_EVERY == 0:
                    tell(read_bytes)


def _checked(line: int, json: bytes | msgspec.Raw, full_url: str | None, where: str = "") -> Entry | RowError:
    type_ = _resource_type(json)
    entry = Entry(line, type_ or "", json, full_url, where)
    if type_:
        return entry
    problem = f"This is no FHIR resource: {_fault(json) or 'it has no resourceType'}."
    return entry.error("", problem, "Export it again: each resource is a JSON object with a resourceType.", value=_start(json))


def _start(json: bytes | msgspec.Raw) -> str:
    return bytes(memoryview(json)[: 2 * SHOWN]).decode("utf-8", "replace")[:SHOWN]


def _fault(json: bytes | msgspec.Raw) -> str | None:
    """What is wrong with it as JSON."""
    try:
        msgspec.json.decode(json)
    except RecursionError:
        return "it is nested too deeply"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error).removeprefix("JSON is malformed: ")
    return None


def _open_bundle(path: Path, size_bytes: int) -> FhirFile:
    name = path.name
    if size_bytes > BUNDLE_LIMIT:
        raise BadFile(
            f"{name} has more than {BUNDLE_LIMIT >> 20} MiB, too much for one Bundle. Export the directory as NDJSON, one "
            "resource a line, which may be of any size."
        )
    json = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    if not json.strip():
        raise BadFile(f"{name} is empty. {EXPORT}")
    try:
        if msgspec.json.decode(json, type=_Head).resource_type != "Bundle":
            return FhirFile(name=name, size_bytes=size_bytes, entries=lambda _: iter((_checked(1, json, None),)))
        bundle = msgspec.json.decode(json, type=_Bundle)
    except msgspec.ValidationError as error:
        raise BadFile(f"{name} is no FHIR: {error}. {EXPORT}") from error
    except RecursionError as error:
        raise BadFile(f"{name} is no FHIR: it is nested too deeply. {EXPORT}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{name}, line {_line_of(error, json)}: this is no JSON: {error}. {EXPORT}") from error
    if bundle.type is not None and bundle.type not in BUNDLE_TYPES:
        raise BadFile(f"{name} is a Bundle of type {bundle.type[:SHOWN]}, which holds no directory. {EXPORT}")
    entries = bundle.entry or []
    return FhirFile(
        name=name,
        size_bytes=size_bytes,
        entries=lambda tell: _bundle_entries(entries, tell),
        has_next_page=any(link.relation == "next" for link in bundle.link or ()),
    )


def _line_of(error: Exception, json: bytes) -> int:
    at = re.search(r"\(byte (\d+)\)", str(error))
    return json.count(b"\n", 0, int(at[1]) if at else len(json.rstrip())) + 1


def _bundle_entries(entries: list[msgspec.Raw], tell: Tell) -> Iterator[Entry | RowError]:
    read_bytes = 0
    for number, raw in enumerate(entries, 1):
        read_bytes += len(memoryview(raw))
        if number % TELL_EVERY == 0:
            tell(read_bytes)
        try:
            entry = msgspec.json.decode(raw, type=_BundleEntry)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            broken = Entry(number, "", raw)
            yield broken.error("Bundle.entry", f"This is no entry of a Bundle: {error}.", EXPORT, value=_start(raw))
        else:
            # An entry that deletes something has no resource.
            if bytes(memoryview(entry.resource)[:5]) != b"null":
                yield _checked(number, entry.resource, entry.full_url)
