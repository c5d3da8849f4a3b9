"""The admin API: who may do what."""

import re
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import msgspec
import pytest
from litestar.connection import ASGIConnection

from finder.api.admin.guard import FAILURES_A_MINUTE, FailureLimit, KeyGuard, Refusal
from finder.domain.admin import Actor, Scope
from tests.api.admin_app import ADMIN, NO_ID, Admin


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    made = Admin(tmp_path)
    with made.client:
        yield made


def test_without_a_key_nothing_is_told(admin: Admin) -> None:
    live = admin.token()
    for sent in (None, "", "fk_", live[:-1], f"{live}x", "fk_" + "a" * 16 + "_" + "b" * 40):
        answer = admin("GET", "/loads", headers={} if sent is None else {"Authorization": f"Bearer {sent}"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert "finder keys create" in answer.json()["detail"]
    assert admin("GET", "/loads", headers={"Authorization": f"Basic {live}"}).status_code == 401
    assert admin("GET", "/loads", token=live).status_code == 200


def test_every_call_needs_its_scope(admin: Admin) -> None:
    """Whatever is added: a handler that names no scope is open to nobody."""
    by_scope = {scope: admin.token(scope) for scope in Scope}
    calls = [(method, route.path) for route in admin.app.routes if route.path.startswith(ADMIN) for method in route.methods]
    for method, path in sorted((method, path) for method, path in calls if method not in ("OPTIONS", "HEAD")):
        address = path.removeprefix(ADMIN).replace("{upload_id:str}", NO_ID).replace("{facility_id:str}", "f")
        address = re.sub(r"\{(key|app|tenant|fence)_id:str\}", "a" * 16, re.sub(r"\{\w+:int\}", "9", address))
        refused = {scope for scope, token in by_scope.items() if admin(method, address, token=token).status_code == 403}
        assert len(refused) in (len(Scope) - 1, len(Scope) - 2), (method, path)  # loads:write may do what loads:read may
        assert admin(method, address).status_code == 401, (method, path)
    answer = admin("GET", "/audit", token=by_scope[Scope.LOADS_READ])
    assert "audit:read" in answer.json()["detail"]


def test_a_revoked_key_is_refused_at_once_though_it_was_in_use(admin: Admin) -> None:
    token, master = admin.token(Scope.LOADS_READ), admin.token()
    assert admin("GET", "/loads", token=token).status_code == 200
    assert admin("DELETE", f"/keys/{token.split('_')[1]}", token=master).status_code == 204
    assert admin("GET", "/loads", token=token).status_code == 401


def test_an_expired_key_is_refused_though_it_was_in_use(admin: Admin) -> None:
    token = admin.token(expires_at=datetime.now(UTC) + timedelta(seconds=1))
    assert admin("GET", "/loads", token=token).status_code == 200
    time.sleep(1.1)
    assert admin("GET", "/loads", token=token).status_code == 401


def test_wrong_secrets_of_one_key_are_slowed_and_nobody_else_is(admin: Admin) -> None:
    used, unused, other = admin.token(), admin.token(), admin.token()
    admin("GET", "/loads", token=used)
    for tried in (used, unused):
        wrong = f"{tried.rpartition('_')[0]}_{'a' * 40}"
        statuses = [admin("GET", "/loads", token=wrong).status_code for _ in range(FAILURES_A_MINUTE + 1)]
        assert statuses == [401] * FAILURES_A_MINUTE + [429]
    answer = admin("GET", "/loads", token=unused)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert admin("GET", "/loads", token=used).status_code == 200, "this process has seen it before"
    assert admin("GET", "/loads", token=other).status_code == 200
    refused = [entry for entry in admin.services.audit.page() if entry.action == "key.refused"]
    assert [entry.actor for entry in refused[:FAILURES_A_MINUTE]] == [Actor("unknown", unused.split("_")[1])] * FAILURES_A_MINUTE
    assert len(refused) == 2 * FAILURES_A_MINUTE
    assert "a" * 40 not in msgspec.json.encode(refused).decode()


def invented(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return f"fk_{letters[number] * 16}_{'b' * 40}"


def test_invented_keys_lock_nobody_out_and_fill_no_log(admin: Admin) -> None:
    unused = admin.token()
    statuses = {admin("GET", "/loads", token=invented(number)).status_code for number in range(2 * FAILURES_A_MINUTE)}
    assert statuses == {401}
    assert admin("GET", "/loads", token=unused).status_code == 200
    assert admin.trail() == [("key.refused", "refused: a key that nobody has")]


def test_invented_keys_are_counted_and_told_once_a_minute(admin: Admin) -> None:
    """Over the guard itself, whose clock can be moved on."""
    now = 1000.0
    guard = KeyGuard(admin.services.keys, admin.services.audit, lambda: now)
    token = admin.token()

    async def ask(*tokens: str) -> None:
        for each in tokens:
            scope: Any = {"type": "http", "headers": [(b"authorization", f"Bearer {each}".encode())]}
            handler: Any = SimpleNamespace(opt={"scope": Scope.LOADS_READ})
            with nullcontext() if each == token else pytest.raises(Refusal):
                await guard(ASGIConnection(scope), handler)

    told = [("key.refused", "refused: a key that nobody has")]
    anyio.run(ask, *map(invented, range(4)))
    assert admin.trail() == told
    now += 59
    anyio.run(ask, token)
    assert admin.trail() == told
    now += 2
    with admin.store.writing():  # nothing else can be written meanwhile
        anyio.run(ask, invented(5))
    assert admin.trail() == told
    now += 61
    anyio.run(ask, token)
    told.append(("key.refused", "refused: 4 keys that nobody has"))
    assert admin.trail() == told
    now += 61
    anyio.run(ask, token)
    assert admin.trail() == told


def test_the_limit_is_of_the_last_minute_and_of_one_key() -> None:
    now = 1000.0
    limit = FailureLimit(2, lambda: now)
    assert limit.wait_s("a") == 0
    for now in (1000.0, 1030.0):  # noqa: B007 - the clock reads it
        limit.note("a")
    assert (limit.wait_s("a"), limit.wait_s("b")) == (31, 0)
    now = 1060.0
    assert limit.wait_s("a") == 0
    limit.note("a")
    assert limit.wait_s("a") == 31


def test_a_key_makes_no_key_that_can_do_more_or_lives_longer(admin: Admin) -> None:
    ends = datetime.now(UTC) + timedelta(days=1)
    token = admin.token(Scope.KEYS_WRITE, Scope.LOADS_WRITE, expires_at=ends)

    def make(**body: Any) -> httpx.Response:
        return admin("POST", "/keys", token=token, json={"name": "partner", **body})

    assert make(scopes=["loads:write", "audit:read"], expires_at=ends.isoformat()).status_code == 403
    assert make(scopes=["loads:write"]).status_code == 403
    assert make(scopes=["loads:write"], expires_at=(ends + timedelta(seconds=1)).isoformat()).status_code == 403
    made = make(scopes=["loads:read"], expires_at=ends.isoformat())
    assert made.status_code == 201
    assert admin("GET", "/loads", token=made.json()["token"]).status_code == 200
    listed = admin("GET", "/keys", token=token)
    assert {key["id"] for key in listed.json()["keys"]} == {token.split("_")[1], made.json()["key"]["id"]}
    assert made.json()["token"].rpartition("_")[2] not in listed.text
    assert "argon2" not in listed.text


def test_the_last_use_of_a_key_is_told_as_a_day(admin: Admin) -> None:
    token = admin.token()
    [key] = admin("GET", "/keys", token=token).json()["keys"]
    assert key["last_used_on"] == datetime.now(UTC).date().isoformat()
