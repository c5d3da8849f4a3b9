"""A person finds care, in a real browser: with and without script, with and without a position, by keyboard alone."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, Request

from .checks import DRAWN, GRANTED, IN_BOTH, TARGETS, TOO_SMALL, nothing_kept, tab_to
from .conftest import DESKTOP, PHONE, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
HEART_DOCTORS = "/?words=heart+doctor"
NOBODY = f"{HEART_DOCTORS}&gender=male&video=yes"
EMERGENCY = "/?words=me+duele+mucho+el+pecho"
EVERY_FILTER = {
    "what": "practitioners", "kind": "clinic", "open": "on_arrival", "speaks": "en", "plan": "seguro-ficticio",
    "gender": "female", "within": "5km", "mode": "bicycle", "sort": "best",
    "accepting": "yes", "wheelchair": "yes", "video": "yes",
}  # fmt: skip


@IN_BOTH
@pytest.mark.parametrize("path", ["/", "/?place=Nowhereatallx", "/facilities/town0001", "/privacy"])
def test_axe_finds_nothing(visit: Visit, size: tuple[int, int], locale: str, path: str) -> None:
    watched = visit(path, size=size, locale=locale)
    assert watched.page.get_attribute("html", "lang") == locale[:2]
    if size == DESKTOP and path in {"/", "/facilities/town0001"}:
        watched.page.wait_for_selector(DRAWN)
    assert watched.axe() == []
    width = watched.page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0]


@IN_BOTH
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (HEART_DOCTORS, ".card.person"),
        (NOBODY, ".wider .chip"),
        (EMERGENCY, ".emergency"),
        (f"{HEART_DOCTORS}&speaks=en&sort=best&accepting=yes", "#filters[open]"),
    ],
    ids=["doctors", "nothing found", "emergency", "filters"],
)
def test_axe_finds_nothing_in_the_answers(visit: Visit, size: tuple[int, int], locale: str, path: str, shown: str) -> None:
    watched = visit(path, size=size, locale=locale)
    page = watched.page
    if "filters" in shown:
        _open_filters(page)
    page.wait_for_selector(shown)
    if size == DESKTOP and page.locator(".card").count():
        page.wait_for_selector(DRAWN)
    assert page.get_attribute("html", "lang") == locale[:2]
    assert watched.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


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


@pytest.mark.parametrize("path", ["/", "/?place=Nowhereatallx", "/facilities/town0001", HEART_DOCTORS, NOBODY, EMERGENCY])
def test_axe_finds_nothing_in_the_dark(visit: Visit, path: str) -> None:
    watched = visit(path, size=PHONE, color_scheme="dark")
    if not path.startswith("/facilities/"):
        _open_filters(watched.page)
    assert watched.axe() == []


def _open_filters(page: Page) -> None:
    page.click("#filters summary")
    page.wait_for_selector("#filters[open]")


def _names(page: Page) -> list[str]:
    return page.locator(".card h3 a").all_inner_texts()


def _chips(page: Page) -> list[str]:
    return page.locator(".understood .chip > span:first-child").all_inner_texts()


def _asked(page: Page) -> dict[str, str]:
    """What the address asks, empty fields and all."""
    parts = urlsplit(page.url)
    assert parts.path == "/"
    return dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))


def _sent(request: Request) -> dict[str, str]:
    """What a request carries in its body, empty fields and all."""
    return dict(parse_qsl(request.post_data or "", keep_blank_values=True, strict_parsing=True))


def _value(page: Page, name: str) -> str:
    """What the form sends for a field."""
    field = page.locator(f"#{name}")
    if field.get_attribute("type") == "checkbox":
        return "yes" if field.is_checked() else ""
    return field.input_value()


CUT = """() => [...document.querySelectorAll("select")].filter((one) => one.offsetParent).flatMap((select) => {
  const style = getComputedStyle(select), pen = document.createElement("canvas").getContext("2d"), ARROW_PX = 20;
  pen.font = style.font;
  const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - ARROW_PX;
  return [...select.options].map((option) => option.text).filter((text) => pen.measureText(text).width > room);
})"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("locale", ["es-MX", "en-US"])
def test_no_choice_is_cut(visit: Visit, size: tuple[int, int], locale: str) -> None:
    page = visit(size=size, locale=locale).page
    _open_filters(page)
    page.evaluate("document.getElementById('documents-field').hidden = false")
    page.evaluate("document.getElementById('documents').disabled = false")
    assert page.locator("select:visible").count() == 10
    assert page.evaluate(CUT) == []


def test_the_choice_of_how_one_travels_stays_and_goes_along(visit: Visit) -> None:
    page = visit(size=PHONE, **GRANTED).page
    _open_filters(page)
    page.select_option("#mode", "foot")
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector('[data-source="gps"]')
    assert _asked(page) == {"mode": "foot"}
    assert page.inner_text("#filters-set").startswith("1")
    assert " on foot" in page.inner_text("#card-1 .travel")
    assert "mode=foot" in str(page.get_attribute("#card-1 a.directions", "href"))
    page.select_option("#mode", "car")
    page.click("#ask .main-button")
    page.wait_for_selector("#card-1 .travel:has-text('by car')")
    assert _asked(page) == {}


def test_what_is_said_of_the_position_does_not_contradict_itself(visit: Visit) -> None:
    page = visit("/#located", size=PHONE, **GRANTED).page
    page.wait_for_selector("#ask-again:visible")
    assert page.get_attribute("#results-section", "data-source") == "default"
    assert not page.is_visible("#results .where")


def test_without_javascript(visit: Visit) -> None:
    watched = visit(size=PHONE, java_script_enabled=False)
    page = watched.page
    assert not page.is_visible("#use-location")
    assert not page.is_visible("#map-toggle")
    page.fill("#place", "Kamppi")
    _open_filters(page)
    page.select_option("#kind", "clinic")
    page.click("#ask .main-button")
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
    body = _sent(sent.value)
    assert body == {"lat": "60.17105", "lon": "24.94123", "accuracy_m": "20", "exact": "yes"}  # nothing of what was left empty
    assert re.fullmatch(r"\d+\sm", page.inner_text("#card-1 .distance"))
    assert page.evaluate("document.activeElement.id") == "results-heading"
    nothing_kept(watched)
    page.click("#more")
    page.wait_for_selector("#card-20")
    assert page.evaluate("document.activeElement.closest('.card').id") == "card-11"
    _open_filters(page)
    page.select_option("#kind", "pharmacy")
    page.click(".main-button")
    page.wait_for_selector("#card-2", state="detached")
    assert page.inner_text("#card-1 h3") == "Corner Pharmacy"
    nothing_kept(watched)


def test_only_the_area_leaves_the_device(visit: Visit) -> None:
    watched = visit(size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    with page.expect_request("**/results") as sent:
        page.click("#consent-area")
    page.wait_for_selector('[data-source="gps"]')
    # 20 m of the device's and 790 m of the rounding
    assert _sent(sent.value) == {"lat": "60.17", "lon": "24.94", "accuracy_m": "810", "exact": "no"}
    assert "your area" in page.inner_text("#results-heading")
    page.click("#map-toggle")
    page.wait_for_selector(DRAWN)
    assert page.locator(".you").count() == 0  # no dot says "here" where nobody knows
    nothing_kept(watched)


@pytest.mark.parametrize("way", ["browser", "link", "link after switching the language"])
def test_back_from_a_facility_after_a_search_by_position(visit: Visit, way: str) -> None:
    watched = visit(size=PHONE, **GRANTED)
    page = watched.page
    assert not page.is_visible("#ask-again")
    _open_filters(page)
    page.select_option("#kind", "clinic")
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector('[data-source="gps"]')
    page.wait_for_url("**/?kind=clinic")
    nothing_kept(watched)
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
        nothing_kept(watched)
        page.click("#use-again")
        page.wait_for_selector('[data-source="gps"]')  # who agreed before is not asked again
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
    _open_filters(page)
    page.select_option("#kind", "pharmacy")
    page.select_option("#within", "5km")
    page.click("#switch-language")
    page.wait_for_selector("#ask-again:has-text('No guardamos su posición')")
    assert page.input_value("#kind") == "pharmacy"
    assert page.input_value("#within") == "5km"
    page.wait_for_url("**/?kind=pharmacy&within=5km")
    nothing_kept(watched)


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
        heading = '<p id="far">Far</p><ol class="cards" aria-labelledby="far" data-far>'
        route.fulfill(body=f"{html[:card]}</ol>{heading}{far}", content_type="text/html")

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
    page.wait_for_url("**/#main")
    tab_to(page, "#use-location")
    page.keyboard.press("Enter")
    page.wait_for_selector("#consent[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#consent:not([open])", state="attached")
    assert page.evaluate("document.activeElement.id") == "use-location"
    page.keyboard.press("Enter")
    tab_to(page, "#consent-area")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-source="gps"]')
    tab_to(page, "#card-1 h3 a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/facilities/*")
    assert page.inner_text("h1")


@pytest.mark.parametrize(
    "path", ["/", f"{HEART_DOCTORS}+qwrtpxyz+that+takes+my+insurance", NOBODY, EMERGENCY, "/facilities/town0001"]
)
def test_touch_targets_are_large_enough(visit: Visit, path: str) -> None:
    page = visit(path, size=PHONE).page
    if path.startswith("/facilities/"):
        page.wait_for_selector("summary:visible")
    else:
        _open_filters(page)
    if path == "/":
        page.wait_for_selector("#map-toggle")
        page.locator("#words").press_sequentially("cardio")
        page.wait_for_selector("[role=option]")
    assert page.evaluate(TOO_SMALL, TARGETS) == []


def test_the_whole_row_of_a_box_can_be_tapped(visit: Visit) -> None:
    page = visit(size=PHONE).page
    _open_filters(page)
    for row in page.locator(".tick").all():
        box, size = row.locator("input"), row.bounding_box()
        assert size
        for ticked, where in ((True, (2, 2)), (False, (size["width"] - 2, size["height"] - 2))):
            row.click(position={"x": where[0], "y": where[1]})
            assert box.is_checked() is ticked


def test_switching_the_language(visit: Visit) -> None:
    page = visit("/?place=Kamppi", size=PHONE).page
    page.click("#switch-language")
    assert page.get_attribute("html", "lang") == "es"
    assert page.input_value("#place") == "Kamppi"
    page.goto("/privacy")
    assert page.inner_text("h1") == "Su privacidad"


def test_switching_the_language_keeps_the_question(visit: Visit) -> None:
    page = visit("/?words=heart+doctor&place=Kamppi&speaks=en&video=yes", size=PHONE).page
    _open_filters(page)
    page.fill("#words", "heart doctor near Torikatu")  # typed but not sent yet
    page.select_option("#gender", "female")
    page.click("#switch-language")
    page.wait_for_selector('html[lang="es"]')
    kept = {"words": "heart doctor near Torikatu", "place": "Kamppi", "speaks": "en", "video": "yes", "gender": "female"}
    assert {name: _value(page, name) for name in kept} == kept
    assert _chips(page) == ["Cardiología", "cerca de Torikatu", "Se habla inglés", "Consulta por video", "Mujer"]
    page.click("#switch-language")
    page.wait_for_selector('html[lang="en"]')
    assert {name: _value(page, name) for name in kept} == kept


@pytest.mark.parametrize("java_script_enabled", [True, False], ids=["script", "no script"])
def test_a_chip_takes_its_part_out_of_the_question(visit: Visit, java_script_enabled: bool) -> None:
    path = "/?words=heart+doctor+who+speaks+English&place=Kamppi&video=yes"
    page = visit(path, size=PHONE, java_script_enabled=java_script_enabled).page
    assert _names(page) == ["Dr. Aino Esimerkki"]
    assert _chips(page) == ["Cardiology", "Speaks English", "near Kamppi", "Video visit"]
    page.click(".chip:has-text('Video visit')")
    page.wait_for_url("**/?words=heart+doctor+who+speaks+English&place=Kamppi")
    assert _names(page) == ["Dr. Aino Esimerkki", "Dr. Ben Muestra"]
    assert not _value(page, "video")
    page.click(".chip:has-text('Speaks English')")
    page.wait_for_url("**/?words=heart+doctor&place=Kamppi")
    assert "Dra. Carmen Ejemplo" in _names(page)
    assert _chips(page) == ["Cardiology", "near Kamppi"]
    assert _value(page, "words") == "heart doctor"
    page.click(".chip:has-text('near Kamppi')")
    page.wait_for_url("**/?words=heart+doctor")
    assert "Kamppi" not in page.inner_text("#results-heading")
    assert _value(page, "place") == ""
    page.click(".chip:has-text('Cardiology')")
    page.wait_for_url(re.compile(r"/$"))
    assert _chips(page) == []
    assert page.locator(".card").count() == 10


@pytest.mark.parametrize("java_script_enabled", [True, False], ids=["script", "no script"])
def test_where_nothing_is_found_one_click_finds_something(visit: Visit, java_script_enabled: bool) -> None:
    page = visit(NOBODY, size=PHONE, java_script_enabled=java_script_enabled).page
    assert page.locator(".card").count() == 0
    page.click(".wider .chip:has-text('Video visit')")
    page.wait_for_url("**/?words=heart+doctor&gender=male")
    assert _names(page) == ["Dr. Ben Muestra"]


def test_a_suggestion_is_chosen_by_keyboard_alone(visit: Visit) -> None:
    watched = visit(size=PHONE)
    page = watched.page
    tab_to(page, "#words")
    page.keyboard.type("cardio")
    page.wait_for_selector("#words[aria-expanded=true]")
    assert page.locator("#words-list [role=option]").first.inner_text().startswith("Cardiology")
    assert page.get_attribute("#words", "aria-activedescendant") is None
    page.keyboard.press("Escape")
    assert not page.is_visible("#words-list")
    page.keyboard.type("l")
    page.wait_for_selector("#words[aria-expanded=true]")
    page.keyboard.press("ArrowDown")
    chosen = page.get_attribute("#words", "aria-activedescendant")
    assert page.get_attribute(f"#{chosen}", "aria-selected") == "true"
    assert page.locator("#words-list [aria-selected=true]").count() == 1
    assert watched.axe() == []
    page.keyboard.press("Enter")
    assert _value(page, "words") == "Cardiology"
    assert not page.is_visible("#words-list")
    assert _asked(page) == {}  # the first Enter takes the suggestion, the second one asks
    assert page.evaluate("document.activeElement.id") == "words"
    assert "words=Cardiology" in (page.get_attribute("#switch-language", "href") or "")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?words=Cardiology")
    assert _chips(page) == ["Cardiology"]
    assert "Dr. Aino Esimerkki" in _names(page)


def test_the_list_of_suggestions_searches_for_what_was_typed(visit: Visit) -> None:
    """It lies over the button that searches."""
    page = visit(size=PHONE).page
    page.locator("#words").press_sequentially("cardio")
    last = page.locator("[role=option]").last
    assert last.inner_text() == "Search for “cardio”"
    last.click()
    page.wait_for_url("**/?words=cardio")
    page.wait_for_selector(".chip")
    assert not page.is_visible("[role=listbox]")
    assert _chips(page) == ["Cardiology"]


def test_suggestions_are_told_what_was_typed_and_nothing_else(visit: Visit) -> None:
    watched = visit("/?place=Kamppi&kind=clinic", size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector('[data-source="gps"]')
    with page.expect_request(lambda request: "q=cardiolog" in request.url) as asked:
        page.locator("#words").press_sequentially("cardiolog")
    page.wait_for_selector("[role=option]")
    assert asked.value.method == "GET"
    query = dict(parse_qsl(urlsplit(asked.value.url).query, keep_blank_values=True))
    assert query == {"q": "cardiolog", "lang": "en", "limit": "6"}
    assert not [value for value in asked.value.all_headers().values() if "60.17" in value]
    nothing_kept(watched)


@pytest.mark.parametrize("java_script_enabled", [True, False], ids=["script", "no script"])
def test_filters_go_by_the_address_and_come_back(visit: Visit, java_script_enabled: bool) -> None:
    page = visit(size=PHONE, java_script_enabled=java_script_enabled).page
    assert not page.is_visible("#filters-set")
    page.fill("#words", "heart doctor")
    page.fill("#place", "Kamppi")
    _open_filters(page)
    for name, value in EVERY_FILTER.items():
        if value == "yes":
            page.check(f"#{name}")
        elif name != "open":
            page.select_option(f"#{name}", value)
    page.click(".main-button")
    page.wait_for_selector(".chip")
    asked = {"words": "heart doctor", "place": "Kamppi", **EVERY_FILTER}
    told = _asked(page)
    assert told.pop("open", "") == ""
    assert told == {name: value for name, value in asked.items() if name != "open"}
    assert ("open" not in page.url) is java_script_enabled  # what is left empty stays out where there is a script
    assert _names(page) == ["Dr. Aino Esimerkki"]
    assert page.inner_text("#filters-set").startswith("11")
    _open_filters(page)
    page.select_option("#open", EVERY_FILTER["open"])
    page.click(".main-button")
    page.wait_for_url("**open=on_arrival*")
    assert _asked(page) == asked
    assert {name: _value(page, name) for name in asked} == asked
    assert page.inner_text("#filters-set").startswith("12")


def test_what_is_as_it_was_stays_out_of_the_address(visit: Visit) -> None:
    page = visit(size=PHONE).page
    page.fill("#place", "Kamppi")
    page.click(".main-button")
    page.wait_for_url("**/?place=Kamppi")
    assert _value(page, "sort") == "distance"


def test_a_search_by_position_keeps_words_and_chips(visit: Visit) -> None:
    watched = visit(size=PHONE, **GRANTED)
    page = watched.page
    page.fill("#words", "heart doctor who speaks English")
    _open_filters(page)
    page.check("#video")
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector('[data-source="gps"]')
    page.wait_for_url("**/?words=heart+doctor+who+speaks+English&video=yes")
    assert _names(page) == ["Dr. Aino Esimerkki"]
    assert _chips(page) == ["Cardiology", "Speaks English", "Video visit"]
    assert _value(page, "words") == "heart doctor who speaks English"
    assert page.inner_text("#filters-set").startswith("1")
    nothing_kept(watched)
    for chip, address, left in (
        ("Video visit", "words=heart+doctor+who+speaks+English", ["Cardiology", "Speaks English"]),
        ("Speaks English", "words=heart+doctor", ["Cardiology"]),
    ):
        with page.expect_request("**/results") as sent:
            page.click(f".chip:has-text('{chip}')")
        page.wait_for_url(f"**/?{address}")
        assert _chips(page) == left
        assert page.locator('[data-source="gps"]').count() == 1
        body = _sent(sent.value)
        assert (body["lat"], body["lon"]) == ("60.17105", "24.94123")
    assert _value(page, "words") == "heart doctor"
    assert not _value(page, "video")
    assert not page.is_visible("#filters-set")
    assert "Dra. Carmen Ejemplo" in _names(page)
    nothing_kept(watched)


def test_which_plan_is_asked_and_answered_near_a_position(visit: Visit) -> None:
    watched = visit("/?words=heart+doctor+that+takes+my+insurance", size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    page.click("#consent-area")
    page.wait_for_selector('[data-source="gps"]')
    page.select_option("#my-plan", "seguro-ficticio")
    page.click(".which-plan button")
    page.wait_for_url("**/?words=heart+doctor&plan=seguro-ficticio")
    assert page.locator('[data-source="gps"]').count() == 1
    assert _names(page)[0] == "Dr. Aino Esimerkki"
    assert "Takes your plan: Seguro Ficticio" in page.inner_text("#card-1")
    assert _value(page, "plan") == "seguro-ficticio"
    nothing_kept(watched)


def test_a_doctors_card_leads_to_the_doctor_and_to_the_place(visit: Visit) -> None:
    page = visit(f"{HEART_DOCTORS}&speaks=en", size=PHONE).page
    for link, path, title in (
        ("#card-1 h3 a", "/practitioners/doctor01", "Dr. Aino Esimerkki"),
        ("#card-1 .works-at a", "/facilities/town0001", "Northern Light Clinic"),
    ):
        page.click(link)
        page.wait_for_url(f"**{path}?words=heart+doctor&speaks=en")
        assert page.inner_text("h1") == title
        page.click(".back a")
        page.wait_for_url("**/?words=heart+doctor&speaks=en")
    assert page.locator("#card-1 a[href='tel:+358931050191']").is_visible()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize(
    ("locale", "words", "call"),
    [("es-MX", "me duele mucho el pecho", "Llame al 112"), ("en-US", "my father has chest pain and cannot breathe", "Call 112")],
)
@pytest.mark.parametrize("by", ["address", "position"])
def test_an_emergency_comes_first(visit: Visit, size: tuple[int, int], locale: str, words: str, call: str, by: str) -> None:
    watched = visit(size=size, locale=locale, **GRANTED)
    page = watched.page
    assert page.locator(".emergency").count() == 0
    page.fill("#words", words)
    if by == "position":
        page.click("#use-location")
        page.click("#consent-area")
        page.wait_for_selector('[data-source="gps"]')
    else:
        page.press("#words", "Enter")
    page.wait_for_selector(".emergency[role=alert]")
    button = page.locator(".emergency a[href='tel:112']")
    assert button.inner_text() == call
    seen, title = button.bounding_box(), page.locator("h1").bounding_box()
    assert seen
    assert title
    assert 0 <= seen["y"] < seen["y"] + seen["height"] < title["y"]  # above all else
    assert seen["y"] + seen["height"] <= size[1]  # and on the screen, wherever the focus is
    assert page.locator(".card h3 a").first.inner_text() == "Old Harbour Hospital"
    if by == "position":
        page.fill("#words", "heart doctor")
        page.press("#words", "Enter")
        page.wait_for_selector(".emergency", state="detached")
        nothing_kept(watched)
