"""What a load did, for the admin: the counts, what would change, and the file of row errors."""

import csv
import os
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import msgspec

from finder.domain.facility import Facility
from finder.domain.load import Load
from finder.loading.commit import Comparison
from finder.loading.mapping import ColumnMapping
from finder.loading.row_error import RowError, Severity

__all__ = ["Change", "LoadReport", "samples_of", "write_errors_file"]

COLUMNS = ("line", "column", "value", "problem", "advice", "severity")
SAMPLES = 20
PLAIN_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)?$")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one facility as it is and as the load makes it."""

    facility_id: str
    name: str
    field: str
    old: str
    new: str


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one load did, or with ``dry_run`` would do."""

    load: Load
    dry_run: bool
    encoding: str
    delimiter: str
    mapping: ColumnMapping
    errors: tuple[RowError, ...]
    """In the order of the lines: errors, for which the row was refused, and warnings, for which a cell was left out."""
    errors_file: Path | None
    """Where ``errors`` were written; ``None`` where there are none."""
    added: tuple[str, ...]
    """The first names of facilities that are new."""
    changes: tuple[Change, ...]
    """The first changes of fields."""
    notes: tuple[str, ...] = ()
    """What an admin should know besides."""

    @property
    def warnings(self) -> int:
        """How many cells were left out of rows that were kept."""
        return sum(error.severity is Severity.WARNING for error in self.errors)


def samples_of(comparison: Comparison) -> tuple[tuple[str, ...], tuple[Change, ...]]:
    """The first names that would be added and the first fields that would change."""
    changes = (change for old, new in comparison.changed for change in _changes(old, new))
    return tuple(facility.name for facility in comparison.added[:SAMPLES]), tuple(islice(changes, SAMPLES))


def _changes(old: Facility, new: Facility) -> list[Change]:
    fields = [field for field in Facility.__struct_fields__ if getattr(old, field) != getattr(new, field)]
    # Where each fact comes from changes along with the facts; by itself it is worth one line.
    told = [field for field in fields if field != "provenance"]
    if not told:
        return [Change(facility_id=old.id, name=new.name, field="provenance", old="", new="sources or days of verification")]
    return [
        Change(facility_id=old.id, name=new.name, field=field, old=_text(getattr(old, field)), new=_text(getattr(new, field)))
        for field in told
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value in (None, (), {}) else msgspec.json.encode(value).decode()


def write_errors_file(path: Path, errors: Sequence[RowError]) -> tuple[Path | None, str | None]:
    """Write ``errors`` to ``FILE.errors.csv`` beside ``FILE.csv`` and return its path; without any, remove the one of last time.

    Where the folder cannot be written, the file goes to the current folder. The second value is a note that says so. A cell
    that a spreadsheet would run as a formula gets an apostrophe in front; plain numbers, negative ones too, stay as they are.
    """
    name = f"{path.stem}.errors.csv"
    beside, here = path.with_name(name), Path.cwd() / name
    if not errors:
        if _is_ours(beside) and os.access(beside.parent, os.W_OK):
            beside.unlink()
        return None, None
    try:
        _write(beside, errors)
    except OSError as error:
        try:
            _write(here, errors)
        except OSError:
            return None, f"The row errors could not be written to {name}: {error.strerror}."
        return here, f"The folder of {path.name} cannot be written: the row errors are in {name} in the current folder."
    return beside, None


def _is_ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.readline().strip() == ",".join(COLUMNS)
    except (OSError, UnicodeDecodeError):
        return False


def _write(path: Path, errors: Sequence[RowError]) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    # With a byte order mark, or Excel takes it for Latin-1.
    with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for error in errors:
            cells = (str(error.line), error.column, error.value, error.problem, error.advice, str(error.severity))
            writer.writerow(map(_harmless, cells))
    unfinished.replace(path)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not PLAIN_NUMBER.match(text) else text
