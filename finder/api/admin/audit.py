"""Who did what."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from finder.api.admin.loads import PageSize
from finder.api.admin.services import AdminServices
from finder.domain.admin import Action, AuditEntry, Scope

__all__ = ["audit_handler"]

NEWEST = 2**31 - 1
"""Greater than every entry's number."""


class AuditAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. ``key_id`` is null for what was done from the command line, and for keys that nobody has."""

    id: int
    at: datetime
    actor: str
    key_id: str | None
    action: Action
    subject: str
    outcome: str

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditAnswer":
        """Return an entry as the API gives it."""
        return cls(
            id=entry.id or 0,
            at=entry.at,
            actor=entry.actor.name,
            key_id=entry.actor.key_id,
            action=entry.action,
            subject=entry.subject,
            outcome=entry.outcome,
        )


class AuditsAnswer(msgspec.Struct, frozen=True):
    """Newest first. ``next_before`` asks for the page after; null on the last one."""

    entries: list[AuditAnswer]
    next_before: int | None


def audit_handler(services: AdminServices) -> Any:
    """Return the handler of ``GET /audit``."""

    @get("/audit", opt={"scope": Scope.AUDIT_READ}, sync_to_thread=True, summary="Who did what")
    def audit(
        before: Annotated[int, QueryParameter(ge=1, le=NEWEST, description="next_before of the page before.")] = NEWEST,
        limit: PageSize = 100,
    ) -> AuditsAnswer:
        """Answer the audit log of the last two years."""
        entries = services.audit.page(before=before, limit=limit + 1)
        shown = [AuditAnswer.of(entry) for entry in entries[:limit]]
        return AuditsAnswer(entries=shown, next_before=shown[-1].id if len(entries) > limit else None)

    return audit
