"""The table of the consent ledger. The database itself refuses to change its rows: the migration has the triggers."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Table, text
from sqlmodel import Field, SQLModel

from finder.store.tables import METADATA

__all__ = ["CONSENT_ENTRY", "ConsentEntryRow"]


class ConsentEntryRow(SQLModel, table=True):
    """One line. Lines are added; one goes when its time is over, or after an erasure of its subject, which has no purpose."""

    __tablename__ = "consent_entry"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("(act = 'erased') = (purpose IS NULL)", name="ck_consent_entry_erased"),
        # The newest of each purpose, and whether there is an erasure, are both found in it.
        Index("ix_consent_entry_subject_purpose_seq", "subject", "purpose", "seq"),
        # Of the sweep: the lines that stand for erasures, by age.
        Index("ix_consent_entry_erased_at", "at", sqlite_where=text("purpose IS NULL"), postgresql_where=text("purpose IS NULL")),
        {"sqlite_autoincrement": True},  # a number is never given again
    )

    seq: int | None = Field(default=None, primary_key=True)
    subject: str
    act: str
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    via: str
    purpose: str | None
    policy_version: date | None
    language: str | None
    text_sha256: str | None
    expires_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))


CONSENT_ENTRY: Table = METADATA.tables["consent_entry"]
