"""The tables of what goes out, of how much went out, and of the webhooks of tenants."""

from datetime import datetime

from sqlalchemy import Column, DateTime, LargeBinary, Table
from sqlmodel import Field, SQLModel

from finder.store.columns import Json
from finder.store.tables import METADATA

__all__ = ["DELIVERY", "SENT_MESSAGE", "WEBHOOK", "DeliveryRow", "SentMessageRow", "WebhookRow"]


class DeliveryRow(SQLModel, table=True):
    """Something that waits to go out. It is deleted once it has, or when it is given up."""

    __tablename__ = "delivery"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    channel: str
    target: str
    headers: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    subject: str | None = Field(default=None, index=True)
    notice_id: str | None = Field(default=None, index=True)
    attempts: int
    next_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    gives_up_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    leased_until: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))


class WebhookRow(SQLModel, table=True):
    """Where a tenant is told. ``secret`` is sealed with the finder's own key, as it signs what is sent."""

    __tablename__ = "webhook"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenant.id", index=True)
    url: str
    public_only: bool
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    disabled_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    last_ok_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    failing_since: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))


class SentMessageRow(SQLModel, table=True):
    """A letter or short message that went out, for a day: it and whom it went to only as hashes by the service's key."""

    __tablename__ = "sent_message"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    target: str = Field(index=True)
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))


DELIVERY: Table = METADATA.tables["delivery"]
SENT_MESSAGE: Table = METADATA.tables["sent_message"]
WEBHOOK: Table = METADATA.tables["webhook"]
