"""Saved places: each person's own, at most fifty, gone with an erasure whoever writes meanwhile; on both databases."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from finder.domain.consent import Subject, Via
from finder.errors import Conflict, NotFound, NotReady
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.consents import ConsentLedger
from finder.store.personal import hold_person, open_personal_engine
from finder.store.saved_places import MOST_SAVED_PLACES, SavedPlaces, erase_saved_places, sweep_saved_places
from finder.store.saved_places_tables import SAVED_PLACE

ONE, OTHER = Subject("0a1" + "0" * 61), Subject("fff" + "0" * 61)
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def places(store: Store, store_url: str) -> Iterator[SavedPlaces]:
    with SavedPlaces.open(store_url) as opened:
        yield opened


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    engine = open_personal_engine(store_url)
    yield engine
    engine.dispose()


def test_what_is_saved_comes_back_to_whom_it_belongs(places: SavedPlaces) -> None:
    home = places.add(ONE, b"\x01\x00home\xff", on=TODAY, since=0)
    work = places.add(ONE, b"work", on=TODAY + timedelta(days=1), since=0)
    theirs = places.add(OTHER, b"theirs", on=TODAY, since=0)
    assert places.of(ONE) == [home, work]
    assert places.get(ONE, home.id) == home
    assert (home.sealed, home.saved_on, home.used_on) == (b"\x01\x00home\xff", TODAY, TODAY)
    assert len({home.id, work.id, theirs.id}) == 3
    places.remove(ONE, home.id)
    assert places.of(ONE) == [work]


def test_anothers_place_is_as_unknown_as_none(places: SavedPlaces) -> None:
    theirs = places.add(OTHER, b"theirs", on=TODAY, since=0)
    for place_id in (theirs.id, "0" * 24, ""):
        for act in (
            lambda at=place_id: places.get(ONE, at),
            lambda at=place_id: places.replace(ONE, at, b"theirs", b"mine", on=TODAY),
            lambda at=place_id: places.remove(ONE, at),
        ):
            with pytest.raises(NotFound, match="me/places"):
                act()
    places.note_use(ONE, theirs.id, on=TODAY + timedelta(days=9))
    assert places.of(OTHER) == [theirs]


def test_it_is_corrected_and_used(places: SavedPlaces) -> None:
    home = places.add(ONE, b"home", on=TODAY, since=0)
    corrected = places.replace(ONE, home.id, b"home", b"home, corrected", on=TODAY + timedelta(days=2))
    assert corrected is not None
    assert places.of(ONE) == [corrected]
    assert places.replace(ONE, home.id, b"home", b"by who has not seen it", on=TODAY) is None
    assert places.of(ONE) == [corrected]
    assert (corrected.id, corrected.sealed, corrected.saved_on) == (home.id, b"home, corrected", TODAY)
    assert corrected.used_on == TODAY + timedelta(days=2)
    places.note_use(ONE, home.id, on=TODAY + timedelta(days=5))
    places.note_use(ONE, home.id, on=TODAY + timedelta(days=3))
    assert places.get(ONE, home.id).used_on == TODAY + timedelta(days=5)


def test_there_is_a_most(places: SavedPlaces) -> None:
    """Also when all of them come at once."""
    refused: list[Conflict] = []

    def save(count: int) -> None:
        for _ in range(count):
            try:
                places.add(ONE, b"place", on=TODAY, since=0)
            except Conflict as error:
                refused.append(error)

    threads = [threading.Thread(target=save, args=(15,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places.of(ONE)) == MOST_SAVED_PLACES
    assert len(refused) == 60 - MOST_SAVED_PLACES
    assert "delete one" in str(refused[0])
    places.add(OTHER, b"place", on=TODAY, since=0)


def test_old_ones_are_swept(places: SavedPlaces, engine: Engine) -> None:
    kept = places.add(ONE, b"kept", on=TODAY, since=0)
    places.add(ONE, b"old", on=TODAY - timedelta(days=1), since=0)
    used = places.add(OTHER, b"old, but used", on=TODAY - timedelta(days=400), since=0)
    places.note_use(OTHER, used.id, on=TODAY)
    with short_write(engine) as connection:
        assert sweep_saved_places(connection, NOW) == 1
        assert sweep_saved_places(connection, NOW) == 0
    assert places.of(ONE) == [kept]
    assert [place.id for place in places.of(OTHER)] == [used.id]


def test_all_go_with_an_erasure_and_none_when_it_fails(places: SavedPlaces, store_url: str, tmp_path: Path) -> None:
    theirs = places.add(OTHER, b"theirs", on=TODAY, since=0)
    for _ in range(3):
        places.add(ONE, b"mine", on=TODAY, since=0)
    with ConsentLedger.open(store_url, tmp_path / "revisions") as ledger:
        with pytest.raises(ZeroDivisionError):
            ledger.erase(ONE, at=NOW, via=Via.WEB, also=[erase_saved_places, lambda *_: 1 // 0])
        assert len(places.of(ONE)) == 3
        assert ledger.entries(ONE) == []
        assert ledger.erase(ONE, at=NOW, via=Via.WEB, also=[erase_saved_places]).erased == 3
    assert places.of(ONE) == []
    assert places.of(OTHER) == [theirs]


def test_nothing_survives_an_erasure_that_meets_a_writer(postgis_url: str, tmp_path: Path) -> None:
    """What is being saved while the erasure begins is erased too: the erasure waits for it."""
    with Store.open(postgis_url) as store:
        store.migrate()
    with SavedPlaces.open(postgis_url) as places, ConsentLedger.open(postgis_url, tmp_path / "revisions") as ledger:
        engine, saved = places._engine, threading.Event()
        erasing = threading.Thread(
            target=lambda: saved.wait(5) and ledger.erase(ONE, at=NOW, via=Via.WEB, also=[erase_saved_places])
        )
        erasing.start()
        with short_write(engine) as connection:
            hold_person(connection, ONE)
            row = {"id": "x", "subject": ONE, "sealed": b"", "saved_on": TODAY, "used_on": TODAY}
            connection.execute(SAVED_PLACE.insert().values(row))
            saved.set()
            erasing.join(0.5)
            assert erasing.is_alive()
        erasing.join(10)
        assert places.of(ONE) == []


def test_on_sqlite_what_is_deleted_is_overwritten(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "finder.sqlite"
    mark = b"M4RK" * 100
    with SavedPlaces.open(f"sqlite:///{path}") as places:
        place = places.add(ONE, mark, on=TODAY, since=0)
        checkpoint(places)
        assert mark in path.read_bytes()
        places.remove(ONE, place.id)
        checkpoint(places)
        assert b"M4RK" not in path.read_bytes()


def checkpoint(places: SavedPlaces) -> None:
    with places._engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")


def test_while_a_load_writes_into_sqlite_it_is_said(sqlite_store: Store, tmp_path: Path) -> None:
    with SavedPlaces.open(f"sqlite:///{tmp_path / 'finder.sqlite'}") as places, sqlite_store.writing():
        with pytest.raises(NotReady, match="try again"):
            places.add(ONE, b"home", on=TODAY, since=0)
        assert places.of(ONE) == []
