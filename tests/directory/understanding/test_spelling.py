"""Other writings of one word."""

import pytest

from finder.directory.understanding.spelling import sound, variants


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cirujano", "sirujano"), ("vacuna", "bacuna"), ("pediatria", "pediatrya"), ("rayos", "rallos"),
        ("ginecologo", "jinecologo"), ("quiropractico", "kiropractico"),
        ("psicologo", "sicologo"), ("hospital", "ospital"), ("corazon", "corason"),
        ("pharmacy", "farmacy"), ("hueso", "ueso"), ("ceja", "seja"),
    ],
)  # fmt: skip
def test_what_sounds_alike(one, other):
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("casa", "cosa"), ("gato", "pato"), ("cura", "sura"), ("gota", "jota")])
def test_what_does_not(one, other):
    assert sound(one) != sound(other)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("cardiologas", "cardiologo"), ("cardiologo", "cardiologa"), ("dientes", "diente"), ("corazon", "corazones"),
        ("doctor", "doctora"), ("doctoras", "doctores"), ("allergies", "allergy"), ("allergy", "allergies"), ("nariz", "narices"),
        ("luces", "luz"), ("kids", "kid"), ("ojo", "ojos"),
    ],
)  # fmt: skip
def test_variants(word, other):
    assert other in set(variants(word))


@pytest.mark.parametrize("word", ["", "x", "de", "中文字"])
def test_short_words_and_other_scripts_have_none(word):
    assert not list(variants(word))


def test_a_word_is_no_variant_of_itself():
    assert all(word not in set(variants(word)) for word in ("cardiologas", "ojos", "crisis", "doctora"))
