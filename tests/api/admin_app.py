"""An admin API over a store of its own, with the desk that is in service."""

import time
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from finder.api.admin import AdminServices, UploadShelf, admin_routes, describe_admin
from finder.api.description import describe_problems, openapi_config
from finder.api.problems import problem_of
from finder.desk import Desk
from finder.directory import Directory
from finder.domain.admin import Actor, Scope
from finder.domain.facility import Facility
from finder.notices.delivery.outgoing import Outgoing
from finder.notices.delivery.webhook import WebhookDesk
from finder.notices.fences.desk import FenceDesk
from finder.notices.fences.sites import DirectorySites
from finder.notices.law import installed_boundaries
from finder.privacy.desk import ConsentDesk
from finder.privacy.mail import MailDesk
from finder.privacy.rights import RightsDesk
from finder.privacy.sealing import ServiceKey
from finder.store import Store
from finder.store.admin_engine import open_admin_engine
from finder.store.apps import AppStore
from finder.store.audit import AuditLog
from finder.store.consents import ConsentLedger
from finder.store.fences import FenceStore
from finder.store.keys import ApiKeys
from finder.store.notice_log import NoticeLog
from finder.store.search_counts import SearchCounts
from finder.store.tenants import TenantStore
from finder.store.webhooks import Webhooks
from tests.api.admin_desk import HeldDesk
from tests.conftest import REPOSITORY

ADMIN = "/api/v1/admin"
SAMPLE = REPOSITORY / "data" / "facilities" / "tijuana.csv"
SMALL_LIMIT = 200_000
MAPPED = "Sitio,y,x\nClínica Uno,32.5,-117.0\n"
NO_ID = "0" * 32
HEADER = "id,name,type,street,house number,city,state,country,phone,lat,lon\n"
DOUBTS = ("Quimera", "Hipogrifo", "Basilisco")
"""Each is in two lists, so alike that it is asked whether it is one, and too unlike for nobody to ask."""


def doubtful(name: str, street: str, phone: int) -> str:
    """A list of :data:`DOUBTS`, each some 5 km from the next."""
    rows = (
        f"{at},{name.format(word)},dentist,{street},12,Tijuana,Baja California,MX,664 55{at} {phone},{32.4 - at / 20},-116.9\n"
        for at, word in enumerate(DOUBTS)
    )
    return HEADER + "".join(rows)


class Admin:
    """An admin API over a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now: datetime | None = None
        """The moment for what asks the clock of the services; ``None`` for that of the machine."""
        self.url = f"sqlite:///{folder / 'finder.sqlite'}"
        self.store = Store.open(self.url)
        self.store.migrate()
        self.snapshots_dir = folder / "snapshots"
        desk = Desk(
            self.store,
            snapshots_dir=self.snapshots_dir,
            regions_dir=folder / "regions",
            places_dir=folder / "places",
            golden_searches=folder / "golden.toml",
        )
        self.desk = HeldDesk(desk)
        self.ledger = ConsentLedger.open(self.url, folder / "revisions")
        self.consents = ConsentDesk(self.ledger)
        self.rights = RightsDesk.open(self.url, self.consents)
        tenants = TenantStore(open_admin_engine(self.url, longest_wait_ms=100))
        self.fence_rows, sites = FenceStore.open(self.url), DirectorySites(Directory(self.snapshots_dir))
        self.services = AdminServices(
            desk=self.desk,
            keys=ApiKeys(open_admin_engine(self.url, longest_wait_ms=100)),
            audit=AuditLog(open_admin_engine(self.url, longest_wait_ms=100)),
            uploads=UploadShelf(folder / "uploads"),
            counts=SearchCounts(open_admin_engine(self.url, longest_wait_ms=100)),
            apps=AppStore(open_admin_engine(self.url, longest_wait_ms=100)),
            mail=MailDesk(self.rights),
            tenants=tenants,
            sites=sites,
            fences=FenceDesk(self.fence_rows, tenants, sites, installed_boundaries, lambda: datetime.now(UTC)),
            notice_log=NoticeLog(open_admin_engine(self.url, longest_wait_ms=100)),
            webhooks=WebhookDesk(
                Webhooks(open_admin_engine(self.url, longest_wait_ms=100)),
                Outgoing([ip_network("127.0.0.0/8")]),
                ServiceKey(folder / "keys"),
            ),
            clock=lambda: self.now or datetime.now(UTC),
            upload_limit_bytes=SMALL_LIMIT,
        )
        self.app = Litestar(
            admin_routes(self.services),
            openapi_config=openapi_config("Finder", "0"),
            exception_handlers={Exception: problem_of},
            on_startup=[describe_problems, describe_admin, self.services.start],
            on_shutdown=[self.services.stop, self.fence_rows.close, self.rights.close, self.ledger.close, self.store.close],
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

    def load(self, token: str, content: bytes | str, source: str) -> dict[str, Any]:
        """What a file has done that went all the way: its row of the ledger."""
        upload_id = self.upload(token, content, f"{source}.csv")["id"]
        self.run(token, upload_id, "preview", json={"source": source})
        commit = self.run(token, upload_id, "commit")
        assert commit["state"] == "done", commit
        return commit["report"]["load"]

    def doubts(self, token: str) -> None:
        """Load what asks one question each for :data:`DOUBTS`."""
        self.load(token, doubtful("Clínica Dental {}", "Calle Fábula", 1000), "ours")
        self.load(token, doubtful("Dental {} Centro", "Calle Fabula", 2000), "theirs")

    def published(self, facility_id: str) -> Facility:
        """The facility as people find it. Raises :class:`NotFound`."""
        return Directory(self.snapshots_dir).current().facility(facility_id)

    def trail(self) -> list[tuple[str, str]]:
        """Action and outcome of the audit log, oldest first, without the making of keys."""
        entries = self.services.audit.page(limit=1000)[::-1]
        return [(entry.action.value, entry.outcome) for entry in entries if entry.action != "key.create"]
