"""What the tests of several pages look at alike."""

from typing import Any

import pytest

from .conftest import BY_THE_STATION, DESKTOP, PHONE, Watched

IN_BOTH = pytest.mark.parametrize(("size", "locale"), [(PHONE, "es-MX"), (DESKTOP, "en-US")], ids=["phone", "desktop"])
"""Both sizes and both languages, each with one of the other: every page is made of the same parts."""

GRANTED: dict[str, Any] = {"permissions": ["geolocation"], "geolocation": BY_THE_STATION}
DRAWN = "#map-panel[data-drawn]"
TARGETS = "button, .button, input, select, summary, nav a, .chip, .drop, .ignored a, [role=option]"
TOO_SMALL = """(targets) => [...document.querySelectorAll(targets)].filter((e) => e.offsetParent)
    .map((e) => (e.type === 'checkbox' ? e.labels[0] : e))  // a tap on its label ticks the box
    .filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 80))"""


def nothing_kept(watched: Watched) -> None:
    """Nothing of the position of :data:`GRANTED` is in an address, the storage or the history."""
    digits = ("60.17105", "24.94123")
    kept = watched.page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, document.cookie, location.href])"
    )
    assert not [part for part in digits if part in kept]
    assert not [url for url in watched.requests if any(part in url for part in digits)]


def tab_to(page: Any, selector: str) -> None:
    """Press the Tab key until what the selector means has the focus, which must be seen."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert outline == "3px"  # the focus is seen
            return
    raise AssertionError(f"{selector} cannot be reached by the Tab key")
