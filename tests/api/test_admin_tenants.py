"""Tenants over the admin API, and keys that are theirs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from finder.directory import publish
from finder.domain.admin import Action, Actor, Scope
from finder.domain.load import Load
from finder.domain.tenant import Tenant
from tests.api.admin_app import Admin
from tests.api.conftest import CLINICS
from tests.facilities import stored

ONE, TWO, THREE = (clinic.id for clinic in CLINICS[:3])


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    made = Admin(tmp_path)
    with made.client:
        stored(made.store, CLINICS[:3], Load(source="t", file_name="t", started_at=datetime.now(UTC)))
        publish(made.store, made.snapshots_dir, [])
        yield made


def enter(admin: Admin, *tenants: str) -> None:
    for tenant in tenants:
        admin.services.tenants.add(Tenant(id=tenant, name=tenant.title(), created_at=datetime.now(UTC)), Actor("cli:test"))


def test_a_tenant_is_entered_given_facilities_and_they_are_taken(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE)
    entered = admin("POST", "/tenants", token=token, json={"id": "norte", "name": "Clínicas del Norte", "facilities": [ONE]})
    assert entered.status_code == 201
    given = admin("POST", "/tenants/norte/facilities", token=token, json={"facilities": [ONE, TWO]})
    assert given.json() == entered.json() | {"facilities": sorted([ONE, TWO])}
    assert admin("GET", "/tenants", token=token).json() == {"tenants": [given.json()]}
    assert admin("DELETE", f"/tenants/norte/facilities/{ONE}", token=token).status_code == 204
    assert admin("DELETE", f"/tenants/norte/facilities/{ONE}", token=token).status_code == 404
    assert admin.services.tenants.get("norte").facilities == (TWO,)
    told = [(entry.action, entry.actor.name) for entry in admin.services.audit.page() if entry.action is not Action.KEY_CREATE]
    assert told == [(Action.TENANT_FACILITIES, "test")] * 3 + [(Action.TENANT_ADD, "test")]


def test_a_tenant_ends_for_good(admin: Admin) -> None:
    enter(admin, "norte", "sur")
    token, own = admin.token(Scope.NOTICES_WRITE), admin.token(Scope.NOTICES_WRITE, tenant="norte")
    admin.services.tenants.give("norte", [ONE], Actor("cli:test"))
    body = {"url": "https://8.8.8.8/hook"}
    assert admin("POST", "/webhooks", token=own, json=body).status_code == 201
    for _ in range(2):
        assert admin("DELETE", "/tenants/norte", token=token).status_code == 204
    assert admin("DELETE", "/tenants/este", token=token).status_code == 404
    assert admin("GET", "/tenants", token=own).status_code == 401, "its key opens nothing"
    [webhook] = admin("GET", "/webhooks", token=token).json()["webhooks"]
    assert webhook["disabled_at"] is not None
    norte, sur = admin("GET", "/tenants", token=token).json()["tenants"]
    assert (norte["facilities"], norte["ended_at"] is None, sur["ended_at"]) == ([], False, None)
    assert admin("POST", "/tenants/norte/facilities", token=token, json={"facilities": [ONE]}).status_code == 404
    assert admin("POST", "/webhooks", token=token, json=body | {"tenant": "norte"}).status_code == 404
    again = admin("POST", "/tenants", token=token, json={"id": "norte", "name": "Otra"})
    assert (again.status_code, "has ended" in again.json()["detail"]) == (409, True)
    assert admin("POST", "/tenants/sur/facilities", token=token, json={"facilities": [ONE]}).status_code == 200, "it is free"
    assert [entry.outcome for entry in admin.services.audit.page() if entry.action is Action.TENANT_END] == [
        "done: 0 fences, 1 webhooks, 1 keys, 1 facilities"
    ]


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("", {"id": "norte", "name": "Otra"}, 409),
    ("", {"id": "este", "name": "Este", "facilities": [THREE]}, 409),
    ("", {"id": "este", "name": "Este", "facilities": ["nothing"]}, 404),
    ("", {"id": "Este", "name": "Este"}, 400),
    ("", {"id": "este", "name": " "}, 400),
    ("", {"id": "este", "name": "Este", "secret": 1}, 400),
    ("/norte/facilities", {"facilities": [THREE]}, 409),
    ("/norte/facilities", {"facilities": []}, 400),
    ("/norte/facilities", {"facilities": ["nothing"]}, 404),
    ("/este/facilities", {"facilities": [TWO]}, 404),
]


def test_what_cannot_be_is_refused(admin: Admin) -> None:
    enter(admin, "norte", "sur")
    admin.services.tenants.give("sur", [THREE], Actor("cli:test"))
    before, token = admin.services.tenants.list(), admin.token(Scope.NOTICES_WRITE)
    for path, body, status in REFUSED:
        assert admin("POST", f"/tenants{path}", token=token, json=body).status_code == status, body
    assert admin.services.tenants.list() == before


def test_a_tenants_key_sees_its_own_and_says_not_who_runs_what(admin: Admin) -> None:
    enter(admin, "norte", "sur")
    token = admin.token(Scope.NOTICES_WRITE, tenant="norte")
    assert [tenant["id"] for tenant in admin("GET", "/tenants", token=token).json()["tenants"]] == ["norte"]
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/tenants", {"json": {"id": "este", "name": "Este"}}),
        ("POST", "/tenants/norte/facilities", {"json": {"facilities": [ONE]}}),
        ("DELETE", f"/tenants/norte/facilities/{ONE}", {}),
        ("DELETE", "/tenants/norte", {}),
    ]
    for method, path, body in calls:
        answer = admin(method, path, token=token, **body)
        assert answer.status_code == 403
        assert "ask who runs the finder" in answer.json()["detail"]
    assert [tenant.id for tenant in admin.services.tenants.list()] == ["norte", "sur"]


def test_a_key_of_a_tenant_is_made_by_one_that_has_the_scope(admin: Admin) -> None:
    enter(admin, "norte")
    token = admin.token(Scope.KEYS_WRITE, Scope.NOTICES_WRITE)

    def make(**body: Any) -> httpx.Response:
        return admin("POST", "/keys", token=token, json={"name": "norte", "scopes": ["notices:write"], **body})

    made = make(tenant="norte")
    assert made.status_code == 201
    assert made.json()["key"]["tenant"] == "norte"
    assert make(tenant="este").status_code == 404
    assert make(tenant="norte", scopes=["notices:write", "keys:write"]).status_code == 400
    assert make(tenant="norte", scopes=["keys:write"]).status_code == 400
    listed = admin("GET", "/keys", token=token).json()["keys"]
    assert [key["tenant"] for key in listed if key["name"] == "norte"] == ["norte"]
    own = made.json()["token"]
    assert admin("GET", "/tenants", token=own).status_code == 200
    assert admin("GET", "/keys", token=own).status_code == 403
    beyond = admin("POST", "/keys", token=admin.token(Scope.KEYS_WRITE), json={"name": "n", "scopes": ["notices:write"]})
    assert beyond.status_code == 403
