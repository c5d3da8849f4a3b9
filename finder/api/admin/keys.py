"""API keys over the API. The first key is made by ``finder keys create``."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import JSONBody, PathParameter

from finder.api.admin.guard import Refusal
from finder.api.admin.services import AdminServices, actor_of
from finder.domain.admin import ApiKey, Scope
from finder.domain.tenant import TenantId

__all__ = ["KeyRequest", "key_handlers"]

KeyId = Annotated[str, PathParameter(pattern="^[a-z2-7]{16}$", description="The part of the key after fk_.")]


class KeyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_on: date | None
    revoked_at: datetime | None
    tenant: str | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyAnswer":
        """Return a key as the API gives it."""
        return cls(**{name: getattr(key, name) for name in cls.__struct_fields__})


class NewKeyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A key just made. ``token`` is told this once."""

    key: KeyAnswer
    token: str


class KeysAnswer(msgspec.Struct, frozen=True):
    """Newest first."""

    keys: list[KeyAnswer]


class KeyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to make."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=20)]
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    tenant: TenantId | None = None
    """The one tenant whose fences it may see and change; its scope is then ``notices:write``."""


def key_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/keys``."""
    keys = services.keys

    @get("/keys", opt={"scope": Scope.KEYS_WRITE}, sync_to_thread=True, summary="The keys")
    def list_keys() -> KeysAnswer:
        """Answer all keys, revoked ones too."""
        return KeysAnswer(keys=[KeyAnswer.of(key) for key in keys.list()])

    @post("/keys", opt={"scope": Scope.KEYS_WRITE}, sync_to_thread=True, summary="Make a key")
    def create(request: Request[Any, Any, Any], data: JSONBody[KeyRequest]) -> NewKeyAnswer:
        """Make a key that can do no more, and lives no longer, than the one that asks."""
        mine: ApiKey = request.auth
        if beyond := [scope for scope in data.scopes if not mine.may(scope)]:
            raise Refusal(status_code=403, detail=f"A key can give only what it has: not {', '.join(beyond)}.")
        if mine.expires_at is not None and (data.expires_at is None or data.expires_at > mine.expires_at):
            raise Refusal(status_code=403, detail="This key expires: those that it makes must expire by then.")
        made = keys.create(data.name, data.scopes, by=actor_of(request), expires_at=data.expires_at, tenant=data.tenant)
        return NewKeyAnswer(key=KeyAnswer.of(made.key), token=made.token)

    @delete("/keys/{key_id:str}", opt={"scope": Scope.KEYS_WRITE}, sync_to_thread=True, summary="Revoke a key")
    def revoke(request: Request[Any, Any, Any], key_id: KeyId) -> None:
        """Take a key back, at once and for good."""
        keys.revoke(key_id, by=actor_of(request))

    return [list_keys, create, revoke]
