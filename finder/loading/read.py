"""The first stage: a CSV file becomes blocks of numbered rows, and what is broken becomes row errors.

The file is cut into blocks of some megabytes, which are taken apart where they are cleaned, several at once.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from finder.errors import BadFile
from finder.loading.detect import MIXED, decode_lines, detect_delimiter, detect_encoding
from finder.loading.row_error import RowError, Severity

__all__ = [
    "BLOCK_BYTES",
    "FIELD_LIMIT",
    "LINE_LIMIT",
    "SHOWN",
    "Block",
    "CsvFile",
    "Row",
    "Rows",
    "blocks_of",
    "checked_rows",
    "first_rows",
    "open_csv",
    "rows_of",
    "single_rows",
]

FIELD_LIMIT = 64 * 1024
"""Characters. The longest real field seen is a few hundred; a field beyond this is a mistake or an attack."""
LINE_LIMIT = 1024 * 1024
"""Characters in one line. Beyond it the file is no table, and it is refused before the line fills the memory."""
LINE_MARK = re.compile("(?:^|(?<=[\r\n]))\ufeff+")
OPEN_QUOTE_LIMIT = 2 * FIELD_LIMIT
BLOCK_BYTES = 4 << 20
"""Enough that what is done once for each block does not count; each process holds some of them."""
FIRST_BYTES = 1 << 16
SAMPLE_LINES = 200
SAMPLE_BYTES = 4 * LINE_LIMIT
SHOWN = 80
"""Characters of a cell that an error repeats."""


class CsvFile(msgspec.Struct, frozen=True, kw_only=True):
    """How a CSV file is to be read."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    """The columns' names, trimmed; a column without one is called ``(column N)``."""
    header_line: int
    """On which the header ends: a name may have a line break in it."""
    size_bytes: int


class Block(NamedTuple):
    """Whole records of a file, yet to be taken apart by :func:`rows_of`."""

    line: int
    """The number of its first line."""
    data: bytes


class Rows(NamedTuple):
    """Rows of one table, column by column; every list is as long as ``lines``."""

    lines: Sequence[int]
    columns: dict[str, Sequence[str]]
    """Cells by the name of their column, trimmed."""
    errors: list[RowError]
    """What was no row."""


class Row(NamedTuple):
    """One row: the line on which it begins, and its cells by column name, trimmed."""

    line: int
    cells: dict[str, str]


def open_csv(path: Path) -> CsvFile:
    """Find out how ``path`` is to be read.

    Raises :class:`BadFile`, naming the file without its folders, when it is no CSV: not there, empty, no text, only a header,
    a line beyond ``LINE_LIMIT``, or a column name that comes twice.
    """
    try:
        encoding = detect_encoding(path)
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(SAMPLE_BYTES)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error
    lines_read = _text_lines(start, encoding)
    whole = lines_read if len(start) == size_bytes else lines_read[:-1] or lines_read
    _check_lines(path.name, 1, whole)
    sample = whole[:SAMPLE_LINES]
    # Excel writes its delimiter into a first line “sep=;” where it was told to.
    skipped = 1 if sample[0].lower().startswith("sep=") and len(sample[0].strip()) == 5 else 0
    delimiter = sample[0][4] if skipped else detect_delimiter(sample)
    lines = _Lines(iter(sample), skip=skipped)
    for header_line, cells in _records(lines, delimiter):
        if isinstance(cells, str):
            raise BadFile(f"{path.name}, line {header_line}: a quote in the header is never closed. Close it.")
        if any(cell.strip() for cell in cells):
            break
    else:
        raise BadFile(f"{path.name} has no header. Its first line must name the columns.")
    header = tuple(cell.strip() or f"(column {number})" for number, cell in enumerate(cells, 1))
    if len(header) == 1 and "|" in header[0]:
        raise BadFile(f"{path.name} is separated by “|”. Save it with commas, semicolons or tabs between the columns.")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise BadFile(f"{path.name} has the column {', '.join(twice)} more than once. Give each column its own name.")
    if not any(line.strip() for line in sample[lines.number :]) and len(sample) < SAMPLE_LINES:
        raise BadFile(f"{path.name} has a header but no rows. Give one line for each facility.")
    return CsvFile(
        path=path, encoding=encoding, delimiter=delimiter, header=header, header_line=lines.number, size_bytes=size_bytes
    )


def blocks_of(csv_file: CsvFile, progress: Callable[[int, int], None] | None = None) -> Iterator[Block]:
    """The records after the header, some megabytes at once, never cut within a record whose quotes are in order.

    ``progress`` is told bytes read and bytes in all. Raises :class:`BadFile` for a line beyond ``LINE_LIMIT``.
    """
    line, rest = 1, b""
    with csv_file.path.open("rb") as file:
        while chunk := file.read(BLOCK_BYTES):
            if progress:
                progress(file.tell(), csv_file.size_bytes)
            data = rest + chunk
            end = _end_of_records(data)
            if not end and len(data) > LINE_LIMIT + BLOCK_BYTES:
                _check_lines(csv_file.path.name, line, _text_lines(data, csv_file.encoding))
                end = _last_line_end(
                    data, len(data)
                )  # a quote that was never closed: its line is told where the block is taken apart
            if end:
                start = _after_header(data, csv_file.header_line) if line == 1 else 0
                line += _count_lines(data[:start])
                yield Block(line, data[start:end])
                line += _count_lines(data[start:end])
            rest = data[end:]
    if rest:
        yield Block(line, rest)


def first_rows(csv_file: CsvFile) -> Rows:
    """Some rows from the beginning of the file, to see what is in its columns."""
    with csv_file.path.open("rb") as file:
        data = file.read(FIRST_BYTES)
    return rows_of(csv_file, Block(1, data if len(data) == csv_file.size_bytes else data[: _end_of_records(data) or len(data)]))


def single_rows(rows: Rows) -> Iterator[Row]:
    """The same, row by row."""
    for line, cells in zip(rows.lines, zip(*rows.columns.values(), strict=True), strict=True):
        yield Row(line, dict(zip(rows.columns, cells, strict=True)))


def _after_header(data: bytes, header_line: int) -> int:
    """Where the line after the header begins; 0 where a quote or an old line end makes that doubtful: the reader will pass it."""
    end = 0
    for _ in range(header_line):
        end = data.find(b"\n", end) + 1
    return 0 if b'"' in data[:end] or b"\r" in data[:end].replace(b"\r\n", b"") else end


def rows_of(csv_file: CsvFile, block: Block) -> Rows:
    """The rows of a block, without the header and empty rows, and a :class:`RowError` for what cannot be cut into its cells.

    A quote that is never closed costs its own line only: reading goes on with the next. Raises :class:`BadFile` for a line
    beyond ``LINE_LIMIT``.
    """
    data, skip = block.data, max(0, csv_file.header_line + 1 - block.line)
    if skip == 0 and b'"' not in data and b"\x00" not in data and b"\xef\xbb\xbf" not in data and csv_file.encoding != MIXED:
        rows = _plain_rows(csv_file, block)
        if rows is not None:
            return rows
    lines = _text_lines(data, csv_file.encoding)
    _check_lines(csv_file.path.name, block.line, lines)
    return _careful_rows(csv_file, block.line, lines, skip)


def _plain_rows(csv_file: CsvFile, block: Block) -> Rows | None:
    """The rows where nothing is special, which is most often so; ``None`` where something is."""
    text, delimiter, width = block.data.decode(csv_file.encoding), csv_file.delimiter, len(csv_file.header)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.removesuffix("\n")
    lines = text.split("\n")
    if {line.count(delimiter) for line in lines} != {width - 1} or max(map(len, lines)) > FIELD_LIMIT:
        return None
    cells = list(map(str.strip, text.replace("\n", delimiter).split(delimiter)))
    columns: dict[str, Sequence[str]] = {name: cells[at::width] for at, name in enumerate(csv_file.header)}
    first = csv_file.header[0]
    if first in columns[first] or not all(map(any, zip(*columns.values(), strict=True))):
        return None  # the header may come again, or a row is empty
    return Rows(range(block.line, block.line + len(lines)), columns, [])


def _careful_rows(csv_file: CsvFile, first_line: int, text_lines: list[str], skip: int) -> Rows:
    # The csv module's own limit is one for the whole process; ours, checked below, can name the column.
    csv.field_size_limit(max(csv.field_size_limit(), LINE_LIMIT + OPEN_QUOTE_LIMIT))
    records = _records(_Lines(iter(text_lines), skip=skip), csv_file.delimiter)
    return checked_rows(csv_file, ((first_line - 1 + number, record) for number, record in records))


def checked_rows(csv_file: CsvFile, records: Iterable[tuple[int, Sequence[str]]]) -> Rows:
    """The rows among ``records``, which are cells, or a line's text where it could not be cut, each with its line."""
    numbers: list[int] = []
    rows: list[list[str]] = []
    errors: list[RowError] = []
    for line, record in records:
        cells = record if isinstance(record, str) else [cell.strip().removeprefix("\ufeff") for cell in record]
        if not any(cells):
            continue
        problem = _problem_of(csv_file, line, cells)
        if problem:
            errors.append(problem)
        elif isinstance(cells, list):
            numbers.append(line)
            rows.append(cells)
    columns: dict[str, Sequence[str]] = dict(zip(csv_file.header, zip(*rows, strict=True), strict=True)) if rows else {}
    return Rows(numbers, columns or dict.fromkeys(csv_file.header, ()), errors)


def _problem_of(csv_file: CsvFile, line: int, cells: list[str] | str) -> RowError | None:
    """Why these are not the cells of a row, if they are not."""
    header, width = csv_file.header, len(csv_file.header)
    if isinstance(cells, str):
        return RowError(
            line=line,
            value=cells.strip()[:SHOWN],
            problem="A quote is never closed, or stands in the middle of a cell.",
            advice='Look for a single " on this line: close it, or write it twice ("") where it belongs to the text.',
        )
    for number, cell in enumerate(cells):
        if len(cell) > FIELD_LIMIT:
            return RowError(
                line=line,
                column=header[number] if number < width else f"(column {number + 1})",
                value=cell[:SHOWN] + "…",
                problem=f"The cell has {len(cell):,} characters; at most {FIELD_LIMIT:,} are read.",
                advice="Shorten it. If a quote was opened and never closed, close it.",
            )
        if "\x00" in cell:
            return RowError(
                line=line,
                column=header[number] if number < width else f"(column {number + 1})",
                value=cell[:SHOWN].replace("\x00", "␀"),
                problem="The cell has a NUL character, which no text has.",
                advice="Write the cell anew; if there are many, save the file as CSV UTF-8 in the program that made it.",
            )
    if len(cells) != width:
        return RowError(
            line=line,
            value=csv_file.delimiter.join(cells)[:SHOWN],
            problem=f"The row has {len(cells)} cells, the header has {width}.",
            advice="Put cells that hold a comma, semicolon or tab in double quotes, and leave missing cells empty.",
        )
    if tuple(cells) == header:
        return RowError(
            line=line,
            value=csv_file.delimiter.join(cells)[:SHOWN],
            problem="The header comes again; it was passed over.",
            advice="Nothing need be done, if two files were put together on purpose.",
            severity=Severity.WARNING,
        )
    return None


def _end_of_records(data: bytes) -> int:
    """Where the last whole line ends that closes all quotes before it; 0 where none does."""
    end = _last_line_end(data, len(data))
    is_open = data.count(b'"', 0, end) % 2
    while end and is_open:
        line_start = _last_line_end(data, end - 1)
        is_open ^= data.count(b'"', line_start, end) % 2
        end = line_start
    return end


def _last_line_end(data: bytes, stop: int) -> int:
    """The position after the last line end before ``stop``; a CR at the very end may be half of a CR LF."""
    return data.rfind(b"\n", 0, stop) + 1 or data.rfind(b"\r", 0, max(0, stop - 1)) + 1


def _count_lines(data: bytes) -> int:
    return data.count(b"\n") + (data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else 0)


def _text_lines(data: bytes, encoding: str) -> list[str]:
    """The lines with their ends, as an editor shows them: after LF, CR LF or CR, within quotes too."""
    text = decode_lines(data, encoding)
    if "\ufeff" in text:  # where files were put together, each with its byte order mark
        text = LINE_MARK.sub("", text)
    if "\r" not in text:
        return [f"{line}\n" for line in text.removesuffix("\n").split("\n")] if text else []
    # Not splitlines(), which also cuts at characters that belong to a cell.
    ends = [line.split("\r") for line in text.replace("\r\n", "\n").removesuffix("\n").split("\n")]
    return [f"{line}\n" for line in chain.from_iterable(ends)]


def _check_lines(name: str, first_line: int, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines, first_line):
        if len(line) > LINE_LIMIT:
            raise BadFile(
                f"{name}, line {number}: it has more than {LINE_LIMIT:,} characters. This is no table of facilities; "
                "check that the lines end where the rows end."
            )


class _OpenQuote(Exception):
    """A quoted cell has gone on for so long that its quote must have been forgotten."""


class _Lines:
    """Lines for a csv reader, that can be taken back up to where the record began."""

    def __init__(self, lines: Iterator[str], *, skip: int) -> None:
        self._lines = lines
        self._again: list[str] = []
        self._taken: list[str] = []
        self._taken_length = 0
        self.number = 0
        """How many lines have been given."""
        for _ in islice(lines, skip):
            self.number += 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        # More than one line in a record means that a quote is open.
        if self._taken_length > OPEN_QUOTE_LIMIT and len(self._taken) > 1:
            raise _OpenQuote
        line = self._again.pop() if self._again else next(self._lines)
        self.number += 1
        self._taken.append(line)
        self._taken_length += len(line)
        return line

    def next_record(self) -> None:
        self._taken.clear()
        self._taken_length = 0

    def take_back_all_but_one(self) -> str:
        """Give up the record's first line, which is returned; the others will be given again."""
        first, *others = self._taken
        self._again.extend(reversed(others))
        self.number -= len(others)
        self.next_record()
        return first


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each record with the line on which it begins; that line's text instead of cells where the quotes do not add up."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.next_record()
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _OpenQuote):
            text = lines.take_back_all_but_one()
            # A reader that stopped within a quote still waits for its end: start with a new one.
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            yield line, text
        else:
            yield line, cells
