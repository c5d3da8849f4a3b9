"""What is compared, counted and written is one thing, and it is written whole or not at all."""

from collections.abc import Sequence

import msgspec
import pytest

from finder.domain.facility import Facility, FacilityKind, Provenance, facility_id
from finder.domain.load import Load
from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.loading import commit_facilities
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


def test_a_facility_that_comes_twice_is_refused(sqlite_store: Store) -> None:
    with pytest.raises(BadInput, match="“Dos” comes twice"):
        committed(sqlite_store, [clinic("1"), clinic("1", "Dos")])
    assert sqlite_store.count() == 0


def test_when_writing_fails_nothing_is_written(sqlite_store: Store) -> None:
    committed(sqlite_store, [clinic("1")])
    other = msgspec.structs.replace(clinic("2"), identifiers={"osm": "1"})
    with pytest.raises(BadInput, match="belongs to another facility"):
        committed(sqlite_store, [clinic("3"), other])
    assert [facility.id for facility in sqlite_store.facilities()] == [clinic("1").id]
    assert len(sqlite_store.loads()) == 1
