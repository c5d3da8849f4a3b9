"""The nouns hold what they promise."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.facility import Address, Facility, facility_id
from tests.facilities import facilities


@given(facilities())
def test_a_facility_survives_json(facility: Facility) -> None:
    assert msgspec.json.decode(msgspec.json.encode(facility), type=Facility) == facility


@given(st.text(), st.text(), st.text(), st.text())
def test_ids_differ_with_scheme_and_value(scheme: str, value: str, other_scheme: str, other_value: str) -> None:
    same = (scheme, value) == (other_scheme, other_value)
    # A scheme is a name of ours and never holds the NUL that parts it from the value.
    if "\x00" not in scheme + other_scheme:
        assert (facility_id(scheme, value) == facility_id(other_scheme, other_value)) is same


def test_ids_are_the_same_on_every_machine() -> None:
    assert facility_id("osm", "node/25") == "q3h43z2tkdly5edk"


def test_an_address_is_written_as_its_country_does() -> None:
    parts = {"street": "Main St", "house_number": "12", "city": "San Diego", "state": "CA", "postcode": "92101"}
    assert Address(**parts, country="US").line() == "12 Main St, San Diego, CA, 92101"
    assert Address(**parts, country="MX").line() == "Main St 12, San Diego, CA, 92101"
    assert Address().line() == ""
