"""What must hold before a fence is written: each check is made in the transaction of the write, and says what to do."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select

from finder.domain.fence import MOST_FALSE, MOST_MISSED, Fence, FenceStatus, Trial, shape_sha256
from finder.domain.lawful import LawfulFence
from finder.errors import Conflict
from finder.store.fence_rows import AT_ONCE
from finder.store.fence_tables import FENCE
from finder.store.tenant_end import check_live

__all__ = [
    "MOST_ACTIVE",
    "MOST_OF_TENANT",
    "check_lawful",
    "check_room_at_facility",
    "check_room_of_tenant",
    "check_tenants",
    "check_tried",
]

MOST_ACTIVE: Final = 50
"""Active fences of one facility: each position of a visit is held against all of them."""
MOST_OF_TENANT: Final = 10_000
"""Fences of one tenant that have not ended: each process asks the law about every active one."""


def check_lawful(lawful: object) -> None:
    """Raise :class:`TypeError` for what is no :class:`LawfulFence`."""
    if type(lawful) is not LawfulFence:
        raise TypeError("The store takes fences that the law allows: finder.notices.law.ruled() makes them.")


def check_tenants(connection: Connection, tenants: Collection[str]) -> None:
    """Raise :class:`NotFound` where one of them is none, or has ended."""
    for tenant in sorted(set(tenants)):
        check_live(connection, tenant)


def check_room_of_tenant(connection: Connection, fences: Sequence[Fence]) -> None:
    """Raise :class:`Conflict` where a tenant would have more than :data:`MOST_OF_TENANT` with these, and more than it has now."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for fence in fences:
        wanted[fence.tenant].append(fence.id)
    for tenant, ids in wanted.items():
        is_there = (FENCE.c.tenant == tenant) & (FENCE.c.status != FenceStatus.ENDED.value)
        there = _count(connection, is_there)
        if there + len(ids) <= MOST_OF_TENANT:
            continue
        chunks = [ids[begin : begin + AT_ONCE] for begin in range(0, len(ids), AT_ONCE)]
        new = len(ids) - sum(_count(connection, is_there & FENCE.c.id.in_(chunk)) for chunk in chunks)
        if new and there + new > MOST_OF_TENANT:
            raise Conflict(
                f"Tenant {tenant} has {there:,} fences that have not ended, and room for {MOST_OF_TENANT:,}: end those that "
                f"are not needed, then enter {'this one' if new == 1 else f'these {new:,}'}."
            )


def check_room_at_facility(connection: Connection, fence: Fence) -> None:
    """Raise :class:`Conflict` where :data:`MOST_ACTIVE` others of its facility are active."""
    is_other = (
        (FENCE.c.facility_id == fence.facility_id) & (FENCE.c.status == FenceStatus.ACTIVE.value) & (FENCE.c.id != fence.id)
    )
    if _count(connection, is_other) >= MOST_ACTIVE:
        raise Conflict(f"The facility of fence {fence.id} has {MOST_ACTIVE} active fences, and has room for no more: end others.")


def check_tried(fence: Fence, trial: Trial) -> None:
    """Raise :class:`Conflict` where the trial is of another fence, or says that this one does not work."""
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


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(FENCE).where(which)).scalar_one()
