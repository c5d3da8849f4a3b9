"""What a load did, for the admin: the counts, what would change, and what is wrong with which rows."""

from pathlib import Path

import msgspec

from finder.directory.golden_diff import SearchDifference
from finder.domain.load import Load
from finder.loading.error_log import Problem
from finder.loading.mapping import ColumnMapping
from finder.loading.outcome import Change
from finder.loading.row_error import RowError, Severity

__all__ = ["LoadReport"]


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one load did, or with ``dry_run`` would do."""

    load: Load
    dry_run: bool
    details: tuple[str, ...]
    """How the file was read: encoding and delimiter, or the sheet."""
    mapping: ColumnMapping
    errors: tuple[RowError, ...]
    """The first, in the order of the lines: errors, for which a row was refused, and warnings, for which a cell was left out."""
    problems: tuple[Problem, ...]
    """All of them, alike together."""
    errors_file: Path | None
    """Where they were written; ``None`` where there are none."""
    added: tuple[str, ...]
    """The first names that are new."""
    closed: tuple[str, ...]
    """The first names of facilities where people are not seen any more."""
    changes: tuple[Change, ...]
    """The first changes of fields."""
    matched: int
    """How many rows were found to be a facility of another source by name, place and phone."""
    searches: int = 0
    """How many golden searches were compared."""
    patients: tuple[SearchDifference, ...] = ()
    """What changes for patients: the golden searches that answer differently."""
    counted: str = "rows"
    """What the load's numbers count."""
    notes: tuple[str, ...] = ()
    """What an admin should know besides."""

    @property
    def warnings(self) -> int:
        """How many cells were left out of rows that were kept."""
        return sum(problem.count for problem in self.problems if problem.severity is Severity.WARNING)
