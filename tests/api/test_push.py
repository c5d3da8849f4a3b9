"""Web Push over the API: the key, and a person's browsers, with a consent and a token only."""

from base64 import urlsafe_b64decode
from typing import Any

import pytest

from finder.domain.consent import Purpose
from finder.privacy.policy import CURRENT_POLICY
from tests.api.conftest import Call
from tests.notices.delivery.parts import Browser

PUSH = "/api/v1/push"
SUBSCRIPTION: dict[str, Any] = Browser("https://push.example/send/abc").subscription()


@pytest.fixture
def person(call: Call) -> dict[str, str]:
    """The header of a person who has agreed to notices."""
    yes = {"purposes": [Purpose.NOTICES], "policy": str(CURRENT_POLICY), "language": "en"}
    return {"Authorization": f"Bearer {call('POST', '/api/v1/consents', json=yes).json()['token']}"}


def test_the_key_is_one_that_browsers_take(call: Call) -> None:
    key = call("GET", f"{PUSH}/key").json()["key"]
    assert len(urlsafe_b64decode(key + "==")) == 65
    assert call("GET", f"{PUSH}/key").json() == {"key": key}


def test_a_browser_subscribes_is_exported_and_unsubscribes(call: Call, person: dict[str, str]) -> None:
    made = call("POST", f"{PUSH}/subscriptions", headers=person, json=SUBSCRIPTION)
    assert made.status_code == 201
    kept = made.json()
    assert call("POST", f"{PUSH}/subscriptions", headers=person, json=SUBSCRIPTION).json() == kept
    [line] = call("GET", "/api/v1/me/data", headers=person).json()["push_subscriptions"]["rows"]
    assert (line["id"], line["endpoint"], line["until"]) == (kept["id"], SUBSCRIPTION["endpoint"], kept["until"])
    assert call("DELETE", f"{PUSH}/subscriptions/{'0' * 32}", headers=person).status_code == 404
    assert call("DELETE", f"{PUSH}/subscriptions/{kept['id']}", headers=person).status_code == 204
    assert call("POST", f"{PUSH}/subscriptions", headers=person, json=SUBSCRIPTION).status_code == 201
    assert call("DELETE", f"{PUSH}/subscriptions", headers=person).status_code == 204
    assert call("GET", "/api/v1/me/data", headers=person).json()["push_subscriptions"]["rows"] == []


def test_who_has_not_agreed_or_is_nobody_is_refused(call: Call, person: dict[str, str]) -> None:
    assert call("POST", f"{PUSH}/subscriptions", json=SUBSCRIPTION).status_code == 401
    assert call("POST", f"{PUSH}/subscriptions", headers=person, json=SUBSCRIPTION).status_code == 201
    assert call("DELETE", "/api/v1/consents/notices", headers=person).status_code == 204
    refused = call("POST", f"{PUSH}/subscriptions", headers=person, json=SUBSCRIPTION)
    assert (refused.status_code, refused.json()["code"], refused.json()["purpose"]) == (403, "consent_needed", "notices")
    assert call("GET", "/api/v1/me/data", headers=person).json()["push_subscriptions"]["rows"] == [], "it went with the yes"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/x",
        "https://push.example:22/x",
        "https://a@push.example/",
        "ftp://push.example/",
        "x",
        "https://10.0.0.1/push.example",
        "https://[::1]:8443/push.example",
        "https://169.254.169.254/push.example",
        "https://localhost/push.example",
    ],
)
def test_an_endpoint_that_is_never_called_is_refused(call: Call, person: dict[str, str], endpoint: str) -> None:
    answer = call("POST", f"{PUSH}/subscriptions", headers=person, json=SUBSCRIPTION | {"endpoint": endpoint})
    assert answer.status_code == 400
    assert "push.example" not in answer.text
