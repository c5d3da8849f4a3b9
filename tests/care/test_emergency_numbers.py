"""Emergency numbers by country."""

import phonenumbers
import pytest
from babel import Locale

from finder.care.emergency_numbers import countries_with_numbers, emergency_numbers


@pytest.mark.parametrize(
    ("country", "number", "crisis"),
    [
        ("MX", "911", "800 911 2000"),
        ("US", "911", "988"),
        ("us", "911", "988"),
        (" mx ", "911", "800 911 2000"),
        ("CA", "911", "988"),
        ("FI", "112", None),
        ("GB", "999", "116 123"),
        ("ES", "112", "024"),
        ("AU", "000", "13 11 14"),
        ("JP", "119", None),
        ("BR", "192", "188"),
    ],
)
def test_numbers(country, number, crisis):
    found = emergency_numbers(country)
    assert (found.country, found.emergency, found.crisis_line) == (country.strip().upper(), number, crisis)
    assert bool(found.crisis_line) == bool(found.crisis_name_en) == bool(found.crisis_name_es)


@pytest.mark.parametrize("country", [None, "", "ZZ", "nowhere"])
def test_an_unknown_country_has_112(country):
    found = emergency_numbers(country)
    assert (found.emergency, found.crisis_line) == ("112", None)
    assert found.country == ((country or "").upper() or None)


def test_enough_countries_each_of_which_exists():
    known = countries_with_numbers()
    assert len(known) >= 60
    assert known <= set(Locale("en").territories)


# Newer than its metadata, or the ambulance where it has the police and the fire brigade alone.
UNLIKE_LIBPHONENUMBER = {"HN", "LK", "PE", "RS"}


def test_libphonenumber_knows_them_as_emergency_numbers():
    known = {code for code in countries_with_numbers() if phonenumbers.country_code_for_region(code)}
    assert len(known) > 100
    unlike = {code for code in known if not phonenumbers.is_emergency_number(emergency_numbers(code).emergency, code)}
    assert unlike == UNLIKE_LIBPHONENUMBER
