"""The tables of armed visits, their notices, and where a person's browsers are told of one."""

from datetime import date, datetime

from sqlalchemy import Column, DateTime, LargeBinary, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from finder.store.tables import METADATA

__all__ = ["NOTICE", "PUSH_SUBSCRIPTION", "VISIT", "NoticeRow", "PushSubscriptionRow", "VisitRow"]


class VisitRow(SQLModel, table=True):
    """One armed visit. Both blobs are sealed with the person's key, which is not in the database."""

    __tablename__ = "visit"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    version: int
    armed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    ended: bool = False


class NoticeRow(SQLModel, table=True):
    """One notice, sealed, with when it was told. ``key`` keeps what was told once from being told again; it names nothing."""

    __tablename__ = "notice"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("visit_id", "key"), {"sqlite_autoincrement": True})

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    visit_id: str = Field(index=True)
    subject: str = Field(index=True)
    key: str
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    is_seen: bool


class PushSubscriptionRow(SQLModel, table=True):
    """A browser that may be told that there is a notice: its address and its keys are sealed."""

    __tablename__ = "push_subscription"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    used_on: date = Field(index=True)


NOTICE: Table = METADATA.tables["notice"]
PUSH_SUBSCRIPTION: Table = METADATA.tables["push_subscription"]
VISIT: Table = METADATA.tables["visit"]
