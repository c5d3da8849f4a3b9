"""Which objects are places of care, and which are gone. The cases are data: ``tests/cases/osm_care.json``."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.region.care import is_gone, kind_of

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent.parent / "cases" / "osm_care.json").read_text())
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["tags"], ensure_ascii=False))
def test_case(case: dict[str, Any]) -> None:
    assert kind_of(case["tags"]) == case["kind"]
    if case["kind"] is not None:
        assert is_gone(case["tags"], TODAY) is case.get("gone", False)


@given(
    st.dictionaries(st.sampled_from(["amenity", "healthcare", "shop", "disused", "name", "end_date", "opening_hours"]), st.text())
)
def test_any_text_has_an_answer(tags: dict[str, str]) -> None:
    without_keys = {key: value for key, value in tags.items() if key not in {"amenity", "healthcare"}}
    assert kind_of(without_keys) is None
    kind_of(tags)
    is_gone(tags, TODAY)
