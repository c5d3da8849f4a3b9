"""Two sources tell of one place without a number that they share: what is sure is joined, what is not is asked."""

from pathlib import Path

import pytest

from finder.domain.facility import Facility
from finder.domain.load import Load
from finder.domain.review import Decision, Question, ReviewItem
from finder.errors import BadInput, Conflict, NotFound
from finder.geo.points import LonLat
from finder.loading.decide import decide_review
from finder.loading.load import load_file
from finder.loading.report import LoadReport
from finder.loading.undo import undo_load
from finder.store import Store

HEADER = "id,name,type,street,house number,city,state,country,phone,lat,lon\n"
PLACE = "Tijuana,Baja California,MX"
OURS = f"1,Clínica Dental Quimera,dentist,Calle Fábula,12,{PLACE},664 555 0101,32.5301,-117.0251\n"
FARMACIA = f"2,Farmacia Azul,pharmacy,Calle Fábula,14,{PLACE},664 555 0102,32.5305,-117.0255\n"
SAME = f"x,Clinica Dental Quimera,dentist,C. Fábula,12,{PLACE},+52 664 555 0101,32.53012,-117.02512\n"
UNSURE = f"y,Dental Quimera Centro,dentist,Calle Fabula,12,{PLACE},664 555 0199,32.5303,-117.0253\n"
FAR = f"z,Hospital Lejano,hospital,Calle Fábula,1,{PLACE},,31.0,-115.0\n"
CONTRADICTED = "v,Hospital of Hartford,hospital,School Street,49,Hartford,VT,US,,41.7474,-72.6858\n"


def load(store: Store, tmp_path: Path, source: str, *rows: str, dry_run: bool = False) -> LoadReport:
    path = tmp_path / f"{source}.csv"
    path.write_text(HEADER + "".join(rows), "utf-8")
    return load_file(path, store, dry_run=dry_run)


def alone(tmp_path: Path, source: str, *rows: str) -> str:
    """The state of a store that never saw anything else."""
    with Store.open(f"sqlite:///{tmp_path / f'{source}_alone.sqlite'}") as store:
        store.migrate()
        load(store, tmp_path, source, *rows)
        return store.state_hash()


def undo(store: Store, done: Load) -> None:
    assert done.id is not None
    undo_load(store, done.id)


def only_question(store: Store) -> ReviewItem:
    (item,) = store.reviews()
    return item


def answer(store: Store, item: ReviewItem, decision: Decision) -> ReviewItem:
    assert item.id is not None
    return decide_review(store, item.id, decision, "Ana")


def named(store: Store, name: str) -> Facility:
    (facility,) = (facility for facility in store.facilities() if facility.name == name)
    return facility


def test_what_is_the_same_becomes_one_and_comes_apart_again(store: Store, tmp_path: Path) -> None:
    first = load(store, tmp_path, "ours", OURS, FARMACIA)
    ours = store.state_hash()
    preview = load(store, tmp_path, "theirs", SAME, dry_run=True)
    second = load(store, tmp_path, "theirs", SAME)
    assert (preview.matched, preview.load.changed) == (second.matched, second.load.changed) == (1, 1)
    assert (store.count(), store.reviews()) == (2, [])
    (joined,) = (facility for facility in store.facilities() if "theirs" in facility.identifiers)
    assert joined.identifiers == {"ours": "1", "theirs": "x"}
    assert [statement.source for statement in store.history(Facility, joined.id)] == ["ours", "theirs"]
    both = store.state_hash()
    again = load(store, tmp_path, "theirs", SAME)
    assert (again.matched, again.load.unchanged) == (0, 1), "found by its own number now"
    assert store.state_hash() == both
    undo(store, again.load)
    undo(store, second.load)
    assert store.state_hash() == ours
    load(store, tmp_path, "theirs", SAME)
    undo(store, first.load)
    assert store.state_hash() == alone(tmp_path, "theirs", SAME)


def test_what_cannot_be_told_is_shown_and_asked(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, "ours", OURS, FARMACIA)
    preview = load(store, tmp_path, "theirs", UNSURE, dry_run=True)
    assert store.reviews() == []
    report = load(store, tmp_path, "theirs", UNSURE)
    for each in (preview, report):
        assert (each.matched, each.load.added, each.load.set_aside) == (0, 1, 0)
    assert store.count() == 3
    item = only_question(store)
    assert (item.question, item.line, item.name) == (Question.SAME, 2, "Dental Quimera Centro")
    assert item.others == (named(store, "Clínica Dental Quimera").id,)
    assert item.reasons
    load(store, tmp_path, "theirs", UNSURE)
    assert len(store.reviews()) == 1, "the same question is asked once"


def test_a_person_says_that_they_are_the_same(store: Store, tmp_path: Path) -> None:
    first = load(store, tmp_path, "ours", OURS, FARMACIA)
    ours, id_ = store.state_hash(), named(store, "Clínica Dental Quimera").id
    second = load(store, tmp_path, "theirs", UNSURE)
    mark = store.revision()
    decided = answer(store, only_question(store), Decision.SAME)
    assert store.revision() != mark, "people see it after the next publish"
    assert (decided.decision, decided.decided_by) == (Decision.SAME, "Ana")
    assert decided.decided_at is not None
    assert (store.count(), store.reviews(), len(store.reviews(decided=True))) == (2, [], 1)
    joined = named(store, "Dental Quimera Centro")
    assert (joined.id, joined.identifiers) == (id_, {"ours": "1", "theirs": "y"})
    state = store.state_hash()
    again = load(store, tmp_path, "theirs", UNSURE)
    assert (again.load.unchanged, store.reviews(), store.state_hash()) == (1, [], state)
    undo(store, again.load)
    undo(store, second.load)
    assert store.state_hash() == ours
    load(store, tmp_path, "theirs", UNSURE)
    undo(store, first.load)
    assert store.state_hash() == alone(tmp_path, "theirs", UNSURE)


def test_what_a_person_joined_comes_together_again_after_it_was_taken_back(sqlite_store: Store, tmp_path: Path) -> None:
    load(sqlite_store, tmp_path, "ours", OURS)
    report = load(sqlite_store, tmp_path, "theirs", UNSURE)
    answer(sqlite_store, only_question(sqlite_store), Decision.SAME)
    joined = sqlite_store.state_hash()
    undo(sqlite_store, report.load)
    load(sqlite_store, tmp_path, "theirs", UNSURE)
    assert (sqlite_store.count(), sqlite_store.reviews()) == (1, [])
    assert sqlite_store.state_hash() == joined


def test_a_person_says_that_they_are_different_and_is_not_asked_again(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, "ours", OURS)
    report = load(store, tmp_path, "theirs", UNSURE)
    two = store.state_hash()
    answer(store, only_question(store), Decision.DIFFERENT)
    assert (store.count(), store.state_hash()) == (2, two)
    load(store, tmp_path, "theirs", UNSURE)
    load(store, tmp_path, "theirs", UNSURE.replace("0199", "0198"))
    assert (store.count(), store.reviews()) == (2, [])
    for done in store.loads():
        if done.source == "theirs":
            undo(store, done)
    assert store.count() == 1
    again = load(store, tmp_path, "theirs", UNSURE)
    assert (again.load.added, store.reviews(), store.state_hash()) == (1, [], two)
    assert again.load.id != report.load.id


def test_coordinates_that_the_address_belies_wait_until_a_person_keeps_them(store: Store, tmp_path: Path) -> None:
    before = store.state_hash()
    report = load(store, tmp_path, "ours", OURS, CONTRADICTED)
    assert (report.load.read, report.load.added, report.load.set_aside, store.count()) == (2, 1, 1, 1)
    item = only_question(store)
    assert (item.question, item.line, item.name) == (Question.CONTRADICTION, 3, "Hospital of Hartford")
    assert item.distance_m is not None
    # From Hartford in Connecticut to the border of Vermont, as a map has it: from 95 to 120 km.
    assert 95_000 < item.distance_m < 120_000
    assert "Vermont" in item.reasons[0]
    answer(store, item, Decision.KEEP)
    assert named(store, "Hospital of Hartford").lon_lat == LonLat(-72.6858, 41.7474)
    (ledger,) = store.loads()
    assert (ledger.read, ledger.added, ledger.set_aside) == (2, 2, 0)
    state = store.state_hash()
    again = load(store, tmp_path, "ours", OURS, CONTRADICTED)
    assert (again.load.unchanged, again.load.set_aside, store.reviews(), store.state_hash()) == (2, 0, [], state)
    undo(store, again.load)
    undo(store, report.load)
    assert store.state_hash() == before
    assert load(store, tmp_path, "ours", OURS, CONTRADICTED).load.added == 2, "the answer holds"
    assert store.state_hash() == state


def test_coordinates_that_a_person_drops_are_not_asked_for_again(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, "ours", OURS, CONTRADICTED)
    state = store.state_hash()
    answer(store, only_question(store), Decision.DROP)
    for _ in range(2):
        report = load(store, tmp_path, "ours", OURS, CONTRADICTED)
        assert (report.load.unchanged, report.load.set_aside, store.reviews(), store.state_hash()) == (1, 1, [], state)


def test_a_known_facility_stays_where_it_is_when_new_coordinates_are_belied(store: Store, tmp_path: Path) -> None:
    good = CONTRADICTED.replace("41.7474,-72.6858", "43.6611,-72.3857")
    load(store, tmp_path, "ours", good)
    report = load(store, tmp_path, "ours", CONTRADICTED.replace("Hospital of Hartford", "Hartford Hospital"))
    assert (report.load.changed, report.load.set_aside, only_question(store).question) == (1, 0, Question.CONTRADICTION)
    hospital = named(store, "Hartford Hospital")
    assert (hospital.lon_lat, hospital.time_zone) == (LonLat(-72.3857, 43.6611), "America/New_York")
    answer(store, only_question(store), Decision.KEEP)
    assert named(store, "Hartford Hospital").lon_lat == LonLat(-72.6858, 41.7474)


def test_what_nobody_can_place_is_dropped_for_good(store: Store, tmp_path: Path) -> None:
    nowhere = "w,Consultorio Sin Sitio,doctors,,,,,,,,\n"
    for _ in range(2):
        report = load(store, tmp_path, "ours", OURS, nowhere)
        assert (report.load.set_aside, store.count()) == (1, 1)
        assert only_question(store).question is Question.NO_POSITION
    answer(store, only_question(store), Decision.DROP)
    load(store, tmp_path, "ours", OURS, nowhere)
    assert store.reviews() == []


def test_questions_of_a_load_that_was_undone_are_gone_but_for_their_answers(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, "ours", OURS)
    report = load(store, tmp_path, "theirs", UNSURE, CONTRADICTED)
    assert {item.question for item in store.reviews()} == {Question.SAME, Question.CONTRADICTION}
    undo(store, report.load)
    assert (store.reviews(), store.count()) == ([], 1)


@pytest.mark.parametrize("decision", [Decision.KEEP, Decision.DROP])
def test_an_answer_must_go_with_its_question(sqlite_store: Store, tmp_path: Path, decision: Decision) -> None:
    load(sqlite_store, tmp_path, "ours", OURS)
    load(sqlite_store, tmp_path, "theirs", UNSURE)
    item = only_question(sqlite_store)
    with pytest.raises(BadInput, match="same or different"):
        answer(sqlite_store, item, decision)
    answer(sqlite_store, item, Decision.DIFFERENT)
    with pytest.raises(Conflict, match="answered with “different” already"):
        answer(sqlite_store, item, Decision.SAME)
    with pytest.raises(NotFound):
        decide_review(sqlite_store, 999, Decision.SAME, "Ana")


def test_two_rows_of_one_source_are_two_however_alike(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, "ours", OURS, FAR)
    report = load(store, tmp_path, "ours", OURS.replace("1,", "9,", 1))
    assert (report.matched, report.load.added, store.count(), store.reviews()) == (0, 1, 3, [])


def test_two_rows_that_are_both_the_same_stored_one_are_not_both_joined(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, "ours", OURS)
    report = load(store, tmp_path, "theirs", SAME, SAME.replace("x,", "x2,", 1))
    assert (report.matched, report.load.changed, report.load.added) == (1, 1, 1)
    assert only_question(store).line == 3


def test_an_identifier_on_a_later_line_beats_a_guess_on_an_earlier_one(store: Store, tmp_path: Path) -> None:
    header = HEADER.strip() + ",clues\n"
    first = tmp_path / "ours.csv"
    first.write_text(header + OURS.strip() + ",BCSSA000001\n", "utf-8")
    load_file(first, store)
    second = tmp_path / "theirs.csv"
    known = f"k,Otro Nombre,dentist,Calle Fábula,12,{PLACE},664 555 0107,32.5302,-117.0252,BCSSA000001\n"
    second.write_text(header + SAME.strip() + ",\n" + known, "utf-8")
    report = load_file(second, store)
    assert (report.matched, report.load.changed, report.load.added, report.load.refused) == (0, 1, 1, 0)
    assert {facility.name for facility in store.facilities()} == {"Otro Nombre", "Clinica Dental Quimera"}
    assert only_question(store).line == 2


def test_keep_keeps_what_the_row_says_nothing_of(store: Store, tmp_path: Path) -> None:
    header = HEADER.strip() + ",opening_hours\n"
    path = tmp_path / "ours.csv"
    path.write_text(header + OURS.strip() + ",Mo-Fr 08:00-18:00\n", "utf-8")
    load_file(path, store)
    # The same clinic a thousand kilometres off, with hours that nobody can read.
    path.write_text(header + OURS.strip().replace("32.5301,-117.0251", "19.4326,-99.1332") + ",quien sabe\n", "utf-8")
    load_file(path, store)
    answer(store, only_question(store), Decision.KEEP)
    [facility] = store.facilities()
    assert facility.opening_hours == "Mo-Fr 08:00-18:00"
    assert round(facility.lon_lat.lat) == 19


def test_an_answer_about_coordinates_holds_only_for_those(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, "theirs", CONTRADICTED)
    answer(store, only_question(store), Decision.KEEP)
    assert load(store, tmp_path, "theirs", CONTRADICTED).load.set_aside == 0
    load(store, tmp_path, "theirs", CONTRADICTED.replace("41.7474,-72.6858", "25.0,-90.0"))
    assert only_question(store).question is Question.CONTRADICTION
    assert round(named(store, "Hospital of Hartford").lon_lat.lat) == 42
