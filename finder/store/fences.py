"""The fences of tenants. What comes in was allowed by the law, in a type; what becomes active was tried out besides."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, insert, select, update

from finder.domain.admin import Action, Actor, AuditEntry
from finder.domain.fence import Fence, FenceStatus, Trial, shape_sha256
from finder.domain.lawful import LawfulFence
from finder.errors import Conflict
from finder.store.admin_engine import short_read, short_write
from finder.store.audit import append_entry
from finder.store.fence_checks import (
    MOST_ACTIVE,
    MOST_OF_TENANT,
    check_lawful,
    check_room_at_facility,
    check_room_of_tenant,
    check_tenants,
    check_tried,
)
from finder.store.fence_reader import MOST_FENCES_LISTED, FencePage, FenceReader, stored_in, unknown
from finder.store.fence_revision import grow_revision
from finder.store.fence_rows import DamagedFence, StoredFence, read_ids, values_of
from finder.store.fence_tables import FENCE, TENANT_FACILITY

__all__ = [
    "MOST_ACTIVE",
    "MOST_FENCES_LISTED",
    "MOST_OF_TENANT",
    "DamagedFence",
    "FenceChanges",
    "FencePage",
    "FenceStore",
    "StoredFence",
]


class FenceChanges(msgspec.Struct, frozen=True):
    """What entering fences would do: how many are new, how many change what stands here, and how many do not."""

    new: int
    changed: int
    unchanged: int


class FenceStore(FenceReader):
    """The fences of a store. Each write is entered in the audit log and lets the revision grow, which tenants share.

    Whether a judgement is of the law now installed is for who asks the law to see to (``finder.notices.fences.desk``).
    """

    def put(self, lawful: LawfulFence, *, by: Actor) -> StoredFence:
        """Enter a fence, or one anew, as a draft. One that has not changed stays as it was, with the new judgement.

        Raises :class:`TypeError` for what is no :class:`LawfulFence`, :class:`NotFound` for a tenant of none, :class:`Conflict`
        where another tenant has a fence of this id, or the tenant has :data:`MOST_OF_TENANT` that have not ended, and
        :class:`BadInput` for texts that no database holds.
        """
        return self.put_all([lawful], by=by)[0]

    def put_all(self, lawful: Sequence[LawfulFence], *, by: Actor) -> list[StoredFence]:
        """Enter several as :meth:`put` does: all of them or, where it raises, none. No two have the same id."""
        for one in lawful:
            check_lawful(one)
        with short_write(self._engine) as connection:
            grow_revision(connection)
            check_tenants(connection, {one.fence.tenant for one in lawful})
            check_room_of_tenant(connection, [one.fence for one in lawful])
            before = read_ids(connection, [one.fence.id for one in lawful])
            return [_put(connection, one, before.get(one.fence.id), by) for one in lawful]

    def changes(self, fences: Sequence[Fence]) -> FenceChanges:
        """What :meth:`put_all` would do with these; no two have the same id, and nothing is written."""
        with short_read(self._engine) as connection:
            before = read_ids(connection, [fence.id for fence in fences])
        unchanged = sum(_stands(before.get(fence.id), fence) for fence in fences)
        return FenceChanges(new=len(fences) - len(before), changed=len(before) - unchanged, unchanged=unchanged)

    def activate(self, lawful: LawfulFence, trial: Trial, *, by: Actor) -> StoredFence:
        """Let a fence be told of, as it stands in the store; one that is active already gets the new judgement and trial.

        Raises :class:`TypeError` for what is no :class:`LawfulFence` or no :class:`Trial`, :class:`NotFound` for an id of none,
        and :class:`Conflict` where it has changed since the law was asked, has ended or cannot be read, where the trial is of
        another fence or says that it is false too often, where its tenant does not run the facility, and where
        :data:`MOST_ACTIVE` others of the facility are active.
        """
        check_lawful(lawful)
        if not isinstance(trial, Trial):  # pyright: ignore[reportUnnecessaryIsInstance] - who calls may not be checked
            raise TypeError("A fence is activated with its trial: finder.notices.fences.trial.")
        fence = lawful.fence
        check_tried(fence, trial)
        with short_write(self._engine) as connection:
            grow_revision(connection)
            stored = stored_in(connection, fence.id)
            if stored.fence.status is FenceStatus.ENDED:
                raise Conflict(f"Fence {fence.id} has ended: save it anew, and activate that.")
            if not _is_same(stored.fence, fence):
                raise Conflict(f"Fence {fence.id} was changed meanwhile: look at it, and activate it again.")
            runs = select(TENANT_FACILITY.c.tenant).where(TENANT_FACILITY.c.facility_id == fence.facility_id)
            if connection.execute(runs).scalar_one_or_none() != fence.tenant:
                raise Conflict(
                    f"Tenant {fence.tenant} does not run the facility of fence {fence.id}: who runs the finder enters who does."
                )
            check_room_at_facility(connection, fence)
            active = _with_status(stored.fence, FenceStatus.ACTIVE, datetime.now(UTC))
            _update(connection, StoredFence(fence=active, judgement=lawful.judgement, trial=trial))
            append_entry(connection, _entry(by, Action.FENCE_ACTIVATE, fence.id, _tried(trial)))
        return StoredFence(fence=active, judgement=lawful.judgement, trial=trial)

    def keep_judgements(self, lawful: Sequence[LawfulFence], *, by: Actor) -> int:
        """Keep new judgements of fences that stand here as they were judged, and return of how many; their status stays.

        Raises :class:`TypeError` for what is no :class:`LawfulFence`.
        """
        for one in lawful:
            check_lawful(one)
        kept = 0
        with short_write(self._engine) as connection:
            grow_revision(connection)
            before = read_ids(connection, [one.fence.id for one in lawful])
            for one in lawful:
                stored = before.get(one.fence.id)
                if isinstance(stored, StoredFence) and _is_same(stored.fence, one.fence):
                    _update(connection, msgspec.structs.replace(stored, judgement=one.judgement))
                    kept += 1
            append_entry(connection, _entry(by, Action.FENCE_SAVE, "(all)", f"{kept} judged anew"))
        return kept

    def suspend(self, fence: Fence, *, by: Actor) -> None:
        """Make a fence that the law does not allow any more a draft again, if it is active and stands here as it was judged."""
        with short_write(self._engine) as connection:
            grow_revision(connection)
            stored = read_ids(connection, [fence.id]).get(fence.id)
            if not isinstance(stored, StoredFence) or stored.fence.status is not FenceStatus.ACTIVE:
                return
            if not _is_same(stored.fence, fence):
                return
            draft = _with_status(stored.fence, FenceStatus.DRAFT, datetime.now(UTC))
            _update(connection, msgspec.structs.replace(stored, fence=draft))
            append_entry(connection, _entry(by, Action.FENCE_SAVE, fence.id, "a draft again, as the law does not allow it"))

    def end(self, fence_id: str, *, at: datetime, by: Actor) -> StoredFence | DamagedFence:
        """End a fence, which is kept for its log; one that has ended stays as it is. Raises :class:`NotFound`.

        One that cannot be read ends too: its document stays as it is, should a release come that reads it.
        """
        with short_write(self._engine) as connection:
            grow_revision(connection)
            stored = read_ids(connection, [fence_id]).get(fence_id)
            if stored is None:
                raise unknown(fence_id)
            if (stored.status if isinstance(stored, DamagedFence) else stored.fence.status) == FenceStatus.ENDED:
                return stored
            if isinstance(stored, DamagedFence):
                stored = msgspec.structs.replace(stored, status=FenceStatus.ENDED.value)
                ended = {"status": stored.status, "changed_at": at.astimezone(UTC)}
                connection.execute(update(FENCE).where(FENCE.c.id == fence_id).values(ended))
            else:
                stored = msgspec.structs.replace(stored, fence=_with_status(stored.fence, FenceStatus.ENDED, at))
                _update(connection, stored)
            append_entry(connection, _entry(by, Action.FENCE_END, fence_id, ""))
        return stored

    def keep_trial(self, fence_id: str, trial: Trial) -> StoredFence:
        """Keep what simulated visits said of a fence, if they tried the one that stands here.

        Raises :class:`NotFound`, and :class:`Conflict` where it cannot be read.
        """
        one = FENCE.c.id == fence_id
        with short_write(self._engine) as connection:
            # Nobody is told otherwise by it, so the revision stays, and who changes the fence meanwhile waits at its row.
            connection.execute(select(FENCE.c.id).where(one).with_for_update())
            stored = stored_in(connection, fence_id)
            if trial.shape_sha256 == shape_sha256(stored.fence):
                stored = msgspec.structs.replace(stored, trial=trial)
                connection.execute(update(FENCE).where(one).values(trial=msgspec.to_builtins(trial)))
        return stored


def _put(connection: Connection, lawful: LawfulFence, before: StoredFence | DamagedFence | None, by: Actor) -> StoredFence:
    fence, now = lawful.fence, datetime.now(UTC)
    if before is not None and (before.tenant if isinstance(before, DamagedFence) else before.fence.tenant) != fence.tenant:
        raise Conflict(f"Another tenant has a fence of the id {fence.id}: choose another id.")
    fence = _with_status(fence, FenceStatus.DRAFT, now)
    if before is None:
        stored = StoredFence(fence=fence, judgement=lawful.judgement)
        connection.execute(insert(FENCE).values(id=fence.id, **values_of(stored)))
        append_entry(connection, _entry(by, Action.FENCE_SAVE, fence.id, f"of tenant {fence.tenant}"))
        return stored
    if isinstance(before, DamagedFence):
        stored = StoredFence(fence=fence, judgement=lawful.judgement)
        outcome = "entered again, was damaged"
    elif _stands(before, fence):
        stored = msgspec.structs.replace(before, judgement=lawful.judgement)
        outcome = "judged anew"
    else:
        is_tried = before.trial is not None and before.trial.shape_sha256 == shape_sha256(fence)
        stored = StoredFence(fence=fence, judgement=lawful.judgement, trial=before.trial if is_tried else None)
        outcome = f"changed, was {before.fence.status}"
    _update(connection, stored)
    append_entry(connection, _entry(by, Action.FENCE_SAVE, fence.id, outcome))
    return stored


def _update(connection: Connection, stored: StoredFence) -> None:
    connection.execute(update(FENCE).where(FENCE.c.id == stored.fence.id).values(values_of(stored)))


def _stands(before: StoredFence | DamagedFence | None, fence: Fence) -> bool:
    """Whether a fence is there as it is, and has not ended: entered again it stays what it is."""
    if not isinstance(before, StoredFence) or before.fence.status is FenceStatus.ENDED:
        return False
    return _is_same(before.fence, fence)


def _is_same(one: Fence, other: Fence) -> bool:
    """Whether they differ in nothing but what has become of them."""
    return _with_status(one, FenceStatus.DRAFT, None) == _with_status(other, FenceStatus.DRAFT, None)


def _with_status(fence: Fence, status: FenceStatus, at: datetime | None) -> Fence:
    return msgspec.structs.replace(fence, status=status, changed_at=at.astimezone(UTC) if at else None)


def _tried(trial: Trial) -> str:
    return f"false in {trial.false_share:.2%}, missed in {trial.missed_share:.2%} of {trial.runs:,} simulated visits"


def _entry(by: Actor, action: Action, fence_id: str, outcome: str) -> AuditEntry:
    told = f"done: {outcome}" if outcome else "done"
    return AuditEntry(at=datetime.now(UTC), actor=by, action=action, subject=f"fence {fence_id}", outcome=told)
