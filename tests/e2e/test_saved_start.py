"""A saved place as the start of the find page and the directions page in a real browser: chosen, asked about, carried along."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Page

from .checks import GRANTED, IN_BOTH, TARGETS, TOO_SMALL, nothing_kept
from .conftest import DESKTOP, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
PLACE = "Kamppi"
WAY = "/facilities/town0001/directions"
WITH_AND_WITHOUT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


def save(visit: Visit, **options: Any) -> tuple[Watched, Page]:
    """A visit by somebody who has just saved a place; nothing that was asked until then counts."""
    watched = visit(f"/?place={PLACE}", **options)
    page = watched.page
    page.set_default_timeout(10_000)
    page.locator(".save-place button").click()
    page.wait_for_url("**/privacy?*")
    watched.requests.clear()
    return watched, page


def start_of(page: Page) -> tuple[str, ...]:
    """Where the page takes the person to be."""
    section = page.locator("#results-section, #way")
    return tuple(section.get_attribute(f"data-{name}") or "" for name in ("source", "lon", "lat"))


def looks_right(watched: Watched, size: tuple[int, int], *, script: bool) -> None:
    if not script:  # without which axe does not run; the page is the same
        return
    assert watched.axe() == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert watched.page.evaluate(TOO_SMALL, TARGETS.replace("input", "input:not([type=hidden]):not([type=radio])")) == []


def in_no_address(watched: Watched, place_id: str) -> None:
    urls = [unquote_plus(url) for url in [*watched.requests, watched.page.url]]
    assert not [url for url in urls if place_id in url or PLACE in url or "saved" in url.replace("js/saved.js", "")]


@WITH_AND_WITHOUT
@IN_BOTH
def test_the_start_goes_along_and_each_purpose_is_asked_about(
    visit: Visit, size: tuple[int, int], locale: str, script: bool
) -> None:
    watched, page = save(visit, size=size, locale=locale, java_script_enabled=script)
    find = page.locator("#places ~ .agreements button[form=find-near]")
    place_id = find.get_attribute("value") or ""
    find.click()
    page.wait_for_selector("#results-heading")
    area = start_of(page)
    looks_right(watched, size, script=script)
    page.locator("#saved-area button[name=say]").click()
    page.wait_for_selector("#saved-area", state="detached")
    started = start_of(page)
    assert started[0] == "place"
    assert started != area
    assert PLACE in page.locator("#results-heading").inner_text()
    looks_right(watched, size, script=script)

    page.locator("button.more").click()
    page.wait_for_selector("#card-11")
    assert start_of(page) == started
    page.fill("#words", "clinic")
    page.press("#words", "Enter")
    page.wait_for_selector(".chip")
    assert start_of(page) == started
    page.locator("button.chip").first.click()
    page.wait_for_selector(".chip", state="detached")
    assert start_of(page) == started
    language = page.get_attribute("html", "lang")
    page.locator("#switch-language").click()
    page.wait_for_selector(f"html:not([lang={language}])")
    assert start_of(page) == started

    # The way is another purpose: it starts from the area until the person agrees.
    page.locator("button.directions[form=start]").first.click()
    page.wait_for_selector("#way")
    blurred = start_of(page)
    assert blurred[0] == "place"
    assert blurred != started
    looks_right(watched, size, script=script)
    page.locator("#saved-area button[name=area]").click()
    page.wait_for_selector("#saved-area:not(:has(button))")
    assert start_of(page) == blurred
    page.locator(f".saved-places button[value='{place_id}']").click()
    page.wait_for_selector("#way")
    in_no_address(watched, place_id)

    page.locator(".back button").click()
    page.wait_for_selector("#results-heading")
    assert start_of(page) == started
    page.locator(".card h3 a").first.click()
    page.wait_for_selector("#start-left", state="visible")  # a link cannot take it along, and the next page says so
    looks_right(watched, size, script=script)
    in_no_address(watched, place_id)


@WITH_AND_WITHOUT
def test_the_way_from_a_saved_place_is_exact_with_a_yes(visit: Visit, script: bool) -> None:
    watched, page = save(visit, java_script_enabled=script)
    page.goto(WAY)
    page.locator(".saved-places button").click()
    page.wait_for_selector("#saved-area")
    blurred = start_of(page)
    page.locator("#saved-area button[name=say]").click()
    page.wait_for_selector("#saved-area", state="detached")
    started = start_of(page)
    assert started != blurred
    assert PLACE in page.locator(".way .where").inner_text()
    looks_right(watched, DESKTOP, script=script)
    page.locator("label:has(#mode-foot)").click()
    if not script:
        page.locator("#ask button.main-button").click()
    page.wait_for_selector("#way[data-mode=foot]")
    assert start_of(page) == started
    page.fill("#place", "Torikatu")
    page.locator("#ask button.main-button").click()
    page.wait_for_url("**place=Torikatu*")
    assert start_of(page)[1:] != started[1:]
    assert not [url for url in watched.requests if PLACE in url]


def test_a_page_that_is_loaded_again_says_that_the_start_is_gone(visit: Visit) -> None:
    _, page = save(visit)
    page.locator("button[form=find-near]").click()
    page.wait_for_selector("#results-heading")
    page.reload()
    assert page.locator("#start-left").is_visible()
    page.locator(".saved-places button").click()
    page.wait_for_selector("#start", state="attached")
    assert not page.locator("#start-left").is_visible()


def test_a_devices_position_takes_the_place_of_the_saved_one(visit: Visit) -> None:
    watched, page = save(visit, **GRANTED)
    page.locator("button[form=find-near]").click()
    page.wait_for_selector("#results-heading")
    page.locator("#use-location").click()
    page.locator("#consent-exact").click()
    page.wait_for_selector('[data-source="gps"]')
    assert page.locator("#start, [form=start], [name=saved_before], .saved-places [aria-current]").count() == 0
    assert "lang=" in (page.locator("a#switch-language").get_attribute("href") or "")
    assert watched.axe() == []
    nothing_kept(watched)
    page.locator(".saved-places button").click()
    page.wait_for_selector("#start", state="attached")
    assert start_of(page)[0] == "place"


def test_a_position_leaves_no_button_that_saves_another_place(visit: Visit) -> None:
    page = visit(f"/?place={PLACE}", **GRANTED).page
    assert page.locator(".save-place").count() == 1
    page.locator("#use-location").click()
    page.locator("#consent-exact").click()
    page.wait_for_selector('[data-source="gps"]')
    assert page.locator(".save-place").count() == 0
