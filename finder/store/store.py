"""The store: what admins have loaded, in one file or one database. People's searches never come here."""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import batched
from typing import Any, Self, cast

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from finder.domain.documents import Thing, decode
from finder.domain.facility import Facility
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.domain.review import ReviewItem
from finder.domain.statement import Statement
from finder.errors import Damaged, FinderError, NotReady
from finder.store import migrate
from finder.store.engine import EngineHolder, open_engine, reading_at_one_moment, write_transaction
from finder.store.ledger import load_from_row
from finder.store.reviews import read_reviews
from finder.store.sources import KnownSource, SourceMemory
from finder.store.writing import KEY, LOAD, REVISION, ROWS_AT_ONCE, TABLES, Writing, statements_by_id, things_by_id

__all__ = ["Store"]

_CANONICAL = msgspec.json.Encoder(order="sorted")


class Store(EngineHolder):
    """Facilities, practitioners, what was said of them and by which load, in SQLite or PostgreSQL/PostGIS."""

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at a SQLAlchemy address. Raises :class:`BadInput` for an address of anything else, or out of reach."""
        return cls(open_engine(url))

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

    def count(self, thing: type[Thing] = Facility) -> int:
        """How many facilities there are, open or not; or practitioners, or roles."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(TABLES[thing])).scalar_one()

    def facilities(self) -> Iterator[Facility]:
        """Every facility as of one moment, in the order of their ids, read in pieces so that memory stays flat."""
        return self.things(Facility)

    def things[T: (Facility, Practitioner, Role)](self, thing: type[T]) -> Iterator[T]:
        """Every facility, practitioner or role, as :meth:`facilities`."""
        table = TABLES[thing]
        with reading_at_one_moment(self._engine.connect()) as connection:
            last = ""
            query = select(table.c.id, table.c.document).order_by(table.c.id).limit(ROWS_AT_ONCE)
            while page := connection.execute(query.where(table.c.id > last)).all():
                yield from (decode(thing, document) for _, document in page)
                last = page[-1][0]

    def located_roles(self) -> Iterator[Role]:
        """Every active role as :meth:`things`, with the *ids* of its practitioner and its facility.

        A role's document holds keys for them, which are followed here as :meth:`id_of_key` follows one. What has such an id need
        not be in the store.
        """
        role, of_practitioner, of_facility = TABLES[Role], KEY.alias(), KEY.alias()
        practitioner_id = func.coalesce(of_practitioner.c.thing_id, role.c.practitioner_id)
        facility_id = func.coalesce(of_facility.c.thing_id, role.c.facility_id)
        joined = role.outerjoin(of_practitioner, of_practitioner.c.key == role.c.practitioner_id)
        joined = joined.outerjoin(of_facility, of_facility.c.key == role.c.facility_id)
        query = select(role.c.id, role.c.document, practitioner_id, facility_id).select_from(joined)
        query = query.order_by(role.c.id).limit(ROWS_AT_ONCE)
        with reading_at_one_moment(self._engine.connect()) as connection:
            last = ""
            while page := connection.execute(query.where(role.c.id > last)).all():
                for _, document, practitioner, facility in page:
                    found = decode(Role, document)
                    if found.active:
                        yield msgspec.structs.replace(found, practitioner_id=practitioner, facility_id=facility)
                last = page[-1][0]

    def facilities_with_statements(self) -> Iterator[tuple[Facility, list[Statement[Facility]]]]:
        """Every facility with what each load says of it, in the order of the loads."""
        for some in batched(self.facilities(), ROWS_AT_ONCE):
            things = {facility.id: facility for facility in some}
            with self._engine.connect() as connection:
                statements = statements_by_id(connection, Facility, things, things)
            yield from ((facility, statements[facility.id]) for facility in some if facility.id in statements)

    def things_by_id[T: (Facility, Practitioner, Role)](self, thing: type[T], ids: Iterable[str]) -> dict[str, T]:
        """Those of ``ids`` that are in the store."""
        with self._engine.connect() as connection:
            return things_by_id(connection, thing, ids)

    def id_of_key(self, key: str) -> str:
        """The id of the thing that has ``key`` as a further key, else ``key`` itself: what a role's ``facility_id`` means now."""
        with self._engine.connect() as connection:
            return connection.execute(select(KEY.c.thing_id).where(KEY.c.key == key)).scalar_one_or_none() or key

    def history[T: (Facility, Practitioner, Role)](self, thing: type[T], id_: str) -> list[Statement[T]]:
        """What each active load says of the thing, in the order of the loads."""
        with self._engine.connect() as connection:
            return statements_by_id(connection, thing, [id_], things_by_id(connection, thing, [id_])).get(id_, [])

    @contextmanager
    def writing(self) -> Generator[Writing]:
        """Read and write as the only writer: what is read stays so until the end; all is kept or, after an error, nothing.

        Another writer waits, people's searches do not.
        """
        with write_transaction(self._engine) as connection:
            writing = Writing(connection)
            yield writing
            writing.complete()

    @contextmanager
    def looking(self) -> Generator[Writing]:
        """As :meth:`writing`, for who only looks: nobody waits for it, and what is written is lost."""
        with reading_at_one_moment(self._engine.connect()) as connection:
            yield Writing(connection)

    def revision(self) -> str:
        """A mark of the store's state: as long as it is the same, there is nothing new to publish. A backup has its own."""
        with self._engine.connect() as connection:
            return connection.execute(select(REVISION.c.mark)).scalar_one_or_none() or ""

    def loads(self) -> list[Load]:
        """The ledger, newest first."""
        with self._engine.connect() as connection:
            return [load_from_row(row) for row in connection.execute(select(LOAD).order_by(LOAD.c.id.desc())).mappings()]

    def reviews(self, *, decided: bool = False) -> list[ReviewItem]:
        """The questions that wait for a person, oldest first; with ``decided`` the answered ones too."""
        with self._engine.connect() as connection:
            return read_reviews(connection, decided=decided)

    def sources(self) -> list[KnownSource]:
        """What was loaded from where, and what is remembered of each source, by name."""
        with self._engine.connect() as connection:
            return SourceMemory(connection).list()

    def columns_of_source(self, name: str) -> str | None:
        """The text of the mapping file that is remembered of a source; ``None`` where nothing is."""
        with self._engine.connect() as connection:
            return SourceMemory(connection).columns_of(name)

    def remember_source(self, name: str, columns_toml: str) -> None:
        """Remember the text of a mapping file for the source's next load. In a load: :attr:`Writing.sources`."""
        with self.writing() as writing:
            writing.sources.remember(name, columns_toml)

    def forget_source(self, name: str) -> bool:
        """Forget the columns of a source. Returns whether there was anything to forget."""
        with self.writing() as writing:
            return writing.sources.forget(name)

    def set_rank(self, name: str, rank: int) -> None:
        """Say how far a source or family is believed by later loads; :func:`finder.loading.rerank.rerank` does the rest."""
        with self.writing() as writing:
            writing.sources.set_rank(name, rank)

    def state_hash(self) -> str:
        """One number for all that the store tells: SHA-256 over every facility, practitioner and role in the order of their ids.

        Two stores with the same hash tell the same, whichever loads brought it.
        """
        digest = hashlib.sha256()
        for thing in TABLES:
            for each in self.things(cast("type[Any]", thing)):
                digest.update(_CANONICAL.encode(each) + b"\n")
        return digest.hexdigest()


def _told(error: DBAPIError, what: str) -> FinderError:
    """The driver's own words without the address, which may hold a password."""
    reason = str(error.orig).splitlines()[0] if error.orig else type(error).__name__
    if reason in {"file is not a database", "database disk image is malformed"}:
        return Damaged(f"The SQLite file of the store is damaged ({reason}): put back a copy. Searches go on meanwhile.")
    return NotReady(f"The database {what}: {reason}")
