"""Requests that came by letter, over the admin API: entered, done, answered; the audit log names nobody."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from finder.domain.admin import Scope
from finder.domain.consent import Purpose, Via
from finder.privacy.places import PlaceSaid
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person
from tests.api.admin_app import Admin


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    made = Admin(tmp_path)
    with made.client:
        yield made


@pytest.fixture
def person(admin: Admin) -> Person:
    """Who agreed to two things and saved a place."""
    made = new_person()
    for purpose in (Purpose.SEARCH, Purpose.NOTICES):
        admin.consents.say_yes(made.subject, purpose, version=CURRENT_POLICY, language="en", via=Via.WEB)
    admin.rights.save_place(made, PlaceSaid(name="Casa", label=None, lat=32.5, lon=-117.0, accuracy_m=5.0))
    return made


def entered(admin: Admin, token: str, **said: Any) -> dict[str, Any]:
    body = {"kind": "access", "law": "mx", "received_on": "2026-11-02", "reference": "2026/114", **said}
    answer = admin("POST", "/requests", token=token, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_letter_is_entered_done_and_answered(admin: Admin, person: Person) -> None:
    token = admin.token(Scope.PRIVACY)
    long_ago = entered(admin, token)
    today = datetime.now(UTC).date()
    new = entered(admin, token, kind="cancellation", law="us-ca", received_on=f"{today}", person=person.token)
    assert (long_ago["due_on"], long_ago["subject"]) == ("2026-11-30", None)
    assert (new["due_on"], new["overdue"], new["subject"]) == (f"{today + timedelta(days=45)}", False, person.subject)
    listed = admin("GET", "/requests", token=token).json()["requests"]
    assert [one["id"] for one in listed] == [long_ago["id"], new["id"]]
    held = admin("POST", f"/requests/{long_ago['id']}/export", token=token, json={"person": person.token}).json()
    assert held["saved_places"]["rows"][0]["name"] == "Casa"
    held = admin("POST", f"/requests/{long_ago['id']}/export", token=token, json={"person": person.subject}).json()
    assert held["saved_places"]["rows"][0]["name"] is None
    opposition = entered(admin, token, kind="opposition", person=person.subject)
    address = f"/requests/{opposition['id']}/oppose"
    taken = admin("POST", address, token=token, json={"purposes": ["notices", "analytics"]}).json()
    assert taken == {"taken_back": ["notices"]}
    receipt = admin("POST", f"/requests/{new['id']}/erase", token=token, json={}).json()
    assert receipt["erased"] == 3 + 1 + 2  # lines, the place, and the two requests that were about the person
    assert [entry.act for entry in admin.consents.history(person.subject)] == ["erased"]
    answered = admin("POST", f"/requests/{new['id']}/answer", token=token, json={"outcome": "done"}).json()
    assert (answered["answered_on"], answered["outcome"], answered["subject"]) == (f"{today}", "done", None)
    waiting = admin("GET", "/requests", token=token).json()["requests"]
    assert new["id"] not in [one["id"] for one in waiting]
    everything = admin("GET", "/requests?answered=true", token=token).json()["requests"]
    assert everything[-1]["id"] == new["id"]
    assert [action for action, _ in admin.trail()] == [
        "request.add",
        "request.add",
        "request.export",
        "request.export",
        "request.add",
        "request.oppose",
        "request.erase",
        "request.answer",
    ]


def test_the_audit_log_names_nobody(admin: Admin, person: Person) -> None:
    token = admin.token(Scope.PRIVACY)
    request = entered(admin, token, kind="cancellation", person=person.token)
    admin("POST", f"/requests/{request['id']}/export", token=token, json={"person": person.token})
    admin("POST", f"/requests/{request['id']}/erase", token=token, json={"person": person.token})
    told = [f"{entry}" for entry in admin.services.audit.page()]
    assert [("request.erase" in one, person.subject in one, person.token in one) for one in told[:1]] == [(True, False, False)]
    assert not any(person.subject in one or person.token in one or "2026/114" in one for one in told)
    assert ("request.export", "refused: Conflict") in admin.trail()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"reference": "Ana Pérez"}, "reference"),
        ({"reference": "ana"}, "reference"),
        ({"received_on": "2999-01-01"}, "on which it came"),
        ({"person": "Ana"}, "person"),
        ({"law": "us"}, "law"),
    ],
)
def test_what_cannot_be_entered_is_said(admin: Admin, body: dict[str, Any], said: str) -> None:
    whole = {"kind": "access", "law": "mx", "received_on": "2026-11-02", "reference": "2026/114", **body}
    answer = admin("POST", "/requests", token=admin.token(Scope.PRIVACY), json=whole)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert "Pérez" not in answer.text


def test_it_needs_its_own_scope(admin: Admin) -> None:
    token = admin.token(*(scope for scope in Scope if scope is not Scope.PRIVACY))
    for method, path in (
        ("GET", "/requests"),
        ("POST", "/requests"),
        ("POST", "/requests/1/export"),
        ("POST", "/requests/1/erase"),
    ):
        assert admin(method, path, token=token, json={}).status_code == 403
        assert admin(method, path, json={}).status_code == 401


def test_of_whom_nothing_is_held_nothing_is_erased(admin: Admin) -> None:
    token = admin.token(Scope.PRIVACY)
    request = entered(admin, token, kind="cancellation", person="0" * 64)
    answer = admin("POST", f"/requests/{request['id']}/erase", token=token, json={})
    assert (answer.status_code, "nothing-held" in answer.json()["detail"]) == (404, True)


def test_a_letter_is_entered_twice_only_on_purpose(admin: Admin) -> None:
    token = admin.token(Scope.PRIVACY)
    entered(admin, token)
    body = {"kind": "access", "law": "mx", "received_on": "2026-11-02", "reference": "2026/114"}
    assert admin("POST", "/requests", token=token, json=body).status_code == 409
    assert admin("POST", "/requests", token=token, json={**body, "again": True}).status_code == 201
    assert admin("POST", "/requests", token=token, json={**body, "again": True, "received_on": "1999-12-31"}).status_code == 400
