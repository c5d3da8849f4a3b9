"""Letting an application in, in a real browser: the page itself, both answers, and the way back that its policy allows."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, override
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from finder.domain.admin import Actor
from finder.domain.apps import AppScope
from finder.privacy.disclosures.registration import enter_app
from finder.privacy.policy import CURRENT_POLICY
from finder.store import Store
from finder.store.apps import AppStore
from tests.server import serving

from .checks import IN_BOTH, TARGETS, TOO_SMALL
from .conftest import DESKTOP, PHONE, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
SESSION = "__Host-finder-session"
YES, NO = "button[name=decision][value=yes]", "button[name=decision][value=no]"
HEIGHTS = "(buttons) => buttons.map((e) => [e.offsetWidth, e.offsetHeight, getComputedStyle(e).cssText, e.className])"


class _Waiting(http.server.BaseHTTPRequestHandler):
    """The application on the person's machine, where the browser comes back to."""

    came: list[str]

    def do_GET(self) -> None:
        self.came.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Amigo</title><link rel=icon href=data:,>")

    @override
    def log_message(self, *_: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - nothing is logged
        pass


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authorize")


@pytest.fixture(scope="module")
def client_id(data_dir: Path) -> str:
    url = f"sqlite:///{data_dir / 'finder.sqlite'}"
    with Store.open(url) as store, AppStore.open(url) as apps:
        store.migrate()
        app = enter_app(
            apps,
            name="Médico amigo",
            homepage="https://amigo.example/",
            contact="hola@amigo.example",
            redirect_uris=["http://127.0.0.1/back", "http://[::1]/back"],
            scopes=list(AppScope),
            by=Actor("cli:test"),
        )
    return app.id


@pytest.fixture(scope="module")
def server(data_dir: Path, client_id: str) -> Iterator[str]:
    """The address of a running finder that knows one application."""
    assert client_id
    with serving(data_dir) as address:
        yield address


@pytest.fixture
def app() -> Iterator[tuple[str, list[str]]]:
    """The application's address on this machine, and the paths that browsers came to."""
    handler = type("Waiting", (_Waiting,), {"came": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as waiting:
        thread = threading.Thread(target=waiting.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{waiting.server_port}/back", handler.came
        waiting.shutdown()
        thread.join()


def asked(client_id: str, redirect_uri: str = "http://127.0.0.1/back") -> str:
    """The path that the application sends the person to."""
    given = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "places.read consents.read",
        "state": "a&b=c",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    return f"/authorize?{urlencode(given)}"


@IN_BOTH
@pytest.mark.parametrize("headers", [{}, {"Sec-GPC": "1"}], ids=["asked", "opted out"])
def test_axe_finds_nothing(visit: Visit, client_id: str, size: tuple[int, int], locale: str, headers: dict[str, str]) -> None:
    watched = visit("/privacy", size=size, locale=locale, extra_http_headers=headers)
    watched.page.goto(asked(client_id))
    watched.faults[:] = [fault for fault in watched.faults if not (headers and "403" in fault)]
    assert watched.page.get_attribute("html", "lang") == locale[:2]
    assert watched.axe() == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert watched.page.evaluate(TOO_SMALL, TARGETS) == []
    assert watched.page.locator(YES).count() == (0 if headers else 1)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_yes_and_no_look_the_same(visit: Visit, client_id: str, size: tuple[int, int]) -> None:
    yes, no = visit(asked(client_id), size=size).page.eval_on_selector_all("button[name=decision]", HEIGHTS)
    assert yes == no


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize(("button", "given"), [(YES, "code"), (NO, "error")], ids=["yes", "no"])
def test_either_answer_leads_back_to_the_app(
    browser: Browser, server: str, client_id: str, app: tuple[str, list[str]], script: bool, button: str, given: str
) -> None:
    """Chromium holds redirects after a form to ``form-action``: this fails where the app's address is not let in there."""
    redirect_uri, came = app
    with browser.new_context(base_url=server, java_script_enabled=script) as context:
        page = context.new_page()
        page.goto(asked(client_id, redirect_uri))
        page.click(button)
        page.wait_for_url(f"{redirect_uri}?**")
        told = parse_qs(urlsplit(page.url).query)
        assert given in told
        assert (told["state"], told["iss"]) == (["a&b=c"], [server])
        assert len([path for path in came if path.startswith("/back?")]) == 1
        cookies: dict[str, Any] = {cookie.get("name", ""): cookie for cookie in context.cookies(server)}
        assert (SESSION in cookies) is (button == YES)
        if button == YES:
            held = cookies[SESSION]
            assert (held["secure"], held["httpOnly"], held["sameSite"], held["expires"]) == (True, True, "Lax", -1)
            page.goto("/privacy")
            assert "Médico amigo" in page.content()


def test_the_language_is_switched_without_losing_the_question(visit: Visit, client_id: str) -> None:
    page = visit(asked(client_id), locale="en-US").page
    page.click("#switch-language")
    assert page.get_attribute("html", "lang") == "es"
    assert page.input_value("form[action='/authorize'] input[name=state]") == "a&b=c"
    assert page.locator(YES).count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_with_a_key_that_was_written_down_one_comes_back_to_the_question(
    browser: Browser, server: str, client_id: str, app: tuple[str, list[str]], script: bool
) -> None:
    redirect_uri, came = app
    yes = {"purposes": ["search"], "policy": str(CURRENT_POLICY), "language": "es"}
    key = httpx.post(f"{server}/api/v1/consents", json=yes).json()["token"]
    with browser.new_context(base_url=server, locale="es-MX", java_script_enabled=script) as context:
        page = context.new_page()
        page.goto(asked(client_id, redirect_uri))
        page.click("summary:has-text('Usar mi llave')")
        page.fill("#key", "fs_")
        page.click("text=Volver >> nth=-1")
        assert "Esto no es una llave" in page.content()
        page.fill("#key", key)
        page.press("#key", "Enter")
        page.wait_for_url("**/authorize?**")
        assert page.locator("#key").count() == 0
        assert page.locator(YES).count() == 1
        cookies: dict[str, Any] = {cookie.get("name", ""): cookie for cookie in context.cookies(server)}
        assert cookies[SESSION]["value"] == key
        page.click(YES)
        page.wait_for_url(f"{redirect_uri}?**")
        assert "code" in parse_qs(urlsplit(page.url).query)
        assert len(came) >= 1


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_field_for_a_key_looks_good(visit: Visit, client_id: str, size: tuple[int, int]) -> None:
    watched = visit("/privacy", size=size, locale="es-MX")
    watched.page.goto(asked(client_id))
    watched.page.click("summary:has-text('Usar mi llave')")
    assert watched.axe() == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert watched.page.evaluate(TOO_SMALL, TARGETS) == []


def test_no_other_page_may_lead_elsewhere(server: str) -> None:
    for path in ("/", "/privacy", "/authorize"):
        policy = httpx.get(f"{server}{path}", headers={"Accept": "text/html"}).headers["content-security-policy"]
        assert "form-action 'self';" in policy
