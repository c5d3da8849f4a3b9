"""Spreadsheets: Excel (.xlsx, .xlsm, .xls) and LibreOffice (.ods), one sheet of them, by calamine in a process of its own.

Memory: that process has at most ``MEMORY_BYTES`` of addresses, which the operating system keeps (not on Windows and macOS,
where only the limits on the file hold). It is enough for some millions of cells; whoever has more is told to save the sheet
as CSV, which is read row by row.
"""

import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from finder.errors import BadFile
from finder.loading.read import FIELD_LIMIT, LINE_LIMIT, SHOWN, Row
from finder.loading.row_error import RowError, Severity
from finder.loading.sources.cell_text import as_text
from finder.loading.sources.excel_errors import error_cells
from finder.loading.sources.sniff import FileKind, kind_of_file
from finder.loading.sources.table import Progress, Table
from finder.loading.sources.zip_limits import check_zip, members_of

__all__ = ["MAX_XLS_BYTES", "MEMORY_BYTES", "open_xlsx"]

MEMORY_BYTES = 1 << 30
"""Addresses that the reading process may use. 4 million cells of short text fit (measured); with the finder itself this stays
below 1.5 GiB."""
MAX_XLS_BYTES = 64 << 20
"""An .xls file is not packed; its 65,536 rows seldom reach this."""
PROGRESS_EVERY = 500
HEADER_ROWS = 20
"""The header is looked for among so many rows that are not empty."""
HEADER_SHARE = 0.75
"""Of the filled cells of the fullest row: a header may leave a column or two without a name; a title fills one or two cells."""
SAVE_AS = "Open it and save the sheet as “CSV UTF-8 (comma delimited)”, which has no such limit, then load that file."


class _Sheet(NamedTuple):
    name: str
    first_column: int
    """Its number in the spreadsheet, from 1."""
    header: tuple[str, ...]
    """The texts of the header's cells, up to the last that is not empty."""
    header_line: int


def open_xlsx(path: Path, sheet: str | None = None) -> Table:
    """A table of the sheet called ``sheet``, else of the first visible sheet that has a header with rows below it.

    The header is the first row, of the first 20 that are not empty, with about as many filled cells as the fullest of them
    and at least two: titles above are passed over, and so is a row that repeats the header. ``details`` names the sheet,
    how many others there are, and where the header is when not in row 1. Rows have the numbers that the spreadsheet shows.

    Cells become text as a person sees them: whole numbers without ``.0`` and without an exponent, ``2026-11-23``, ``08:30``,
    ``yes`` and ``no``; a formula gives its last result, and one that failed (``#REF!``) an empty cell and a warning.

    Raises :class:`BadFile`, naming the file without its folders: no spreadsheet, with a password, damaged, too large
    when unpacked or in memory, no such sheet, no table in it, or a column name that comes twice.
    """
    kind = kind_of_file(path)
    _check(path, kind)
    with closing(_frames(path, sheet or "")) as frames:
        names, found = _find_table(frames)
    if sheet is not None and sheet not in names:
        raise BadFile(f"{path.name} has no sheet “{sheet}”. Its sheets are {', '.join(f'“{name}”' for name in names)}.")
    if found is None:
        where = f"The sheet “{sheet}” of {path.name}" if sheet is not None else path.name
        raise BadFile(f"{where} has no table: no row with the names of at least two columns and rows below it.")
    header = tuple(cell or f"(column {number})" for number, cell in enumerate(found.header, found.first_column))
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise BadFile(f"{path.name} has the column {', '.join(twice)} more than once. Give each column its own name.")
    others = f" (one of {len(names)}; the others are not read)" if len(names) > 1 else ""
    details = f"sheet “{found.name}”{others}" + (f", header in row {found.header_line}" if found.header_line > 1 else "")
    return Table(header=header, details=details, rows=partial(_rows, path, kind, found, header))


def _check(path: Path, kind: FileKind) -> None:
    """Refuse what is no spreadsheet, or not to be opened."""
    name = path.name
    if kind is FileKind.XLS:
        if path.stat().st_size > MAX_XLS_BYTES:
            raise BadFile(f"{name} has more than {MAX_XLS_BYTES >> 20} MiB, too much for an .xls file. {SAVE_AS}")
        content = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise BadFile(f"{name} has a password. Open it, save it without one, and load it again.")
        if not any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
            raise BadFile(f"{name} is no spreadsheet, but another old Office file. {SAVE_AS}")
    elif kind in (FileKind.XLSX, FileKind.ODS):
        if any(member.filename.lower() == "xl/workbook.bin" for member in members_of(path)):
            raise BadFile(f"{name} is a binary workbook (.xlsb). Save it as .xlsx and load that file.")
        check_zip(path, SAVE_AS)
    else:
        what = {FileKind.CSV: "a text file", FileKind.ZIP: "a zip file"}.get(kind, f"a file of the kind {kind}")
        raise BadFile(f"{name} is no spreadsheet: this is {what if kind is not FileKind.UNKNOWN else 'something else'}.")


def _find_table(frames: Iterator[list[Any]]) -> tuple[list[str], _Sheet | None]:
    """The names of the sheets, and the first table."""
    names: list[str] = []
    current: tuple[str, int] | None = None
    sample: list[tuple[int, list[str]]] = []
    for frame in frames:
        if frame[0] == "row" and current:
            sample.append((frame[1], _texts(frame[2] or [])))
            # One row more than the header may be in, so that there is one below it.
            if len(sample) <= HEADER_ROWS:
                continue
        if current and (found := _header_in(sample)):
            return names, _Sheet(*current, *found)
        current, sample = None, []
        if frame[0] == "sheets":
            names = frame[1]
        elif frame[0] == "sheet":
            current = (frame[1], frame[2])
    return names, None


def _header_in(sample: list[tuple[int, list[str]]]) -> tuple[tuple[str, ...], int] | None:
    filled = [sum(map(bool, cells)) for _, cells in sample]
    enough = max(2, HEADER_SHARE * max(filled[:HEADER_ROWS], default=0))
    for position, (line, cells) in enumerate(sample[:HEADER_ROWS]):
        if filled[position] >= enough:
            width = max(number for number, cell in enumerate(cells, 1) if cell)
            header = tuple(cells[:width])
            return (header, line) if any(tuple(below[:width]) != header for _, below in sample[position + 1 :]) else None
    return None


def _rows(
    path: Path, kind: FileKind, sheet: _Sheet, header: tuple[str, ...], progress: Progress | None
) -> Iterator[Row | RowError]:
    failed = error_cells(path, sheet.name) if kind is FileKind.XLSX else {}
    with closing(_frames(path, sheet.name)) as frames:
        total = 0
        for count, frame in enumerate(frames):
            if progress and count % PROGRESS_EVERY == 0 and total:
                progress(min(count, total), total)
            match frame:
                case ["sheet", _, _, total]:
                    pass
                case ["row", line, None] if line > sheet.header_line:
                    raise BadFile(
                        f"{path.name}, row {line}: it has more than {LINE_LIMIT:,} characters. This is no table of facilities."
                    )
                case ["row", line, cells] if line > sheet.header_line:
                    yield from _row(line, _texts(cells), sheet, header, failed.get(line, {}))
                case _:
                    pass
    if progress:
        progress(total, total)


def _row(line: int, texts: list[str], sheet: _Sheet, header: tuple[str, ...], failed: dict[int, str]) -> Iterator[Row | RowError]:
    width = len(header)
    if tuple(texts[:width]) == sheet.header:
        return
    for number, value in failed.items():
        if 0 <= number - sheet.first_column < width:
            yield RowError(
                line=line,
                column=header[number - sheet.first_column],
                value=value,
                problem="The formula of this cell failed.",
                advice="Correct the formula in the spreadsheet and save it; the cell is read as empty.",
                severity=Severity.WARNING,
            )
    if beyond := next((text for text in texts[width:] if text), ""):
        yield RowError(
            line=line,
            value=beyond[:SHOWN],
            problem="A cell on the right of the table is filled, in a column without a name.",
            advice="Give the column a name in the header if the cell is to be read.",
            severity=Severity.WARNING,
        )
    if (number := next((number for number, text in enumerate(texts[:width]) if len(text) > FIELD_LIMIT), None)) is not None:
        yield RowError(
            line=line,
            column=header[number],
            value=texts[number][:SHOWN] + "…",
            problem=f"The cell has more than {FIELD_LIMIT:,} characters.",
            advice="Shorten it.",
        )
    elif any(texts[:width]):
        yield Row(line, dict(zip(header, texts, strict=False)))


def _texts(cells: list[object]) -> list[str]:
    return list(map(as_text, cells))


def _frames(path: Path, sheet: str) -> Generator[list[Any]]:
    """What the reading process writes. Raises :class:`BadFile` when it ends before its end."""
    script = Path(__file__).with_name("workbook_process.py")
    limits = map(str, (MEMORY_BYTES, FIELD_LIMIT, LINE_LIMIT))
    # -P: the folder of the script has modules of ours that must not stand in for others' of the same name.
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and script; the path is one argument
        [sys.executable, "-P", str(script), str(path.absolute()), sheet, *limits],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"RUST_BACKTRACE": "0"},
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    decode, complete = msgspec.json.Decoder(list[Any]).decode, False
    try:
        for line in process.stdout:
            if not line.endswith(b"\n"):
                break
            frame = decode(line)
            if frame[0] == "password":
                raise BadFile(f"{path.name} has a password. Open it, save it without one, and load it again.")
            complete = frame[0] == "end"
            yield frame
        if not complete:
            raise BadFile(
                f"{path.name} is damaged, or needs more than {MEMORY_BYTES >> 20} MiB of memory when it is opened. {SAVE_AS}"
            )
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
