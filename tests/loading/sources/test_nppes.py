"""NPPES: organisations are facilities, people are practitioners with a role, whatever the order of the columns."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.facility import FacilityKind
from finder.loading import clean
from finder.loading.clean_npi import npi_adds_up
from finder.loading.mapping import FIELDS
from finder.loading.read import Row
from finder.loading.row_error import CellProblem
from finder.loading.sources.nppes import COLUMN_OF, PERSON_COLUMN_OF, deactivated_npi, is_nppes, kind_of_code, records
from finder.loading.sources.table import Entity
from tests.loading.sources.registers import CASES, NPPES_HEADER, npi, nppes_cells, rows_of_file, write_nppes

CASES_OF_PROVIDERS = json.loads((CASES / "nppes_providers.json").read_text("utf-8"))
CLASSIFICATIONS = {
    "General Acute Care Hospital": FacilityKind.HOSPITAL,
    "Military Hospital": FacilityKind.HOSPITAL,
    "Long Term Care Hospital": FacilityKind.HOSPITAL,
    "Psychiatric Hospital": FacilityKind.MENTAL_HEALTH,
    "Psychiatric Unit": FacilityKind.MENTAL_HEALTH,
    "Community/Behavioral Health": FacilityKind.MENTAL_HEALTH,
    "Rehabilitation Hospital": FacilityKind.REHABILITATION,
    "Physical Therapist": FacilityKind.REHABILITATION,
    "Substance Abuse Rehabilitation Facility": FacilityKind.ADDICTION_TREATMENT,
    "Rehabilitation, Substance Use Disorder Unit": FacilityKind.ADDICTION_TREATMENT,
    "Clinical Medical Laboratory": FacilityKind.LABORATORY,
    "Pharmacy": FacilityKind.PHARMACY,
    "Dentist": FacilityKind.DENTIST,
    "Optometrist": FacilityKind.EYE_CARE,
    "Ophthalmology": FacilityKind.EYE_CARE,
    "Eyewear Supplier": FacilityKind.EYE_CARE,
    "Midwife": FacilityKind.MATERNITY,
    "Pediatrics": FacilityKind.DOCTORS,
    "Multi-Specialty": FacilityKind.CLINIC,
    "Ambulance": FacilityKind.OTHER,
    "Home Health": FacilityKind.OTHER,
    "Skilled Nursing Facility": FacilityKind.OTHER,
}
"""What the committee calls some classes, and what a patient would look for."""
CLINICS = {
    "Urgent Care": FacilityKind.URGENT_CARE,
    "Emergency Care": FacilityKind.EMERGENCY,
    "Dental": FacilityKind.DENTIST,
    "Birthing": FacilityKind.MATERNITY,
    "Mental Health (Including Community Mental Health Center)": FacilityKind.MENTAL_HEALTH,
    "Adult Mental Health": FacilityKind.MENTAL_HEALTH,
    "Methadone": FacilityKind.ADDICTION_TREATMENT,
    "Rehabilitation": FacilityKind.REHABILITATION,
    "Rehabilitation, Substance Use Disorder": FacilityKind.ADDICTION_TREATMENT,
    "Federally Qualified Health Center (FQHC)": FacilityKind.CLINIC,
    "Rural Health": FacilityKind.CLINIC,
    "Primary Care": FacilityKind.CLINIC,
}


@pytest.mark.parametrize("case", CASES_OF_PROVIDERS, ids=[case["case"] for case in CASES_OF_PROVIDERS])
def test_a_provider(case: dict[str, Any]) -> None:
    found = records(Row(7, nppes_cells(case["row"])))
    assert [[record.entity, record.cells] for record in found] == case["gives"]
    assert {record.line for record in found} == {7}


def test_a_deactivated_number_of_no_type_is_told_and_can_be_closed() -> None:
    row = Row(7, nppes_cells({"NPI": npi(19), "NPI Deactivation Date": "03/31/2020"}))
    assert deactivated_npi(row) == npi(19)
    with pytest.raises(CellProblem, match="deactivated"):
        records(row)


def test_a_row_of_no_type_that_is_not_deactivated_is_refused() -> None:
    row = Row(7, nppes_cells({"NPI": npi(3), "NPI Deactivation Date": "03/31/2020", "NPI Reactivation Date": "04/01/2020"}))
    assert deactivated_npi(row) is None
    with pytest.raises(CellProblem, match="entity type"):
        records(row)


def test_the_file_is_known_by_its_header(shared_data: Path) -> None:
    assert is_nppes(NPPES_HEADER)
    assert is_nppes([*reversed(NPPES_HEADER), "one more"])
    assert is_nppes([name.upper().replace(" ", "_") for name in NPPES_HEADER])
    assert not is_nppes([name for name in NPPES_HEADER if name != "Entity Type Code"])
    with (shared_data / "doctors-us" / "nppes_npidata_header.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == NPPES_HEADER


def test_columns_and_fields_are_known() -> None:
    assert set(COLUMN_OF.values()) | set(PERSON_COLUMN_OF.values()) <= set(NPPES_HEADER)
    for case in CASES_OF_PROVIDERS:
        for record in records(Row(1, nppes_cells(case["row"]))):
            assert set(record.cells) <= set(COLUMN_OF)
            if record.entity is Entity.FACILITY:
                assert set(record.cells) <= {*FIELDS, "identifiers.npi"}


def test_codes_have_the_kinds_of_their_names(shared_data: Path) -> None:
    with (shared_data / "doctors-us" / "nucc_provider_taxonomy.csv").open(encoding="latin-1", newline="") as file:
        taxonomy = list(csv.DictReader(file))
    whole_classes = [row for row in taxonomy if not row["Specialization"] and row["Classification"] in CLASSIFICATIONS]
    assert {row["Classification"] for row in whole_classes} == set(CLASSIFICATIONS)
    for row in whole_classes:
        assert kind_of_code(row["Code"]) is CLASSIFICATIONS[row["Classification"]], row
    clinics = {row["Specialization"]: row["Code"] for row in taxonomy if row["Classification"] == "Clinic/Center"}
    assert {name: kind_of_code(clinics[name]) for name in CLINICS} == CLINICS
    # No kind is given to what the committee calls an agency of transport, a supplier of meals or a plan.
    others = {
        "Transportation Services",
        "Managed Care Organizations",
        "Respite Care Facility",
        "Nursing & Custodial Care Facilities",
    }
    assert {kind_of_code(row["Code"]) for row in taxonomy if row["Grouping"] in others} == {FacilityKind.OTHER}
    assert kind_of_code("") is kind_of_code("X") is FacilityKind.OTHER


def test_a_whole_file(tmp_path: Path) -> None:
    rows = rows_of_file(write_nppes(tmp_path / "npidata.csv", 200))
    assert all(len(row.cells) == 329 for row in rows)
    for row in rows:
        if not row.cells["Entity Type Code"]:
            assert deactivated_npi(row) == row.cells["NPI"]
            continue
        found = records(row)
        of_type = {"1": ["practitioner", "role"], "2": ["facility"]}
        assert [record.entity for record in found] == of_type[row.cells["Entity Type Code"]]
        primary = row.cells["Healthcare Provider Taxonomy Code_2"]
        assert found[0].cells["specialties" if found[0].entity is Entity.PRACTITIONER else "services"].startswith(primary)
        assert clean.clean_postcode(found[-1].cells["postcode"], "US") == "92103-1234"
        assert clean.clean_date(found[-1].cells["verified_at"]).isoformat() == "2023-07-08"


@pytest.mark.parametrize("shuffle_seed", range(3))
def test_shuffled_columns_give_the_same(tmp_path: Path, shuffle_seed: int) -> None:
    plain = rows_of_file(write_nppes(tmp_path / "plain.csv", 19))
    shuffled = rows_of_file(write_nppes(tmp_path / "shuffled.csv", 19, shuffle_seed=shuffle_seed))
    assert list(plain[0].cells) != list(shuffled[0].cells)
    assert [records(row) for row in shuffled] == [records(row) for row in plain]


def test_check_digits() -> None:
    """The example of the standard (CMS, “Requirements for NPI check digit”) is 1234567893."""
    assert [last for last in "0123456789" if npi_adds_up("123456789" + last)] == ["3"]


@given(st.integers(0, 10**8 - 1), st.integers(0, 9), st.integers(1, 9))
def test_a_mistyped_digit_is_found(number: int, place: int, by: int) -> None:
    right = npi(number)
    assert npi_adds_up(right)
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    assert not npi_adds_up(wrong)
