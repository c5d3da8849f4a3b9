"""What is compared, counted and written is one thing, and each facility is found by its identifiers."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec

from finder.domain.facility import Facility, FacilityKind, Provenance, facility_id
from finder.domain.load import Load
from finder.geo.points import LonLat
from finder.loading.commit import Commit, commit_facilities, said_by_facilities
from finder.store import Store


def clinic(key: str, name: str = "Uno") -> Facility:
    filled = {"name": name, "lon_lat": LonLat(-117.03, 32.52), "identifiers": {"osm": key}}
    return Facility(
        id=facility_id("osm", key), kind=FacilityKind.CLINIC, provenance=dict.fromkeys(filled, Provenance("test")), **filled
    )


def counts(load: Load) -> tuple[int, int, int, int, int]:
    return load.read, load.added, load.changed, load.unchanged, load.refused


def committed(store: Store, facilities: Sequence[Facility], *, refused: int = 0, dry_run: bool = False) -> Load:
    return commit_facilities(store, facilities, source="test", file_name="a.csv", refused=refused, dry_run=dry_run)


def test_what_is_new_changed_and_the_same_is_counted(store: Store) -> None:
    assert counts(committed(store, [clinic("1"), clinic("2")])) == (2, 2, 0, 0, 0)
    assert counts(committed(store, [clinic("1"), clinic("2", "Dos"), clinic("3")], refused=4)) == (7, 1, 1, 1, 4)
    assert {facility.name for facility in store.facilities()} == {"Uno", "Dos"}
    assert store.count() == 3


def test_a_run_that_changes_nothing_is_in_the_ledger(sqlite_store: Store) -> None:
    committed(sqlite_store, [clinic("1")])
    load = committed(sqlite_store, [clinic("1")])
    assert counts(load) == (1, 0, 0, 1, 0)
    assert sqlite_store.loads()[0] == load
    assert len(sqlite_store.loads()) == 2


def test_a_dry_run_counts_and_writes_nothing(sqlite_store: Store) -> None:
    load = committed(sqlite_store, [clinic("1")], dry_run=True)
    assert counts(load) == (1, 1, 0, 0, 0)
    assert load.id is None
    assert sqlite_store.count() == 0
    assert sqlite_store.loads() == []


def test_of_a_facility_that_comes_twice_the_second_is_refused(sqlite_store: Store) -> None:
    assert counts(committed(sqlite_store, [clinic("1"), clinic("1", "Dos"), clinic("2")])) == (3, 2, 0, 0, 1)
    assert [facility.name for facility in sqlite_store.facilities()] == ["Uno", "Uno"]


def test_an_identifier_says_which_facility_it_is_and_the_id_stays(store: Store) -> None:
    committed(store, [clinic("1")])
    other = msgspec.structs.replace(clinic("2", "Dos"), identifiers={"osm": "1", "npi": "9"})
    assert counts(committed(store, [clinic("3"), other])) == (2, 1, 1, 0, 0)
    found = {facility.id: facility for facility in store.facilities()}
    assert set(found) == {clinic("1").id, clinic("3").id}
    assert found[clinic("1").id].name == "Dos"
    assert found[clinic("1").id].identifiers == {"osm": "1", "npi": "9"}
    assert counts(committed(store, [clinic("3"), other])) == (2, 0, 0, 2, 0)


def test_identifiers_of_two_facilities_refuse_their_row_and_no_other(sqlite_store: Store) -> None:
    committed(sqlite_store, [clinic("1"), msgspec.structs.replace(clinic("2"), identifiers={"npi": "2"})])
    both = msgspec.structs.replace(clinic("3"), identifiers={"osm": "1", "npi": "2"})
    assert counts(committed(sqlite_store, [both, clinic("4")])) == (2, 1, 0, 0, 1)
    assert sqlite_store.count() == 3


def test_two_that_come_to_one_stored_facility_are_not_both_taken(sqlite_store: Store) -> None:
    committed(sqlite_store, [msgspec.structs.replace(clinic("1"), identifiers={"npi": "1", "ccn": "1"})])
    one, two = (msgspec.structs.replace(clinic(scheme, scheme), identifiers={scheme: "1"}) for scheme in ("npi", "ccn"))
    assert counts(committed(sqlite_store, [one, two])) == (2, 0, 1, 0, 1)
    (facility,) = sqlite_store.facilities()
    assert facility.name == "npi"


def test_who_once_had_an_identifier_by_mistake_is_not_overwritten_by_its_owner(sqlite_store: Store) -> None:
    def with_npi(value: str, **others: str) -> Facility:
        return msgspec.structs.replace(
            clinic(value, f"npi {value}"), id=facility_id("npi", value), identifiers={"npi": value, **others}
        )

    committed(sqlite_store, [with_npi("1", ccn="A")])
    committed(sqlite_store, [with_npi("2", ccn="A")])  # the number is corrected, the id stays
    for added in (1, 0):
        assert committed(sqlite_store, [with_npi("1")]).added == added
        found = {facility.identifiers["npi"]: facility for facility in sqlite_store.facilities()}
        assert {npi: facility.name for npi, facility in found.items()} == {"1": "npi 1", "2": "npi 2"}
        assert found["2"].id == facility_id("npi", "1") != found["1"].id


def test_of_two_loads_at_once_the_second_sees_what_the_first_wrote(store: Store) -> None:
    """The first holds on between comparing and writing; the second may compare only afterwards."""
    committed(store, [clinic("1")])
    compared, second_compared = threading.Event(), threading.Event()

    def load(source: str, **said: object) -> Load:
        facility = msgspec.structs.replace(clinic("1"), provenance=dict.fromkeys(said, Provenance(source)), **said)
        begun = Load(source=source, file_name="a.csv", started_at=datetime.now(UTC))
        with store.writing() as writing:
            commit = Commit(writing, begun)
            if source == "second":
                second_compared.set()
            commit.bring(Facility, said_by_facilities([facility]))
            if source == "first":
                compared.set()
                second_compared.wait(timeout=0.5)
            return commit.finish()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(load, "first", phones=("+526641234567",))
        assert compared.wait(timeout=30)
        second = threads.submit(load, "second", website="https://a.example")
        assert (first.result().changed, second.result().changed) == (1, 1)
    (facility,) = store.facilities()
    assert (facility.phones, facility.website) == (("+526641234567",), "https://a.example")
