"""What kind of file this is, and how its rows come out of it: the chunks for :mod:`finder.loading.workshop`."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from itertools import batched, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, cast

import msgspec

from finder.errors import BadFile, BadInput
from finder.loading.doctor_table import is_doctors, map_doctor_columns
from finder.loading.mapping import ColumnMapping, MappingFile, map_columns
from finder.loading.read import Row, blocks_of, first_rows, open_csv, single_rows
from finder.loading.row_error import RowError
from finder.loading.sources import clues, nppes
from finder.loading.sources.fhir import COLUMN_OF as FHIR_COLUMN_OF
from finder.loading.sources.fhir import read_fhir
from finder.loading.sources.geojson import open_geojson
from finder.loading.sources.geoparquet import open_geoparquet
from finder.loading.sources.sniff import SPREADSHEETS, FileKind, kind_of_file, open_zipped_csv
from finder.loading.sources.table import Progress, Record, Table
from finder.loading.sources.xlsx import open_xlsx
from finder.loading.workshop import BY_OUR_NAMES, Chunk, Form, Plan

__all__ = ["As", "Intake", "open_intake", "unpacked"]

ROWS_AT_ONCE = 2000
SAMPLE = 100
"""Rows that are looked at to tell what a column is."""
NUMBERS_IN_STREETS = msgspec.structs.replace(
    BY_OUR_NAMES, columns={field: names for field, names in BY_OUR_NAMES.columns.items() if field != "house_number"}
)
"""The mapping of records whose register has street and house number in one."""


class As(StrEnum):
    """What an admin may say a file is, where it does not show."""

    CSV = "csv"
    DOCTORS = "doctors"
    XLSX = "xlsx"
    CLUES = "clues"
    NPPES = "nppes"
    FHIR = "fhir"
    GEOJSON = "geojson"
    GEOPARQUET = "geoparquet"


class _Reading(NamedTuple):
    """How an admin wants a file to be read."""

    source: str
    as_: As | None
    mapping: MappingFile | None
    remembered: Callable[[tuple[str, ...]], MappingFile | None]


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """An opened file."""

    plan: Plan
    details: tuple[str, ...]
    """How it is read, for the report: encoding and delimiter, or the sheet."""
    header: tuple[str, ...]
    """The file's columns; none where it has no table."""
    sample: Sequence[Row] = ()
    """Its first rows; none where it has no table."""
    size_bytes: int
    chunks: Callable[[Progress | None, list[RowError]], Iterator[Chunk]]
    """The rows; what is no row is added to the list."""


type Memory = Callable[[tuple[str, ...]], MappingFile | None]
"""What is remembered of the columns of the source, for a file with this header."""


@contextmanager
def unpacked(path: Path) -> Generator[Path]:
    """The table in a zip file, for as long as it is read; any other file as it is. Raises :class:`BadFile`."""
    if not path.exists():
        raise BadFile(f"{path.name} cannot be read: there is no such file.")
    if not path.is_file() and not path.is_dir():
        raise BadFile(f"{path.name} is no file but a pipe or a device: write its content to a file, and load that.")
    if path.is_dir() or kind_of_file(path) is not FileKind.ZIP:
        yield path
        return
    with TemporaryDirectory() as folder:
        yield open_zipped_csv(path, Path(folder))


def open_intake(
    path: Path,
    source: str,
    as_: As | None = None,
    mapping: MappingFile | None = None,
    *,
    remembered: Memory = lambda _header: None,
) -> Intake:
    """Find out what ``path`` is and how its columns are to be read: as ``mapping`` says, or as is ``remembered`` of the source.

    Raises :class:`BadFile` for what cannot be loaded at all, and :class:`BadInput` for a mapping that does not go with it.
    """
    reading = _Reading(source, as_, mapping, remembered)
    kind = kind_of_file(path)
    if kind is FileKind.OSM_PBF:
        raise BadFile(f"{path.name} is an OpenStreetMap extract: finder region build {path.name} makes a region of it.")
    if as_ is As.FHIR or (as_ is None and kind in (FileKind.FHIR_BUNDLE, FileKind.FHIR_NDJSON)) or path.is_dir():
        return _fhir(path, source)
    if as_ is As.GEOPARQUET or (as_ is None and kind is FileKind.GEOPARQUET):
        return _table(open_geoparquet(path), path, reading)
    if as_ is As.GEOJSON or (as_ is None and kind is FileKind.GEOJSON):
        return _table(open_geojson(path), path, reading)
    if as_ is As.XLSX or kind in SPREADSHEETS:
        return _table(open_xlsx(path), path, reading)
    csv_file = open_csv(path)
    sample = list(islice(single_rows(first_rows(csv_file)), SAMPLE))
    return Intake(
        plan=msgspec.structs.replace(_plan(path.name, csv_file.header, sample, reading), csv_file=csv_file),
        sample=sample,
        details=(csv_file.encoding, csv_file.delimiter),
        header=csv_file.header,
        size_bytes=csv_file.size_bytes,
        chunks=lambda progress, _errors: blocks_of(csv_file, progress),
    )


def _plan(name: str, header: tuple[str, ...], sample: Sequence[Row], reading: _Reading) -> Plan:
    """What the columns of a table are."""
    source, as_, mapping, remembered = reading
    for register, form, is_it in ((As.CLUES, Form.CLUES, clues.is_clues), (As.NPPES, Form.NPPES, nppes.is_nppes)):
        if as_ is register and not is_it(header):
            raise BadInput(f"{name} has not the columns of {register.upper()}. Load it without --as, by its own columns.")
        if (as_ is register or as_ is None) and mapping is None and is_it(header):
            if form is Form.CLUES:
                return Plan(form=form, source=source, mapping=BY_OUR_NAMES, column_of=clues.COLUMN_OF)
            return Plan(form=form, source=source, mapping=NUMBERS_IN_STREETS, column_of=nppes.COLUMN_OF)
    if as_ is As.DOCTORS or (as_ is None and mapping is None and is_doctors(header)):
        doctors = map_doctor_columns(header, name, mapping.columns if mapping else None)
        column_of = doctors.column_of
        shown = ColumnMapping(columns=doctors.columns, identifiers={}, ignored=doctors.ignored)
        return Plan(form=Form.DOCTORS, source=source, mapping=BY_OUR_NAMES, doctors=doctors, column_of=column_of, shown=shown)
    mapping = mapping or remembered(header)
    return Plan(form=Form.FACILITIES, source=source, mapping=map_columns(header, name, mapping, [row.cells for row in sample]))


def _table(table: Table, path: Path, reading: _Reading) -> Intake:
    def chunks(progress: Progress | None, errors: list[RowError]) -> Iterator[Chunk]:
        yield from _chunks(table.rows(progress), errors)

    with closing(cast("Generator[Row | RowError]", table.rows(None))) as rows:
        sample = [row for row in islice(rows, SAMPLE) if isinstance(row, Row)]
    return Intake(
        plan=_plan(path.name, table.header, sample, reading),
        sample=sample,
        details=(table.details,),
        header=table.header,
        size_bytes=path.stat().st_size,
        chunks=chunks,
    )


def _fhir(path: Path, source: str) -> Intake:
    def chunks(progress: Progress | None, errors: list[RowError]) -> Iterator[Chunk]:
        yield from _chunks(read_fhir(path, progress), errors)

    return Intake(
        plan=Plan(form=Form.RECORDS, source=source, mapping=NUMBERS_IN_STREETS, column_of=dict(FHIR_COLUMN_OF)),
        details=("FHIR R4",),
        header=(),
        size_bytes=0,  # one process: reading takes longer than cleaning
        chunks=chunks,
    )


def _chunks[T: (Row, Record)](rows: Iterable[T | RowError], errors: list[RowError]) -> Iterator[list[T]]:
    for some in batched(rows, ROWS_AT_ONCE):
        errors += [row for row in some if isinstance(row, RowError)]
        yield [row for row in some if not isinstance(row, RowError)]
