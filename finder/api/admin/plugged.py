"""The desk of the admin API as it is in service: the same work as from the command line, and what follows is published."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from finder.api.admin.desk import Done, HistoryEntry, Progress
from finder.desk import Desk
from finder.domain.admin import Actor
from finder.domain.load import Load
from finder.domain.review import Decision, ReviewItem
from finder.errors import FinderError
from finder.http.faults import log_fault
from finder.loading.intake import As

__all__ = ["NOT_PUBLISHED", "PublishingDesk"]

NOT_PUBLISHED = "It is stored, but not published yet, so patients do not see it: finder publish."


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
        shown = _shown(report)
        if note := self._published():
            shown["notes"] = [*shown["notes"], note]
        return shown

    def undo(self, load_id: int) -> Done[Load]:
        """See the protocol."""
        return Done(self._desk.undo(load_id), self._published())

    def loads(self) -> Sequence[Load]:
        """See the protocol."""
        return self._desk.store.loads()

    def load(self, load_id: int) -> Load:
        """See the protocol."""
        return self._desk.load_of(load_id)

    def review(self) -> Sequence[ReviewItem]:
        """See the protocol."""
        return self._desk.store.reviews()

    def decide(self, item_id: int, decision: Decision, *, by: Actor) -> Done[ReviewItem]:
        """See the protocol."""
        return Done(self._desk.decide(item_id, decision, by.name), self._published())

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

    def edit(self, facility_id: str, changes: dict[str, Any]) -> Done[Load]:
        """See the protocol."""
        return Done(self._desk.edit(facility_id, msgspec.to_builtins(changes)), self._published())

    def _published(self) -> str | None:
        """Publish; a note where that fails. It says nothing of what was done before it, which is in the store."""
        try:
            self._desk.publish_if_behind()
        except FinderError as error:
            log_fault(error)
            return f"{NOT_PUBLISHED} {error}"
        except OSError as error:  # a full disk; its text has a path of the machine
            log_fault(error)
            return f"{NOT_PUBLISHED} {error.strerror or ''}".strip()
        return None


def _shown(report: msgspec.Struct) -> dict[str, Any]:
    return msgspec.to_builtins(report, enc_hook=lambda value: value.name if isinstance(value, Path) else str(value))
