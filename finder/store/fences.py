"""The fences of tenants. What comes in was allowed by the law, in a type; what becomes active was tried out besides."""

import builtins
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from finder.domain.admin import Action, Actor, AuditEntry
from finder.domain.fence import MOST_FALSE, MOST_MISSED, Fence, FenceStatus, Trial, shape_sha256
from finder.domain.lawful import LawfulFence
from finder.errors import BadInput, Conflict, NotFound
from finder.store.admin_engine import short_read, short_write
from finder.store.audit import append_entry
from finder.store.fence_revision import current_revision, grow_revision
from finder.store.fence_rows import AT_ONCE, StoredFence, read_ids, stored_of, values_of
from finder.store.fence_tables import FENCE, TENANT, TENANT_FACILITY
from finder.store.personal import PersonalStore

__all__ = ["MOST_ACTIVE", "MOST_FENCES_LISTED", "FenceStore", "StoredFence"]

MOST_FENCES_LISTED: Final = 1000
MOST_ACTIVE: Final = 50
"""Active fences of one facility: each position of a visit is held against all of them."""


class FenceStore(PersonalStore):
    """The fences of a store. Each write is entered in the audit log and lets the revision grow, which tenants share.

    Whether a judgement is of the law now installed is for who asks the law to see to (``finder.notices.fences.desk``).
    """

    def put(self, lawful: LawfulFence, *, by: Actor) -> StoredFence:
        """Enter a fence, or one anew, as a draft. One that has not changed stays as it was, with the new judgement.

        Raises :class:`TypeError` for what is no :class:`LawfulFence`, :class:`NotFound` for a tenant of none, :class:`Conflict`
        where another tenant has a fence of this id, and :class:`BadInput` for texts that no database holds.
        """
        return self.put_all([lawful], by=by)[0]

    def put_all(self, lawful: Sequence[LawfulFence], *, by: Actor) -> builtins.list[StoredFence]:
        """Enter several as :meth:`put` does: all of them or, where it raises, none. No two have the same id."""
        for one in lawful:
            _check_lawful(one)
        with short_write(self._engine) as connection:
            grow_revision(connection)
            _check_tenants(connection, {one.fence.tenant for one in lawful})
            before = read_ids(connection, [one.fence.id for one in lawful])
            return [_put(connection, one, before.get(one.fence.id), by) for one in lawful]

    def activate(self, lawful: LawfulFence, trial: Trial, *, by: Actor) -> StoredFence:
        """Let a fence be told of, as it stands in the store; one that is active already gets the new judgement and trial.

        Raises :class:`TypeError` for what is no :class:`LawfulFence` or no :class:`Trial`, :class:`NotFound` for an id of none,
        and :class:`Conflict` where it has changed since the law was asked, or has ended, where the trial is of another fence or
        says that it is false too often, where its tenant does not run the facility, and where :data:`MOST_ACTIVE` others of the
        facility are active.
        """
        _check_lawful(lawful)
        if not isinstance(trial, Trial):  # pyright: ignore[reportUnnecessaryIsInstance] - who calls may not be checked
            raise TypeError("A fence is activated with its trial: finder.notices.fences.trial.")
        fence = lawful.fence
        _check_tried(fence, trial)
        with short_write(self._engine) as connection:
            grow_revision(connection)
            stored = read_ids(connection, [fence.id]).get(fence.id)
            if stored is None:
                raise _unknown(fence.id)
            if stored.fence.status is FenceStatus.ENDED:
                raise Conflict(f"Fence {fence.id} has ended: save it anew, and activate that.")
            if not _is_same(stored.fence, fence):
                raise Conflict(f"Fence {fence.id} was changed meanwhile: look at it, and activate it again.")
            runs = select(TENANT_FACILITY.c.tenant).where(TENANT_FACILITY.c.facility_id == fence.facility_id)
            if connection.execute(runs).scalar_one_or_none() != fence.tenant:
                raise Conflict(f"Tenant {fence.tenant} does not run the facility of fence {fence.id}: finder tenants give.")
            _check_room(connection, fence)
            active = _with_status(stored.fence, FenceStatus.ACTIVE, datetime.now(UTC))
            _update(connection, StoredFence(fence=active, judgement=lawful.judgement, trial=trial))
            append_entry(connection, _entry(by, Action.FENCE_ACTIVATE, fence.id, _tried(trial)))
        return StoredFence(fence=active, judgement=lawful.judgement, trial=trial)

    def keep_judgements(self, lawful: Sequence[LawfulFence], *, by: Actor) -> int:
        """Keep new judgements of fences that stand here as they were judged, and return of how many; their status stays.

        Raises :class:`TypeError` for what is no :class:`LawfulFence`.
        """
        for one in lawful:
            _check_lawful(one)
        with short_write(self._engine) as connection:
            grow_revision(connection)
            before = read_ids(connection, [one.fence.id for one in lawful])
            same = [one for one in lawful if one.fence.id in before and _is_same(before[one.fence.id].fence, one.fence)]
            for one in same:
                _update(connection, msgspec.structs.replace(before[one.fence.id], judgement=one.judgement))
            append_entry(connection, _entry(by, Action.FENCE_SAVE, "(all)", f"{len(same)} judged anew"))
        return len(same)

    def suspend(self, fence: Fence, *, by: Actor) -> None:
        """Make a fence that the law does not allow any more a draft again, if it is active and stands here as it was judged."""
        with short_write(self._engine) as connection:
            grow_revision(connection)
            stored = read_ids(connection, [fence.id]).get(fence.id)
            if stored is None or stored.fence.status is not FenceStatus.ACTIVE or not _is_same(stored.fence, fence):
                return
            draft = _with_status(stored.fence, FenceStatus.DRAFT, datetime.now(UTC))
            _update(connection, msgspec.structs.replace(stored, fence=draft))
            append_entry(connection, _entry(by, Action.FENCE_SAVE, fence.id, "a draft again, as the law does not allow it"))

    def end(self, fence_id: str, *, at: datetime, by: Actor) -> StoredFence:
        """End a fence, which is kept for its log; one that has ended stays as it is. Raises :class:`NotFound`."""
        with short_write(self._engine) as connection:
            grow_revision(connection)
            stored = read_ids(connection, [fence_id]).get(fence_id)
            if stored is None:
                raise _unknown(fence_id)
            if stored.fence.status is FenceStatus.ENDED:
                return stored
            stored = msgspec.structs.replace(stored, fence=_with_status(stored.fence, FenceStatus.ENDED, at))
            _update(connection, stored)
            append_entry(connection, _entry(by, Action.FENCE_END, fence_id, ""))
        return stored

    def keep_trial(self, fence_id: str, trial: Trial) -> StoredFence:
        """Keep what simulated visits said of a fence, if they tried the one that stands here. Raises :class:`NotFound`."""
        one = FENCE.c.id == fence_id
        with short_write(self._engine) as connection:
            # Nobody is told otherwise by it, so the revision stays, and who changes the fence meanwhile waits at its row.
            connection.execute(select(FENCE.c.id).where(one).with_for_update())
            stored = read_ids(connection, [fence_id]).get(fence_id)
            if stored is None:
                raise _unknown(fence_id)
            if trial.shape_sha256 == shape_sha256(stored.fence):
                stored = msgspec.structs.replace(stored, trial=trial)
                connection.execute(update(FENCE).where(one).values(trial=msgspec.to_builtins(trial)))
        return stored

    def get(self, fence_id: str) -> StoredFence:
        """One of them, ended or not. Raises :class:`NotFound`."""
        with short_read(self._engine) as connection:
            stored = read_ids(connection, [fence_id]).get(fence_id)
        if stored is None:
            raise _unknown(fence_id)
        return stored

    def list(
        self,
        *,
        tenant: str | None = None,
        facility_id: str | None = None,
        status: FenceStatus | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> builtins.list[StoredFence]:
        """Those of a tenant, of a facility and of a status, where these are given, in the order of their ids.

        Raises :class:`BadInput` for a limit that is not 1 to :data:`MOST_FENCES_LISTED`, and for a negative offset.
        """
        if not (1 <= limit <= MOST_FENCES_LISTED and offset >= 0):
            raise BadInput(f"Ask for 1 to {MOST_FENCES_LISTED} fences at once, from 0 on.")
        query = select(FENCE).order_by(FENCE.c.id).limit(limit).offset(offset)
        for column, value in ((FENCE.c.tenant, tenant), (FENCE.c.facility_id, facility_id), (FENCE.c.status, status)):
            if value is not None:
                query = query.where(column == str(value))
        with short_read(self._engine) as connection:
            return [stored_of(row) for row in connection.execute(query).mappings()]

    def active(self) -> builtins.list[StoredFence]:
        """All that are active, in the order of their ids, expired ones too."""
        query = select(FENCE).where(FENCE.c.status == FenceStatus.ACTIVE.value).order_by(FENCE.c.id)
        with short_read(self._engine) as connection:
            return [stored_of(row) for row in connection.execute(query).mappings()]

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


def _check_lawful(lawful: object) -> None:
    if type(lawful) is not LawfulFence:
        raise TypeError("The store takes fences that the law allows: finder.notices.law.ruled() makes them.")


def _check_tenants(connection: Connection, tenants: Collection[str]) -> None:
    known = set(connection.execute(select(TENANT.c.id)).scalars())
    if missing := sorted(set(tenants) - known):
        raise NotFound(f"There is no tenant {missing[0]}: finder tenants list shows them, finder tenants add enters one.")


def _check_room(connection: Connection, fence: Fence) -> None:
    is_other = (
        (FENCE.c.facility_id == fence.facility_id) & (FENCE.c.status == FenceStatus.ACTIVE.value) & (FENCE.c.id != fence.id)
    )
    if connection.execute(select(func.count()).select_from(FENCE).where(is_other)).scalar_one() >= MOST_ACTIVE:
        raise Conflict(f"The facility of fence {fence.id} has {MOST_ACTIVE} active fences, and has room for no more: end others.")


def _check_tried(fence: Fence, trial: Trial) -> None:
    if trial.shape_sha256 != shape_sha256(fence):
        raise Conflict(f"Fence {fence.id} was changed since it was tried out: try it out again.")
    limit = min(fence.false_event_limit, MOST_FALSE)
    if not 0.0 <= trial.false_share <= limit:
        raise Conflict(
            f"Fence {fence.id} cannot be activated: in {trial.false_share:.2%} of {trial.runs:,} simulated visits something was "
            f"told that was not so, and its limit is {limit:.2%}. Make it larger, keep it clear of streets, or "
            "let it tell of dwelling only."
        )
    if not 0.0 <= trial.missed_share <= MOST_MISSED:
        raise Conflict(
            f"Fence {fence.id} cannot be activated: in {trial.missed_share:.2%} of the simulated visits with something to tell, "
            "some of it was missed, so it would tell almost nobody. Make it larger, or let it wait for a shorter time."
        )


def _put(connection: Connection, lawful: LawfulFence, before: StoredFence | None, by: Actor) -> StoredFence:
    fence, now = lawful.fence, datetime.now(UTC)
    if before is not None and before.fence.tenant != fence.tenant:
        raise Conflict(f"Another tenant has a fence of the id {fence.id}: choose another id.")
    fence = _with_status(fence, FenceStatus.DRAFT, now)
    if before is None:
        stored = StoredFence(fence=fence, judgement=lawful.judgement)
        connection.execute(insert(FENCE).values(id=fence.id, **values_of(stored)))
        append_entry(connection, _entry(by, Action.FENCE_SAVE, fence.id, f"of tenant {fence.tenant}"))
        return stored
    if before.fence.status is not FenceStatus.ENDED and _is_same(before.fence, fence):
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


def _unknown(fence_id: str) -> NotFound:
    return NotFound(f"There is no fence {fence_id}: finder notices fences list shows them.")
