"""The table of saved places."""

from datetime import date

from sqlalchemy import Column, LargeBinary, Table
from sqlmodel import Field, SQLModel

from finder.store.tables import METADATA

__all__ = ["SAVED_PLACE", "SavedPlaceRow"]


class SavedPlaceRow(SQLModel, table=True):
    """One saved place: name and position are in ``sealed``, whose key is not in the database."""

    __tablename__ = "saved_place"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    saved_on: date
    used_on: date = Field(index=True)


SAVED_PLACE: Table = METADATA.tables["saved_place"]
