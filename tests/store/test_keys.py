"""API keys: shown once, kept as a hash, taken back for good; on both databases."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import text

from finder.domain.admin import Action, Actor, Scope
from finder.domain.tenant import Tenant
from finder.errors import BadInput, NotFound, NotReady
from finder.store import Store
from finder.store.audit import AuditLog
from finder.store.engine import open_engine
from finder.store.keys import ApiKeys, key_id_of
from finder.store.tenants import TenantStore

ADMIN = Actor("cli:maria")


@pytest.fixture
def keys(store: Store, store_url: str) -> Iterator[ApiKeys]:
    with ApiKeys.open(store_url) as opened:
        yield opened


def test_a_key_is_told_once_and_only_its_hash_is_kept(keys: ApiKeys, store_url: str) -> None:
    made = keys.create("nightly load", [Scope.LOADS_WRITE, Scope.AUDIT_READ], by=ADMIN)
    secret = made.token.rpartition("_")[2]
    assert re.fullmatch(r"fk_[a-z2-7]{16}_[a-z2-7]{40}", made.token)  # 40 letters of base32 are 200 bits
    assert key_id_of(made.token) == made.key.id
    engine = open_engine(store_url)
    with engine.connect() as connection:
        everything = str([connection.execute(text(f"SELECT * FROM {table}")).all() for table in ("api_key", "audit")])  # noqa: S608
    engine.dispose()
    assert "$argon2id$" in everything
    assert secret not in everything
    assert keys.list() == [made.key]
    assert keys.find(made.key.id) == made.key


def test_tokens_differ(keys: ApiKeys) -> None:
    first, second = (keys.create("same name", [Scope.LOADS_READ], by=ADMIN) for _ in range(2))
    assert first.token != second.token
    assert first.key.id != second.key.id


def test_only_the_whole_token_is_the_key(keys: ApiKeys) -> None:
    made, other = (keys.create(name, [Scope.LOADS_READ], by=ADMIN) for name in ("a", "b"))
    assert keys.verified(made.token) == made.key
    head, own = made.token.rpartition("_")[::2]
    for wrong in (
        f"{head}_{other.token.rpartition('_')[2]}",  # another's secret
        f"{head}_{own[:-1]}{'a' if own[-1] != 'a' else 'b'}",
        f"fk_{'a' * 16}_{own}",  # nobody's id
        made.token.upper(),
        f"{made.token}a",
        f"{made.token}\n",
        own,
        "",
    ):
        assert keys.verified(wrong) is None, wrong


def test_a_revoked_key_is_none_and_stays_revoked(keys: ApiKeys) -> None:
    made = keys.create("a", [Scope.LOADS_READ], by=ADMIN)
    revoked = keys.revoke(made.key.id, by=ADMIN)
    assert revoked.revoked_at is not None
    assert keys.verified(made.token) is None
    assert keys.revoke(made.key.id, by=ADMIN) == revoked
    with pytest.raises(NotFound, match="list the keys"):
        keys.revoke("a" * 16, by=ADMIN)


def test_a_key_ends_on_time(keys: ApiKeys, store_url: str) -> None:
    made = keys.create("a", [Scope.LOADS_READ], by=ADMIN, expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert keys.verified(made.token) == made.key
    engine = open_engine(store_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_key SET expires_at = :then"), {"then": "2026-01-01 00:00:00+00:00"})
    engine.dispose()
    assert keys.verified(made.token) is None


def test_expiry_is_kept_in_utc(keys: ApiKeys) -> None:
    evening = (datetime.now(UTC) + timedelta(days=9)).astimezone(datetime.now().astimezone().tzinfo).replace(microsecond=0)
    made = keys.create("a", [Scope.LOADS_READ], by=ADMIN, expires_at=evening)
    found = keys.find(made.key.id)
    assert found is not None
    assert found.expires_at == evening


def test_the_last_use_is_a_day_and_never_goes_back(keys: ApiKeys) -> None:
    made = keys.create("a", [Scope.LOADS_READ], by=ADMIN)
    for day, kept in ((date(2026, 11, 22),) * 2, (date(2026, 11, 23),) * 2, (date(2026, 11, 1), date(2026, 11, 23))):
        keys.note_use(made.key.id, day)
        found = keys.find(made.key.id)
        assert found is not None
        assert found.last_used_on == kept


def test_making_and_revoking_are_in_the_audit_log(keys: ApiKeys, store_url: str) -> None:
    made = keys.create("partner", [Scope.LOADS_READ], by=ADMIN)
    other = Actor(made.key.name, made.key.id)
    keys.revoke(made.key.id, by=other)
    keys.revoke(made.key.id, by=other)  # changes nothing, so nothing is told
    with AuditLog.open(store_url) as log:
        entries = log.page()
    assert [(entry.action, entry.actor) for entry in entries] == [(Action.KEY_REVOKE, other), (Action.KEY_CREATE, ADMIN)]
    assert all(made.key.id in entry.subject for entry in entries)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "two\nlines", "bell\x07"])
def test_a_name_that_cannot_be_shown_is_refused(keys: ApiKeys, name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        keys.create(name, [Scope.LOADS_READ], by=ADMIN)
    assert keys.list() == []


def test_a_key_without_scope_or_future_is_refused(keys: ApiKeys) -> None:
    with pytest.raises(BadInput, match="loads:read, loads:write"):
        keys.create("a", [], by=ADMIN)
    with pytest.raises(BadInput, match="future"):
        keys.create("a", [Scope.LOADS_READ], by=ADMIN, expires_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_store_without_tables_says_what_to_do(empty_store_url: str) -> None:
    with ApiKeys.open(empty_store_url) as opened, pytest.raises(NotReady, match="finder migrate"):
        opened.list()


def test_writing_may_read_loads_and_no_other_scope_includes_another(keys: ApiKeys) -> None:
    for scope in Scope:
        key = keys.create(scope, [scope], by=ADMIN).key
        also = {Scope.LOADS_READ} if scope is Scope.LOADS_WRITE else set()
        assert {each for each in Scope if key.may(each)} == {scope} | also


def test_a_tenants_key_is_for_notices_alone(keys: ApiKeys, store_url: str) -> None:
    with TenantStore.open(store_url) as tenants:
        tenants.add(Tenant(id="norte", name="Norte", created_at=datetime.now(UTC)), ADMIN)
    made = keys.create("norte", [Scope.NOTICES_WRITE], by=ADMIN, tenant="norte")
    assert keys.verified(made.token) == made.key
    assert made.key.tenant == "norte"
    for scopes, tenant in (
        ([Scope.NOTICES_WRITE], "este"),
        ([Scope.NOTICES_WRITE, Scope.AUDIT_READ], "norte"),
        ([Scope.LOADS_READ], "norte"),
    ):
        with pytest.raises((BadInput, NotFound)):
            keys.create("more", scopes, by=ADMIN, tenant=tenant)
    assert keys.list() == [made.key]
    more = msgspec.structs.replace(made.key, scopes=tuple(Scope))  # as if somebody had written into the table
    assert [scope for scope in Scope if more.may(scope)] == [Scope.NOTICES_WRITE]
    with AuditLog.open(store_url) as log:
        assert log.page()[0].outcome == "done: notices:write of tenant norte"
