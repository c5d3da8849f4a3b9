"""The page of a practitioner, the staff of a place and the page to browse, in a real browser."""

from collections.abc import Callable, Iterator

import pytest

from tests.server import serving
from tests.web.practice import CLINIC, DOCTOR, HOSTILE, NOWHERE, publish_practice

from .checks import IN_BOTH
from .conftest import PHONE, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
DRAWN = "#map-panel[data-drawn]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running finder with a few doctors."""
    data = tmp_path_factory.mktemp("practice")
    publish_practice(data)
    with serving(data) as address:
        yield address


@IN_BOTH
@pytest.mark.parametrize(
    "path",
    [f"/practitioners/{DOCTOR}", f"/practitioners/{HOSTILE}", f"/practitioners/{NOWHERE}", f"/facilities/{CLINIC}", "/care"],
)
def test_axe_finds_nothing(visit: Visit, size: tuple[int, int], locale: str, path: str) -> None:
    watched = visit(path, size=size, locale=locale)
    assert watched.page.get_attribute("html", "lang") == locale[:2]
    assert watched.axe() == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("path", [f"/practitioners/{DOCTOR}", "/care"])
def test_axe_finds_nothing_in_the_dark(visit: Visit, path: str) -> None:
    assert visit(path, size=PHONE, color_scheme="dark").axe() == []


def test_without_javascript(visit: Visit) -> None:
    watched = visit("/care", size=PHONE, java_script_enabled=False)
    page = watched.page
    page.goto(f"/facilities/{CLINIC}?place=Kamppi")
    page.click("text=Dr. Ana Ejemplo")
    assert page.inner_text("h1") == "Dr. Ana Ejemplo"
    assert page.locator(".card").count() == 2
    assert not page.is_visible("#map-toggle")
    assert page.locator(".card a[href^='tel:']").first.is_visible()
    page.click("text=Old Harbour Hospital")
    assert page.inner_text("h1") == "Old Harbour Hospital"
    assert page.get_attribute("p.back a", "href") == "/?place=Kamppi"
    assert not [url for url in watched.requests if "/js/" in url or "maplibre" in url]


def test_the_places_of_work_are_on_the_map(visit: Visit) -> None:
    page = visit(f"/practitioners/{DOCTOR}").page
    page.wait_for_selector(DRAWN)
    assert sorted(page.locator(".pin i").all_inner_texts()) == ["1", "2"]
    page.hover(".card >> nth=1")
    assert page.locator(".card.chosen h3").inner_text() == "Old Harbour Hospital"


def test_a_phone_shows_the_map_when_asked_to(visit: Visit) -> None:
    page = visit(f"/practitioners/{DOCTOR}", size=PHONE).page
    assert not page.is_visible("#map-panel")
    page.click("#map-toggle")
    page.wait_for_selector(DRAWN)
    assert page.locator(".card:visible").count() == 1
    page.click("#map-toggle")
    assert page.locator(".card:visible").count() == 2


def test_where_no_place_is_known_there_is_no_map(visit: Visit) -> None:
    page = visit(f"/practitioners/{NOWHERE}").page
    page.wait_for_function("document.querySelector('#map-toggle').hidden === false")
    assert not page.is_visible("#map-panel")
    assert not page.is_visible("#map-toggle")


def test_what_is_told_to_machines_is_run_by_nobody(visit: Visit) -> None:
    """No policy is broken by the data in the page (the fixture would tell), and hostile names stay names."""
    page = visit(f"/practitioners/{HOSTILE}").page
    told = page.evaluate("JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent)")
    assert told["name"] == page.inner_text("h1")
    assert "<script>" in told["name"]
