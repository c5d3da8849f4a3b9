"""The service worker of notices, in node with stand-ins for what a browser has: what a push shows, and where a tap leads."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.notices.in_node import in_node, needs_node

pytestmark = needs_node
SCRIPT = """
const heard = {}, shown = [...given.shown], focused = [], opened = [], waits = [];
globalThis.self = {
  addEventListener: (type, hear) => (heard[type] = hear),
  skipWaiting: () => {},
  registration: {
    getNotifications: async ({ tag }) => shown.filter((one) => one.tag === tag),
    showNotification: async (title, options) => shown.push({ title, ...options }),
  },
  clients: {
    matchAll: async () => given.pages.map((url) => ({ url, focus: async () => focused.push(url) })),
    openWindow: async (path) => opened.push(path),
  },
};
Object.defineProperty(globalThis, "navigator", { value: { language: given.language } });
await import("./notices/service_worker.js");
const waitUntil = (work) => waits.push(work);
for (const push of given.pushes) {
  heard.push({ data: push === null ? null : { json: () => JSON.parse(push) }, waitUntil });
  await Promise.all(waits);
}
let closed = 0;
if (given.taps) heard.notificationclick({ notification: { close: () => closed++ }, waitUntil });
await Promise.all(waits);
return { shown, focused, opened, closed };
"""


def worker(folder: Path, **given: Any) -> Any:
    asked = {"shown": [], "pages": [], "language": "en-US", "pushes": [], "taps": False, **given}
    return in_node(folder, SCRIPT, asked)


def test_a_push_shows_words_without_a_place_in_its_language_and_once(tmp_path: Path) -> None:
    push = json.dumps({"notice": "ab12", "language": "es"})
    shown = worker(tmp_path, pushes=[push, push])["shown"]
    assert [(one["title"], one["tag"], one["lang"]) for one in shown] == [("Tiene un aviso", "ab12", "es")]


def test_what_the_page_has_shown_is_not_shown_beside_it(tmp_path: Path) -> None:
    shown = [{"title": "Clinic", "tag": "ab12"}]
    assert worker(tmp_path, shown=shown, pushes=[json.dumps({"notice": "ab12", "language": "en"})])["shown"] == shown


@pytest.mark.parametrize("push", [None, "{", "null", "[]"])
def test_a_push_that_cannot_be_read_is_shown_all_the_same(tmp_path: Path, push: str | None) -> None:
    shown = worker(tmp_path, pushes=[push], language="es-MX")["shown"]
    assert [one["title"] for one in shown] == ["Tiene un aviso"]


@pytest.mark.parametrize(
    ("pages", "focused", "opened"),
    [
        ([], [], ["/notices"]),
        (["https://finder.example/", "https://finder.example/notices"], ["https://finder.example/notices"], []),
        (["https://finder.example/facilities/x"], [], ["/notices"]),
    ],
)
def test_a_tap_leads_to_the_page(tmp_path: Path, pages: list[str], focused: list[str], opened: list[str]) -> None:
    answer = worker(tmp_path, pages=pages, taps=True)
    assert (answer["focused"], answer["opened"], answer["closed"]) == (focused, opened, 1)
