"""The files that governments publish load, and every row of them is accounted for."""

import csv
import shutil
from pathlib import Path

import pytest

from finder.domain.facility import FacilityKind, FacilityStatus
from finder.domain.review import Question
from finder.loading.load import load_file
from finder.loading.row_error import Severity
from finder.store import Store

MAPPINGS = Path(__file__).parents[2] / "docs" / "mappings"
HOSPITALS = "health-us/hifld_hospitals.csv"
MENTAL_HEALTH = "health-us/oeps_MentalHealthProviders_Geocoded.csv"
OPIOIDS = "health-us/oeps_OpioidTreatmentProgram_Geocoded.csv"
SUBSTANCES = "health-us/oeps_SubstanceUseTreatment_Geocoded.csv"
UNITS = "health-mx/baja_california_units_173.csv"


@pytest.mark.parametrize(
    ("name", "mapping", "encoding", "rows", "kinds"),
    [
        (HOSPITALS, None, "utf-8-sig", 7581, {"hospital", "mental_health", "rehabilitation"}),
        (MENTAL_HEALTH, "samhsa_mental_health", "utf-8", 11375, {"mental_health"}),
        (SUBSTANCES, "samhsa_substance_use", "utf-8", 14034, {"addiction_treatment"}),
        (OPIOIDS, "samhsa_opioid_treatment", "latin-1", 1831, {"addiction_treatment"}),
        (UNITS, None, "utf-8", 173, {"clinic", "hospital", "mobile_unit"}),
        (UNITS, "baja_california_units", "utf-8", 173, {"clinic", "hospital", "mobile_unit"}),
    ],
)
def test_a_real_file_loads_and_its_counts_add_up(
    shared_data: Path,
    sqlite_store: Store,
    tmp_path: Path,
    name: str,
    mapping: str | None,
    encoding: str,
    rows: int,
    kinds: set[str],
) -> None:
    path = Path(shutil.copy(shared_data / name, tmp_path / Path(name).name))
    report = load_file(path, sqlite_store, mapping=MAPPINGS / f"{mapping}.toml" if mapping else None)
    load = report.load
    assert report.details[0] == encoding
    # Counted by the standard library, not by us.
    with path.open(encoding=encoding, newline="") as file:
        assert load.read == rows == sum(1 for _ in csv.DictReader(file))
    assert load.read == load.added + load.changed + load.unchanged + load.refused + load.set_aside
    assert load.added == sqlite_store.count()
    assert load.refused <= 0.035 * load.read
    assert load.set_aside == len(sqlite_store.reviews()) <= 0.001 * load.read
    refusals = [error for error in report.errors if error.severity is Severity.ERROR]
    assert len({error.line for error in refusals}) == load.refused
    assert all("are the same as on line" in error.problem for error in refusals)
    assert report.warnings <= 0.01 * load.read
    assert {facility.kind for facility in sqlite_store.facilities()} == {FacilityKind(kind) for kind in kinds}


def test_refused_mental_health_rows_do_repeat_an_earlier_line(shared_data: Path, sqlite_store: Store, tmp_path: Path) -> None:
    path = Path(shutil.copy(shared_data / MENTAL_HEALTH, tmp_path / "a.csv"))
    report = load_file(path, sqlite_store, mapping=MAPPINGS / "samhsa_mental_health.toml", dry_run=True)
    with path.open(encoding="utf-8", newline="") as file:
        lines = dict(enumerate(csv.reader(file), 1))
    pairs = [(error.line, int(error.problem.rstrip(".").rsplit(" ", 1)[1])) for error in report.errors if "same" in error.problem]
    assert len(pairs) == report.load.refused > 0
    # The first column only numbers the lines.
    assert all(lines[line][1:] == lines[first][1:] for line, first in pairs)


def test_hospitals_of_california_have_their_phones_and_zones(shared_data: Path, sqlite_store: Store, tmp_path: Path) -> None:
    with (shared_data / HOSPITALS).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if row["STATE"] == "CA"]
    path = tmp_path / "hospitals.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows(rows)
    load_file(path, sqlite_store, mapping=MAPPINGS / "hifld_hospitals.toml")
    found = {facility.identifiers["hifld_hospitals"]: facility for facility in sqlite_store.facilities()}
    assert set(found) == {row["ID"] for row in rows}
    assert {facility.time_zone for facility in found.values()} == {"America/Los_Angeles"}
    assert {facility.address.country for facility in found.values()} == {"US"}
    dialled = {key for key, facility in found.items() if facility.phones and facility.phones[0].startswith("+1")}
    assert dialled == {row["ID"] for row in rows if row["TELEPHONE"] != "NOT AVAILABLE"}
    closed = {key for key, facility in found.items() if facility.status is FacilityStatus.CLOSED}
    assert closed == {row["ID"] for row in rows if row["STATUS"] == "CLOSED"} != set()


def test_units_of_baja_california_have_their_clues(shared_data: Path, sqlite_store: Store, tmp_path: Path) -> None:
    path = Path(shutil.copy(shared_data / UNITS, tmp_path / "units.csv"))
    load_file(path, sqlite_store, mapping=MAPPINGS / "baja_california_units.toml")
    units = list(sqlite_store.facilities())
    assert all(unit.identifiers["clues"].startswith("BCIMB") for unit in units)
    assert sum(unit.identifiers.get("clues_ssa", "").startswith("BCSSA") for unit in units) >= 170
    assert {unit.time_zone for unit in units} == {"America/Tijuana"}
    assert sum(unit.kind is FacilityKind.MOBILE_UNIT for unit in units) == 51


def test_a_clinic_of_vermont_that_was_geocoded_to_connecticut_is_kept_aside(
    shared_data: Path, sqlite_store: Store, tmp_path: Path
) -> None:
    path = Path(shutil.copy(shared_data / MENTAL_HEALTH, tmp_path / "a.csv"))
    load_file(path, sqlite_store, mapping=MAPPINGS / "samhsa_mental_health.toml")
    (waiting,) = sqlite_store.reviews()
    assert (waiting.question, waiting.name) == (Question.CONTRADICTION, "Healthcare and Rehab Servs of Southeastern Vermont")
    assert waiting.said is not None
    # Hartford, Vermont, has the postcode of its address; the point is in Hartford, Connecticut.
    assert (waiting.said.address.city, waiting.said.address.state) == ("Hartford", "VT")
    assert waiting.said.lon_lat.lat < 42.05
    assert waiting.distance_m is not None
    assert waiting.distance_m > 50_000
