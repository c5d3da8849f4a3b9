"""A person finds care, in a real browser: with and without script, with and without a position, by keyboard alone."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import BY_THE_STATION, DESKTOP, PHONE, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
GRANTED: dict[str, Any] = {"permissions": ["geolocation"], "geolocation": BY_THE_STATION}
DRAWN = "#map-panel[data-drawn]"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("locale", ["es-MX", "en-US"])
@pytest.mark.parametrize("path", ["/", "/?place=Nowhereatallx", "/facilities/town0001", "/privacy"])
def test_axe_finds_nothing(visit: Visit, size: tuple[int, int], locale: str, path: str) -> None:
    watched = visit(path, size=size, locale=locale)
    assert watched.page.get_attribute("html", "lang") == locale[:2]
    if size == DESKTOP and path in {"/", "/facilities/town0001"}:
        watched.page.wait_for_selector(DRAWN)
    assert watched.axe() == []
    width = watched.page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0]


@pytest.mark.parametrize("locale", ["es-MX", "en-US"])
def test_axe_finds_nothing_in_the_question_and_on_the_phones_map(visit: Visit, locale: str) -> None:
    watched = visit(size=PHONE, locale=locale, **GRANTED)
    page = watched.page
    page.click("#use-location")
    assert watched.axe() == []
    page.click("#consent-area")
    page.wait_for_selector('[data-source="gps"]')
    page.click("#map-toggle")
    page.wait_for_selector(DRAWN)
    assert watched.axe() == []


@pytest.mark.parametrize("path", ["/", "/?place=Nowhereatallx", "/facilities/town0001"])
def test_axe_finds_nothing_in_the_dark(visit: Visit, path: str) -> None:
    assert visit(path, size=PHONE, color_scheme="dark").axe() == []


def test_without_javascript(visit: Visit) -> None:
    watched = visit(size=PHONE, java_script_enabled=False)
    page = watched.page
    assert not page.is_visible("#use-location")
    assert not page.is_visible("#map-toggle")
    page.fill("#place", "Kamppi")
    page.select_option("#kind", "clinic")
    page.click("text=Find care >> nth=-1")
    assert "Kamppi" in page.inner_text("#results-heading")
    assert page.locator(".card").count() == 10
    page.click("a.more")
    assert page.locator(".card").count() == 20
    page.click("#card-1 h3 a")
    assert page.inner_text("h1").startswith("Row Clinic")
    assert not [url for url in watched.requests if "/js/" in url or "maplibre" in url]


def test_exact_position_with_consent(visit: Visit) -> None:
    watched = visit(size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    boxes = [page.locator(name).bounding_box() for name in ("#consent-exact", "#consent-area")]
    assert all(boxes)
    assert boxes[0]["width"] == pytest.approx(boxes[1]["width"], abs=1)  # type: ignore[index]
    assert boxes[0]["height"] == pytest.approx(boxes[1]["height"], abs=1)  # type: ignore[index]
    with page.expect_request("**/results") as sent:
        page.click("#consent-exact")
    page.wait_for_selector('[data-source="gps"]')
    assert "lat=60.17105" in (sent.value.post_data or "")
    assert re.search(r"consent=\d{4}-\d\d-\d\d", sent.value.post_data or "")
    assert re.fullmatch(r"\d+\sm", page.inner_text("#card-1 .distance"))
    assert page.evaluate("document.activeElement.id") == "results-heading"
    _nothing_kept(watched)
    page.click("#more")
    page.wait_for_selector("#card-20")
    assert page.evaluate("document.activeElement.closest('.card').id") == "card-11"
    page.select_option("#kind", "pharmacy")
    page.click(".main-button")
    page.wait_for_selector("#card-2", state="detached")
    assert page.inner_text("#card-1 h3") == "Corner Pharmacy"
    _nothing_kept(watched)


def test_only_the_area_leaves_the_device(visit: Visit) -> None:
    watched = visit(size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    with page.expect_request("**/results") as sent:
        page.click("#consent-area")
    page.wait_for_selector('[data-source="gps"]')
    assert "lat=60.17&lon=24.94&" in (sent.value.post_data or "")
    assert "consent=&" in (sent.value.post_data or "")
    assert "accuracy_m=810&" in (sent.value.post_data or "")  # 20 m of the device's and 790 m of the rounding
    assert "your area" in page.inner_text("#results-heading")
    page.click("#map-toggle")
    page.wait_for_selector(DRAWN)
    assert page.locator(".you").count() == 0  # no dot says "here" where nobody knows
    _nothing_kept(watched)


def _nothing_kept(watched: Watched) -> None:
    digits = ("60.17105", "24.94123")
    kept = watched.page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, document.cookie, location.href])"
    )
    assert not [part for part in digits if part in kept]
    assert not [url for url in watched.requests if any(part in url for part in digits)]


@pytest.mark.parametrize("way", ["browser", "link", "link after switching the language"])
def test_back_from_a_facility_after_a_search_by_position(visit: Visit, way: str) -> None:
    watched = visit(size=PHONE, **GRANTED)
    page = watched.page
    assert not page.is_visible("#ask-again")
    page.select_option("#kind", "clinic")
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector('[data-source="gps"]')
    page.wait_for_url("**/?kind=clinic")
    _nothing_kept(watched)
    page.click("#card-2 h3 a")
    page.wait_for_selector("p.back")
    if "language" in way:
        page.click("#switch-language")
        page.wait_for_selector('html[lang="es"]')
    if way == "browser":
        page.go_back()
    else:
        page.click(".back a")
    page.wait_for_selector("#results-section")
    if page.locator('[data-source="gps"]').count() == 0:  # unless the browser kept the whole page
        page.wait_for_selector("#ask-again:not([hidden])")
        page.wait_for_url("**/?kind=clinic")
        assert page.input_value("#kind") == "clinic"
        assert watched.axe() == []
        _nothing_kept(watched)
        page.click("#use-again")
        page.click("#consent-exact")
        page.wait_for_selector('[data-source="gps"]')
        page.wait_for_selector("#ask-again", state="hidden")


def test_back_to_the_search_for_a_place(visit: Visit) -> None:
    page = visit("/?place=Kamppi&kind=clinic&within=5km", size=PHONE).page
    page.click("#card-2 h3 a")
    page.click(".back a")
    page.wait_for_url("**/?place=Kamppi&kind=clinic&within=5km")
    assert "Kamppi" in page.inner_text("#results-heading")
    assert not page.is_visible("#ask-again")


def test_switching_the_language_after_a_search_by_position(visit: Visit) -> None:
    watched = visit(size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    page.click("#consent-area")
    page.wait_for_selector('[data-source="gps"]')
    page.select_option("#kind", "pharmacy")
    page.select_option("#within", "5km")
    page.click("#switch-language")
    page.wait_for_selector("#ask-again:has-text('No guardamos su posición')")
    assert page.input_value("#kind") == "pharmacy"
    assert page.input_value("#within") == "5km"
    page.wait_for_url("**/?kind=pharmacy&within=5km")
    _nothing_kept(watched)


def test_denied(visit: Visit) -> None:
    page = visit(size=PHONE).page
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector("#location-message:not([hidden]):has-text('does not let us see')")
    assert page.locator(".card").count() == 10


@pytest.mark.parametrize(("code", "words"), [(2, "could not find where you are"), (3, "took too long")])
def test_unavailable_and_timeout(visit: Visit, code: int, words: str) -> None:
    page = visit(size=PHONE, locale="en-GB").page
    page.evaluate(f"() => {{ navigator.geolocation.getCurrentPosition = (_, failed) => failed({{code: {code}}}) }}")
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector(f"#location-message:has-text('{words}')")


def test_server_out_of_reach(visit: Visit) -> None:
    watched = visit(size=PHONE, **GRANTED)
    page = watched.page
    page.route("**/results", lambda route: route.abort())
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector("#location-message:has-text('did not work')")
    assert page.locator(".card").count() == 10
    watched.faults = [fault for fault in watched.faults if "ERR_FAILED" not in fault]


def test_typing_ahead(visit: Visit) -> None:
    page = visit(size=PHONE).page
    page.locator("#place").press_sequentially("kamp")
    page.wait_for_selector('#places option[value*="Kamppi"]', state="attached")


def test_desktop_map_stays_within_the_fold_with_a_pin_for_each_card(visit: Visit) -> None:
    page = visit(size=DESKTOP).page
    page.wait_for_selector(DRAWN)
    panel = page.locator("#map-panel").bounding_box()
    assert panel
    assert panel["y"] + panel["height"] <= DESKTOP[1]
    assert panel["height"] > 600
    assert page.locator(".pin").all_inner_texts() == [str(number) for number in range(1, 11)]
    assert page.locator(".maplibregl-ctrl-attrib >> text=OpenStreetMap").count() <= 1
    page.hover("#card-3")
    page.wait_for_selector('.pin.chosen[aria-label^="3."]')
    page.click('.pin[aria-label^="10."]')
    page.wait_for_selector("#card-10.chosen")
    assert page.evaluate("document.activeElement.closest('.card').id") == "card-10"
    page.mouse.wheel(0, 3000)
    page.wait_for_timeout(200)
    stuck = page.locator("#map-panel").bounding_box()
    assert stuck
    assert page.evaluate("window.scrollY") > 200
    assert stuck["y"] + stuck["height"] > 600  # it came along with the list


def test_the_map_opens_on_what_is_near(visit: Visit) -> None:
    watched = visit("/privacy", size=DESKTOP)
    page = watched.page

    def put_the_rest_far_away(route: Any) -> None:
        html = route.fetch().text()
        card = html.index('<li class="card" id="card-10"')
        far = html[card:].replace('data-lon="24.', 'data-lon="-117.')
        route.fulfill(
            body=f'{html[:card]}</ol><p id="far">Far</p><ol class="cards" aria-labelledby="far">{far}', content_type="text/html"
        )

    page.route("**/?near", put_the_rest_far_away)
    page.goto("/?near")
    page.wait_for_selector(DRAWN)
    boxes = [page.locator(f'.pin[aria-label^="{number}."]').bounding_box() for number in (1, 9)]
    assert all(box and DESKTOP[0] * 0.4 < box["x"] < DESKTOP[0] and 0 < box["y"] < DESKTOP[1] for box in boxes)
    assert abs(boxes[0]["x"] - boxes[1]["x"]) + abs(boxes[0]["y"] - boxes[1]["y"]) > 100  # type: ignore[index]


def test_overlapping_pins_are_parted(visit: Visit) -> None:
    page = visit("/?place=Kamppi", size=DESKTOP).page
    page.wait_for_selector(DRAWN)
    centres = "({x, y, width, height}) => [x + width / 2, y + height / 2]"
    boxes = page.evaluate(f"[...document.querySelectorAll('.pin b')].map((pin) => pin.getBoundingClientRect()).map({centres})")
    nearest = min(((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 for i, (ax, ay) in enumerate(boxes) for bx, by in boxes[:i])
    assert len(boxes) == 10
    assert nearest >= 30


def test_basemap_is_drawn_from_this_server(visit: Visit, shared_data: Path) -> None:
    assert shared_data
    watched = visit(size=DESKTOP)
    watched.page.wait_for_selector(DRAWN)
    tiles = [url for url in watched.requests if "/tiles/helsinki/" in url]
    fonts = [url for url in watched.requests if url.endswith(".woff2")]
    assert tiles
    assert fonts
    assert watched.page.locator(".maplibregl-ctrl-attrib a").get_attribute("href") == "https://www.openstreetmap.org/copyright"


def test_a_map_without_background_says_so(visit: Visit) -> None:
    watched = visit("/privacy", size=DESKTOP)
    watched.page.route(
        "**/map/style.json", lambda route: route.fulfill(json={**route.fetch().json(), "sources": {}, "layers": []})
    )
    watched.page.goto("/")
    watched.page.wait_for_selector(".map-message:has-text('No background map')")
    assert watched.page.locator(".pin").count() == 10


def test_phone_loads_no_map_until_asked(visit: Visit) -> None:
    watched = visit(size=PHONE)
    page = watched.page
    page.wait_for_selector("#map-toggle")
    assert not [url for url in watched.requests if "maplibre" in url or "/tiles/" in url]
    assert page.inner_text("#map-toggle") == "Show these places on the map"
    page.click("#map-toggle")
    page.wait_for_selector(DRAWN)
    page.click('.pin[aria-label^="4."]')
    page.wait_for_selector("#card-4", state="visible")
    assert page.locator(".card:visible").count() == 1
    page.click("text=Back to the list")
    assert page.locator(".card:visible").count() == 10
    assert not page.is_visible("#map-panel")


def test_without_webgl_the_list_stays(visit: Visit) -> None:
    watched = visit("/privacy", size=DESKTOP)
    watched.context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    watched.page.goto("/")
    watched.page.wait_for_selector(".map-message:has-text('cannot draw the map')")
    assert watched.page.locator(".card").count() == 10


def test_keyboard_alone(visit: Visit) -> None:
    page = visit(size=PHONE, **GRANTED).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    _tab_to(page, "#use-location")
    page.keyboard.press("Enter")
    page.wait_for_selector("#consent[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#consent:not([open])", state="attached")
    assert page.evaluate("document.activeElement.id") == "use-location"
    page.keyboard.press("Enter")
    _tab_to(page, "#consent-area")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-source="gps"]')
    _tab_to(page, "#card-1 h3 a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/facilities/*")
    assert page.inner_text("h1")


def _tab_to(page: Any, selector: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert outline == "3px"  # the focus is seen
            return
    raise AssertionError(f"{selector} cannot be reached by the Tab key")


def test_touch_targets_are_large_enough(visit: Visit) -> None:
    page = visit(size=PHONE).page
    page.wait_for_selector("#map-toggle")
    small = page.evaluate(
        "[...document.querySelectorAll('button, .button, input, select, nav a')].filter((e) => e.offsetParent)"
        ".filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 80))"
    )
    assert small == []


def test_switching_the_language(visit: Visit) -> None:
    page = visit("/?place=Kamppi", size=PHONE).page
    page.click("#switch-language")
    assert page.get_attribute("html", "lang") == "es"
    assert page.input_value("#place") == "Kamppi"
    page.goto("/privacy")
    assert page.inner_text("h1") == "Privacidad"
