"""One published snapshot, memory-mapped: the nearest facilities, one facility, the place names."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from finder.directory.cursor import MOST_SHOWN, Cursor, filters_fingerprint
from finder.directory.facility_records import FacilityRecords
from finder.directory.layout import Manifest, digests, kind_tags, read_manifest
from finder.directory.search import Hit, Search, SearchPage
from finder.domain.facility import Facility
from finder.errors import Damaged, NotFound
from finder.geo.kdtree import ALL_TAGS, KdTree
from finder.locate.place_index import PlaceIndex

__all__ = ["Snapshot"]


class Snapshot:
    """Immutable and safe to read from many threads. Its pages are shared by all workers that map it."""

    def __init__(
        self,
        *,
        manifest: Manifest,
        tree: KdTree,
        ids: NDArray[np.bytes_],
        slots: NDArray[np.int64],
        records: FacilityRecords,
        places: PlaceIndex,
    ) -> None:
        self.manifest = manifest
        self.places = places
        self._tree = tree
        self._ids = ids
        self._slots = slots
        self._records = records

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False) -> Self:
        """Map the snapshot in ``folder``. Raises :class:`Damaged` when its files are missing or do not fit each other.

        ``verify`` also compares every byte with the checksums that were taken when it was published.
        """
        manifest = read_manifest(folder)
        if verify and digests(folder) != manifest.sha256:
            raise Damaged(f"Snapshot {manifest.number} is not as it was published. Publish again: finder publish.")
        tree = KdTree.open(folder / "tree", verify=False)
        try:
            ids: NDArray[np.bytes_] = np.load(folder / "ids.npy", mmap_mode="r")
            slots: NDArray[np.int64] = np.load(folder / "slots.npy", mmap_mode="r")
        except (OSError, ValueError) as error:
            raise Damaged(f"Snapshot {folder.name} has no readable ids. Publish again: finder publish.") from error
        records = FacilityRecords.open(folder)
        if {len(tree), len(ids), len(slots), len(records)} != {manifest.facilities}:
            raise Damaged(f"The files of snapshot {folder.name} do not fit each other. Publish again: finder publish.")
        return cls(
            manifest=manifest,
            tree=tree,
            ids=ids,
            slots=slots,
            records=records,
            places=PlaceIndex.open(folder / "places"),
        )

    @property
    def number(self) -> int:
        """Snapshots are numbered from 1, each publish the next."""
        return self.manifest.number

    def __len__(self) -> int:
        return self.manifest.facilities

    def facility(self, id_: str) -> Facility:
        """Return all that is known of a facility. Raises :class:`NotFound` when no open one has this id."""
        wanted = id_.encode()
        row = int(np.searchsorted(self._ids, np.bytes_(wanted)))
        if row == len(self._ids) or self._ids[row] != wanted:
            raise NotFound("No facility has this id. It may have closed.")
        return self._records.facility_at(int(self._slots[row]))

    def nearest(self, search: Search) -> SearchPage:
        """Return a page of the nearest facilities in exact geodesic order, equal distances by id.

        Paging ends after 10,000 results. Raises :class:`BadCursor` for a cursor that does not belong to such a search.
        """
        filters = filters_fingerprint(search.kinds, search.radius_m)
        after = Cursor.decode(search.cursor, filters=filters) if search.cursor is not None else None
        wanted = search.limit + 1  # one more tells whether there is a next page
        k = wanted + (after.shown if after else 0)
        while True:
            slots, distance_m = self._tree.nearest(
                search.position.lon_lat,
                k,
                radius_m=np.inf if search.radius_m is None else search.radius_m,
                any_of_tags=kind_tags(search.kinds) if search.kinds else ALL_TAGS,
            )
            start = self._first_after(after, slots, distance_m) if after else 0
            if len(slots) - start >= wanted or len(slots) < k or k > 4 * MOST_SHOWN:
                break
            # Facilities were added nearer by since the page before: look further.
            k *= 2
        accuracy_m = search.position.accuracy_m
        hits = tuple(
            Hit(
                records=self._records,
                slot=slot,
                distance_m=distance,
                distance_min_m=max(0.0, distance - accuracy_m),
                distance_max_m=distance + accuracy_m,
            )
            for slot, distance in zip(
                slots[start : start + search.limit].tolist(), distance_m[start : start + search.limit].tolist(), strict=True
            )
        )
        if len(slots) - start < wanted:
            return SearchPage(hits=hits, next_cursor=None)
        last = hits[-1]
        shown = (after.shown if after else 0) + len(hits)
        if shown > MOST_SHOWN:
            return SearchPage(hits=hits, next_cursor=None)
        cursor = Cursor(distance_m=last.distance_m, id=self._id_at(last.slot), shown=shown, filters=filters)
        return SearchPage(hits=hits, next_cursor=cursor.encode())

    def _first_after(self, cursor: Cursor, slots: NDArray[np.int64], distance_m: NDArray[np.float64]) -> int:
        start = int(np.searchsorted(distance_m, cursor.distance_m, side="left"))
        while start < len(slots) and distance_m[start] == cursor.distance_m and self._id_at(int(slots[start])) <= cursor.id:
            start += 1
        return start

    def _id_at(self, slot: int) -> str:
        return bytes(self._ids[self._tree.order[slot]]).decode()
