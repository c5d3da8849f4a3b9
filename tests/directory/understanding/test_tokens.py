"""Words that still know where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directory.understanding.tokens import tokenize
from finder.words.folding import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zona Río", ["zona", "rio"]),
        ("Zona Ri\u0301o", ["zona", "rio"]),
        ("children's", ["childrens"]),
        ("O\u2019Neill D.D.S.", ["oneill", "dds"]),
        ("24/7", ["24", "7"]),
        ("x-ray 🙂", ["x", "ray"]),
        ("½", ["12"]),
        ("⒜", ["a"]),
        ("中文 клиника", ["中文", "клиника"]),
        ("\u0301", []),
        ("", []),
    ],
)
def test_words(text, expected):
    assert [token.word for token in tokenize(text)] == expected


def test_breaks_are_commas_and_sentences_but_not_abbreviations():
    tokens = tokenize("Dr. Soto, pediatra. Blvd. Sur; otay")
    assert [token.word for token in tokens if token.after_break] == ["pediatra", "blvd", "otay"]


@given(text=st.text(max_size=80))
def test_spans_are_in_order_and_hold_their_word(text):
    behind = 0
    for token in tokenize(text):
        assert behind <= token.start < token.end <= len(text)
        assert fold(text[token.start : token.end]).replace(" ", "") == token.word
        behind = token.end


@given(text=st.text(max_size=80))
def test_no_letter_is_lost(text):
    assert "".join(token.word for token in tokenize(text)) == fold(text).replace(" ", "")
