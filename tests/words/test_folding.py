"""Words made comparable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.words.folding import fold, spelled_out, state_words, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Blvd. Díaz-Ordaz", "blvd diaz ordaz"),
        ("ÑANDÚ", "nandu"),
        ("O'Neil\u2019s", "oneils"),
        ("Straße Øst Łódź", "strasse ost lodz"),
        ("C.P. 01000", "cp 01000"),
        ("Hämeenkatu", "hameenkatu"),
        ("  a_b / c ", "a b c"),
        ("\u216b\uff21", "xiia"),
        ("…", ""),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


@given(st.text(max_size=40) | st.just("\U0001f110"))
def test_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
    assert all(word == word.strip() and word for word in words(text))


def test_abbreviations_and_states():
    assert {spelled_out(word) for word in ("av", "ave", "avenue", "avenida")} == {"avenida"}
    assert spelled_out("revolucion") == "revolucion"
    assert state_words("IL", "US") == state_words("Illinois", "US")
    assert {"baja", "california", "bc"} <= set(state_words("Baja California", "MX"))
    assert state_words("Uusimaa", "FI") == ("uusimaa",)
    assert state_words(None, "US") == ()
