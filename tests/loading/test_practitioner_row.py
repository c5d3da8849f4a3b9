"""Practitioners and roles from records, and records from an admin's table of doctors."""

import csv
import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.facility import Address, Provenance, facility_id
from finder.domain.practitioner import Gender
from finder.errors import BadFile, BadInput
from finder.loading.clean_practitioner import name_key
from finder.loading.doctor_check import are_two_people
from finder.loading.doctor_table import DoctorColumns, doctor_records, is_doctors, map_doctor_columns
from finder.loading.practitioner_row import CleanPractitioner, CleanRole, PractitionerRows
from finder.loading.read import Row
from finder.loading.row_error import Severity
from finder.loading.sources import nppes
from finder.loading.sources.table import Entity, Record
from tests.loading.sources.registers import CLUES_HEADER, NPPES_HEADER, npi, nppes_cells, rows_of_file, write_nppes

REPOSITORY = Path(__file__).parents[2]
SAMPLES = REPOSITORY / "data" / "facilities"
CASES = json.loads((REPOSITORY / "tests" / "cases" / "practitioner_cells.json").read_text("utf-8"))


def practitioner(cells: dict[str, str], rows: PractitionerRows | None = None) -> CleanPractitioner:
    found = (rows or PractitionerRows("list", {})).practitioner(Record(2, Entity.PRACTITIONER, {"name": "Sam Cuento"} | cells))
    assert found
    return found


def role(cells: dict[str, str], rows: PractitionerRows | None = None) -> CleanRole:
    somebody = {"practitioner.npi": npi(1), "facility.clues": "BCFIC000001"}
    found = (rows or PractitionerRows("list", {})).role(Record(2, Entity.ROLE, somebody | cells))
    assert found
    return found


@pytest.mark.parametrize("case", CASES, ids=[f"{case['of']} {case['cells']}" for case in CASES])
def test_a_cell(case: dict[str, Any]) -> None:
    """``gives`` is the field's value, or ``null`` with a warning, which leaves what is known of the field as it is."""
    rows = PractitionerRows("list", {})
    if case["of"] == "practitioner":
        clean = practitioner(case["cells"], rows)
        thing, unreadable = clean.practitioner, clean.unreadable
    else:
        clean_role = role(case["cells"], rows)
        thing, unreadable = clean_role.role, clean_role.unreadable
    for field, expected in case["gives"].items():
        value = getattr(thing, field)
        if expected is None:
            assert field in unreadable
            assert field not in thing.provenance
            assert rows.errors
        else:
            assert (list(value) if isinstance(value, tuple) else value) == expected
            assert field not in unreadable
            assert field in thing.provenance
    assert {error.severity for error in rows.errors} <= {Severity.WARNING}
    assert all(error.problem and error.advice for error in rows.errors)


def test_every_field_says_where_it_comes_from() -> None:
    clean = practitioner({"identifiers.npi": npi(1), "gender": "mujer", "active": "no", "verified_at": "2026-11-03"})
    here = Provenance("list", date(2026, 11, 3))
    assert clean.practitioner.provenance == dict.fromkeys(("name", "identifiers", "gender", "active"), here)
    assert clean.practitioner.active is False
    assert clean.practitioner.gender is Gender.FEMALE


def test_ids_hang_on_the_shared_number_then_the_sources_own_then_the_name() -> None:
    both = practitioner({"identifiers.npi": npi(1), "id": "7"}).practitioner
    assert both.id == facility_id("practitioner:npi", npi(1))
    assert both.identifiers == {"npi": npi(1), "list": "7"}
    assert practitioner({"id": "7"}).practitioner.id == facility_id("practitioner:list", "7")
    assert practitioner({"identifiers.cedula": "1234567"}).practitioner.id == facility_id("practitioner:cedula", "1234567")
    assert practitioner({}).practitioner.id == practitioner({"name": "DRA. SÁM  CUENTO"}).practitioner.id
    assert practitioner({}).practitioner.id != practitioner({}, PractitionerRows("other", {})).practitioner.id


@pytest.mark.parametrize("number", [{"npi": npi(1)}, {"cedula": "1234567"}, {"id": "7"}, {"name": "Dra. Sam Cuento"}])
def test_a_role_finds_its_practitioner(number: dict[str, str]) -> None:
    ((scheme, value),) = number.items()
    cells = {"id": value} if scheme == "id" else {"name": value} if scheme == "name" else {f"identifiers.{scheme}": value}
    somebody = practitioner(cells).practitioner
    at = PractitionerRows("list", {}).role(
        Record(2, Entity.ROLE, {f"practitioner.{scheme}": value, "facility.clues": "BCFIC000001"})
    )
    assert at
    assert at.role.practitioner_id == somebody.id
    assert at.practitioner_ref[1] in (*somebody.identifiers.values(), name_key(somebody.name))


def test_names_in_capitals_are_said_in_ordinary_case() -> None:
    somebody = practitioner({"name": "CUENTO DE LA LUNA, SAM", "family": "CUENTO DE LA LUNA", "given": "SAM"}).practitioner
    assert (somebody.name, somebody.given, somebody.family) == ("Sam Cuento de la Luna", "Sam", "Cuento de la Luna")
    assert somebody.id == practitioner({"name": "Dr. Sam Cuento de la Luna"}).practitioner.id
    at = role({"practitioner.npi": "", "practitioner.name": "CUENTO DE LA LUNA, SAM"})
    assert at.role.practitioner_id == somebody.id


def test_a_role_names_its_facility_by_the_number_that_everybody_shares() -> None:
    assert role({"facility.id": "TJ-001"}).facility_ref == ("clues", "BCFIC000001")
    alone = PractitionerRows("list", {}).role(Record(2, Entity.ROLE, {"practitioner.id": "7", "facility.id": "TJ-001"}))
    assert alone
    assert (alone.practitioner_ref, alone.facility_ref) == (("list", "7"), ("list", "TJ-001"))
    assert alone.role.facility_id is None


def test_roles_at_two_places_are_two_and_the_same_one_again_is_one() -> None:
    here, there = role({}).role, role({"facility.clues": "BCFIC000002"}).role
    assert here.practitioner_id == there.practitioner_id
    assert here.id != there.id
    assert here.id == role({"phone": "664 555 0101", "accepting_new_patients": "sí"}).role.id
    street = {"facility.clues": "", "street": "1 Fable St", "city": "San Diego", "country": "US"}
    at_address = role(street)
    assert at_address.facility_ref is None
    assert at_address.role.address == Address(street="1 Fable St", city="San Diego", country="US")
    assert at_address.role.id == role(street | {"street": "1 FABLE ST."}).role.id
    assert at_address.role.id != role(street | {"unit": "4"}).role.id


def test_phones_are_read_as_in_the_country_of_the_role() -> None:
    assert role({"phone": "664 555 0101"}).role.phones == ("+526645550101",)
    assert role({"facility.clues": "", "facility.npi": npi(2), "phone": "619 555 0101"}).role.phones == ("+16195550101",)
    assert role({"country": "US", "phone": "619 555 0101"}).role.phones == ("+16195550101",)


@pytest.mark.parametrize(
    ("entity", "cells", "problem"),
    [
        (Entity.PRACTITIONER, {"identifiers.npi": npi(1)}, "name is missing"),
        (Entity.ROLE, {"facility.clues": "BCFIC000001"}, "names no doctor"),
        (Entity.ROLE, {"practitioner.npi": npi(1), "phone": "1"}, "no facility and no address"),
        (Entity.ROLE, {"practitioner.npi": "12", "facility.clues": "BCFIC000001"}, "names no doctor"),
    ],
)
def test_what_cannot_be_used_is_refused(entity: Entity, cells: dict[str, str], problem: str) -> None:
    rows = PractitionerRows("list", {"name": "Doctor"})
    record = Record(9, entity, cells)
    assert (rows.practitioner(record) if entity is Entity.PRACTITIONER else rows.role(record)) is None
    refused = [error for error in rows.errors if error.severity is Severity.ERROR]
    assert [error.line for error in refused] == [9]
    assert problem in refused[0].problem
    assert refused[0].advice


def test_a_wrong_check_digit_is_a_warning_that_names_the_column() -> None:
    rows = PractitionerRows("list", {"identifiers.npi": "NPI number"})
    clean = practitioner({"identifiers.npi": "1234567890"}, rows)
    assert clean.practitioner.identifiers == {"npi": "1234567890"}
    (warning,) = rows.errors
    assert (warning.column, warning.value, warning.severity) == ("NPI number", "1234567890", Severity.WARNING)


def test_one_name_with_other_specialties_is_not_taken_for_one_doctor() -> None:
    rows = PractitionerRows("list", {})
    first = practitioner({"specialties": "pediatría"}, rows)
    again = practitioner({"specialties": "pediatría; alergología"}, rows)
    assert first.practitioner.id == again.practitioner.id
    assert rows.practitioner(Record(5, Entity.PRACTITIONER, {"name": "Sam Cuento", "specialties": "cirugía"})) is None
    assert "on line 2" in rows.errors[0].problem
    # Nor is the place of work on the same line given to the first.
    place = {"practitioner.name": "Sam Cuento", "facility.id": "TJ-001"}
    assert rows.role(Record(5, Entity.ROLE, place)) is None
    assert rows.role(Record(6, Entity.ROLE, place)) is not None
    # With a number there is no doubt.
    assert practitioner({"specialties": "cirugía", "id": "8"}, rows).practitioner.id != first.practitioner.id


@pytest.mark.parametrize(
    ("one", "other", "are_two"),
    [
        ("Ana Buena", "Otra Persona", True),
        ("Dra. Ana Buena", "Dra. Otra Persona", True),
        ("Dra. ANA BUENA", "Ana Búena", False),
        ("Ana Buena", "A. B.", False),
        ("Ana Buena", "Ana Casada de Otro", False),
        ("Buena Ana", "Ana Buena", False),
    ],
)
def test_two_people_are_told_by_names_that_share_no_word(one: str, other: str, are_two: bool) -> None:
    both = [practitioner({"name": name, "id": "B-1"}).practitioner for name in (one, other)]
    assert are_two_people(*both) is are_two
    assert are_two_people(*reversed(both)) is are_two


def test_nobody_has_made_sure_in_the_future() -> None:
    today = datetime.now(UTC).date()
    for days, is_kept in ((0, True), (1, True), (2, False), (2000, False)):
        day = today + timedelta(days=days)
        rows = PractitionerRows("list", {"verified_at": "verified at"})
        clean, at = practitioner({"verified_at": str(day)}, rows), role({"verified_at": str(day), "telehealth": "yes"}, rows)
        given = {one.verified_at for one in (*clean.practitioner.provenance.values(), *at.role.provenance.values())}
        assert given == {day if is_kept else None}
        assert {(error.column, error.problem, error.severity) for error in rows.errors} == (
            set() if is_kept else {("verified at", "This date is in the future: left out.", Severity.WARNING)}
        )


def test_nppes_people_become_practitioners_with_a_role(tmp_path: Path) -> None:
    rows = PractitionerRows("nppes", nppes.PERSON_COLUMN_OF)
    people = [row for row in rows_of_file(write_nppes(tmp_path / "npidata.csv", 60)) if row.cells["Entity Type Code"] == "1"]
    for row in people:
        first, second = nppes.records(row)
        person, at = rows.practitioner(first), rows.role(second)
        assert person
        assert at
        assert person.practitioner.identifiers == {"npi": row.cells["NPI"]}
        assert at.practitioner_ref == ("npi", row.cells["NPI"])
        assert at.role.practitioner_id == person.practitioner.id
        assert at.role.address.postcode == "92103-1234"
        assert at.role.phones[0].startswith("+1619555")
    assert len(people) > 20
    assert not rows.errors


def test_a_name_of_nppes_that_other_files_take_for_nothing() -> None:
    row = Row(2, nppes_cells({"NPI": npi(1), "Entity Type Code": "1", "Provider Last Name (Legal Name)": "NA"}))
    found = PractitionerRows("nppes", {}).practitioner(nppes.records(row)[0])
    assert found
    assert (found.practitioner.name.upper(), (found.practitioner.family or "").upper()) == ("NA", "NA")


@pytest.mark.parametrize(
    ("header", "is_one"),
    [
        ("nombre del médico,especialidad,clues unidad", True),
        ("Given Name,Family Name,NPI,Facility NPI", True),
        ("nombre,cédula profesional,especialidad", True),
        ("name,specialty,clinic id", True),
        ("name,npi,phone,address,city", False),
        ("nombre,clues,municipio,latitud,longitud", False),
        ("nombre del médico,latitud,longitud", False),
        ("name,specialties,street,city,lat,lon", False),
        ("name,specialties,phone", False),
        ("nombre de la unidad,médico,tipo de unidad", False),
        ("first name,phone", False),
    ],
)
def test_a_table_of_doctors_is_told_from_one_of_facilities(header: str, is_one: bool) -> None:
    assert is_doctors(header.split(",")) is is_one


def test_registers_and_samples_of_facilities_are_no_tables_of_doctors(shared_data: Path) -> None:
    assert not is_doctors(CLUES_HEADER)
    assert not is_doctors(NPPES_HEADER)
    facilities = [*SAMPLES.glob("*.csv"), *(shared_data / "health-us").glob("*.csv"), *(shared_data / "health-mx").glob("*.csv")]
    assert len(facilities) > 6
    for path in facilities:
        with path.open(encoding="latin-1", newline="") as file:
            assert is_doctors(next(csv.reader(file))) is path.name.endswith("_doctors.csv"), path.name


def test_columns_are_mapped_and_the_rest_is_named() -> None:
    columns = map_doctor_columns(["Médico", "Especialidad 1", "Especialidad 2", "CLUES unidad", "Notas"], "a.csv")
    assert columns == DoctorColumns(
        columns={"facility.clues": ("CLUES unidad",), "name": ("Médico",), "specialties": ("Especialidad 1", "Especialidad 2")},
        ignored=("Notas",),
    )
    assert columns.column_of["name"] == "Médico"
    with pytest.raises(BadFile, match=r"a\.csv has no column for the doctor's name.*“Notas”"):
        map_doctor_columns(["Notas"], "a.csv")
    with pytest.raises(BadInput, match="“Nom”"):
        map_doctor_columns(["Notas"], "a.csv", {"name": ("Nom",)})
    with pytest.raises(BadInput, match="“beds”"):
        map_doctor_columns(["Notas"], "a.csv", {"beds": ("Notas",)})
    assert map_doctor_columns(["Notas"], "a.csv", {"name": ("Notas",)}).columns == {"name": ("Notas",)}


def test_a_row_gives_a_doctor_and_a_role_where_it_names_a_place() -> None:
    header = ["nombre", "especialidad", "subespecialidad", "cédula", "id unidad", "teléfono", "ciudad"]
    columns = map_doctor_columns(header, "a.csv")
    cells = dict(zip(header, ["Dra. Sam Cuento", "pediatría", "alergología", "1234567", "TJ-001", "1", ""], strict=True))
    doctor, at = doctor_records(Row(4, cells), columns)
    assert doctor == (
        4,
        Entity.PRACTITIONER,
        {"name": "Dra. Sam Cuento", "specialties": "pediatría;alergología", "identifiers.cedula": "1234567"},
    )
    assert at == (
        4,
        Entity.ROLE,
        {"facility.id": "TJ-001", "practitioner.cedula": "1234567", "practitioner.name": "Dra. Sam Cuento", "phone": "1"},
    )
    assert [record.entity for record in doctor_records(Row(4, cells | {"id unidad": ""}), columns)] == [Entity.PRACTITIONER]


@pytest.mark.parametrize(("column", "gender"), [("gender", Gender.MALE), ("sexo", None)])
def test_m_is_a_man_in_an_english_column_and_nobody_knows_in_a_spanish_one(column: str, gender: Gender | None) -> None:
    columns = map_doctor_columns(["doctor", column], "a.csv")
    rows = PractitionerRows("list", columns.column_of)
    found = rows.practitioner(doctor_records(Row(2, {"doctor": "Sam Cuento", column: "M"}), columns)[0])
    assert found
    assert found.practitioner.gender is gender
    assert [error.column for error in rows.errors] == ([] if gender else ["sexo"])


@pytest.mark.parametrize(("side", "counts"), [("tijuana", (137, 183, 183)), ("san_diego", (150, 193, 193))])
def test_a_sample_of_doctors_loads_without_a_word(side: str, counts: tuple[int, int, int]) -> None:
    with (SAMPLES / f"{side}.csv").open(encoding="utf-8", newline="") as file:
        facilities = {row["id"] for row in csv.DictReader(file)}
    table = rows_of_file(SAMPLES / f"{side}_doctors.csv")
    columns = map_doctor_columns(table[0].cells, f"{side}_doctors.csv")
    assert columns.ignored == ()
    rows = PractitionerRows(f"{side}_doctors", columns.column_of)
    people, roles = set[str](), list[CleanRole]()
    for row in table:
        doctor, at = doctor_records(row, columns)
        person, clean_role = rows.practitioner(doctor), rows.role(at)
        assert person
        assert clean_role
        assert clean_role.role.practitioner_id == person.practitioner.id
        assert clean_role.facility_ref in {(side, own) for own in facilities}
        assert all(phone[5:].startswith("55501") for phone in clean_role.role.phones)
        people.add(person.practitioner.id)
        roles.append(clean_role)
    assert not rows.errors
    assert (len(people), len(roles), len({at.role.id for at in roles})) == counts


def test_shuffled_columns_give_the_same_doctors() -> None:
    table = rows_of_file(SAMPLES / "tijuana_doctors.csv")
    header = list(table[0].cells)
    plain = [doctor_records(row, map_doctor_columns(header, "a.csv")) for row in table]
    for seed in range(3):
        shuffled = random.Random(seed).sample(header, len(header))  # noqa: S311 - no secret
        rows = [Row(row.line, {column: row.cells[column] for column in shuffled}) for row in table]
        assert [doctor_records(row, map_doctor_columns(shuffled, "a.csv")) for row in rows] == plain


@given(st.text(max_size=60))
def test_the_key_of_a_name_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


FIELDS = (
    "name given family prefix credential specialties languages gender active id verified_at identifiers.npi identifiers.cedula "
    "practitioner.npi practitioner.id facility.clues facility.id street city postcode country phone opening_hours plans "
    "telehealth"
)


@given(st.dictionaries(st.sampled_from(FIELDS.split()), st.text(max_size=40)))
def test_whatever_the_cells_say_it_is_a_practitioner_or_an_error(cells: dict[str, str]) -> None:
    rows = PractitionerRows("list", {})
    person, at = rows.practitioner(Record(2, Entity.PRACTITIONER, cells)), rows.role(Record(2, Entity.ROLE, cells))
    refused = sum(error.severity is Severity.ERROR for error in rows.errors)
    assert refused == (person is None) + (at is None)
    assert person is None or person.practitioner.name.strip()
