"""The one question about a position, in a real browser: asked when it is needed, remembered by a cookie, asked again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import BrowserContext, Page, Request

from finder.domain.consent import Act, ConsentEntry, Purpose
from finder.http.persons import SESSION_COOKIE
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import new_person, person_of
from finder.store.consents import ConsentLedger
from tests.consenting import ledger_in, old_yes
from tests.server import serving
from tests.web.doctors import PEOPLE, ROLES
from tests.web.town import publish_town

from .checks import GRANTED, nothing_kept
from .conftest import BY_THE_STATION, DESKTOP, PHONE, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
WAY_PAGE = "/facilities/town0001/directions"
BY_DEVICE = '[data-source="gps"]'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("consents")
    publish_town(folder, people=PEOPLE, roles=ROLES)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """A finder whose ledger the tests can read: in place of that of all other tests."""
    with serving(folder) as address:
        yield address


@pytest.fixture
def ledger(folder: Path) -> Iterator[ConsentLedger]:
    with ledger_in(folder) as opened:
        yield opened


def session(watched: Watched) -> Any:
    cookies: list[Any] = [one for one in watched.context.cookies() if one.get("name") == SESSION_COOKIE]
    assert len(cookies) < 2
    return cookies[0] if cookies else None


def lines(watched: Watched, ledger: ConsentLedger) -> list[ConsentEntry]:
    person = person_of(session(watched)["value"])
    assert person is not None
    return ledger.entries(person.subject)


def sent(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.post_data or ""))


def is_asked(page: Page) -> bool:
    page.click("#use-location")
    page.wait_for_selector(f"#consent[open], {BY_DEVICE}")
    return page.is_visible("#consent")


def expected_faults(watched: Watched, status: int) -> None:
    """The browser says in its console that an answer was refused, as it was to be."""
    assert any(f"status of {status}" in fault for fault in watched.faults)
    watched.faults = [fault for fault in watched.faults if f"status of {status}" not in fault]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_yes_is_kept_and_holds_for_its_purpose_on_every_page(
    visit: Visit, ledger: ConsentLedger, size: tuple[int, int]
) -> None:
    watched = visit(size=size, **GRANTED)
    page = watched.page
    assert not page.is_visible("#agreed")
    assert is_asked(page)
    assert session(watched) is None
    with page.expect_request("**/privacy/consents") as said:
        page.click("#consent-exact")
    page.wait_for_selector(BY_DEVICE)
    assert sent(said.value) == {"say": "yes", "purpose": "search", "policy": str(CURRENT_POLICY), "language": "en"}
    cookie = session(watched)
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    assert cookie["expires"] == -1  # gone with the browser
    [line] = lines(watched, ledger)
    assert (line.act, line.purpose, line.policy_version, line.language) == (Act.GRANTED, Purpose.SEARCH, CURRENT_POLICY, "en")
    assert page.is_visible("#agreed")
    assert watched.axe() == []
    nothing_kept(watched)
    page.goto("/?kind=clinic")
    assert page.inner_text("#agreed time") != ""
    assert page.get_attribute("#agreed a", "href") == "/privacy"
    assert not is_asked(page)
    # Directions are another purpose, asked about where one asks for them.
    page.goto(WAY_PAGE)
    assert not page.is_visible("#agreed")
    assert is_asked(page)
    page.click("#consent-exact")
    page.wait_for_selector(BY_DEVICE)
    assert [line.purpose for line in lines(watched, ledger)] == [Purpose.SEARCH, Purpose.DIRECTIONS]
    assert session(watched)["value"] == cookie["value"]
    page.goto(WAY_PAGE)
    assert not is_asked(page)
    nothing_kept(watched)


@pytest.mark.parametrize("path", ["/", WAY_PAGE])
def test_only_my_area_leaves_nothing_behind(visit: Visit, ledger: ConsentLedger, path: str) -> None:
    before = ledger.newest()
    watched = visit(path, size=PHONE, **GRANTED)
    assert is_asked(watched.page)
    watched.page.click("#consent-area")
    watched.page.wait_for_selector(BY_DEVICE)
    assert watched.context.cookies() == []
    assert ledger.newest() == before
    assert not watched.page.is_visible("#agreed")
    nothing_kept(watched)


@pytest.mark.parametrize(("path", "purpose"), [("/", "search"), (WAY_PAGE, "directions")])
def test_a_yes_that_was_taken_back_elsewhere_is_asked_for_again(
    visit: Visit, ledger: ConsentLedger, path: str, purpose: str
) -> None:
    watched = visit(path, size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector(BY_DEVICE)
    page.evaluate(
        """(purpose) => fetch("/privacy/consents", {method: "POST", body: new URLSearchParams({say: "revoke", purpose})})""",
        purpose,
    )
    page.click("#use-location")
    page.wait_for_selector("#consent[open]")
    expected_faults(watched, 403)
    assert not page.is_visible("#agreed")
    page.click("#consent-exact")
    page.wait_for_selector("#consent:not([open])", state="attached")
    page.wait_for_selector("#location-message", state="hidden")
    assert page.is_visible("#agreed")
    assert [line.act for line in lines(watched, ledger)] == [Act.GRANTED, Act.REVOKED, Act.GRANTED]


def known(watched: Watched, ledger: ConsentLedger, server: str) -> None:
    """Somebody who agreed to searches under a policy that is no longer in force."""
    person = new_person()
    old_yes(ledger, person.subject, Purpose.SEARCH)
    kept: Any = {"name": SESSION_COOKIE, "value": person.token, "secure": True, "httpOnly": True, "sameSite": "Lax"}
    # Told by a test and not by the machine itself, the browser takes a cookie of that name for https alone; it goes to both.
    watched.context.add_cookies([{**kept, "url": server.replace("http:", "https:")}])


def test_a_new_policy_is_asked_about_and_the_old_yes_stays_in_the_ledger(
    visit: Visit, ledger: ConsentLedger, server: str
) -> None:
    watched = visit("/privacy", size=PHONE, **GRANTED)
    page = watched.page
    known(watched, ledger, server)
    page.goto("/")
    assert not page.is_visible("#agreed")
    assert is_asked(page)
    page.click("#consent-exact")
    page.wait_for_selector(BY_DEVICE)
    assert [str(line.policy_version) for line in lines(watched, ledger)] == ["2026-10-01", str(CURRENT_POLICY)]
    page.goto("/")
    assert not is_asked(page)


def test_a_page_from_before_the_new_policy_asks_about_the_new_one(visit: Visit, ledger: ConsentLedger, server: str) -> None:
    watched = visit("/privacy", size=PHONE, **GRANTED)
    page = watched.page
    known(watched, ledger, server)

    def from_before(route: Any) -> None:
        html = route.fetch().text()
        assert "data-policy=" in html
        old = html.replace(f'data-policy="{CURRENT_POLICY}"', 'data-policy="2026-10-01" data-agreed="2026-10-02T12:00:00+00:00"')
        route.fulfill(body=old, content_type="text/html")

    page.route(f"{server}/", from_before, times=1)
    page.goto("/")
    assert "October" in page.inner_text("#agreed time")
    page.click("#use-location")
    page.wait_for_selector("#consent[open]")
    expected_faults(watched, 409)
    page.click("#consent-exact")
    page.wait_for_selector(BY_DEVICE)
    assert [str(line.policy_version) for line in lines(watched, ledger)] == ["2026-10-01", str(CURRENT_POLICY)]


@pytest.mark.parametrize("path", ["/", WAY_PAGE])
def test_who_refuses_cookies_agrees_in_each_request(without_cookies: BrowserContext, ledger: ConsentLedger, path: str) -> None:
    before = ledger.newest()
    page = without_cookies.pages[0]
    page.goto(path)
    assert page.evaluate("navigator.cookieEnabled")  # though none is kept: nobody may go by it
    fragment = "**/results" if path == "/" else "**/way"
    assert is_asked(page)
    for press in ("#consent-exact", "#use-location"):  # the second time nothing is asked
        with page.expect_response(fragment) as answered:
            page.click(press)
        assert answered.value.status == 200
        assert sent(answered.value.request)["consent"] == str(CURRENT_POLICY)
    page.wait_for_selector(BY_DEVICE)
    assert "accurate to about 20" in page.content()
    assert not page.is_visible("#consent")
    assert not page.is_visible("#agreed")
    assert without_cookies.cookies() == []
    assert ledger.newest() == before
    assert "60.17" not in page.url + page.evaluate("JSON.stringify(history.state)")  # and storage there is none


def test_who_refuses_cookies_is_told_that_no_yes_is_written(without_cookies: BrowserContext, ledger: ConsentLedger) -> None:
    before = ledger.newest()
    page = without_cookies.pages[0]
    page.goto("/privacy")
    page.click("#consent-search button")
    page.wait_for_selector("#consents ~ .notice:has-text('does not keep cookies')")
    assert ledger.newest() == before


@pytest.mark.parametrize("path", ["/", WAY_PAGE])
def test_without_a_fix_nothing_is_agreed_to(visit: Visit, ledger: ConsentLedger, path: str) -> None:
    before = ledger.newest()
    watched = visit(path, size=PHONE)  # and the browser's own question is answered by no
    page = watched.page
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector("#location-message:has-text('does not let us see')")
    assert ledger.newest() == before
    assert watched.context.cookies() == []
    assert not page.is_visible("#agreed")
    # The person lets it after all, and has said already how exactly.
    watched.context.grant_permissions(["geolocation"])
    watched.context.set_geolocation(BY_THE_STATION)  # type: ignore[arg-type]
    page.click("#use-location")
    page.wait_for_selector(BY_DEVICE)
    assert [line.act for line in lines(watched, ledger)] == [Act.GRANTED]


def test_an_answer_that_cannot_be_kept_is_said(visit: Visit) -> None:
    watched = visit(size=PHONE, **GRANTED)
    page = watched.page
    page.route("**/privacy/consents", lambda route: route.fulfill(status=503))
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector("#location-message:has-text('could not be saved')")
    assert page.locator(BY_DEVICE).count() == 0
    expected_faults(watched, 503)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_cookie_comes_back_to_the_machine_itself(visit: Visit, server: str, host: str) -> None:
    """Its name has the prefix that browsers take over https, and from what is served on the very machine."""
    watched = visit("/privacy", size=PHONE)
    page = watched.context.browser.new_context().new_page()  # type: ignore[union-attr]
    page.goto(server.replace("127.0.0.1", host))
    body = {"say": "yes", "purpose": "search", "policy": str(CURRENT_POLICY), "language": "en"}
    said = "(body) => fetch('/privacy/consents', {method: 'POST', body: new URLSearchParams(body)}).then((reply) => reply.status)"
    assert page.evaluate(said, body) == 204
    page.reload()
    assert page.get_attribute("#consent", "data-agreed")
    page.context.close()
