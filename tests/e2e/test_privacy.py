"""The privacy centre and the policy in a real browser, without JavaScript: seen, agreed to, erased."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finder.privacy.policy import CURRENT_POLICY

from .checks import IN_BOTH, TARGETS, TOO_SMALL
from .conftest import DESKTOP, PHONE, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
SESSION = "__Host-finder-session"
PAGES = [
    "/privacy",
    "/privacy/policy",
    "/privacy/policy/2026-11-01",
    f"/privacy/policy/{CURRENT_POLICY}/changes",
    "/privacy/key",
    "/privacy/erase",
]


def cookies(watched: Watched) -> dict[str, Any]:
    return {cookie.get("name", ""): cookie for cookie in watched.context.cookies()}


def looks_right(watched: Watched, size: tuple[int, int]) -> None:
    """Nothing for axe, nothing wider than the screen, nothing too small for a finger."""
    page = watched.page
    for summary in page.locator("main summary").all():
        summary.click()
    assert watched.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate(TOO_SMALL, f"{TARGETS.replace('input', 'input:not([type=hidden]):not([type=radio])')}, .choice") == []


@IN_BOTH
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Visit, size: tuple[int, int], locale: str, path: str) -> None:
    watched = visit(path, size=size, locale=locale)
    assert watched.page.get_attribute("html", "lang") == locale[:2]
    looks_right(watched, size)
    assert not cookies(watched)


@IN_BOTH
def test_a_person_agrees_sees_it_and_erases_it(visit: Visit, tmp_path: Path, size: tuple[int, int], locale: str) -> None:
    watched = visit("/privacy", size=size, locale=locale, java_script_enabled=False, accept_downloads=True)
    page = watched.page
    page.locator("#consent-search button").click()
    page.wait_for_url("**/privacy*")
    cookie = cookies(watched)[SESSION]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, True, "Lax", -1)
    assert page.locator("#consent-search .state.yes").count() == 1
    assert cookie["value"] not in page.content()
    with page.expect_download() as download:
        page.locator("a[href='/privacy/data.json']").click()
    assert json.loads(download.value.path().read_text())["consents"]["rows"][0]["purpose"] == "search"

    page.goto("/privacy/key")
    key = page.locator(".key code").first.inner_text()
    assert key == cookie["value"]
    page.locator("form[action='/privacy/leave'] button").click()
    assert not cookies(watched)
    page.goto("/privacy/key")
    page.fill("#key", key)
    page.locator(".come-back button").click()
    assert page.locator("#consent-search .state.yes").count() == 1

    page.goto("/privacy/erase")
    page.locator("form[action='/privacy/erase'] button").click()
    assert not cookies(watched)
    with page.expect_download() as download:
        page.locator("a[download]").click()
    receipt = json.loads(download.value.path().read_text())
    assert receipt["erased"] == 1
    assert str(receipt["seq"]) in page.locator("dl.summary").inner_text()
    page.goto("/privacy")
    assert page.locator("#consent-search .state.yes").count() == 0


def test_the_pages_of_a_person_are_right_for_axe(visit: Visit) -> None:
    for size in (PHONE, DESKTOP):
        watched = visit("/privacy", size=size)
        watched.page.locator("#consent-search button").click()
        watched.page.wait_for_url("**/privacy*")
        for path in ("/privacy", "/privacy/key", "/privacy/erase"):
            watched.page.goto(path)
            looks_right(watched, size)
        watched.page.locator("form[action='/privacy/erase'] button").click()
        watched.page.wait_for_selector("a[download]")
        looks_right(watched, size)


def test_units_of_ones_own(visit: Visit) -> None:
    watched = visit("/privacy", locale="en-US", java_script_enabled=False)
    page = watched.page
    assert page.locator("input[value=mi]").is_checked()
    page.locator("label:has(input[value=km])").click()
    page.locator("form[action='/privacy/preferences'] button").first.click()
    assert cookies(watched)["finder_preferences"]["value"] == "km"
    page.goto("/?place=Torikatu")
    assert "\u00a0m" in page.locator(".distance").first.inner_text()
    page.goto("/privacy")
    page.locator("button[name=forget]").click()
    assert not cookies(watched)


@IN_BOTH
def test_a_place_is_saved_and_searched_from(visit: Visit, size: tuple[int, int], locale: str) -> None:
    watched = visit("/?place=Kamppi", size=size, locale=locale)
    page = watched.page
    page.locator(".save-place button").click()
    page.wait_for_selector("#places ~ .notice")
    assert page.locator("#places ~ .notice").is_visible()
    looks_right(watched, size)
    page.locator("button[form=find-near]").click()
    page.wait_for_selector("#results-heading")
    assert "Kamppi" in page.locator("#results-heading").inner_text()
