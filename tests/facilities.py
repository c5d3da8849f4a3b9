"""Hypothesis strategies for the domain's nouns, and a short way of theirs into a store."""

from collections.abc import Sequence
from datetime import date

import msgspec
from hypothesis import strategies as st

from finder.domain.facility import (
    Accessibility,
    Address,
    Facility,
    FacilityKind,
    FacilityStatus,
    Provenance,
    Wheelchair,
    facility_id,
)
from finder.domain.load import Load
from finder.domain.practitioner import Gender, Practitioner, Role
from finder.domain.statement import Statement
from finder.geo.points import LonLat
from finder.store import Stated, Store

# PostgreSQL cannot hold NUL; surrogates are no text.
words = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
points = st.builds(LonLat, st.floats(-180, 180), st.floats(-90, 90))
addresses = st.builds(Address, **dict.fromkeys(Address.__struct_fields__, st.none() | words))
provenances = st.builds(Provenance, words, st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1)))


@st.composite
def facilities(draw: st.DrawFn) -> Facility:
    key = draw(words)
    return Facility(
        id=facility_id("test", key),
        kind=draw(st.sampled_from(FacilityKind)),
        name=draw(words),
        lon_lat=draw(points),
        names=draw(st.dictionaries(words, words, max_size=3)),
        address=draw(addresses),
        phones=tuple(draw(st.lists(words, max_size=3))),
        website=draw(st.none() | words),
        opening_hours=draw(st.none() | words),
        time_zone=draw(st.none() | st.sampled_from(["America/Tijuana", "America/Los_Angeles"])),
        services=tuple(draw(st.lists(words, max_size=3))),
        languages=tuple(draw(st.lists(st.sampled_from(["es", "en"]), max_size=2, unique=True))),
        plans=tuple(draw(st.lists(words, max_size=3))),
        accessibility=draw(
            st.builds(Accessibility, wheelchair=st.none() | st.sampled_from(Wheelchair), description=st.none() | words)
        ),
        identifiers={"test": key},
        status=draw(st.sampled_from(FacilityStatus)),
        provenance=draw(st.dictionaries(words, provenances, max_size=3)),
    )


gathered = st.dictionaries(st.sampled_from(["npi", "clues", "test"]), words, max_size=2)
texts = st.lists(words, max_size=3).map(tuple)
practitioners = st.builds(
    Practitioner,
    id=words,
    name=words,
    given=st.none() | words,
    family=st.none() | words,
    credential=st.none() | words,
    specialties=texts,
    languages=texts,
    gender=st.none() | st.sampled_from(Gender),
    identifiers=gathered,
    active=st.booleans(),
    provenance=st.dictionaries(words, provenances, max_size=3),
)
roles = st.builds(
    Role,
    id=words,
    practitioner_id=words,
    facility_id=st.none() | words,
    address=addresses,
    phones=texts,
    opening_hours=st.none() | words,
    specialties=texts,
    plans=texts,
    accepting_new_patients=st.none() | st.booleans(),
    telehealth=st.none() | st.booleans(),
    identifiers=gathered,
    active=st.booleans(),
    provenance=st.dictionaries(words, provenances, max_size=3),
)


def stored(store: Store, facilities: Sequence[Facility], load: Load) -> Load:
    """Write the facilities as they are, in the place of what was said of them; each is told by this load alone."""
    with store.writing() as writing:
        load = msgspec.structs.replace(load, id=writing.begin(load))
        assert load.id is not None
        before = writing.stated(Facility, [facility.id for facility in facilities])
        changes = [
            Stated(
                id=facility.id,
                before=before[facility.id].before if facility.id in before else None,
                after=facility,
                statements=(Statement(load_id=load.id, source=load.source, own_id=facility.id, said=facility),),
            )
            for facility in facilities
        ]
        writing.put(Facility, changes, rewrite=True)
        writing.finish(load)
    return load


def facility_lists() -> st.SearchStrategy[list[Facility]]:
    return st.lists(facilities(), max_size=8, unique_by=lambda facility: facility.id)
