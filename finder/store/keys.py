"""API keys: ``fk_<id>_<secret>``, of which the store has the argon2id hash of the secret and not the secret."""

import re
import secrets
from base64 import b32encode
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, or_, select, update

from finder.domain.admin import Action, Actor, ApiKey, AuditEntry, NewApiKey, Scope
from finder.errors import BadInput, NotFound
from finder.store.admin_engine import in_utc, short_read, short_write
from finder.store.admin_tables import API_KEY
from finder.store.audit import append_entry
from finder.store.personal import PersonalStore
from finder.store.sweeping import BATCH_ROWS
from finder.store.tenant_end import check_live

__all__ = ["ENDED_KEYS_KEPT", "ApiKeys", "key_id_of", "sweep_keys"]

ENDED_KEYS_KEPT: Final = timedelta(days=730)
"""So that the audit log, which names keys by their id, can be read for as long as it is kept."""

ID_BYTES, SECRET_BYTES = 10, 25
"""80 bits, so that two keys never share an id; 200 bits, which nobody guesses."""
TOKEN = re.compile(r"fk_([a-z2-7]{16})_([a-z2-7]{40})")
LONGEST_NAME = 80

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id with OWASP's least parameters (19 MiB, 2 passes): a secret of 200 random bits needs no more, unlike a password."""


class ApiKeys(PersonalStore):
    """The keys of a store."""

    def create(
        self,
        name: str,
        scopes: Collection[Scope],
        *,
        by: Actor,
        expires_at: datetime | None = None,
        tenant: str | None = None,
    ) -> NewApiKey:
        """Make a key, and enter it in the audit log; one of a tenant's where ``tenant`` is an id.

        Raises :class:`BadInput` for a name or scopes that cannot be used, and :class:`NotFound` for a tenant of none.
        """
        name = name.strip()
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise BadInput(f"A key needs a name of 1 to {LONGEST_NAME} printable letters: who or what will use it.")
        if not scopes:
            raise BadInput(f"A key needs one scope or more: {', '.join(Scope)}.")
        if tenant is not None and set(scopes) != {Scope.NOTICES_WRITE}:
            raise BadInput(f"A tenant's key has the scope {Scope.NOTICES_WRITE} and no other.")
        now = datetime.now(UTC)
        if expires_at is not None and expires_at <= now:
            raise BadInput("A key must expire in the future, or never.")
        key = ApiKey(
            id=_letters(ID_BYTES),
            name=name,
            scopes=tuple(scope for scope in Scope if scope in scopes),
            created_at=now,
            expires_at=expires_at.astimezone(UTC) if expires_at else None,
            tenant=tenant,
        )
        secret = _letters(SECRET_BYTES)
        row = {
            "id": key.id,
            "name": key.name,
            "secret_hash": _HASHER.hash(secret),
            "scopes": [scope.value for scope in key.scopes],
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "tenant": tenant,
        }
        outcome = f"done: {', '.join(key.scopes)}" + (f" of tenant {tenant}" if tenant is not None else "")
        entry = AuditEntry(at=now, actor=by, action=Action.KEY_CREATE, subject=f"key {key.id} {name}", outcome=outcome)
        with short_write(self._engine) as connection:
            if tenant is not None:
                check_live(connection, tenant, hold=True)
            connection.execute(insert(API_KEY).values(row))
            append_entry(connection, entry)
        return NewApiKey(key, f"fk_{key.id}_{secret}")

    def list(self) -> list[ApiKey]:
        """Every key, revoked and expired ones too, newest first."""
        query = select(API_KEY).order_by(API_KEY.c.created_at.desc(), API_KEY.c.id)
        with short_read(self._engine) as connection:
            return [_key(row) for row in connection.execute(query).mappings()]

    def find(self, key_id: str) -> ApiKey | None:
        """The key of an id, live or not."""
        with short_read(self._engine) as connection:
            row = connection.execute(select(API_KEY).where(API_KEY.c.id == key_id)).mappings().one_or_none()
        return _key(row) if row else None

    def verified(self, token: str) -> ApiKey | None:
        """The live key that ``token`` is, else ``None``.

        Takes argon2's time (tens of milliseconds), for an unknown id as for a wrong secret, a revoked key or an
        expired one: how long it takes tells nothing.
        """
        parts = TOKEN.fullmatch(token)
        nobodys = _nobodys_hash()  # made before it is known whether it is needed
        if parts is None:
            return None
        key_id, secret = parts.groups()
        with short_read(self._engine) as connection:
            row = connection.execute(select(API_KEY).where(API_KEY.c.id == key_id)).mappings().one_or_none()
        try:
            _HASHER.verify(row["secret_hash"] if row else nobodys, secret)
        except (VerificationError, InvalidHashError):
            return None
        key = _key(row) if row else None
        return key if key and key.is_live(datetime.now(UTC)) else None

    def note_use(self, key_id: str, day: date) -> None:
        """Remember the last day on which a key was used: one write a day. Raises :class:`NotReady` while a load writes."""
        older = or_(API_KEY.c.last_used_on.is_(None), API_KEY.c.last_used_on < day)
        with short_write(self._engine) as connection:
            connection.execute(update(API_KEY).where(API_KEY.c.id == key_id, older).values(last_used_on=day))

    def revoke(self, key_id: str, *, by: Actor) -> ApiKey:
        """Take a key back for good, and enter it in the audit log; one that is revoked stays as it is.

        Raises :class:`NotFound` for an id of none.
        """
        now = datetime.now(UTC)
        live = (API_KEY.c.id == key_id) & API_KEY.c.revoked_at.is_(None)
        with short_write(self._engine) as connection:
            if connection.execute(update(API_KEY).where(live).values(revoked_at=now)).rowcount:
                entry = AuditEntry(at=now, actor=by, action=Action.KEY_REVOKE, subject=f"key {key_id}", outcome="done")
                append_entry(connection, entry)
        if (key := self.find(key_id)) is None:
            raise NotFound("There is no key of this id: list the keys to see them.")
        return key


def sweep_keys(connection: Connection, before: datetime) -> int:
    """Delete a batch of the keys that had been revoked or had expired before a moment; how many: 0 when none is left."""
    ended = or_(API_KEY.c.revoked_at < before, API_KEY.c.expires_at < before)
    old = select(API_KEY.c.id).where(ended).limit(BATCH_ROWS)
    return connection.execute(delete(API_KEY).where(API_KEY.c.id.in_(old))).rowcount


def key_id_of(token: str) -> str | None:
    """The id within a token, which is no secret; ``None`` for what has not the form of one."""
    parts = TOKEN.fullmatch(token)
    return parts[1] if parts else None


def _letters(count: int) -> str:
    """``count`` random bytes, a multiple of five, as small letters and digits."""
    return b32encode(secrets.token_bytes(count)).decode().lower()


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(_letters(SECRET_BYTES))


def _key(row: Mapping[Any, Any]) -> ApiKey:
    created_at = in_utc(row["created_at"])
    assert created_at is not None  # noqa: S101 - the column is not nullable
    return ApiKey(
        id=row["id"],
        name=row["name"],
        scopes=tuple(map(Scope, row["scopes"])),
        created_at=created_at,
        expires_at=in_utc(row["expires_at"]),
        last_used_on=row["last_used_on"],
        revoked_at=in_utc(row["revoked_at"]),
        tenant=row["tenant"],
    )
