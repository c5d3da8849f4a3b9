"""A small real application, made with a kept client library (Authlib), against a finder that really serves.

It is let in by a person, reads, refreshes, is shown out and gets 403. The person's browser is played by requests, whose cookies
are carried by hand: over http it would keep back the session's, which is Secure.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, override
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from click.testing import CliRunner

from finder.cli import main
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import new_person
from tests.privacy.test_receipts import verified
from tests.server import serving

SESSION = "__Host-finder-session"
BACK = "http://127.0.0.1:51004/back"
HOME = {"name": "Casa", "position": {"lat": 32.51501, "lon": -117.03824, "accuracy_m": 12.0}}
SCOPES = "places.read consents.read"


class Form(HTMLParser):
    """The one form of a page, as a browser sees it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = told["action"]
        elif tag == "input" and told.get("type") == "hidden":
            self.hidden[told["name"]] = told["value"]
        elif tag == "button" and told.get("name") == "decision":
            self.buttons[told["value"]] = told["class"]


class Browser:
    """A person's: it has one cookie, follows no redirect to an app, and posts forms as they are."""

    def __init__(self, server: str, token: str | None = None, **headers: str) -> None:
        self.server = server
        self.token = token
        self.headers = {"Accept": "text/html", "Accept-Language": "en-US", "Sec-Fetch-Site": "same-origin", **headers}

    def call(self, method: str, url: str, data: dict[str, str] | None = None) -> requests.Response:
        cookies = {"Cookie": f"{SESSION}={self.token}"} if self.token else {}
        answer = requests.request(method, url, data=data, headers=self.headers | cookies, allow_redirects=False, timeout=20)
        if morsel := SimpleCookie(answer.headers.get("Set-Cookie", "")).get(SESSION):
            self.token = morsel.value
        return answer

    def decide(self, url: str, decision: str) -> requests.Response:
        """Open the page that an app sends the person to, and press one of its buttons."""
        page = self.call("GET", url)
        assert page.status_code == 200, page.text
        form = Form(page.text)
        assert form.action == "/authorize"
        return self.call("POST", f"{self.server}/authorize", form.hidden | {"decision": decision})


class App:
    """The application: no secret, PKCE by SHA-256."""

    def __init__(self, server: str, client_id: str, redirect_uri: str = BACK) -> None:
        self.server = server
        # As an app does that has been given nothing but the finder's address.
        told = requests.get(f"{server}/.well-known/oauth-authorization-server", timeout=20).json()
        self.metadata: dict[str, Any] = AuthorizationServerMetadata(told)
        self.session: Any = OAuth2Session(
            client_id,
            scope=SCOPES,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="none",  # noqa: S106 - the word of RFC 7591 for "no secret"
        )
        self.verifier = generate_token(64)

    def asks(self, **change: str) -> str:
        url, self.state = self.session.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=self.verifier, **change
        )
        self.asks_as = url
        return url

    def comes_in(self, back: requests.Response, **change: str) -> dict[str, Any]:
        """Take what the browser brought back, and fetch tokens for it."""
        assert back.status_code == 303, back.text
        given = {"code_verifier": self.verifier, "authorization_response": back.headers["Location"], "state": self.state}
        return self.session.fetch_token(self.metadata["token_endpoint"], **given | change)

    def reads(self, path: str) -> requests.Response:
        return self.session.get(f"{self.server}{path}", timeout=20)


@pytest.fixture(autouse=True)
def over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Authlib speaks with this machine without TLS only when it is told to."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("apps")


@pytest.fixture(scope="module")
def client_id(data_dir: Path) -> str:
    """Of an application as an operator enters it."""
    command = ["apps", "add", "Médico amigo", "--homepage", "https://amigo.example/", "--contact", "hola@amigo.example"]
    command += ["--redirect", "http://127.0.0.1/back", "--redirect", "https://amigo.example/back"]
    command += ["--scope", "places.read", "--scope", "consents.read"]
    made = CliRunner().invoke(main, command, env={"FINDER_DATA_DIR": str(data_dir)})
    assert made.exit_code == 0, made.output
    return made.stdout.split()[-1]


@pytest.fixture(scope="module")
def server(data_dir: Path, client_id: str) -> Iterator[str]:
    with serving(data_dir) as address:
        yield address


@pytest.fixture
def app(server: str, client_id: str) -> App:
    return App(server, client_id)


@pytest.fixture
def token(server: str) -> str:
    """Of a person who has agreed to something before, and saved a place."""
    yes = {"purposes": ["search"], "policy": str(CURRENT_POLICY), "language": "es"}
    token = requests.post(f"{server}/api/v1/consents", json=yes, timeout=20).json()["token"]
    saved = requests.post(f"{server}/api/v1/me/places", json=HOME, headers=bearer(token), timeout=20)
    assert saved.status_code == 201, saved.text
    return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def grants(server: str, token: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{server}/api/v1/me/grants", headers=bearer(token), timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()["grants"]


def test_an_app_is_let_in_reads_refreshes_is_shown_out_and_gets_403(server: str, app: App, token: str) -> None:
    back = Browser(server, token).decide(app.asks(), "yes")
    assert parse_qs(urlsplit(back.headers["Location"]).query)["iss"] == [app.metadata["issuer"]]
    first = dict(app.comes_in(back))
    assert (first["token_type"], first["scope"]) == ("Bearer", SCOPES)

    [place] = app.reads("/api/v1/me/places").json()["places"]
    assert place.pop("id")
    # What the page said that it would read, and nothing besides: no days, which tell when a person was where.
    assert place == {"name": "Casa", "label": None, "lat": 32.51501, "lon": -117.03824, "accuracy_m": 12.0}
    [place] = app.reads("/api/v1/me/places").json()["places"]
    purposes = {line["purpose"] for line in app.reads("/api/v1/me/consents").json()["consents"]}
    assert purposes == {"search", "disclosure"}

    second = dict(app.session.refresh_token(app.metadata["token_endpoint"], refresh_token=first["refresh_token"]))
    assert second["access_token"] != first["access_token"]
    assert app.reads("/api/v1/me/places").json()["places"] == [place]

    [grant] = grants(server, token)
    assert (grant["app"]["name"], grant["scopes"], grant["is_live"]) == ("Médico amigo", SCOPES.split(), True)
    address = f"{server}/api/v1/me/grants/{grant['id']}"
    assert requests.delete(address, headers=bearer(token), timeout=20).status_code == 204

    refused = app.reads("/api/v1/me/places")
    assert (refused.status_code, refused.json()["code"]) == (403, "access_revoked")
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="finder", error="invalid_token"')
    with pytest.raises(OAuthError, match="invalid_grant"):
        app.session.refresh_token(app.metadata["token_endpoint"], refresh_token=second["refresh_token"])
    assert [grant["is_live"] for grant in grants(server, token)] == [False]


def test_the_privacy_centre_shows_the_app_out(server: str, app: App, token: str) -> None:
    browser = Browser(server, token)
    app.comes_in(browser.decide(app.asks(), "yes"))
    [grant] = grants(server, token)
    assert "Médico amigo" in browser.call("GET", f"{server}/privacy").text
    assert browser.call("GET", f"{server}/privacy/apps/{grant['id']}/receipt").text == grant["receipt"]
    assert browser.call("POST", f"{server}/privacy/apps/{grant['id']}/revoke", {}).status_code == 303
    assert app.reads("/api/v1/me/places").status_code == 403


def test_a_no_to_disclosure_shows_every_app_out(server: str, app: App, token: str) -> None:
    app.comes_in(Browser(server, token).decide(app.asks(), "yes"))
    assert app.reads("/api/v1/me/places").status_code == 200
    requests.delete(f"{server}/api/v1/consents/disclosure", headers=bearer(token), timeout=20)
    assert app.reads("/api/v1/me/places").status_code == 403


def test_an_erasure_leaves_the_app_with_a_token_of_nothing(server: str, app: App, token: str) -> None:
    app.comes_in(Browser(server, token).decide(app.asks(), "yes"))
    assert requests.delete(f"{server}/api/v1/me", headers=bearer(token), timeout=20).status_code == 200
    answer = app.reads("/api/v1/me/places")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert grants(server, token) == []


def test_the_receipt_says_what_was_agreed_to_and_is_verified_with_the_published_key(server: str, app: App, token: str) -> None:
    app.comes_in(Browser(server, token).decide(app.asks(), "yes"))
    [grant] = grants(server, token)
    keys = requests.get(app.metadata["jwks_uri"], timeout=20)
    claims = verified(grant["receipt"], keys.json())
    [service] = claims["services"]
    [purpose] = service["purposes"]
    assert (claims["consentReceiptID"], claims["language"], claims["iss"]) == (grant["id"], "en", app.metadata["issuer"])
    assert (service["service"], purpose["piiCategory"]) == ("Médico amigo", SCOPES.split())
    policy = requests.get(f"{server}/api/v1/policies/current", timeout=20).json()
    assert claims["policyVersion"] == policy["version"]
    person = requests.get(f"{server}/api/v1/consents", headers=bearer(token), timeout=20).json()
    assert claims["policySha256"] in {line["text_sha256"] for line in person["history"]}
    assert "32.51" not in json.dumps(claims)


def test_who_has_no_key_gets_one_with_the_yes_and_none_with_a_no(server: str, app: App) -> None:
    browser = Browser(server)
    no = browser.decide(app.asks(), "no")
    assert parse_qs(urlsplit(no.headers["Location"]).query)["error"] == ["access_denied"]
    assert browser.token is None
    yes = browser.decide(app.asks(), "yes")
    assert browser.token is not None
    for attribute in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute.lower() in yes.headers["Set-Cookie"].lower()
    app.comes_in(yes)
    assert app.reads("/api/v1/me/places").json() == {"places": []}
    assert [grant["is_live"] for grant in grants(server, browser.token)] == [True]


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_a_browser_that_opts_out_lets_nobody_in(server: str, app: App, token: str, header: str) -> None:
    page = Browser(server, token, **{header: "1"}).call("GET", app.asks())
    assert page.status_code == 403
    assert "Global Privacy Control" in page.text
    form = Form(page.text)
    assert set(form.buttons) == {"no"}
    posted = Browser(server, token, **{header: "1"}).call("POST", f"{server}/authorize", form.hidden | {"decision": "yes"})
    assert posted.status_code == 403
    assert grants(server, token) == []


def test_who_opts_out_later_keeps_the_apps_let_in_before_and_is_told_so(server: str, app: App, token: str) -> None:
    app.comes_in(Browser(server, token).decide(app.asks(), "yes"))
    page = Browser(server, token, **{"Sec-GPC": "1"}).call("GET", f"{server}/privacy").text
    assert "Those that you let in before stay until you take them back." in page
    [grant] = grants(server, token)
    assert f'action="/privacy/apps/{grant["id"]}/revoke"' in page
    # An app calls from a machine of its own, whose headers say nothing of the person's wish.
    answer = app.session.get(f"{server}/api/v1/me/places", headers={"Sec-GPC": "1"}, timeout=20)
    assert len(answer.json()["places"]) == 1


def test_who_comes_back_with_a_key_is_asked_the_same_question(server: str, app: App, token: str) -> None:
    browser = Browser(server)
    page = browser.call("GET", app.asks())
    form = Form(page.text.partition('action="/authorize/key"')[2].partition("</form>")[0])
    assert form.hidden == {name: value for name, [value] in parse_qs(urlsplit(app.asks_as).query).items()}
    wrong = browser.call("POST", f"{server}/authorize/key", form.hidden | {"key": "fs_"})
    assert (wrong.status_code, browser.token) == (400, None)
    assert "This is no key" in wrong.text
    assert Form(wrong.text).buttons.keys() == {"yes", "no"}  # the app's request is not lost
    back = browser.call("POST", f"{server}/authorize/key", form.hidden | {"key": f" {token.upper()[:9]} {token[9:]}"})
    assert (back.status_code, browser.token) == (303, token)
    assert back.headers["Location"].startswith("/authorize?")
    app.comes_in(browser.decide(f"{server}{back.headers['Location']}", "yes"))
    assert len(app.reads("/api/v1/me/places").json()["places"]) == 1


@pytest.mark.parametrize(
    "change", [{"redirect_uri": "https://evil.example/back"}, {"client_id": "b" * 16}, {"client_id": "//evil.example"}]
)
def test_with_a_key_nobody_is_sent_to_an_address_that_is_no_apps(
    server: str, app: App, token: str, change: dict[str, str]
) -> None:
    browser = Browser(server)
    form = Form(browser.call("GET", app.asks()).text).hidden | change | {"key": token}
    del form["policy"], form["language"]
    answer = browser.call("POST", f"{server}/authorize/key", form)
    assert (answer.status_code, browser.token) == (400, None)
    assert "Location" not in answer.headers
    assert browser.call("POST", f"{server}/authorize/key", form | {"next": "https://evil.example"}).status_code == 400


def test_a_key_that_the_browser_holds_is_not_replaced_on_the_way(server: str, app: App, token: str) -> None:
    browser = Browser(server, token)
    page = browser.call("GET", app.asks())
    assert "/authorize/key" not in page.text
    form = Form(page.text).hidden | {"key": new_person().token}
    del form["policy"], form["language"]
    answer = browser.call("POST", f"{server}/authorize/key", form)
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (303, False)
    elsewhere = Browser(server, **{"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.call("POST", f"{server}/authorize/key", form).status_code == 403
    assert elsewhere.token is None


@pytest.mark.parametrize(
    "change", [{"code_verifier": generate_token(64)}, {"code_verifier": None}, {"redirect_uri": "https://amigo.example/back"}]
)
def test_whoever_stole_the_code_gets_nothing_for_it(server: str, app: App, token: str, change: dict[str, Any]) -> None:
    back = Browser(server, token).decide(app.asks(), "yes")
    with pytest.raises(OAuthError, match="invalid_"):
        app.comes_in(back, **change)
    assert "access_token" in app.comes_in(back)


def test_a_code_that_comes_twice_shows_the_app_out(server: str, app: App, token: str) -> None:
    back = Browser(server, token).decide(app.asks(), "yes")
    app.comes_in(back)
    assert app.reads("/api/v1/me/places").status_code == 200
    other = App(server, app.session.client_id)
    other.verifier, other.state = app.verifier, app.state
    with pytest.raises(OAuthError, match="invalid_grant"):
        other.comes_in(back)
    assert app.reads("/api/v1/me/places").status_code == 403


def test_tokens_run_out_by_the_clock(server: str, app: App, token: str, data_dir: Path) -> None:
    app.comes_in(Browser(server, token).decide(app.asks(), "yes"))
    with closing(sqlite3.connect(data_dir / "finder.sqlite", timeout=20)) as store:  # an hour later, as far as the token knows
        store.execute("UPDATE app_token SET expires_at = '2026-01-01 00:00:00.000000' WHERE kind = 'access'")
        store.commit()
    app.session.token = {**app.session.token, "expires_at": 2**40}  # or the client would not even try
    answer = app.reads("/api/v1/me/places")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_scope_that_was_not_given_is_403_and_says_so(server: str, app: App, token: str) -> None:
    app.comes_in(Browser(server, token).decide(app.asks(scope="consents.read"), "yes"))
    assert app.reads("/api/v1/me/consents").status_code == 200
    answer = app.reads("/api/v1/me/places")
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/me/data"),
        ("GET", "/api/v1/me/grants"),
        ("GET", "/api/v1/consents"),
        ("POST", "/api/v1/me/places"),
        ("DELETE", "/api/v1/me"),
    ],
)
def test_an_app_is_not_the_person(server: str, app: App, token: str, method: str, path: str) -> None:
    app.comes_in(Browser(server, token).decide(app.asks(), "yes"))
    answer = app.session.request(method, f"{server}{path}", json=HOME if method == "POST" else None, timeout=20)
    assert answer.status_code == 401
    assert len(app.reads("/api/v1/me/places").json()["places"]) == 1


def test_an_app_gives_its_access_back(server: str, app: App, token: str) -> None:
    app.comes_in(Browser(server, token).decide(app.asks(), "yes"))
    # Authlib's own revoke_token() sends no client_id for an app without a secret.
    given = {"token": app.session.token["refresh_token"], "client_id": app.session.client_id}
    answer = requests.post(app.metadata["revocation_endpoint"], given, timeout=20)
    assert answer.status_code == 200
    assert app.reads("/api/v1/me/places").status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "https://evil.example/back"},
        {"client_id": "b" * 16},
        {"redirect_uri": "http://127.0.0.1:51004/elsewhere"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_no_apps(server: str, app: App, token: str, change: dict[str, str]) -> None:
    parts = urlsplit(app.asks())
    asked = {name: value for name, [value] in parse_qs(parts.query).items()} | change
    for decision in (None, "yes", "no"):
        browser = Browser(server, token)
        if decision is None:
            prepared = requests.Request("GET", f"{server}/authorize", params=asked).prepare()
            assert prepared.url is not None
            answer = browser.call("GET", prepared.url)
        else:
            form = asked | {"decision": decision, "policy": str(CURRENT_POLICY), "language": "en"}
            answer = browser.call("POST", f"{server}/authorize", form)
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert "evil.example" not in answer.text


def test_another_sites_page_cannot_press_the_button(server: str, app: App, token: str) -> None:
    form = Form(Browser(server, token).call("GET", app.asks()).text).hidden | {"decision": "yes"}
    answer = Browser(server, token, **{"Sec-Fetch-Site": "cross-site"}).call("POST", f"{server}/authorize", form)
    assert answer.status_code == 403
    assert grants(server, token) == []


def test_a_policy_that_changed_while_it_was_read_is_shown_again(server: str, app: App, token: str) -> None:
    form = Form(Browser(server, token).call("GET", app.asks()).text).hidden | {"decision": "yes", "policy": "2026-01-01"}
    assert Browser(server, token).call("POST", f"{server}/authorize", form).status_code == 409
    assert grants(server, token) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_says_who_what_and_how_long_and_its_buttons_are_equal(server: str, app: App, language: str) -> None:
    page = Browser(server).call("GET", f"{app.asks()}&lang={language}")
    form = Form(page.text)
    for told in ("Médico amigo", "hola@amigo.example", "https://amigo.example/", "2027", "HIPAA"):
        assert told in page.text
    assert form.hidden["language"] == language
    assert list(form.buttons) == ["yes", "no"]
    assert form.buttons["yes"] == form.buttons["no"]
    assert ("Los lugares que usted guardó" in page.text) is (language == "es")
    switch = re.search(r'href="(\?[^"]+)"[^>]*id="switch-language"', page.text)
    assert switch is not None
    assert "code_challenge=" in switch[1]
    assert page.headers["Content-Security-Policy"].count("form-action 'self' http://127.0.0.1:51004") == 1
    assert page.headers["Cache-Control"] == "private, no-store"


def test_no_secret_is_in_the_store_or_in_a_log(server: str, app: App, token: str, data_dir: Path) -> None:
    back = Browser(server, token).decide(app.asks(), "yes")
    [code] = parse_qs(urlsplit(back.headers["Location"]).query)["code"]
    first = dict(app.comes_in(back))
    app.reads("/api/v1/me/places")
    secrets = [code, first["access_token"], first["refresh_token"], token, app.verifier]
    files = [path for path in data_dir.rglob("*") if path.is_file()]
    assert {"finder.sqlite", "receipts.jwk.json"} <= {path.name for path in files}
    found = [(path.name, secret[:3]) for path in files for secret in secrets if secret.encode() in path.read_bytes()]
    assert found == []
