"""What the project promises of loading, on both databases: catalogues, registers and every kind of file from end to end."""

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import geopandas
import pytest
import shapely

from finder.domain.facility import Facility, FacilityKind, FacilityStatus, facility_id
from finder.domain.load import Load
from finder.domain.place import Place, PlaceKind
from finder.domain.practitioner import Practitioner, Role
from finder.domain.review import Question
from finder.geo.points import LonLat
from finder.loading.load import load_file
from finder.loading.row_error import Severity
from finder.loading.undo import undo_load
from finder.locate.place_files import write_places
from finder.store import Store
from tests.loading.sources.make_xlsx import write_xlsx
from tests.loading.sources.registers import clues_units, nppes_providers, write, write_clues, write_nppes

REPOSITORY = Path(__file__).parents[2]
CASES = REPOSITORY / "tests" / "cases"
SAMPLES = REPOSITORY / "data" / "facilities"
UNITS_MAPPING = REPOSITORY / "docs" / "mappings" / "baja_california_units.toml"
POSTCODE = LonLat(-117.166, 32.746)


def counts(load: Load) -> tuple[int, int, int, int, int, int]:
    return load.read, load.added, load.changed, load.unchanged, load.refused, load.set_aside


def undo(store: Store, load: Load) -> None:
    assert load.id is not None
    undo_load(store, load.id)


@pytest.fixture
def places(tmp_path: Path) -> list[Path]:
    """The places of San Diego, as far as the made-up register needs them."""
    path = tmp_path / "san_diego.ndjson"
    of = {"state": "CA", "country": "US"}
    write_places(
        path,
        [
            Place(name="92103", kind=PlaceKind.POSTCODE, lon_lat=POSTCODE, radius_m=2500, city="San Diego", **of),
            Place(name="San Diego", kind=PlaceKind.CITY, lon_lat=LonLat(-117.157, 32.716), radius_m=13_300, **of),
        ],
    )
    return [path]


def test_the_units_of_baja_california_load_and_are_taken_back_exactly(store: Store, shared_data: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(shared_data / "health-mx" / "baja_california_units_173.csv", tmp_path))
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["cluesimb"]: row for row in csv.DictReader(file)}
    before = store.state_hash()
    first = load_file(path, store, mapping=UNITS_MAPPING)
    assert counts(first.load) == (173, 173, 0, 0, 0, 0)
    assert first.errors == ()
    loaded = store.state_hash()
    units = {unit.identifiers["clues"]: unit for unit in store.facilities()}
    mobile = {clues for clues, unit in units.items() if unit.kind is FacilityKind.MOBILE_UNIT}
    assert mobile == {clues for clues, row in rows.items() if row["tipoUnidad"] == "UNIDAD MOVIL"}
    assert len(mobile) == 51
    for clues, row in rows.items():
        hours = units[clues].opening_hours
        always = (row["hora_inicio"], row["hora_fin"]) == ("00:00", "23:59")
        assert hours is not None
        assert hours == "24/7" if always else hours.startswith(f"{row['hora_inicio']}-{row['hora_fin']}")
    again = load_file(path, store, mapping=UNITS_MAPPING)
    assert counts(again.load) == (173, 0, 0, 173, 0, 0)
    assert store.state_hash() == loaded
    undo(store, again.load)
    assert store.state_hash() == loaded
    undo(store, first.load)
    assert store.state_hash() == before


def test_a_clues_catalogue_loads_in_whatever_order_its_columns_are(store: Store, tmp_path: Path) -> None:
    units = {cells["CLUES"]: cells for cells in clues_units(150)}
    report = load_file(write_clues(tmp_path / "catalogue.csv", 150), store)
    assert counts(report.load) == (150, 150, 0, 0, 0, 0)
    assert report.errors == ()
    loaded = {unit.identifiers["clues"]: unit for unit in store.facilities()}
    assert set(loaded) == set(units)
    assert {clues for clues, unit in loaded.items() if unit.status is FacilityStatus.OPEN} == {
        clues for clues, cells in units.items() if cells["ESTATUS DE OPERACION"] == "EN OPERACION"
    }
    assert {clues for clues, unit in loaded.items() if unit.kind is FacilityKind.MOBILE_UNIT} == {
        clues for clues, cells in units.items() if "UNIDAD MÓVIL" in cells["NOMBRE DE TIPOLOGIA"]
    }
    for clues, cells in units.items():
        assert loaded[clues].lon_lat == LonLat(float(cells["LONGITUD"]), float(cells["LATITUD"]))
        assert loaded[clues].address.postcode == cells["CODIGO POSTAL"]
    state = store.state_hash()
    shuffled = write_clues(tmp_path / "catalogue.csv", 150, shuffle_seed=7)
    assert counts(load_file(shuffled, store).load) == (150, 0, 0, 150, 0, 0)
    undo(store, report.load)
    assert store.state_hash() == state, "the shuffled file alone says the same"


def test_a_unit_that_is_closed_in_the_next_catalogue_is_closed_and_not_gone(store: Store, tmp_path: Path) -> None:
    working = {"ESTATUS DE OPERACION": "EN OPERACION", "MOTIVO BAJA": "", "FECHA EFECTIVA DE BAJA": ""}
    units = [cells | working for cells in clues_units(20)]
    path = write(tmp_path / "catalogue.csv", units)
    load_file(path, store)
    before = store.state_hash()
    ended = {
        "ESTATUS DE OPERACION": "FUERA DE OPERACION",
        "MOTIVO BAJA": "CIERRE DEFINITIVO",
        "FECHA EFECTIVA DE BAJA": "2026-01-31",
    }
    write(path, [cells | ended if number < 3 else cells for number, cells in enumerate(units)])
    preview = load_file(path, store, dry_run=True)
    assert (preview.load.changed, preview.load.closed, len(preview.closed)) == (3, 3, 3)
    report = load_file(path, store)
    assert counts(report.load) == (20, 0, 3, 17, 0, 0)
    assert (report.load.closed, report.closed) == (3, preview.closed)
    closed = {unit.identifiers["clues"] for unit in store.facilities() if unit.status is FacilityStatus.CLOSED}
    assert closed == {cells["CLUES"] for cells in units[:3]}
    assert store.count() == 20
    undo(store, report.load)
    assert store.state_hash() == before


def test_an_npidata_file_loads_in_whatever_order_its_columns_are(store: Store, tmp_path: Path, places: list[Path]) -> None:
    providers = list(nppes_providers(120))
    kinds = Counter(cells["Entity Type Code"] for cells in providers)
    report = load_file(write_nppes(tmp_path / "npidata.csv", 120), store, source="register", places=places)
    assert (store.count(), store.count(Practitioner), store.count(Role)) == (kinds["2"], kinds["1"], kinds["1"])
    assert (report.load.added, report.load.refused, report.load.set_aside) == (kinds["2"] + 2 * kinds["1"], kinds[""], 0)
    assert len([error for error in report.errors if error.severity is Severity.ERROR]) == kinds[""]
    by_npi = {cells["NPI"]: cells for cells in providers}
    for facility in store.facilities():
        cells = by_npi[facility.identifiers["npi"]]
        assert facility.id == facility_id("npi", cells["NPI"])
        assert (facility.lon_lat, facility.position_accuracy_m) == (POSTCODE, 2500)
        assert f"{facility.address.house_number} FABLE ST" == cells["Provider First Line Business Practice Location Address"]
        assert (facility.address.postcode, facility.time_zone) == ("92103-1234", "America/Los_Angeles")
    people = {person.id: person for person in store.things(Practitioner)}
    for person in people.values():
        cells = by_npi[person.identifiers["npi"]]
        assert (person.family or "").upper() == cells["Provider Last Name (Legal Name)"]
        assert person.specialties[0] == cells["Healthcare Provider Taxonomy Code_2"], "the one marked as primary"
    assert {role.practitioner_id for role in store.things(Role)} == set(people)
    state = store.state_hash()
    shuffled = write_nppes(tmp_path / "npidata.csv", 120, shuffle_seed=7)
    again = load_file(shuffled, store, source="register", places=places)
    assert (again.load.added, again.load.changed) == (0, 0)
    undo(store, report.load)
    assert store.state_hash() == state, "the shuffled file alone says the same"


def test_a_position_found_by_the_address_stays_when_the_places_are_gone(
    sqlite_store: Store, tmp_path: Path, places: list[Path]
) -> None:
    path = write_nppes(tmp_path / "npidata.csv", 30)
    load_file(path, sqlite_store, places=places)
    state = sqlite_store.state_hash()
    report = load_file(path, sqlite_store)
    assert (report.load.added, report.load.changed, report.load.set_aside) == (0, 0, 0)
    assert sqlite_store.state_hash() == state


def test_organisations_that_nobody_can_find_wait_for_a_person(sqlite_store: Store, tmp_path: Path) -> None:
    providers = list(nppes_providers(40))
    organisations = sum(cells["Entity Type Code"] == "2" for cells in providers)
    report = load_file(write_nppes(tmp_path / "npidata.csv", 40), sqlite_store)
    assert (sqlite_store.count(), report.load.set_aside) == (0, organisations)
    waiting = sqlite_store.reviews()
    assert {item.question for item in waiting} == {Question.NO_POSITION}
    assert len(waiting) == organisations


def test_doctors_of_the_sample_are_at_the_facilities_of_the_sample(store: Store, tmp_path: Path) -> None:
    for name in ("tijuana.csv", "tijuana_doctors.csv"):
        report = load_file(Path(shutil.copy(SAMPLES / name, tmp_path)), store)
        assert (report.load.refused, report.load.set_aside, report.errors) == (0, 0, ())
    with (SAMPLES / "tijuana_doctors.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert store.count(Role) == len(rows)
    assert store.count(Practitioner) == len({row["id médico"] for row in rows})
    people = {person.id: person for person in store.things(Practitioner)}
    units = {unit.id: unit for unit in store.facilities()}
    worked = {
        (
            people[role.practitioner_id].identifiers["tijuana_doctors"],
            units[store.id_of_key(role.facility_id)].identifiers["tijuana"],
        )
        for role in store.things(Role)
        if role.facility_id
    }
    assert worked == {(row["id médico"], row["id unidad"]) for row in rows}
    state = store.state_hash()
    again = load_file(tmp_path / "tijuana_doctors.csv", store)
    assert (again.load.added, again.load.changed) == (0, 0)
    assert store.state_hash() == state
    undo(store, again.load)
    undo(store, next(load for load in store.loads() if load.source == "tijuana_doctors" and load.undone_at is None))
    assert (store.count(), store.count(Practitioner), store.count(Role)) == (25, 0, 0)


def test_doctors_may_come_before_their_facilities(sqlite_store: Store, tmp_path: Path) -> None:
    for name in ("tijuana_doctors.csv", "tijuana.csv"):
        load_file(Path(shutil.copy(SAMPLES / name, tmp_path)), sqlite_store)
    units = {unit.id for unit in sqlite_store.facilities()}
    assert {sqlite_store.id_of_key(role.facility_id or "") for role in sqlite_store.things(Role)} <= units


def test_a_fhir_bundle_gives_places_people_and_roles(store: Store, tmp_path: Path) -> None:
    report = load_file(Path(shutil.copy(CASES / "fhir" / "plan_net.json", tmp_path)), store, source="plan_net")
    assert report.details == ("FHIR R4",)
    assert (store.count(), store.count(Practitioner), store.count(Role)) == (2, 1, 4)
    names = {facility.name: facility for facility in store.facilities()}
    assert set(names) == {"Burr Clinic", "The General"}
    assert names["The General"].identifiers == {"ccn": "070025", "npi": "1407071236", "plan_net": "hospital"}
    (waiting,) = store.reviews()
    assert (waiting.question, waiting.name) == (Question.NO_POSITION, "Dr. Gray's Practice")
    state = store.state_hash()
    again = load_file(tmp_path / "plan_net.json", store, source="plan_net")
    assert (again.load.added, again.load.changed, again.load.set_aside) == (0, 0, 1)
    assert store.state_hash() == state
    assert len(store.reviews()) == 1


ROWS = (
    ("C-1", "Clínica Imaginaria", "clinic", "Calle Fábula No. 12", "Tijuana", "MX", "664 555 0101", 32.5301, -117.0251),
    ("C-2", "Farmacia de Cuento", "pharmacy", "Av. Quimera No. 3", "Tijuana", "MX", "664 555 0102", 32.5202, -117.0152),
)
FIELDS = ("id", "name", "type", "street", "city", "country", "phone", "lat", "lon")


def as_csv(path: Path) -> Path:
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([FIELDS, *ROWS])
    return path.with_suffix(".csv")


def as_xlsx(path: Path) -> Path:
    return write_xlsx(path.with_suffix(".xlsx"), {"Unidades": [FIELDS, *ROWS]})


def as_geojson(path: Path) -> Path:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row[8], row[7]]},
            "properties": dict(zip(FIELDS[:7], row[:7], strict=True)),
        }
        for row in ROWS
    ]
    path.with_suffix(".geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path.with_suffix(".geojson")


def as_geoparquet(path: Path) -> Path:
    columns = {field: [row[at] for row in ROWS] for at, field in enumerate(FIELDS[:7])}
    geometry = [shapely.Point(row[8], row[7]) for row in ROWS]
    geopandas.GeoDataFrame(columns, geometry=geometry, crs=4326).to_parquet(path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


@pytest.mark.parametrize("kind", [as_xlsx, as_geojson, as_geoparquet])
def test_a_table_is_the_same_table_in_every_format(store: Store, tmp_path: Path, kind: type) -> None:
    first = load_file(as_csv(tmp_path / "table"), store, source="table")
    assert counts(first.load) == (2, 2, 0, 0, 0, 0)
    state = store.state_hash()
    clinic = next(facility for facility in store.facilities() if facility.identifiers == {"table": "C-1"})
    assert (clinic.lon_lat, clinic.address.street, clinic.address.house_number) == (
        LonLat(-117.0251, 32.5301),
        "Calle Fábula",
        "12",
    )
    report = load_file(kind(tmp_path / "table"), store, source="table")
    assert counts(report.load) == (2, 0, 0, 2, 0, 0)
    assert report.errors == ()
    undo(store, first.load)
    assert store.state_hash() == state
    assert store.history(Facility, clinic.id)[0].source == "table"
