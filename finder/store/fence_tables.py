"""The tables of tenants, of their fences and of why notices were sent or held back."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from finder.store.columns import Json
from finder.store.tables import METADATA

__all__ = [
    "FENCE",
    "FENCE_REVISION",
    "NOTICE_LOG",
    "TENANT",
    "TENANT_FACILITY",
    "FenceRevisionRow",
    "FenceRow",
    "NoticeLogRow",
    "TenantFacilityRow",
    "TenantRow",
]


class TenantRow(SQLModel, table=True):
    """One tenant."""

    __tablename__ = "tenant"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    name: str
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ended_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))


class TenantFacilityRow(SQLModel, table=True):
    """Who runs a facility: one tenant at most. The facility need not be in the store at this moment."""

    __tablename__ = "tenant_facility"  # pyright: ignore[reportAssignmentType]

    facility_id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenant.id", index=True)


class FenceRow(SQLModel, table=True):
    """One fence: ``doc`` is the whole of it, the other columns are what rows are found by.

    ``law``, ``judged_at`` and ``rows`` are the judgement that let it in; ``trial`` is what simulated visits said of it.
    """

    __tablename__ = "fence"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenant.id", index=True)
    facility_id: str = Field(index=True)
    status: str = Field(index=True)
    expires_on: date | None
    doc: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    law: str
    judged_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    rows: list[str] = Field(sa_column=Column(Json, nullable=False))
    trial: dict[str, Any] | None = Field(sa_column=Column(Json, nullable=True))
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class FenceRevisionRow(SQLModel, table=True):
    """One row, whose number grows with each write of a fence or a tenant: by it a service knows that it has to read again."""

    __tablename__ = "fence_revision"  # pyright: ignore[reportAssignmentType]

    id: int = Field(primary_key=True)
    number: int


class NoticeLogRow(SQLModel, table=True):
    """How often on a day something was sent or held back at a fence, and why. Of whom is nowhere, and at what hour neither."""

    __tablename__ = "notice_log"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("day", "fence_id", "trigger", "outcome", "reason"),)

    id: int | None = Field(default=None, primary_key=True)
    day: date = Field(index=True)
    tenant: str = Field(index=True)
    fence_id: str
    trigger: str
    outcome: str
    reason: str
    count: int


FENCE: Table = METADATA.tables["fence"]
FENCE_REVISION: Table = METADATA.tables["fence_revision"]
NOTICE_LOG: Table = METADATA.tables["notice_log"]
TENANT: Table = METADATA.tables["tenant"]
TENANT_FACILITY: Table = METADATA.tables["tenant_facility"]
