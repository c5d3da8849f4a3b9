"""Names in capitals come into case, all others stay."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.loading.clean_name import clean_name, person_name
from finder.loading.clean_text import clean_text

CASES = json.loads((Path(__file__).parent.parent / "cases" / "names.json").read_text("utf-8"))
WORDS = (
    "HOSP. GRAL. C.S. C.S CTR CLIN. STA. STO. DE LA EL Y A E O' MC MCD MCDONALD D'A ' ’ - . , ( ) & / 3 2DA IMSS XIV MD JR DR. "  # noqa: RUF001
    "OF THE ÑANDÚ É e\u0301 ß ŉ ǅ İ ſ SALUD HOSPITAL"  # noqa: RUF001
)
NAMES = st.lists(st.sampled_from(WORDS.split()), max_size=8)
TEXTS = st.one_of(
    st.text(),
    st.text().map(str.upper),
    NAMES.map(" ".join),
    NAMES.map("".join),
    NAMES.map(" ".join).map(str.lower),
    NAMES.map(" ".join).map(str.upper),
)


@pytest.mark.parametrize("case", CASES, ids=[case.get("text") or case["person"] for case in CASES])
def test_a_name(case: dict[str, Any]) -> None:
    given_name = person_name(case["person"]) if "person" in case else clean_name(case["text"])
    assert given_name == case["gives"]


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_name(clean_name(text)) == clean_name(text)
    assert person_name(person_name(text)) == person_name(text)


@given(TEXTS.map(clean_text).filter(lambda text: not text.isupper() and not text.islower()))
def test_mixed_case_stays(text: str) -> None:
    assert clean_name(text) == text


@given(st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÁÉÍÓÚÑÜ'-&/", min_size=6, max_size=12), min_size=1, max_size=6).map(" ".join))
def test_only_the_case_of_other_words_changes(text: str) -> None:
    assert clean_name(text).upper() == text


@pytest.mark.parametrize("piece", ["A ", "'", "A'", "-A", "C.S. ", "A.", "(", "DE LA ", "É", "A\u0301"])
def test_64k_of_anything_is_quick(piece: str) -> None:
    text = piece * (65536 // len(piece))
    assert clean_name(text) == clean_text(text)


def test_real_names_in_capitals_lose_nothing(shared_data: Path) -> None:
    with (shared_data / "health-us" / "hifld_hospitals.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [clean_text(row["NAME"]) for row in csv.DictReader(file)]
    cleaned = {name: clean_name(name) for name in names}
    in_case = [name for name in names if not cleaned[name].isupper()]
    assert len(in_case) > 0.99 * len(names)
    changed = {name for name, clean in cleaned.items() if clean.upper() != name}
    short_forms = {"HOSP", "HSPTL", "GRAL", "HLTH", "RGNL", "CTR", "SVCS", "SRVCS", "MEM", "STA", "CLIN"}
    assert changed
    assert all(short_forms & set(re.findall(r"\w+", name)) for name in changed)
