"""What can be done in one write transaction."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from finder.domain.documents import Thing, decode, decode_said, encode
from finder.domain.facility import Facility, facility_id
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.domain.review import Decision, ReviewItem
from finder.domain.statement import Statement
from finder.store import bulk, reviews
from finder.store.ledger import load_from_row, load_to_row
from finder.store.sources import SourceMemory
from finder.store.tables import METADATA, SAID

__all__ = ["ROWS_AT_ONCE", "Stated", "Writing", "identifier_keys", "keys_of"]

KEY: Table = METADATA.tables["thing_key"]
LOAD: Table = METADATA.tables["load"]
REVISION: Table = METADATA.tables["revision"]
SOURCE: Table = METADATA.tables["source"]
STATEMENT: Table = METADATA.tables["statement"]
TABLES: dict[type[Thing], Table] = {
    Facility: METADATA.tables["facility"],
    Practitioner: METADATA.tables["practitioner"],
    Role: METADATA.tables["role"],
}
ROWS_AT_ONCE = 1000
"""Enough to make the round trip cheap, below SQLite's limit of 32,766 variables in a statement."""


class Stated[T: (Facility, Practitioner, Role)](msgspec.Struct, frozen=True, kw_only=True):
    """A thing with all statements that stand, in the order of their loads."""

    id: str
    before: T | None
    """As the store has it; ``None`` for one that it has not."""
    after: T | None
    """What the statements make of it; ``None`` when they do not make a whole thing."""
    statements: tuple[Statement[T], ...]


def keys_of(thing: Thing, statements: Iterable[Statement[Any]]) -> set[str]:
    """The keys by which the thing is found, besides its id.

    The own id of a statement is none once the identifier that it was made of is corrected: then it is a stranger's.
    """
    own_ids = {statement.own_id for statement in statements if not _is_corrected(statement, thing)}
    return (own_ids | identifier_keys(thing)) - {thing.id}


def identifier_keys(thing: Thing) -> set[str]:
    """The keys that the identifiers of a facility or a practitioner are; a role is found by its id alone."""
    if isinstance(thing, Role):
        return set()
    return {_identifier_key(thing, scheme, value) for scheme, value in thing.identifiers.items()}


def _is_corrected(statement: Statement[Any], thing: Thing) -> bool:
    return any(
        thing.identifiers.get(scheme, value) != value and _identifier_key(thing, scheme, value) == statement.own_id
        for scheme, value in statement.said.identifiers.items()
    )


def _identifier_key(thing: Thing, scheme: str, value: str) -> str:
    return facility_id(f"practitioner:{scheme}" if isinstance(thing, Practitioner) else scheme, value)


class Writing:
    """Reads and writes as the only writer; made by :meth:`finder.store.Store.writing`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changes_people_see = False
        self._deferred = False

    def complete(self) -> None:
        """Mark the store as changed where it was; the transaction's last act."""
        if self._changes_people_see:
            self._connection.execute(delete(REVISION))
            self._connection.execute(insert(REVISION).values(id=1, mark=secrets.token_hex(16)))

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._connection.dialect.name

    # The ledger

    def begin(self, load: Load) -> int:
        """Enter the load in the ledger; returns its id. Its counts come with :meth:`finish`."""
        return self._connection.execute(insert(LOAD).values(load_to_row(load)).returning(LOAD.c.id)).scalar_one()

    def finish(self, load: Load) -> None:
        """Write the counts of a load that has begun, or that it was undone."""
        self._connection.execute(update(LOAD).where(LOAD.c.id == load.id).values(load_to_row(load)))

    def load(self, load_id: int) -> Load | None:
        """The load of that id."""
        row = self._connection.execute(select(LOAD).where(LOAD.c.id == load_id)).mappings().first()
        return load_from_row(row) if row else None

    # Reading

    def is_empty(self) -> bool:
        """Whether there is no facility and no statement yet."""
        return not any(
            self._connection.execute(select(exists(table.select()))).scalar_one() for table in (TABLES[Facility], STATEMENT)
        )

    def owners(self, thing: type[Thing], keys: Iterable[str]) -> dict[str, str]:
        """Which thing each key belongs to, of those that belong to one; see :func:`keys_of`.

        An id is a key of its thing, unless it was made of an identifier that now is another's. Found too is a thing of which
        something is said, but not yet enough to make it whole.
        """
        table, found = TABLES[thing], dict[str, str]()
        for some in batched(keys, ROWS_AT_ONCE):
            found.update((id_, id_) for id_ in self._connection.execute(select(table.c.id).where(table.c.id.in_(some))).scalars())
            found.update(self._connection.execute(select(KEY.c.key, KEY.c.thing_id).where(KEY.c.key.in_(some))).all())
        return found

    def things[T: (Facility, Practitioner, Role)](self, thing: type[T], ids: Iterable[str]) -> dict[str, T]:
        """Those of ``ids`` that are in the store."""
        return things_by_id(self._connection, thing, ids)

    def stated[T: (Facility, Practitioner, Role)](self, thing: type[T], ids: Iterable[str]) -> dict[str, Stated[T]]:
        """Those of ``ids`` of which anything is said, with ``after`` as ``before``."""
        found: dict[str, Stated[T]] = {}
        for some in batched(ids, ROWS_AT_ONCE):
            things = self.things(thing, some)
            for id_, statements in statements_by_id(self._connection, thing, some, things).items():
                before = things.get(id_)
                found[id_] = Stated(id=id_, before=before, after=before, statements=tuple(statements))
        return found

    def things_said_by(self, load_id: int, thing: type[Thing]) -> list[str]:
        """The ids of all facilities, practitioners or roles that a load speaks of, in their order.

        Those that are in no table, because what is said of them does not make them whole, are facilities: a practitioner or a
        role is whole by any statement.
        """
        query = select(SAID.c.thing_id).where(SAID.c.load_id == load_id)
        if thing is Facility:
            others = [table for other, table in TABLES.items() if other is not Facility]
            query = query.where(*(~exists().where(table.c.id == SAID.c.thing_id) for table in others))
        else:
            query = query.where(exists().where(TABLES[thing].c.id == SAID.c.thing_id))
        return list(self._connection.execute(query.order_by(SAID.c.thing_id)).scalars())

    def told_by_several(self, thing: type[Thing], after: str = "", limit: int = ROWS_AT_ONCE) -> list[str]:
        """The ids beyond ``after``, in their order, of things in the store of which several loads say something."""
        table = TABLES[thing]
        query = (
            select(SAID.c.thing_id)
            .join(table, table.c.id == SAID.c.thing_id)
            .where(SAID.c.thing_id > after)
            .group_by(SAID.c.thing_id)
            .having(func.count() > 1)
        )
        return list(self._connection.execute(query.order_by(SAID.c.thing_id).limit(limit)).scalars())

    @property
    def sources(self) -> SourceMemory:
        """What is remembered of sources."""
        return SourceMemory(self._connection)

    def ranks(self) -> dict[str, int]:
        """How far an operator said that sources are believed, by name."""
        query = select(SOURCE.c.name, SOURCE.c.rank).where(SOURCE.c.rank.is_not(None))
        return dict(self._connection.execute(query).all())

    def points(self) -> tuple[list[str], NDArray[np.float64]]:
        """The id of every facility, and where it is: shape (n, 2), longitude and latitude in degrees."""
        return bulk.read_points(self._connection)

    # Questions for a person

    def ask(self, items: Iterable[ReviewItem]) -> None:
        """See :func:`finder.store.reviews.ask`."""
        reviews.ask(self._connection, items)

    def decisions(self, topics: Iterable[str]) -> dict[str, Decision]:
        """The answers to those of ``topics`` (:func:`finder.store.reviews.topic_of`) that have one."""
        return reviews.decisions(self._connection, topics)

    def review(self, item_id: int) -> ReviewItem | None:
        """The question of that id, answered or not."""
        return next(iter(reviews.read_reviews(self._connection, item_id=item_id)), None)

    def decide(self, item: ReviewItem) -> None:
        """Keep the answer that ``item`` has."""
        reviews.decide(self._connection, item)

    # Writing

    def add_facilities(self, load_id: int, table: Any) -> None:
        """Add facilities that are new, each told by this load alone: see :func:`finder.store.bulk.add_facilities`."""
        self._changes_people_see = True
        bulk.add_facilities(self._connection, load_id, table)

    def say_again(self, load_id: int, ids: Sequence[str]) -> None:
        """Enter that a load says of facilities just what the store has."""
        bulk.add_statements(self._connection, load_id, ids)

    def documents(self, ids: Iterable[str]) -> dict[str, str]:
        """The documents of those of ``ids`` that are facilities in the store."""
        table, found = TABLES[Facility], dict[str, str]()
        for some in batched(ids, ROWS_AT_ONCE):
            query = select(table.c.id, table.c.document).where(table.c.id.in_(some))
            found.update(self._connection.execute(query).all())
        return found

    def add_keys(self, keys: Iterable[tuple[str, str]]) -> None:
        """Add (key, thing id) of new things."""
        for some in batched(keys, ROWS_AT_ONCE):
            self._connection.execute(insert(KEY), [{"key": key, "thing_id": id_} for key, id_ in some])

    def defer_indexes(self) -> None:
        """See :func:`finder.store.bulk.defer_indexes`."""
        self._deferred = True
        bulk.defer_indexes(self._connection)

    def restore_indexes(self) -> None:
        """See :func:`finder.store.bulk.restore_indexes`."""
        bulk.restore_indexes(self._connection)
        self._deferred = False

    def put[T: (Facility, Practitioner, Role)](
        self, thing: type[T], changes: Sequence[Stated[T]], *, rewrite: bool = False
    ) -> None:
        """Write each thing as it is ``after``, with its statements and keys; what was ``before`` is replaced, its id too.

        Only the last of the statements is new, unless they are to be rewritten (``rewrite``).
        """
        for some in batched(changes, ROWS_AT_ONCE):
            again = [each for each in some if not rewrite and each.before is not None and each.before == each.after]
            self._replace(thing, [each for each in some if rewrite or each.before is None or each.before != each.after])
            if again:
                rows = [_statement_row(each.id, each.statements[-1], each.after) for each in again]
                self._connection.execute(insert(STATEMENT), rows)
                own = {each.statements[-1].own_id: each for each in again}
                self._add_missing_keys(
                    {
                        key: each.id
                        for key, each in own.items()
                        if key != each.id and each.after and not _is_corrected(each.statements[-1], each.after)
                    }
                )

    def forget(self, load_id: int) -> None:
        """Remove what is left of a load's statements, and the questions that it asked and nobody has answered."""
        self._connection.execute(delete(STATEMENT).where(STATEMENT.c.load_id == load_id))
        reviews.hand_on(self._connection, load_id)

    def _replace[T: (Facility, Practitioner, Role)](self, thing: type[T], changed: Sequence[Stated[T]]) -> None:
        table, connection = TABLES[thing], self._connection
        former = {each.id for each in changed} | {each.before.id for each in changed if each.before}
        if not former:
            return
        self._changes_people_see = True
        connection.execute(delete(STATEMENT).where(STATEMENT.c.thing_id.in_(former)))
        gone = former - {each.after.id for each in changed if each.after}
        connection.execute(delete(table).where(table.c.id.in_(gone)))
        rows = [_row(each.after) for each in changed if each.after]
        if rows:
            self._upsert(table, rows)
        statements = [
            _statement_row(each.after.id if each.after else each.id, statement, each.after)
            for each in changed
            for statement in each.statements
        ]
        if statements:
            connection.execute(insert(STATEMENT), statements)
        connection.execute(delete(KEY).where(KEY.c.thing_id.in_(former)))
        keys = {key: id_ for each in changed for key, id_ in _keys(each)}
        connection.execute(delete(KEY).where(KEY.c.key.in_(list(keys))))
        self.add_keys(keys.items())

    def _add_missing_keys(self, keys: dict[str, str]) -> None:
        known = set(self._connection.execute(select(KEY.c.key).where(KEY.c.key.in_(list(keys)))).scalars())
        self.add_keys((key, id_) for key, id_ in keys.items() if key not in known)

    def _upsert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if self._deferred:  # all are new, and there is no index by which to find an old one
            self._connection.execute(insert(table), rows)
            return
        statement = (postgresql if self.dialect == "postgresql" else sqlite).insert(table)
        others = {column.name: statement.excluded[column.name] for column in table.columns if column.name != "id"}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=others), rows)


def things_by_id[T: (Facility, Practitioner, Role)](connection: Connection, thing: type[T], ids: Iterable[str]) -> dict[str, T]:
    """Those of ``ids`` that are in the store."""
    table = TABLES[thing]
    return {
        id_: decode(thing, document)
        for some in batched(ids, ROWS_AT_ONCE)
        for id_, document in connection.execute(select(table.c.id, table.c.document).where(table.c.id.in_(some)))
    }


def statements_by_id[T: (Facility, Practitioner, Role)](
    connection: Connection, thing: type[T], ids: Iterable[str], things: dict[str, T]
) -> dict[str, list[Statement[T]]]:
    """What is said of each of ``ids``, in the order of the loads; ``things`` are those of them that are in the store."""
    query = (
        select(SAID, LOAD.c.source)
        .join(LOAD, LOAD.c.id == SAID.c.load_id)
        .where(SAID.c.thing_id.in_(list(ids)))
        .order_by(SAID.c.thing_id, SAID.c.load_id)
    )
    found: dict[str, list[Statement[T]]] = defaultdict(list)
    for thing_id, load_id, own_id, document, source in connection.execute(query):
        said, silent = decode_said(thing, document) if document else (things[thing_id], frozenset[str]())
        found[thing_id].append(Statement(load_id=load_id, source=source, own_id=own_id or thing_id, said=said, silent=silent))
    return found


def _keys(stated: Stated[Any]) -> Iterable[tuple[str, str]]:
    """A thing that is not whole waits under all that it was ever called, and under its id, which no other table has."""
    if stated.after:
        return [(key, stated.after.id) for key in keys_of(stated.after, stated.statements)]
    statements = stated.statements
    ids = {each.own_id for each in statements} | {stated.id} if statements else set[str]()
    return [(key, stated.id) for key in ids.union(*(identifier_keys(each.said) for each in statements))]


def _row(thing: Thing) -> dict[str, Any]:
    row: dict[str, Any] = {"id": thing.id, "document": encode(thing)}
    if isinstance(thing, Role):
        return row | {"practitioner_id": thing.practitioner_id, "facility_id": thing.facility_id}
    if isinstance(thing, Practitioner):
        return row | {"name": thing.name}
    columns = {"kind": thing.kind.value, "name": thing.name, "status": thing.status.value, "lon_lat": thing.lon_lat}
    return row | columns | {"told_by": None}


def _statement_row(thing_id: str, statement: Statement[Any], thing: Thing | None) -> dict[str, Any]:
    same = not statement.silent and thing is not None and msgspec.structs.replace(statement.said, id=thing.id) == thing
    return {
        "thing_id": thing_id,
        "load_id": statement.load_id,
        "own_id": None if statement.own_id == thing_id else statement.own_id,
        "document": None if same else encode(statement.said, statement.silent),
    }
