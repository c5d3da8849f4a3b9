"""One published snapshot, memory-mapped: what is searched, one facility, one practitioner, the names of places."""

import math
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directory.areas import Areas
from finder.directory.facility_records import FacilityRecords
from finder.directory.finding.catalogue import EVERYTHING, Catalogue
from finder.directory.layout import Manifest, digests, read_manifest
from finder.directory.marks import Marks, Wanted, kinds_mask, read_marks
from finder.directory.names import NameIndex
from finder.directory.people import People, Person
from finder.directory.plans import PlanBook
from finder.directory.rarer import Rarer
from finder.domain.facility import Facility, FacilityKind
from finder.domain.practitioner import Role
from finder.errors import Damaged, NotFound
from finder.geo.points import LonLat
from finder.locate.place_index import PlaceIndex

__all__ = ["Near", "Snapshot"]


class Near(NamedTuple):
    """A facility and how far it is."""

    distance_m: float
    slot: int


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Immutable and safe to read from many threads. Its pages are shared by all workers that map it.

    A facility's *row* is the place of its id among all ids; ``facilities`` and ``facility_names`` go by rows. ``listings`` goes
    by the numbers of ``people.listings``, ``people_names`` by the rows of ``people``. ``facilities_alone`` tells what facilities
    say themselves, ``listings_exactly`` what people in their roles are.
    """

    manifest: Manifest
    ids: NDArray[np.bytes_]
    slots: NDArray[np.int64]
    records: FacilityRecords
    facilities: Catalogue
    people: People
    listings: Catalogue
    facility_names: NameIndex
    people_names: NameIndex
    plans: PlanBook
    marks: Marks
    facilities_alone: Rarer
    listings_exactly: Rarer
    places: PlaceIndex
    areas: Areas

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False) -> Self:
        """Map the snapshot in ``folder``. Raises :class:`Damaged` when its files are missing or do not fit each other.

        ``verify`` also compares every byte with the checksums that were taken when it was published.
        """
        manifest = read_manifest(folder)
        if verify and digests(folder) != manifest.sha256:
            raise Damaged(f"Snapshot {manifest.number} is not as it was published. Publish again: finder publish.")
        try:
            ids: NDArray[np.bytes_] = np.load(folder / "ids.npy", mmap_mode="r")
            slots: NDArray[np.int64] = np.load(folder / "slots.npy", mmap_mode="r")
            own_marks: NDArray[np.uint64] = np.load(folder / "facilities" / "own_marks.npy", mmap_mode="r")
        except (OSError, ValueError) as error:
            raise Damaged(f"Snapshot {folder.name} has no readable ids. Publish again: finder publish.") from error
        marks, listings = read_marks(folder), Catalogue.open(folder / "listings")
        snapshot = cls(
            manifest=manifest,
            ids=ids,
            slots=slots,
            records=FacilityRecords.open(folder),
            facilities=Catalogue.open(folder / "facilities"),
            people=People.open(folder / "people"),
            listings=listings,
            facility_names=NameIndex.open(folder / "facility_names"),
            people_names=NameIndex.open(folder / "people_names"),
            plans=PlanBook.open(folder),
            marks=marks,
            facilities_alone=Rarer.open(folder / "facilities", marks, own_marks),
            listings_exactly=Rarer.open(folder / "listings", marks, listings.marks),
            places=PlaceIndex.open(folder / "places"),
            areas=Areas.open(folder / "areas"),
        )
        counts = {len(ids), len(slots), len(own_marks), len(snapshot.records), len(snapshot.facilities)}
        if counts != {manifest.facilities} or len(snapshot.listings) != len(snapshot.people.listings.person):
            raise Damaged(f"The files of snapshot {folder.name} do not fit each other. Publish again: finder publish.")
        return snapshot

    @property
    def number(self) -> int:
        """Snapshots are numbered from 1, each publish the next."""
        return self.manifest.number

    def __len__(self) -> int:
        return self.manifest.facilities

    def facility(self, id_: str) -> Facility:
        """Return all that is known of a facility. Raises :class:`NotFound` when no open one has this id."""
        return self.facility_at(self.row_of(id_))

    def row_of(self, id_: str) -> int:
        """Return the row of a facility. Raises :class:`NotFound` as :meth:`facility`."""
        wanted = id_.encode(errors="replace")
        # A wider value would have the whole array copied to its width before the search.
        if len(wanted) <= self.ids.dtype.itemsize:
            row = int(np.searchsorted(self.ids, np.array(wanted, dtype=self.ids.dtype)))
            if row < len(self.ids) and self.ids[row] == wanted:
                return row
        raise NotFound("No facility has this id. It may have closed.")

    def id_at(self, row: int) -> str:
        """Return the id of the facility in a row."""
        return bytes(self.ids[row]).decode()

    def facility_at(self, row: int) -> Facility:
        """Return all that is known of the facility in a row."""
        return self.records.facility_at(int(self.slots[row]))

    def nearest(self, origin: LonLat, k: int, *, radius_m: float = math.inf, kinds: Collection[FacilityKind] = ()) -> list[Near]:
        """Return the k nearest facilities to a point, of any of the kinds, in exact geodesic order, equal distances by id.

        For who checks what is published; people's questions are answered by :func:`finder.directory.find`.
        """
        tree = self.facilities.forest.tree(EVERYTHING)
        having = [kinds_mask(kinds)] if kinds else []
        slots, distance_m = tree.nearest(origin, k, radius_m=radius_m, having=having)
        return [Near(distance, slot) for slot, distance in zip(slots.tolist(), distance_m.tolist(), strict=True)]

    def listing_at(self, number: int) -> tuple[Facility, Person, Role]:
        """Return the place, the practitioner and the role of a listing."""
        listings = self.people.listings
        person = self.people.person_at(int(listings.person[number]))
        return self.facility_at(int(listings.facility[number])), person, person.roles[int(listings.role[number])]

    def listings_at(self, facility_id: str) -> list[tuple[Facility, Person, Role]]:
        """Return who works at a facility, in which role. Raises :class:`NotFound` as :meth:`facility`."""
        return [self.listing_at(number) for number in self.people.listings_at_facility(self.row_of(facility_id)).tolist()]

    def rarer_listings(self, wanted: Wanted) -> NDArray[np.int64] | None:
        """Numbers of listings, ascending, among which are all that meet what is wanted; None where only the marks tell."""
        return self.listings_exactly.candidates(wanted)

    def rarer_facilities(self, wanted: Wanted) -> NDArray[np.int64] | None:
        """Rows, ascending, among which are all that meet it or where somebody does; None as :meth:`rarer_listings`."""
        alone, listings = self.facilities_alone.candidates(wanted), self.rarer_listings(wanted)
        if alone is None or listings is None:
            return None
        return np.union1d(alone, self.people.listings.facility[listings].astype(np.int64))
