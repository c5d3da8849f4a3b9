"""A load lays its values over what is there, and takes away only what the same source once said."""

from datetime import date

import msgspec
from hypothesis import given

from finder.domain.facility import Address, Facility, FacilityKind, FacilityStatus, Provenance, facility_id
from finder.geo.points import LonLat
from finder.loading.facility_row import DERIVED
from finder.loading.merge import merged
from tests.facilities import facilities


def said(source: str, verified_at: date | None = None, **fields: object) -> Facility:
    """A facility of which ``source`` says ``fields`` besides name and point."""
    fields = {"name": "Uno", "lon_lat": LonLat(-117.03, 32.52), **fields}
    return Facility(
        id=facility_id("clues", "1"),
        provenance=dict.fromkeys(fields, Provenance(source, verified_at)),
        **{"kind": FacilityKind.OTHER, **fields},  # pyright: ignore[reportArgumentType]
    )


def test_a_new_value_wins_with_its_provenance() -> None:
    old = said("a", phones=("+16195550101",), website="https://a.example")
    new = said("b", date(2026, 11, 1), phones=("+16195550102",))
    after = merged(old, new, "b")
    assert after.phones == ("+16195550102",)
    assert after.provenance["phones"] == Provenance("b", date(2026, 11, 1))
    assert after.website == "https://a.example"
    assert after.provenance["website"] == Provenance("a")


def test_what_the_same_source_no_longer_says_is_cleared() -> None:
    old = said("a", website="https://a.example", kind=FacilityKind.CLINIC, status=FacilityStatus.CLOSED)
    after = merged(old, said("a"), "a")
    assert after == said("a")
    assert set(after.provenance) == {"name", "lon_lat"}


def test_what_another_source_said_is_kept() -> None:
    old = said("a", website="https://a.example", kind=FacilityKind.CLINIC, status=FacilityStatus.CLOSED)
    after = merged(old, said("b"), "b")
    assert (after.website, after.kind, after.status) == ("https://a.example", FacilityKind.CLINIC, FacilityStatus.CLOSED)


def test_parts_of_two_addresses_are_never_mixed() -> None:
    old = said("a", address=Address(street="Calle Uno", postcode="22000"))
    after = merged(old, said("b", address=Address(street="Calle Dos")), "b")
    assert after.address == Address(street="Calle Dos")


def test_identifiers_are_gathered() -> None:
    old = said("a", identifiers={"clues": "1", "a": "7"})
    after = merged(old, said("b", identifiers={"clues": "1", "npi": "2"}), "b")
    assert after.identifiers == {"clues": "1", "a": "7", "npi": "2"}
    assert merged(after, said("b", identifiers={"clues": "1", "npi": "2"}), "b") == after


def test_a_time_zone_that_was_looked_up_gives_way_to_one_that_was_written() -> None:
    looked_up = msgspec.structs.replace(
        said("b"), time_zone="America/Los_Angeles", provenance={**said("b").provenance, "time_zone": Provenance(DERIVED)}
    )
    written = said("a", time_zone="America/Tijuana")
    assert merged(written, looked_up, "b").time_zone == "America/Tijuana"
    assert merged(looked_up, written, "a").time_zone == "America/Tijuana"
    assert merged(written, looked_up, "a").time_zone == "America/Los_Angeles"


@given(facilities(), facilities())
def test_merging_the_same_again_changes_nothing(old: Facility, new: Facility) -> None:
    new = msgspec.structs.replace(new, id=old.id)
    once = merged(old, new, "test")
    assert merged(once, new, "test") == once
