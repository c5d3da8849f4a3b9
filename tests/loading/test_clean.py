"""Each cleaner, by cases: what a cell becomes, or that it becomes nothing."""

import contextlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.loading import clean, clean_phone
from finder.loading.clean_phone import clean_phones
from finder.loading.clean_text import clean_text
from finder.loading.clean_website import clean_website
from finder.loading.fold import folded
from finder.loading.row_error import CellProblem
from finder.loading.words import missing_words

CASES = json.loads((Path(__file__).parent.parent / "cases" / "cells.json").read_text("utf-8"))
CLEANERS = {
    "phones": lambda case: clean_phones(case["text"], case["country"]),
    "website": lambda case: clean_website(case["text"]),
    "postcode": lambda case: clean.clean_postcode(case["text"], case["country"]),
    "country": lambda case: clean.clean_country(case["text"]),
    "kind": lambda case: clean.clean_kind(case["text"], {}),
    "status": lambda case: clean.clean_status(case["text"]),
    "wheelchair": lambda case: clean.clean_wheelchair(case["text"]),
    "languages": lambda case: clean.clean_languages(case["text"]),
    "number": lambda case: clean.clean_number(case["text"]),
    "date": lambda case: clean.clean_date(case["text"]),
}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['clean']} {case['text']}" for case in CASES])
def test_a_cell(case: dict[str, Any]) -> None:
    if case["gives"] is None:
        with pytest.raises(CellProblem) as problem:
            CLEANERS[case["clean"]](case)
        assert problem.value.problem
        assert problem.value.advice
        return
    value = CLEANERS[case["clean"]](case)
    if isinstance(value, date):
        value = value.isoformat()
    assert (list(value) if isinstance(value, tuple) else value) == case["gives"]


@pytest.mark.parametrize("text", ["", "NOT AVAILABLE", "N/A", "NA", "-999", "http://", "- - -", "Sin dato", "S/D"])
def test_what_says_nothing_is_missing(text: str) -> None:
    assert clean.is_missing(text)


def test_no_word_that_says_nothing_is_longer_than_those_looked_at() -> None:
    assert max(map(len, missing_words())) < clean.LONGEST_MISSING // 2
    assert clean.is_missing("-" * 100)
    assert not clean.is_missing("n" * 100)


@pytest.mark.parametrize("text", ["999", "Nadia", "0", "http://a.example", "None of the Above Clinic"])
def test_what_says_something_is_not(text: str) -> None:
    assert not clean.is_missing(text)


def test_an_admin_adds_words_that_say_nothing() -> None:
    assert clean.is_missing("Por Definir", frozenset({"por definir"}))
    assert clean.is_missing("0", frozenset({"0"}))


def test_a_name_in_capitals_stays_so_but_is_tidied() -> None:
    assert clean_text("  IMSS\u00a0HOSPITAL\t GENERAL\u200e ") == "IMSS HOSPITAL GENERAL"


def test_folding() -> None:
    assert folded("Código_Postal") == folded("codigo postal") == folded("CODIGOPOSTAL") == "codigopostal"
    assert folded("Øresund Læge") == folded("oresund laege")
    assert folded("tipoUnidad") == folded("Tipo de unidad".replace("de ", ""))


@given(st.text(st.characters(max_codepoint=127)))
def test_folding_ascii_is_folding(text: str) -> None:
    assert folded(text) + "e" == folded(text + "é")


@pytest.mark.parametrize(
    "text",
    [
        " " * 60_000,
        "1" + " " * 60_000 + "2",
        "\n \t" * 20_000,
        "01" + "-" * 60_000,
        "+52" + "-" * 60_000,
        "1/" * 30_000,
        "," * 60_000,
    ],
    ids=["blanks", "blanks between", "lines", "dashes", "more dashes", "slashes", "commas"],
)
def test_no_cell_however_odd_takes_long(text: str) -> None:
    """Two seconds at most; a pattern that goes back and forth needs minutes, and the time limit of a test ends it."""
    for _ in range(20):
        clean_phone._any_phones.cache_clear()
        with contextlib.suppress(CellProblem):
            clean_phones(text, "MX")
        with contextlib.suppress(CellProblem):
            clean_website(text)
