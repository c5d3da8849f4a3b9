"""The CLUES catalogue: each unit is one facility, whatever the order of the columns."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.facility import FacilityKind, FacilityStatus
from finder.loading import clean
from finder.loading.clean_phone import clean_phones
from finder.loading.mapping import FIELDS
from finder.loading.read import Row
from finder.loading.sources.clues import COLUMN_OF, is_clues, records
from finder.loading.sources.nppes import is_nppes
from finder.loading.sources.table import Entity
from tests.loading.sources.registers import CASES, CLUES_HEADER, NPPES_HEADER, clues_cells, rows_of_file, write_clues

CASES_OF_UNITS = json.loads((CASES / "clues_units.json").read_text("utf-8"))


def unit(cells: dict[str, str]) -> dict[str, str]:
    (record,) = records(Row(7, cells))
    assert (record.line, record.entity) == (7, Entity.FACILITY)
    return record.cells


@pytest.mark.parametrize("case", CASES_OF_UNITS, ids=[case["case"] for case in CASES_OF_UNITS])
def test_a_unit(case: dict[str, Any]) -> None:
    cells = unit(clues_cells(case["row"]))
    assert {field: cells.get(field) for field in case["gives"]} == case["gives"]


def test_the_catalogue_is_known_by_its_header() -> None:
    assert is_clues(CLUES_HEADER)
    assert is_clues([*reversed(CLUES_HEADER), "una columna más"])
    assert is_clues([name.title().replace("Operacion", "Operación").replace(" ", "_") for name in CLUES_HEADER])
    assert not is_clues([name for name in CLUES_HEADER if name != "CLUES"])
    assert not is_clues(NPPES_HEADER)
    assert not is_nppes(CLUES_HEADER)


def test_another_list_with_clues_is_not_the_catalogue(shared_data: Path) -> None:
    with (shared_data / "health-mx" / "baja_california_units_173.csv").open(encoding="utf-8", newline="") as file:
        assert not is_clues(next(csv.reader(file)))


def test_the_header_is_the_published_one(shared_data: Path) -> None:
    with (shared_data / "health-mx" / "clues_full_header.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == CLUES_HEADER


def test_fields_and_columns_are_known() -> None:
    assert set(COLUMN_OF.values()) <= set(CLUES_HEADER)
    for row in records_of_fields():
        assert set(row) <= {*FIELDS, "identifiers.clues"}
        assert set(row) - set(COLUMN_OF) == {"country"}


def records_of_fields() -> list[dict[str, str]]:
    return [unit(clues_cells(case["row"])) for case in CASES_OF_UNITS]


def test_a_whole_file(tmp_path: Path) -> None:
    rows = rows_of_file(write_clues(tmp_path / "clues.csv", 300))
    found = [record for row in rows for record in records(row)]
    assert [record.line for record in found] == [row.line for row in rows]
    assert [record.cells["identifiers.clues"] for record in found] == [row.cells["CLUES"] for row in rows]
    # Counted by what the file says, not by what was made of it.
    said = Counter(row.cells["ESTATUS DE OPERACION"] for row in rows)
    statuses = Counter(record.cells["status"] for record in found)
    assert statuses["closed"] == said["FUERA DE OPERACION"] > 0
    assert statuses["temporarily_closed"] == said["PENDIENTE DE ENTRAR EN OPERACION"] > 0
    kinds = Counter(record.cells["kind"] for record in found)
    typologies = Counter(row.cells["NOMBRE DE TIPOLOGIA"] for row in rows)
    assert kinds["mobile_unit"] == typologies["UNIDAD MÓVIL"] > 0
    assert kinds["addiction_treatment"] == typologies["UNIDAD DE ESPECIALIDADES MÉDICAS (UNEMES)"] > 0
    assert kinds["hospital"] == typologies["HOSPITAL GENERAL"] > 0


@pytest.mark.parametrize("shuffle_seed", range(3))
def test_shuffled_columns_give_the_same(tmp_path: Path, shuffle_seed: int) -> None:
    plain = rows_of_file(write_clues(tmp_path / "plain.csv", 60))
    shuffled = rows_of_file(write_clues(tmp_path / "shuffled.csv", 60, shuffle_seed=shuffle_seed))
    assert list(plain[0].cells) != list(shuffled[0].cells)
    assert [records(row) for row in shuffled] == [records(row) for row in plain]


def test_the_cleaners_of_every_file_understand_the_cells(tmp_path: Path) -> None:
    for row in rows_of_file(write_clues(tmp_path / "clues.csv", 100)):
        cells = records(row)[0].cells
        assert clean.clean_kind(cells["kind"], {}) in FacilityKind
        assert clean.clean_status(cells["status"]) in FacilityStatus
        assert clean.clean_postcode(cells["postcode"], "MX") == cells["postcode"]
        assert clean.clean_date(cells["verified_at"]).isoformat() == "2025-06-30"
        (phone,) = clean_phones(cells["phone"], "MX")
        assert phone.startswith("+52664555")
        assert phone.endswith(";ext=12") == bool(row.cells["EXTENSION TELEFONICA 1 DEL ESTABLECIMIENTO"])


@given(st.dictionaries(st.sampled_from(CLUES_HEADER), st.text(max_size=40)))
def test_whatever_the_cells_say_one_facility_comes(cells: dict[str, str]) -> None:
    given_cells = unit(clues_cells({name: text.strip() for name, text in cells.items()}))
    assert all(given_cells.values())
    assert given_cells["country"] == "MX"
