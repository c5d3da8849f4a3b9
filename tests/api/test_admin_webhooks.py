"""Webhooks over the admin API: a tenant's key sees and changes its own only."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from finder.domain.admin import Action, Actor, Scope
from finder.domain.tenant import Tenant
from tests.api.admin_app import Admin
from tests.notices.delivery.receivers import Said, receiver


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    made = Admin(tmp_path)
    for tenant in ("norte", "sur"):
        made.services.tenants.add(Tenant(id=tenant, name=tenant, created_at=datetime.now(UTC)), Actor("cli:test"))
    with made.client:
        yield made


def test_a_webhook_is_entered_tried_listed_and_disabled(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE)
    with receiver() as other:
        entered = admin("POST", "/webhooks", token=token, json={"tenant": "norte", "url": other.url("/x")})
        assert entered.status_code == 201
        webhook, secret = entered.json()["webhook"], entered.json()["secret"]
        tried = admin("POST", f"/webhooks/{webhook['id']}/test", token=token)
        assert (tried.status_code, tried.json()) == (200, {"is_ok": True, "status": 201, "problem": None})
        other.says = lambda _: Said(500)
        assert admin("POST", f"/webhooks/{webhook['id']}/test", token=token).json()["status"] == 500
        [got, _] = other.received
    assert Verifier(secret).verify(got.body, got.headers)["type"] == "finder.test"
    told = admin("POST", f"/webhooks/{webhook['id']}/test", token=token).json()
    assert (told["is_ok"], told["status"]) == (False, None)
    assert "127.0.0.1" not in told["problem"]
    listed = admin("GET", "/webhooks", token=token)
    assert listed.json() == {"webhooks": [webhook]}
    assert secret not in listed.text
    assert admin("DELETE", f"/webhooks/{webhook['id']}", token=token).status_code == 204
    assert admin("GET", "/webhooks", token=token).json()["webhooks"][0]["disabled_at"] is not None
    told = [entry for entry in admin.services.audit.page() if entry.action in {Action.WEBHOOK_ADD, Action.WEBHOOK_DISABLE}]
    assert [entry.actor.name for entry in told] == ["test", "test"]


def test_a_key_of_a_tenant_has_its_own_webhooks_only(admin: Admin) -> None:
    sur = admin.token(Scope.NOTICES_WRITE, tenant="sur")
    with receiver() as other:
        url = other.url()
        norte = admin("POST", "/webhooks", token=admin.token(), json={"tenant": "norte", "url": url}).json()["webhook"]
        assert admin("POST", "/webhooks", token=sur, json={"tenant": "norte", "url": url}).status_code == 403
        assert admin("POST", "/webhooks", token=sur, json={"tenant": "sur", "url": url}).status_code == 201
        assert [each["tenant"] for each in admin("GET", "/webhooks", token=sur).json()["webhooks"]] == ["sur"]
        assert admin("POST", f"/webhooks/{norte['id']}/test", token=sur).status_code == 404
        assert admin("DELETE", f"/webhooks/{norte['id']}", token=sur).status_code == 404
        assert other.received == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tenant": "norte", "url": "https://10.0.0.1/"}, 400),
        ({"tenant": "norte", "url": "http://169.254.169.254/latest"}, 400),
        ({"tenant": "norte", "url": "file:///etc/passwd"}, 400),
        ({"tenant": "nobody", "url": "http://127.0.0.1:9/"}, 404),
        ({"tenant": "norte"}, 400),
    ],
)
def test_what_cannot_be_a_webhook_is_refused(admin: Admin, body: dict[str, Any], status: int) -> None:
    assert admin("POST", "/webhooks", token=admin.token(Scope.NOTICES_WRITE), json=body).status_code == status
    assert admin("POST", "/webhooks", token=admin.token(Scope.LOADS_WRITE), json=body).status_code == 403
