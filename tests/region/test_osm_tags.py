"""What the tags say, in the domain's words."""

from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.facility import Accessibility, Address, Wheelchair
from finder.region import osm_tags

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("tags", "country", "phones"),
    [
        ({"phone": "+52 664 123 4567"}, None, ("+526641234567",)),
        ({"phone": "664 123 4567"}, "MX", ("+526641234567",)),
        ({"phone": "664 123 4567"}, None, ("664 123 4567",)),
        ({"phone": "(619) 555-0123; +1 619 555 0123"}, "US", ("+16195550123",)),
        ({"phone": "+358 9 622 9930", "contact:phone": "09 4717 2308"}, "FI", ("+35896229930", "+358947172308")),
        ({"phone": "+1 619 555 0123 ext. 4"}, "US", ("+16195550123;ext=4",)),
        ({"phone": "ask inside"}, "US", ()),
        ({"phone": "066"}, "MX", ("066",)),
        ({}, "US", ()),
    ],
)
def test_phones(tags: dict[str, str], country: str | None, phones: tuple[str, ...]) -> None:
    assert osm_tags.phones_of(tags, country) == phones


@given(st.integers(2_000_000_000, 9_899_999_999))
def test_a_number_is_the_same_however_it_is_written(number: int) -> None:
    parsed = phonenumbers.PhoneNumber(country_code=1, national_number=number)
    written = [phonenumbers.format_number(parsed, form) for form in range(3)]
    assert osm_tags.phones_of({"phone": ";".join(written)}, "US") == (f"+1{number}",)


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    tags = dict.fromkeys(
        ("phone", "website", "opening_hours", "wheelchair", "check_date", "name", "addr:country", "speciality"), text
    )
    osm_tags.phones_of(tags, "US")
    osm_tags.website_of(tags)
    osm_tags.accessibility_of(tags)
    osm_tags.services_of(tags)
    assert osm_tags.opening_hours_of(tags) in {None, text.strip()}
    assert osm_tags.verified_at(tags, TODAY) is None or osm_tags.verified_at(tags, TODAY) <= TODAY
    country = osm_tags.country_of(tags)
    assert country is None or (len(country) == 2 and country.isupper())


def test_hours_stay_as_written_or_are_left_out() -> None:
    assert osm_tags.opening_hours_of({"opening_hours": " Mo-Fr 9:00-18:00; PH off"}) == "Mo-Fr 9:00-18:00; PH off"
    assert osm_tags.opening_hours_of({"opening_hours": "opening_hours=Tu 14:00-21:00, We 10:00-15:00"}) is None
    assert osm_tags.opening_hours_of({"opening_hours": ""}) is None


def test_names() -> None:
    tags = {
        "name:es": "Hospital del Sur",
        "name:en": "South Hospital",
        "name:etymology": "the south",
        "name:old": "North",
        "brand": "B",
    }
    assert osm_tags.names_by_language(tags) == {"en": "South Hospital", "es": "Hospital del Sur"}
    assert osm_tags.name_of(tags) == "South Hospital"
    assert osm_tags.name_of({"brand": "Farmacias Roma", "operator": "Roma SA"}) == "Farmacias Roma"
    assert osm_tags.name_of({"name": "  "}) is None


def test_address_gets_the_country_only_with_another_part() -> None:
    tags = {"addr:street": "Calle 2", "addr:housenumber": "10", "addr:suburb": "Centro", "addr:city": "Tijuana"}
    expected = Address(street="Calle 2", house_number="10", neighbourhood="Centro", city="Tijuana", country="MX")
    assert osm_tags.address_of(tags, "MX") == expected
    assert osm_tags.address_of({**tags, "addr:country": "us"}, "MX").country == "US"
    assert osm_tags.address_of({}, "MX") == Address()


def test_website() -> None:
    assert osm_tags.website_of({"website": "www.example.org/a"}) == "https://www.example.org/a"
    assert osm_tags.website_of({"website": "javascript:alert(1)", "url": "http://example.org"}) == "http://example.org"
    assert osm_tags.website_of({"contact:website": "ask us"}) is None


def test_services_languages_access() -> None:
    assert osm_tags.services_of(
        {"amenity": "hospital", "emergency": "yes", "healthcare:speciality": "Cardiology;general; general"}
    ) == (
        "emergency",
        "cardiology",
        "general",
    )
    assert osm_tags.services_of({"healthcare": "blood_donation"}) == ("blood_donation",)
    assert osm_tags.languages_of({"language:es": "yes", "language:en": "no", "language:zh-Hant": "yes"}) == ("es", "zh-Hant")
    described = {"wheelchair": "limited", "wheelchair:description": "Ask for the ramp"}
    assert osm_tags.accessibility_of(described) == Accessibility(wheelchair=Wheelchair.LIMITED, description="Ask for the ramp")
    assert osm_tags.accessibility_of({"wheelchair": "unknown"}) == Accessibility()


def test_verified_at_is_the_date_of_the_field_before_that_of_the_object() -> None:
    tags = {"check_date:opening_hours": "2025-03-02", "check_date": "2024-06", "survey:date": "2020-01-01"}
    assert osm_tags.verified_at(tags, TODAY, "opening_hours") == date(2025, 3, 2)
    assert osm_tags.verified_at(tags, TODAY) == date(2024, 6, 1)
    assert osm_tags.verified_at({"check_date": "2030-01-01", "survey:date": "2020-02-30"}, TODAY) is None
