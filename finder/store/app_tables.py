"""The tables of other people's applications, of what they were granted, and of their tokens."""

from datetime import datetime

from sqlalchemy import Column, DateTime, LargeBinary, Table
from sqlmodel import Field, SQLModel

from finder.store.columns import Json
from finder.store.tables import METADATA

__all__ = ["APP", "APP_GRANT", "APP_TOKEN", "AppGrantRow", "AppRow", "AppTokenRow"]


class AppRow(SQLModel, table=True):
    """One application. Rows stay, so that what was once granted can be told."""

    __tablename__ = "app"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    name: str
    homepage: str
    contact: str
    redirect_uris: list[str] = Field(sa_column=Column(Json, nullable=False))
    scopes: list[str] = Field(sa_column=Column(Json, nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    disabled_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))


class AppGrantRow(SQLModel, table=True):
    """What one subject lets one application read."""

    __tablename__ = "app_grant"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    app_id: str
    scopes: list[str] = Field(sa_column=Column(Json, nullable=False))
    granted_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    revoked_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True, index=True))
    consent_seq: int
    receipt: str


class AppTokenRow(SQLModel, table=True):
    """One token. No foreign key: it is written and deleted by the functions that do so with its grant."""

    __tablename__ = "app_token"  # pyright: ignore[reportAssignmentType]

    secret_sha256: str = Field(primary_key=True)
    grant_id: str = Field(index=True)
    kind: str
    scopes: list[str] = Field(sa_column=Column(Json, nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    used_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    code_challenge: str | None
    redirect_uri: str | None
    wrapped_key: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))


APP: Table = METADATA.tables["app"]
APP_GRANT: Table = METADATA.tables["app_grant"]
APP_TOKEN: Table = METADATA.tables["app_token"]
