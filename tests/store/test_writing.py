"""What is written in bulk is what is written one by one, and what is said of a thing comes back; on both databases."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError

from finder.domain.documents import encode
from finder.domain.facility import Facility, FacilityKind, Provenance, facility_id
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.domain.statement import HAND, Statement
from finder.geo.points import LonLat
from finder.store import Stated, Store, migrate
from finder.store.engine import open_engine, write_transaction
from finder.store.writing import Writing, keys_of
from tests.facilities import facility_lists, stored
from tests.loading.histories import emptied

LOAD = Load(source="test", file_name="a.csv", started_at=datetime(2026, 11, 23, 8, tzinfo=UTC))
AWKWARD = [
    '"',
    "\\",
    "\\N",
    "\\.",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "'; DROP TABLE facility; --",
    "Ñandú 日本 🏥 \u2028",
    "\x0b\x7f",
    "%s {x}",
]


def clinic(key: str, name: str = "Uno", **identifiers: str) -> Facility:
    provenance = dict.fromkeys(("name", "kind", "lon_lat"), Provenance("test"))
    return Facility(
        id=key,
        kind=FacilityKind.CLINIC,
        name=name,
        lon_lat=LonLat(-117.03, 32.52),
        identifiers=identifiers,
        provenance=provenance,
    )


def said(load_id: int, thing: Facility, **more: Any) -> Statement[Facility]:
    return Statement(load_id=load_id, said=thing, **{"source": "test", "own_id": thing.id, **more})


def begin(writing: Writing, source: str = "test") -> int:
    return writing.begin(msgspec.structs.replace(LOAD, source=source))


def put(
    writing: Writing, before: Facility | None, after: Facility | None, *statements: Statement[Facility], id_: str = ""
) -> None:
    ids = [one.id for one in (after, before) if one]
    writing.put(Facility, [Stated(id=ids[0] if ids else id_, before=before, after=after, statements=statements)])


def in_bulk(store: Store, facilities: list[Facility]) -> None:
    texts = {
        "id": [facility.id for facility in facilities],
        "kind": [facility.kind.value for facility in facilities],
        "name": [facility.name for facility in facilities],
        "status": [facility.status.value for facility in facilities],
        "document": [encode(facility) for facility in facilities],
    }
    points = np.array([facility.lon_lat for facility in facilities], np.float64).reshape(-1, 2)
    table = pa.table(
        {**{name: pa.array(column, pa.string()) for name, column in texts.items()}, "lon": points[:, 0], "lat": points[:, 1]}
    )
    with store.writing() as writing:
        load = msgspec.structs.replace(LOAD, id=writing.begin(LOAD))
        writing.add_facilities(load.id or 0, table)
        writing.add_keys([(key, one.id) for one in facilities for key in keys_of(one, ())])
        writing.finish(load)


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows as the database has them, but for the ids of loads."""
    with store._engine.connect() as connection:
        point = "ST_AsEWKB(lon_lat)" if connection.dialect.name == "postgresql" else "lon_lat"
        queries = {
            "facility": f"SELECT id, kind, name, status, document, {point} FROM facility ORDER BY id",  # noqa: S608
            # In bulk a facility's own row stands for its statement.
            "statement": "SELECT thing_id, own_id, document FROM statement UNION ALL "
            "SELECT id, NULL, NULL FROM facility WHERE told_by IS NOT NULL ORDER BY 1",
            "thing_key": "SELECT key, thing_id FROM thing_key ORDER BY key",
        }
        return {name: [tuple(row) for row in connection.exec_driver_sql(query)] for name, query in queries.items()}


@given(facility_lists())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_in_bulk_are_rows_one_by_one(store: Store, facilities: list[Facility]) -> None:
    emptied(store)
    stored(store, facilities, LOAD)
    one_by_one = everything(store)
    emptied(store)
    in_bulk(store, facilities)
    assert everything(store) == one_by_one
    assert list(store.facilities()) == sorted(facilities, key=lambda facility: facility.id)


def test_awkward_names_in_bulk(store: Store) -> None:
    facilities = [clinic(f"{number:02}", name) for number, name in enumerate(AWKWARD)]
    in_bulk(store, facilities)
    bulk = everything(store)
    assert list(store.facilities()) == facilities
    assert [row[2] for row in bulk["facility"]] == AWKWARD
    emptied(store)
    stored(store, facilities, LOAD)
    assert everything(store) == bulk


def test_points_are_read_as_they_were_written(store: Store) -> None:
    facilities = [msgspec.structs.replace(clinic(str(number)), lon_lat=LonLat(number / 7, -number / 3)) for number in range(5)]
    in_bulk(store, facilities[:2])
    stored(store, facilities[2:], LOAD)
    with store.writing() as writing:
        ids, points = writing.points()
    assert dict(zip(ids, map(tuple, points.tolist()), strict=True)) == {one.id: tuple(one.lon_lat) for one in facilities}


def test_no_points_of_an_empty_store(store: Store) -> None:
    with store.writing() as writing:
        assert writing.is_empty()
        ids, points = writing.points()
    assert (ids, points.shape) == ([], (0, 2))


def test_statements_come_back_in_the_order_of_their_loads(store: Store) -> None:
    """One that says just what the thing is is not written twice: it comes back all the same, when the thing changes too."""
    first = clinic("x", npi="1")
    second = msgspec.structs.replace(first, phones=("+526641234567",))
    with store.writing() as writing:
        one = said(begin(writing), first)
        put(writing, None, first, one)
        two = said(begin(writing, "other"), second, source="other", own_id="y", silent=frozenset({"website"}))
        put(writing, first, second, one, two)
        three = said(begin(writing, HAND), first, source=HAND, silent=frozenset({"name"}))
        put(writing, second, second, one, two, three)
        assert writing.stated(Facility, ["x", "unknown"]) == {
            "x": Stated(id="x", before=second, after=second, statements=(one, two, three))
        }
    assert store.history(Facility, "x") == [one, two, three]
    assert store.history(Facility, "unknown") == []


def test_practitioners_and_roles(store: Store) -> None:
    person = Practitioner(id="p", name="Dra. Ñ", identifiers={"npi": "1"}, provenance={"name": Provenance("test")})
    role = Role(id="r", practitioner_id="p", facility_id=facility_id("clues", "1"), plans=("imss",), accepting_new_patients=False)
    with store.writing() as writing:
        load_id = begin(writing)
        of_person = Statement(load_id=load_id, source="test", own_id="p", said=person)
        of_role = Statement(load_id=load_id, source="test", own_id="r", said=role, silent=frozenset({"phones"}))
        writing.put(Practitioner, [Stated(id="p", before=None, after=person, statements=(of_person,))])
        writing.put(Role, [Stated(id="r", before=None, after=role, statements=(of_role,))])
        key = facility_id("practitioner:npi", "1")
        assert writing.owners(Practitioner, [key, facility_id("npi", "1"), "p"]) == {key: "p", "p": "p"}
        assert [writing.things_said_by(load_id, thing) for thing in (Facility, Practitioner, Role)] == [[], ["p"], ["r"]]
    assert list(store.things(Practitioner)) == [person]
    assert list(store.things(Role)) == [role]
    assert store.history(Role, "r") == [of_role]
    assert (store.count(Practitioner), store.count(Role), store.count()) == (1, 1, 0)


def test_a_thing_that_gets_another_id_leaves_nothing_behind(store: Store) -> None:
    old, new = clinic("old", npi="1"), clinic("new", npi="1")
    stored(store, [old], LOAD)
    with store.writing() as writing:
        two = said(begin(writing), new)
        put(writing, old, new, two)
    assert list(store.facilities()) == [new]
    assert store.history(Facility, "old") == []
    assert store.history(Facility, "new") == [two]
    assert store.id_of_key(facility_id("npi", "1")) == "new"
    assert store.id_of_key("old") == "old"


def test_what_is_not_whole_waits_to_be_found(store: Store) -> None:
    before = clinic("x", npi="1")
    with store.writing() as writing:
        first, second = (
            said(begin(writing), before),
            said(begin(writing, HAND), before, source=HAND, silent=frozenset({"lon_lat"})),
        )
        put(writing, None, before, first, second)
        writing.put(Facility, [Stated(id="x", before=before, after=None, statements=(second,))], rewrite=True)
        assert writing.things(Facility, ["x"]) == {}
        assert not writing.is_empty()
        key = facility_id("npi", "1")
        assert writing.owners(Facility, ["x", key]) == {"x": "x", key: "x"}
        assert writing.stated(Facility, ["x"]) == {"x": Stated(id="x", before=None, after=None, statements=(second,))}
        assert writing.things_said_by(second.load_id, Facility) == ["x"]
        writing.put(Facility, [Stated(id="x", before=None, after=None, statements=())], rewrite=True)
        assert writing.owners(Facility, ["x", key]) == {}
        assert writing.is_empty()


def test_a_key_of_an_identifier_that_was_corrected_is_a_strangers(store: Store) -> None:
    """The id stays, and whoever truly has the number is found by it."""
    wrong_key, right_key = facility_id("npi", "1"), facility_id("npi", "2")
    wrong = clinic(wrong_key, npi="1", ccn="A")
    right = msgspec.structs.replace(wrong, identifiers={"npi": "2", "ccn": "A"})
    stranger = clinic("stranger", npi="1")
    assert keys_of(right, [said(1, wrong, own_id="c"), said(2, right)]) == {right_key, facility_id("ccn", "A"), "c"}
    with store.writing() as writing:
        first = said(begin(writing), wrong)
        put(writing, None, wrong, first)
        second = said(begin(writing), right, own_id=right_key)
        put(writing, wrong, right, first, second)
        put(writing, None, stranger, said(begin(writing), stranger))
        third = said(begin(writing), msgspec.structs.replace(right, name="Dos"), own_id=right_key)
        put(writing, right, third.said, first, second, third)
        assert writing.owners(Facility, [wrong_key, right_key, "stranger"]) == {
            wrong_key: "stranger",
            right_key: wrong_key,
            "stranger": "stranger",
        }


def indexes(engine: Engine, tables: tuple[str, ...] = ("facility", "statement", "thing_key")) -> object:
    found = inspect(engine)
    listed = [(found.get_pk_constraint(table), found.get_indexes(table)) for table in tables]
    if engine.dialect.name != "postgresql":
        return listed
    with engine.connect() as connection:
        defined = connection.exec_driver_sql("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        return listed, [tuple(row) for row in defined]


def test_indexes_that_wait_come_back_as_the_migrations_make_them(store_url: str) -> None:
    engine = open_engine(store_url)
    migrate.migrate(engine)
    before = indexes(engine)
    with write_transaction(engine) as connection:
        writing = Writing(connection)
        writing.defer_indexes()
        if engine.dialect.name == "postgresql":
            assert inspect(connection).get_pk_constraint("facility")["constrained_columns"] == []
        writing.restore_indexes()
    assert indexes(engine) == before
    engine.dispose()


def test_a_double_row_ends_the_load_when_the_indexes_come_back(store: Store) -> None:
    def twice() -> None:
        with store.writing() as writing:
            writing.defer_indexes()
            load_id = begin(writing)
            for _ in range(2):
                columns = {"id": ["a"], "kind": ["clinic"], "name": ["A"], "status": ["open"], "document": [encode(clinic("a"))]}
                writing.add_facilities(load_id, pa.table({**columns, "lon": [1.0], "lat": [2.0]}))
            writing.restore_indexes()

    with pytest.raises((DBAPIError, sqlite3.Error), match=r"(?i)unique|duplicate"):
        twice()
    assert store.count() == 0
    assert store.loads() == []
