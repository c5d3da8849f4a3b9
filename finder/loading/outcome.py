"""What a load did or would do, gathered while it goes: counts, and the first of each sort to show."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import msgspec

from finder.domain.facility import Facility, FacilityStatus
from finder.domain.practitioner import Practitioner, Role

__all__ = ["SAMPLES", "Change", "Outcome"]

SAMPLES = 20


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one thing as it is and as the load makes it."""

    facility_id: str
    name: str
    field: str
    old: str
    new: str


class Outcome:
    """The counts and samples of one load; memory stays flat."""

    def __init__(self) -> None:
        self.added = self.changed = self.closed = self.unchanged = self.refused = self.set_aside = 0
        self.matched = 0
        """How many rows were found to be a facility of another source by name, place and phone."""
        self.names_added: list[str] = []
        self.names_closed: list[str] = []
        self.changes: list[Change] = []

    def tell_added(self, names: Sequence[Any]) -> None:
        """Count new things; ``names`` may be a column of texts."""
        self.added += len(names)
        if len(self.names_added) < SAMPLES:
            self.names_added.extend(map(str, names[: SAMPLES - len(self.names_added)]))

    def tell[T: (Facility, Practitioner, Role)](self, old: T, new: T) -> None:
        """Count a thing that was there."""
        if old == new:
            self.unchanged += 1
            return
        self.changed += 1
        if isinstance(old, Facility) and isinstance(new, Facility) and _closes(old, new):
            self.closed += 1
            if len(self.names_closed) < SAMPLES:
                self.names_closed.append(new.name)
        if len(self.changes) < SAMPLES:
            self.changes.extend(islice(_changes(old, new), SAMPLES - len(self.changes)))


def _closes(old: Facility, new: Facility) -> bool:
    return old.status is FacilityStatus.OPEN and new.status is not FacilityStatus.OPEN


def _changes[T: (Facility, Practitioner, Role)](old: T, new: T) -> list[Change]:
    fields = [field for field in type(old).__struct_fields__ if getattr(old, field) != getattr(new, field)]
    name = "" if isinstance(new, Role) else new.name
    # Where each fact comes from changes along with the facts; by itself it is worth one line.
    told = [field for field in fields if field != "provenance"]
    if not told:
        return [Change(facility_id=old.id, name=name, field="provenance", old="", new="sources or days of verification")]
    return [
        Change(facility_id=old.id, name=name, field=field, old=_text(getattr(old, field)), new=_text(getattr(new, field)))
        for field in told
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value in (None, (), {}) else msgspec.json.encode(value).decode()
