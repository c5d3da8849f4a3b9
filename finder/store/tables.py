"""The tables. Nothing outside this room sees a row: ``rows.py`` turns them into the domain's nouns and back."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, MetaData
from sqlmodel import Field, SQLModel

from finder.geo.points import LonLat
from finder.store.columns import GeoPoint, Json

__all__ = ["METADATA", "FacilityRow", "IdentifierRow", "LoadRow"]

METADATA: MetaData = SQLModel.metadata
# Named constraints, so that a migration can name what it drops on either database.
METADATA.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class FacilityRow(SQLModel, table=True):
    """One facility; the columns are the fields of ``domain.facility.Facility``."""

    __tablename__ = "facility"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    kind: str
    name: str
    lon_lat: LonLat = Field(sa_column=Column(GeoPoint, nullable=False))
    names: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    house_number: str | None
    street: str | None
    unit: str | None
    neighbourhood: str | None
    city: str | None
    state: str | None
    postcode: str | None
    country: str | None
    phones: list[str] = Field(sa_column=Column(Json, nullable=False))
    website: str | None
    opening_hours: str | None
    time_zone: str | None
    services: list[str] = Field(sa_column=Column(Json, nullable=False))
    languages: list[str] = Field(sa_column=Column(Json, nullable=False))
    wheelchair: str | None
    accessibility_description: str | None
    status: str
    provenance: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))


class IdentifierRow(SQLModel, table=True):
    """What a scheme calls a facility. One scheme's value belongs to one facility."""

    __tablename__ = "facility_identifier"  # pyright: ignore[reportAssignmentType]

    scheme: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    facility_id: str = Field(foreign_key="facility.id", index=True, ondelete="CASCADE")


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
    unchanged: int
    refused: int
