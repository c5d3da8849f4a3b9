"""Who asks, and may they? Every call of the admin API goes through here before anything of it is read."""

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import anyio.to_thread
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers.base import BaseRouteHandler

from finder.domain.admin import Action, Actor, ApiKey, AuditEntry, Scope
from finder.errors import NotReady
from finder.store.audit import AuditLog
from finder.store.keys import ApiKeys, key_id_of

__all__ = ["FAILURES_A_MINUTE", "FailureLimit", "KeyGuard", "Refusal"]

_log = logging.getLogger(__name__)

FAILURES_A_MINUTE = 10
"""In one process; a key that this process has seen before is let in nevertheless."""
REMEMBERED = 256
NOTE_AGAIN_S = 60.0
CHALLENGE = 'Bearer realm="finder admin"'

type Connection = ASGIConnection[Any, Any, Any, Any]


class Refusal(HTTPException):
    """A refusal whose ``detail`` is for the caller: it says what to do."""


class FailureLimit:
    """How many wrong keys are looked at within a minute. For one thread."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._times: deque[float] = deque()

    def note(self) -> None:
        """Count a failure."""
        self._times.append(self._clock())

    def wait_s(self) -> int:
        """Whole seconds until the next try is looked at; 0 for now."""
        now = self._clock()
        while self._times and self._times[0] <= now - 60:
            self._times.popleft()
        return int(self._times[0] + 60 - now) + 1 if len(self._times) >= self._most else 0


class KeyGuard:
    """Lets in who sends a live key with the scope that the handler names in ``opt={"scope": …}``.

    Argon2 is paid once for each key and process: after that the key is known by its SHA-256, which is enough for a secret of
    200 random bits. The store is asked at every call whether the key still lives, so a revoked one is refused at once, by
    every process. Wrong keys wait for each other and are counted; from the limit on they get 429.
    """

    def __init__(self, keys: ApiKeys, audit: AuditLog, limit: FailureLimit | None = None) -> None:
        self._keys = keys
        self._audit = audit
        self._limit = limit or FailureLimit(FAILURES_A_MINUTE)
        self._known: dict[bytes, str] = {}
        self._noted: dict[str, date] = {}
        self._note_again: float = 0.0
        self._one_at_a_time: anyio.CapacityLimiter | None = None

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Set ``request.auth`` to the key. Raises :class:`Refusal` with 401, 403 or 429."""
        key = await self._key(_bearer(connection.headers.get("authorization", "")))
        # A handler that names none is open to nobody.
        scope = handler.opt.get("scope")
        if not isinstance(scope, Scope) or not key.may(scope):
            detail = f"This key may not do that: it needs the scope {scope}. finder keys create makes one that has it."
            raise Refusal(status_code=403, detail=detail)
        connection.scope["auth"] = key

    async def _key(self, token: str) -> ApiKey:
        key_id = key_id_of(token)
        if key_id is None:
            raise _unknown()
        digest = sha256(token.encode()).digest()
        if digest in self._known:
            key = await anyio.to_thread.run_sync(self._keys.find, self._known[digest])
            if key is None or not key.is_live(datetime.now(UTC)):
                self._known.pop(digest, None)
                raise _unknown()
        else:
            key = await self._verified(token, key_id)
            while len(self._known) >= REMEMBERED:
                self._known.pop(next(iter(self._known)), None)
            self._known[digest] = key.id
        await self._note_use(key)
        return key

    async def _verified(self, token: str, key_id: str) -> ApiKey:
        # One after the other: a flood of wrong keys must take neither the processors nor the threads of everybody else.
        self._one_at_a_time = self._one_at_a_time or anyio.CapacityLimiter(1)
        self._refuse_too_many()
        async with self._one_at_a_time:
            self._refuse_too_many()
            key = await anyio.to_thread.run_sync(self._keys.verified, token)
            if key is None:
                self._limit.note()
        if key is None:
            await anyio.to_thread.run_sync(self._tell_of, key_id)
            raise _unknown()
        return key

    def _refuse_too_many(self) -> None:
        if wait_s := self._limit.wait_s():
            detail = f"Too many wrong keys were tried: come back in {wait_s} seconds."
            raise Refusal(status_code=429, detail=detail, headers={"Retry-After": str(wait_s)})

    def _tell_of(self, key_id: str) -> None:
        entry = AuditEntry(
            at=datetime.now(UTC), actor=Actor("unknown", key_id), action=Action.KEY_REFUSED, subject="", outcome="refused"
        )
        try:
            self._audit.append(entry)
        except NotReady as error:
            _log.warning("A refused key could not be entered in the audit log: %s", error)

    async def _note_use(self, key: ApiKey) -> None:
        today = datetime.now(UTC).date()
        if key.last_used_on == today or self._noted.get(key.id) == today or time.monotonic() < self._note_again:
            return
        self._noted[key.id] = today
        try:
            await anyio.to_thread.run_sync(self._keys.note_use, key.id, today)
        except NotReady:  # a load writes: nobody should wait for that again soon
            self._noted.pop(key.id, None)
            self._note_again = time.monotonic() + NOTE_AGAIN_S


def _bearer(header: str) -> str:
    kind, _, token = header.strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _unknown() -> Refusal:
    return Refusal(
        status_code=401,
        detail="This call needs a live API key: Authorization: Bearer fk_… An operator makes one: finder keys create.",
        headers={"WWW-Authenticate": CHALLENGE},
    )
