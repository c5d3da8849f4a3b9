"""A process of its own that reads a workbook: run by :mod:`finder.loading.sources.xlsx`, never imported by it.

calamine holds a whole sheet in memory, cell beside cell from the first to the last, and *ends the process* when there is no
memory for it: two cells in opposite corners of a sheet of a kilobyte are enough. In a process of its own, with an upper bound
that the operating system keeps, that ends nothing else.

Writes one JSON array a line: ``["sheets", names]``, then for each sheet ``["sheet", name, number of its first column, rows]``
and ``["row", line, cells]`` for its rows that are not empty, in the end ``["end"]``; or ``["password"]``. A cell is a text, a
number or a boolean. Text beyond the limit of a cell is cut one letter behind it; ``["row", line, null]`` is a row beyond the
limit of a row.
Imports nothing of the finder, so that it starts in a moment.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path

import msgspec
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

type Cell = str | float | bool


def main(path: Path, sheet: str, memory_bytes: int, cell_limit: int, row_limit: int) -> None:
    """Write the rows of ``sheet``, or of every visible sheet when that is empty, with at most ``memory_bytes`` of addresses."""
    _limit_memory(memory_bytes)
    out = sys.stdout.buffer
    encode = msgspec.json.Encoder().encode_lines
    with path.open("rb") as file:
        try:
            # By its content: from_path would believe the name's ending.
            book = CalamineWorkbook.from_filelike(file)
        except PasswordError:
            out.write(b'["password"]\n')
            return
        visible = [
            found.name
            for found in book.sheets_metadata
            if found.typ is SheetTypeEnum.WorkSheet and (found.visible is SheetVisibleEnum.Visible or found.name == sheet)
        ]
        out.write(encode([["sheets", visible]]))
        for name in visible:
            if not sheet or name == sheet:
                read = book.get_sheet_by_name(name)
                first_column = read.start[1] + 1 if read.start else 1
                out.write(encode([["sheet", name, first_column, read.end[0] + 1 if read.end else 0]]))
                for line, cells in _rows(read, cell_limit, row_limit):
                    out.write(encode([["row", line, cells]]))
                del read
    out.write(b'["end"]\n')
    out.flush()


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource  # noqa: PLC0415 - Windows has none, and no such limit
    except ImportError:
        return
    for what, limit in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory_bytes)):
        hard = resource.getrlimit(what)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)  # noqa: PLW2901
        with suppress(OSError, ValueError):  # macOS knows the limit of addresses and refuses it
            resource.setrlimit(what, (limit, limit))


def _rows(sheet: CalamineSheet, cell_limit: int, row_limit: int) -> Iterator[tuple[int, list[Cell] | None]]:
    for line, row in enumerate(sheet.iter_rows(), 1):
        cells = [_cell(value) for value in row]
        if any(cell != "" for cell in cells):
            length = 0
            for position, cell in enumerate(cells):
                if isinstance(cell, str):
                    if len(cell) > cell_limit:
                        cells[position] = cell[: cell_limit + 1]
                    length += len(cell)
            yield line, cells if length <= row_limit else None


def _cell(value: str | float | bool | date | time | timedelta) -> Cell:
    """The value, with dates and times as text: ISO 8601, times to the nearest second, which is left out where it is 00.

    A time beyond midnight (24:00, 26:30) is a duration, or where the format does not say so a date at Excel's beginning of time.
    """
    if isinstance(value, str | float | int):
        return value
    if isinstance(value, timedelta):
        return _clock(value)
    if isinstance(value, time):
        return _clock(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond))
    if not isinstance(value, datetime):
        return "24:00" if value == date(1900, 1, 1) else value.isoformat()
    # Half a second more, cut off below.
    value += timedelta(microseconds=500_000)
    day = value.date()
    clock = _clock(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second))
    return day.isoformat() if clock == "00:00" else f"{day.isoformat()}T{clock}"


def _clock(duration: timedelta) -> str:
    seconds = round(duration.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6]))
