"""What only the whole application shows: both faces plugged together."""

import asyncio
import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from litestar.testing import TestClient

from finder.api.admin.shelf import PARTS_KEPT
from finder.app import create_app, road_router
from finder.config import Brand, Settings
from finder.directions.estimate import TravelMode
from finder.directions.http_engine import HttpEngine
from finder.geo.points import LonLat
from finder.region.shelf import RegionShelf
from finder.store import Store
from finder.web.static_files import StaticFiles
from tests.server import serving
from tests.web.town import publish_town

PATHS = ["/", "/privacy", "/brand.css", "/health/live", "/health/ready", "/api/v1/places?q=hel", "/schema"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    publish_town(folder)
    return folder


def test_files_are_read_once_and_the_brand_is_the_settings(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[StaticFiles] = []
    read = StaticFiles.__init__

    def counted(self: StaticFiles, *folder: Path) -> None:
        made.append(self)
        read(self, *folder)

    monkeypatch.setattr(StaticFiles, "__init__", counted)
    brand = Brand(name_en="Salud", name_es="Salud", colour="#112233", accent="#332211", contact="ask@salud.example")
    with TestClient(create_app(Settings(data_dir=data_dir, brand=brand))) as client:
        page = client.get("/").text + client.get("/brand.css").text
    assert len(made) == 1
    for said in ("Salud", "#112233", "#332211", "ask@salud.example"):
        assert said in page


@pytest.mark.parametrize("path", ["//evil.example/x", "//evil.example/?lat=60.1699&lon=24.9384"])
def test_an_error_page_links_to_no_other_site(data_dir: Path, path: str) -> None:
    app = create_app(Settings(data_dir=data_dir))
    # Straight to the application: a client of HTTP would take the path for a host.
    target, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": target, "raw_path": target.encode(), "root_path": "", "query_string": query.encode(),
        "headers": [(b"host", b"finder.test"), (b"accept", b"text/html")], "client": ("127.0.0.1", 1), "server": None,
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    anyio.run(lambda: app(scope, receive, send))  # pyright: ignore[reportArgumentType]
    assert sent[0]["status"] == 404
    html = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    assert 'href="?lang=es"' in html
    assert "evil.example" not in "".join(re.findall(r'(?:href|src|action)="([^"]*)"', html))
    assert "60.1699" not in html


def test_head_is_answered_like_get_without_a_body(data_dir: Path) -> None:
    with serving(data_dir) as address, httpx.Client(base_url=address, headers={"Accept-Encoding": "identity"}) as client:
        for path in [*PATHS, "/facilities/nobody", "/api/v1/search"]:  # one that is not there, one that takes POST only
            head, get = client.head(path), client.get(path)
            assert head.status_code == get.status_code, path
            assert head.content == b""
            assert {**head.headers, "date": ""} == {**get.headers, "date": ""}, path
        assert client.head("/health/ready").status_code == 200
        assert client.head("/api/v1/search").status_code == 405


def test_a_server_of_osrm_has_the_modes_that_the_settings_say(tmp_path: Path) -> None:
    """Of the others nothing is asked: they are estimated, as they are where no server answers."""
    settings = Settings(
        data_dir=tmp_path, roads_url="osrm+http://127.0.0.1:9", osrm_profiles=("foot=walking",), default_region="helsinki"
    )
    router = road_router(settings, RegionShelf(tmp_path))
    status = router.status()
    assert (status.ready, status.engine) == (False, "osrm")
    here, there = LonLat(-117.02, 32.53), LonLat(-117.01, 32.54)
    with pytest.MonkeyPatch.context() as patch:
        asked: list[str] = []
        patch.setattr(HttpEngine, "get", lambda _, path: asked.append(path) or (400, b'{"code": "NoRoute"}'))
        for mode in TravelMode:
            router.matrix([here], [there], mode)
    assert [path.split("/")[:3] for path in asked] == [["table", "v1", "walking"]]


def test_what_needs_no_thread_is_answered_while_none_is_free(data_dir: Path) -> None:
    """Whoever watches the service would end one whose threads all wait for the database."""

    async def answered() -> list[int]:
        free, pool = threading.Event(), ThreadPoolExecutor(1)
        asyncio.get_running_loop().set_default_executor(pool)
        pool.submit(free.wait)
        transport = httpx.ASGITransport(app=app)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://finder.test") as client:
                asked = (client.get(path) for path in ("/health/live", "/health/ready", "/care", "/api/v1/places?q=hel"))
                return [answer.status_code for answer in await asyncio.wait_for(asyncio.gather(*asked), 30)]
        finally:
            free.set()

    with TestClient(create_app(Settings(data_dir=data_dir))) as client:
        app = client.app
        assert asyncio.run(answered()) == [200] * 4


def test_what_is_left_over_goes_when_the_service_starts(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with Store.open(settings.store_url) as store:
        store.migrate()
    old, young, damaged = (
        settings.uploads_dir / f"{letter * 32}{end}" for letter, end in (("a", ".part"), ("b", ".part"), ("c", ""))
    )
    for folder in (old, young, damaged):
        (folder / "file").mkdir(parents=True)
    (damaged / "upload.json").write_text("{")  # it must not keep the others
    long_ago = time.time() - (PARTS_KEPT + timedelta(minutes=1)).total_seconds()
    os.utime(old, (long_ago, long_ago))
    with TestClient(create_app(settings)):
        end = time.monotonic() + 10
        while old.exists() and time.monotonic() < end:
            time.sleep(0.01)
    assert [folder.exists() for folder in (old, young, damaged)] == [False, True, True]
