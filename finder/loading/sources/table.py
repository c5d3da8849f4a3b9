"""What every source gives: a table with a header, or records that already use our names of the fields."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

import msgspec

from finder.loading.read import Row
from finder.loading.row_error import RowError

__all__ = ["Entity", "Progress", "Record", "Table"]

type Progress = Callable[[int, int], None]
"""Is told how much has been read and how much there is, in bytes or rows."""


class Entity(StrEnum):
    """What a record speaks of."""

    FACILITY = "facility"
    PRACTITIONER = "practitioner"
    ROLE = "role"


class Record(NamedTuple):
    """One thing that a register says, cell by cell under our names of the fields; identifiers as ``identifiers.<scheme>``."""

    line: int
    entity: Entity
    cells: dict[str, str]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file of rows under column names, yet to be mapped."""

    header: tuple[str, ...]
    details: str
    """How it was read, for the report: ``sheet “Unidades”``."""
    rows: Callable[[Progress | None], Iterator[Row | RowError]]
    """The rows, from the first, each time it is called."""
