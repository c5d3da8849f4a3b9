"""Tenants, and which facilities each of them runs."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, insert, select

from finder.domain.admin import Action, Actor, AuditEntry
from finder.domain.fence import FenceStatus
from finder.domain.tenant import Tenant, TenantId
from finder.errors import BadInput, Conflict
from finder.store.admin_engine import in_utc, short_read, short_write
from finder.store.audit import append_entry
from finder.store.fence_revision import current_revision, grow_revision
from finder.store.fence_tables import FENCE, TENANT, TENANT_FACILITY
from finder.store.personal import PersonalStore
from finder.store.tenant_end import TenantEnd, check_live, end_tenant, no_tenant

__all__ = ["LONGEST_TENANT_NAME", "MOST_AT_ONCE", "TenantStore"]

LONGEST_TENANT_NAME: Final = 80
MOST_AT_ONCE: Final = 1000
"""Facilities that are given or taken in one call."""
_LONGEST_ID: Final = 64
_MOST_NAMED: Final = 5


class TenantStore(PersonalStore):
    """The tenants of a store. Each write is entered in the audit log and lets the revision grow, which fences share."""

    def add(self, tenant: Tenant, by: Actor) -> None:
        """Enter a tenant with its facilities.

        Raises :class:`BadInput` for an id, a name or facilities that cannot be used, and :class:`Conflict` when there is one of
        this id or another tenant runs one of the facilities.
        """
        _check(tenant)
        facilities = _checked(tenant.facilities) if tenant.facilities else ()
        at = tenant.created_at.astimezone(UTC)
        with short_write(self._engine) as connection:
            grow_revision(connection)
            if (there := connection.execute(select(TENANT.c.ended_at).where(TENANT.c.id == tenant.id)).one_or_none()) is not None:
                instead = "it has ended" if there.ended_at else "or give that one facilities"
                raise Conflict(f"There is a tenant {tenant.id} already: choose another id, {instead}.")
            connection.execute(insert(TENANT).values(id=tenant.id, name=tenant.name, created_at=at))
            append_entry(connection, _entry(by, Action.TENANT_ADD, tenant.id, tenant.name))
            if facilities:
                _give(connection, tenant.id, facilities, by)

    def list(self) -> list[Tenant]:
        """All of them, in the order of their ids; also those that have ended."""
        with short_read(self._engine) as connection:
            return _read(connection)

    def get(self, id_: str) -> Tenant:
        """One of them, ended or not. Raises :class:`NotFound`."""
        with short_read(self._engine) as connection:
            found = _read(connection, id_)
        if not found:
            raise no_tenant(id_)
        return found[0]

    def give(self, tenant: str, facility_ids: Collection[str], by: Actor) -> Tenant:
        """Say that a tenant runs facilities, and return it as it is then; what it runs already it keeps.

        Raises :class:`NotFound` for a tenant of none, :class:`Conflict` when another tenant runs one of the facilities, and
        :class:`BadInput` for ids that can be none; then none is given. Whether there are such facilities is not looked at.
        """
        facilities = _checked(facility_ids)
        with short_write(self._engine) as connection:
            grow_revision(connection)
            _give(connection, tenant, facilities, by)
        return self.get(tenant)

    def take(self, facility_ids: Collection[str], by: Actor) -> int:
        """Say that nobody runs facilities any more, and return how many were run by somebody.

        Raises :class:`Conflict` while one of them has an active fence, which stands on who runs it; then none is taken.
        """
        facilities = _checked(facility_ids)
        of_these = TENANT_FACILITY.c.facility_id.in_(facilities)
        active = select(FENCE.c.id).where(FENCE.c.facility_id.in_(facilities), FENCE.c.status == FenceStatus.ACTIVE.value)
        with short_write(self._engine) as connection:
            grow_revision(connection)
            live = connection.execute(active.order_by(FENCE.c.id)).scalars().all()
            if live:
                raise Conflict(f"Active fences stand there: end them first ({_some(live)}), then take it.")
            before = connection.execute(select(TENANT_FACILITY.c.tenant).where(of_these)).scalars().all()
            connection.execute(delete(TENANT_FACILITY).where(of_these))
            for tenant in sorted(set(before)):
                append_entry(connection, _entry(by, Action.TENANT_FACILITIES, tenant, f"{before.count(tenant)} taken"))
        return len(before)

    def end(self, id_: str, *, at: datetime, by: Actor) -> TenantEnd:
        """End a tenant for good, with its fences, webhooks and keys; what it ran is free for another.

        One that has ended stays as it is. Raises :class:`NotFound`.
        """
        with short_write(self._engine) as connection:
            grow_revision(connection)
            ended = end_tenant(connection, id_, at)
            if ended is not None:
                what = ", ".join(f"{count:,} {name}" for name, count in msgspec.structs.asdict(ended).items())
                append_entry(connection, _entry(by, Action.TENANT_END, id_, what))
        self.get(id_)
        return ended or TenantEnd(fences=0, webhooks=0, keys=0, facilities=0)

    def tenant_of(self, facility_id: str) -> str | None:
        """The id of the tenant that runs a facility; ``None`` where nobody does."""
        with short_read(self._engine) as connection:
            query = select(TENANT_FACILITY.c.tenant).where(TENANT_FACILITY.c.facility_id == facility_id)
            return connection.execute(query).scalar_one_or_none()

    def revision(self) -> int:
        """A number that grows with each write of a tenant or a fence."""
        return current_revision(self._engine)


def _read(connection: Connection, id_: str | None = None) -> list[Tenant]:
    tenants = select(TENANT).order_by(TENANT.c.id)
    facilities = select(TENANT_FACILITY).order_by(TENANT_FACILITY.c.facility_id)
    if id_ is not None:
        tenants, facilities = tenants.where(TENANT.c.id == id_), facilities.where(TENANT_FACILITY.c.tenant == id_)
    run: dict[str, list[str]] = {}
    for row in connection.execute(facilities).mappings():
        run.setdefault(row["tenant"], []).append(row["facility_id"])
    return [_tenant(row, run.get(row["id"], [])) for row in connection.execute(tenants).mappings()]


def _give(connection: Connection, tenant: str, facilities: Collection[str], by: Actor) -> None:
    check_live(connection, tenant)
    query = select(TENANT_FACILITY).where(TENANT_FACILITY.c.facility_id.in_(facilities))
    before = {row["facility_id"]: row["tenant"] for row in connection.execute(query).mappings()}
    if others := sorted(facility for facility, whose in before.items() if whose != tenant):
        raise Conflict(f"Another tenant runs {_some(others)}: take it from them first.")
    fresh = [{"facility_id": facility, "tenant": tenant} for facility in facilities if facility not in before]
    if fresh:
        connection.execute(insert(TENANT_FACILITY), fresh)
        append_entry(connection, _entry(by, Action.TENANT_FACILITIES, tenant, f"{len(fresh)} given"))


def _entry(by: Actor, action: Action, tenant: str, outcome: str) -> AuditEntry:
    return AuditEntry(at=datetime.now(UTC), actor=by, action=action, subject=f"tenant {tenant}", outcome=f"done: {outcome}")


def _check(tenant: Tenant) -> None:
    try:
        msgspec.convert(tenant.id, TenantId)
    except msgspec.ValidationError:
        raise BadInput("A tenant's id is 2 to 40 small letters, digits and hyphens, and begins with no hyphen.") from None
    if not 0 < len(tenant.name.strip()) <= LONGEST_TENANT_NAME or not tenant.name.isprintable():
        raise BadInput(f"A tenant needs a name of 1 to {LONGEST_TENANT_NAME} printable letters: people are shown it.")


def _checked(facility_ids: Collection[str]) -> tuple[str, ...]:
    """Each id once. Raises :class:`BadInput` for none, for too many and for what is no id."""
    ids = tuple(dict.fromkeys(facility_ids))
    if not 0 < len(ids) <= MOST_AT_ONCE:
        raise BadInput(f"Name 1 to {MOST_AT_ONCE} facilities by their ids.")
    if not all(0 < len(id_) <= _LONGEST_ID and id_.isprintable() for id_ in ids):
        raise BadInput("A facility's id is what a search shows, such as q6rsw4fni3ryv3is.")
    return ids


def _some(ids: Sequence[str]) -> str:
    """The first of them, for a message."""
    more = f" and {len(ids) - _MOST_NAMED:,} more" if len(ids) > _MOST_NAMED else ""
    return ", ".join(ids[:_MOST_NAMED]) + more


def _tenant(row: Any, facilities: Collection[str]) -> Tenant:
    created_at = in_utc(row["created_at"])
    assert created_at is not None  # noqa: S101 - the column is not nullable
    ended_at = in_utc(row["ended_at"])
    return Tenant(id=row["id"], name=row["name"], created_at=created_at, facilities=tuple(facilities), ended_at=ended_at)
