"""A street cell is split only where that is certain, and never loses a letter or a digit."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.loading.clean_address import StreetParts, split_street
from finder.loading.clean_text import clean_text

CASES = json.loads((Path(__file__).parent.parent / "cases" / "street_addresses.json").read_text("utf-8"))
COUNTRIES = st.sampled_from(["US", "MX", "PR", "FI", None])
WORDS = (
    "1234 5 5TH 1/2 12-A MAIN AVE STE SUITE UNIT # #4 200 B CALLE AV. DE LA NO. No NÚM. NÚMERO S/N SIN NUMERO INT. LOCAL 3 , , . "
    "COL. KM JUÁREZ Y ENTRE CARRETERA & and & FLOOR BIS PO BOX"
)


def _signs(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _left_out(text: str, country: str | None, parts: StreetParts) -> str:
    """What of the text's letters and digits is in no part; fails when a part has more than the text or another order."""
    american = (parts.house_number, parts.street, parts.unit)
    mexican = (parts.street, parts.house_number, parts.unit)
    kept = _signs("".join(part or "" for part in (american if country in ("US", "PR") else mexican)))
    whole = _signs(text)
    cut = len(whole) - len(kept)
    places = [at for at in range(len(kept) + 1) if whole[:at] + whole[at + cut :] == kept]
    assert cut >= 0
    assert places
    return min(
        (whole[at : at + cut] for at in places), key=lambda left: left not in ("no", "nó", "num", "núm", "numero", "número")
    )


@pytest.mark.parametrize("case", CASES, ids=[f"{case['country']} {case['text']}" for case in CASES])
def test_an_address(case: dict[str, Any]) -> None:
    parts = split_street(case["text"], case["country"])
    assert [parts.street, parts.house_number, parts.unit] == case["gives"]


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS.split()), max_size=9).map(" ".join)), COUNTRIES)
def test_nothing_is_lost(text: str, country: str | None) -> None:
    parts = split_street(text, country)
    assert _left_out(text, country, parts) in ("", "no", "nó", "num", "núm", "numero", "número")
    if parts.house_number is None:
        assert parts.unit is None


STREETS = st.lists(
    st.sampled_from(["Juárez", "Hidalgo", "Elm", "Palm", "Sol", "Reforma", "Granite"]), min_size=1, max_size=3
).map(" ".join)


@given(
    STREETS,
    st.integers(1, 99999),
    st.sampled_from(["St", "Ave", "Blvd", "Way"]),
    st.sampled_from([None, "Ste 5", "Apt B", "#12"]),
)
def test_an_american_address_comes_apart_as_it_was_put_together(name: str, number: int, kind: str, unit: str | None) -> None:
    street = f"{name} {kind}"
    text = f"{number} {street}" + (f" {unit}" if unit else "")
    assert split_street(text, "US") == StreetParts(street, str(number), unit)


@given(
    STREETS,
    st.integers(1, 99999),
    st.sampled_from(["No. ", "#", "No ", "Núm. ", "número "]),
    st.sampled_from([None, "Int. 5", "Local B"]),
)
def test_a_mexican_address_comes_apart_as_it_was_put_together(name: str, number: int, marker: str, unit: str | None) -> None:
    street = f"Av. {name}"
    text = f"{street} {marker}{number}" + (f", {unit}" if unit else "")
    assert split_street(text, "MX") == StreetParts(street, str(number), unit)


@pytest.mark.parametrize("piece", ["1 ", "a ", "no ", "# ", "1 a ste 1 ", "int 5 ", "ste 5 ", "calle ", "a", "aaa 123 ", ", "])
@pytest.mark.parametrize("length", [300, 65536])
def test_long_cells_stay_whole_and_are_quick(piece: str, length: int) -> None:
    text = f"1 {piece * (length // len(piece))}"[:length]
    for country in ("US", "MX"):
        parts = split_street(text, country)
        assert (
            parts == StreetParts(clean_text(text).strip(" ,")) if length > 300 else _left_out(text, country, parts) in ("", "no")
        )


def test_real_addresses(shared_data: Path) -> None:
    with (shared_data / "health-mx" / "baja_california_units_173.csv").open(encoding="utf-8", newline="") as file:
        mexican = {row["direccion"] for row in csv.DictReader(file)}
    with (shared_data / "health-us" / "hifld_hospitals.csv").open(encoding="utf-8-sig", newline="") as file:
        american = {row["ADDRESS"] for row in csv.DictReader(file)}
    for country, texts, least in (("MX", mexican, 0.3), ("US", american, 0.93)):
        parts = {text: split_street(text, country) for text in texts}
        assert all(_left_out(text, country, of) in ("", "no", "num") for text, of in parts.items())
        split = [of for of in parts.values() if of.house_number]
        assert len(split) > least * len(texts)
        assert all(re.match(r"\d|s/n|sin n", of.house_number or "", re.IGNORECASE) for of in split)
