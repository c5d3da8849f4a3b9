"""Bringing a region's places of care into the store."""

from finder.domain.load import Load
from finder.loading.commit import commit_facilities
from finder.region.pack import RegionPack
from finder.store import Store

__all__ = ["install_facilities"]


def install_facilities(pack: RegionPack, store: Store) -> Load:
    """Write the pack's facilities to the store, as any load: what is the same stays, doing it twice changes nothing.

    The load's source is ``osm:<region>``, its file the extract; refused are the nameless ones, which the pack left out. A
    facility that a later extract no longer has stays.
    """
    return commit_facilities(
        store,
        list(pack.facilities()),
        source=f"osm:{pack.name}",
        file_name=pack.manifest.extract.file_name,
        refused=pack.manifest.counts.get("facilities_nameless", 0),
    )
