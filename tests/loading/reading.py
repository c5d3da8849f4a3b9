"""A CSV file row by row, as its blocks tell it, in the order of the lines."""

from finder.loading.read import CsvFile, Row, blocks_of, rows_of
from finder.loading.row_error import RowError


def all_rows(csv_file: CsvFile) -> list[Row | RowError]:
    """Every row, and every error in its place."""
    found: list[Row | RowError] = []
    for block in blocks_of(csv_file):
        rows = rows_of(csv_file, block)
        cells = zip(*rows.columns.values(), strict=True)
        found += [Row(line, dict(zip(rows.columns, each, strict=True))) for line, each in zip(rows.lines, cells, strict=True)]
        found += rows.errors
    return sorted(found, key=lambda row: row.line)
