"""Who may do what to the store by HTTP, and the record of what was done."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

__all__ = ["Action", "Actor", "ApiKey", "AuditEntry", "NewApiKey", "Scope"]


class Scope(StrEnum):
    """What an API key may do. ``loads:write`` includes ``loads:read``; nothing else includes anything."""

    LOADS_READ = "loads:read"
    """See loads, uploads, previews, the review queue and the history of facilities."""
    LOADS_WRITE = "loads:write"
    """Upload, preview, commit, undo."""
    REVIEW_WRITE = "review:write"
    FACILITIES_WRITE = "facilities:write"
    KEYS_WRITE = "keys:write"
    """See, create and revoke keys: no key can give more than it has."""
    AUDIT_READ = "audit:read"
    STATISTICS_READ = "statistics:read"
    """See how many searched for what, where: with noise, of nobody in particular."""
    APPS_WRITE = "apps:write"
    """See, enter and disable applications of others."""
    NOTICES_WRITE = "notices:write"
    """See, enter, try out, activate and end fences and webhooks: of the key's tenant, or of all where it has none."""
    PRIVACY = "privacy"
    """Enter and answer requests about personal data that came by letter: read and erase what is held of a person."""


class Action(StrEnum):
    """What the audit log tells of."""

    LOAD_UPLOAD = "load.upload"
    LOAD_MAPPING = "load.mapping"
    LOAD_PREVIEW = "load.preview"
    LOAD_COMMIT = "load.commit"
    LOAD_UNDO = "load.undo"
    LOAD_DISCARD = "load.discard"
    REVIEW_DECIDE = "review.decide"
    FACILITY_EDIT = "facility.edit"
    KEY_CREATE = "key.create"
    KEY_REVOKE = "key.revoke"
    APP_ADD = "app.add"
    APP_DISABLE = "app.disable"
    REQUEST_ADD = "request.add"
    REQUEST_ANSWER = "request.answer"
    REQUEST_EXPORT = "request.export"
    REQUEST_ERASE = "request.erase"
    REQUEST_OPPOSE = "request.oppose"
    """The requests are about personal data; entries name the request and not whose data."""
    TENANT_ADD = "tenant.add"
    TENANT_FACILITIES = "tenant.facilities"
    TENANT_END = "tenant.end"
    FENCE_SAVE = "fence.save"
    FENCE_ACTIVATE = "fence.activate"
    FENCE_END = "fence.end"
    WEBHOOK_ADD = "webhook.add"
    WEBHOOK_DISABLE = "webhook.disable"
    KEY_REFUSED = "key.refused"
    """A key that is none, or one that was revoked or has expired; its secret is not told."""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret, which nobody has but who was given it."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_on: date | None = None
    """The day in UTC: no more is needed to find keys that nobody uses."""
    revoked_at: datetime | None = None
    tenant: str | None = None
    """The one tenant whose fences it may see and change; ``None``: a key of the operator's own."""

    def is_live(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired at ``now``, which has a time zone."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def may(self, scope: Scope) -> bool:
        """Whether it has ``scope``, or one that includes it; a tenant's key has ``notices:write`` only, whatever it says."""
        if self.tenant is not None and scope is not Scope.NOTICES_WRITE:
            return False
        return scope in self.scopes or (scope is Scope.LOADS_READ and Scope.LOADS_WRITE in self.scopes)


class NewApiKey(msgspec.Struct, frozen=True):
    """A key just made. ``token`` is what is sent; it is shown this once and stored nowhere."""

    key: ApiKey
    token: str


class Actor(msgspec.Struct, frozen=True):
    """Who did it: a key by its name and id, or ``cli:`` with the name of the system's user and no id."""

    name: str
    key_id: str | None = None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done, or tried. Never holds a coordinate or a secret."""

    at: datetime
    actor: Actor
    action: Action
    subject: str
    """What it was done to: ``load 7``, ``facility k3…``, ``upload 4f… units.csv``."""
    outcome: str
    """``done``, ``asked``, ``refused: …`` or ``failed``; after ``done: `` may stand what came of it."""
    id: int | None = None
    """Given by the store; a later entry has a greater one."""
