"""Loading a file, from its bytes to the store: the stages in their order."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from finder.domain.facility import Facility
from finder.errors import BadInput
from finder.loading.commit import Refusal, compare, write_comparison
from finder.loading.copies import notes_on_copies
from finder.loading.facility_row import DERIVED, FacilityRows
from finder.loading.identity import SHARED_SCHEMES
from finder.loading.mapping import map_columns, read_mapping_file
from finder.loading.read import SHOWN, open_csv, read_rows
from finder.loading.report import LoadReport, samples_of, write_errors_file
from finder.loading.row_error import RowError
from finder.store import Store

__all__ = ["load_file"]

SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
RESERVED = frozenset({*SHARED_SCHEMES, DERIVED})


def load_file(
    path: Path,
    store: Store,
    *,
    source: str | None = None,
    mapping: Path | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> LoadReport:
    """Load the facilities of a CSV file: good rows are kept, the others told in the report and in ``FILE.errors.csv``.

    ``source`` names where the facilities come from: as given, else as the mapping file says, else after the file. The same
    source and file again change nothing. ``progress`` is told bytes read and bytes in all. With ``dry_run`` nothing
    is written anywhere.

    Raises :class:`BadFile` for a file that cannot be loaded at all and :class:`BadInput` for a mapping or source that cannot
    be used; nothing is stored then.
    """
    started_at = datetime.now(UTC)
    mapping_file = read_mapping_file(mapping) if mapping else None
    source = _checked_source(source or (mapping_file.source if mapping_file else None), path)
    csv_file = open_csv(path)
    columns = map_columns(csv_file.header, path.name, mapping_file)
    rows = FacilityRows(columns, source)
    facilities: list[Facility] = []
    lines: list[int] = []
    refused = 0
    for row in read_rows(csv_file, progress):
        facility = None
        if isinstance(row, RowError):
            rows.errors.append(row)
        else:
            facility = rows.facility(row)
        if facility is None:
            refused += 1
        else:
            facilities.append(facility)
            lines.append(row.line)
    with store.writing() as writing:
        comparison = compare(writing, facilities, source, rows.unreadable)
        load = write_comparison(
            writing, comparison, source=source, file_name=path.name, refused=refused, started_at=started_at, dry_run=dry_run
        )
    told = [_row_error(refusal, facilities, lines, rows) for refusal in comparison.refused]
    errors = sorted([*rows.errors, *told], key=lambda error: error.line)
    errors_file, note = (None, None) if dry_run else write_errors_file(path, errors)
    notes = [note] if note else []
    notes += notes_on_copies(store, comparison.added, source)
    if "kind" not in columns.columns and "kind" not in columns.file.defaults:
        notes.append(
            'No column says what kind of facility it is: new ones are “other”. A mapping file with [defaults] kind = "…" tells.'
        )
    added, changes = samples_of(comparison)
    return LoadReport(
        load=load,
        dry_run=dry_run,
        encoding=csv_file.encoding,
        delimiter=csv_file.delimiter,
        mapping=columns,
        errors=tuple(errors),
        errors_file=errors_file,
        added=added,
        changes=changes,
        notes=tuple(notes),
    )


def _row_error(refusal: Refusal, facilities: Sequence[Facility], lines: Sequence[int], rows: FacilityRows) -> RowError:
    """What is wrong with a row that only the store tells."""
    facility = facilities[refusal.position]
    column = rows.identity_column(facility.identifiers)
    if refusal.first is not None:
        problem = f"By its identifiers this is the same facility as on line {lines[refusal.first]}."
        advice = "Each facility has one line: correct one of the two, or delete it."
    else:
        owners = " and ".join(f"“{owner.name}”" for owner in refusal.owners)
        problem = f"Its identifiers belong to different facilities that are stored: {owners}."
        advice = "Correct or leave out the identifier that is wrong. Where all are right, one facility is stored twice."
    value = ", ".join(facility.identifiers.values()) or facility.name
    return RowError(line=lines[refusal.position], column=column, value=value[:SHOWN], problem=problem, advice=advice)


def _checked_source(source: str | None, path: Path) -> str:
    """The source. It is a scheme of identifiers too: under a shared one, this file's own numbers would pass for everybody's."""
    if source is None:
        plain = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode().lower()
        name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:64] or "file"
        return f"{name}_file" if name in RESERVED else name
    if source in RESERVED:
        raise BadInput(
            f"A source cannot be called “{source}”, which has a meaning of its own here; identifiers of that name belong into a "
            f"column {source}. Name the source for where the file comes from, such as {source}_2026."
        )
    if not SOURCE.fullmatch(source):
        raise BadInput("A source has small letters, digits, “_”, “-” and “.” only, at most 64, such as clues_2026.")
    return source
