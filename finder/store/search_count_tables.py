"""The tables of the statistics of searches."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, DateTime, LargeBinary, Table
from sqlmodel import Field, SQLModel

from finder.store.tables import METADATA

__all__ = ["SEARCH_COUNT", "SEARCH_WAITING", "SEARCH_WEEK", "SearchCountRow", "SearchWaitingRow", "SearchWeekRow"]


class SearchWeekRow(SQLModel, table=True):
    """One week: it has its key while it is open, and its terms once it was released, never both. So none is released twice."""

    __tablename__ = "search_week"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("(key IS NULL) = (released_at IS NOT NULL)", name="ck_search_week_open_or_released"),
        CheckConstraint("(released_at IS NULL) = (epsilon IS NULL)", name="ck_search_week_terms"),
    )

    week: date = Field(primary_key=True)
    key: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    released_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    epsilon: float | None
    delta: float | None
    least_persons: int | None
    contribution: int | None
    scale: float | None
    threshold: int | None


class SearchWaitingRow(SQLModel, table=True):
    """That somebody searched. Without a number of its own, which would tell in which order people did."""

    __tablename__ = "search_waiting"  # pyright: ignore[reportAssignmentType]
    __table_args__ = {"sqlite_with_rowid": False}

    week: date = Field(primary_key=True)
    who: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    cell: str = Field(primary_key=True)
    specialty: str = Field(primary_key=True)


class SearchCountRow(SQLModel, table=True):
    """A published count."""

    __tablename__ = "search_count"  # pyright: ignore[reportAssignmentType]
    __table_args__ = {"sqlite_with_rowid": False}

    week: date = Field(primary_key=True)
    cell: str = Field(primary_key=True)
    specialty: str = Field(primary_key=True)
    persons: int


SEARCH_WEEK: Table = METADATA.tables["search_week"]
SEARCH_WAITING: Table = METADATA.tables["search_waiting"]
SEARCH_COUNT: Table = METADATA.tables["search_count"]
