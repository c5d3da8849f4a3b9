"""Who asks, and may they? Every call of the admin API goes through here before anything of it is read."""

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NoReturn

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
"""Of one id in one process; a key that this process has seen before is let in nevertheless."""
TELL_EVERY_S = 60.0
"""How often the audit log is told of keys that nobody has."""
MOST_WAITING = 20
"""Keys that nobody has and that take as long as others to refuse; from the next on they are refused at once."""
REMEMBERED = 256
NOTE_AGAIN_S = 60.0
CHALLENGE = 'Bearer realm="finder admin"'

type Connection = ASGIConnection[Any, Any, Any, Any]


class Refusal(HTTPException):
    """A refusal whose ``detail`` is for the caller: it says what to do."""


class FailureLimit:
    """How many wrong secrets are looked at within a minute, for each id of a key. For one thread."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def note(self, key_id: str) -> None:
        """Count a failure. The id must be one that there is, or strangers fill the memory."""
        self._times.setdefault(key_id, deque(maxlen=self._most)).append(self._clock())

    def wait_s(self, key_id: str) -> int:
        """Whole seconds until the next try with this id is looked at; 0 for now."""
        times, now = self._times.get(key_id, deque[float]()), self._clock()
        while times and times[0] <= now - 60:
            times.popleft()
        if not times:
            self._times.pop(key_id, None)
        return int(times[0] + 60 - now) + 1 if len(times) >= self._most else 0


class _Strangers:
    """Tells the audit log of keys that nobody has: at once, and then how many there were, at most once a minute."""

    def __init__(self, audit: AuditLog, clock: Callable[[], float]) -> None:
        self._audit = audit
        self._clock = clock
        self._count = 0
        self._told_at: float | None = None

    async def note(self) -> None:
        """Count one."""
        self._count += 1
        await self.tell()

    async def tell(self) -> None:
        """Enter those that were counted, when it is time."""
        if not self._count or (self._told_at is not None and self._clock() < self._told_at + TELL_EVERY_S):
            return
        # Before the log is waited for: who comes meanwhile must not enter the same again.
        self._told_at, count, self._count = self._clock(), self._count, 0
        outcome = "refused: a key that nobody has" if count == 1 else f"refused: {count} keys that nobody has"
        if not await anyio.to_thread.run_sync(_tell, self._audit, Actor("unknown"), outcome):
            self._count += count


class KeyGuard:
    """Lets in who sends a live key with the scope that the handler names in ``opt={"scope": …}``.

    Argon2 is paid once for each key and process: after that the key is known by its SHA-256, which is enough for a secret of
    200 random bits. The store is asked at every call whether the key still lives, so a revoked one is refused at once, by
    every process. Wrong secrets of an id are counted, and from the limit on that id gets 429, no other. Keys of no id take as
    long to refuse and are not counted: who invents some must not lock out those who have one.
    """

    def __init__(self, keys: ApiKeys, audit: AuditLog, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._audit = audit
        self._limit = FailureLimit(FAILURES_A_MINUTE, clock)
        self._strangers = _Strangers(audit, clock)
        self._known: dict[bytes, str] = {}
        self._noted: dict[str, date] = {}
        self._note_again: float = 0.0
        self._one_at_a_time: anyio.CapacityLimiter | None = None
        self._one_stranger_at_a_time: anyio.CapacityLimiter | None = None

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
        await self._strangers.tell()
        await self._note_use(key)
        return key

    async def _verified(self, token: str, key_id: str) -> ApiKey:
        self._refuse_too_many(key_id)
        if await anyio.to_thread.run_sync(self._keys.find, key_id) is None:
            await self._refuse_stranger(token)
        # One after the other: a flood of wrong keys must take neither the processors nor the threads of everybody else.
        self._one_at_a_time = self._one_at_a_time or anyio.CapacityLimiter(1)
        async with self._one_at_a_time:
            self._refuse_too_many(key_id)
            key = await anyio.to_thread.run_sync(self._keys.verified, token)
            if key is None:
                self._limit.note(key_id)
        if key is None:
            await anyio.to_thread.run_sync(_tell, self._audit, Actor("unknown", key_id), "refused")
            raise _unknown()
        return key

    async def _refuse_stranger(self, token: str) -> NoReturn:
        """Refuse a key of no id, as late as one of an id: a queue of their own, or they would keep others waiting."""
        self._one_stranger_at_a_time = self._one_stranger_at_a_time or anyio.CapacityLimiter(1)
        if self._one_stranger_at_a_time.statistics().tasks_waiting < MOST_WAITING:
            async with self._one_stranger_at_a_time:
                await anyio.to_thread.run_sync(self._keys.verified, token)
        await self._strangers.note()
        raise _unknown()

    def _refuse_too_many(self, key_id: str) -> None:
        if wait_s := self._limit.wait_s(key_id):
            detail = f"This key was tried with too many wrong secrets: come back in {wait_s} seconds."
            raise Refusal(status_code=429, detail=detail, headers={"Retry-After": str(wait_s)})

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


def _tell(audit: AuditLog, actor: Actor, outcome: str) -> bool:
    """Enter a refusal in the audit log; whether that could be done."""
    entry = AuditEntry(at=datetime.now(UTC), actor=actor, action=Action.KEY_REFUSED, subject="", outcome=outcome)
    try:
        audit.append(entry)
    except NotReady as error:
        _log.warning("A refused key could not be entered in the audit log: %s", error)
        return False
    return True


def _bearer(header: str) -> str:
    kind, _, token = header.strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _unknown() -> Refusal:
    return Refusal(
        status_code=401,
        detail="This call needs a live API key: Authorization: Bearer fk_… An operator makes one: finder keys create.",
        headers={"WWW-Authenticate": CHALLENGE},
    )
