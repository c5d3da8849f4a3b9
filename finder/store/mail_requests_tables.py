"""The table of requests that came by letter or e-mail."""

from datetime import date

from sqlalchemy import CheckConstraint, Table
from sqlmodel import Field, SQLModel

from finder.store.tables import METADATA

__all__ = ["MAIL_REQUEST", "MailRequestRow"]


class MailRequestRow(SQLModel, table=True):
    """One request. It names nobody; a number is never given again."""

    __tablename__ = "mail_request"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("(answered_on IS NULL) = (outcome IS NULL)", name="ck_mail_request_answered"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    law: str
    received_on: date
    due_on: date
    reference: str
    subject: str | None = Field(index=True)
    answered_on: date | None = Field(index=True)
    outcome: str | None


MAIL_REQUEST: Table = METADATA.tables["mail_request"]
