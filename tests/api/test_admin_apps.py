"""Applications of others over the admin API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from finder.domain.admin import Action, Scope
from tests.api.admin_app import Admin

APP = {
    "name": "Médico amigo",
    "homepage": "https://amigo.example/",
    "contact": "hola@amigo.example",
    "redirect_uris": ["https://amigo.example/back"],
    "scopes": ["places.read"],
}


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    made = Admin(tmp_path)
    with made.client:
        yield made


def test_an_app_is_entered_listed_and_shut_out(admin: Admin) -> None:
    token = admin.token(Scope.APPS_WRITE)
    entered = admin("POST", "/apps", token=token, json=APP)
    assert entered.status_code == 201
    app = entered.json()
    assert {name: app[name] for name in APP} == APP
    assert admin("GET", "/apps", token=token).json() == {"apps": [app]}
    assert admin("DELETE", f"/apps/{app['id']}", token=token).status_code == 204
    [disabled] = admin("GET", "/apps", token=token).json()["apps"]
    assert disabled["disabled_at"] is not None
    assert admin("DELETE", f"/apps/{'a' * 16}", token=token).status_code == 404
    told = [entry for entry in admin.services.audit.page() if entry.action in {Action.APP_ADD, Action.APP_DISABLE}]
    assert [(entry.action, entry.actor.name) for entry in told] == [(Action.APP_DISABLE, "test"), (Action.APP_ADD, "test")]


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": ["http://amigo.example/back"]},
        {"redirect_uris": []},
        {"homepage": "javascript:alert(1)"},
        {"scopes": ["places.write"]},
        {"secret": "x"},
    ],
)
def test_what_cannot_be_entered_is_refused(admin: Admin, change: dict[str, Any]) -> None:
    token = admin.token(Scope.APPS_WRITE)
    assert admin("POST", "/apps", token=token, json=APP | change).status_code == 400
    assert admin("GET", "/apps", token=token).json() == {"apps": []}
