"""Tenants over the API: who runs which facilities. A tenant's own key sees its own and changes none."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import JSONBody, PathParameter

from finder.api.admin.guard import Refusal
from finder.api.admin.services import AdminServices, actor_of
from finder.domain.admin import ApiKey, Scope
from finder.domain.tenant import Tenant, TenantId
from finder.errors import BadInput, NotFound
from finder.store.tenants import LONGEST_TENANT_NAME

__all__ = [
    "FacilitiesRequest",
    "TenantPath",
    "TenantRequest",
    "check_operator",
    "needed_tenant",
    "tenant_handlers",
    "tenant_of_call",
]

AnyRequest = Request[Any, Any, Any]

_MOST_IN_A_CALL = 500
"""As many ids as a body has room for."""
_NEEDS = {"scope": Scope.NOTICES_WRITE}
TenantPath = Annotated[str, PathParameter(pattern="^[a-z0-9][a-z0-9-]{1,39}$", description="The tenant's id.")]
_FacilityPath = Annotated[str, PathParameter(pattern="^[!-~]{1,64}$", description="The id that a search gave.")]
_FacilityId = Annotated[str, msgspec.Meta(pattern="^[!-~]{1,64}$")]
_FacilityIds = Annotated[list[_FacilityId], msgspec.Meta(max_length=_MOST_IN_A_CALL)]


class TenantAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant and the facilities that it runs, by their ids: none from ``ended_at`` on."""

    id: str
    name: str
    created_at: datetime
    ended_at: datetime | None
    facilities: tuple[str, ...]

    @classmethod
    def of(cls, tenant: Tenant) -> "TenantAnswer":
        """Return a tenant as the API gives it."""
        return cls(**msgspec.structs.asdict(tenant))


class TenantsAnswer(msgspec.Struct, frozen=True):
    """In the order of their ids."""

    tenants: list[TenantAnswer]


class TenantRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant to enter. People are shown its name when they are told something."""

    id: TenantId
    name: Annotated[
        str, msgspec.Meta(max_length=LONGEST_TENANT_NAME, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$")
    ]
    facilities: _FacilityIds = []


class FacilitiesRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facilities that a tenant runs, by their ids."""

    facilities: Annotated[list[_FacilityId], msgspec.Meta(min_length=1, max_length=_MOST_IN_A_CALL)]


def tenant_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/tenants``."""
    tenants, sites = services.tenants, services.sites

    @get("/tenants", opt=_NEEDS, sync_to_thread=True, summary="The tenants")
    def list_tenants(request: AnyRequest) -> TenantsAnswer:
        """Answer all tenants; a tenant's own key sees that one."""
        key: ApiKey = request.auth
        return TenantsAnswer(tenants=[TenantAnswer.of(one) for one in tenants.list() if key.tenant in {None, one.id}])

    @post("/tenants", opt=_NEEDS, sync_to_thread=True, summary="Enter a tenant")
    def add(request: AnyRequest, data: JSONBody[TenantRequest]) -> TenantAnswer:
        """Enter who runs facilities; 409 where there is one of this id, or another runs one of them."""
        check_operator(request)
        for facility in data.facilities:
            sites.site(facility)
        tenant = Tenant(id=data.id, name=data.name, created_at=datetime.now(UTC), facilities=tuple(data.facilities))
        tenants.add(tenant, actor_of(request))
        return TenantAnswer.of(tenants.get(data.id))

    @delete("/tenants/{tenant_id:str}", opt=_NEEDS, sync_to_thread=True, summary="End a tenant")
    def end(request: AnyRequest, tenant_id: TenantPath) -> None:
        """End it for good: its fences end, its webhooks are disabled, its keys revoked, and what it ran is free for another."""
        check_operator(request)
        tenants.end(tenant_id, at=datetime.now(UTC), by=actor_of(request))

    @post("/tenants/{tenant_id:str}/facilities", opt=_NEEDS, status_code=200, sync_to_thread=True, summary="Give it facilities")
    def give(request: AnyRequest, tenant_id: TenantPath, data: JSONBody[FacilitiesRequest]) -> TenantAnswer:
        """Say that the tenant runs these facilities too; 409 where another does."""
        check_operator(request)
        for facility in data.facilities:
            sites.site(facility)
        return TenantAnswer.of(tenants.give(tenant_id, data.facilities, actor_of(request)))

    @delete("/tenants/{tenant_id:str}/facilities/{facility_id:str}", opt=_NEEDS, sync_to_thread=True, summary="Take one from it")
    def take(request: AnyRequest, tenant_id: TenantPath, facility_id: _FacilityPath) -> None:
        """Say that the tenant runs a facility no more; 409 while it has an active fence."""
        check_operator(request)
        if tenants.tenant_of(facility_id) != tenant_id:
            raise NotFound("This tenant runs no facility of this id.")
        tenants.take([facility_id], actor_of(request))

    return [list_tenants, add, end, give, take]


def check_operator(request: AnyRequest) -> None:
    """Raise :class:`Refusal` (403) for a tenant's key: who runs what is not for the tenant to say."""
    key: ApiKey = request.auth
    if key.tenant is not None:
        raise Refusal(status_code=403, detail="A tenant's key may not do that: ask who runs the finder.")


def tenant_of_call(request: AnyRequest, tenant: str | None) -> str | None:
    """Return the tenant that a call is about: the one that is named, or that of the key; ``None`` for all.

    Raises :class:`Refusal` (403) where a key of one tenant names another.
    """
    key: ApiKey = request.auth
    if tenant is not None and key.tenant not in {None, tenant}:
        raise Refusal(status_code=403, detail="This key is of another tenant.")
    return tenant or key.tenant


def needed_tenant(tenant: str | None) -> str:
    """Return the tenant of a call that is about one. Raises :class:`BadInput` where none is named, nor the key's."""
    if tenant is None:
        raise BadInput("Say of which tenant: this key is of none.")
    return tenant
