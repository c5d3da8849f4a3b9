"""Columns find their fields, by synonyms or as a mapping file says; what is not understood is said."""

import csv
import shutil
import tomllib
from pathlib import Path

import pytest

from finder.domain.facility import FacilityKind
from finder.errors import BadFile, BadInput
from finder.loading import mapping as mapping_module
from finder.loading.load import load_file
from finder.loading.mapping import (
    MappingFile,
    likely_columns,
    map_columns,
    mapping_of_columns,
    read_mapping_file,
)
from finder.loading.mapping_file import mapping_file_text
from finder.loading.remembered import remembered_mapping
from finder.store import Store

REPOSITORY = Path(__file__).parents[2]
POINT = ["lat", "lon"]


def mapped(*header: str, mapping: MappingFile | None = None) -> dict[str, tuple[str, ...]]:
    return map_columns(header, "a.csv", mapping).columns


@pytest.mark.parametrize("written", ["Código Postal", "codigo_postal", "C.P.", "ZIP", "Postal Code"])
def test_a_synonym_is_found_without_case_accents_and_punctuation(written: str) -> None:
    assert mapped("name", *POINT, written)["postcode"] == (written,)


def test_spanish_headers() -> None:
    header = ("Nombre", "Latitud", "Longitud", "Teléfono", "Municipio", "Estado", "Estatus", "Horario", "tipoUnidad", "Colonia")
    fields = ("name", "lat", "lon", "phone", "city", "state", "status", "opening_hours", "kind", "neighbourhood")
    assert mapped(*header) == {field: (column,) for field, column in zip(fields, header, strict=True)}


def test_explicit_columns_win_over_generic_ones() -> None:
    columns = map_columns(["X", "Y", "OBJECTID", "ID", "NAME", "LATITUDE", "LONGITUDE"], "a.csv")
    assert columns.columns == {"name": ("NAME",), "lat": ("LATITUDE",), "lon": ("LONGITUDE",), "id": ("ID",)}
    assert columns.ignored == ("X", "Y", "OBJECTID")
    assert mapped("X", "Y", "NAME") == {"name": ("NAME",), "lat": ("Y",), "lon": ("X",)}


def test_identifiers_of_shared_schemes_are_no_numbers_of_the_source() -> None:
    columns = map_columns(["name", *POINT, "NPI", "CLUES", "id"], "a.csv")
    assert columns.identifiers == {"npi": "NPI", "clues": "CLUES"}
    assert columns.columns["id"] == ("id",)


def test_several_phones_are_one_field() -> None:
    assert mapped("name", *POINT, "telefono1", "telefono2")["phone"] == ("telefono1", "telefono2")


@pytest.mark.parametrize("column", ["Seguros", "ASEGURADORAS", "planes", "Convenios", "Insurance", "Plans Accepted", "networks"])
def test_plans_are_called_as_insurers_call_them(column: str) -> None:
    assert mapped("name", *POINT, column, "plans")["plans"] == ("plans", column)


def test_the_real_headers_of_clues_are_understood(shared_data: Path) -> None:
    header = (shared_data / "health-mx" / "clues_full_header.csv").read_text("utf-8").strip().split(",")
    columns = map_columns(header, "clues.csv")
    assert columns.identifiers == {"clues": "CLUES"}
    assert {field: names[0] for field, names in columns.columns.items()} == {
        "name": "NOMBRE DE LA UNIDAD",
        "lat": "LATITUD",
        "lon": "LONGITUD",
        "kind": "NOMBRE TIPO ESTABLECIMIENTO",
        "status": "ESTATUS DE OPERACION",
        "street": "VIALIDAD",
        "house_number": "NUMERO EXTERIOR",
        "unit": "NUMERO INTERIOR",
        "neighbourhood": "ASENTAMIENTO",
        "city": "MUNICIPIO",
        "state": "ENTIDAD",
        "postcode": "CODIGO POSTAL",
        "phone": "TELEFONO 1 DEL ESTABLECIMIENTO",
    }


def test_hours_may_be_two_columns_and_days_be_told_for_all(tmp_path: Path) -> None:
    mapping = written(tmp_path, "days = 'Mo-Fr,Su'\n[columns]\nopening_hours = ['abre', 'cierra']")
    assert mapping.days == "Mo-Fr,Su"
    columns = map_columns(["name", *POINT, "cierra", "abre", "horario"], "a.csv", mapping)
    assert columns.columns["opening_hours"] == ("abre", "cierra")
    assert columns.ignored == ("horario",)
    assert written(tmp_path, "[columns]\nopening_hours = ['abre']").columns == {"opening_hours": ("abre",)}


@pytest.mark.parametrize("column", ["street", "postcode", "city", "clues", "npi", "id"])
def test_a_table_needs_no_coordinates_where_an_address_or_an_identifier_tells_the_place(column: str) -> None:
    assert {"name"} <= mapped("name", column).keys() <= {"name", column}


def test_a_name_alone_is_no_place() -> None:
    with pytest.raises(BadFile, match=r"no column for the latitude and the longitude\. .*lat = \"…\", lon = \"…\""):
        mapped("name", "phone", "state", "website")
    with pytest.raises(BadFile, match=r"no column for the name\."):
        mapped("calle", "ciudad", "tel")
    # One coordinate without the other is a slip, even beside an address.
    with pytest.raises(BadFile, match=r"no column for the longitude\."):
        mapped("name", "lat", "city")


def test_the_column_that_is_likely_meant_is_told() -> None:
    with pytest.raises(BadFile, match=r"“LATITUD_Y” looks like the latitude\. “LONGITUD_X” looks like the longitude\. Name the"):
        mapped("nombre", "LATITUD_Y", "LONGITUD_X", "estratoUnidad")
    sample = [
        {"ID": f"{place} Health Center", "lat": "32.51", "lon": "-117.03"} for place in ("Otay", "Mesa", "Centro", "Playas")
    ]
    with pytest.raises(BadFile, match=r"no column for the name\. .*“ID” looks like the name\."):
        map_columns(["ID", *POINT], "a.csv", sample=sample)
    with pytest.raises(BadFile) as told:
        mapped("estratoUnidad", *POINT)
    assert "looks like" not in str(told.value)


def test_unused_columns_that_are_likely_wanted() -> None:
    columns = map_columns(["name", "city", "LATITUD_Y", "LONGITUD_X", "Telefno", "estrato"], "a.csv")
    assert {each.column: each.field for each in likely_columns(columns, ())} == {
        "LATITUD_Y": "lat",
        "LONGITUD_X": "lon",
        "Telefno": "phone",
    }
    assert likely_columns(map_columns(["name", *POINT, "city"], "a.csv"), ()) == ()


def test_what_was_used_can_be_remembered_and_is_used_again(sqlite_store: Store) -> None:
    mapping = MappingFile(columns={"name": ("N",), "opening_hours": ("a", "b"), "phone": ("p", "q")}, days="Mo-Fr", source="s")
    header = ["N", *POINT, "CLUES", "a", "b", "p", "q", "x"]
    used = map_columns(header, "a.csv", mapping)
    again = mapping_of_columns(used)
    assert map_columns(header, "a.csv", again).columns == used.columns
    assert again.days == "Mo-Fr"
    assert again.identifiers == {"clues": "CLUES"}
    assert remembered_mapping(sqlite_store, "s", header) is None
    sqlite_store.remember_source("s", mapping_file_text(again))
    assert remembered_mapping(sqlite_store, "s", header) == again
    assert remembered_mapping(sqlite_store, "other", header) is None
    # What is gone is left out, a pair as a whole; in another file nothing is.
    fewer = remembered_mapping(sqlite_store, "s", ["N", *POINT, "a", "q", "CP"])
    assert fewer is not None
    assert fewer.columns == {"name": ("N",), "lat": ("lat",), "lon": ("lon",), "phone": ("q",)}
    assert fewer.identifiers == {}
    assert remembered_mapping(sqlite_store, "s", ["nombre", "latitud", "longitud"]) is None


def test_the_units_of_baja_california(shared_data: Path, sqlite_store: Store, tmp_path: Path) -> None:
    path = Path(shutil.copy(shared_data / "health-mx" / "baja_california_units_173.csv", tmp_path))
    report = load_file(path, sqlite_store, mapping=REPOSITORY / "docs" / "mappings" / "baja_california_units.toml")
    assert (report.load.read, report.load.added, report.load.refused, report.load.set_aside) == (173, 173, 0, 0)
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["cluesimb"]: row for row in csv.DictReader(file)}
    told = {facility.identifiers["clues"]: facility for facility in sqlite_store.facilities()}
    assert told.keys() == rows.keys()
    for clues, row in rows.items():
        facility = told[clues]
        assert (facility.kind is FacilityKind.MOBILE_UNIT) == (row["tipoUnidad"] == "UNIDAD MOVIL")
        assert facility.identifiers.get("clues_ssa", "N/A") == row["cluesssa"]
        if (row["hora_inicio"], row["hora_fin"]) == ("00:00", "23:59"):
            assert facility.opening_hours == "24/7"
        else:
            assert facility.opening_hours == f'{row["hora_inicio"]}-{row["hora_fin"]} "days not stated"'
    assert sum(facility.kind is FacilityKind.MOBILE_UNIT for facility in told.values()) == 51


def test_a_missing_column_is_told_with_those_that_are_there() -> None:
    with pytest.raises(BadFile, match=r"no column for the longitude\. Its columns are “name”, “lat”\..*--mapping"):
        mapped("name", "lat")


def written(tmp_path: Path, text: str) -> MappingFile:
    path = tmp_path / "m.toml"
    path.write_text(text, "utf-8")
    return read_mapping_file(path)


def test_a_mapping_file(tmp_path: Path) -> None:
    mapping = written(
        tmp_path,
        """
        missing = ["POR DEFINIR"]
        [columns]
        name = "ID"
        phone = ["tel a", "tel b"]
        [identifiers]
        clues_ssa = "vieja"
        [defaults]
        source = "mine"
        country = "MX"
        [kinds]
        "CASA DE SALUD" = "clinic"
        """,
    )
    assert mapping.source == "mine"
    assert mapping.defaults == {"country": "MX"}
    assert mapping.kinds == {"casadesalud": FacilityKind.CLINIC}
    assert mapping.missing == {"por definir"}
    columns = map_columns(["ID", *POINT, "tel a", "tel b", "vieja", "phone"], "a.csv", mapping)
    assert columns.columns["name"] == ("ID",)
    assert "id" not in columns.columns
    assert columns.columns["phone"] == ("tel a", "tel b")
    assert columns.identifiers == {"clues_ssa": "vieja"}
    assert columns.ignored == ("phone",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "[colums]\nname = 'ID'",
            "“colums” in the top level; there it can have missing, days, columns, identifiers, defaults, kinds",
        ),
        ("[columns]\nnmae = 'ID'", "“nmae” in \\[columns\\]; there it can have lat, lon, name"),
        ("[defaults]\nlat = '1'", "“lat” in \\[defaults\\]"),
        ("[defaults]\nkind = 'klinik'", "“klinik” in \\[defaults\\] kind; there it can have hospital"),
        ("[kinds]\nA = 'klinik'", "“klinik” in \\[kinds\\] on the right side"),
        ("[columns]\nname = ['a', 'b']", "the name of a column in quotes for “name”"),
        ("[columns]\nname = 1", "the name of a column in quotes for “name”"),
        ("[columns]\nphone = [1]", "or several in \\[ \\] for “phone”"),
        ("[defaults]\npostcode = 22010", "a text in quotes for “postcode” in \\[defaults\\]"),
        ("[columns]\nopening_hours = ['a']*2", "is no TOML"),
        ("[columns]\nopening_hours = ['a', 'b', 'c']", 'two of times: \\["from", "to"\\] for “opening_hours”'),
        ("[columns]\nopening_hours = ['a', 'a']", "two of times"),
        ("days = 'Mo-Fr 08:00-16:00'", 'days as OpenStreetMap writes them, without times: days = "Mo-Fr"'),
        ("days = 'Lun-Vie'", "days as OpenStreetMap"),
        ("days = ''", "days as OpenStreetMap"),
        ("days = 5", "days as OpenStreetMap"),
        ("columns = 'name'", "columns as a section"),
        ("missing = 'N/A'", "missing as texts"),
        ("[columns", "is no TOML"),
    ],
)
def test_a_mapping_file_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        written(tmp_path, text)


def test_a_mapping_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^The mapping file none\.toml cannot be read: No such file"):
        read_mapping_file(tmp_path / "none.toml")


def test_a_mapping_of_a_column_that_is_not_there() -> None:
    with pytest.raises(BadInput, match=r"names “Nombre”, which a\.csv does not have\. Its columns are “name”"):
        mapped("name", *POINT, mapping=MappingFile(columns={"name": ("Nombre",)}))


def test_no_synonym_stands_for_two_fields() -> None:
    text = (Path(mapping_module.__file__).parent / "column_synonyms.toml").read_text("utf-8")
    names = [name for fields in tomllib.loads(text).values() for synonyms in fields.values() for name in synonyms]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", sorted((REPOSITORY / "docs" / "mappings").glob("*.toml")), ids=lambda path: path.stem)
def test_every_mapping_file_of_the_docs_is_understood(path: Path) -> None:
    assert read_mapping_file(path).source == path.stem
