"""Rows of fences: a fence whole, as JSON, beside what it is found by, its judgement and its trial.

A document that cannot be read, as one of another release, is told of by the other columns: it takes no other fence with it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, Text, cast, select

from finder.domain.fence import Fence, FenceStatus, Trial
from finder.domain.lawful import Judgement
from finder.errors import BadInput, Conflict
from finder.store.admin_engine import in_utc
from finder.store.fence_tables import FENCE

__all__ = ["AT_ONCE", "DamagedFence", "StoredFence", "fence_of_row", "read_ids", "selected", "values_of"]

AT_ONCE: Final = 500
"""Ids in one question: fewer than the values that any of the databases takes."""

_AS_TEXT: Final = ("doc", "rows", "trial")
"""JSON that is decoded here: a driver that cannot would give none of the rows."""


class StoredFence(msgspec.Struct, frozen=True, kw_only=True):
    """A fence, the judgement that let it in, and what a trial said of the shape and wishes that it has now, if there was one."""

    fence: Fence
    judgement: Judgement
    trial: Trial | None = None


class DamagedFence(msgspec.Struct, frozen=True, kw_only=True):
    """What can be told of a fence that cannot be read; ``status`` is as it stands in the row."""

    id: str
    tenant: str
    facility_id: str
    status: str

    @property
    def problem(self) -> str:
        """What is wrong, and what to do."""
        return (
            f"Fence {self.id} is damaged: it cannot be read, as if another release had written it, and nobody is told of it. "
            "Enter it again, or end it."
        )

    def error(self) -> Conflict:
        """Return the problem, to be raised."""
        return Conflict(self.problem)


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


def selected() -> Select[Any]:
    """Ask for rows that :func:`fence_of_row` reads."""
    plain = (FENCE.c.id, FENCE.c.tenant, FENCE.c.facility_id, FENCE.c.status, FENCE.c.law, FENCE.c.judged_at)
    return select(*plain, *(cast(FENCE.c[name], Text).label(name) for name in _AS_TEXT))


def read_ids(connection: Connection, ids: Sequence[str]) -> dict[str, StoredFence | DamagedFence]:
    """The fences of these ids; an id of none is not in it."""
    found: dict[str, StoredFence | DamagedFence] = {}
    for begin in range(0, len(ids), AT_ONCE):
        query = selected().where(FENCE.c.id.in_(ids[begin : begin + AT_ONCE]))
        found |= {row["id"]: fence_of_row(row) for row in connection.execute(query).mappings()}
    return found


def fence_of_row(row: Mapping[Any, Any]) -> StoredFence | DamagedFence:
    """The fence of a row. It has the status of the row, by which it is found."""
    try:
        stored = _stored(row)
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError):
        stored = None
    if stored is None or any(row[name] != getattr(stored.fence, name) for name in ("id", "tenant", "facility_id")):
        return DamagedFence(id=row["id"], tenant=row["tenant"], facility_id=row["facility_id"], status=row["status"])
    return stored


def _stored(row: Mapping[Any, Any]) -> StoredFence:
    judged_at = in_utc(row["judged_at"])
    assert judged_at is not None  # noqa: S101 - the column is not nullable
    fence = msgspec.json.decode(row["doc"], type=Fence)
    return StoredFence(
        fence=msgspec.structs.replace(fence, status=FenceStatus(row["status"])),
        judgement=Judgement(at=judged_at, law=row["law"], rows=msgspec.json.decode(row["rows"], type=tuple[str, ...])),
        trial=None if row["trial"] is None else msgspec.json.decode(row["trial"], type=Trial | None),
    )
