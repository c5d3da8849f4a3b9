"""Bringing a region's places of care into the store."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from finder.domain.facility import Facility, FacilityStatus, Provenance
from finder.domain.load import Load
from finder.errors import BadInput
from finder.loading.commit import Commit, said_by_facilities
from finder.loading.settle import Said
from finder.region.pack import RegionPack
from finder.store import Stated, Store, Writing

__all__ = ["install_facilities"]

FEW = 10
"""So many may always close: in a small region half of them are soon gone."""


def install_facilities(pack: RegionPack, store: Store) -> Load:
    """Write the pack's facilities to the store, as any load: what is the same stays, doing it twice changes nothing.

    The load's source is ``osm:<region>``, its file the extract; refused are the nameless ones, which the pack left out. A
    facility that came from this region and that the pack no longer has is closed, unless a file of an admin says what its
    status is. Raises :class:`BadInput` and changes nothing when that would be more than half of the region, as it is when the
    extract is of another area.
    """
    source = f"osm:{pack.name}"
    load = Load(source=source, file_name=pack.manifest.extract.file_name, started_at=datetime.now(UTC))
    facilities = list(pack.facilities())
    mapped = {facility.identifiers.get("osm") for facility in facilities}
    ids = [facility.id for facility in store.facilities() if _is_open_of(facility, source)]
    with store.writing() as writing:
        ours = _open_of(writing, ids, source)
        commit = Commit(writing, load)
        commit.bring(Facility, said_by_facilities(facilities))
        gone = [
            stated.before
            for stated in writing.stated(Facility, ours).values()
            if stated.before
            and stated.before.identifiers.get("osm") not in mapped
            and len(stated.statements) == len(ours[stated.id].statements)  # else the load spoke of it, by another identifier
        ]
        if len(gone) > max(FEW, len(ours) // 2):
            raise BadInput(
                f"{len(gone):,} of the {len(ours):,} facilities that region {pack.name} has in the store are not in "
                f"{pack.manifest.extract.file_name}, and would be closed. Nothing was stored. Build the region again with an "
                "extract of its whole area; an extract of another area needs a name of its own (--name)."
            )
        closing = [ours[facility.id] for facility in gone if not _status_is_given(facility)]
        commit.bring(Facility, _closed(closing, source, len(facilities) + 1))
        return commit.finish(refused=pack.manifest.counts.get("facilities_nameless", 0))


def _open_of(writing: Writing, ids: Iterable[str], source: str) -> dict[str, Stated[Facility]]:
    """Those of ``ids`` that still are open and the region's."""
    found = writing.stated(Facility, ids)
    return {id_: stated for id_, stated in found.items() if stated.before and _is_open_of(stated.before, source)}


def _is_open_of(facility: Facility, source: str) -> bool:
    kind = facility.provenance.get("kind")
    return kind is not None and kind.source == source and facility.status is not FacilityStatus.CLOSED


def _status_is_given(facility: Facility) -> bool:
    status = facility.provenance.get("status")
    return status is not None and not status.source.startswith("osm:")


def _closed(gone: Iterable[Stated[Facility]], source: str, first_line: int) -> list[Said[Facility]]:
    """What the region said of each last, with another status.

    A later extract that has it again opens it: what a source leaves empty is taken back, its status too.
    """
    rows: list[Said[Facility]] = []
    for line, stated in enumerate(gone, first_line):
        last = next(statement for statement in reversed(stated.statements) if statement.source == source)
        provenance = {**last.said.provenance, "status": Provenance(source)}
        said = msgspec.structs.replace(last.said, status=FacilityStatus.CLOSED, provenance=provenance)
        [row] = said_by_facilities([said])
        rows.append(msgspec.structs.replace(row, line=line, own_id=last.own_id, silent=last.silent))
    return rows
