"""Specialties while somebody types."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.care.specialties import specialties
from finder.directory.understanding import suggest_specialties
from finder.words.folding import fold


@pytest.mark.parametrize(
    ("typed", "language", "first"),
    [
        ("card", "es", "cardiology"),
        ("cardiología", "es", "cardiology"),
        ("cardiologist", "en", "cardiology"),
        ("ped", "es", "paediatrics"),
        ("pediatra", "es", "paediatrics"),
        ("doctor del cora", "es", "cardiology"),
        ("heart", "en", "cardiology"),
        ("xray", "en", "x_ray"),
        ("rayos x", "es", "x_ray"),
        ("rallos x", "es", "x_ray"),
        ("sicologo inf", "es", "child_psychology"),
        ("sirujano", "es", "general_surgery"),
        ("vacun", "es", "vaccination"),
        ("vaccine", "en-US", "vaccination"),
        ("dentis", "en", "dentistry"),
        ("medicina familiar", "es-MX", "family_medicine"),
        ("familiar medicina", "es", "family_medicine"),
    ],
)
def test_the_first_suggestion(typed, language, first):
    assert suggest_specialties(typed, language, 5)[0].id == first


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_name_leads_to_its_own(language):
    for one in specialties().all:
        assert one in suggest_specialties(one.name(language), language, 3)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("typed", ["", "  ", "…", "🙂"])
def test_nothing_typed_lists_all_in_order(typed, language):
    found = suggest_specialties(typed, language, 10_000)
    assert {one.id for one in found} == {one.id for one in specialties().all}
    names = [fold(one.name(language)) for one in found]
    assert names == sorted(names)


def test_the_limit():
    assert len(suggest_specialties("c", "es", 7)) == 7
    assert len(suggest_specialties("", "es", 7)) == 7
    assert suggest_specialties("c", "es", 0) == []
    assert suggest_specialties("", "es", -1) == []


def test_nothing_is_like_it():
    assert suggest_specialties("zzzzzzzz", "en", 5) == []


@given(text=st.text(max_size=40), limit=st.integers(0, 5))
@settings(deadline=None)
def test_any_text_is_taken(text, limit):
    found = suggest_specialties(text, "es", limit)
    assert len(found) <= limit
    assert len({one.id for one in found}) == len(found)
