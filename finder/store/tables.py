"""The tables. Nothing outside this room sees a row: ``documents.py`` turns them into the domain's nouns and back.

A thing is a facility, a practitioner or a role. Each has one row with what all active loads together say of it, a JSON document,
beside which only what is searched by stands in columns of its own; and one statement for each load that speaks of it.
"""

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, MetaData, Text, null, select, union_all
from sqlmodel import Field, SQLModel

from finder.geo.points import LonLat
from finder.store.columns import GeoPoint

__all__ = [
    "METADATA",
    "SAID",
    "FacilityRow",
    "KeyRow",
    "LoadRow",
    "PractitionerRow",
    "ReviewRow",
    "RevisionRow",
    "RoleRow",
    "SourceRow",
    "StatementRow",
]

METADATA: MetaData = SQLModel.metadata
# Named constraints, so that a migration can name what it drops on either database.
METADATA.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class FacilityRow(SQLModel, table=True):
    """One facility.

    ``told_by`` is a load whose statement, under the facility's own id, is just this document: it has no row of its own among
    the statements. So a million new facilities are a million rows and not two.
    """

    __tablename__ = "facility"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    kind: str
    name: str
    status: str
    lon_lat: LonLat = Field(sa_column=Column(GeoPoint, nullable=False))
    document: str = Field(sa_column=Column(Text, nullable=False))
    told_by: int | None


class PractitionerRow(SQLModel, table=True):
    """One practitioner."""

    __tablename__ = "practitioner"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    name: str
    document: str = Field(sa_column=Column(Text, nullable=False))


class RoleRow(SQLModel, table=True):
    """What a practitioner does at a place."""

    __tablename__ = "role"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    practitioner_id: str = Field(index=True)
    facility_id: str | None = Field(index=True)
    document: str = Field(sa_column=Column(Text, nullable=False))


class StatementRow(SQLModel, table=True):
    """What a load says of a thing.

    ``own_id`` is null where it is the thing's id, and ``document`` where the thing's own document says just the same. There is no
    foreign key, whose checks cost as much as the rows; a statement and its thing are written by one function in one transaction.
    """

    __tablename__ = "statement"  # pyright: ignore[reportAssignmentType]

    thing_id: str = Field(primary_key=True)
    load_id: int = Field(primary_key=True)
    own_id: str | None
    document: str | None = Field(sa_column=Column(Text, nullable=True))


class KeyRow(SQLModel, table=True):
    """A further key by which a thing is found, besides its id; see :func:`finder.store.writing.keys_of`.

    A facility that is not whole, because of it too little is said, has its id here as well.
    """

    __tablename__ = "thing_key"  # pyright: ignore[reportAssignmentType]

    key: str = Field(primary_key=True)
    thing_id: str = Field(index=True)


class LoadRow(SQLModel, table=True):
    """The ledger of loads."""

    __tablename__ = "load"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    source: str
    file_name: str
    started_at: datetime = Field(
        default_factory=lambda: datetime.now(UTC), sa_column=Column(DateTime(timezone=True), nullable=False)
    )
    read: int
    added: int
    changed: int
    closed: int
    unchanged: int
    refused: int
    set_aside: int
    undone_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))


class RevisionRow(SQLModel, table=True):
    """One row: a mark that changes with everything that people may see."""

    __tablename__ = "revision"  # pyright: ignore[reportAssignmentType]

    id: int = Field(primary_key=True)
    mark: str


class SourceRow(SQLModel, table=True):
    """What is remembered of a source: how far it is believed, and the columns of its files."""

    __tablename__ = "source"  # pyright: ignore[reportAssignmentType]

    name: str = Field(primary_key=True)
    rank: int | None
    columns: str | None = Field(sa_column=Column(Text, nullable=True))


class ReviewRow(SQLModel, table=True):
    """A question for a person; ``topic`` is the same when a later load asks it again."""

    __tablename__ = "review"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    topic: str = Field(unique=True)
    load_id: int = Field(index=True)
    decision: str | None
    document: str = Field(sa_column=Column(Text, nullable=False))


_FACILITY, _STATEMENT = METADATA.tables["facility"].c, METADATA.tables["statement"].c
SAID = union_all(
    select(_STATEMENT.thing_id, _STATEMENT.load_id, _STATEMENT.own_id, _STATEMENT.document),
    select(_FACILITY.id, _FACILITY.told_by, null(), null()).where(_FACILITY.told_by.is_not(None)),
).subquery("said")
"""All statements, those too that a facility's own row stands for."""
