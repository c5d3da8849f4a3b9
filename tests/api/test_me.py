"""What a person has a right to, over the API: to read, to correct, to be forgotten; and starts from saved places."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from finder.domain.admin import Actor
from finder.domain.apps import App, AppGrant, AppScope, AppToken, TokenKind
from finder.domain.consent import Purpose, Via
from finder.http.persons import SESSION_COOKIE
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures.secrets import digest_of, new_secret
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person
from finder.store.apps import AppStore, entering, new_id
from tests.api.conftest import CLINICS, Call
from tests.consenting import ledger_in

HERE = {"lat": 32.5300123, "lon": -117.0400456, "accuracy_m": 8.0}
CHEST_PAIN = "me duele mucho el pecho"
NO_PLACE = "0" * 24
PERSONAL = [
    ("GET", "/api/v1/me/data", None),
    ("DELETE", "/api/v1/me", None),
    ("GET", "/api/v1/me/consents", None),
    ("GET", "/api/v1/me/places", None),
    ("POST", "/api/v1/me/places", {"name": "Casa", "position": HERE}),
    ("PATCH", f"/api/v1/me/places/{NO_PLACE}", {"name": "Casa"}),
    ("DELETE", f"/api/v1/me/places/{NO_PLACE}", None),
    ("POST", "/api/v1/search", {"saved_place": NO_PLACE}),
]


class Caller:
    """The calls of one person."""

    def __init__(self, call: Call, person: Person | None = None) -> None:
        self._call, self.person = call, person or new_person()

    def __call__(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.person.token}"}
        more = {"json": body} if body is not None else {}
        return self._call(method, f"/api/v1/{path}", headers=headers, **more)

    def agrees(self, *purposes: Purpose) -> None:
        body = {"purposes": purposes, "policy": str(CURRENT_POLICY), "language": "es"}
        assert self("POST", "consents", body).status_code == 201

    def saved(self, name: str = "Casa", **where: Any) -> dict[str, Any]:
        answer = self("POST", "me/places", {"name": name, **(where or {"position": HERE})})
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
def me(call: Call) -> Caller:
    return Caller(call)


@pytest.mark.parametrize(("method", "path", "body"), PERSONAL)
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer fs_short"}, {"Authorization": "Basic fs"}])
def test_without_a_token_it_is_said_what_to_do(
    call: Call, method: str, path: str, body: dict[str, Any] | None, header: dict[str, str]
) -> None:
    answer = call(method, path, headers=header, **({"json": body} if body else {}))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_needed")
    assert "POST /api/v1/consents" in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "body"), PERSONAL)
def test_a_cookie_is_not_believed_when_another_site_sends_it(
    call: Call, method: str, path: str, body: dict[str, Any] | None
) -> None:
    if method == "GET":
        return  # the answer is not for the other site to read
    headers = {"Cookie": f"{SESSION_COOKIE}={new_person().token}", "Sec-Fetch-Site": "cross-site"}
    assert call(method, path, headers=headers, **({"json": body} if body else {})).status_code == 401


def test_all_is_told_and_then_forgotten(me: Caller) -> None:
    me.agrees(Purpose.SEARCH, Purpose.ANALYTICS)
    place = me.saved()
    told = me("GET", "me/data")
    assert told.status_code == 200
    assert told.headers["Cache-Control"] == "no-store"
    data = told.json()
    assert data["subject"] == me.person.subject
    assert [row["purpose"] for row in data["consents"]["rows"]] == ["search", "analytics"]
    assert data["saved_places"]["rows"] == [place]
    for kind in ("consents", "saved_places", "app_grants", "requests", "statistics"):
        assert set(data[kind]) == {"what", "why", "until", "rows"}
        assert data[kind]["why"]["es"] != data[kind]["why"]["en"]
    receipt = me("DELETE", "me")
    assert receipt.status_code == 200
    assert receipt.json()["erased"] == 3
    assert receipt.json()["signed"].count(".") == 2
    after = me("GET", "me/data").json()
    assert [row["act"] for row in after["consents"]["rows"]] == ["erased"]
    assert after["saved_places"]["rows"] == []
    assert me("GET", "consents").json()["consents"] == []


def test_of_who_is_not_there_nothing_is_told(me: Caller) -> None:
    data = me("GET", "me/data").json()
    assert [data[kind]["rows"] for kind in ("consents", "saved_places", "app_grants", "requests", "statistics")] == [[]] * 5
    assert me("GET", "me/places").json() == {"places": []}
    assert me("GET", "me/consents").json() == {"consents": [], "history": []}


def test_a_place_is_saved_corrected_and_deleted(me: Caller) -> None:
    today = datetime.now(UTC).date()
    me.agrees(Purpose.SEARCH)
    home = me.saved("  Casa ")
    assert home == {
        "id": home["id"],
        "name": "Casa",
        "label": None,
        **HERE,
        "saved_on": f"{today}",
        "used_on": f"{today}",
        "until": f"{today + timedelta(days=365)}",
    }
    centre = me.saved("Trabajo", place="Centro, Tijuana")
    assert centre["label"].startswith("Centro")
    assert (centre["lat"], centre["accuracy_m"]) == (32.53, 900.0)
    assert me("GET", "me/places").json() == {"places": [home, centre]}
    renamed = me("PATCH", f"me/places/{home['id']}", {"name": "Mamá"}).json()
    assert renamed == home | {"name": "Mamá"}
    moved = me("PATCH", f"me/places/{home['id']}", {"place": "Centro, Mexicali"}).json()
    assert (moved["name"], moved["lat"]) == ("Mamá", 32.66)
    assert me("DELETE", f"me/places/{home['id']}").status_code == 204
    assert me("GET", "me/places").json() == {"places": [centre]}
    for method, body in (("PATCH", {"name": "Mamá"}), ("DELETE", None)):
        assert me(method, f"me/places/{home['id']}", body).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"name": "Casa"}, 400, "position or place"),
        ({"name": "Casa", "position": HERE, "place": "Centro"}, 400, "not both"),
        ({"name": "   ", "position": HERE}, 400, "errors"),
        ({"name": "a\nb", "position": HERE}, 400, "errors"),
        ({"name": "a" * 81, "position": HERE}, 400, "errors"),
        ({"name": "Casa", "place": "Qqqqqqqqxz"}, 404, "places?q="),
        ({"name": "Casa", "position": HERE, "note": "x"}, 400, "note"),
    ],
)
def test_what_cannot_be_saved_is_said(me: Caller, body: dict[str, Any], status: int, said: str) -> None:
    answer = me("POST", "me/places", body)
    assert answer.status_code == status
    assert said in answer.text
    assert me("GET", "me/places").json() == {"places": []}


def test_a_position_is_kept_only_of_who_agreed_to_its_use(me: Caller) -> None:
    by_name = me.saved("Trabajo", place="Centro, Tijuana")  # which needs no consent
    for agreed in ((), (Purpose.DIRECTIONS,)):
        if agreed:
            me.agrees(*agreed)
        for method, path in (("POST", "me/places"), ("PATCH", f"me/places/{by_name['id']}")):
            refused = me(method, path, {"name": "Casa", "position": HERE})
            assert (refused.status_code, refused.json()["code"], refused.json()["purpose"]) == (403, "consent_needed", "search")
    assert me("GET", "me/places").json() == {"places": [by_name]}
    me.agrees(Purpose.SEARCH)
    assert me("PATCH", f"me/places/{by_name['id']}", {"position": HERE}).json()["lat"] == HERE["lat"]
    me("DELETE", "consents/search")
    assert me("POST", "me/places", {"name": "Casa", "position": HERE}).status_code == 403


def test_nothing_to_correct_is_said(me: Caller) -> None:
    me.agrees(Purpose.SEARCH)
    answer = me("PATCH", f"me/places/{me.saved()['id']}", {})
    assert (answer.status_code, "to be corrected" in answer.text) == (400, True)


def test_there_is_a_most(me: Caller) -> None:
    me.agrees(Purpose.SEARCH)
    for number in range(50):
        me.saved(f"{number}")
    answer = me("POST", "me/places", {"name": "51", "position": HERE})
    assert (answer.status_code, "delete one" in answer.text) == (409, True)


def test_nobody_else_has_ones_places(me: Caller, call: Call) -> None:
    me.agrees(Purpose.SEARCH)
    place, other = me.saved(), Caller(call)
    assert other("GET", "me/places").json() == {"places": []}
    for answer in (
        other("PATCH", f"me/places/{place['id']}", {"name": "Mine"}),
        other("DELETE", f"me/places/{place['id']}"),
        other("POST", "search", {"saved_place": place["id"], "consent": str(CURRENT_POLICY)}),
    ):
        assert answer.status_code == 404
        assert "32.53" not in answer.text
    assert me("GET", "me/places").json() == {"places": [place]}


def start_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return answer.json()["position"]


@pytest.mark.parametrize(
    ("path", "purpose"), [("search", Purpose.SEARCH), ("locate", Purpose.SEARCH), ("directions", Purpose.DIRECTIONS)]
)
def test_one_starts_from_a_saved_place_as_exactly_as_one_agreed(me: Caller, path: str, purpose: Purpose) -> None:
    me.agrees(Purpose.SEARCH)
    place = {"saved_place": me.saved()["id"]}
    me("DELETE", "consents/search")
    body: dict[str, Any] = {"from": place, "to": {"facility": CLINICS[3].id}} if path == "directions" else place
    blurred = start_of(me("POST", path, body))
    assert (blurred["coarsened"], blurred["label"], blurred["source"]) == (True, None, "place")
    assert blurred["lat"] != HERE["lat"]
    refused = me("POST", path, body | {"exact": True})
    assert (refused.status_code, refused.json()["code"], refused.json()["purpose"]) == (403, "consent_needed", purpose)
    once = start_of(me("POST", path, body | {"consent": str(CURRENT_POLICY)}))
    me.agrees(purpose)
    exact = start_of(me("POST", path, body))
    assert exact == once == {**HERE, "source": "place", "label": "Casa", "coarsened": False}
    assert start_of(me("POST", path, body | {"exact": False})) == blurred


def test_a_start_is_one(me: Caller) -> None:
    me.agrees(Purpose.SEARCH)
    place = me.saved()["id"]
    assert me("POST", "search", {"saved_place": place, "position": HERE}).status_code == 400
    assert me("POST", "search", {"saved_place": place, "place": "Centro"}).status_code == 400


def test_a_place_in_the_words_comes_first_and_nobody_is_asked(me: Caller) -> None:
    answer = me("POST", "search", {"saved_place": NO_PLACE, "words": "farmacia en Centro, Mexicali", "exact": True})
    assert start_of(answer)["label"].startswith("Centro, Mexicali")


def test_an_emergency_waits_for_no_saved_place(call: Call, me: Caller) -> None:
    asked = {"saved_place": NO_PLACE, "words": CHEST_PAIN}
    for answer in (me("POST", "search", asked), call("POST", "/api/v1/search", json=asked)):
        assert answer.status_code == 200
        assert answer.json()["emergency"]["number"]


def app_token(data_dir: Path, person: Person, *scopes: AppScope) -> str:
    """An access token as an application holds it that the person let in."""
    secret, now = new_secret(TokenKind.ACCESS), datetime.now(UTC)
    app = App(id=new_id(), name="Diario", homepage="", contact="", redirect_uris=(), scopes=tuple(AppScope), created_at=now)
    later = now + timedelta(days=30)
    grant = AppGrant(
        id=new_id(),
        subject=person.subject,
        app_id=app.id,
        scopes=scopes,
        granted_at=now,
        expires_at=later,
        consent_seq=0,
        receipt="",
    )
    token = AppToken(
        secret_sha256=digest_of(secret),
        grant_id=grant.id,
        kind=TokenKind.ACCESS,
        scopes=scopes,
        expires_at=later,
        wrapped_key=person.key.wrapped_for(secret),
    )
    with AppStore.open(f"sqlite:///{data_dir / 'finder.sqlite'}") as apps, ledger_in(data_dir) as ledger:
        apps.add(app, by=Actor("cli:test"))
        read = {"version": CURRENT_POLICY, "language": "es", "via": Via.WEB}
        beside = entering(grant, token, since=0)
        ConsentDesk(ledger).say_yes(person.subject, Purpose.DISCLOSURE, **read, beside=beside)
    return secret


def test_an_app_reads_what_it_was_let_read_and_changes_nothing(call: Call, me: Caller, data_dir: Path) -> None:
    me.agrees(Purpose.SEARCH)
    place = me.saved()
    token = app_token(data_dir, me.person, AppScope.PLACES_READ)
    headers = {"Authorization": f"Bearer {token}"}
    told = {name: place[name] for name in ("id", "name", "label", "lat", "lon", "accuracy_m")}
    assert call("GET", "/api/v1/me/places", headers=headers).json() == {"places": [told]}
    assert call("GET", "/api/v1/me/consents", headers=headers).status_code == 403
    for method, path, body in PERSONAL:
        if path not in {"/api/v1/me/places", "/api/v1/me/consents"} or method != "GET":
            assert call(method, path, headers=headers, **({"json": body} if body else {})).status_code == 401
    me("DELETE", "consents/disclosure")
    assert call("GET", "/api/v1/me/places", headers=headers).status_code == 403


def test_who_never_was_is_erased_without_a_trace(call: Call) -> None:
    headers = {"Authorization": f"Bearer {new_person().token}"}
    receipt = call("DELETE", "/api/v1/me", headers=headers).json()
    assert (receipt["seq"], receipt["erased"], receipt["signed"]) == (None, 0, None)
    assert call("GET", "/api/v1/me/data", headers=headers).json()["consents"]["rows"] == []
