"""The end of a tenant: nobody is told of its fences, nothing is sent to it, its keys open nothing, what it ran is free.

Its row stays with its name, and so do its fences for their log; both are named in the audit log.
"""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, delete, select, update

from finder.domain.fence import FenceStatus
from finder.errors import NotFound
from finder.store.admin_tables import API_KEY
from finder.store.delivery_tables import WEBHOOK
from finder.store.fence_tables import FENCE, TENANT, TENANT_FACILITY

__all__ = ["TenantEnd", "check_live", "end_tenant", "no_tenant"]


class TenantEnd(msgspec.Struct, frozen=True):
    """What ended with a tenant: how many fences, webhooks and keys, and how many facilities nobody runs now."""

    fences: int
    webhooks: int
    keys: int
    facilities: int


def no_tenant(tenant: str) -> NotFound:
    """Return what is raised for an id of none."""
    return NotFound(f"There is no tenant {tenant}: list the tenants to see their ids, or enter this one first.")


def check_live(connection: Connection, tenant: str, *, hold: bool = False) -> None:
    """Raise :class:`NotFound` for a tenant of none, and for one that has ended; ``hold``: it does not end until the commit."""
    query = select(TENANT.c.ended_at).where(TENANT.c.id == tenant)
    found = connection.execute(query.with_for_update() if hold else query).one_or_none()
    if found is None:
        raise no_tenant(tenant)
    if found.ended_at is not None:
        raise NotFound(f"Tenant {tenant} has ended, for good: name another.")


def end_tenant(connection: Connection, tenant: str, at: datetime) -> TenantEnd | None:
    """End a tenant in a transaction that holds the revision; ``None`` for one of none, or one that has ended before."""
    at = at.astimezone(UTC)
    live = (TENANT.c.id == tenant) & TENANT.c.ended_at.is_(None)
    if not connection.execute(update(TENANT).where(live).values(ended_at=at)).rowcount:
        return None
    ended = FenceStatus.ENDED.value
    fences = update(FENCE).where(FENCE.c.tenant == tenant, FENCE.c.status != ended).values(status=ended, changed_at=at)
    webhooks = update(WEBHOOK).where(WEBHOOK.c.tenant == tenant, WEBHOOK.c.disabled_at.is_(None))
    keys = update(API_KEY).where(API_KEY.c.tenant == tenant, API_KEY.c.revoked_at.is_(None)).values(revoked_at=at)
    return TenantEnd(
        fences=connection.execute(fences).rowcount,
        webhooks=connection.execute(webhooks.values(disabled_at=at, secret=b"")).rowcount,
        keys=connection.execute(keys).rowcount,
        facilities=connection.execute(delete(TENANT_FACILITY).where(TENANT_FACILITY.c.tenant == tenant)).rowcount,
    )
