"""Bringing a region's places of care into the store."""

from datetime import UTC, datetime

import msgspec

from finder.domain.facility import Facility, FacilityStatus, Provenance
from finder.domain.load import Load
from finder.errors import BadInput
from finder.loading.commit import Comparison, compare, write_comparison
from finder.region.pack import RegionPack
from finder.store import Store

__all__ = ["RegionLoad", "install_facilities"]

FEW = 10
"""So many may always close: in a small region half of them are soon gone."""


class RegionLoad(Load, frozen=True, kw_only=True):
    """What an install did. ``changed`` counts the ``closed`` too."""

    closed: int
    """How many were closed, because the extract no longer has them."""


def install_facilities(pack: RegionPack, store: Store) -> RegionLoad:
    """Write the pack's facilities to the store, as any load: what is the same stays, doing it twice changes nothing.

    The load's source is ``osm:<region>``, its file the extract; refused are the nameless ones, which the pack left out. A
    facility that came from this region and that the pack no longer has is closed, unless a file of an admin says what its
    status is. Raises :class:`BadInput` and changes nothing when that would be more than half of the region, as it is when the
    extract is of another area.
    """
    source, started_at = f"osm:{pack.name}", datetime.now(UTC)
    facilities = list(pack.facilities())
    mapped = {facility.identifiers.get("osm") for facility in facilities}
    ids = [facility.id for facility in store.facilities() if _is_open_of(facility, source)]
    with store.writing() as writing:
        comparison = compare(writing, facilities, source)
        ours = [facility for facility in writing.facilities_by_id(ids).values() if _is_open_of(facility, source)]
        gone = [facility for facility in ours if facility.identifiers.get("osm") not in mapped]
        if len(gone) > max(FEW, len(ours) // 2):
            raise BadInput(
                f"{len(gone):,} of the {len(ours):,} facilities that region {pack.name} has in the store are not in "
                f"{pack.manifest.extract.file_name}, and would be closed. Nothing was stored. Build the region again with an "
                "extract of its whole area; an extract of another area needs a name of its own (--name)."
            )
        closed = [(facility, _closed(facility, source)) for facility in gone if not _status_is_given(facility)]
        load = write_comparison(
            writing,
            Comparison(comparison.added, (*comparison.changed, *closed), comparison.unchanged, comparison.refused),
            source=source,
            file_name=pack.manifest.extract.file_name,
            refused=pack.manifest.counts.get("facilities_nameless", 0),
            started_at=started_at,
            dry_run=False,
        )
    return RegionLoad(**msgspec.structs.asdict(load), closed=len(closed))


def _is_open_of(facility: Facility, source: str) -> bool:
    kind = facility.provenance.get("kind")
    return kind is not None and kind.source == source and facility.status is not FacilityStatus.CLOSED


def _status_is_given(facility: Facility) -> bool:
    status = facility.provenance.get("status")
    return status is not None and not status.source.startswith("osm:")


def _closed(facility: Facility, source: str) -> Facility:
    """A later extract that has it again opens it: what a source leaves empty is cleared, its status too."""
    provenance = {**facility.provenance, "status": Provenance(source)}
    return msgspec.structs.replace(facility, status=FacilityStatus.CLOSED, provenance=provenance)
