"""An admin's file, from its bytes to the store."""

import csv
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from finder.domain.facility import (
    Accessibility,
    Address,
    Facility,
    FacilityKind,
    FacilityStatus,
    Provenance,
    Wheelchair,
    facility_id,
)
from finder.domain.load import Load
from finder.domain.place import Place, PlaceKind
from finder.domain.practitioner import Practitioner, Role
from finder.domain.review import Question
from finder.errors import BadFile, BadInput
from finder.geo.points import LonLat
from finder.loading.error_log import COLUMNS, ErrorLog
from finder.loading.identity import SHARED_SCHEMES
from finder.loading.intake import As
from finder.loading.load import load_file
from finder.loading.report import LoadReport
from finder.loading.row_error import RowError, Severity
from finder.locate.place_files import write_places
from finder.store import Store

REPOSITORY = Path(__file__).parents[2]
SAMPLES = REPOSITORY / "data" / "facilities"
BROKEN = json.loads((REPOSITORY / "tests" / "cases" / "broken_example_errors.json").read_text("utf-8"))
HEADER = "id,name,lat,lon,phone,country\n"


def sample(tmp_path: Path, name: str) -> Path:
    return Path(shutil.copy(SAMPLES / name, tmp_path / name))


def written(tmp_path: Path, text: str, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def counts(load: Load) -> tuple[int, int, int, int, int]:
    return load.read, load.added, load.changed, load.unchanged, load.refused


def only(store: Store) -> Facility:
    (facility,) = store.facilities()
    return facility


@pytest.mark.parametrize("name", ["tijuana.csv", "san_diego.csv"])
def test_a_sample_loads_whole_and_twice_changes_nothing(store: Store, tmp_path: Path, name: str) -> None:
    path = sample(tmp_path, name)
    report = load_file(path, store)
    assert counts(report.load) == (25, 25, 0, 0, 0)
    assert (report.errors, report.errors_file, report.mapping.ignored, report.notes) == ((), None, (), ())
    before = list(store.facilities())
    assert {facility.kind for facility in before} == set(FacilityKind)
    assert counts(load_file(path, store).load) == (25, 0, 0, 25, 0)
    assert list(store.facilities()) == before
    assert [path.name for path in tmp_path.glob("*.csv")] == [name]


def test_a_facility_of_the_sample_says_all_it_should(sqlite_store: Store, tmp_path: Path) -> None:
    load_file(sample(tmp_path, "tijuana.csv"), sqlite_store)
    facility = next(facility for facility in sqlite_store.facilities() if "Tres Faros" in facility.name)
    assert facility.id == facility_id("tijuana", "TJ-008")
    assert facility.lon_lat == LonLat(-117.0369, 32.5331)
    assert facility.address == Address(
        street="Avenida Tercera de Mentira",
        house_number="333",
        neighbourhood="Zona Centro",
        city="Tijuana",
        state="Baja California",
        postcode="22000",
        country="MX",
    )
    assert facility.phones == ("+16195550105",)
    assert facility.opening_hours == "Mo-Sa 08:00-18:00"
    assert facility.time_zone == "America/Tijuana"
    assert facility.services == ("medicina general", "análisis")
    assert facility.languages == ("es", "en")
    assert facility.accessibility == Accessibility(wheelchair=Wheelchair.LIMITED)
    assert facility.identifiers == {"tijuana": "TJ-008"}
    assert facility.provenance.pop("time_zone") == Provenance("tzfpy")
    assert {(given.source, str(given.verified_at)) for given in facility.provenance.values()} == {("tijuana", "2026-11-02")}
    statuses = [facility.status for facility in sqlite_store.facilities()]
    assert (statuses.count(FacilityStatus.CLOSED), statuses.count(FacilityStatus.TEMPORARILY_CLOSED)) == (1, 1)


def test_every_error_of_the_broken_example_is_told_with_line_and_column(sqlite_store: Store, tmp_path: Path) -> None:
    path = sample(tmp_path, "broken_example.csv")
    report = load_file(path, sqlite_store)
    assert [
        {
            "line": error.line,
            "column": error.column,
            "problem" if error.severity is Severity.ERROR else error.severity: error.problem,
        }
        for error in report.errors
    ] == BROKEN
    assert (*counts(report.load), report.load.set_aside) == (30, 15, 0, 0, 14, 1)
    assert report.warnings == 11
    assert sqlite_store.count() == 15
    (waiting,) = sqlite_store.reviews()
    assert (waiting.question, waiting.line, waiting.name) == (Question.NO_POSITION, 4, "Clínica Ficticia Sin Latitud")
    assert all(error.advice for error in report.errors)
    with (tmp_path / "broken_example.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert [int(row["line"]) for row in told] == [case["line"] for case in BROKEN]
    by_line = {row["line"]: row for row in told}
    assert tuple(by_line["3"]) == COLUMNS
    assert by_line["8"]["value"] == "-117.0209"
    assert by_line["30"]["value"] == "'=32+0.5288"
    assert by_line["12"] == {
        "line": "12",
        "column": "id",
        "value": "B-01",
        "problem": "This is the same as on line 2, by its identifiers.",
        "advice": "Each has one line: correct one of the two, or delete it.",
        "severity": "error",
    }
    assert counts(load_file(path, sqlite_store).load) == (30, 0, 0, 15, 14)
    assert len(sqlite_store.reviews()) == 1, "the same question is asked once"


def test_when_the_errors_are_mended_their_file_goes_away(sqlite_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "1,A,91,-117,,MX\n2,B,32,-117,,MX\n")
    report = load_file(path, sqlite_store)
    assert report.errors_file == tmp_path / "a.errors.csv"
    assert report.errors_file.exists()
    report = load_file(written(tmp_path, HEADER + "1,A,32,-117,,MX\n2,B,32,-117,,MX\n"), sqlite_store)
    assert report.errors_file is None
    assert not (tmp_path / "a.errors.csv").exists()
    assert counts(report.load) == (2, 1, 0, 1, 0)


def test_a_file_of_that_name_that_is_not_ours_is_not_removed(sqlite_store: Store, tmp_path: Path) -> None:
    theirs = written(tmp_path, "mine\n", "a.errors.csv")
    load_file(written(tmp_path, HEADER + "1,A,32,-117,,MX\n"), sqlite_store)
    assert theirs.read_text() == "mine\n"


def test_where_the_folder_cannot_be_written_the_errors_are_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # A folder that is not there cannot be written by anybody, not even by root, as whom tests may run.
    with ErrorLog(tmp_path / "gone" / "a.csv", writes=True) as log:
        log.add([RowError(line=2, problem="p", advice="a")])
    assert log.file == tmp_path / "a.errors.csv"
    assert log.file.exists()
    assert log.note is not None
    assert "in the current folder" in log.note


def test_formulas_in_the_file_of_errors_are_harmless_and_numbers_stay(tmp_path: Path) -> None:
    values = ["=1+1", "+52 664", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", "-117.03", "+5", "-32,5", "text"]
    errors = [RowError(line=number, value=value, problem="p", advice="a") for number, value in enumerate(values)]
    with ErrorLog(tmp_path / "a.csv", writes=True) as log:
        log.add(errors)
    with (tmp_path / "a.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        told = [row["value"] for row in csv.DictReader(file)]
    assert told == ["'=1+1", "'+52 664", "'@SUM(A1)", "'-2+3+cmd|' /C calc'!A0", "-117.03", "+5", "-32,5", "text"]


def test_a_dry_run_says_what_would_change_and_changes_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "1,A,32.8,-117,619-555-0101,US\n2,B,33,-117,,US\n")
    load_file(path, sqlite_store)
    before = list(sqlite_store.facilities())
    written(tmp_path, HEADER + "1,A,32.8,-117,619-555-0102,US\n2,B,33,-117,,US\n3,C,34,-118,,US\n")
    report = load_file(path, sqlite_store, dry_run=True)
    assert counts(report.load) == (3, 1, 1, 1, 0)
    assert report.dry_run
    assert report.added == ("C",)
    (change,) = report.changes
    assert (change.facility_id, change.name, change.field) == (facility_id("a", "1"), "A", "phones")
    assert (change.old, change.new) == ('["+16195550101"]', '["+16195550102"]')
    assert list(sqlite_store.facilities()) == before
    assert len(sqlite_store.loads()) == 1
    assert counts(load_file(path, sqlite_store).load) == (3, 1, 1, 1, 0)


def test_a_value_that_the_file_no_longer_has_is_cleared(sqlite_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "1,A,32.8,-117,619-555-0101,US\n")
    load_file(path, sqlite_store)
    load_file(written(tmp_path, HEADER + "1,A,32.8,-117,,US\n"), sqlite_store)
    assert only(sqlite_store).phones == ()


def test_two_sources_of_one_clues_are_one_facility(sqlite_store: Store, tmp_path: Path) -> None:
    load_file(written(tmp_path, "clues,nombre,lat,lon,telefono,pais\nBCSSA000001,A,32,-116,664 123 4567,MX\n"), sqlite_store)
    other = written(tmp_path, "clues,nombre,lat,lon,sitio,pais\nbcssa000001,B,32,-116,a.example,MX\n", "b.csv")
    assert counts(load_file(other, sqlite_store).load) == (1, 0, 1, 0, 0)
    facility = only(sqlite_store)
    assert (facility.name, facility.phones, facility.website) == ("B", ("+526641234567",), "https://a.example")
    assert (facility.provenance["phones"].source, facility.provenance["website"].source) == ("a", "b")


def test_without_identifiers_a_moved_point_is_the_same_facility(sqlite_store: Store, tmp_path: Path) -> None:
    header = "name,street,city,lat,lon\n"
    load_file(written(tmp_path, header + "A,Calle 1,Tijuana,32.50,-117\n"), sqlite_store)
    report = load_file(written(tmp_path, header + "a,CALLE 1,Tijuana,32.51,-117\n"), sqlite_store)
    assert counts(report.load) == (1, 0, 1, 0, 0)
    assert only(sqlite_store).lon_lat == LonLat(-117, 32.51)


def test_without_any_address_the_point_tells_two_of_one_name_apart(sqlite_store: Store, tmp_path: Path) -> None:
    report = load_file(written(tmp_path, "name,lat,lon\nA,32.5,-117\nA,32.6,-117\nA,32.5,-117\n"), sqlite_store)
    assert counts(report.load) == (3, 2, 0, 0, 1)


def test_a_country_is_found_by_the_point_to_read_phones_and_postcodes(sqlite_store: Store, tmp_path: Path) -> None:
    load_file(written(tmp_path, "name,zip,phone,lat,lon\nA,6708,860-276-3000,41.5613,-73.0638\n"), sqlite_store)
    facility = only(sqlite_store)
    assert facility.phones == ("+18602763000",)
    # The country itself is not made up: the source does not give it.
    assert facility.address == Address(postcode="06708")


@pytest.mark.parametrize(("lat", "lon", "country"), [("-22.56", "17.08", "NA"), ("32.5", "-117.0", None)])
def test_na_is_namibia_in_namibia_only(sqlite_store: Store, tmp_path: Path, lat: str, lon: str, country: str | None) -> None:
    load_file(written(tmp_path, f"name,lat,lon,country\nA,{lat},{lon},NA\n"), sqlite_store)
    assert only(sqlite_store).address.country == country


def test_a_name_in_two_parts_is_put_together(sqlite_store: Store, tmp_path: Path) -> None:
    text = (
        "name1,name2,lat,lon\nHospital,Behavioral Health,32.5,-117\nCouncil on,Alcoholism,32.6,-117\nA Clinic,clinic,32.7,-117\n"
    )
    load_file(written(tmp_path, text), sqlite_store)
    assert {facility.name for facility in sqlite_store.facilities()} == {
        "Hospital, Behavioral Health",
        "Council on Alcoholism",
        "A Clinic",
    }


def test_a_mapping_file_fills_and_translates(sqlite_store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('missing = ["?"]\n[kinds]\nZ = "dentist"\n[defaults]\nkind = "clinic"\nsource = "s"\nlanguages = "es"\n')
    load_file(written(tmp_path, "name,type,lat,lon\nA,Z,32.5,-117\nB,?,32.6,-117\n"), sqlite_store, mapping=mapping)
    found = {facility.name: facility for facility in sqlite_store.facilities()}
    assert (found["A"].kind, found["B"].kind) == (FacilityKind.DENTIST, FacilityKind.CLINIC)
    assert found["B"].languages == ("es",)
    assert found["B"].provenance["kind"] == Provenance("s")


def test_without_a_kind_the_report_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    report = load_file(written(tmp_path, "name,lat,lon\nA,32.5,-117\n"), sqlite_store)
    assert only(sqlite_store).kind is FacilityKind.OTHER
    assert "[defaults] kind" in report.notes[0]


def test_the_source_is_named_by_the_call_the_mapping_or_the_file(sqlite_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, "name,lat,lon\nA,1,1\n", "Clínicas 2026.csv")
    mapping = tmp_path / "m.toml"
    mapping.write_text('[defaults]\nsource = "mapped"\n')

    def source(report: LoadReport) -> str:
        return report.load.source

    assert source(load_file(path, sqlite_store, dry_run=True)) == "clinicas_2026"
    assert source(load_file(path, sqlite_store, mapping=mapping, dry_run=True)) == "mapped"
    assert source(load_file(path, sqlite_store, mapping=mapping, source="called", dry_run=True)) == "called"
    with pytest.raises(BadInput, match="A source has small letters"):
        load_file(path, sqlite_store, source="No Good")


def test_a_bad_file_stores_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        load_file(written(tmp_path, "a,b\n1,2\n"), sqlite_store)
    assert sqlite_store.loads() == []


def test_progress_is_told_to_the_end(sqlite_store: Store, tmp_path: Path) -> None:
    path = sample(tmp_path, "tijuana.csv")
    told: list[tuple[int, int]] = []
    load_file(path, sqlite_store, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def test_an_identifier_column_that_is_added_later_keeps_the_facilities(store: Store, tmp_path: Path) -> None:
    load_file(written(tmp_path, "id,name,lat,lon\n1,A,32.5,-117\n2,B,32.6,-117\n", "own.csv"), store)
    ids = {facility.id for facility in store.facilities()}
    path = written(tmp_path, "id,npi,name,lat,lon\n1,1234567893,A,32.5,-117\n2,1234567901,B,32.6,-117\n", "own.csv")
    assert counts(load_file(path, store).load) == (2, 0, 2, 0, 0)
    assert {facility.id for facility in store.facilities()} == ids
    assert counts(load_file(path, store).load) == (2, 0, 0, 2, 0)


def test_two_sources_share_a_hospital_by_its_second_identifier(sqlite_store: Store, tmp_path: Path) -> None:
    load_file(written(tmp_path, "ccn,name,lat,lon\n050001,A,32.5,-117\n"), sqlite_store)
    hospital = only(sqlite_store)
    text = "npi,ccn,name,lat,lon\n1,050001,B,32.5,-117\n2,,C,32.6,-117\n3,,D,32.7,-117\n"
    assert counts(load_file(written(tmp_path, text, "b.csv"), sqlite_store).load) == (3, 2, 1, 0, 0)
    merged = next(facility for facility in sqlite_store.facilities() if facility.name == "B")
    assert (merged.id, merged.identifiers) == (hospital.id, {"ccn": "050001", "npi": "1"})


def test_a_row_whose_identifiers_belong_to_two_is_refused_by_its_line(sqlite_store: Store, tmp_path: Path) -> None:
    load_file(written(tmp_path, "ccn,npi,name,lat,lon\n050001,,A,32.5,-117\n,1,B,32.6,-117\n"), sqlite_store)
    text = "ccn,npi,name,lat,lon\n,7,,32.5,-117\n050001,1,C,32.5,-117\n,1234,D,32.7,-117\n,,E,,-117\n"
    report = load_file(written(tmp_path, text, "b.csv"), sqlite_store)
    assert (*counts(report.load), report.load.set_aside) == (4, 1, 0, 0, 2, 1)
    assert [(error.line, error.severity) for error in report.errors] == [
        (2, Severity.ERROR),
        (3, Severity.ERROR),
        (5, Severity.ASIDE),
    ]
    refused = report.errors[1]
    assert (refused.column, refused.value, refused.severity) == ("ccn", "050001, 1", Severity.ERROR)
    assert "“A” and “B”" in refused.problem or "“B” and “A”" in refused.problem
    assert refused.advice
    assert "b.errors.csv" in str(report.errors_file)


def test_two_rows_of_one_stored_facility_are_told_apart_by_line(sqlite_store: Store, tmp_path: Path) -> None:
    load_file(written(tmp_path, "ccn,npi,name,lat,lon\n050001,1,A,32.5,-117\n"), sqlite_store)
    report = load_file(written(tmp_path, "ccn,npi,name,lat,lon\n050001,,C,32.5,-117\n,1,B,32.6,-117\n"), sqlite_store)
    assert counts(report.load) == (2, 0, 1, 0, 1)
    (error,) = report.errors
    assert (error.line, error.column) == (3, "npi")
    assert "line 2" in error.problem


@pytest.mark.parametrize("scheme", [*SHARED_SCHEMES, "tzfpy"])
def test_a_files_own_numbers_never_pass_for_everybodys(sqlite_store: Store, tmp_path: Path, scheme: str) -> None:
    load_file(written(tmp_path, f"{scheme},name,lat,lon\n1,Stranger,32.5,-117\n", "b.csv"), sqlite_store)
    path = written(tmp_path, "id,name,lat,lon\n1,Own,32.6,-117\n", f"{scheme.upper()}.csv")
    report = load_file(path, sqlite_store)
    assert (report.load.source, report.load.added) == (f"{scheme}_file", 1)
    own = next(facility for facility in sqlite_store.facilities() if facility.name == "Own")
    assert own.identifiers == {f"{scheme}_file": "1"}
    with pytest.raises(BadInput, match=f"cannot be called “{scheme}”.*{scheme}_2026"):
        load_file(path, sqlite_store, source=scheme)
    mapping = tmp_path / "m.toml"
    mapping.write_text(f'[defaults]\nsource = "{scheme}"\n')
    with pytest.raises(BadInput, match="cannot be called"):
        load_file(path, sqlite_store, mapping=mapping)


def test_numbers_that_a_spreadsheet_wrote_with_a_point_are_the_same_numbers(sqlite_store: Store, tmp_path: Path) -> None:
    text = "id,npi,name,lat,lon\n7.0,1234567893.0,A,32.5,-117\n8,1234567893,B,32.6,-117\n7,,C,32.7,-117\nA.0,1.5,D,32.8,-117\n"
    report = load_file(written(tmp_path, text), sqlite_store)
    assert counts(report.load) == (4, 2, 0, 0, 2)
    assert [(error.line, error.column) for error in report.errors] == [(3, "npi"), (4, "id")]
    found = {facility.name: facility.identifiers for facility in sqlite_store.facilities()}
    assert found == {"A": {"a": "7", "npi": "1234567893"}, "D": {"a": "A.0", "npi": "1.5"}}


@pytest.mark.parametrize(
    ("header", "cells"),
    [("name,lat,lon", "Miami Clinic,-80.19,25.76"), ("name,lat,lon,country", "Helsinki,24.94,60.17,FI")],
)
def test_swapped_coordinates_are_refused_in_any_country_and_in_none(
    sqlite_store: Store, tmp_path: Path, header: str, cells: str
) -> None:
    report = load_file(written(tmp_path, f"{header}\n{cells}\n"), sqlite_store)
    assert report.load.refused == 1
    assert (report.errors[0].line, report.errors[0].column) == (2, "lat")
    assert "swapped" in report.errors[0].problem


@pytest.mark.parametrize("name", ["tijuana", "san_diego"])
def test_a_copy_of_a_file_under_another_name_is_recognised(sqlite_store: Store, tmp_path: Path, name: str) -> None:
    load_file(sample(tmp_path, f"{name}.csv"), sqlite_store)
    ids = {facility.id for facility in sqlite_store.facilities()}
    copy = Path(shutil.copy(SAMPLES / f"{name}.csv", tmp_path / f"{name}_new.csv"))
    for dry_run in (True, False):
        report = load_file(copy, sqlite_store, dry_run=dry_run)
        assert (report.matched, *counts(report.load)) == (25, 25, 0, 25, 0, 0)
    assert counts(load_file(copy, sqlite_store).load) == (25, 0, 0, 25, 0)
    assert {facility.id for facility in sqlite_store.facilities()} == ids
    assert {facility.provenance["name"].source for facility in sqlite_store.facilities()} == {f"{name}_new"}


def test_two_of_one_name_or_of_one_place_are_no_copies(sqlite_store: Store, tmp_path: Path) -> None:
    rows = [f"{number},Clinic {number},32.5{number},-117,clinic\n" for number in range(9)]
    far = [f"{number},Clinic {number},32.6{number},-117,clinic\n" for number in range(9)]
    renamed = [f"{number},Wholly Other Practice {number},32.5{number},-117,clinic\n" for number in range(9)]
    load_file(written(tmp_path, "id,name,lat,lon,kind\n" + "".join(rows)), sqlite_store)
    others = "".join([*far[2:5], *renamed[5:]])
    report = load_file(written(tmp_path, "id,name,lat,lon,kind\n" + others, "b.csv"), sqlite_store)
    assert (report.matched, report.load.added) == (0, 7)


def test_a_cell_that_cannot_be_used_keeps_what_was_known(tmp_path: Path, sqlite_store: Store) -> None:
    header = "id,name,lat,lon,country,type,opening_hours,phone,zip\n"
    good = header + "1,Clinic,32.72,-117.16,US,mental health,24/7,619-555-0101,92101\n"
    load_file(written(tmp_path, good), sqlite_store)
    bad = header + "1,Clinic,32.72,-117.16,US,witchcraft,mostly mornings,nobody,9210x\n"
    report = load_file(written(tmp_path, bad), sqlite_store)
    assert (report.load.unchanged, report.warnings) == (1, 4)
    empty = header + "1,Clinic,32.72,-117.16,US,,,,\n"
    load_file(written(tmp_path, empty), sqlite_store)
    [cleared] = sqlite_store.facilities()
    assert (cleared.kind, cleared.opening_hours, cleared.phones) == (FacilityKind.OTHER, None, ())
    assert cleared.address.postcode is None


def test_a_dry_run_writes_nothing_at_all(tmp_path: Path, sqlite_store: Store) -> None:
    path = written(tmp_path, HEADER + "1,Clinic,95,-117.16,,US\n2,Clinic Two,32.7,-117.16,,US\n")
    assert sqlite_store.count() == 0  # opened: from now on SQLite's own files are there
    files = set(tmp_path.iterdir())
    report = load_file(path, sqlite_store, dry_run=True)
    assert (report.load.added, report.load.refused, report.errors_file) == (1, 1, None)
    assert set(tmp_path.iterdir()) == files
    assert sqlite_store.count() == 0


def test_changes_are_told_without_where_each_fact_comes_from(tmp_path: Path, sqlite_store: Store) -> None:
    header = "id,name,lat,lon,country,phone,verified_at\n"
    load_file(written(tmp_path, header + "1,Clinic,32.72,-117.16,US,619-555-0101,2026-01-01\n"), sqlite_store)
    report = load_file(written(tmp_path, header + "1,Clinic,32.72,-117.16,US,619-555-0102,2026-01-01\n"), sqlite_store)
    assert [change.field for change in report.changes] == ["phones"]
    report = load_file(written(tmp_path, header + "1,Clinic,32.72,-117.16,US,619-555-0102,2026-02-02\n"), sqlite_store)
    assert [(change.field, change.old) for change in report.changes] == [("provenance", "")]


def test_a_file_with_bars_is_told_what_to_do(tmp_path: Path, sqlite_store: Store) -> None:
    with pytest.raises(BadFile, match=r"separated by “\|”"):
        load_file(written(tmp_path, "id|name|lat|lon\n1|Clinic|32.7|-117.1\n"), sqlite_store)


def test_a_row_without_coordinates_is_found_by_its_address_or_waits(store: Store, tmp_path: Path) -> None:
    places = tmp_path / "places.ndjson"
    of = {"city": "Tijuana", "country": "MX"}
    centre = Place(name="Zona Centro", kind=PlaceKind.NEIGHBOURHOOD, lon_lat=LonLat(-117.038, 32.5335), radius_m=900, **of)
    city = Place(
        name="Tijuana",
        kind=PlaceKind.CITY,
        lon_lat=LonLat(-117.02, 32.515),
        radius_m=10_000,
        state="Baja California",
        country="MX",
    )
    write_places(places, [centre, city])
    header = "id,name,type,colonia,city,state,country,lat,lon\n"
    found = header + "1,Uno,clinic,Zona Centro,Tijuana,Baja California,MX,,\n2,Dos,clinic,,,,,,\n"
    path = written(tmp_path, found)
    report = load_file(path, store, places=[places])
    assert (*counts(report.load), report.load.set_aside) == (2, 1, 0, 0, 0, 1)
    facility = only(store)
    assert (facility.lon_lat, facility.position_accuracy_m) == (LonLat(-117.038, 32.5335), 1000)
    assert facility.time_zone == "America/Tijuana"
    given = written(tmp_path, found.replace("MX,,\n", "MX,32.5301,-117.0401\n"))
    assert load_file(given, store, places=[places]).load.changed == 1
    assert (only(store).lon_lat, only(store).position_accuracy_m) == (LonLat(-117.0401, 32.5301), None)


def test_without_coordinates_a_facility_that_is_known_by_its_number_stays_where_it_is(store: Store, tmp_path: Path) -> None:
    load_file(written(tmp_path, "clues,nombre,lat,lon,tipo\nBCSSA000001,Uno,32.5,-116.9,clinic\n"), store)
    before = only(store)
    report = load_file(written(tmp_path, "clues,nombre,ciudad,tipo\nBCSSA000001,Dos,Tijuana,clinic\n", "b.csv"), store)
    assert (*counts(report.load), report.load.set_aside) == (1, 0, 1, 0, 0, 0)
    after = only(store)
    assert (after.name, after.lon_lat, after.time_zone, after.id) == ("Dos", before.lon_lat, before.time_zone, before.id)
    assert store.reviews() == []


def test_names_hours_and_streets_come_as_people_read_them(sqlite_store: Store, tmp_path: Path) -> None:
    text = (
        "id,nombre,calle,ciudad,pais,horario,lat,lon\n"
        "1,HOSPITAL GENERAL DE TIJUANA,AV. CENTENARIO NO. 10851,Tijuana,MX,De 08:00 a 19:30,32.53,-117.01\n"
        "2,Farmacia San José,Calle Segunda,Tijuana,MX,Lun-Vie 8-20,32.54,-117.02\n"
        "3,CLINICA IMSS 27,,Tijuana,MX,24 HORAS,32.55,-117.03\n"
    )
    report = load_file(written(tmp_path, text), sqlite_store)
    assert report.errors == ()
    found = {facility.identifiers["a"]: facility for facility in sqlite_store.facilities()}
    assert [found[id_].name for id_ in "123"] == ["Hospital General de Tijuana", "Farmacia San José", "Clinica IMSS 27"]
    assert [found[id_].opening_hours for id_ in "123"] == ['08:00-19:30 "days not stated"', "Mo-Fr 08:00-20:00", "24/7"]
    assert (found["1"].address.street, found["1"].address.house_number) == ("Av. Centenario", "10851")
    assert (found["2"].address.street, found["2"].address.house_number) == ("Calle Segunda", None)


def test_rows_that_are_wrong_alike_are_told_together(sqlite_store: Store, tmp_path: Path) -> None:
    bad = "".join(f"{number},Clinic {number},91,-117,,MX\n" for number in range(2000))
    report = load_file(written(tmp_path, HEADER + bad + "x,Good,32.5,-117,nobody,MX\n"), sqlite_store)
    error, warning = report.problems
    assert (error.severity, error.column, error.count, error.lines[:2]) == (Severity.ERROR, "lat", 2000, [2, 3])
    assert (warning.severity, warning.column, warning.count, warning.lines) == (Severity.WARNING, "phone", 1, [2002])
    assert (report.load.refused, len(report.errors) < 2001) == (2000, True)
    with (tmp_path / "a.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [int(each["line"]) for each in csv.DictReader(file)] == list(range(2, 2003))


def test_an_error_in_the_middle_of_a_load_leaves_nothing(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "1,A,91,-117,,MX\n2,B,32.5,-117,,MX\n")

    def stop(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_file(path, store, progress=stop)
    assert (store.count(), store.loads()) == (0, [])
    assert [file.name for file in tmp_path.glob("*errors*")] == []
    assert counts(load_file(path, store).load) == (2, 1, 0, 0, 1)


@pytest.mark.parametrize("as_", [As.CLUES, As.NPPES])
def test_what_a_file_is_not_it_is_not_called(sqlite_store: Store, tmp_path: Path, as_: As) -> None:
    with pytest.raises(BadInput, match=f"a.csv has not the columns of {as_.upper()}"):
        load_file(written(tmp_path, HEADER + "1,A,32.5,-117,,MX\n"), sqlite_store, as_=as_)


def test_a_zip_with_one_table_is_loaded_and_its_errors_lie_beside_it(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "portal.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/clinics.csv", HEADER + "1,A,32,-117,,MX\n2,,32,-117,,MX\n")
    report = load_file(path, sqlite_store)
    assert counts(report.load) == (2, 1, 0, 0, 1)
    assert (report.load.source, report.load.file_name) == ("portal", "portal.zip")
    assert report.errors_file == tmp_path / "portal.errors.csv"


def test_who_only_looks_waits_for_nobody_and_nobody_waits_for_them(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "1,A,32,-117,,MX\n")
    with store.writing():
        assert counts(load_file(path, store, dry_run=True).load) == (1, 1, 0, 0, 0)
    assert store.loads() == []


def test_a_cell_that_cannot_be_used_does_not_stop_a_first_load_whose_indexes_wait(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finder.loading.commit.BULK_ROWS", 5)
    monkeypatch.setattr("finder.loading.load.BYTES_PER_ROW", 1)
    rows = "".join(
        f"{number},Clínica {number},32.5,-117.0,,MX,{'quien sabe' if number == 7 else '24/7'}\n" for number in range(20)
    )
    report = load_file(written(tmp_path, HEADER.strip() + ",opening_hours\n" + rows), store)
    assert counts(report.load) == (20, 20, 0, 0, 0)
    assert store.count() == 20


def test_a_pipe_is_no_file(sqlite_store: Store) -> None:
    reader, writer = os.pipe()
    try:
        with pytest.raises(BadFile, match="no file but a pipe"):
            load_file(Path(f"/dev/fd/{reader}"), sqlite_store)
    finally:
        os.close(reader)
        os.close(writer)


def test_names_that_were_decoded_wrongly_are_pointed_at(sqlite_store: Store, tmp_path: Path) -> None:
    report = load_file(written(tmp_path, HEADER + "1,ClÃ­nica Ãandú,32,-117,,MX\n"), sqlite_store)
    assert any("decoded wrongly" in note for note in report.notes)


DOCTORS = "doctor id,doctor,specialty,facility id,facility source,opening hours,verified at\n"


def test_one_id_of_two_people_is_one_of_them_and_the_other_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    rows = (
        "B-1,Dra. Ana Buena,cardiology,1,f,,\n"
        "B-1,Otra Persona,dentist,2,f,,\n"
        "B-1,BUENA ÁNA,cardiology,3,f,,\n"
        "B-1,Otra Persona,dentist,4,f,,\n"
    )
    report = load_file(written(tmp_path, DOCTORS + rows), sqlite_store)
    assert counts(report.load) == (7, 3, 0, 0, 4)
    assert [(error.line, error.column, error.value) for error in report.errors] == [
        (3, "doctor id", "B-1"),
        (5, "doctor id", "B-1"),
    ]
    assert report.errors[0].problem == "Another person has this id on line 2."
    assert [one.name for one in sqlite_store.things(Practitioner)] == ["Dra. Ana Buena"]
    assert len(list(sqlite_store.things(Role))) == 2
    assert "Otra Persona" not in str(report.added)
    assert counts(load_file(tmp_path / "a.csv", sqlite_store).load) == (7, 0, 0, 3, 4)


def test_a_table_of_doctors_says_what_searches_will_not_find(sqlite_store: Store, tmp_path: Path) -> None:
    facilities = "id,name,lat,lon,status\n1,Open,32.5,-117,open\n2,Shut,32.6,-117,closed\n"
    load_file(written(tmp_path, facilities, "f.csv"), sqlite_store)
    rows = (
        "1,Ana Buena,Cardiología,1,f,mostly mornings,2099-01-01\n"
        "2,Eva Ruiz,207RC0000X;Wizardry,TJ-999,f,,\n"
        "3,Luz Mar,Sorcery,1,nowhere,,\n"
        "4,Paz Sol,Wizardry,2,f,,\n"
        "5,Leo Rey,dentist,,,,\n"
    )
    path = written(tmp_path, DOCTORS + rows)
    for dry_run in (True, False):
        report = load_file(path, sqlite_store, dry_run=dry_run)
        assert (report.load.read, report.counted) == (9, "people and places of work")
        assert report.notes == (
            "2 places of work name a facility that is not known (first: TJ-999 of f): load it, or correct the id or its source.",
            "1 place of work is at a facility that is closed (first: 2 of f), where searches find nobody: correct the id, or the "
            "facility.",
            "1 doctor has no place of work at a facility (first: Leo Rey): give the facility's CLUES, NPI, CCN or id.",
            "2 specialties are not known to searches (first: Wizardry): use a NUCC code or a name of GET /api/v1/specialties.",
        )
    # Each of the two cells is told once, though two things are made of the row.
    assert [(error.column, error.problem) for error in report.errors] == [
        ("verified at", "This date is in the future: left out."),
        ("opening hours", "These opening hours cannot be read; the place of work is kept without them."),
    ]


def test_a_facility_was_not_verified_in_the_future(sqlite_store: Store, tmp_path: Path) -> None:
    report = load_file(written(tmp_path, "id,name,lat,lon,verified at\n1,Clinic,32.5,-117,2099-01-01\n"), sqlite_store)
    assert [(error.column, error.problem) for error in report.errors] == [
        ("verified at", "This date is in the future: left out.")
    ]
    assert (report.load.added, report.counted) == (1, "rows")
    assert {given.verified_at for given in only(sqlite_store).provenance.values()} == {None}
