"""Hypothesis strategies for the domain's nouns."""

from datetime import date

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
from finder.geo.points import LonLat

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
        accessibility=draw(
            st.builds(Accessibility, wheelchair=st.none() | st.sampled_from(Wheelchair), description=st.none() | words)
        ),
        identifiers={"test": key},
        status=draw(st.sampled_from(FacilityStatus)),
        provenance=draw(st.dictionaries(words, provenances, max_size=3)),
    )


def facility_lists() -> st.SearchStrategy[list[Facility]]:
    return st.lists(facilities(), max_size=8, unique_by=lambda facility: facility.id)
