"""What is remembered of sources: how far each is believed, and the columns of its files."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, Table, delete, distinct, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from finder.store.tables import METADATA, SAID

__all__ = ["KnownSource", "SourceMemory"]

FACILITY: Table = METADATA.tables["facility"]
LOAD: Table = METADATA.tables["load"]
SOURCE: Table = METADATA.tables["source"]


class KnownSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source that was loaded, or of which an operator said something."""

    name: str
    rank: int | None = None
    """How far an operator said that it is believed, 0 to 100; ``None`` where nothing was said of just this name."""
    columns: str | None = None
    """The text of the mapping file that its next load uses; ``None`` where nothing is remembered."""
    last_load_at: datetime | None = None
    """When its newest load began that was not undone."""
    facilities: int = 0
    """Of how many facilities in the store it says anything."""


class SourceMemory:
    """The rows of sources, in the transaction of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def columns_of(self, source: str) -> str | None:
        """The text of the mapping file that is remembered of the source."""
        return self._connection.execute(select(SOURCE.c.columns).where(SOURCE.c.name == source)).scalar_one_or_none()

    def remember(self, source: str, columns_toml: str) -> None:
        """Remember the text of a mapping file for the next load; it takes the place of an earlier one."""
        self._put(source, columns=columns_toml)

    def forget(self, source: str) -> bool:
        """Forget the columns, not the rank. Returns whether there was anything to forget."""
        had = self.columns_of(source) is not None
        self._connection.execute(update(SOURCE).where(SOURCE.c.name == source).values(columns=None))
        self._connection.execute(
            delete(SOURCE).where(SOURCE.c.name == source, SOURCE.c.rank.is_(None), SOURCE.c.columns.is_(None))
        )
        return had

    def rank_of(self, source: str) -> int | None:
        """What an operator said of just this name; a family's rank and the defaults are ``finder.loading.merge``'s to know."""
        return self._connection.execute(select(SOURCE.c.rank).where(SOURCE.c.name == source)).scalar_one_or_none()

    def set_rank(self, name: str, rank: int) -> None:
        """Say how far the source, or family of sources, of that name is believed from now on."""
        self._put(name, rank=rank)

    def list(self) -> list[KnownSource]:
        """All that were loaded or of which something is remembered, by name."""
        loaded = dict(
            self._connection.execute(
                select(LOAD.c.source, func.max(LOAD.c.started_at)).where(LOAD.c.undone_at.is_(None)).group_by(LOAD.c.source)
            ).all()
        )
        told = dict(
            self._connection.execute(
                select(LOAD.c.source, func.count(distinct(SAID.c.thing_id)))
                .join(SAID, SAID.c.load_id == LOAD.c.id)
                .join(FACILITY, FACILITY.c.id == SAID.c.thing_id)
                .group_by(LOAD.c.source)
            ).all()
        )
        names = set(self._connection.execute(select(LOAD.c.source).distinct()).scalars())
        said = {name: (rank, columns) for name, rank, columns in self._connection.execute(select(SOURCE))}
        return [
            KnownSource(
                name=name,
                rank=said.get(name, (None, None))[0],
                columns=said.get(name, (None, None))[1],
                last_load_at=_utc(loaded.get(name)),
                facilities=told.get(name, 0),
            )
            for name in sorted(names | said.keys())
        ]

    def _put(self, name: str, **values: object) -> None:
        statement = (postgresql if self._connection.dialect.name == "postgresql" else sqlite).insert(SOURCE)
        statement = statement.values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
        self._connection.execute(statement)


def _utc(moment: datetime | None) -> datetime | None:
    """SQLite forgets time zones; what is stored is UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
