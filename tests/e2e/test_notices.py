"""Notices for a visit in a real browser: switched on one question at a time, a walk to the place, and stopped again."""

import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request

from finder.domain.admin import Actor
from finder.domain.consent import Purpose
from finder.domain.delivery import Webhook
from finder.domain.fence import Circle, Fence, Trigger, Wish
from finder.domain.tenant import Tenant
from finder.http.persons import SESSION_COOKIE
from finder.notices.fences.desk import FenceDesk
from finder.notices.fences.sites import DirectorySites
from finder.notices.law.boundaries import installed_boundaries
from finder.privacy.subjects import Person, person_of
from finder.store.fences import FenceStore
from finder.store.tenants import TenantStore
from finder.store.webhooks import Webhooks
from tests.conftest import without
from tests.consenting import ledger_in, old_yes
from tests.server import serving
from tests.web.town import FACILITIES, publish_town

from .checks import TARGETS, TOO_SMALL, tab_to
from .conftest import DESKTOP, PHONE, Watched
from .test_notices_worker import KEPT

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
CLINIC, DENTIST, HEARING = FACILITIES[0], FACILITIES[4], FACILITIES[6]
"""The last one's tenant can be told who comes."""
BY = Actor(name="test", key_id=None)
WISHES = (
    Wish(trigger=Trigger.ENTER, texts={"en": "Check in on floor 2.", "es": "Regístrese en el piso 2."}),
    Wish(trigger=Trigger.DWELL, dwell_s=60.0, texts={"en": "Have your card ready.", "es": "Tenga lista su tarjeta."}),
)
STEPS = ("place", "where", "consent", "position", "notification")
ALL_STEPS = (*STEPS[:3], "facility", *STEPS[3:])
FASTER = 30.0
HURRY = f"""(() => {{
  // The device's clock: ten minutes behind at first, and faster than ours until it has caught up.
  const begun = Number(sessionStorage.begun ??= Date.now());
  const told = Object.getOwnPropertyDescriptor(GeolocationPosition.prototype, "timestamp").get;
  Object.defineProperty(GeolocationPosition.prototype, "timestamp", {{
    get() {{ return Math.min(told.call(this), begun - 600000 + {FASTER} * (told.call(this) - begun)); }},
  }});
}})()"""
SEEN_AS = """(how) => {
  Object.defineProperty(document, "visibilityState", { value: how, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
TAPPED = """(buttons) => {
  const tap = () => new MouseEvent("click", { bubbles: true, detail: 1 });
  for (const button of buttons) document.querySelector(button).dispatchEvent(tap());
}"""
TOO_WIDE = """(box) => {
  const of = document.querySelector(box), { paddingLeft, paddingRight } = getComputedStyle(of);
  const left = of.getBoundingClientRect().left + parseFloat(paddingLeft) - 0.5;
  const right = of.getBoundingClientRect().right - parseFloat(paddingRight) + 0.5;
  const isOut = (side) => side.width > 0 && (side.left < left || side.right > right);
  const parts = [...of.querySelectorAll("*:not(.unseen, .unseen *)")];
  return parts.filter((one) => isOut(one.getBoundingClientRect())).map((one) => one.outerHTML.slice(0, 80));
}"""
WALKS_MPS, STEP_MS = 1.4, 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town whose clinic tells its visitors something."""
    boundaries = installed_boundaries()
    if boundaries is None:
        without("needs the outlines of countries: run python web-assets/install.py")
    folder = tmp_path_factory.mktemp("notices")
    directory = publish_town(folder)
    store_url = f"sqlite:///{folder / 'finder.sqlite'}"
    with FenceStore.open(store_url) as fences, TenantStore.open(store_url) as tenants:
        tenants.add(
            Tenant(id="north", name="Northern Care", created_at=datetime.now(UTC), facilities=(CLINIC.id, DENTIST.id)), BY
        )
        tenants.add(Tenant(id="south", name="Southern Care", created_at=datetime.now(UTC), facilities=(HEARING.id,)), BY)
        with Webhooks.open(store_url) as webhooks:
            webhook = Webhook(id="desk", tenant="south", url="https://desk.example/hook", created_at=datetime.now(UTC))
            webhooks.add(webhook, b"sealed", by=BY)
        desk = FenceDesk(fences, tenants, DirectorySites(directory), lambda: boundaries, lambda: datetime.now(UTC), trial_runs=5)
        for tenant, one in (("north", CLINIC), ("north", DENTIST), ("south", HEARING)):
            shape = Circle(centre=one.lon_lat, radius_m=100.0)
            fence = Fence(id="", tenant=tenant, facility_id=one.id, name="Front", shape=shape, wishes=WISHES)
            desk.activate(desk.save(fence, by=BY).fence.id, by=BY)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    with serving(folder) as address:
        yield address


def place(east_m: float) -> dict[str, float]:
    """So far east of the clinic's door."""
    degree_m = 111_195.0 * math.cos(math.radians(CLINIC.lon_lat.lat))
    return {"latitude": CLINIC.lon_lat.lat, "longitude": CLINIC.lon_lat.lon + east_m / degree_m, "accuracy": 8.0}


def walker(visit: Visit, path: str, **options: Any) -> tuple[Watched, list[Request]]:
    """Somebody 160 m from the door, and all that their browser sends from now on."""
    granted = {"permissions": ["geolocation", "notifications"], "geolocation": place(160.0)}
    watched = visit("about:blank", **{**granted, **options})
    watched.context.add_init_script(HURRY)
    sent: list[Request] = []
    watched.page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - Playwright writes to what it is given
    watched.page.goto(path)
    return watched, sent


def step(page: Page, name: str) -> None:
    page.wait_for_selector(f"#step-{name}:not([hidden])")
    assert [one for one in ALL_STEPS if page.is_visible(f"#step-{one}")] == [name]


def answer(page: Page, name: str, button: str) -> None:
    """By a key: a tap so soon after a question is shown is passed over."""
    step(page, name)
    page.press(f"#step-{name} {button}", "Enter")


def switch_on(page: Page, mode: str, *, outside: str = "yes", agrees: bool = True) -> None:
    answer(page, "place", "[data-next]")
    answer(page, "where", f"[data-mode={mode}]")
    if agrees:
        answer(page, "consent", "[data-agree]")
    answer(page, "position", "[data-position]")
    answer(page, "notification", f"[data-notification={outside}]")
    page.wait_for_selector({"device": ".armed-here", "service": ".armed-there"}[mode])


def walk_to(watched: Watched, start_m: float, until: Callable[[], bool], *, most: int = 90) -> float:
    """Walk to the door, then stand there, until something is so; how far from it that was."""
    at_m = start_m
    for _ in range(most):
        watched.context.set_geolocation(place(at_m))  # type: ignore[arg-type]
        watched.page.wait_for_timeout(STEP_MS)
        if until():
            return at_m
        at_m = max(0.0, at_m - WALKS_MPS * FASTER * STEP_MS / 1000.0)
    raise AssertionError(watched.page.inner_text("#overview"))


def told(page: Page) -> list[str]:
    return page.locator("#told-list li > p:nth-child(2)").all_inner_texts()


def outside(page: Page) -> list[list[str]]:
    """What is shown as notifications of the device, by title and tag."""
    shown: list[list[str]] = page.evaluate(
        "navigator.serviceWorker.getRegistration('/notices')"
        ".then((one) => one.getNotifications()).then((all) => all.map(({ title, tag }) => [title, tag]))"
    )
    return shown


def bodies(sent: list[Request]) -> list[tuple[str, str, str]]:
    return [(one.method, one.url, one.post_data or "") for one in sent if "/static/" not in one.url]


@pytest.mark.parametrize(
    ("mode", "locale", "size", "texts"),
    [
        ("device", "en-GB", PHONE, ["Have your card ready.", "Check in on floor 2."]),
        ("service", "es-MX", DESKTOP, ["Tenga lista su tarjeta.", "Regístrese en el piso 2."]),
    ],
    ids=["device", "service"],
)
def test_a_walk_to_the_place_tells_each_notice_once(
    visit: Visit, mode: str, locale: str, size: tuple[int, int], texts: list[str]
) -> None:
    watched, sent = walker(visit, f"/facilities/{CLINIC.id}", size=size, locale=locale)
    page = watched.page
    page.click(f"a[href='/notices?facility={CLINIC.id}']")
    switch_on(page, mode)
    assert page.url.endswith("/notices")
    assert page.evaluate("document.activeElement.id") == "armed-heading"
    assert page.locator("#armed-list li").count() == 1
    page.evaluate(SEEN_AS, "hidden")
    other = watched.context.new_page()
    other.add_init_script("navigator.geolocation.watchPosition = () => 1")  # it hears of what is noticed by the first alone
    other.goto("/notices")
    at_m = walk_to(watched, 160.0, lambda: len(told(page)) > 0)
    assert told(page)[-1:] == texts[1:]
    other.wait_for_selector("#told-list li")
    assert told(other) == told(page)
    other.close()
    assert [url for _, url, _ in bodies(sent) if url.endswith("/seen")] == []  # nobody looks: it has to be told otherwise, too
    if mode == "service":
        with page.expect_request("**/api/v1/notices/*/seen"):
            page.evaluate(SEEN_AS, "visible")
    page.reload()
    page.wait_for_selector("#told-list li")
    walk_to(watched, at_m, lambda: len(told(page)) > 1)
    assert told(page) == texts
    page.wait_for_timeout(4 * STEP_MS)
    assert told(page) == texts
    shown = outside(page)
    assert len(shown) == len({tag for _, tag in shown}) == 2
    page.locator("#told-list summary").first.click()
    assert "Northern Care" in page.inner_text("#told-list details[open]")
    assert watched.axe() == []
    assert page.evaluate(TOO_SMALL, TARGETS) == []
    check_sent(sent, mode)
    page.click("#stop-all button")
    page.wait_for_selector("#armed-none:visible")
    assert page.is_visible("#message, main > .notice[role=status]")
    assert page.locator("#armed-list li").count() == 0
    assert page.evaluate("Object.keys(localStorage)") == []
    assert page.is_hidden("#running")
    assert page.evaluate("Object.keys(sessionStorage)") == ["begun"]
    # Playwright's browser is in no profile of its own, where there is no Web Push.
    watched.faults = [fault for fault in watched.faults if "Push API in incognito" not in fault]


def check_sent(sent: list[Request], mode: str) -> None:
    """On the device's own watch no position leaves it; else it does in bodies of one call alone."""
    degrees = (f"{CLINIC.lon_lat.lat:.3f}", f"{CLINIC.lon_lat.lon:.2f}")
    everything = bodies(sent)
    assert not [url for _, url, _ in everything if any(one in url for one in degrees)]
    with_positions = {url.partition("/api")[2] for _, url, body in everything if any(one in body for one in degrees)}
    if mode == "device":
        assert with_positions == set()
        posted = {url.rpartition("/")[2].partition("?")[0] for method, url, _ in everything if method != "GET"}
        assert posted == {"consents"}
        asked = [url for _, url, _ in everything if "/api/" in url]
        assert len(asked) == 1
        assert "/api/v1/fences?cell=87" in asked[0]
        cookies = [one.headers.get("cookie") for one in sent if "/api/v1/fences" in one.url]
        assert cookies == [None]
        told_us = [one for one in sent if re.search(r"/api/|/\.well-known/|/consents", one.url)]
        # The yes is sent twice, as the first answer is the cookie; the address of the page would name the place.
        assert [one.all_headers().get("referer") for one in told_us] == [None] * 4
    else:
        assert with_positions == {"/v1/positions"}
        assert not [url for _, url, _ in everything if CLINIC.id in url and "/api/" in url]


@pytest.mark.parametrize(("locale", "size"), [("en-GB", PHONE), ("es-MX", DESKTOP)], ids=["phone", "desktop"])
def test_every_question_is_whole_for_a_screen_reader_and_a_thumb(visit: Visit, locale: str, size: tuple[int, int]) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}", size=size, locale=locale)
    page = watched.page
    ways = ["[data-next]", "[data-mode=service]", "[data-agree]", "[data-position]", ""]
    for name, way in zip(STEPS, ways, strict=True):
        step(page, name)
        shown = page.evaluate("performance.now()")
        assert watched.axe() == []
        assert page.evaluate(TOO_SMALL, TARGETS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        buttons = page.locator(f"#step-{name} .button:visible").all()
        widths = {round(one.bounding_box()["width"]) for one in buttons}  # type: ignore[index]
        assert len(widths) == 1
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.evaluate(TOO_WIDE, f"#step-{name}") == []
        page.evaluate("document.documentElement.style.fontSize = ''")
        if way:
            page.wait_for_function("(at) => performance.now() - at > 400", arg=shown)
            page.click(f"#step-{name} {way}")
    page.press("#step-notification [data-next]", "Enter")
    step(page, "position")
    page.press("#step-position [data-next]", "Enter")
    step(page, "where")  # the agreement is there
    page.press("#step-where [data-next=place]", "Enter")
    page.wait_for_function("(at) => performance.now() - at > 400", arg=page.evaluate("performance.now()"))
    page.evaluate(TAPPED, ["#step-place [data-next]", "#step-where [data-mode=device]"])
    step(page, "where")  # nobody has read it at the second tap


@pytest.mark.parametrize(("answered", "locale", "size"), [("no", "en-GB", PHONE), ("yes", "es-MX", DESKTOP)])
def test_the_place_is_told_only_where_the_person_says_so(visit: Visit, answered: str, locale: str, size: tuple[int, int]) -> None:
    watched, sent = walker(visit, f"/notices?facility={HEARING.id}", size=size, locale=locale)
    page = watched.page
    answer(page, "place", "[data-next]")
    answer(page, "where", "[data-mode=device]")
    answer(page, "consent", "[data-agree]")
    answer(page, "position", "[data-next]:visible")  # of what this device looks after nobody is told
    answer(page, "where", "[data-mode=service]")
    step(page, "facility")
    assert page.evaluate("document.activeElement.id") == "ask-facility"
    assert "Southern Care" in page.inner_text("#ask-facility")
    assert watched.axe() == []
    assert page.evaluate(TOO_SMALL, TARGETS) == []
    answer(page, "facility", "[data-tell=yes]")
    answer(page, "position", "[data-next]:visible")
    answer(page, "facility", f"[data-tell={answered}]")
    answer(page, "position", "[data-position]")
    answer(page, "notification", "[data-notification=no]")
    page.wait_for_selector(".armed-there")
    [armed] = [json.loads(body) for method, url, body in bodies(sent) if method == "POST" and url.endswith("/api/v1/visits")]
    wished = {"tell_facility": True, "who": ["Southern Care"]} if answered == "yes" else {"tell_facility": False}
    assert armed == {"facility": HEARING.id, "language": locale[:2], **wished}
    assert page.locator(".armed-there .reference").count() == (answered == "yes")
    assert watched.axe() == []
    if answered == "yes":
        assert re.fullmatch("[0-9a-f]{16}", page.inner_text(".armed-there .reference"))


@pytest.mark.parametrize(
    ("mode", "left", "comes_back"),
    [
        ("device", "where", "where"),
        ("device", "consent", "consent"),
        ("device", "position", "position"),
        ("service", "consent", "where"),  # no address says that positions go to our service
        ("service", "facility", "where"),
        ("service", "position", "where"),
        ("service", "notification", "where"),
    ],
)
def test_who_changes_the_language_comes_back_to_the_question(visit: Visit, mode: str, left: str, comes_back: str) -> None:
    watched, sent = walker(visit, f"/notices?facility={HEARING.id}")
    page = watched.page
    ways = {
        "place": "[data-next]",
        "where": f"[data-mode={mode}]",
        "consent": "[data-agree]",
        "facility": "[data-tell=yes]",
        "position": "[data-position]",
    }
    asked = [name for name in ALL_STEPS if mode == "service" or name != "facility"]
    for name in asked[: asked.index(left)]:
        answer(page, name, ways[name])
    step(page, left)
    page.click("#switch-language")
    page.wait_for_selector("html[lang=es]")
    step(page, comes_back)
    assert page.evaluate("document.activeElement.id") == f"ask-{comes_back}"
    assert page.url.endswith(f"/notices?facility={HEARING.id}&lang=es")
    agreed = asked.index(left) > asked.index("consent")
    for name in asked[asked.index(comes_back) :]:
        if name == "consent" and agreed:
            continue
        answer(page, name, {**ways, "facility": "[data-tell=no]", "notification": "[data-notification=no]"}[name])
    page.wait_for_selector({"device": ".armed-here", "service": ".armed-there"}[mode])
    armed = [json.loads(body) for method, url, body in bodies(sent) if method == "POST" and url.endswith("/api/v1/visits")]
    assert [one["tell_facility"] for one in armed] == ([False] if mode == "service" else [])
    page.click("#switch-language")
    page.wait_for_selector("html[lang=en]")
    assert "#" not in page.url


@pytest.mark.parametrize("locale", ["en-GB", "es-MX"])
def test_where_another_runs_the_place_by_now_nobody_is_told_and_that_is_said(visit: Visit, locale: str) -> None:
    watched, _ = walker(visit, f"/notices?facility={HEARING.id}", locale=locale)
    page = watched.page
    page.evaluate("""document.getElementById("steps").dataset.hearing = '["Who ran it when the page was loaded"]'""")
    answer(page, "place", "[data-next]")
    answer(page, "where", "[data-mode=service]")
    answer(page, "consent", "[data-agree]")
    answer(page, "facility", "[data-tell=yes]")
    answer(page, "position", "[data-position]")
    answer(page, "notification", "[data-notification=no]")
    page.wait_for_selector(".armed-there")
    said = {"en": "nobody there is told of your visit", "es": "a nadie de ahí se le avisa de su visita"}
    assert said[locale[:2]] in page.inner_text("#message")
    assert page.locator(".armed-there .reference").count() == 0


def test_no_link_answers_who_may_look_for_the_person(visit: Visit) -> None:
    """Nor for who once agreed for this device, and would be asked nothing more before positions go to our service."""
    watched, sent = walker(visit, f"/notices?facility={HEARING.id}")
    page = watched.page
    switch_on(page, "device", outside="no")
    page.click("#stop-all button")
    page.wait_for_selector("#armed-none:visible")
    opens = {"service": "place", "facility": "place", "position": "place", "where": "where", "device": "position"}
    for number, (kept, name) in enumerate(opens.items()):
        page.goto(f"/notices?facility={CLINIC.id}&number={number}#{kept}")
        step(page, name)
    answer(page, "position", "[data-position]")
    answer(page, "notification", "[data-notification=no]")
    page.wait_for_selector(".armed-here")  # by the device, as the link said
    assert not [url for method, url, _ in bodies(sent) if method == "POST" and "/api/" in url]


def test_by_keyboard_alone_and_a_no_switches_nothing_on(visit: Visit) -> None:
    watched, sent = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    step(page, "place")
    tab_to(page, "#step-place [data-next]")
    page.keyboard.press("Enter")
    step(page, "where")
    assert page.evaluate("document.activeElement.id") == "ask-where"
    tab_to(page, "#step-where [data-mode=device]")
    page.keyboard.press("Enter")
    step(page, "consent")
    assert page.evaluate("document.activeElement.id") == "ask-consent"
    tab_to(page, "#step-consent [data-end]")
    page.keyboard.press("Space")
    page.wait_for_selector("#steps", state="hidden")
    assert page.inner_text("#message") == "Nothing is switched on."
    assert page.evaluate("document.activeElement.id") == "armed-heading"
    assert {method for method, _, _ in bodies(sent)} == {"GET"}
    assert watched.context.cookies() == []


def test_a_browser_that_does_not_tell_where_it_is(visit: Visit) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}", permissions=[])
    page = watched.page
    answer(page, "place", "[data-next]")
    answer(page, "where", "[data-mode=device]")
    answer(page, "consent", "[data-agree]")
    answer(page, "position", "[data-position]")
    page.wait_for_selector("#message:has-text('does not let this page see')")
    step(page, "position")
    assert page.locator("#armed-list li").count() == 0
    watched.context.grant_permissions(["geolocation", "notifications"])
    watched.context.set_geolocation(None)  # as indoors
    page.press("#step-position [data-position]", "Enter")
    page.wait_for_selector("#message:has-text('has not found where you are')")
    answer(page, "position", "[data-anyway]")
    step(page, "notification")
    page.evaluate("navigator.geolocation.getCurrentPosition = () => {}")  # it looks, and looks
    answer(page, "notification", "[data-next]")
    answer(page, "position", "[data-position]")
    page.wait_for_selector("#message:has-text('Looking for where you are')")
    answer(page, "position", "[data-end]")
    page.wait_for_selector("#message:has-text('Nothing is switched on.')")


def test_without_cookies_the_device_looks_and_the_service_cannot(without_cookies: BrowserContext) -> None:
    page, faults = without_cookies.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"/notices?facility={CLINIC.id}")
    answer(page, "place", "[data-next]")
    answer(page, "where", "[data-mode=service]")
    answer(page, "consent", "[data-agree]")
    page.wait_for_selector("#message:has-text('keeps no cookies')")
    answer(page, "consent", "[data-next=where]")
    answer(page, "where", "[data-mode=device]")
    answer(page, "consent", "[data-agree]")
    answer(page, "position", "[data-position]")
    page.wait_for_selector("#step-notification:visible, .armed-here")
    if page.is_visible("#step-notification"):
        answer(page, "notification", "[data-notification=no]")
    page.wait_for_selector(".armed-here")
    page.click("#stop-all button")
    page.wait_for_selector("#armed-none:visible")
    assert faults == []


def positions(sent: list[Request]) -> int:
    return sum(one.url.endswith("/api/v1/positions") for one in sent)


def test_stopped_in_one_tab_is_stopped_in_the_other(visit: Visit) -> None:
    watched, sent = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    switch_on(page, "device", outside="no")
    page.goto(f"/notices?facility={DENTIST.id}")
    answer(page, "place", "[data-next]")
    assert f"already looks after your visit to {CLINIC.name}" in page.inner_text("#step-where")
    assert "another visit" not in page.inner_text("#step-where")
    answer(page, "where", "[data-next=place]")
    switch_on(page, "service", outside="no", agrees=False)
    page.wait_for_selector("#running:has-text('goes to our service now, and this device looks')")
    assert "goes to our service too" in page.inner_text(".armed-here")
    other = watched.context.new_page()
    other.goto(f"/notices?facility={CLINIC.id}")
    other.press("#step-place [data-next]", "Enter")
    assert "Our service already looks after another visit" in other.inner_text("#step-where")
    other.press("#step-where [data-next=place]", "Enter")
    other.press("#step-place [data-end]", "Enter")
    assert other.inner_text("#message") == "Nothing was changed."
    other.goto("/notices?done=all")
    other.wait_for_selector("#running:has-text('goes to our service now')")
    assert other.url.endswith("/notices")
    assert "All is stopped" not in other.inner_text("main")
    with page.expect_request("**/api/v1/positions"):
        watched.context.set_geolocation(place(150.0))  # type: ignore[arg-type]
    other.click("#stop-all button")
    page.wait_for_selector("#armed-none:visible")
    other.wait_for_selector("#message:has-text('All is stopped')")
    assert page.inner_text("#message").startswith("Stopped")
    before = positions(sent)
    watched.context.set_geolocation(place(20.0))  # type: ignore[arg-type]
    page.wait_for_timeout(2 * STEP_MS)
    assert positions(sent) == before > 0
    page.reload()
    page.wait_for_selector("#armed-none:visible")


def test_what_is_armed_in_one_tab_is_shown_in_the_other(visit: Visit) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    other = watched.context.new_page()
    other.goto(f"/notices?facility={DENTIST.id}")
    other.press("#step-place [data-next]", "Enter")
    assert "another visit" not in other.inner_text("#step-where")
    switch_on(page, "service", outside="no")
    other.wait_for_selector(".armed-there")
    other.wait_for_selector("#running:has-text('goes to our service now')")
    assert "Our service already looks after another visit" in other.inner_text("#step-where")
    page.goto(f"/notices?facility={HEARING.id}")
    switch_on(page, "device", outside="no", agrees=False)
    other.wait_for_selector(".armed-here")
    assert f"already looks after your visit to {HEARING.name}" in other.inner_text("#step-where")
    assert other.is_hidden("#message")
    assert other.locator("#armed-list li").count() == 2


def test_stopped_on_one_device_is_heard_on_the_other_before_it_asks(visit: Visit) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    switch_on(watched.page, "service", outside="no")
    other, sent = walker(visit, "/notices", storage_state={"cookies": watched.context.cookies()})
    with other.page.expect_response("**/api/v1/positions"):
        other.page.wait_for_selector("#running:has-text('goes to our service now')")
    before = positions(sent)
    watched.page.click(".armed-there button")
    other.page.wait_for_selector("#armed-none:visible")
    other.page.wait_for_selector("#message:has-text('Our service has stopped')")
    assert other.page.is_hidden("#running")
    assert positions(sent) == before > 0
    other.context.set_geolocation(place(20.0))  # type: ignore[arg-type]
    other.page.wait_for_timeout(2 * STEP_MS)
    assert positions(sent) == before


def test_a_stop_without_a_connection_holds_here_at_once_and_is_told_once_there_is_one(visit: Visit) -> None:
    watched, sent = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    switch_on(page, "service", outside="no")
    page.wait_for_selector("#running:has-text('goes to our service now')")
    watched.context.route("**/api/v1/visits**", lambda route: route.abort())
    page.click(".armed-there button")
    page.wait_for_selector("#running:has-text('Our service does not know it yet')")
    other = watched.context.new_page()
    other.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - Playwright writes to what it is given
    other.goto("/notices")
    page.reload()
    before = positions(sent)
    for each in (page, other):
        each.wait_for_selector("#running:has-text('Our service does not know it yet')")
        assert each.locator(".armed-there").count() == 1
        assert "Waiting to be stopped." in each.inner_text(".armed-there")
        assert "Our service looks" not in each.inner_text(".armed-there")
    watched.context.set_geolocation(place(20.0))  # type: ignore[arg-type]
    page.wait_for_timeout(2 * STEP_MS)
    assert positions(sent) == before
    watched.context.unroute("**/api/v1/visits**")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_selector("#message:has-text('Stopped')")
    for each in (page, other):
        each.wait_for_selector("#armed-none:visible")
        assert each.is_hidden("#running")
        assert each.evaluate("Object.keys(localStorage)") == []
    watched.faults = [fault for fault in watched.faults if "net::ERR_FAILED" not in fault]


def test_an_agreement_taken_back_stops_and_forgets_all_in_every_tab(visit: Visit) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    watched.context.route("**/api/v1/notices/stream", lambda route: route.abort())  # our service would say so by it
    switch_on(page, "service", outside="no")
    page.goto(f"/notices?facility={DENTIST.id}")
    switch_on(page, "device", outside="no", agrees=False)
    assert page.locator("#armed-list li").count() == 2
    other = watched.context.new_page()
    other.goto("/privacy")
    assert other.evaluate(KEPT) == ["armed", "progress"]
    other.click("#consent-notices button")
    page.wait_for_selector("#armed-none:visible")
    assert page.inner_text("#message").startswith("Stopped")
    assert page.is_hidden("#running")
    assert other.evaluate("Object.keys(localStorage)") == []
    other.wait_for_function(f"async () => !(await ({KEPT})()).length")
    other.goto("/notices")
    assert other.locator("#armed-list li").count() == 0
    watched.faults = [fault for fault in watched.faults if "net::ERR_FAILED" not in fault]


def test_who_is_known_no_more_is_not_told_where_somebody_was_going(visit: Visit) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    switch_on(page, "device", outside="no")
    page.goto("/")
    watched.context.clear_cookies()  # as at the end of the browser's session
    page.goto("/notices")
    page.wait_for_selector("#message:has-text('does not hold your agreement any more')")
    assert page.locator("#armed-list li").count() == 0
    assert CLINIC.name not in page.inner_text("main")
    assert page.evaluate("Object.keys(localStorage)") == []
    assert page.evaluate(KEPT) == []


def withdrawn(watched: Watched, folder: Path) -> Person:
    """Somebody whose yes was to a policy that has since changed; what is armed stays. Who it is."""
    [token] = [one["value"] for one in watched.context.cookies() if one["name"] == SESSION_COOKIE]
    person = person_of(token)
    assert person is not None
    with ledger_in(folder) as ledger:
        old_yes(ledger, person.subject, Purpose.NOTICES)
    return person


def test_a_visit_waits_where_the_policy_has_changed_until_the_person_agrees_again(visit: Visit, folder: Path) -> None:
    watched, sent = walker(visit, f"/notices?facility={CLINIC.id}", size=PHONE)
    page = watched.page
    switch_on(page, "service", outside="no")
    page.wait_for_selector("#running:has-text('goes to our service now')")
    withdrawn(watched, folder)
    watched.context.set_geolocation(place(150.0))  # type: ignore[arg-type]
    for _ in range(2):  # as it is, and loaded again
        page.wait_for_selector("#running:has-text('Your visit waits until you agree again')")
        assert "Our privacy policy has changed" in page.inner_text(".armed-there")
        assert page.is_hidden("#message")
        assert page.evaluate("document.querySelector('#running').classList.contains('waits')")
        before = positions(sent)
        watched.context.set_geolocation(place(20.0))  # type: ignore[arg-type]
        page.wait_for_timeout(4 * STEP_MS)
        assert positions(sent) == before
        assert watched.axe() == []
        assert page.evaluate(TOO_SMALL, TARGETS) == []
        page.reload()
    page.wait_for_selector("#running:has-text('Your visit waits until you agree again')")
    page.click(".armed-there a")
    switch_on(page, "service", outside="no")
    page.wait_for_selector("#running:has-text('goes to our service now')")
    assert page.locator("#armed-list li").count() == 1
    assert "policy has changed" not in page.inner_text("#overview")
    with page.expect_response("**/api/v1/positions") as answered:
        watched.context.set_geolocation(place(140.0))  # type: ignore[arg-type]
    assert answered.value.status == 200
    watched.faults = [fault for fault in watched.faults if "status of 409" not in fault]


def test_who_agrees_for_this_device_lets_the_visit_of_our_service_go_on(visit: Visit, folder: Path) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    switch_on(page, "service", outside="no")
    withdrawn(watched, folder)
    page.goto(f"/notices?facility={DENTIST.id}")
    page.wait_for_selector("#running:has-text('Your visit waits until you agree again')")
    answer(page, "place", "[data-next]")
    answer(page, "where", "[data-mode=device]")
    answer(page, "consent", "[data-agree]")
    page.wait_for_selector("#running:has-text('goes to our service now')")
    assert "policy has changed" not in page.inner_text("#overview")


@pytest.mark.parametrize("how", ["stopped", "taken back", "taken back elsewhere"])
def test_why_our_service_has_stopped_is_said_in_the_place_of_that_it_was_switched_on(visit: Visit, how: str) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    switch_on(page, "service", outside="no")
    page.wait_for_selector("#message:has-text('It is switched on')")
    cookies = {"cookies": watched.context.cookies()}
    other = visit("/privacy", storage_state=cookies).page if how == "taken back elsewhere" else watched.context.new_page()
    if how == "stopped":
        other.goto("/notices")
        other.click(".armed-there button")
    else:
        other.goto("/privacy")
        other.click("#consent-notices button")
    page.wait_for_selector("#armed-none:visible")
    said = "Stopped: nothing more is noticed there" if how == "stopped" else "does not hold your agreement any more"
    page.wait_for_selector(f"#message:has-text('{said}')")


@pytest.mark.parametrize("mode", ["device", "service"])
def test_taken_back_in_another_tab_while_a_question_is_open_it_is_asked_again(visit: Visit, mode: str) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    answer(page, "place", "[data-next]")
    answer(page, "where", f"[data-mode={mode}]")
    answer(page, "consent", "[data-agree]")
    answer(page, "position", "[data-position]")
    step(page, "notification")
    other = watched.context.new_page()
    other.goto("/privacy")
    other.click("#consent-notices button")
    page.wait_for_selector("#message:has-text('so nothing was switched on')")
    answer(page, "consent", "[data-agree]")
    answer(page, "position", "[data-position]")
    answer(page, "notification", "[data-notification=no]")
    page.wait_for_selector({"device": ".armed-here", "service": ".armed-there"}[mode])


def test_taken_back_on_another_device_while_a_question_is_open_it_is_asked_again(visit: Visit) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    answer(page, "place", "[data-next]")
    answer(page, "where", "[data-mode=service]")
    answer(page, "consent", "[data-agree]")
    answer(page, "position", "[data-position]")
    step(page, "notification")
    other = visit("/privacy", storage_state={"cookies": watched.context.cookies()}).page
    other.click("#consent-notices button")
    other.wait_for_selector(".notice:has-text('Taken back')")
    answer(page, "notification", "[data-notification=no]")
    page.wait_for_selector("#message:has-text('so nothing was switched on')")
    assert page.evaluate("document.activeElement.id") == "ask-consent"
    answer(page, "consent", "[data-agree]")
    answer(page, "position", "[data-position]")
    answer(page, "notification", "[data-notification=no]")
    page.wait_for_selector(".armed-there")
    watched.faults = [fault for fault in watched.faults if "status of 403" not in fault]


@pytest.mark.parametrize("mode", ["device", "service"])
def test_who_changes_the_language_is_told_in_which_one_notices_come(visit: Visit, mode: str) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    switch_on(page, mode, outside="no")
    assert "in which you switched them on" not in page.inner_text("#overview")
    page.click("#switch-language")
    page.wait_for_selector("html[lang=es]")
    page.wait_for_selector("#armed-list:has-text('Los avisos llegan en el idioma en que usted los activó: inglés.')")


def test_a_place_is_looked_after_once_by_the_device_or_by_the_service(visit: Visit) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    page = watched.page
    switch_on(page, "service", outside="no")
    page.goto(f"/notices?facility={CLINIC.id}")
    switch_on(page, "device", outside="no", agrees=False)
    page.wait_for_selector(".armed-there", state="detached")
    assert page.locator("#armed-list li").count() == 1
    page.goto(f"/notices?facility={CLINIC.id}")
    switch_on(page, "service", outside="no", agrees=False)
    page.wait_for_selector(".armed-here", state="detached")
    assert page.locator("#armed-list li").count() == 1
    page.reload()
    assert page.locator("#armed-list li").count() == 1


def test_a_push_is_shown_once_and_names_no_place(visit: Visit, server: str) -> None:
    watched, _ = walker(visit, f"/notices?facility={CLINIC.id}")
    switch_on(watched.page, "device")
    devtools = watched.context.new_cdp_session(watched.page)
    registered: list[str] = []

    def on_update(told: Any) -> None:
        registered.extend(one["registrationId"] for one in told["registrations"] if not one["isDeleted"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", on_update)
    devtools.send("ServiceWorker.enable")
    watched.page.wait_for_timeout(500)
    pushes = [{"notice": "ab12", "language": "es"}, {"notice": "ab12", "language": "es"}, {"notice": "cd34", "language": "en"}]
    for push in pushes:
        data = {"origin": server, "registrationId": registered[-1], "data": json.dumps(push)}
        devtools.send("ServiceWorker.deliverPushMessage", data)
        watched.page.wait_for_timeout(300)
    assert sorted(outside(watched.page)) == [["Tiene un aviso", "ab12"], ["You have a notice", "cd34"]]


def test_without_a_script_the_page_says_so_and_asks_nothing(visit: Visit) -> None:
    watched = visit(f"/notices?facility={CLINIC.id}", java_script_enabled=False)
    assert watched.page.is_visible("noscript p")
    assert not [name for name in STEPS if watched.page.is_visible(f"#step-{name}")]
    assert watched.page.is_visible("#armed-none")


def test_only_a_secure_page_can_ask(visit: Visit) -> None:
    watched, _ = walker(visit, "/notices")
    watched.page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    watched.page.goto(f"/notices?facility={CLINIC.id}")
    watched.page.wait_for_selector("#message:visible")
    assert "secure (https) page" in watched.page.inner_text("#message")
    assert watched.page.is_hidden("#step-place")
