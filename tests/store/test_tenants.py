"""Tenants: a facility is run by one at most, what is refused changes nothing, every write is told; on both databases."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from finder.domain.admin import Action, Actor, Scope
from finder.domain.delivery import Webhook
from finder.domain.tenant import Tenant
from finder.errors import BadInput, Conflict, FinderError, NotFound
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.audit import AuditLog
from finder.store.fence_tables import FENCE
from finder.store.keys import ApiKeys
from finder.store.personal import open_personal_engine
from finder.store.tenant_end import TenantEnd
from finder.store.tenants import MOST_AT_ONCE, TenantStore
from finder.store.webhooks import Webhooks

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ADMIN = Actor("cli:maria")
NORTE, SUR = Tenant(id="norte", name="Clínicas del Norte", created_at=NOW), Tenant(id="sur", name="Sur", created_at=NOW)


@pytest.fixture
def tenants(store: Store, store_url: str) -> Iterator[TenantStore]:
    with TenantStore.open(store_url) as opened:
        yield opened


def test_a_facility_is_run_by_one_tenant_at_most(tenants: TenantStore, store_url: str) -> None:
    tenants.add(Tenant(id="norte", name="Clínicas del Norte", created_at=NOW, facilities=("a", "b")), ADMIN)
    tenants.add(SUR, ADMIN)
    assert tenants.give("sur", ["c", "c"], ADMIN).facilities == ("c",)
    with pytest.raises(Conflict, match="Another tenant runs b"):
        tenants.give("sur", ["d", "b"], ADMIN)
    with pytest.raises(Conflict, match="Another tenant"):
        tenants.add(Tenant(id="este", name="Este", created_at=NOW, facilities=("a",)), ADMIN)
    assert [(tenant.id, tenant.facilities) for tenant in tenants.list()] == [("norte", ("a", "b")), ("sur", ("c",))]
    assert tenants.get("norte").created_at == NOW
    assert tenants.give("sur", ["c", "e"], ADMIN).facilities == ("c", "e"), "what it runs already it keeps"
    assert [tenants.tenant_of(facility) for facility in "abcde"] == ["norte", "norte", "sur", None, "sur"]
    assert tenants.take(["a", "c", "nobody's"], ADMIN) == 2
    assert [tenants.tenant_of(facility) for facility in "abc"] == [None, "norte", None]
    assert tenants.give("sur", ["a"], ADMIN).facilities == ("a", "e")
    with AuditLog.open(store_url) as log:
        told = [(entry.action, entry.subject, entry.outcome, entry.actor) for entry in reversed(log.page())]
    facilities = Action.TENANT_FACILITIES
    assert told == [
        (Action.TENANT_ADD, "tenant norte", "done: Clínicas del Norte", ADMIN),
        (facilities, "tenant norte", "done: 2 given", ADMIN),
        (Action.TENANT_ADD, "tenant sur", "done: Sur", ADMIN),
        (facilities, "tenant sur", "done: 1 given", ADMIN),
        (facilities, "tenant sur", "done: 1 given", ADMIN),
        (facilities, "tenant norte", "done: 1 taken", ADMIN),
        (facilities, "tenant sur", "done: 1 taken", ADMIN),
        (facilities, "tenant sur", "done: 1 given", ADMIN),
    ]


def test_with_a_tenant_all_that_is_its_own_ends_and_nothing_of_others(tenants: TenantStore, store_url: str) -> None:
    tenants.add(Tenant(id="norte", name="Norte", created_at=NOW, facilities=("a", "b")), ADMIN)
    tenants.add(Tenant(id="sur", name="Sur", created_at=NOW, facilities=("c",)), ADMIN)
    fence = {"expires_on": None, "doc": {}, "law": "", "judged_at": NOW, "rows": [], "trial": None, "changed_at": NOW}
    states = {"f1": ("norte", "active"), "f2": ("norte", "draft"), "f3": ("norte", "ended"), "f4": ("sur", "active")}
    rows = [
        {"id": id_, "tenant": tenant, "facility_id": "a", "status": status} | fence for id_, (tenant, status) in states.items()
    ]
    with ApiKeys.open(store_url) as keys, Webhooks.open(store_url) as webhooks:
        made = {tenant: keys.create("own", [Scope.NOTICES_WRITE], by=ADMIN, tenant=tenant) for tenant in ("norte", "sur", None)}
        for tenant in ("norte", "sur"):
            webhooks.add(Webhook(id=tenant, tenant=tenant, url="https://a.example/", created_at=NOW), b"secret", by=ADMIN)
        engine = open_personal_engine(store_url)
        with short_write(engine) as connection:
            connection.execute(insert(FENCE), rows)
        before = tenants.revision()
        end = tenants.end("norte", at=NOW, by=ADMIN)
        assert end == TenantEnd(fences=2, webhooks=1, keys=1, facilities=2)
        assert tenants.revision() > before, "services read anew"
        assert tenants.end("norte", at=NOW, by=ADMIN) == TenantEnd(fences=0, webhooks=0, keys=0, facilities=0)
        with short_write(engine) as connection:
            left = {row.id: row.status for row in connection.execute(select(FENCE.c.id, FENCE.c.status))}
        engine.dispose()
        assert left == {"f1": "ended", "f2": "ended", "f3": "ended", "f4": "active"}
        assert [keys.verified(made[tenant].token) is not None for tenant in ("norte", "sur", None)] == [False, True, True]
        assert (webhooks.sealed_secret("norte"), webhooks.sealed_secret("sur")) == (None, b"secret")
        for refused in (
            lambda: keys.create("own", [Scope.NOTICES_WRITE], by=ADMIN, tenant="norte"),
            lambda: webhooks.add(Webhook(id="n2", tenant="norte", url="https://a.example/", created_at=NOW), b"", by=ADMIN),
            lambda: tenants.give("norte", ["a"], ADMIN),
            lambda: tenants.end("este", at=NOW, by=ADMIN),
        ):
            with pytest.raises((BadInput, NotFound), match=r"no tenant este|norte has ended"):
                refused()
    assert [(tenant.id, tenant.facilities, tenant.ended_at) for tenant in tenants.list()] == [
        ("norte", (), NOW),
        ("sur", ("c",), None),
    ]
    with pytest.raises(Conflict, match="it has ended"):
        tenants.add(NORTE, ADMIN)
    assert tenants.give("sur", ["a"], ADMIN).facilities == ("a", "c")
    with AuditLog.open(store_url) as log:
        told = [(entry.subject, entry.outcome) for entry in log.page() if entry.action is Action.TENANT_END]
    assert told == [("tenant norte", "done: 2 fences, 1 webhooks, 1 keys, 2 facilities")]


REFUSED: list[tuple[Callable[[TenantStore], object], type[FinderError]]] = [
    (lambda tenants: tenants.add(Tenant(id="norte", name="Otra", created_at=NOW), ADMIN), Conflict),
    (lambda tenants: tenants.add(Tenant(id="Norte!", name="Otra", created_at=NOW), ADMIN), BadInput),
    (lambda tenants: tenants.add(Tenant(id="este", name=" ", created_at=NOW), ADMIN), BadInput),
    (lambda tenants: tenants.add(Tenant(id="este", name="E\u202este", created_at=NOW), ADMIN), BadInput),
    (lambda tenants: tenants.give("este", ["a"], ADMIN), NotFound),
    (lambda tenants: tenants.give("norte", [], ADMIN), BadInput),
    (lambda tenants: tenants.give("norte", ["x" * 65], ADMIN), BadInput),
    (lambda tenants: tenants.give("norte", [str(number) for number in range(MOST_AT_ONCE + 1)], ADMIN), BadInput),
    (lambda tenants: tenants.get("este"), NotFound),
]


@pytest.mark.parametrize(("do", "error"), REFUSED)
def test_what_is_refused_changes_nothing(
    tenants: TenantStore, do: Callable[[TenantStore], object], error: type[FinderError]
) -> None:
    tenants.add(NORTE, ADMIN)
    before = tenants.revision()
    with pytest.raises(error):
        do(tenants)
    assert tenants.list() == [NORTE]
    assert tenants.revision() == before


def test_the_revision_grows_with_each_write(tenants: TenantStore) -> None:
    revisions = [tenants.revision()]
    for write in (
        lambda: tenants.add(NORTE, ADMIN),
        lambda: tenants.give("norte", ["a"], ADMIN),
        lambda: tenants.take(["a"], ADMIN),
    ):
        write()
        revisions.append(tenants.revision())
    assert revisions == sorted(set(revisions))


def test_a_facility_with_an_active_fence_is_not_taken(tenants: TenantStore, store_url: str) -> None:
    tenants.add(NORTE, ADMIN)
    tenants.give("norte", ["a", "b"], ADMIN)
    fence = {"id": "f1", "tenant": "norte", "facility_id": "a", "status": "active", "expires_on": None, "doc": {}, "law": ""}
    engine = open_personal_engine(store_url)
    with short_write(engine) as connection:
        connection.execute(insert(FENCE).values(**fence, judged_at=NOW, rows=[], trial=None, changed_at=NOW))
    with pytest.raises(Conflict, match=r"end them first \(f1\)"):
        tenants.take(["b", "a"], ADMIN)
    assert tenants.get("norte").facilities == ("a", "b")
    with short_write(engine) as connection:
        connection.execute(update(FENCE).values(status="ended"))
    engine.dispose()
    assert tenants.take(["b", "a"], ADMIN) == 2
