"""The first stage: a CSV file becomes numbered rows, one at a time, and what is broken becomes row errors."""

import csv
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

import msgspec

from finder.errors import BadFile
from finder.loading.detect import detect_delimiter, detect_encoding
from finder.loading.row_error import RowError

__all__ = ["FIELD_LIMIT", "LINE_LIMIT", "SHOWN", "CsvFile", "Row", "open_csv", "read_rows"]

FIELD_LIMIT = 64 * 1024
"""Characters. The longest real field seen is a few hundred; a field beyond this is a mistake or an attack."""
LINE_LIMIT = 1024 * 1024
"""Characters in one line. Beyond it the file is no table, and it is refused before the line fills the memory."""
OPEN_QUOTE_LIMIT = 2 * FIELD_LIMIT
SAMPLE_LINES = 200
PROGRESS_EVERY = 500
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
    size_bytes: int


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
        with path.open(encoding=encoding, newline="") as file:
            sample = list(islice(_lines(file, path.name), SAMPLE_LINES))
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error
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
        path=path, encoding=encoding, delimiter=delimiter, header=header, header_line=header_line, size_bytes=size_bytes
    )


def read_rows(csv_file: CsvFile, progress: Callable[[int, int], None] | None = None) -> Iterator[Row | RowError]:
    """The rows after the header, and a :class:`RowError` for each that cannot be cut into its cells.

    Rows without any text are passed over. A quote that is never closed costs its own line only: reading goes on with the next.
    ``progress`` is told bytes read and bytes in all. Raises :class:`BadFile` for a line beyond ``LINE_LIMIT``.
    """
    # The csv module's own limit is one for the whole process; ours, checked below, can name the column.
    csv.field_size_limit(max(csv.field_size_limit(), LINE_LIMIT + OPEN_QUOTE_LIMIT))
    header, width, count = csv_file.header, len(csv_file.header), 0
    with csv_file.path.open("rb") as binary, TextIOWrapper(binary, csv_file.encoding, newline="") as file:
        for line, cells in _records(_Lines(_lines(file, csv_file.path.name), skip=csv_file.header_line - 1), csv_file.delimiter):
            count += 1
            if progress and count % PROGRESS_EVERY == 0:
                progress(min(binary.tell(), csv_file.size_bytes), csv_file.size_bytes)
            if line == csv_file.header_line:
                continue
            if isinstance(cells, str):
                yield RowError(
                    line=line,
                    value=cells.strip()[:SHOWN],
                    problem="A quote is never closed, or stands in the middle of a cell.",
                    advice='Look for a single " on this line: close it, or write it twice ("") where it belongs to the text.',
                )
            elif any(len(cell) > FIELD_LIMIT for cell in cells):
                number = next(number for number, cell in enumerate(cells) if len(cell) > FIELD_LIMIT)
                yield RowError(
                    line=line,
                    column=header[number] if number < width else f"(column {number + 1})",
                    value=cells[number][:SHOWN] + "…",
                    problem=f"The cell has {len(cells[number]):,} characters; at most {FIELD_LIMIT:,} are read.",
                    advice="Shorten it. If a quote was opened and never closed, close it.",
                )
            elif not any(map(str.strip, cells)):
                continue
            elif len(cells) != width:
                yield RowError(
                    line=line,
                    value=csv_file.delimiter.join(cells)[:SHOWN],
                    problem=f"The row has {len(cells)} cells, the header has {width}.",
                    advice="Put cells that hold a comma, semicolon or tab in double quotes, and leave missing cells empty.",
                )
            else:
                yield Row(line, dict(zip(header, map(str.strip, cells), strict=True)))
    if progress:
        progress(csv_file.size_bytes, csv_file.size_bytes)


def _lines(file: TextIO, name: str) -> Iterator[str]:
    """The lines with their ends, as an editor shows them: after LF, CR LF or CR, within quotes too."""
    number = 0
    while line := file.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise BadFile(
                f"{name}, line {number}: it has more than {LINE_LIMIT:,} characters. This is no table of facilities; "
                "check that the lines end where the rows end."
            )
        yield line


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
