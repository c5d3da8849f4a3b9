"""The tables of a GTFS feed: text in columns, every value without blanks around it."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
from numpy.typing import NDArray

from finder.errors import BadFile

__all__ = ["Column", "Table", "codes_of", "first_of_each", "pc", "read_table", "replaced", "where_in", "write_table"]

type Table = Any
"""A ``pyarrow.Table``, which no type checker sees into."""
type Column = Any
"""A ``pyarrow.ChunkedArray`` of strings."""

pc: Any = pyarrow.compute  # its functions are made at run time, which no type checker sees

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "agency.txt": ("agency_name", "agency_timezone"),
    "stops.txt": ("stop_id", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id", "route_type"),
    "trips.txt": ("route_id", "service_id", "trip_id"),
    "stop_times.txt": ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"),
    "calendar.txt": ("service_id", "start_date", "end_date"),
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
    "frequencies.txt": ("trip_id", "start_time", "end_time", "headway_secs"),
    "shapes.txt": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
}
"""Those that no feed can do without."""
_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "agency.txt": ("agency_id",),
    "stops.txt": ("location_type", "parent_station"),
    "routes.txt": ("agency_id",),
    "trips.txt": ("shape_id",),
    "feed_info.txt": ("feed_publisher_name", "feed_start_date", "feed_end_date"),
    "attributions.txt": ("organization_name",),
}
"""Those that we read, and that are empty where a feed has none."""
_LONG = frozenset({"stop_times.txt", "shapes.txt"})
"""Millions of rows: of them no more is read than what is needed."""


def read_table(folder: Path, file: str, feed: str) -> Table:
    """Return the table with all its columns; without rows where there is no such file.

    Raises :class:`BadFile`, with the name of the feed, for what is no table or lacks a column.
    """
    needed, optional = _COLUMNS.get(file, ()), _OPTIONAL.get(file, ())
    path = folder / file
    if not path.is_file():
        return pa.table({column: pa.array([], pa.string()) for column in (*needed, *optional)})
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            header = [column.strip() for column in next(csv.reader(lines), [])]
        missing = [column for column in needed if column not in header]
        if missing:
            raise BadFile(f"{file} of the feed {feed} has no column {', '.join(missing)}. Get it again from who publishes it.")
        table = pyarrow.csv.read_csv(
            path,
            pyarrow.csv.ReadOptions(column_names=header, skip_rows=1),
            pyarrow.csv.ParseOptions(newlines_in_values=file not in _LONG),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), include_columns=list(needed) if file in _LONG else header
            ),
        )
    except (UnicodeDecodeError, csv.Error, pa.ArrowInvalid) as error:
        raise BadFile(f"{file} of the feed {feed} is no table of text in UTF-8. Get it again from who publishes it.") from error
    columns = {name: pc.utf8_trim_whitespace(table[name]) for name in table.column_names}
    empty = pa.array([""] * table.num_rows, pa.string())
    return pa.table(columns | {column: empty for column in optional if column not in columns})


def write_table(table: Table, folder: Path, file: str) -> None:
    """Write the table."""
    pyarrow.csv.write_csv(table, folder / file)


def where_in(table: Table, column: str, values: Column) -> Table:
    """Return the rows whose value in the column is one of the values."""
    return table.filter(pc.is_in(table[column], value_set=pc.unique(values)))


def first_of_each(table: Table, column: str) -> Table:
    """Return the first row of each value of the column."""
    _, rows = np.unique(codes_of(table[column]), return_index=True)
    return table.take(np.sort(rows))


def replaced(table: Table, column: str, values: Sequence[Any] | Column) -> Table:
    """Return the table with other values in the column."""
    return table.set_column(
        table.column_names.index(column), column, pa.chunked_array([values]) if isinstance(values, list) else values
    )


def codes_of(column: Column) -> NDArray[np.int64]:
    """Return a number for each value, the same one for the same value, counted in the order in which they come."""
    return column.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
