"""Fences in the store, for reading: one, a page of them, and all that are active. One that cannot be read hides no other."""

import builtins
import logging
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, select

from finder.domain.fence import Fence, FenceStatus
from finder.errors import BadInput, NotFound
from finder.store.admin_engine import short_read
from finder.store.fence_checks import check_room_of_tenant
from finder.store.fence_revision import current_revision
from finder.store.fence_rows import AT_ONCE, DamagedFence, StoredFence, fence_of_row, read_ids, selected
from finder.store.fence_tables import FENCE
from finder.store.personal import PersonalStore

__all__ = ["MOST_FENCES_LISTED", "FencePage", "FenceReader", "stored_in", "unknown"]

MOST_FENCES_LISTED: Final = 1000
_MOST_LOGGED: Final = 20

_log = logging.getLogger(__name__)


class FencePage(msgspec.Struct, frozen=True):
    """A page of fences, and those of it that cannot be read; both in the order of their ids."""

    fences: tuple[StoredFence, ...]
    damaged: tuple[DamagedFence, ...]


class FenceReader(PersonalStore):
    """What is asked of the fences of a store; what is done with them is in :class:`finder.store.fences.FenceStore`."""

    def get(self, fence_id: str) -> StoredFence:
        """One of them, ended or not. Raises :class:`NotFound`, and :class:`Conflict` where it cannot be read."""
        with short_read(self._engine) as connection:
            return stored_in(connection, fence_id)

    def list(
        self,
        *,
        tenant: str | None = None,
        facility_id: str | None = None,
        status: FenceStatus | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> FencePage:
        """Those of a tenant, of a facility and of a status, where these are given, in the order of their ids.

        Raises :class:`BadInput` for a limit that is not 1 to :data:`MOST_FENCES_LISTED`, and for a negative offset.
        """
        if not (1 <= limit <= MOST_FENCES_LISTED and offset >= 0):
            raise BadInput(f"Ask for 1 to {MOST_FENCES_LISTED} fences at once, from 0 on.")
        query = selected().order_by(FENCE.c.id).limit(limit).offset(offset)
        for column, value in ((FENCE.c.tenant, tenant), (FENCE.c.facility_id, facility_id), (FENCE.c.status, status)):
            if value is not None:
                query = query.where(column == str(value))
        return self._page(query)

    def active(self) -> builtins.list[StoredFence]:
        """All that are active, in the order of their ids, expired ones too. Those that cannot be read are logged instead."""
        page = self._page(selected().where(FENCE.c.status == FenceStatus.ACTIVE.value).order_by(FENCE.c.id))
        if damaged := page.damaged:
            more = f" and {len(damaged) - _MOST_LOGGED} more" if len(damaged) > _MOST_LOGGED else ""
            ids = ", ".join(one.id for one in damaged[:_MOST_LOGGED])
            _log.error("Damaged fences out of service, to be entered again or ended: %s%s.", ids, more)
        return builtins.list(page.fences)

    def standing(self) -> FencePage:
        """All that have not ended, drafts too, and those of them that cannot be read."""
        return self._page(selected().where(FENCE.c.status != FenceStatus.ENDED.value).order_by(FENCE.c.id))

    def check_room(self, fences: Sequence[Fence]) -> None:
        """Raise :class:`Conflict` where their tenants have no room for these, as :meth:`put_all` would; nothing is written."""
        with short_read(self._engine) as connection:
            check_room_of_tenant(connection, fences)

    def tenants_of(self, fence_ids: Sequence[str]) -> dict[str, str]:
        """Whose fences have these ids; an id of none is not in it."""
        found: dict[str, str] = {}
        with short_read(self._engine) as connection:
            for begin in range(0, len(fence_ids), AT_ONCE):
                query = select(FENCE.c.id, FENCE.c.tenant).where(FENCE.c.id.in_(fence_ids[begin : begin + AT_ONCE]))
                found |= {row.id: row.tenant for row in connection.execute(query)}
        return found

    def revision(self) -> int:
        """A number that grows with each write of a fence or a tenant."""
        return current_revision(self._engine)

    def _page(self, query: Select[Any]) -> FencePage:
        with short_read(self._engine) as connection:
            found = [fence_of_row(row) for row in connection.execute(query).mappings()]
        return FencePage(
            tuple(one for one in found if isinstance(one, StoredFence)),
            tuple(one for one in found if isinstance(one, DamagedFence)),
        )


def stored_in(connection: Connection, fence_id: str) -> StoredFence:
    """A fence. Raises :class:`NotFound`, and :class:`Conflict` where it cannot be read."""
    stored = read_ids(connection, [fence_id]).get(fence_id)
    if stored is None:
        raise unknown(fence_id)
    if isinstance(stored, DamagedFence):
        raise stored.error()
    return stored


def unknown(fence_id: str) -> NotFound:
    """Return what is raised for an id of none."""
    return NotFound(f"There is no fence {fence_id}: list the fences to see their ids.")
