"""One load is taken back: the store tells what it would without it."""

from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, note, settings
from hypothesis import strategies as st

from finder.domain.facility import Facility, FacilityKind, Provenance, facility_id
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.errors import Conflict, NotFound
from finder.geo.points import LonLat
from finder.loading.commit import Commit, commit_facilities
from finder.loading.edit import edit_facility
from finder.loading.settle import Said
from finder.loading.undo import undo_load
from finder.store import Store
from tests.loading.histories import NotComparable, Step, do, emptied, histories

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@st.composite
def undone(draw: st.DrawFn, *, corrections: bool = False) -> tuple[list[Step], int, int]:
    """A history, which of its loads is taken back, and how many had come by then."""
    history = draw(histories(corrections=corrections))
    taken_back = draw(st.integers(0, len(history) - 1))
    return history, taken_back, draw(st.integers(taken_back + 1, len(history)))


def check(store: Store, history: list[Step], taken_back: int, come: int) -> None:
    """What is found by name and place is not looked for anew: where it would be, the histories are not compared."""
    note("".join(f"\n{step}" for step in history))
    others = [step for number, step in enumerate(history) if number != taken_back]
    try:
        emptied(store)
        done = [do(store, step) for step in history[:come]]
        undo_load(store, done.pop(taken_back).load_id)
        done += [do(store, step) for step in history[come:]]
        after, state = list(store.facilities()), store.state_hash()
        emptied(store)
        if any(do(store, step).matched - before.matched for step, before in zip(others, done, strict=True)):
            raise NotComparable
    except NotComparable:
        event("not comparable")
        assume(False)
    event("comparable")
    assert after == list(store.facilities())
    assert state == store.state_hash()


@given(undone())
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_undo_is_as_if_the_load_had_never_been(sqlite_store: Store, made: tuple[list[Step], int, int]) -> None:
    check(sqlite_store, *made)


@given(undone(corrections=True))
@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
def test_undo_where_identifiers_are_corrected(sqlite_store: Store, made: tuple[list[Step], int, int]) -> None:
    check(sqlite_store, *made)


@given(undone(corrections=True))
@settings(max_examples=6, deadline=None, suppress_health_check=SLOW)
def test_undo_is_as_if_the_load_had_never_been_on_postgis(postgis_url: str, made: tuple[list[Step], int, int]) -> None:
    with Store.open(postgis_url) as store:
        store.migrate()
        check(store, *made)


@given(histories(corrections=True), st.randoms())
@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
def test_undo_of_all_in_any_order_leaves_nothing(sqlite_store: Store, history: list[Step], chance: Random) -> None:
    emptied(sqlite_store)
    nothing = sqlite_store.state_hash()
    try:
        ids = [do(sqlite_store, step).load_id for step in history]
    except NotComparable:
        assume(False)
        return
    chance.shuffle(ids)
    for id_ in ids:
        undo_load(sqlite_store, id_)
    assert sqlite_store.state_hash() == nothing
    with sqlite_store.writing() as writing:
        assert writing.is_empty()
    assert rows_of_keys(sqlite_store) == 0
    assert all(load.undone_at for load in sqlite_store.loads())


def rows_of_keys(store: Store) -> int:
    with store._engine.connect() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM thing_key").scalar_one()


def clinic(number: str, identifiers: dict[str, str], **fields: Any) -> Facility:
    values = {"name": f"Clínica {number}", "lon_lat": LonLat(-117.0 + int(number) / 10, 32.5), **fields}
    id_ = facility_id(*next(iter(identifiers.items())))
    provenance = dict.fromkeys((*values, "identifiers"), Provenance("test"))
    return Facility(id=id_, kind=FacilityKind.CLINIC, identifiers=identifiers, provenance=provenance, **values)


def loaded(store: Store, source: str, *facilities: Facility) -> int:
    return commit_facilities(store, facilities, source=source, file_name=f"{source}.csv").id or 0


def names(store: Store) -> list[str]:
    return sorted(facility.name for facility in store.facilities())


def test_load_a_load_b_edit_c_undo_a_is_b_and_c(store: Store) -> None:
    """Show 4 of the issue: A and B tell of some facilities together, of others alone; C corrects one by hand."""
    of_a = [clinic(str(number), {"clues": str(number), "a": str(number)}, website="https://a.example") for number in range(6)]
    of_b = [clinic(str(number), {"clues": str(number), "b": str(number)}, phones=("+526641234567",)) for number in range(3, 9)]
    changes = {"opening_hours": "24/7", "phones": ["+526649999999"]}
    load_a = loaded(store, "a", *of_a)
    loaded(store, "b", *of_b)
    edit_facility(store, facility_id("clues", "4"), changes, date(2026, 11, 23))
    undone_load = undo_load(store, load_a)
    state, found = store.state_hash(), list(store.facilities())

    emptied(store)
    loaded(store, "b", *of_b)
    edit_facility(store, facility_id("clues", "4"), changes, date(2026, 11, 23))
    assert found == list(store.facilities())
    assert state == store.state_hash()
    assert len(found) == 6
    assert [(one.opening_hours, one.website) for one in found if one.identifiers["clues"] == "4"] == [("24/7", None)]
    assert undone_load.undone_at is not None


def test_the_id_is_the_next_tellers_when_the_first_is_taken_back(store: Store) -> None:
    first = loaded(store, "a", clinic("1", {"a": "1", "npi": "7"}))
    loaded(store, "b", clinic("1", {"b": "1", "npi": "7"}))
    [before] = store.facilities()
    undo_load(store, first)
    [after] = store.facilities()
    assert (before.id, after.id) == (facility_id("a", "1"), facility_id("b", "1"))
    assert after.identifiers == {"b": "1", "npi": "7"}
    assert store.id_of_key(facility_id("npi", "7")) == after.id
    assert store.id_of_key(before.id) == before.id  # nothing
    loaded(store, "b", clinic("1", {"b": "1", "npi": "7"}, website="https://b.example"))
    assert store.count() == 1


def test_what_only_the_load_held_together_falls_apart(store: Store) -> None:
    """Two sources use numbers of their own, and names by which nobody would take them for one; a third knew both numbers."""
    one = clinic("1", {"a": "1"}, name="Hospital General")
    other = clinic("1", {"b": "1"}, name="Farmacia Roma")
    loaded(store, "a", one)
    between = loaded(store, "c", clinic("1", {"a": "1", "b": "1"}, name="Hospital General"))
    loaded(store, "b", other)
    assert store.count() == 1
    undo_load(store, between)
    assert names(store) == ["Farmacia Roma", "Hospital General"]
    assert {facility.id for facility in store.facilities()} == {one.id, other.id}
    assert loaded(store, "b", other)
    assert store.count() == 2


def test_what_only_the_load_kept_apart_comes_together(store: Store) -> None:
    """It corrected a number, so that the number's true owner was another; without it both had the same."""
    loaded(store, "a", clinic("1", {"npi": "1", "ccn": "A"}))
    correction = loaded(store, "a", clinic("1", {"npi": "2", "ccn": "A"}))
    loaded(store, "b", clinic("5", {"npi": "1"}, website="https://b.example"))
    assert store.count() == 2
    undo_load(store, correction)
    [facility] = store.facilities()
    assert facility.identifiers == {"npi": "1", "ccn": "A"}
    assert facility.website == "https://b.example"
    assert len(store.history(Facility, facility.id)) == 2


def test_what_was_found_by_name_and_place_stays_together(store: Store) -> None:
    loaded(store, "a", clinic("1", {"a": "1"}))
    middle = loaded(store, "b", clinic("1", {"b": "1"}, website="https://b.example"))
    loaded(store, "c", clinic("1", {"c": "1"}))
    assert store.count() == 1
    undo_load(store, middle)
    [facility] = store.facilities()
    assert facility.identifiers == {"a": "1", "c": "1"}


def test_a_correction_by_hand_waits_for_its_facility(store: Store) -> None:
    first = loaded(store, "a", clinic("1", {"npi": "1"}))
    edit = edit_facility(store, facility_id("npi", "1"), {"phones": ["+526649999999"]}, date(2026, 11, 23)).id or 0
    before = store.state_hash()
    undo_load(store, first)
    assert store.count() == 0
    again = commit_facilities(store, [clinic("1", {"npi": "1"})], source="a", file_name="a.csv")
    assert store.state_hash() == before
    undo_load(store, again.id or 0)
    undo_load(store, edit)
    loaded(store, "a", clinic("1", {"npi": "1"}))
    [facility] = store.facilities()
    assert facility.phones == ()


def test_what_was_refused_because_of_the_load_is_loaded_again(store: Store) -> None:
    """The one thing that an undo cannot bring back by itself: the row never came into the store."""
    loaded(store, "a", clinic("1", {"npi": "1"}))
    wrong = loaded(store, "b", clinic("2", {"ccn": "2"}))
    row = clinic("1", {"npi": "1", "ccn": "2"})
    assert commit_facilities(store, [row], source="c", file_name="c.csv").refused == 1
    undo_load(store, wrong)
    assert commit_facilities(store, [row], source="c", file_name="c.csv").refused == 0
    [facility] = store.facilities()
    assert facility.identifiers == {"npi": "1", "ccn": "2"}


def test_practitioners_and_roles_are_taken_back_too(store: Store) -> None:
    def people(source: str, specialty: str) -> int:
        person = Practitioner(
            id=facility_id("practitioner:npi", "1"),
            name="Dra. Ñ",
            specialties=(specialty,),
            identifiers={"npi": "1", source: "7"},
        )
        role = Role(
            id=facility_id("role", "1"), practitioner_id=person.id, facility_id=facility_id("clues", "1"), plans=(specialty,)
        )
        with store.writing() as writing:
            commit = Commit(writing, Load(source=source, file_name="a.csv", started_at=datetime.now(UTC)))
            commit.bring(Practitioner, [Said(line=2, own_id=person.id, said=person)])
            commit.bring(Role, [Said(line=2, own_id=role.id, said=role)])
            return commit.finish().id or 0

    people("a", "207R00000X")
    before = store.state_hash()
    second = people("b", "208D00000X")
    assert [one.specialties for one in store.things(Practitioner)] == [("208D00000X",)]
    undo_load(store, second)
    assert store.state_hash() == before
    undo_load(store, 1)
    assert (store.count(Practitioner), store.count(Role)) == (0, 0)


def test_an_unknown_load_and_one_that_was_undone(store: Store) -> None:
    load_id = loaded(store, "a", clinic("1", {"npi": "1"}))
    with pytest.raises(NotFound, match="finder loads"):
        undo_load(store, load_id + 1)
    undo_load(store, load_id)
    before = store.loads()
    with pytest.raises(Conflict, match="already"):
        undo_load(store, load_id)
    assert store.loads() == before
    [load] = before
    assert (load.added, load.undone_at is not None, load.moves_people) == (1, True, True)


def test_a_correction_of_what_nobody_tells_any_more_waits_even_with_name_and_place(store: Store) -> None:
    commit_facilities(store, [clinic("1", {"clues": "BCSSA000001"})], source="a", file_name="a.csv")
    [known] = store.facilities()
    edit_facility(store, known.id, {"name": "Clínica Nueva", "lon_lat": [-117.0, 32.5]}, date(2026, 11, 23))
    undo_load(store, 1)
    assert store.count() == 0
    commit_facilities(store, [clinic("1", {"clues": "BCSSA000001"})], source="a", file_name="a.csv")
    assert [facility.name for facility in store.facilities()] == ["Clínica Nueva"]
