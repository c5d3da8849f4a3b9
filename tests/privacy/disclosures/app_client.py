"""An application as a test plays it, at a desk and without HTTP."""

import base64
import hashlib
import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from finder.domain.admin import Actor
from finder.domain.apps import App, AppScope
from finder.errors import AppRefused
from finder.privacy.disclosures import Controller, DisclosureDesk, SendBack
from finder.privacy.disclosures.registration import enter_app
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person
from finder.store.apps import AppStore

ISSUER = "https://finder.example"
CONTROLLER = Controller(name="Buscador", contact="hola@finder.example", address=ISSUER)
BACK = "https://amigo.example/back"
ADMIN = Actor("cli:maria")


class Client:
    """An application at a desk, with what it remembers between its calls."""

    def __init__(self, desk: DisclosureDesk, app: App) -> None:
        self.desk = desk
        self.app = app
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def asks(self, **change: str) -> list[tuple[str, str]]:
        asked = {
            "response_type": "code",
            "client_id": self.app.id,
            "redirect_uri": BACK,
            "scope": "places.read consents.read",
            "state": "st/ä te",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        return list((asked | change).items())

    def code(self, person: Person, **change: str) -> str:
        back = self.desk.agree(self.asks(**change), person, version=CURRENT_POLICY, language="es", controller=CONTROLLER)
        assert isinstance(back, SendBack)
        return told(back)["code"]

    def fetch(self, **given: str) -> tuple[int, dict[str, Any]]:
        answer = self.desk.token([*given.items()])
        return answer.status, json.loads(answer.body)

    def exchange(self, with_code: str, **change: str) -> tuple[int, dict[str, Any]]:
        given = {
            "grant_type": "authorization_code",
            "code": with_code,
            "redirect_uri": BACK,
            "client_id": self.app.id,
            "code_verifier": self.verifier,
        }
        return self.fetch(**given | change)

    def refresh(self, refresh_token: str, **change: str) -> tuple[int, dict[str, Any]]:
        given = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": self.app.id}
        return self.fetch(**given | change)

    def tokens(self, person: Person, **change: str) -> dict[str, Any]:
        status, answer = self.exchange(self.code(person, **change))
        assert status == 200, answer
        return answer


def told(back: SendBack) -> dict[str, str]:
    """What the application reads in the address that the person comes back to."""
    return {name: value for name, [value] in parse_qs(urlsplit(back.location).query, strict_parsing=True).items()}


def entered(apps: AppStore, **change: Any) -> App:
    values: dict[str, Any] = {
        "name": "Médico amigo",
        "homepage": "https://amigo.example/",
        "contact": "hola@amigo.example",
        "redirect_uris": [BACK, "http://127.0.0.1/back", "com.example.amigo:/back"],
        "scopes": list(AppScope),
    }
    return enter_app(apps, **values | change, by=ADMIN)


def refusal(desk: DisclosureDesk, token: str, scope: AppScope = AppScope.PLACES_READ) -> str:
    with pytest.raises(AppRefused) as refused:
        desk.access(token, scope)
    return refused.value.code
