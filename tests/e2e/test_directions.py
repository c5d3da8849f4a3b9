"""A person finds the way to a place of care, in a real browser: with and without script, with and without a position."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Page

from finder.domain.facility import Address, FacilityKind
from finder.domain.place import Place
from finder.geo.points import LonLat
from finder.geo.polyline import decode_polyline, encode_polyline
from finder.locate.demo_ip import write_demo_database
from finder.region.build import build_region
from finder.web.static_files import StaticFiles
from tests.conftest import without
from tests.region.timetable import Timetable
from tests.server import serving
from tests.web.border_town import ROSARITO, SAN_YSIDRO, SOURCE, TIJUANA, write_waits
from tests.web.doctors import PEOPLE, ROLES
from tests.web.town import CENTRE, FACILITIES, PLACES, facility, publish_town

from .checks import DRAWN, GRANTED, IN_BOTH, TARGETS, TOO_SMALL, nothing_kept, tab_to
from .conftest import DESKTOP, EXTRACT, PHONE, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
PATH = "/facilities/town0004/directions"
FROM_KAMPPI = f"{PATH}?place=Kamppi"
BY_BUS = f"{FROM_KAMPPI}&mode=transit"
BUS_STOPS = {"Kamppi": (24.9388, 60.1682), "Esplanadi": (24.9450, 60.1675), "Vanha satama": (24.9518, 60.1652)}
"""A bus a minute, at all hours, that is quicker than feet."""
IN_SWEDEN = facility(90, "Over There", FacilityKind.CLINIC, 18.07, 59.33, address=Address(city="Elsewhere", country="SE"))
BY_THE_MALL = LonLat(24.9385, 60.168)
LINES = """() => [...document.querySelectorAll('.turn')].map((turn) => [turn.dataset.first, turn.dataset.last].map(Number))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of ``finder serve`` over the town, Tijuana's places and Helsinki's own roads and map, with measured waits.

    It takes a forwarded address of the documentation's networks for one in Helsinki.
    """
    if not EXTRACT.is_file():
        without("needs the Helsinki extract in ../shared/data/osm")
    data = tmp_path_factory.mktemp("ways")
    facilities = [*FACILITIES, IN_SWEDEN, SAN_YSIDRO, ROSARITO]
    publish_town(data, facilities, people=PEOPLE, roles=ROLES, known=[*_within_the_extract(PLACES), *TIJUANA])
    buses = Timetable(lines={"30": BUS_STOPS}, minutes=range(24 * 60)).write(data / "buses")
    build_region(EXTRACT, data / "regions", "helsinki", gtfs=[buses])
    write_demo_database(data / "ip" / "demo.mmdb", [(ip_network("192.0.2.0/24"), CENTRE, 5.0, "Helsinki", "FI")])
    waits = write_waits(data / "waits.json", datetime.now(UTC))
    with serving(data, FINDER_TRUSTED_PROXIES="127.0.0.1/32", FINDER_BORDER_WAITS=str(waits)) as address:
        yield address


def _within_the_extract(places: Sequence[Place]) -> list[Place]:
    """Kamppi's middle is just beyond the extract's edge, where there are no roads."""
    return [msgspec.structs.replace(one, lon_lat=BY_THE_MALL) if one.name == "Kamppi" else one for one in places]


@pytest.fixture
def visit(visit: Visit) -> Visit:
    """A visit from Helsinki, as a proxy says."""

    def from_helsinki(path: str, **options: Any) -> Watched:
        return visit(path, extra_http_headers={"X-Forwarded-For": "192.0.2.7"}, **options)

    return from_helsinki


def _turns(page: Page) -> list[str]:
    return page.locator(".turn-text").all_inner_texts()


@IN_BOTH
@pytest.mark.parametrize(
    "path", [FROM_KAMPPI, BY_BUS, PATH, f"{PATH}?place=Nowhereatallx"], ids=["way", "bus", "estimate", "no such place"]
)
def test_axe_finds_nothing(visit: Visit, size: tuple[int, int], locale: str, path: str) -> None:
    watched = visit(path, size=size, locale=locale)
    assert watched.page.get_attribute("html", "lang") == locale[:2]
    if size == DESKTOP:
        watched.page.wait_for_selector(DRAWN)
    assert watched.axe() == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("path", [FROM_KAMPPI, BY_BUS, f"{PATH}?place=Nowhereatallx"])
def test_axe_finds_nothing_in_the_dark(visit: Visit, path: str) -> None:
    assert visit(path, size=PHONE, color_scheme="dark").axe() == []


@pytest.mark.parametrize("locale", ["es-MX", "en-US"])
def test_axe_finds_nothing_in_the_question_and_on_the_phones_map(visit: Visit, locale: str) -> None:
    watched = visit(FROM_KAMPPI, size=PHONE, locale=locale, **GRANTED)
    page = watched.page
    page.click("#use-location")
    assert watched.axe() == []
    page.click("#consent-exact")
    page.wait_for_selector('#way[data-source="gps"]')
    page.click("#map-toggle")
    page.wait_for_selector(DRAWN)
    assert watched.axe() == []


@pytest.mark.parametrize(
    ("size", "locale", "on_foot", "by_car"),
    [(PHONE, "es-MX", "a pie", "en auto"), (DESKTOP, "en-GB", "on foot", "by car")],
    ids=["phone", "desktop"],
)
def test_without_javascript(visit: Visit, size: tuple[int, int], locale: str, on_foot: str, by_car: str) -> None:
    watched = visit("/?place=Kamppi&kind=hospital", size=size, locale=locale, java_script_enabled=False)
    page = watched.page
    page.click(".directions")
    page.wait_for_url(f"**{PATH}?place=Kamppi&kind=hospital")
    assert not page.is_visible("#use-location")
    assert not page.is_visible("#map-toggle")
    assert on_foot in page.inner_text("#way-heading")
    assert len(_turns(page)) >= 3
    page.fill("#place", "Torikatu, Helsinki")
    page.check("#mode-car")
    page.click(".main-button")
    assert dict(parse_qsl(urlsplit(page.url).query)) == {"kind": "hospital", "place": "Torikatu, Helsinki", "mode": "car"}
    assert by_car in page.inner_text("#way-heading")
    page.click(".back a")
    page.wait_for_url(lambda url: urlsplit(url).path == "/")
    assert page.input_value("#place") == "Torikatu, Helsinki"
    assert not [url for url in watched.requests if "/js/" in url or "maplibre" in url]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_exact_position_with_consent(visit: Visit, size: tuple[int, int]) -> None:
    watched = visit(f"{FROM_KAMPPI}&kind=hospital", size=size, **GRANTED)
    page = watched.page
    page.click("#use-location")
    with page.expect_request("**/way") as sent:
        page.click("#consent-exact")
    page.wait_for_selector('#way[data-source="gps"]')
    body = dict(parse_qsl(sent.value.post_data or ""))
    assert body == {"lat": "60.17105", "lon": "24.94123", "accuracy_m": "20", "exact": "yes"}
    assert page.evaluate("document.activeElement.id") == "way-heading"
    assert re.match(r"\d+\smin on foot · ", page.inner_text("#way-heading"))
    assert len(_turns(page)) >= 3
    assert page.input_value("#place") == ""
    page.wait_for_url(f"**{PATH}?kind=hospital")
    nothing_kept(watched)
    with page.expect_request("**/way") as sent:
        page.check("#mode-car", force=True)
    page.wait_for_selector('#way[data-mode="car"]')
    assert dict(parse_qsl(sent.value.post_data or "")) == {**body, "mode": "car"}
    assert page.evaluate("document.activeElement.id") == "mode-car"
    page.wait_for_url(f"**{PATH}?kind=hospital&mode=car")
    nothing_kept(watched)
    page.click("#switch-language")
    page.wait_for_selector("html[lang=es] #ask-again:has-text('No guardamos su posición')")
    assert page.is_checked("#mode-car")
    nothing_kept(watched)


def test_only_the_area_leaves_the_device(visit: Visit) -> None:
    watched = visit(PATH, size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    with page.expect_request("**/way") as sent:
        page.click("#consent-area")
    page.wait_for_selector('#way[data-source="gps"]')
    assert dict(parse_qsl(sent.value.post_data or "")) == {"lat": "60.17", "lon": "24.94", "accuracy_m": "810", "exact": "no"}
    assert page.inner_text("#way-heading").endswith("(estimate)")
    assert _turns(page) == []
    page.click("#map-toggle")
    page.wait_for_selector(DRAWN)
    assert page.locator(".you, .start").count() == 0  # no mark says "here" where nobody knows
    nothing_kept(watched)


def test_after_a_search_by_position_the_page_asks_for_it_again(visit: Visit) -> None:
    watched = visit("/?kind=hospital", size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector('[data-source="gps"]')
    page.click("#card-1 .directions")
    page.wait_for_selector("#ask-again:not([hidden])")
    assert page.inner_text("#way-heading").endswith("(estimate)")
    page.click("#use-again")
    page.click("#consent-exact")
    page.wait_for_selector('#way[data-source="gps"]')
    page.wait_for_selector("#ask-again", state="hidden")
    nothing_kept(watched)
    page.click(".back a")
    page.wait_for_selector("#ask-again:not([hidden])")
    nothing_kept(watched)


def test_another_mode_is_another_way_at_once(visit: Visit) -> None:
    page = visit(FROM_KAMPPI, size=PHONE).page
    page.focus("#mode-foot")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector('#way[data-mode="car"]')
    assert page.evaluate("document.activeElement.id") == "mode-car"
    assert "by car" in page.inner_text("#way-heading")
    page.wait_for_url(f"**{PATH}?place=Kamppi&mode=car")
    page.check("#avoid")
    page.wait_for_url(f"**{PATH}?place=Kamppi&mode=car&avoid=tolls")
    page.click("#switch-language")
    page.wait_for_selector("html[lang=es]")
    assert page.is_checked("#avoid")
    assert page.input_value("#place") == "Kamppi"


def test_what_else_a_place_may_mean_stays_with_the_place(visit: Visit) -> None:
    page = visit(f"{PATH}?place=Torikatu", size=PHONE, **GRANTED).page
    page.check("#mode-car", force=True)
    page.wait_for_selector('#way[data-mode="car"]')
    assert page.locator(".meant a").all_inner_texts() == ["Torikatu, Kuopio, FI"]
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector('#way[data-source="gps"]')
    assert page.locator(".meant").count() == 0


def test_what_was_not_chosen_stays_out_of_the_address(visit: Visit) -> None:
    page = visit(PATH, size=PHONE).page
    page.fill("#place", "Kamppi")
    page.click(".main-button")
    page.wait_for_url(f"**{PATH}?place=Kamppi")


def test_the_way_by_bus(visit: Visit) -> None:
    page = visit(FROM_KAMPPI, size=PHONE, locale="en-US").page
    page.check("#mode-transit", force=True)
    page.wait_for_selector('#way[data-mode="transit"]')
    page.wait_for_url(f"**{BY_BUS}")
    assert "by public transport" in page.inner_text("#way-heading")
    clock = r"\d+:\d\d\s[AP]M"
    assert re.match(rf"Arrive (between {clock} and|at about) {clock}", page.inner_text(".arrive")), "of the middle of a place"
    [ride] = [text for text in _turns(page) if text.startswith("Take the 30")]
    told = rf"Take the 30 toward Vanha satama at {clock} from Kamppi; 2 stops; get off at Vanha satama at {clock}."
    assert re.fullmatch(told, ride)
    assert page.inner_text(".credits") == "Timetables: Test Transit"
    assert page.locator('[data-note="by_timetable"]').count() == 1


@pytest.mark.parametrize("path", [FROM_KAMPPI, BY_BUS])
def test_the_line_on_the_map_is_that_of_the_turns(visit: Visit, path: str) -> None:
    page = visit(path, size=DESKTOP).page
    page.wait_for_selector(DRAWN)
    points = decode_polyline(page.get_attribute("#way", "data-polyline") or "", precision=6)
    parts = page.evaluate(LINES)
    assert parts[0][0] == 0
    assert parts[-1][1] == len(points) - 1
    assert all(after[0] == before[1] for before, after in pairwise(parts))
    assert len(parts) == len(_turns(page)) >= 3
    drawn = "async (m) => (await import(m)).decodePolyline(document.getElementById('way').dataset.polyline)"
    assert page.evaluate(drawn, StaticFiles().url("js/polyline.js")) == points.tolist()  # what the map is handed
    assert page.locator(".start[aria-label=Start]").count() == 1
    assert page.locator(".pin").get_attribute("aria-label") == "Old Harbour Hospital"
    panel, start, end = (page.locator(name).bounding_box() for name in ("#map-panel", ".start", ".pin"))
    assert panel
    assert start
    assert end
    for mark in (start, end):
        assert panel["x"] < mark["x"] < mark["x"] + mark["width"] < panel["x"] + panel["width"]
        assert panel["y"] < mark["y"] < mark["y"] + mark["height"] < panel["y"] + panel["height"]
    assert start["x"] < end["x"]


def _yellow(page: Page) -> int:
    """How many points of the map are in the colour of the part that is pointed at."""
    picture = page.locator("#map-canvas").screenshot()
    return page.evaluate(
        """async (picture) => {
            const bytes = Uint8Array.from(atob(picture), (byte) => byte.charCodeAt(0));
            const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
            const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
            context.drawImage(image, 0, 0);
            const { data } = context.getImageData(0, 0, image.width, image.height);
            let found = 0;
            for (let at = 0; at < data.length; at += 4) if (data[at] > 240 && data[at + 1] > 205 && data[at + 2] < 40) found += 1;
            return found;
        }""",
        b64encode(picture).decode(),  # a list of numbers would take ten seconds on its way to the page
    )


def test_a_turn_that_is_pointed_at_is_shown_on_the_map(visit: Visit) -> None:
    page = visit(FROM_KAMPPI, size=DESKTOP).page
    page.wait_for_selector(DRAWN)
    assert _yellow(page) == 0
    page.hover(".turn >> nth=1")
    page.wait_for_timeout(400)
    assert _yellow(page) > 50
    page.hover("h1")
    page.wait_for_timeout(400)
    assert _yellow(page) == 0
    tab_to(page, ".turn button")
    page.keyboard.press("Tab")
    page.wait_for_timeout(400)
    focused = _yellow(page)
    assert focused > 50
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)
    assert _yellow(page) > focused  # the map came nearer


def test_a_phone_shows_the_map_when_asked_to(visit: Visit) -> None:
    watched = visit(FROM_KAMPPI, size=PHONE)
    page = watched.page
    page.wait_for_selector("#map-toggle:visible")
    assert not [url for url in watched.requests if "maplibre" in url or "/tiles/" in url]
    page.click("#map-toggle")
    page.wait_for_selector(DRAWN)
    panel, turns = page.locator("#map-panel").bounding_box(), page.locator(".turns").bounding_box()
    assert panel
    assert turns
    assert panel["y"] < turns["y"]
    page.click("#map-toggle")
    assert not page.is_visible("#map-panel")
    page.locator(".turn button").first.click()
    page.wait_for_selector("#map-panel:visible")


def test_without_webgl_the_turns_stay(visit: Visit) -> None:
    watched = visit("/privacy", size=DESKTOP)
    watched.context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    watched.page.goto(FROM_KAMPPI)
    watched.page.wait_for_selector(".map-message:has-text('The list has every turn')")
    assert len(_turns(watched.page)) >= 3


def test_polylines_are_read_as_the_server_writes_them(visit: Visit) -> None:
    page = visit("/privacy").page
    random = np.random.default_rng(7)
    walk = np.array([-117.0, 32.5]) + np.cumsum(random.normal(0, 0.001, (200, 2)), axis=0)
    far = np.array([[-180.0, -90.0], [180.0, 90.0], [0.0, 0.0], [-180.0, 90.0], [179.999999, -89.999999]])
    module = StaticFiles().url("js/polyline.js")
    for lon_lat in (walk, far, far[:1], far[:0]):
        text = encode_polyline(lon_lat, precision=6)
        points = page.evaluate("async ([m, text]) => (await import(m)).decodePolyline(text)", [module, text])
        assert points == decode_polyline(text, precision=6).tolist()


def test_who_takes_over_learns_the_place_only_and_only_when_tapped(visit: Visit) -> None:
    watched = visit(PATH, size=PHONE, **GRANTED)
    page = watched.page
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector('#way[data-source="gps"]')
    away = page.locator(".apps a")
    assert away.count() >= 2
    for link in away.all():
        address = link.get_attribute("href") or ""
        assert "60.165000" in address
        assert "24.952000" in address
        assert "24.941" not in address
        assert "60.171" not in address
        assert link.get_attribute("rel") == "noopener noreferrer"


def test_server_out_of_reach(visit: Visit) -> None:
    watched = visit(FROM_KAMPPI, size=PHONE, **GRANTED)
    page = watched.page
    page.route("**/way", lambda route: route.abort())
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector("#location-message:has-text('did not work')")
    assert len(_turns(page)) >= 3
    watched.faults = [fault for fault in watched.faults if "ERR_FAILED" not in fault]


def test_an_unknown_place_has_the_focus_on_the_error(visit: Visit) -> None:
    page = visit(f"{PATH}?place=Nowhereatallx", size=PHONE).page
    assert page.evaluate("document.activeElement.id") == "errors"
    page.click("#errors a")
    assert page.evaluate("document.activeElement.id") == "place"


@pytest.mark.parametrize("path", [FROM_KAMPPI, f"{FROM_KAMPPI}&mode=car", f"{PATH}?place=Torikatu"])
def test_touch_targets_are_large_enough(visit: Visit, path: str) -> None:
    page = visit(path, size=PHONE).page
    page.wait_for_selector("#map-toggle:visible")
    small = page.evaluate(TOO_SMALL, f"{TARGETS.replace('input', 'input:not([type=radio])')}, .mode, .target-links a, .back a")
    assert small == []


def test_typing_ahead(visit: Visit) -> None:
    page = visit(PATH, size=PHONE).page
    page.locator("#place").press_sequentially("kamp")
    page.wait_for_selector('#places option[value*="Kamppi"]', state="attached")


WAY_OVER = f"/facilities/{SAN_YSIDRO.id}/directions"
FROM_TIJUANA = f"{WAY_OVER}?place=Zona+R%C3%ADo&mode=car"


def _asked(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


@pytest.mark.parametrize(
    ("size", "locale", "across"),
    [(PHONE, "es-MX", "Del otro lado de la frontera"), (DESKTOP, "en-US", "Across the border")],
    ids=["phone", "desktop"],
)
@pytest.mark.parametrize("java_script_enabled", [True, False], ids=["script", "no script"])
def test_over_a_border_the_documents_are_asked_for(
    visit: Visit, size: tuple[int, int], locale: str, across: str, *, java_script_enabled: bool
) -> None:
    watched = visit(FROM_TIJUANA, size=size, locale=locale, java_script_enabled=java_script_enabled)
    page = watched.page
    assert page.inner_text("#way-heading") == across
    if java_script_enabled:
        assert watched.axe() == []
    page.focus("#documents")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.select_option("#documents", "sentri")
        if not java_script_enabled:
            page.click(".border button")
    assert dict(parse_qsl(sent.value.post_data or ""))["documents"] == "sentri"
    page.wait_for_selector(".border p:has-text('SENTRI')")
    assert "20 min" in page.inner_text(".border")
    assert SOURCE in page.inner_text(".border")
    assert page.input_value("#documents") == "sentri"
    assert _asked(page.url) == ({"place": "Zona Río", "mode": "car"} if java_script_enabled else {})
    assert page.get_attribute("#ask", "method") == "post"
    if java_script_enabled:
        assert page.evaluate("document.activeElement.id") == "documents"
        assert watched.axe() == []
        page.check("#mode-foot", force=True)  # another mode keeps what was said
        page.wait_for_selector('#way[data-mode="foot"] .border')
        assert page.input_value("#documents") == "sentri"
        assert _asked(page.url) == {"place": "Zona Río", "mode": "foot"}
        page.reload()
        page.wait_for_selector(f"#way-heading:has-text('{across}')")  # it was kept nowhere
    else:
        page.fill("#place", "Playas")
        page.click(".main-button")
        page.wait_for_selector(".where:has-text('Playas')")
        assert page.input_value("#documents") == "sentri"
    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, document.cookie, location.href])"
    )
    assert "sentri" not in kept
    assert not [url for url in watched.requests if "sentri" in url or "documents" in urlsplit(url).query]


def test_what_was_said_in_the_search_goes_along_to_the_directions_and_into_no_address(visit: Visit) -> None:
    watched = visit("/?place=Zona+R%C3%ADo&sort=travel_time", size=PHONE)
    page = watched.page
    assert watched.axe() == []
    page.click(".crossing summary")
    assert watched.axe() == []
    page.select_option("#my-documents", "sentri")
    page.click("#crossing .button")
    page.wait_for_selector("#card-1:has-text('Clinic North')")
    assert watched.axe() == []
    page.wait_for_url("**/?place=Zona+R%C3%ADo&sort=travel_time")
    page.select_option("#my-documents", "general")
    page.click("#crossing .button")
    page.wait_for_selector("#card-1:has-text('Clinic South')")
    page.click(".filters summary")
    assert page.input_value("#documents") == "general"
    page.select_option("#documents", "sentri")
    page.click(".main-button")
    page.wait_for_selector("#card-1:has-text('Clinic North')")
    page.click("#card-1 .directions")
    page.wait_for_selector(".border p:has-text('SENTRI')")
    assert watched.axe() == []
    page.wait_for_url(f"**{WAY_OVER}?*place=Zona+R%C3%ADo")
    page.go_back()
    page.wait_for_selector("#results-heading")
    assert page.input_value("#place") == "Zona Río"
    assert not [url for url in watched.requests if "sentri" in url or "documents" in urlsplit(url).query]


@IN_BOTH
def test_where_there_is_no_way_axe_finds_nothing(visit: Visit, size: tuple[int, int], locale: str) -> None:
    watched = visit(f"/facilities/{IN_SWEDEN.id}/directions?place=Kamppi", size=size, locale=locale)
    assert watched.page.locator("#documents").count() == 0
    assert watched.axe() == []
    watched.page.goto(f"{PATH}?place=Torikatu,+Kuopio&mode=foot")
    assert watched.page.locator(".handover").count() == 1
    assert watched.axe() == []


def test_who_has_agreed_once_is_not_asked_again_on_that_page(visit: Visit) -> None:
    page = visit(FROM_KAMPPI, size=PHONE, **GRANTED).page
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector('#way[data-source="gps"]')
    page.fill("#place", "Kamppi")
    page.check("#mode-car", force=True)
    page.wait_for_selector('#way[data-source="place"][data-mode="car"]')
    page.click("#use-location")
    page.wait_for_selector('#way[data-source="gps"][data-mode="car"]')
    assert not page.is_visible("#consent")
    assert page.locator("#location-message:visible, #ask-again:visible").count() == 0
    page.wait_for_url(f"**{PATH}?mode=car")


def test_on_paper_there_are_the_turns_the_address_and_the_phone(visit: Visit) -> None:
    page = visit(FROM_KAMPPI, size=DESKTOP).page
    page.wait_for_selector(DRAWN)
    page.emulate_media(media="print")
    for shown in ("h1", ".target", "#way-heading", ".turns", "a[href^='tel:']"):
        assert page.locator(shown).first.is_visible(), shown
    for hidden in ("nav", ".ask", "#map-panel", ".handover", ".back", "#map-toggle", ".promise"):
        assert not page.locator(hidden).first.is_visible(), hidden
