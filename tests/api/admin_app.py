"""An admin API over a store of its own, with the desk of the tests."""

import time
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from finder.api.admin import AdminServices, UploadShelf, admin_routes, describe_admin
from finder.api.description import describe_problems, openapi_config
from finder.api.problems import problem_of
from finder.domain.admin import Actor, Scope
from finder.store import Store
from finder.store.admin_engine import open_admin_engine
from finder.store.audit import AuditLog
from finder.store.keys import ApiKeys
from tests.api.admin_desk import TestDesk
from tests.conftest import REPOSITORY

ADMIN = "/api/v1/admin"
SAMPLE = REPOSITORY / "data" / "facilities" / "tijuana.csv"
SMALL_LIMIT = 200_000
MAPPED = "Sitio,y,x\nClínica Uno,32.5,-117.0\n"
NO_ID = "0" * 32


class Admin:
    """An admin API over a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'finder.sqlite'}"
        self.store = Store.open(self.url)
        self.store.migrate()
        self.desk = TestDesk(self.store)
        self.services = AdminServices(
            desk=self.desk,
            keys=ApiKeys(open_admin_engine(self.url, longest_wait_ms=100)),
            audit=AuditLog(open_admin_engine(self.url, longest_wait_ms=100)),
            uploads=UploadShelf(folder / "uploads"),
            upload_limit_bytes=SMALL_LIMIT,
        )
        self.app = Litestar(
            admin_routes(self.services),
            openapi_config=openapi_config("Finder", "0"),
            exception_handlers={Exception: problem_of},
            on_startup=[describe_problems, describe_admin, self.services.start],
            on_shutdown=[self.services.stop, self.store.close],
            request_max_body_size=64 * 1024,
            logging_config=None,
        )
        self.client = TestClient(self.app)

    def token(self, *scopes: Scope, **more: Any) -> str:
        return self.services.keys.create("test", scopes or list(Scope), by=Actor("cli:test"), **more).token

    def __call__(self, method: str, path: str, *, token: str | None = None, **request: Any) -> httpx.Response:
        headers = {**request.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        return self.client.request(method, f"{ADMIN}{path}", headers=headers, **request)

    def upload(self, token: str, content: bytes | str, name: str = "clinics.csv") -> dict[str, Any]:
        answer = self("POST", "/uploads", token=token, content=content, headers={"X-File-Name": name})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def finished(self, token: str, address: str) -> dict[str, Any]:
        """The job at an address once it has come to an end."""
        end = time.monotonic() + 30
        while (job := self("GET", address, token=token).json())["state"] in ("queued", "running"):
            assert time.monotonic() < end, job
            time.sleep(0.01)
        return job

    def run(self, token: str, upload_id: str, kind: str, **body: Any) -> dict[str, Any]:
        asked = self("POST", f"/uploads/{upload_id}/{kind}", token=token, **body)
        assert asked.status_code == 202, asked.text
        assert asked.json()["state"] == "queued"
        return self.finished(token, f"/uploads/{upload_id}/{kind}")

    def trail(self) -> list[tuple[str, str]]:
        """Action and outcome of the audit log, oldest first, without the making of keys."""
        entries = self.services.audit.page(limit=1000)[::-1]
        return [(entry.action.value, entry.outcome) for entry in entries if entry.action != "key.create"]
