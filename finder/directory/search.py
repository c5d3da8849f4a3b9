"""What is asked of a snapshot, and what it answers."""

import msgspec

from finder.directory.facility_records import FacilityRecords
from finder.domain.facility import Facility, FacilityKind
from finder.domain.position import Position

__all__ = ["Hit", "Search", "SearchPage"]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """The nearest facilities to a position: of any of ``kinds`` (none: of every kind), at most ``radius_m`` from its centre."""

    position: Position
    kinds: frozenset[FacilityKind] = frozenset()
    radius_m: float | None = None
    limit: int = 10
    cursor: str | None = None


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One facility of an answer.

    ``distance_m`` is from the centre of the position. The person is somewhere in the circle around it, so by the triangle
    inequality the true distance lies between ``distance_min_m`` and ``distance_max_m`` whenever the circle holds the person.
    """

    records: FacilityRecords
    slot: int
    distance_m: float
    distance_min_m: float
    distance_max_m: float

    def facility(self) -> Facility:
        """Return all that is known of it."""
        return self.records.facility_at(self.slot)

    def summary_json(self) -> bytes:
        """Return a ``FacilitySummary`` as a JSON object, encoded when it was published."""
        return self.records.summary_json_at(self.slot)


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some hits, nearest first, equal distances by id; ``next_cursor`` is None on the last page."""

    hits: tuple[Hit, ...]
    next_cursor: str | None
