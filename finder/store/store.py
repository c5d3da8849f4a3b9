"""The store: what admins have loaded, in one file or one database. People's searches never come here."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import batched
from typing import Any, Self

from sqlalchemy import Connection, Engine, Select, Table, delete, func, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from finder.domain.facility import Facility
from finder.domain.load import Load
from finder.errors import BadInput, Damaged, FinderError, NotReady
from finder.store import migrate
from finder.store.engine import open_engine, reading_at_one_moment, write_transaction
from finder.store.rows import facility_from_row, facility_to_row, identifiers_to_rows, load_from_row, load_to_row
from finder.store.tables import METADATA

__all__ = ["Store", "Writing"]

FACILITY: Table = METADATA.tables["facility"]
IDENTIFIER: Table = METADATA.tables["facility_identifier"]
LOAD: Table = METADATA.tables["load"]
ROWS_AT_ONCE = 1000
"""Enough to make the round trip cheap, below SQLite's limit of 32,766 variables in a statement."""


class Store:
    """Facilities and the ledger of loads, in SQLite or PostgreSQL/PostGIS."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at a SQLAlchemy address. Raises :class:`BadInput` for an address of anything else, or out of reach."""
        return cls(open_engine(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def migrate(self) -> None:
        """Create the tables, or bring them to the version that this code expects. Does nothing where they are."""
        try:
            migrate.migrate(self._engine)
        except DBAPIError as error:
            raise _told(error, "cannot be set up") from error

    def is_current(self) -> bool:
        """Whether the tables are those that this code expects."""
        try:
            return migrate.is_current(self._engine)
        except DBAPIError as error:
            raise _told(error, "does not answer") from error

    def count(self) -> int:
        """How many facilities there are, open or not."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(FACILITY)).scalar_one()

    def facilities(self) -> Iterator[Facility]:
        """Every facility as of one moment, in the order of their ids, read in pieces so that memory stays flat."""
        with reading_at_one_moment(self._engine.connect()) as connection:
            last = ""
            while page := _read(
                connection, select(FACILITY).where(FACILITY.c.id > last).order_by(FACILITY.c.id).limit(ROWS_AT_ONCE)
            ):
                yield from page
                last = page[-1].id

    def facilities_by_id(self, ids: Iterable[str]) -> dict[str, Facility]:
        """Those of ``ids`` that are in the store."""
        with self._engine.connect() as connection:
            return _facilities_by_id(connection, ids)

    @contextmanager
    def writing(self) -> Generator["Writing"]:
        """Read and write as the only writer: what is read stays so until the end; all is kept or, after an error, nothing.

        Another writer waits, people's searches do not.
        """
        with write_transaction(self._engine) as connection:
            yield Writing(connection)

    def write(self, facilities: Sequence[Facility], load: Load) -> Load:
        """Do one :meth:`Writing.write` in a transaction of its own."""
        with self.writing() as writing:
            return writing.write(facilities, load)

    def loads(self) -> list[Load]:
        """The ledger, newest first."""
        with self._engine.connect() as connection:
            return [load_from_row(row) for row in connection.execute(select(LOAD).order_by(LOAD.c.id.desc())).mappings()]


class Writing:
    """What can be done in one write transaction; made by :meth:`Store.writing`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def facilities_by_id(self, ids: Iterable[str]) -> dict[str, Facility]:
        """Those of ``ids`` that are in the store."""
        return _facilities_by_id(self._connection, ids)

    def owners(self, identifiers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Which facility each (scheme, value) belongs to, by id, of those that belong to one."""
        found: dict[tuple[str, str], str] = {}
        for some in batched(identifiers, ROWS_AT_ONCE):
            wanted = tuple_(IDENTIFIER.c.scheme, IDENTIFIER.c.value).in_(some)
            found |= {(scheme, value): id_ for scheme, value, id_ in self._connection.execute(select(IDENTIFIER).where(wanted))}
        return found

    def write(self, facilities: Sequence[Facility], load: Load) -> Load:
        """Add or replace ``facilities`` by id and enter the load in the ledger. Returns the load with its id.

        Raises :class:`BadInput` when an identifier already belongs to another facility: ask :meth:`owners` before.
        """
        connection = self._connection
        try:
            for some in batched(facilities, ROWS_AT_ONCE):
                _upsert(connection, [facility_to_row(facility) for facility in some])
                connection.execute(delete(IDENTIFIER).where(IDENTIFIER.c.facility_id.in_([facility.id for facility in some])))
            # After all deletions: an identifier may have moved from one facility of this load to another.
            for some in batched((row for facility in facilities for row in identifiers_to_rows(facility)), ROWS_AT_ONCE):
                connection.execute(insert(IDENTIFIER), list(some))
            load_id = connection.execute(insert(LOAD).values(load_to_row(load)).returning(LOAD.c.id)).scalar_one()
        except IntegrityError as error:
            raise BadInput(
                f"Nothing of {load.file_name} was stored: one of its identifiers already belongs to another facility."
            ) from error
        return load_from_row({**load_to_row(load), "id": load_id})


def _facilities_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Facility]:
    return {
        facility.id: facility
        for some in batched(ids, ROWS_AT_ONCE)
        for facility in _read(connection, select(FACILITY).where(FACILITY.c.id.in_(some)))
    }


def _read(connection: Connection, query: Select[Any]) -> list[Facility]:
    rows: Sequence[Mapping[Any, Any]] = connection.execute(query).mappings().all()
    identifiers: dict[str, dict[str, str]] = {row["id"]: {} for row in rows}
    wanted = select(IDENTIFIER).where(IDENTIFIER.c.facility_id.in_(identifiers)).order_by(IDENTIFIER.c.scheme)
    for scheme, value, facility_id in connection.execute(wanted):
        identifiers[facility_id][scheme] = value
    return [facility_from_row(row, identifiers[row["id"]]) for row in rows]


def _upsert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(FACILITY)
    others = {column.name: statement.excluded[column.name] for column in FACILITY.columns if column.name != "id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=others), rows)


def _told(error: DBAPIError, what: str) -> FinderError:
    """The driver's own words without the address, which may hold a password."""
    reason = str(error.orig).splitlines()[0] if error.orig else type(error).__name__
    if reason in {"file is not a database", "database disk image is malformed"}:
        return Damaged(f"The SQLite file of the store is damaged ({reason}): put back a copy. Searches go on meanwhile.")
    return NotReady(f"The database {what}: {reason}")
