"""Webhooks over the admin API: a tenant's key sees and changes its own only."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from finder.domain.admin import Action, Actor, Scope
from finder.domain.tenant import Tenant
from tests.api.admin_app import Admin
from tests.notices.delivery.receivers import Received, Said, receiver


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
        refused = admin("POST", "/webhooks", token=sur, json={"tenant": "sur", "url": url})
        assert refused.status_code == 400, "the operator's networks are not for tenants to call into"
        public = {"tenant": "sur", "url": "https://8.8.8.8/hook"}
        entered = admin("POST", "/webhooks", token=sur, json=public)
        assert (entered.status_code, entered.json()["webhook"]["public_only"]) == (201, True)
        unnamed = admin("POST", "/webhooks", token=sur, json={"url": public["url"]})
        assert (unnamed.status_code, unnamed.json()["webhook"]["tenant"]) == (201, "sur"), "the key's own"
        assert norte["public_only"] is False
        assert [each["tenant"] for each in admin("GET", "/webhooks", token=sur).json()["webhooks"]] == ["sur", "sur"]
        assert admin("POST", f"/webhooks/{norte['id']}/test", token=sur).status_code == 404
        assert admin("DELETE", f"/webhooks/{norte['id']}", token=sur).status_code == 404
        assert other.received == []


def test_a_name_that_leads_nowhere_is_a_mistake_of_the_caller(
    admin: Admin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    url = "https://desk.example/hook"
    refused = admin("POST", "/webhooks", token=admin.token(Scope.NOTICES_WRITE, tenant="norte"), json={"url": url})
    assert (refused.status_code, refused.json()["detail"]) == (400, "The name of this address leads nowhere: is it spelt right?")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert admin("GET", "/webhooks", token=admin.token()).json() == {"webhooks": []}


def test_one_is_called_at_a_time(admin: Admin) -> None:
    """Where a tenant's hook leads may be slow, and each call keeps a thread of the service."""
    token, began, answer = admin.token(Scope.NOTICES_WRITE), threading.Event(), threading.Event()

    def slow(_: Received) -> Said:
        began.set()
        answer.wait(9)
        return Said()

    with receiver() as other, ThreadPoolExecutor(1) as threads:
        body = {"tenant": "norte", "url": other.url()}
        path = f"/webhooks/{admin('POST', '/webhooks', token=token, json=body).json()['webhook']['id']}/test"
        other.says = slow
        first = threads.submit(admin, "POST", path, token=token)
        assert began.wait(9)
        for refused in (admin("POST", path, token=token), admin("POST", "/webhooks", token=token, json=body)):
            assert refused.status_code == 409
            assert "ask again in some seconds" in refused.text
        answer.set()
        assert first.result(9).json()["is_ok"]
        assert admin("POST", path, token=token).json()["is_ok"]
    assert admin("POST", path, token=token).status_code == 200, "nor does one that fails stay in the way"
    assert admin("POST", path, token=token).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tenant": "norte", "url": "https://10.0.0.1/"}, 400),
        ({"tenant": "norte", "url": "http://169.254.169.254/latest"}, 400),
        ({"tenant": "norte", "url": "file:///etc/passwd"}, 400),
        ({"tenant": "nobody", "url": "http://127.0.0.1:9/"}, 404),
        ({"tenant": "norte"}, 400),
        ({"url": "http://127.0.0.1:9/"}, 400),
    ],
)
def test_what_cannot_be_a_webhook_is_refused(admin: Admin, body: dict[str, Any], status: int) -> None:
    assert admin("POST", "/webhooks", token=admin.token(Scope.NOTICES_WRITE), json=body).status_code == status
    assert admin("POST", "/webhooks", token=admin.token(Scope.LOADS_WRITE), json=body).status_code == 403
