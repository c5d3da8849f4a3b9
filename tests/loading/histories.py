"""Made-up histories of a store: loads of several sources and corrections by hand, to run with and without one of them."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from hypothesis import strategies as st
from sqlalchemy import delete

from finder.domain.facility import Facility, FacilityKind, FacilityStatus, Provenance, facility_id
from finder.domain.load import Load
from finder.errors import NotFound
from finder.geo.points import LonLat
from finder.loading.commit import Commit
from finder.loading.edit import edit_facility
from finder.loading.identity import SHARED_SCHEMES
from finder.loading.settle import Conflict, Said
from finder.store import Store
from finder.store.tables import METADATA
from finder.store.writing import identifier_keys

TODAY = date(2026, 11, 23)
NAMES = ("Hospital General de Tijuana", "Clínica Santa Fe", "Farmacia Roma", "Laboratorio Azteca")
VALUES: dict[str, list[Any]] = {
    "phones": [("+526641234567",), ("+526641234568",)],
    "website": ["https://one.example", "https://two.example"],
    "opening_hours": ["24/7", "Mo-Fr 08:00-20:00"],
    "status": [FacilityStatus.CLOSED, FacilityStatus.TEMPORARILY_CLOSED],
    "services": [("x-ray",)],
    "plans": [("Plan Imaginario",), ("Seguro Ficticio", "Plan Imaginario")],
}


def id_of(identifiers: dict[str, str], source: str, key: str) -> str:
    """The own id of a row: by a shared scheme, else by the source's own number, else by what stands in for one."""
    scheme = next((scheme for scheme in (*SHARED_SCHEMES, source) if scheme in identifiers), None)
    return facility_id(scheme, identifiers[scheme]) if scheme else facility_id(source, key)


class Row(msgspec.Struct, frozen=True):
    """What one row says of the facility of one place; every place has its own name, ten kilometres from the next."""

    place: int
    identifiers: dict[str, str]
    fields: dict[str, Any]
    silent: frozenset[str] = frozenset()

    def said(self, source: str, line: int) -> Said[Facility]:
        key = f"{NAMES[self.place]}"
        own_id = id_of(self.identifiers, source, key)
        filled = ["name", "lon_lat", "kind", *self.fields, *(["identifiers"] if self.identifiers else [])]
        facility = Facility(
            id=own_id,
            kind=FacilityKind.CLINIC,
            name=NAMES[self.place],
            lon_lat=LonLat(-117.0 + self.place / 10, 32.5),
            identifiers=self.identifiers,
            provenance=dict.fromkeys(filled, Provenance(source)),
            **self.fields,
        )
        return Said(line=line, own_id=own_id, said=facility, keys=tuple(identifier_keys(facility) - {own_id}), silent=self.silent)


class FileLoad(msgspec.Struct, frozen=True):
    """One load of a source."""

    source: str
    rows: tuple[Row, ...]


class Edit(msgspec.Struct, frozen=True):
    """One correction by hand of the facility of a place."""

    place: int
    changes: dict[str, Any]


type Step = FileLoad | Edit


class NotComparable(Exception):
    """A row was refused or kept aside, or there was nothing to correct: what a history without a load did cannot be told."""


@st.composite
def rows(draw: st.DrawFn, source: str, place: int, *, corrections: bool) -> Row:
    own = source.partition(":")[0]
    values = [str(place)] * 3 + [f"{place}x"] * corrections
    schemes = draw(st.sampled_from([(own,), (own, "npi"), (own, "npi", "ccn"), ("npi",), (own, "ccn"), ()]))
    fields = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=3))
    silent = draw(st.sets(st.sampled_from(sorted(VALUES.keys() - set(fields))), max_size=1))
    return Row(
        place,
        {scheme: draw(st.sampled_from(values)) for scheme in schemes},
        {field: draw(st.sampled_from(VALUES[field])) for field in fields},
        frozenset(silent),
    )


@st.composite
def file_loads(draw: st.DrawFn, *, corrections: bool) -> FileLoad:
    source = draw(st.sampled_from(["a", "b", "osm:town", "osm:county"]))
    places = draw(st.lists(st.integers(0, len(NAMES) - 1), unique=True, min_size=1, max_size=len(NAMES)))
    return FileLoad(source, tuple(draw(rows(source, place, corrections=corrections)) for place in places))


edits = st.builds(
    Edit,
    st.integers(0, len(NAMES) - 1),
    st.dictionaries(st.sampled_from(["phones", "website", "name"]), st.just(""), min_size=1).map(
        lambda fields: {field: {"phones": ["+526649999999"], "website": None, "name": "Nombre nuevo"}[field] for field in fields}
    ),
)


def histories(*, corrections: bool = False) -> st.SearchStrategy[list[Step]]:
    """Loads and corrections, in their order; ``corrections`` are of identifiers."""
    return st.lists(file_loads(corrections=corrections) | file_loads(corrections=corrections) | edits, min_size=2, max_size=6)


class Done(msgspec.Struct, frozen=True):
    """What a step did."""

    load_id: int
    matched: frozenset[int] = frozenset()
    """The places whose row was found by name and place to be of a facility of another source."""


def do(store: Store, step: Step) -> Done:
    """Do one step. Raises :class:`NotComparable`."""
    if isinstance(step, Edit):
        at = LonLat(-117.0 + step.place / 10, 32.5)
        found = [facility.id for facility in store.facilities() if facility.lon_lat == at]
        if len(found) != 1:
            raise NotComparable
        try:
            return Done(edit_facility(store, found[0], step.changes, TODAY).id or 0)
        except NotFound:
            raise NotComparable from None
    with store.writing() as writing:
        commit = Commit(writing, Load(source=step.source, file_name="a.csv", started_at=datetime.now(UTC)))
        conflicts: list[Conflict] = []
        matched: list[int] = []
        for line, row in enumerate(step.rows, 2):
            before = commit.outcome.matched
            conflicts += commit.bring(Facility, [row.said(step.source, line)])
            matched += [row.place] * (commit.outcome.matched - before)
        load = commit.finish()
    if conflicts or load.set_aside or store.reviews():
        raise NotComparable
    return Done(load.id or 0, frozenset(matched))


def emptied(store: Store) -> None:
    """Forget everything, in a moment."""
    with store._engine.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(delete(table))
