"""Facilities on their way into the store: columns, not objects, since a million of them may come."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from finder.loading.place_check import Contradiction
from finder.loading.row_error import RowError

__all__ = ["FACILITY_COLUMNS", "FacilityBlock", "facility_table", "joined_blocks"]

FACILITY_COLUMNS = pa.schema(
    [(name, pa.string()) for name in ("id", "kind", "name", "status", "document")]
    + [("lon", pa.float64()), ("lat", pa.float64())]
)
"""One row a facility: what the store searches by, and the document that :func:`finder.domain.documents.encode` writes."""


class FacilityBlock(NamedTuple):
    """The facilities of one block of rows; every column has one entry for each of them."""

    table: Any
    """A :class:`pyarrow.Table` of :data:`FACILITY_COLUMNS`; ``id`` is the one that each has where nobody else speaks of it, and
    longitude and latitude are NaN where it has no position."""
    lines: list[int]
    keys: dict[int, tuple[str, ...]]
    """By position in this block, ``facility_id(scheme, value)`` of further identifiers."""
    silent: dict[int, frozenset[str]]
    """By position, the fields of which the row says nothing that can be used."""
    contradictions: dict[int, Contradiction]
    """By position, what speaks against the coordinates."""
    errors: list[RowError]
    """In the order of the lines."""
    rows: int
    """How many rows there were, the refused ones too."""

    @property
    def lon_lat(self) -> NDArray[np.float64]:
        """Shape (n, 2), degrees."""
        return np.column_stack([self.table.column("lon").to_numpy(), self.table.column("lat").to_numpy()])

    def texts(self, column: str) -> list[str]:
        """A column as Python's own."""
        return self.table.column(column).to_pylist()


def facility_table(columns: dict[str, Any]) -> Any:
    """A table of :data:`FACILITY_COLUMNS`."""
    return pa.table(columns, schema=FACILITY_COLUMNS)


def joined_blocks(first: FacilityBlock, second: FacilityBlock) -> FacilityBlock:
    """The facilities of both, in the order of their lines."""
    if not second.lines:
        return first._replace(errors=second.errors, rows=first.rows + second.rows)
    lines = np.array([*first.lines, *second.lines])
    order = np.argsort(lines, kind="stable")
    moved = np.argsort(order).tolist()
    shift = len(first.lines)

    def together[T](one: dict[int, T], other: dict[int, T]) -> dict[int, T]:
        return {moved[at]: value for at, value in one.items()} | {moved[shift + at]: value for at, value in other.items()}

    return FacilityBlock(
        table=pa.concat_tables([first.table, second.table]).take(pa.array(order)),
        lines=lines[order].tolist(),
        keys=together(first.keys, second.keys),
        silent=together(first.silent, second.silent),
        contradictions=together(first.contradictions, second.contradictions),
        errors=second.errors,
        rows=first.rows + second.rows,
    )
