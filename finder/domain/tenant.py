"""Tenants: who runs facilities, and may have people who visit them told something there."""

from datetime import datetime
from typing import Annotated

import msgspec

__all__ = ["Tenant", "TenantId"]

TenantId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{1,39}$", description="Small letters, digits and hyphens.")]


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """Who runs ``facilities``, by their ids. A facility is run by one tenant at most."""

    id: TenantId
    name: str
    """As people are shown who tells them something."""
    created_at: datetime
    facilities: tuple[str, ...] = ()
    ended_at: datetime | None = None
    """Since then it runs nothing, for good."""
