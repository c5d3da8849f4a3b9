"""``GET /api/v1/fences``: a signed pack for whoever asks, of the fences that the law of now allows."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h3
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from litestar.testing import TestClient

from finder.app import create_app
from finder.config import Settings
from finder.directory import publish
from finder.domain.admin import Actor
from finder.domain.facility import Facility, FacilityKind, facility_id
from finder.domain.fence import Circle, Fence, Trial, shape_sha256
from finder.domain.lawful import Judgement, _lawful
from finder.domain.load import Load
from finder.domain.tenant import Tenant
from finder.geo.points import LonLat
from finder.notices.law.ruled import current_law
from finder.store import Store
from finder.store.fences import FenceStore
from finder.store.tenants import TenantStore
from tests.conftest import without
from tests.facilities import stored
from tests.notices.made_fences import a_fence

HELSINKI, SEATTLE = LonLat(24.94, 60.17), LonLat(-122.33, 47.61)
BY = Actor("test")
CELL = h3.latlng_to_cell(HELSINKI.lat, HELSINKI.lon, 7)
ASKED = f"/api/v1/fences?cell={CELL}"


def clinic(number: int, lon_lat: LonLat) -> Facility:
    return Facility(
        id=facility_id("t", str(number)), kind=FacilityKind.CLINIC, name=f"Clinic {number}", lon_lat=lon_lat, time_zone="UTC"
    )


CLINICS = [clinic(0, HELSINKI), clinic(1, LonLat(24.95, 60.171)), clinic(2, SEATTLE)]


def fence_at(number: int) -> Fence:
    here = CLINICS[number]
    return a_fence(number, facility_id=here.id, shape=Circle(centre=here.lon_lat, radius_m=60.0))


def activate(store: FenceStore, fence: Fence, law: str) -> None:
    now = datetime.now(UTC)
    lawful = _lawful(fence, Judgement(at=now, law=law, rows=()))
    store.put(lawful, by=BY)
    trial = Trial(at=now, runs=1000, false_share=0.0, missed_share=0.0, shape_sha256=shape_sha256(fence))
    store.activate(lawful, trial, by=BY)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of a finder with a fence under the law of now, one under another that is still allowed, and one in Washington."""
    folder = tmp_path_factory.mktemp("fences")
    url = f"sqlite:///{folder / 'finder.sqlite'}"
    law = current_law()
    if law is None:
        without("needs the outlines of countries: make setup")
    with Store.open(url) as store:
        store.migrate()
        stored(store, CLINICS, Load(source="t", file_name="t", started_at=datetime.now(UTC)))
        publish(store, folder / "snapshots", [])
    with FenceStore.open(url) as fences, TenantStore.open(url) as tenants:
        ids = tuple(one.id for one in CLINICS)
        tenants.add(Tenant(id="harbour", name="Harbour Clinics", created_at=datetime.now(UTC), facilities=ids), BY)
        activate(fences, fence_at(0), law)
        activate(fences, fence_at(1), "an older law")
        activate(fences, fence_at(2), "an older law")
    return folder


@pytest.fixture(scope="module")
def client(data_dir: Path) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(Settings(data_dir=data_dir))) as client:
        yield client


def opened(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_a_pack_is_signed_by_the_key_that_the_finder_publishes(client: TestClient[Any]) -> None:
    answer = client.get(ASKED)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/jose+json")
    told = answer.json()
    header = json.loads(opened(told["protected"]))
    (key,) = [key for key in client.get("/.well-known/jwks.json").json()["keys"] if key["kid"] == header["kid"]]
    signed = f"{told['protected']}.{told['payload']}".encode()
    Ed25519PublicKey.from_public_bytes(opened(key["x"])).verify(opened(told["signature"]), signed)
    pack = json.loads(opened(told["payload"]))
    assert pack["cell"] == CELL
    assert [one["id"] for one in pack["fences"]] == ["fence000000", "fence000001"]
    assert {one["from"] for one in pack["fences"]} == {"Harbour Clinics"}
    assert pack["holds_until"] - pack["made_at"] == 6 * 3600
    assert pack["made_at"] <= datetime.now(UTC).timestamp() < pack["holds_until"]


def test_where_the_law_of_now_forbids_it_no_fence_is_in_a_pack(client: TestClient[Any]) -> None:
    answer = client.get("/api/v1/fences", params={"cell": h3.latlng_to_cell(SEATTLE.lat, SEATTLE.lon, 7), "limit": 100})
    assert json.loads(opened(answer.json()["payload"]))["fences"] == []


def test_nobody_is_known_and_nobody_is_marked(client: TestClient[Any]) -> None:
    answer = client.get(ASKED)
    assert "set-cookie" not in answer.headers
    assert "vary" not in answer.headers or "cookie" not in answer.headers["vary"].lower()
    with_token = client.get(ASKED, headers={"Authorization": "Bearer nobody", "Cookie": "a=b", "Accept-Language": "es"})
    assert (with_token.status_code, with_token.content) == (200, answer.content)
    assert with_token.headers["etag"] == answer.headers["etag"]


def test_a_pack_that_is_there_is_not_sent_again(client: TestClient[Any]) -> None:
    first = client.get(ASKED)
    assert first.headers["cache-control"] == "private, max-age=300"
    etag = first.headers["etag"]
    for named in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = client.get(ASKED, headers={"If-None-Match": named})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert again.headers["cache-control"] == "private, max-age=300"
    assert client.get(ASKED, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?cell=",
        f"?cell={h3.cell_to_parent(CELL, 6)}",
        f"?cell={h3.cell_to_center_child(CELL, 8)}",
        f"?cell={CELL.upper()}",
        "?cell=87ffffffffffffff",
        "?cell=870000000000000",
        f"?cell={CELL}&limit=0",
        f"?cell={CELL}&limit=101",
        f"?cell={CELL}&after=-1",
        f"?cell={CELL}&after=2001",
        f"?cell={CELL}&lat=60.17",
    ],
)
def test_what_is_no_cell_of_resolution_7_or_out_of_bounds_is_refused(client: TestClient[Any], query: str) -> None:
    answer = client.get(f"/api/v1/fences{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    cell = query.partition("cell=")[2].partition("&")[0]
    assert not cell or cell not in answer.text


def test_the_log_of_visits_does_not_hold_the_cell(
    client: TestClient[Any], data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    too_large = h3.cell_to_parent(CELL, 6)
    for cell in (CELL, too_large):
        client.get(f"/api/v1/fences?cell={cell}")
    (log,) = data_dir.rglob("web-*.jsonl")
    lines = log.read_text()
    assert '"route":"/api/v1/fences"' in lines
    # The caller's own library says which address it calls, where an earlier test has it say so.
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    for said in (lines, logged):
        assert CELL not in said
        assert too_large not in said
