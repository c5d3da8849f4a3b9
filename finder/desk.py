"""What admins do, the same from the command line and over HTTP: load, look, take back, decide, correct, publish."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from finder import directory
from finder.directory.golden import GoldenSearch, default_golden_searches, read_golden_searches
from finder.directory.golden_diff import After
from finder.directory.snapshot import Snapshot
from finder.domain.facility import Facility
from finder.domain.load import Load
from finder.domain.review import Decision, ReviewItem
from finder.domain.statement import Statement
from finder.errors import BadInput, Damaged, NotFound, NotReady
from finder.loading.decide import decide_review
from finder.loading.edit import edit_facility
from finder.loading.intake import As, open_intake, unpacked
from finder.loading.load import load_file
from finder.loading.mapping_file import read_mapping_file
from finder.loading.report import LoadReport
from finder.loading.suggest import Suggestion, mapping_text, suggest_mapping
from finder.loading.undo import undo_load
from finder.loading.workshop import Form
from finder.region.shelf import RegionShelf
from finder.store import Store

__all__ = ["Desk", "Inspection"]

type Progress = Callable[[int, int], None]


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """How a file would be read."""

    form: Form
    details: tuple[str, ...]
    """Encoding and delimiter, or the sheet."""
    columns: tuple[str, ...]
    mapping: dict[str, tuple[str, ...]]
    """Our field → the file's columns that are used for it."""
    identifiers: dict[str, str]
    ignored: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    """What each column likely is."""
    mapping_file: str
    """The suggestions as a mapping file, to be corrected and given with the load."""


class Desk:
    """The work on one store and what is published of it."""

    def __init__(self, store: Store, *, snapshots_dir: Path, regions_dir: Path, places_dir: Path, golden_searches: Path) -> None:
        """``golden_searches`` is the operator's file of them, which need not be there."""
        self.store = store
        self._snapshots_dir = snapshots_dir
        self._regions_dir = regions_dir
        self._places_dir = places_dir
        self._golden_searches = golden_searches

    def place_files(self) -> list[Path]:
        """The place names of every region and of every file that an operator added."""
        packs = RegionShelf(self._regions_dir).packs()
        return [pack.places_path for pack in packs] + sorted(self._places_dir.glob("*.ndjson"))

    def publish(self) -> Snapshot:
        """Bring what the store tells before the people."""
        return directory.publish(self.store, self._snapshots_dir, self.place_files())

    def publish_if_behind(self) -> Snapshot | None:
        """:meth:`publish` when the store holds a change that people do not see yet, be it of an earlier load."""
        return self.publish() if directory.is_behind(self.store, self._snapshots_dir) else None

    def preview(
        self,
        path: Path,
        *,
        source: str | None = None,
        as_: str | None = None,
        mapping: Path | None = None,
        progress: Progress | None = None,
    ) -> LoadReport:
        """What :meth:`load` would do, and what patients would find then; nothing is changed."""
        snapshot = self._snapshot()
        after = After(self.golden_searches(snapshot), snapshot)
        return self._load(path, source, as_, mapping, progress, after=after, dry_run=True)

    def load(
        self,
        path: Path,
        *,
        source: str | None = None,
        as_: str | None = None,
        mapping: Path | None = None,
        progress: Progress | None = None,
    ) -> LoadReport:
        """Load a file; see :func:`finder.loading.load.load_file`. Publishing is for the caller."""
        return self._load(path, source, as_, mapping, progress)

    def inspect(self, path: Path, mapping: Path | None = None) -> Inspection:
        """How a file would be read, by its beginning; see :class:`Inspection`."""
        with unpacked(path) as table:
            intake = open_intake(table, "inspection", None, read_mapping_file(mapping) if mapping else None)
        used = intake.plan.shown or intake.plan.mapping
        suggestions = suggest_mapping(intake.header, [row.cells for row in intake.sample], used.file)
        return Inspection(
            form=intake.plan.form,
            details=intake.details,
            columns=intake.header,
            mapping=used.columns,
            identifiers=used.identifiers,
            ignored=used.ignored,
            suggestions=suggestions,
            mapping_file=mapping_text(suggestions),
        )

    def undo(self, load_id: int) -> Load:
        """Take one load back; see :func:`finder.loading.undo.undo_load`. Publishing is for the caller."""
        return undo_load(self.store, load_id)

    def load_of(self, load_id: int) -> Load:
        """One load. Raises :class:`NotFound`."""
        for load in self.store.loads():
            if load.id == load_id:
                return load
        raise NotFound(f"There is no load {load_id}: finder loads lists them.")

    def decide(self, item_id: int, decision: Decision, by: str) -> ReviewItem:
        """Answer a question; see :func:`finder.loading.decide.decide_review`. Publishing is for the caller."""
        return decide_review(self.store, item_id, decision, by)

    def edit(self, facility_id: str, changes: dict[str, Any]) -> Load:
        """Correct a facility by hand; see :func:`finder.loading.edit.edit_facility`. Publishing is for the caller."""
        return edit_facility(self.store, facility_id, changes, datetime.now(UTC).date())

    def history(self, facility_id: str) -> list[tuple[Load, Statement[Facility]]]:
        """What every active load says of a facility, newest first. Raises :class:`NotFound` for one of which nothing is said."""
        statements = self.store.history(Facility, facility_id)
        if not statements:
            raise NotFound(f"Nothing is said of a facility {facility_id}.")
        loads = {load.id: load for load in self.store.loads()}
        return [(loads[statement.load_id], statement) for statement in reversed(statements)]

    def golden_searches(self, snapshot: Snapshot | None) -> Sequence[GoldenSearch]:
        """The operator's, or else those that the published facilities suggest."""
        if self._golden_searches.exists():
            return read_golden_searches(self._golden_searches)
        return default_golden_searches(snapshot)

    def _snapshot(self) -> Snapshot | None:
        try:
            return directory.Directory(self._snapshots_dir).current()
        except (NotReady, Damaged):
            return None

    def _load(
        self,
        path: Path,
        source: str | None,
        as_: str | None,
        mapping: Path | None,
        progress: Progress | None,
        *,
        after: After | None = None,
        dry_run: bool = False,
    ) -> LoadReport:
        return load_file(
            path,
            self.store,
            source=source,
            as_=_kind(as_),
            mapping=mapping,
            places=self.place_files(),
            after=after,
            dry_run=dry_run,
            progress=progress,
        )


def _kind(as_: str | None) -> As | None:
    try:
        return As(as_) if as_ else None
    except ValueError:
        raise BadInput(f"A file can be loaded as {', '.join(As)}, not as “{as_}”.") from None
