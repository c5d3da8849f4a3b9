"""Writing the files of a snapshot: all that publishing does between the store and the switch."""

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.care.specialties import specialties
from finder.directory.areas import write_areas
from finder.directory.cares import cares_of_facility, cares_of_role
from finder.directory.countries import country_of
from finder.directory.doors import way_ends
from finder.directory.finding.ageing import NOT_DATED, Fact, day_number
from finder.directory.finding.catalogue import EVERYTHING, CatalogueRow, write_catalogue
from finder.directory.layout import FORMAT, MANIFEST, Manifest, care_digest, digests
from finder.directory.marks import Marks, primary_languages, taken_plans, write_marks
from finder.directory.names import NameEntry, build_names
from finder.directory.people import People, Person, write_people
from finder.directory.plans import PlanBook, PlanCounts, write_plans
from finder.directory.rarer import RarerWriter
from finder.directory.records import Records, write_records
from finder.directory.summary import summary_of
from finder.domain.facility import Facility, FacilityStatus
from finder.domain.place import Place
from finder.domain.practitioner import Practitioner, Role
from finder.geo.distance import geodesic_many_m
from finder.geo.ecef import ecef_m
from finder.geo.kdforest import KdForest
from finder.geo.points import LonLat
from finder.locate.facility_places import places_from_facilities
from finder.locate.place_files import read_places
from finder.locate.place_index import build_place_index
from finder.store import Store

__all__ = ["write_snapshot"]

_FACILITY: Final = msgspec.json.Decoder(Facility)


class _Facilities:
    """The facilities that are published, by row: in the order of their ids. The records stay on disk."""

    def __init__(self, unordered: Path, store: Store) -> None:
        ids: list[bytes] = []

        def in_order_of_ids() -> Iterator[bytes]:
            for facility in store.facilities():
                if facility.status is FacilityStatus.OPEN:
                    ids.append(facility.id.encode())
                    yield msgspec.json.encode(facility)

        write_records(unordered, in_order_of_ids())
        self.ids = np.array(ids, dtype=np.bytes_)
        self.documents = Records.open(unordered)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: int) -> Facility:
        return _FACILITY.decode(self.documents[row])

    def __iter__(self) -> Iterator[Facility]:
        return (self[row] for row in range(len(self)))


def write_snapshot(folder: Path, number: int, store: Store, place_files: Sequence[Path]) -> None:
    """Write every file of :mod:`finder.directory.layout` into an empty folder, the manifest last."""
    revision = store.revision()  # before the facilities: a change that comes between is published again rather than never
    unordered = folder / "unordered.bin"
    facilities = _Facilities(unordered, store)
    np.save(folder / "ids.npy", facilities.ids)
    rows = np.arange(len(facilities), dtype=np.int64)
    write_people(folder / "people", store.things(Practitioner), store.located_roles(), facilities.ids, rows)
    people = People.open(folder / "people")
    marks = _write_plans_and_marks(folder, facilities, people)
    at_work = _write_listings(folder / "listings", facilities, people, marks)
    _write_facilities(folder / "facilities", facilities, people, marks, at_work)
    order = KdForest.open(folder / "facilities" / "forest", verify=False).tree(EVERYTHING).order
    write_records(folder / "facilities.bin", (facilities.documents[row] for row in order.tolist()))
    write_records(folder / "summaries.bin", (msgspec.json.encode(summary_of(facilities[row])) for row in order.tolist()))
    np.save(folder / "slots.npy", np.argsort(order).astype(np.int64))
    build_names(folder / "facility_names", (NameEntry(row, _names_of(one)) for row, one in enumerate(facilities)))
    build_names(folder / "people_names", (NameEntry(row, _names_of(people.person_at(row))) for row in range(len(people))))
    places = build_place_index(folder / "places", _all_places(facilities, place_files))
    write_areas(folder / "areas", _all_places(facilities, place_files))
    kinds = Counter(facility.kind for facility in facilities)
    for path in (unordered, unordered.with_suffix(".ends.npy")):
        path.unlink()
    centre, radius_m = _extent(np.load(folder / "facilities" / "lon_lat.npy", mmap_mode="r"))
    manifest = Manifest(
        format=FORMAT,
        number=number,
        created_at=datetime.now(UTC),
        revision=revision,
        facilities=len(facilities),
        practitioners=len(people),
        by_kind=dict(kinds),
        places=places,
        care=care_digest(),
        centre=centre,
        radius_m=radius_m,
        sha256=digests(folder),
    )
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))


def _listings(facilities: _Facilities, people: People) -> Iterator[tuple[Person, Role, int, Facility]]:
    """Each listing in order: the person, the role, the row of the facility and the facility."""
    person_row, person = -1, None
    for row, role, facility_row in zip(*(column.tolist() for column in people.listings), strict=True):
        if person is None or row != person_row:
            person_row, person = row, people.person_at(row)
        yield person, person.roles[role], facility_row, facilities[facility_row]


def _write_plans_and_marks(folder: Path, facilities: _Facilities, people: People) -> Marks:
    counts, languages = PlanCounts(), Counter[str]()
    for facility in facilities:
        counts.facility(facility.plans)
        languages.update(primary_languages(facility))
    for person, role, _, facility in _listings(facilities, people):
        counts.listing(taken_plans(facility, role))
        languages.update(primary_languages(facility, person))
    write_plans(folder, counts)
    marks = Marks.commonest(languages, [plan.id for plan in PlanBook.open(folder).all])
    write_marks(folder, marks)
    return marks


class _AtWork:
    """What the listings at each facility add to it: their marks together, and the numbers of the care that they give."""

    def __init__(self, facilities: int) -> None:
        self.marks = np.zeros(facilities, dtype=np.uint64)
        self._pairs = array("q")

    def add(self, row: int, marks: int, care: Sequence[int]) -> None:
        self.marks[row] |= np.uint64(marks)
        for number in care:
            self._pairs.extend((row, number))

    def care(self) -> Iterator[list[int]]:
        """The numbers of each facility in order."""
        pairs = np.unique(np.frombuffer(self._pairs, np.int64).reshape(-1, 2), axis=0)
        bounds = np.searchsorted(pairs[:, 0], np.arange(len(self.marks) + 1))
        for row in range(len(self.marks)):
            yield pairs[bounds[row] : bounds[row + 1], 1].tolist()


def _write_listings(folder: Path, facilities: _Facilities, people: People, marks: Marks) -> _AtWork:
    table, at_work, rarer = specialties(), _AtWork(len(facilities)), RarerWriter()

    def rows() -> Iterator[CatalogueRow]:
        for number, (person, role, facility_row, facility) in enumerate(_listings(facilities, people)):
            rarer.add(number, marks.rarer_of(facility, person, role))
            bits = marks.of_listing(person, role, facility)
            care = [table.number(id_) for id_ in cares_of_role(person, role, table)]
            at_work.add(facility_row, bits, care)
            # A doctor is not there whenever the hospital is open: without hours of the role's own nothing is known.
            hours = (role.opening_hours, facility.time_zone, facility.address.country)
            told = role.provenance
            days = (told.get("opening_hours"), told.get("phones"), told.get("accepting_new_patients"))
            numbered = [day_number(one) for one in days]
            yield facility.lon_lat, way_ends(facility), bits, care, hours, numbered, country_of(facility)

    write_catalogue(folder, rows(), len(table.all))
    rarer.write(folder)
    return at_work


def _write_facilities(folder: Path, facilities: _Facilities, people: People, marks: Marks, at_work: _AtWork) -> None:
    table, rarer, own_marks = specialties(), RarerWriter(), array("Q")

    def rows() -> Iterator[CatalogueRow]:
        for row, (facility, practised) in enumerate(zip(facilities, at_work.care(), strict=True)):
            care = cares_of_facility(facility, [table.all[number].id for number in practised], table)
            told = facility.provenance
            rarer.add(row, marks.rarer_of(facility))
            own_marks.append(marks.of_facility(facility))
            roles = (people.role_at(number) for number in people.listings_at_facility(row).tolist())
            facts = (role.provenance.get("accepting_new_patients") for role in roles if role.accepting_new_patients)
            accepting = max(map(day_number, facts), default=NOT_DATED)
            days = [0] * len(Fact)
            days[Fact.HOURS], days[Fact.PHONE] = day_number(told.get("opening_hours")), day_number(told.get("phones"))
            days[Fact.ACCEPTING] = accepting
            hours = (facility.opening_hours, facility.time_zone, facility.address.country)
            numbers = [table.number(id_) for id_ in care]
            bits = marks.of_facility(facility, at_work.marks[row].item())
            yield facility.lon_lat, way_ends(facility), bits, numbers, hours, days, country_of(facility)

    write_catalogue(folder, rows(), len(table.all))
    rarer.write(folder)
    np.save(folder / "own_marks.npy", np.frombuffer(own_marks, np.uint64))


def _names_of(one: Facility | Person) -> tuple[str, ...]:
    if isinstance(one, Facility):
        return tuple(dict.fromkeys((one.name, *one.names.values())))
    told = one.practitioner
    in_parts = " ".join(part for part in (told.given, told.family) if part)
    return tuple(dict.fromkeys(name for name in (told.name, in_parts) if name))


def _all_places(facilities: _Facilities, place_files: Sequence[Path]) -> Iterator[Place]:
    return chain(chain.from_iterable(read_places(path) for path in place_files), places_from_facilities(iter(facilities)))


def _extent(lon_lat: NDArray[np.float64]) -> tuple[LonLat | None, float]:
    if not len(lon_lat):
        return None, 0.0
    # The direction of the mean vector, which knows no seam at ±180°. Its latitude is geocentric: 0.2° off at most, enough here.
    x, y, z = ecef_m(lon_lat).mean(axis=0).tolist()
    centre = LonLat(math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y))))
    return centre, float(geodesic_many_m(centre, lon_lat).max())
