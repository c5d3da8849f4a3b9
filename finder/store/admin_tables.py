"""The tables of API keys and of the audit log."""

from datetime import date, datetime

from sqlalchemy import Column, DateTime, Table
from sqlmodel import Field, SQLModel

from finder.store.columns import Json
from finder.store.tables import METADATA

__all__ = ["API_KEY", "AUDIT", "ApiKeyRow", "AuditRow"]


class ApiKeyRow(SQLModel, table=True):
    """One key; ``secret_hash`` is argon2id in its PHC string form."""

    __tablename__ = "api_key"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    name: str
    secret_hash: str
    scopes: list[str] = Field(sa_column=Column(Json, nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    last_used_on: date | None
    revoked_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    tenant: str | None = None
    """The one tenant whose fences it may see and change; ``None``: a key of the operator's own."""


class AuditRow(SQLModel, table=True):
    """One entry of the audit log. Rows are added and, when they are old, deleted; never changed.

    ``key_id`` is no foreign key: a refused one may be the id of nothing.
    """

    __tablename__ = "audit"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    actor: str
    key_id: str | None
    action: str
    subject: str
    outcome: str


API_KEY: Table = METADATA.tables["api_key"]
AUDIT: Table = METADATA.tables["audit"]
