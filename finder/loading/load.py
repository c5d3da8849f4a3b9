"""Loading a file, from its bytes to the store: the stages in their order."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from finder.directory.golden_diff import After
from finder.domain.facility import Facility, facility_id
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.domain.review import ReviewItem
from finder.errors import BadInput
from finder.loading.commit import Commit
from finder.loading.detect import MIXED
from finder.loading.doctor_check import DoctorTableCheck
from finder.loading.error_log import ErrorLog
from finder.loading.identity import SHARED_SCHEMES
from finder.loading.intake import As, Intake, open_intake, unpacked
from finder.loading.mapping_file import mapping_file_text, read_mapping_file
from finder.loading.merge import DERIVED
from finder.loading.place_check import PlaceBook
from finder.loading.read import SHOWN
from finder.loading.remembered import remembered_mapping
from finder.loading.report import LoadReport
from finder.loading.row_error import RowError, Severity
from finder.loading.settle import Conflict, Said
from finder.loading.workshop import Cleaned, Form, cleaned, make_ready
from finder.store import Store, Writing

__all__ = ["load_file"]

SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
MOJIBAKE = re.compile("Ã[\u0080-\u00bf ]")
"""An accented letter in UTF-8 that was once read as Windows-1252; the sign behind it may be none, and a blank by now."""
RESERVED = frozenset({*SHARED_SCHEMES, DERIVED, "hand"})
BYTES_PER_ROW = 500
"""More than most rows have: a file of so many bytes a row is certainly large."""


def load_file(
    path: Path,
    store: Store,
    *,
    source: str | None = None,
    as_: As | None = None,
    mapping: Path | None = None,
    places: Sequence[Path] = (),
    after: After | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> LoadReport:
    """Load a file: good rows are kept, the others told in the report and in ``FILE.errors.csv``.

    ``source`` names where its content comes from: as given, else as the mapping file says, else after the file. The same source
    and file again change nothing. ``as_`` says what the file is, where it does not show. ``places`` are files of place names, by
    which rows without coordinates are found and coordinates are compared with their address. ``after`` is told what searches
    would find. ``progress`` is told how much has been read and how much there is. With ``dry_run`` nothing is written anywhere.

    Raises :class:`BadFile` for a file that cannot be loaded at all and :class:`BadInput` for a mapping or source that cannot
    be used; nothing is stored then.
    """
    how: dict[str, Any] = {"as_": as_, "mapping": mapping, "places": places, "after": after, "dry_run": dry_run}
    with unpacked(path) as table:
        return _load(table, path, store, source=source, progress=progress, **how)


def _load(
    path: Path,
    given: Path,
    store: Store,
    *,
    source: str | None,
    as_: As | None,
    mapping: Path | None,
    places: Sequence[Path],
    after: After | None,
    dry_run: bool,
    progress: Callable[[int, int], None] | None,
) -> LoadReport:
    """Load ``path``, which was ``given`` by an admin, or came out of what was given."""
    started_at = datetime.now(UTC)
    if path.is_file():
        make_ready(path.stat().st_size)
    mapping_file = read_mapping_file(mapping) if mapping else None
    source = _checked_source(source or (mapping_file.source if mapping_file else None), given)
    intake = open_intake(path, source, as_, mapping_file, remembered=lambda header: remembered_mapping(store, source, header))
    book = PlaceBook.read(places)
    load = Load(source=source, file_name=given.name, started_at=started_at)
    with ErrorLog(given, writes=not dry_run) as log, store.looking() if dry_run else store.writing() as writing:
        commit = Commit(writing, load, dry_run=dry_run, rows_expected=intake.size_bytes // BYTES_PER_ROW, after=after)
        refused = 0
        people = _People(commit, log, intake)
        table_errors: list[RowError] = []
        for some in cleaned(intake.plan, book, intake.chunks(progress, table_errors), intake.size_bytes):
            conflicts = commit.take(some.facilities)
            told = [_row_error(conflict, intake) for conflict in conflicts]
            told += [_aside(item, intake) for item in commit.asides]
            commit.asides.clear()
            log.add(sorted([*table_errors, *some.errors, *told], key=lambda error: error.line))
            refused += some.refused + sum(error.severity is Severity.ERROR for error in table_errors)
            table_errors.clear()
            people.take(some)
        log.add(table_errors)
        load = commit.finish(refused + people.refused + sum(error.severity is Severity.ERROR for error in table_errors))
        notes = [*people.notes(writing)]
        if mapping_file and not dry_run:
            writing.sources.remember(source, mapping_file_text(mapping_file))
    return LoadReport(
        load=load,
        dry_run=dry_run,
        details=intake.details,
        mapping=intake.plan.shown or intake.plan.mapping,
        errors=tuple(log.first),
        problems=log.problems,
        errors_file=log.file,
        added=tuple(commit.outcome.names_added),
        closed=tuple(commit.outcome.names_closed),
        changes=tuple(commit.outcome.changes),
        matched=commit.outcome.matched,
        searches=after.count if after else 0,
        patients=after.differences() if after else (),
        counted="people and places of work" if intake.plan.form is Form.DOCTORS else "rows",
        notes=(
            *_notes(
                intake, log, commit.outcome.names_added, by_memory=mapping_file is None and bool(intake.plan.mapping.file.columns)
            ),
            *notes,
        ),
    )


def _notes(intake: Intake, log: ErrorLog, names: Sequence[str], *, by_memory: bool) -> Iterator[str]:
    if by_memory:
        yield "The columns are read as the last mapping file of this source said; finder sources forget NAME forgets that."
    if log.note:
        yield log.note
    columns = intake.plan.mapping
    if intake.plan.form is Form.FACILITIES and "kind" not in columns.columns and "kind" not in columns.file.defaults:
        yield 'No column says what kind of facility it is: new ones are “other”. A mapping file with [defaults] kind = "…" tells.'
    if any(MOJIBAKE.search(name) for name in names):
        yield "Some names look as if they were decoded wrongly (Ã± for ñ): save the file as CSV UTF-8 where it comes from."
    if MIXED in intake.details:
        yield "Some lines are in UTF-8 and some in Windows-1252: each was read as what it is. Look at names with accents."


class _People:
    """Practitioners and roles on their way into the commit."""

    def __init__(self, commit: Commit, log: ErrorLog, intake: Intake) -> None:
        self._commit = commit
        self._log = log
        self._seen: set[str] = set()
        self._table = DoctorTableCheck(intake.plan.column_of) if intake.plan.form is Form.DOCTORS else None

    @property
    def refused(self) -> int:
        """How many people and places of work were refused here."""
        return self._table.refused if self._table else 0

    def take(self, some: Cleaned) -> None:
        """Bring those of a chunk. A doctor may come with each role: the first row counts."""
        if self._table:
            some, errors = self._table.take(some)
            self._log.add(errors)
        practitioners: list[Said[Practitioner]] = []
        for line, (practitioner, unreadable) in some.practitioners:
            if practitioner.id in self._seen:
                continue
            self._seen.add(practitioner.id)
            keys = {facility_id(f"practitioner:{scheme}", value) for scheme, value in practitioner.identifiers.items()}
            practitioners.append(
                Said(
                    line=line,
                    own_id=practitioner.id,
                    said=practitioner,
                    keys=tuple(sorted(keys - {practitioner.id})),
                    silent=unreadable,
                )
            )
        roles: list[Said[Role]] = []
        for line, (role, _, facility_ref, unreadable) in some.roles:
            # By its key, which the store resolves when it is read: so the facility may come later, or change its id.
            at = facility_id(*facility_ref) if facility_ref else None
            said = msgspec.structs.replace(role, facility_id=at)
            roles.append(Said(line=line, own_id=role.id, said=said, silent=unreadable))
        conflicts = [*self._commit.bring(Practitioner, practitioners)] if practitioners else []
        if roles:
            conflicts += self._commit.bring(Role, roles)
        self._log.add([_error_of(conflict, "") for conflict in conflicts])

    def notes(self, writing: Writing) -> Iterator[str]:
        """What searches will not find of a table of doctors, after all of it was brought."""
        return self._table.notes(writing) if self._table else iter(())


def _aside(item: ReviewItem, intake: Intake) -> RowError:
    """What is told of a row that waits for a decision."""
    problem, advice = item.reasons
    column = intake.plan.mapping.column("lat")
    return RowError(
        line=item.line,
        column=intake.plan.column_of.get(column, column),
        value=item.name[:SHOWN],
        problem=problem,
        advice=advice,
        severity=Severity.ASIDE,
    )


def _row_error(conflict: Conflict, intake: Intake) -> RowError:
    """What is wrong with a row that only the store tells."""
    return _error_of(conflict, intake.plan.identity_column(conflict.said.identifiers))


def _error_of(conflict: Conflict, column: str) -> RowError:
    said = conflict.said
    if conflict.first_line is None:
        owners = " and ".join(f"“{name}”" for name in conflict.names)
        problem = f"Its identifiers belong to different ones that are stored: {owners}."
        advice = "Correct or leave out the identifier that is wrong. Where all are right, one is stored twice."
    elif said.identifiers or not isinstance(said, Facility):
        problem = f"This is the same as on line {conflict.first_line}, by its identifiers."
        advice = "Each has one line: correct one of the two, or delete it."
    else:
        problem = f"Name and address are the same as on line {conflict.first_line}."
        advice = "Delete one of the two lines; where they are two facilities, tell them apart by name, unit or an identifier."
    name = said.name if isinstance(said, Facility | Practitioner) else ""
    value = ", ".join(said.identifiers.values()) or name
    return RowError(line=conflict.line, column=column, value=value[:SHOWN], problem=problem, advice=advice)


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
