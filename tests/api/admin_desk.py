"""A desk for the tests of the admin API: files are really loaded, the rest is kept in memory."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from finder.api.admin import HistoryEntry, Progress
from finder.domain.admin import Actor
from finder.domain.facility import Facility
from finder.domain.load import Load
from finder.domain.review import Decision, Question, ReviewItem
from finder.errors import BadInput, Conflict, NotFound
from finder.loading.intake import As
from finder.loading.load import load_file
from finder.loading.mapping import map_columns, read_mapping_file
from finder.loading.read import open_csv
from finder.store import Store

OPEN_QUESTIONS = [
    ReviewItem(
        id=number,
        question=Question.SAME,
        load_id=1,
        line=number,
        own_id="o",
        name=f"Clínica {number}",
        reasons=("near",),
        others=("f",),
    )
    for number in range(1, 4)
]


class TestDesk:
    """Loads CSV files into a store; ``hold`` keeps a preview or commit from beginning until it is set."""

    __test__ = False

    def __init__(self, store: Store) -> None:
        self.store = store
        self.hold = threading.Event()
        self.hold.set()
        self.began = threading.Event()
        self.edits: list[tuple[str, dict[str, Any]]] = []
        self.undone: dict[int, datetime] = {}
        self.decisions: dict[int, Decision] = {}

    def inspect(self, path: Path, mapping: Path | None) -> dict[str, Any]:
        header = open_csv(path).header
        columns = map_columns(header, path.name, read_mapping_file(mapping) if mapping else None)
        return {"columns": list(header), "mapping": columns.columns, "ignored": columns.ignored}

    def preview(self, path: Path, **how: Any) -> dict[str, Any]:
        return self._load(path, dry_run=True, **how)

    def commit(self, path: Path, **how: Any) -> dict[str, Any]:
        return self._load(path, dry_run=False, **how)

    def _load(
        self, path: Path, *, source: str | None, as_: As | None, mapping: Path | None, progress: Progress, dry_run: bool
    ) -> dict[str, Any]:
        if as_ not in (None, As.CSV):
            raise BadInput("This desk reads CSV only: leave “as” out.")
        self.began.set()
        while not self.hold.wait(0.01):
            progress(0, 100)
        report = load_file(path, self.store, source=source, mapping=mapping, dry_run=dry_run, progress=progress)
        return {"read": report.load.read, "added": report.load.added, "errors": msgspec.to_builtins(report.errors)}

    def undo(self, load_id: int) -> Load:
        load = self.load(load_id)
        if load.undone_at is not None:
            raise Conflict("This load was taken back before.")
        self.undone[load_id] = datetime.now(UTC)
        return self.load(load_id)

    def loads(self) -> Sequence[Load]:
        return [msgspec.structs.replace(load, undone_at=self.undone.get(load.id or 0)) for load in self.store.loads()]

    def load(self, load_id: int) -> Load:
        for load in self.loads():
            if load.id == load_id:
                return load
        raise NotFound("There is no load of this number.")

    def review(self) -> Sequence[ReviewItem]:
        return [item for item in OPEN_QUESTIONS if item.id not in self.decisions]

    def decide(self, item_id: int, decision: Decision, *, by: Actor) -> ReviewItem:
        for item in self.review():
            if item.id == item_id:
                if decision not in (Decision.SAME, Decision.DIFFERENT):
                    raise BadInput("Answer same or different.")
                self.decisions[item_id] = decision
                return msgspec.structs.replace(item, decision=decision, decided_at=datetime.now(UTC), decided_by=by.name)
        raise NotFound("There is no such question.")

    def history(self, facility_id: str) -> Sequence[HistoryEntry]:
        for load in self.store.loads()[-1:]:
            if found := self.store.things_by_id(Facility, [facility_id]):
                name = found[facility_id].name
                return [
                    HistoryEntry(load_id=load.id or 0, source="t", file_name="t.csv", at=load.started_at, fields={"name": name})
                ]
        raise NotFound("There is no facility of this id.")

    def edit(self, facility_id: str, changes: dict[str, Any]) -> Load:
        if not self.store.things_by_id(Facility, [facility_id]):
            raise NotFound("There is no facility of this id.")
        self.edits.append((facility_id, changes))
        return Load(source="hand", file_name="", started_at=datetime.now(UTC), read=1, changed=1, id=1)
