"""What is remembered of sources; and what is stored follows their ranks, also those that are set afterwards."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from finder.domain.facility import Facility, FacilityKind, Provenance, facility_id
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner
from finder.geo.points import LonLat
from finder.loading.commit import Commit, commit_facilities
from finder.loading.rerank import rerank, set_rank
from finder.loading.settle import Said
from finder.loading.undo import undo_load
from finder.store import Store


def clinic(key: str, source: str, name: str, **more: str) -> Facility:
    fields = {"name": name, "lon_lat": LonLat(-117.03, 32.52), "kind": FacilityKind.CLINIC, **more}
    return Facility(
        id=facility_id("clues", key),
        identifiers={"clues": key},
        provenance=dict.fromkeys((*fields, "identifiers"), Provenance(source)),
        **fields,  # pyright: ignore[reportArgumentType]
    )


def load(store: Store, source: str, *facilities: Facility) -> Load:
    return commit_facilities(store, facilities, source=source, file_name=f"{source}.csv")


def names(store: Store) -> list[str]:
    return sorted(facility.name for facility in store.facilities())


def test_columns_are_remembered_replaced_and_forgotten(store: Store) -> None:
    assert store.columns_of_source("a") is None
    store.remember_source("a", '[columns]\nname = "N ñ"\n')
    store.remember_source("b", "")
    store.remember_source("a", '[columns]\nname = "M"\n')
    assert store.columns_of_source("a") == '[columns]\nname = "M"\n'
    assert store.columns_of_source("b") == ""
    assert store.forget_source("a")
    assert not store.forget_source("a")
    assert store.columns_of_source("a") is None
    assert [source.name for source in store.sources()] == ["b"]


def test_rank_and_columns_do_not_disturb_each_other(store: Store) -> None:
    store.set_rank("a", 70)
    store.remember_source("a", "x")
    store.set_rank("a", 0)
    assert [(source.rank, source.columns) for source in store.sources()] == [(0, "x")]
    store.forget_source("a")
    assert [(source.rank, source.columns) for source in store.sources()] == [(0, None)]
    with store.writing() as writing:
        assert writing.ranks() == {"a": 0}
        assert (writing.sources.rank_of("a"), writing.sources.rank_of("b")) == (0, None)


def test_what_is_remembered_in_a_load_that_fails_is_not_kept(store: Store) -> None:
    def failing_load() -> None:
        with store.writing() as writing:
            writing.sources.remember("a", "x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing_load()
    assert store.sources() == []


def test_sources_are_listed_with_their_loads(store: Store) -> None:
    before = datetime.now(UTC)
    load(store, "a", clinic("1", "a", "Uno"), clinic("2", "a", "Dos"))
    load(store, "a", clinic("1", "a", "Uno"))
    undone = load(store, "b", clinic("1", "b", "One"), clinic("3", "b", "Three"))
    assert {source.name: source.facilities for source in store.sources()} == {"a": 2, "b": 2}
    [a, b] = store.sources()
    assert a.last_load_at is not None
    assert b.last_load_at is not None
    assert before <= a.last_load_at <= b.last_load_at
    undo_load(store, undone.id or 0)
    assert [(source.name, source.facilities, source.last_load_at is None) for source in store.sources()] == [
        ("a", 2, False), ("b", 0, True),
    ]  # fmt: skip


def test_a_rank_that_is_set_afterwards_is_as_if_it_had_been_there(store: Store, tmp_path: Path) -> None:
    uno = (clinic("1", "a", "Uno", website="https://a.example"), clinic("2", "a", "Dos"))
    one = (clinic("1", "b", "One"), clinic("3", "b", "Three"))
    load(store, "a", *uno)
    load(store, "b", *one)
    assert names(store) == ["Dos", "One", "Three"]
    first = store.state_hash()
    assert rerank(store) == 0
    assert store.state_hash() == first
    assert set_rank(store, "a", 80) == 1
    assert names(store) == ["Dos", "Three", "Uno"]
    assert rerank(store) == 0
    with Store.open(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        other.migrate()
        other.set_rank("a", 80)
        load(other, "a", *uno)
        load(other, "b", *one)
        assert other.state_hash() == store.state_hash()
    # And back again, statements and all: what a load said is as it was.
    assert set_rank(store, "a", 50) == 1
    assert store.state_hash() == first
    history = store.history(Facility, facility_id("clues", "1"))
    assert [(statement.source, statement.said.name) for statement in history] == [("a", "Uno"), ("b", "One")]


def test_a_family_has_one_rank(store: Store) -> None:
    load(store, "a", clinic("1", "a", "Uno"))
    load(store, "osm:tijuana", clinic("1", "osm:tijuana", "One"))
    assert names(store) == ["Uno"]
    assert set_rank(store, "osm", 60) == 1
    assert names(store) == ["One"]
    assert set_rank(store, "osm:tijuana", 10) == 1
    assert names(store) == ["Uno"]


def test_more_than_one_batch_and_people_too(store: Store) -> None:
    count = 2100
    load(store, "a", *(clinic(str(number), "a", f"Uno {number}") for number in range(count)))
    load(store, "b", *(clinic(str(number), "b", f"One {number}") for number in range(count)))
    doctor = Practitioner(id=facility_id("practitioner:npi", "1"), name="Dra. A", identifiers={"npi": "1"})
    for source, name in (("a", "Dra. A"), ("b", "Dr. B")):
        said = msgspec.structs.replace(doctor, name=name, provenance={"name": Provenance(source)})
        with store.writing() as writing:
            commit = Commit(writing, Load(source=source, file_name="x.csv", started_at=datetime.now(UTC)))
            commit.bring(Practitioner, [Said(line=1, own_id=said.id, said=said)])
            commit.finish()
    assert set_rank(store, "a", 80) == count + 1
    assert all(facility.name.startswith("Uno ") for facility in store.facilities())
    assert [each.name for each in store.things(Practitioner)] == ["Dra. A"]
