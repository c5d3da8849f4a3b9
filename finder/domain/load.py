"""One run of bringing things in from a file, a region or a form: the ledger's row."""

from datetime import datetime

import msgspec

__all__ = ["Load"]


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one load did. ``read`` = ``added`` + ``changed`` + ``unchanged`` + ``refused`` + ``set_aside``."""

    source: str
    file_name: str
    """The file's name without its folders: the ledger says nothing of the admin's disk."""
    started_at: datetime
    read: int = 0
    added: int = 0
    changed: int = 0
    closed: int = 0
    """How many of ``changed`` were open before and are not now."""
    unchanged: int = 0
    refused: int = 0
    set_aside: int = 0
    """Rows that wait for a person's decision (:mod:`finder.domain.review`)."""
    undone_at: datetime | None = None
    id: int | None = None
    """Given by the store."""

    @property
    def moves_people(self) -> bool:
        """Whether what is published may differ by it."""
        return bool(self.added or self.changed or self.undone_at)
