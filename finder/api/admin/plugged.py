"""The desk of the admin API as it is in service: the same work as from the command line, and what follows is published."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from finder.api.admin.desk import HistoryEntry, Progress
from finder.desk import Desk
from finder.domain.admin import Actor
from finder.domain.load import Load
from finder.domain.review import Decision, ReviewItem
from finder.loading.intake import As

__all__ = ["PublishingDesk"]


class PublishingDesk:
    """A :class:`finder.api.admin.desk.LoadDesk` over a :class:`finder.desk.Desk`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def inspect(self, path: Path, mapping: Path | None) -> dict[str, Any]:
        """See the protocol."""
        return msgspec.to_builtins(self._desk.inspect(path, mapping))

    def preview(
        self, path: Path, *, source: str | None, as_: As | None, mapping: Path | None, progress: Progress
    ) -> dict[str, Any]:
        """See the protocol."""
        return _shown(self._desk.preview(path, source=source, as_=as_, mapping=mapping, progress=progress))

    def commit(
        self, path: Path, *, source: str | None, as_: As | None, mapping: Path | None, progress: Progress
    ) -> dict[str, Any]:
        """See the protocol."""
        report = self._desk.load(path, source=source, as_=as_, mapping=mapping, progress=progress)
        self._desk.publish_if_behind()
        return _shown(report)

    def undo(self, load_id: int) -> Load:
        """See the protocol."""
        load = self._desk.undo(load_id)
        self._desk.publish_if_behind()
        return load

    def loads(self) -> Sequence[Load]:
        """See the protocol."""
        return self._desk.store.loads()

    def load(self, load_id: int) -> Load:
        """See the protocol."""
        return self._desk.load_of(load_id)

    def review(self) -> Sequence[ReviewItem]:
        """See the protocol."""
        return self._desk.store.reviews()

    def decide(self, item_id: int, decision: Decision, *, by: Actor) -> ReviewItem:
        """See the protocol."""
        item = self._desk.decide(item_id, decision, by.name)
        self._desk.publish_if_behind()
        return item

    def history(self, facility_id: str) -> Sequence[HistoryEntry]:
        """See the protocol."""
        return [
            HistoryEntry(
                load_id=statement.load_id,
                source=statement.source,
                file_name=load.file_name,
                at=load.started_at,
                fields={field: msgspec.to_builtins(getattr(statement.said, field)) for field in statement.said.provenance},
                verified_at=max(
                    (given.verified_at for given in statement.said.provenance.values() if given.verified_at), default=None
                ),
            )
            for load, statement in self._desk.history(facility_id)
        ]

    def edit(self, facility_id: str, changes: dict[str, Any]) -> Load:
        """See the protocol."""
        load = self._desk.edit(facility_id, msgspec.to_builtins(changes))
        self._desk.publish_if_behind()
        return load


def _shown(report: msgspec.Struct) -> dict[str, Any]:
    return msgspec.to_builtins(report, enc_hook=lambda value: value.name if isinstance(value, Path) else str(value))
