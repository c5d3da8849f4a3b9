"""Rows of fences: a fence whole, as JSON, beside what it is found by, its judgement and its trial."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from finder.domain.fence import Fence, Trial
from finder.domain.lawful import Judgement
from finder.errors import BadInput
from finder.store.admin_engine import in_utc
from finder.store.fence_tables import FENCE

__all__ = ["AT_ONCE", "StoredFence", "read_ids", "stored_of", "values_of"]

AT_ONCE: Final = 500
"""Ids in one question: fewer than the values that any of the databases takes."""


class StoredFence(msgspec.Struct, frozen=True, kw_only=True):
    """A fence, the judgement that let it in, and what a trial said of the shape and wishes that it has now, if there was one."""

    fence: Fence
    judgement: Judgement
    trial: Trial | None = None


def values_of(stored: StoredFence) -> dict[str, Any]:
    """All columns but the id. Raises :class:`BadInput` for texts and numbers that no database holds."""
    fence, judgement = stored.fence, stored.judgement
    doc = msgspec.to_builtins(fence)
    _check_storable(doc)
    return {
        "tenant": fence.tenant,
        "facility_id": fence.facility_id,
        "status": fence.status.value,
        "expires_on": fence.expires_on,
        "doc": doc,
        "law": judgement.law,
        "judged_at": judgement.at.astimezone(UTC),
        "rows": list(judgement.rows),
        "trial": msgspec.to_builtins(stored.trial),
        "changed_at": fence.changed_at,
    }


def _check_storable(doc: Mapping[str, Any]) -> None:
    """JSON has no NaN, UTF-8 no half of a pair, and PostgreSQL no NUL in its texts."""
    try:
        written = json.dumps(doc, allow_nan=False, ensure_ascii=False).encode()
    except ValueError as error:
        raise BadInput("A text or number of the fence cannot be written: type it anew.") from error
    if b"\\u0000" in written.replace(b"\\\\", b""):
        raise BadInput("A text of the fence has a NUL in it: take that out.")


def read_ids(connection: Connection, ids: Sequence[str]) -> dict[str, StoredFence]:
    """The fences of these ids; an id of none is not in it."""
    found: dict[str, StoredFence] = {}
    for begin in range(0, len(ids), AT_ONCE):
        query = select(FENCE).where(FENCE.c.id.in_(ids[begin : begin + AT_ONCE]))
        found |= {row["id"]: stored_of(row) for row in connection.execute(query).mappings()}
    return found


def stored_of(row: Mapping[Any, Any]) -> StoredFence:
    """The fence of a row."""
    judged_at = in_utc(row["judged_at"])
    assert judged_at is not None  # noqa: S101 - the column is not nullable
    return StoredFence(
        fence=msgspec.convert(row["doc"], Fence),
        judgement=Judgement(at=judged_at, law=row["law"], rows=tuple(row["rows"])),
        trial=msgspec.convert(row["trial"], Trial | None),
    )
