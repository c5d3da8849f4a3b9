"""The worker that watches a visit on the device, in a real browser: it notices, outlives reloads, forgets, and reaches nobody."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from finder.notices.tracker import why_texts
from tests.notices.test_device_js import FENCE, packed
from tests.notices.tracks import cases

pytestmark = pytest.mark.browser

STARTED = """
async (address) => {
  window.said = window.said ?? [];
  window.workers = window.workers ?? [];
  const worker = new Worker(address, { type: "module" });
  window.workers.push(worker);
  worker.addEventListener("message", ({ data }) => window.said.push(data));
  await new Promise((done, fail) => {
    worker.addEventListener("message", ({ data }) => data.type === "state" && done());
    worker.addEventListener("error", (event) => fail(new Error(event.message || "the worker does not load")));
  });
}
"""
GIVEN = """
async ({ messages, numbers }) => {
  const heard = () => window.said.filter(({ type }) => type === "state").length;
  const all = heard() + messages.length * numbers.length;
  for (const message of messages) for (const number of numbers) window.workers[number].postMessage(message);
  for (const end = performance.now() + 20000; heard() < all && performance.now() < end; ) {
    await new Promise((done) => setTimeout(done, 5));
  }
  if (heard() < all) throw new Error("the worker does not answer");
}
"""
KEPT = """
async () => {
  const database = await new Promise((done) => {
    const request = indexedDB.open("finder-notices", 1);
    request.onsuccess = () => done(request.result);
  });
  const keys = await new Promise((done) => {
    const request = database.transaction("visit").objectStore("visit").getAllKeys();
    request.onsuccess = () => done(request.result);
  });
  database.close();
  return keys;
}
"""


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    context = browser.new_context(base_url=server)
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


def start(page: Page) -> None:
    """Start a worker as the page's scripts do, from the folder that they were loaded from, and wait for its first word."""
    script = page.locator("script[type=module]").first.get_attribute("src")
    assert script is not None
    page.evaluate(STARTED, re.sub(r"/js/.*", "/js/notices/worker.js", script))


def give(page: Page, *messages: dict[str, Any], to: tuple[int, ...] = (0,)) -> None:
    """Give all messages to workers by their number, one right after the other, and wait until each was answered."""
    page.evaluate(GIVEN, {"messages": messages, "numbers": to})


def notices(page: Page) -> list[tuple[str, bool]]:
    return [(one["trigger"], one["seen"]) for one in page.evaluate("window.said") if one["type"] == "notice"]


def a_walk(page: Page) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What arms a visit of now, and the fixes of a walk that begins now."""
    now = page.evaluate("Date.now()")
    track = cases()["walk_in_and_stay"].track()
    fixes: list[dict[str, Any]] = []
    for fix in track:
        at = now + 1000 * (fix.at_device - track[0].at_device).total_seconds()
        place = {"lat": fix.lon_lat.lat, "lon": fix.lon_lat.lon, "accuracy_m": fix.accuracy_m}
        fixes.append({"type": "fix", "at": at, "received_at": at + 200, **place})
    visit = {"id": "v", "facility_id": "clinic", "until": now + 3 * 3_600_000, "language": "en"}
    pack = {"holds_until": 2**40, "fences": [packed(FENCE)]}
    return {"type": "arm", "visit": visit, "pack": pack, "words": why_texts("en")}, fixes


def test_a_reload_neither_loses_nor_repeats_a_notice_and_disarming_forgets_all_but_the_days_counts(page: Page) -> None:
    start(page)
    assert page.evaluate("window.said") == [{"type": "state", "status": "idle", "reason": "none"}]
    arm, fixes = a_walk(page)
    give(page, arm, *fixes[:30])
    assert page.evaluate("window.said.at(-1)")["is_kept"] is True
    assert notices(page) == [("approach", False), ("enter", False)]
    give(page, {"type": "seen", "id": page.evaluate("window.said.find(({ trigger }) => trigger === 'approach').id")})

    page.reload()
    start(page)
    assert notices(page) == [("approach", True), ("enter", False)]
    assert page.evaluate("window.said.at(-1)")["fixes"] == 30
    give(page, *fixes[20:])
    assert notices(page)[2:] == [("dwell", False)]

    assert sorted(page.evaluate(KEPT)) == ["armed", "progress"]
    give(page, {"type": "disarm"})
    assert page.evaluate(KEPT) == ["earlier"]
    assert page.evaluate("window.said.at(-1)") == {"type": "state", "status": "idle", "reason": "disarmed"}
    assert FENCE.most_per_day == 3
    give(page, {**arm, "visit": {**arm["visit"], "id": "w"}}, *fixes[:30], {"type": "stop"})
    assert len(notices(page)) == 3
    page.goto("/notices")  # of today
    page.wait_for_timeout(300)
    assert page.evaluate(KEPT) == ["earlier"]
    page.clock.set_system_time(datetime.now(UTC) + timedelta(days=1))
    page.goto("/notices")
    page.wait_for_function(f"async () => !(await ({KEPT})()).length")


def test_two_pages_at_once_tell_it_once(page: Page) -> None:
    start(page)
    arm, fixes = a_walk(page)
    give(page, arm)
    start(page)
    give(page, *fixes[:80], to=(0, 1))
    assert sorted(notices(page)) == [("approach", False), ("dwell", False), ("enter", False)]
    give(page, {"type": "disarm"})
    give(page, fixes[80], to=(1,))
    assert page.evaluate("window.said.at(-1)") == {"type": "state", "status": "idle", "reason": "gone"}


def arm_for_a_moment(page: Page) -> None:
    """Arm a visit and leave it; when this returns it is over, and what is known of it is still there."""
    start(page)
    arm, fixes = a_walk(page)
    soon = page.evaluate("Date.now()") + 700
    give(page, {**arm, "visit": {**arm["visit"], "until": soon}}, {**fixes[0], "received_at": soon - 600})
    page.evaluate("window.workers[0].terminate()")
    page.wait_for_timeout(800)
    assert sorted(page.evaluate(KEPT)) == ["armed", "progress"]


def test_what_is_over_is_forgotten_when_the_worker_starts(page: Page) -> None:
    arm_for_a_moment(page)
    page.reload()
    start(page)
    assert page.evaluate("window.said") == [{"type": "state", "status": "idle", "reason": "ended"}]
    assert page.evaluate(KEPT) == []


def test_the_page_of_notices_has_it_forgotten(page: Page) -> None:
    arm_for_a_moment(page)
    page.evaluate("localStorage.setItem('finder-notices', JSON.stringify({ id: 'v', until: '2020-01-01T00:00:00Z' }))")
    page.goto("/notices")
    page.wait_for_function(f"async () => !(await ({KEPT})()).length")
    assert page.evaluate("localStorage.getItem('finder-notices')") is None


def test_where_the_browser_keeps_nothing_it_is_armed_until_the_page_is_left(without_cookies: BrowserContext) -> None:
    page = without_cookies.new_page()
    page.goto("/")
    start(page)
    arm, fixes = a_walk(page)
    give(page, arm, *fixes[:30])
    assert page.evaluate("window.said.at(-1)")["is_kept"] is False
    assert notices(page) == [("approach", False), ("enter", False)]


def test_the_worker_reaches_nobody(page: Page) -> None:
    """Its own policy forbids it what the page may: to ask even the finder."""
    start(page)
    (worker,) = [one for one in page.workers if one.url.endswith("/notices/worker.js")]
    assert page.evaluate("fetch('/health/live').then(({ status }) => status)") == 200
    assert worker.evaluate("fetch('/health/live').then(({ status }) => status, (error) => error.name)") == "TypeError"
