"""The demo's doctors are what their script writes, fictional as they say, and sensible; and what is asked of them can be had."""

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from finder.domain.facility import FacilityKind
from finder.words.folding import fold
from tests.conftest import REPOSITORY

SAMPLES = REPOSITORY / "data" / "facilities"
CASES = REPOSITORY / "tests" / "cases"
COLUMNS = {
    "tijuana": ("id médico", "apellido materno", "credencial", "especialidad", "id unidad", "teléfono"),
    "san_diego": ("doctor id", "middle name", "credential", "specialty", "facility id", "phone"),
}
SERVICES = frozenset(
    word
    for line in (
        "vaccination blood_test ultrasound x_ray mri ct_scan mammogram pap_smear electrocardiogram endoscopy dialysis",
        "chemotherapy surgery childbirth prenatal_care family_planning std_testing hiv_care diabetes_care",
        "wound_care stitches physical_exam",
        "covid_test eye_exam hearing_test dental_cleaning tooth_extraction braces telehealth_visit mental_health_counselling",
        "addiction_care home_care palliative_care emergency_care urgent_care_service",
    )
    for word in line.split()
)
NEEDS = {"languages", "open", "plan", "accepting", "wheelchair", "telehealth", "gender"}
TARGETS = {"codes", "service", "kind", "practitioner", "facility", "emergency"}


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_doctors(side: str) -> list[tuple[str, ...]]:
    """Id, word of make-believe, credential, code, facility, phone of each row."""
    return [tuple(row[column] for column in COLUMNS[side]) for row in rows(f"{side}_doctors")]


def cases(language: str) -> list[dict[str, Any]]:
    return json.loads((CASES / f"queries_{language}.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def codes() -> set[str]:
    return {code for side in COLUMNS for _, _, _, code, _, _ in of_doctors(side)}


def test_the_files_are_what_the_script_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, REPOSITORY / "scripts" / "make_demo_doctors.py", tmp_path], check=True)
    for side in COLUMNS:
        name = f"{side}_doctors.csv"
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes(), f"run scripts/make_demo_doctors.py: {name}"


@pytest.mark.parametrize("side", COLUMNS)
def test_every_row_says_that_it_is_fictional(side: str) -> None:
    for own, dream, credential, _, _, phone in of_doctors(side):
        assert own.startswith("FICT-")
        assert dream
        assert re.search(r"fictici[oa]|\(fictional\)", credential)
        assert not phone or re.fullmatch(r"(\+1 )?\d{3}-555-01\d\d", phone)
    # No column for a number that somebody might have.
    assert not {"npi", "cédula", "cedula", "cédula profesional", "license"} & set(rows(f"{side}_doctors")[0])


def test_there_are_people_of_all_sorts_at_open_places(codes: set[str]) -> None:
    people = Counter[str]()
    for side in COLUMNS:
        status = {row["id"]: row.get("estatus") or row["status"] for row in rows(side)}
        found = of_doctors(side)
        assert {status[facility] for *_, facility, _ in found} <= {"abierto", "open"}
        assert len({(own, facility) for own, _, _, _, facility, _ in found}) == len(found)
        people += Counter({code: 1 for _, _, _, code, _, _ in found})
    assert len(codes) >= 85
    assert sum(sides == 2 for sides in people.values()) >= 65  # on both sides


def test_the_codes_are_of_the_provider_taxonomy(codes: set[str], shared_data: Path) -> None:
    path = shared_data / "doctors-us" / "nucc_provider_taxonomy.csv"
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        assert codes <= {row["Code"] for row in csv.DictReader(file) if row["Section"] == "Individual"}


def test_what_is_unknown_or_stale_is_there_too() -> None:
    for name, column, verified in (
        ("tijuana_doctors", "acepta pacientes nuevos", "fecha de verificación"),
        ("san_diego_doctors", "accepting new patients", "verified at"),
    ):
        found = rows(name)
        assert {row[column] for row in found} > {"", "no"}
        days = [date.fromisoformat(row[verified]) for row in found]
        assert min(days) < date(2025, 1, 1)
        assert date(2026, 10, 1) < max(days) <= date(2026, 11, 30)


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_labelled_queries_can_be_answered(language: str, codes: set[str]) -> None:
    found = cases(language)
    assert len(found) >= 170
    assert len({case["q"] for case in found}) == len(found)
    own = {f"{side}_doctors:{row[0]}" for side in COLUMNS for row in of_doctors(side)}
    units = {f"{side}:{row['id']}" for side in COLUMNS for row in rows(side)}
    places = {
        row.get(column) for side in COLUMNS for row in rows(side) for column in ("colonia", "ciudad", "neighborhood", "city")
    }
    plans = {
        part.strip()
        for name, column in (("tijuana_doctors", "seguros"), ("san_diego_doctors", "insurance plans"))
        for row in rows(name)
        for whole in row[column].split(";")
        for part in (whole, whole.partition("/")[0])
    }
    for case in found:
        query, want = case["q"], case["want"]
        assert set(case) == {"q", "want", "tags"}, query
        assert case["tags"], query
        assert set(want) <= TARGETS | {"needs", "place"}, query
        assert len(TARGETS & set(want)) <= 1, query
        assert set(want), query
        assert set(want.get("codes", ())) <= codes, query
        assert {want.get("service", "x_ray")} <= SERVICES, query
        assert want.get("kind", "clinic") in set(FacilityKind), query
        assert want.get("practitioner") is None or want["practitioner"] in own, query
        assert want.get("facility") is None or want["facility"] in units, query
        assert want.get("place") is None or want["place"] in places, query
        needs = want.get("needs", {})
        assert set(needs) <= NEEDS, query
        assert needs.get("plan", "?") in plans | {"?"}, query


def test_no_name_of_a_labelled_person_is_anothers() -> None:
    """A query that names a person in full can only mean one."""
    of_people = [case for language in ("es", "en") for case in cases(language) if "practitioner" in case["want"]]
    wanted = {case["want"]["practitioner"] for case in of_people}
    people = {
        f"{side}_doctors:{row[own]}": (row[given], row[family])
        for side, own, given, family in (
            ("tijuana", "id médico", "nombres", "apellido paterno"),
            ("san_diego", "doctor id", "first name", "last name"),
        )
        for row in rows(f"{side}_doctors")
    }
    same = {one for pair in combinations(people, 2) if people[pair[0]] == people[pair[1]] for one in pair}
    assert wanted
    assert not wanted & same
    # The id still means whom the words mean: other draws of the script would give it to somebody else.
    for case in of_people:
        names = [fold(part) for part in people[case["want"]["practitioner"]]]
        close = [get_close_matches(word, names, cutoff=0.6) for word in (fold(case["q"]), *fold(case["q"]).split())]
        assert any(close), case["q"]
