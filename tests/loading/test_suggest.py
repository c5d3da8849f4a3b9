"""Which column is likely which field: by its name, nearly its name, and its cells; and nothing where nobody can tell."""

import csv
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.facility import FacilityKind
from finder.loading.mapping_file import FIELDS, REPEATABLE, MappingFile, mapping_file_text, mapping_from_text
from finder.loading.suggest import LEAST, Suggestion, mapping_text, suggest_mapping

MENTAL_HEALTH = "health-us/oeps_MentalHealthProviders_Geocoded.csv"
OPIOIDS = "health-us/oeps_OpioidTreatmentProgram_Geocoded.csv"
UNITS = "health-mx/baja_california_units_173.csv"
HOSPITALS = "health-us/hifld_hospitals.csv"

TRUTH: dict[str, dict[str, str]] = {
    HOSPITALS: {
        "X": "lon", "Y": "lat", "LONGITUDE": "lon", "LATITUDE": "lat", "ID": "id", "OBJECTID": "id", "NAME": "name",
        "ADDRESS": "street", "CITY": "city", "STATE": "state", "ZIP": "postcode", "TELEPHONE": "phone", "TYPE": "kind",
        "STATUS": "status", "COUNTRY": "country", "VAL_DATE": "verified_at", "WEBSITE": "website",
    },
    "health-us/oeps_FQHC_Geocoded.csv": {
        "name": "name", "st_abbr": "state", "city": "city", "address": "street", "phone": "phone", "lon": "lon", "lat": "lat",
    },
    MENTAL_HEALTH: {
        "name1": "name", "name2": "name2", "street1": "street", "street2": "unit", "city": "city", "state": "state",
        "zip": "postcode", "phone": "phone", "intake1": "phone", "intake2": "phone", "website": "website", "latitude": "lat",
        "longitude": "lon", "type_facility": "kind",
    },
    OPIOIDS: {
        "ID": "name", "ADDRESS": "street", "CITY": "city", "STATE": "state", "POSTAL": "postcode", "Latitude": "lat",
        "Longitude": "lon",
    },
    "health-us/oeps_SubstanceUseTreatment_Geocoded.csv": {
        "name1": "name", "name2": "name2", "street1": "street", "street2": "unit", "city": "city", "state": "state",
        "zip": "postcode", "latitude": "lat", "longitude": "lon",
    },
    UNITS: {
        "cluesimb": "identifiers.clues", "cluesssa": "identifiers.clues", "nombre": "name", "municipio": "city",
        "localidad": "city", "direccion": "street", "latitud": "lat", "longitud": "lon", "tipoUnidad": "kind",
        "hora_inicio": "opening_hours", "hora_fin": "opening_hours",
    },
}  # fmt: skip
"""What the columns of real files are; every other column of them is nothing of ours."""


def rows_of(path: Path, count: int = 200) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return list(islice(csv.DictReader(file), count))


def suggested(
    header: Sequence[str], sample: Sequence[Mapping[str, str]] = (), known: MappingFile | None = None
) -> dict[str, str]:
    return {each.column: each.field for each in suggest_mapping(header, sample, known) if each.field}


def cells(column: str, *values: str) -> list[dict[str, str]]:
    return [{column: value} for value in values]


@pytest.mark.parametrize("name", TRUTH)
def test_all_columns_of_a_real_file_are_found_and_no_other(shared_data: Path, name: str) -> None:
    rows = rows_of(shared_data / name)
    found = suggested(list(rows[0]), rows)
    assert found.items() <= TRUTH[name].items()
    assert set(found.values()) == set(TRUTH[name].values())


@pytest.mark.parametrize("name", TRUTH)
def test_without_any_names_nothing_is_taken_for_what_it_is_not(shared_data: Path, name: str) -> None:
    rows = rows_of(shared_data / name)
    anonymous = {column: f"c{number}" for number, column in enumerate(rows[0])}
    sample = [{anonymous[column]: cell for column, cell in row.items()} for row in rows]
    found = suggested(list(anonymous.values()), sample)
    wrong = {
        column: found[alias]
        for column, alias in anonymous.items()
        if found.get(alias, TRUTH[name].get(column)) != TRUTH[name].get(column)
    }
    assert not wrong
    # Coordinates can be told in each of them, since the other way round they would be in Antarctica.
    assert {"lat", "lon"} <= set(found.values())


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("LATITUD_Y", "lat"),
        ("geo_lat", "lat"),
        ("Lattitude", "lat"),
        ("LONGITUD X", "lon"),
        ("coordenada longitud", "lon"),
        ("Telefno", "phone"),
        ("teléfono 3", "phone"),
        ("TelefonoUnidad", "phone"),
        ("cuidad", "city"),
        ("NOMBRE DEL MUNICIPIO", "city"),
        ("nombreDeLaClinica", "name"),
        ("Facility  Name (public)", "name"),
        ("site_address", "street"),
        ("Código postal de la unidad", "postcode"),
        ("Clave CLUES unidad", "identifiers.clues"),
        ("Horario de atenciòn", "opening_hours"),
    ],
)
def test_a_name_that_is_nearly_ours(written: str, field: str) -> None:
    [suggestion] = suggest_mapping([written], ())
    assert suggestion.field == field
    assert LEAST <= suggestion.confidence < 1 or "called “" in suggestion.reasons[0]


@pytest.mark.parametrize(
    "written",
    [
        "estratoUnidad", "nivelAtencion", "jurisdiccion", "COUNTY", "COUNTYFIPS", "STATE_ID", "NAICS_CODE", "ALT_NAME", "fax",
        "Fax number", "owner_name", "SOURCE URL", "contact phone", "testing_status", "clave_municipio", "zip4x9", "BEDS", "",
        "correo electronico", "VAL_METHOD", "beds_in_unit", "nombre del director",
    ],
)  # fmt: skip
def test_a_name_that_is_something_else(written: str) -> None:
    assert suggest_mapping([written], ()) == (Suggestion(column=written),)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("identifiers.npi", ("1234567893", "1003000126", "1245319599")),
        ("identifiers.clues", ("BCIMB000932", "BCIMB000512", "BCSSA000143")),
        ("phone", ("(619) 555-0123", "619-555-0124", "+52 664 123 4567")),
        ("website", ("https://a.example/x", "www.clinic.example", "uno.com.mx")),
        ("opening_hours", ("Lun a Vie 8:00 a 15:00", "Mo-Fr 08:00-16:00", "24 HORAS")),
        ("country", ("Mexico", "MX", "México")),
        ("kind", ("Hospital", "Centro de salud", "Farmacia")),
        ("time_zone", ("America/Tijuana", "America/Tijuana", "America/Los_Angeles")),
    ],
)
def test_cells_tell_what_a_nameless_column_is(field: str, values: tuple[str, ...]) -> None:
    [suggestion] = suggest_mapping(["c"], cells("c", *values))
    assert suggestion.field == field
    assert suggestion.confidence >= 0.6
    assert suggestion.reasons[0].startswith("3 of 3 cells are ")


@pytest.mark.parametrize(
    "values",
    [
        ("6195550123", "6195550124", "6195550125"),  # phones, numbers or money
        ("1234567890", "1003000127", "1245319598"),  # ten digits whose check digit is wrong
        ("29403", "06708", "22010"),  # postcodes, or codes of counties
        ("2013-10-03", "2016-10-27", "2026-01-01"),  # some date
        ("Y", "N", "N"),
        ("CA", "AL", "GA", "ES"),  # states, countries or languages
        ("ES", "EN", "EN"),
        ("12", "7", "46"),
        ("29403-4226", "29403-4227", "29403-4228"),
        ("32.5", "-117.0", "1"),
    ],
)
def test_cells_that_may_be_many_things_tell_nothing(values: tuple[str, ...]) -> None:
    found = suggested(["c"], cells("c", *values))
    assert found in ({}, {"c": "state"})
    assert not found or values[0] == "CA"


def test_cells_speak_against_a_name() -> None:
    assert suggested(["country"], cells("country", "Mexico", "USA", "MX")) == {"country": "country"}
    assert suggested(["Latitude"], cells("Latitude", "high", "middle", "low")) == {}
    [suggestion] = suggest_mapping(["Telefno"], cells("Telefno", "yes", "no", "no"))
    assert suggestion.field is None
    # A source's own number has no blanks in it.
    names = ("11100 Billingsley OPCO LLC", "Adapt Treatment Center", "Brookdale Health Clinic", "Northside Recovery Center")
    assert suggested(["ID"], cells("ID", *names)) == {"ID": "name"}


def test_two_columns_that_look_alike_are_not_guessed() -> None:
    sample = [{"a": f"https://a{number}.example", "b": f"https://b{number}.example"} for number in range(5)]
    assert suggested(["a", "b"], sample) == {}
    assert suggested(["a"], sample) == {"a": "website"}
    assert suggested(["a", "website"], [{"a": row["a"], "website": row["b"]} for row in sample]) == {"website": "website"}


def test_coordinates_are_told_apart_where_only_one_way_is_on_land() -> None:
    tijuana = [{"p": f"-117.0{number}82", "q": f"32.5{number}49"} for number in range(5)]
    assert suggested(["p", "q"], tijuana) == {"p": "lon", "q": "lat"}
    charleston = [{"p": f"32.9{number}58", "q": f"-80.0{number}99"} for number in range(5)]
    assert suggested(["p", "q"], charleston) == {"p": "lat", "q": "lon"}
    # 33° N 44° E is Baghdad, 44° N 33° E the Crimea.
    either = [{"p": f"33.3{number}11", "q": f"44.4{number}22"} for number in range(5)]
    assert suggested(["p", "q"], either) == {}


def test_two_columns_of_times_are_opening_hours() -> None:
    sample = [{"abre": "08:00", "cierra": "16:00"}, {"abre": "7:30", "cierra": "15:00"}, {"abre": "9 am", "cierra": "5 pm"}]
    found = suggest_mapping(["cierra", "abre"], sample)
    assert [(each.column, each.field, each.part) for each in found] == [
        ("cierra", "opening_hours", "to"),
        ("abre", "opening_hours", "from"),
    ]
    mapping = mapping_from_text(mapping_text(found), "m.toml")
    assert mapping.columns == {"opening_hours": ("abre", "cierra")}
    # Of three nobody knows which two belong together, and times that run backwards are no hours.
    three = [{**row, "x": "12:00"} for row in sample]
    assert suggested(["c1", "c2", "x"], [{"c1": r["abre"], "c2": r["cierra"], "x": r["x"]} for r in three]) == {}
    assert suggested(["c1", "c2"], [{"c1": r["cierra"], "c2": r["abre"]} for r in three]) == {}


def test_what_is_known_of_the_source_is_believed_first() -> None:
    known = MappingFile(columns={"name": ("clave",), "phone": ("p", "gone")}, identifiers={"clues_old": "c"})
    found = suggest_mapping(["clave", "nombre", "p", "c"], (), known)
    assert [(each.column, each.field, each.confidence) for each in found] == [
        ("clave", "name", 1.0), ("nombre", None, 0.0), ("p", "phone", 1.0), ("c", "identifiers.clues_old", 1.0),
    ]  # fmt: skip


def test_a_suggestion_is_a_mapping_file_that_says_why(shared_data: Path) -> None:
    rows = rows_of(shared_data / UNITS)
    text = mapping_text(suggest_mapping(list(rows[0]), rows))
    mapping = mapping_from_text(text, "m.toml")
    assert mapping.columns["opening_hours"] == ("hora_inicio", "hora_fin")
    assert mapping.identifiers == {"clues": "cluesimb"}
    assert 'kind = "tipoUnidad"  # 1.00: called “tipo unidad”, 173 of 173 cells are kinds of facilities\n' in text
    assert '# "estratoUnidad"\n' in text


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.one_of(texts, st.sampled_from(["nombre", "Tel", "phone\n2", 'a"b', "latitud", "lon", "clues", "web\x7f"]))


@given(st.lists(names, unique=True, max_size=8), st.lists(st.lists(texts, min_size=8, max_size=8), max_size=5))
def test_whatever_a_table_has_its_suggestion_can_be_read(header: list[str], rows: list[list[str]]) -> None:
    found = suggest_mapping(header, [dict(zip(header, row, strict=False)) for row in rows])
    assert [each.column for each in found] == header
    fields = [each.field for each in found if each.field and each.field not in REPEATABLE and not each.part]
    assert len(fields) == len(set(fields))
    assert all(0 <= each.confidence <= 1 for each in found)
    mapping = mapping_from_text(mapping_text(found), "m.toml")
    used = {column for columns in (*mapping.columns.values(), mapping.identifiers.values()) for column in columns}
    assert used == {each.column for each in found if each.field}


plain = [field for field in FIELDS if field not in REPEATABLE]
mappings = st.builds(
    MappingFile,
    columns=st.dictionaries(st.sampled_from(plain), st.tuples(texts), max_size=4)
    | st.dictionaries(st.sampled_from(sorted(REPEATABLE)), st.lists(texts, min_size=1, max_size=3).map(tuple), max_size=3)
    | st.lists(texts, min_size=2, max_size=2, unique=True).map(lambda pair: {"opening_hours": tuple(pair)}),
    identifiers=st.dictionaries(texts, texts, max_size=3),
    defaults=st.dictionaries(st.sampled_from(["country", "city", "services"]), texts),
    kinds=st.dictionaries(st.from_regex("[a-z0-9]{1,9}", fullmatch=True), st.sampled_from(FacilityKind), max_size=3),
    missing=st.frozensets(texts.map(str.lower).filter(lambda text: text == text.lower()), max_size=3),
    days=st.none() | st.sampled_from(["Mo-Fr", "Mo,We", "Sa-Su,PH"]),
    source=st.none() | texts,
)


@given(mappings)
def test_a_mapping_that_is_written_is_read_back(mapping: MappingFile) -> None:
    assert mapping_from_text(mapping_file_text(mapping), "m.toml") == mapping
