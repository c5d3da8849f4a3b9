"""An OwnTracks client walks through a fence that the law allowed, of a finder that serves as it does in the field."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from finder.directory import publish
from finder.domain.admin import Actor
from finder.domain.facility import Address, Facility, FacilityKind
from finder.domain.fence import Circle, Fence, Trial, Trigger, Wish, shape_sha256
from finder.domain.load import Load
from finder.domain.tenant import Tenant
from finder.notices.law import Operator, Site, installed_boundaries
from finder.notices.law.ruled import ruled
from finder.privacy.policy import CURRENT_POLICY
from finder.store import Store
from finder.store.fences import FenceStore
from finder.store.tenants import TenantStore
from tests.facilities import stored
from tests.notices.tracks import CENTRE, place
from tests.server import serving

BY = Actor("cli:test")
CLINIC = Facility(
    id="healthstationhel",
    kind=FacilityKind.CLINIC,
    name="Terveysasema",
    lon_lat=CENTRE,
    time_zone="Europe/Helsinki",
    address=Address(country="FI", city="Helsinki"),
)
TEXTS = {"en": "Check in on floor 2.", "es": "Regístrese en el piso 2."}
FENCE = Fence(
    id="front-door",
    tenant="station",
    facility_id=CLINIC.id,
    name="Front door",
    shape=Circle(centre=CENTRE, radius_m=90.0),
    wishes=tuple(Wish(trigger=trigger, texts=TEXTS) for trigger in (Trigger.ENTER, Trigger.EXIT)),
)
WALK_S = 780


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, now = tmp_path_factory.mktemp("show"), datetime.now(UTC)
    url = f"sqlite:///{folder / 'finder.sqlite'}"
    with Store.open(url) as store:
        store.migrate()
        stored(store, [CLINIC], Load(source="t", file_name="t", started_at=now))
        publish(store, folder / "snapshots")
    site, boundaries = Site(facility=CLINIC), installed_boundaries()
    lawful = ruled(FENCE, site, others=[], operator=Operator.RUNS_THE_FACILITY, boundaries=boundaries, at=now)
    with TenantStore.open(url) as tenants, FenceStore.open(url) as fences:
        tenants.add(Tenant(id="station", name="City of Helsinki", created_at=now, facilities=(CLINIC.id,)), BY)
        fences.put(lawful, by=BY)
        trial = Trial(at=now, runs=200, false_share=0.0, missed_share=0.0, shape_sha256=shape_sha256(FENCE))
        fences.activate(lawful, trial, by=BY)
    with serving(folder) as served:
        yield served


def east_m(second: float) -> float:
    """In from 250 m by 3 min, five minutes at the door, and away again."""
    if second < 180:
        return 250.0 * (second / 180 - 1)
    return 0.0 if second < 480 else (second - 480) * 1.3


def messages(start_s: float) -> Iterator[dict[str, Any]]:
    """As the booklet of OwnTracks has them; where the app has a region of its own it sends a transition besides."""
    for second in range(0, WALK_S, 15):
        here = place(east_m(second), 0.0)
        told: dict[str, Any] = {"tid": "an", "tst": round(start_s + second), "lat": here.lat, "lon": here.lon, "acc": 9}
        yield {"_type": "location", "t": "t", "vel": 5, "batt": 80, "conn": "m", **told}
        if second in {150, 600}:
            event = "enter" if second == 150 else "leave"
            region = {"event": event, "desc": "clinic", "wtst": 1425042603, "t": "c"}
            yield {"_type": "transition", **region, **told, "tst": told["tst"] + 1}
    yield {"_type": "lwt", "tst": round(start_s)}


def test_it_walks_in_and_out_and_is_answered(address: str) -> None:
    with httpx.Client(base_url=f"{address}/api/v1") as client:
        read = {"purposes": ["notices"], "policy": str(CURRENT_POLICY), "language": "en"}
        token = client.post("/consents", json=read).raise_for_status().json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        visit = client.post("/visits", json={"facility": CLINIC.id}, headers=bearer)
        assert visit.status_code == 201, visit.text
        app, shown = httpx.BasicAuth("ana", token), list[str]()
        for message in messages(time.time() - WALK_S):
            answer = client.post("/positions", json=message, auth=app)
            assert answer.status_code == 200, answer.text
            shown += [command["notification"] for command in answer.json()]
        assert shown == ["Terveysasema: Check in on floor 2."] * 2
        told = client.get("/notices", headers=bearer).json()["notices"]
        assert [(notice["trigger"], notice["who"]) for notice in told] == [
            ("enter", "City of Helsinki"),
            ("exit", "City of Helsinki"),
        ]
        assert client.delete("/consents/notices", headers=bearer).status_code == 204
        assert client.get("/notices", headers=bearer).json() == {"notices": []}
        assert client.post("/positions", json={"_type": "lwt", "tst": 1}, auth=app).status_code == 403


def test_the_log_of_the_service_names_no_place(address: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    logs = [path for path in Path(tmp_path_factory.getbasetemp()).rglob("logs/web-*.jsonl") if "show" in str(path)]
    assert address
    assert logs
    for log in logs:
        text = log.read_text(encoding="utf-8")
        assert "/api/v1/positions" in text
        for secret in (CLINIC.id, "front-door", "24.9", "60.1"):
            assert secret not in text
