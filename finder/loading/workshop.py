"""The stages of a row by itself (read, map, clean, check) for chunks of a file, in as many processes as there are cores."""

import gc
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from enum import StrEnum
from multiprocessing import forkserver, get_context, parent_process
from multiprocessing.context import ForkServerContext
from typing import Any, NamedTuple

import msgspec

from finder.loading.doctor_table import DoctorColumns, doctor_records
from finder.loading.facility_block import FacilityBlock, joined_blocks
from finder.loading.facility_rows import FacilityRows
from finder.loading.identity import SHARED_SCHEMES
from finder.loading.mapping import FIELDS, ColumnMapping
from finder.loading.place_check import PlaceBook
from finder.loading.plain_rows import PlainRows, plain_table
from finder.loading.practitioner_row import CleanPractitioner, CleanRole, PractitionerRows
from finder.loading.read import Block, CsvFile, Row, Rows, checked_rows, rows_of, single_rows
from finder.loading.row_error import CellProblem, RowError, Severity
from finder.loading.sources import clues, nppes
from finder.loading.sources.table import Entity, Record

__all__ = ["Chunk", "Cleaned", "Form", "Plan", "cleaned", "make_ready"]

PARALLEL_FROM_BYTES = 8 << 20
"""A smaller file is done before another process has begun."""
MOST_PROCESSES = 8
WARM = "finder.loading.warm"
AHEAD = 2
"""Chunks that wait for a process, for each process: memory stays bounded."""

type Chunk = Block | Sequence[Row] | Sequence[Record]


class Form(StrEnum):
    """What the rows of a file are."""

    FACILITIES = "facilities"
    DOCTORS = "doctors"
    CLUES = "clues"
    NPPES = "nppes"
    RECORDS = "records"
    """Records already, as FHIR gives them."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a process must know to clean chunks of one file."""

    form: Form
    source: str
    mapping: ColumnMapping
    """Of facilities; for registers and records see :data:`BY_OUR_NAMES`."""
    csv_file: CsvFile | None = None
    doctors: DoctorColumns | None = None
    column_of: dict[str, str] = {}
    """Our field → the file's column, for messages about records."""
    shown: ColumnMapping | None = None
    """Which columns are used, for the report, where that is not ``mapping``."""

    def identity_column(self, identifiers: Mapping[str, str]) -> str:
        """The column that tells which facility a row with these identifiers speaks of."""
        for scheme in identifiers:
            if scheme in self.mapping.identifiers:
                column = self.mapping.identifiers[scheme]
                return self.column_of.get(column, column)
        return self.mapping.column("id" if identifiers else "name")


class Cleaned(NamedTuple):
    """What a chunk says."""

    facilities: FacilityBlock
    practitioners: list[tuple[int, CleanPractitioner]]
    """With their lines."""
    roles: list[tuple[int, CleanRole]]
    errors: list[RowError]
    """In the order of the lines."""
    refused: int


BY_OUR_NAMES = ColumnMapping(
    columns={field: (field,) for field in FIELDS},
    identifiers={scheme: f"identifiers.{scheme}" for scheme in SHARED_SCHEMES},
    ignored=(),
)
"""The mapping of records, whose cells are under our names of the fields."""


class Workshop:
    """Cleans chunk after chunk of one file."""

    def __init__(self, plan: Plan, places: PlaceBook) -> None:
        self._plan = plan
        self._facilities = FacilityRows(plan.mapping, plan.source, places)
        self._plain = PlainRows(plan.mapping, plan.source, places, self._facilities)
        self._practitioners = PractitionerRows(plan.source, plan.column_of)
        self._adapt: Callable[[Row], list[Record]] | None = None
        match plan.form:
            case Form.CLUES:
                self._adapt = clues.records
            case Form.NPPES:
                self._adapt = nppes.records
            case Form.DOCTORS:
                columns = plan.doctors
                assert columns is not None  # noqa: S101  # whoever says that these are doctors has mapped them
                self._adapt = lambda row: doctor_records(row, columns)
            case _:
                pass

    def clean(self, chunk: Chunk) -> Cleaned:
        """What the chunk says."""
        if isinstance(chunk, Block):
            csv_file = self._plan.csv_file
            assert csv_file is not None  # noqa: S101  # only a CSV file is cut into blocks
            if self._adapt is None:
                return _of_facilities(self._block(csv_file, chunk))
            rows = rows_of(csv_file, chunk)
            return self._clean_records(*_adapted(single_rows(rows), self._adapt), rows.errors)
        if self._plan.form is Form.RECORDS:
            return self._clean_records([each for each in chunk if isinstance(each, Record)], [], [])
        single = [each for each in chunk if isinstance(each, Row)]
        if self._adapt is None:
            return _of_facilities(self._facilities.block(_in_columns(single)))
        return self._clean_records(*_adapted(single, self._adapt), [])

    def _block(self, csv_file: CsvFile, chunk: Block) -> FacilityBlock:
        table = plain_table(csv_file, chunk) if self._plain.is_possible else None
        if table is None:
            return self._facilities.block(rows_of(csv_file, chunk))
        plain, others = self._plain.take(table, chunk.line)
        records = zip(others.lines, zip(*others.columns.values(), strict=True), strict=True)
        return joined_blocks(plain, self._facilities.block(checked_rows(csv_file, records)))

    def _clean_records(self, records: Sequence[Record], refused: list[RowError], read_errors: list[RowError]) -> Cleaned:
        facilities = [record for record in records if record.entity is Entity.FACILITY]
        block = self._facilities.block(_by_our_names(facilities))
        practitioners: list[tuple[int, CleanPractitioner]] = []
        roles: list[tuple[int, CleanRole]] = []
        none = 0
        self._practitioners.errors.clear()
        for record in records:
            if record.entity is Entity.PRACTITIONER:
                practitioner = self._practitioners.practitioner(record)
                if practitioner:
                    practitioners.append((record.line, practitioner))
                none += practitioner is None
            elif record.entity is Entity.ROLE:
                role = self._practitioners.role(record)
                if role:
                    roles.append((record.line, role))
                none += role is None
        named = [
            msgspec.structs.replace(error, column=self._plan.column_of.get(error.column, error.column)) for error in block.errors
        ]
        # A doctor and their place of work are made of one row: what is wrong with a cell that both read is told once.
        told = dict.fromkeys([*read_errors, *refused, *named, *self._practitioners.errors])
        errors = sorted(told, key=lambda error: error.line)
        lost = block.rows - len(block.lines) + len(refused) + _refusals(read_errors) + none
        return Cleaned(block._replace(errors=[]), practitioners, roles, errors, lost)


def make_ready(size_bytes: int) -> None:
    """Before a file of so many bytes is even opened: let the process that the others come from begin to import."""
    if _processes_for(size_bytes) > 1:
        _context()
        forkserver.ensure_running()


def cleaned(plan: Plan, places: PlaceBook, chunks: Iterable[Chunk], size_bytes: int) -> Iterator[Cleaned]:
    """What each of ``chunks`` says, in their order; a large file is cleaned by several processes."""
    processes = _processes_for(size_bytes)
    if processes == 1:
        workshop = Workshop(plan, places)
        yield from map(workshop.clean, chunks)
        return
    with ProcessPoolExecutor(processes, _context(), _start, (plan, places)) as pool:
        yield from _in_order(pool, chunks, processes * AHEAD)


def _processes_for(size_bytes: int) -> int:
    return 1 if size_bytes < PARALLEL_FROM_BYTES else min(os.cpu_count() or 1, MOST_PROCESSES)


def _context() -> ForkServerContext:
    # Not forked from here: this process has threads, of the progress bar and of the database's driver.
    context = get_context("forkserver")
    context.set_forkserver_preload([WARM])
    return context


def _in_order(pool: ProcessPoolExecutor, chunks: Iterable[Chunk], ahead: int) -> Generator[Cleaned]:
    waiting: deque[Future[Cleaned]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(_clean, chunk))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


_workshop: list[Workshop] = []


def _start(plan: Plan, places: PlaceBook) -> None:
    """Make a process ready; it ends with the one that started it, however that ends."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
    _workshop.append(Workshop(plan, places))
    # Rows leave no cycles behind; looking for them among a million objects takes a third of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _clean(chunk: Chunk) -> Cleaned:
    return _workshop[0].clean(chunk)


def _of_facilities(block: FacilityBlock) -> Cleaned:
    return Cleaned(block._replace(errors=[]), [], [], block.errors, block.rows - len(block.lines))


def _adapted(rows: Iterable[Row], adapt: Callable[[Row], list[Record]]) -> tuple[list[Record], list[RowError]]:
    records: list[Record] = []
    errors: list[RowError] = []
    for row in rows:
        try:
            records += adapt(row)
        except CellProblem as problem:
            errors.append(RowError(line=row.line, problem=problem.problem, advice=problem.advice))
    return records, errors


def _refusals(errors: Iterable[RowError]) -> int:
    return sum(error.severity is Severity.ERROR for error in errors)


def _in_columns(rows: Sequence[Row]) -> Rows:
    names: dict[str, Any] = {name: None for row in rows for name in row.cells}
    return Rows([row.line for row in rows], {name: [row.cells.get(name, "") for row in rows] for name in names}, [])


def _by_our_names(records: Sequence[Record]) -> Rows:
    names = (*(column for columns in BY_OUR_NAMES.columns.values() for column in columns), *BY_OUR_NAMES.identifiers.values())
    return Rows(
        [record.line for record in records], {name: [record.cells.get(name, "") for record in records] for name in names}, []
    )
