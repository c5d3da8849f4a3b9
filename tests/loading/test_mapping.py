"""Columns find their fields, by synonyms or as a mapping file says; what is not understood is said."""

import tomllib
from pathlib import Path

import pytest

from finder.domain.facility import FacilityKind
from finder.errors import BadFile, BadInput
from finder.loading import mapping as mapping_module
from finder.loading.mapping import MappingFile, map_columns, read_mapping_file

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
        ("[colums]\nname = 'ID'", "“colums” in the top level; there it can have missing, columns, identifiers, defaults, kinds"),
        ("[columns]\nnmae = 'ID'", "“nmae” in \\[columns\\]; there it can have lat, lon, name"),
        ("[defaults]\nlat = '1'", "“lat” in \\[defaults\\]"),
        ("[defaults]\nkind = 'klinik'", "“klinik” in \\[defaults\\] kind; there it can have hospital"),
        ("[kinds]\nA = 'klinik'", "“klinik” in \\[kinds\\] on the right side"),
        ("[columns]\nname = ['a', 'b']", "the name of a column in quotes for “name”"),
        ("[columns]\nname = 1", "the name of a column in quotes for “name”"),
        ("[columns]\nphone = [1]", "or several in \\[ \\] for “phone”"),
        ("[defaults]\npostcode = 22010", "a text in quotes for “postcode” in \\[defaults\\]"),
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
