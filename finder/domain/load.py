"""One run of bringing facilities in from a file or a region: the ledger's row."""

from datetime import datetime

import msgspec

__all__ = ["Load"]


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one load did. ``read`` = ``added`` + ``changed`` + ``unchanged`` + ``refused``."""

    source: str
    file_name: str
    """The file's name without its folders: the ledger says nothing of the admin's disk."""
    started_at: datetime
    read: int
    added: int
    changed: int
    unchanged: int
    refused: int
    id: int | None = None
    """Given by the store."""
