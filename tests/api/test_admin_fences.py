"""Fences over the admin API: lawful or refused, tried out before they go live, of one tenant alone."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import update

from finder.api.admin.fences import LARGEST_FENCE_FILE_BYTES, MOST_FENCE_ROWS
from finder.directory import publish
from finder.domain.admin import Action, Actor, Scope
from finder.domain.facility import Address, Facility, FacilityKind, facility_id
from finder.domain.fence import Fence, FenceStatus, Trial, Trigger, shape_sha256
from finder.domain.lawful import LawfulFence
from finder.domain.load import Load
from finder.domain.tenant import Tenant
from finder.domain.visit import NoticeLogEntry, Outcome
from finder.geo.points import LonLat
from finder.notices.fences import desk
from finder.notices.fences.tables import MOST_ROWS
from finder.store import Store, fence_checks
from finder.store.admin_engine import short_write
from finder.store.fence_tables import FENCE
from finder.store.fences import MOST_OF_TENANT
from finder.store.notice_log import add_log
from finder.store.personal import open_personal_engine
from tests.api.admin_app import Admin
from tests.conftest import REPOSITORY
from tests.facilities import stored

ADMIN = Actor("cli:test")
PLACES = {"mexico": (-99.17, 19.41, "MX"), "mexico too": (-99.10, 19.50, "MX"), "seattle": (-122.33, 47.61, "US")}
CLINICS = {
    name: Facility(
        id=facility_id("t", name),
        kind=FacilityKind.CLINIC,
        name=f"Clínica {name.title()}",
        lon_lat=LonLat(lon, lat),
        address=Address(country=country),
        time_zone="America/Mexico_City" if country == "MX" else "America/Los_Angeles",
    )
    for name, (lon, lat, country) in PLACES.items()
}
DEMO = Facility(
    id="q6rsw4fni3ryv3is",
    kind=FacilityKind.DOCTORS,
    name="Mehiläinen",
    lon_lat=LonLat(24.9381038, 60.1694597),
    address=Address(country="FI"),
    time_zone="Europe/Helsinki",
)
"""The facility of the documents, as the demo has it."""
FENCES_CSV = (REPOSITORY / "tests/cases/fences.csv").read_text(encoding="utf-8")


def fence(place: str = "mexico", **changes: Any) -> dict[str, Any]:
    lon, lat = CLINICS[place].lon_lat
    return {
        "facility": CLINICS[place].id,
        "name": "Main building",
        "shape": {"type": "circle", "lat": lat, "lon": lon, "radius_m": 150.0},
        "wishes": [
            {"trigger": "enter", "texts": {"en": "Welcome to {facility}: bring your card.", "es": "Bienvenida a {facility}."}}
        ],
        "windows": "Mo-Fr 08:00-18:00",
    } | changes


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the facilities published."""
    folder = tmp_path_factory.mktemp("published")
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        stored(store, [*CLINICS.values(), DEMO], Load(source="t", file_name="t", started_at=datetime.now(UTC)))
        publish(store, folder / "snapshots", [])
    return folder


@pytest.fixture
def admin(published: Path, tmp_path: Path) -> Iterator[Admin]:
    """Two tenants, each of which runs a facility in Mexico, and one that runs one in Washington besides."""
    made = Admin(shutil.copytree(published, tmp_path / "data", symlinks=True))
    with made.client:
        for tenant, places in (("norte", ("mexico", "seattle")), ("sur", ("mexico too",))):
            facilities = tuple(CLINICS[place].id for place in places)
            made.services.tenants.add(
                Tenant(id=tenant, name=f"Clínicas del {tenant.title()}", created_at=datetime.now(UTC), facilities=facilities),
                ADMIN,
            )
        yield made


@pytest.fixture
def quick_trial(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A trial that takes no time and says what stands in the list."""
    says = [0.0]

    def tried(of: Fence, *, at: datetime, runs: int = 200) -> Trial:
        return Trial(at=at, runs=runs, false_share=says[0], missed_share=0.0, shape_sha256=shape_sha256(of))

    monkeypatch.setattr(desk, "tried", tried)
    return says


def put(admin: Admin, token: str, id_: str = "main", **changes: Any) -> httpx.Response:
    return admin("PUT", f"/fences/{id_}", token=token, json=fence(**changes))


@pytest.mark.usefixtures("quick_trial")
def test_a_fence_goes_live_and_ends(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE)
    entered = put(admin, token, tenant="norte")
    assert entered.status_code == 200, entered.text
    said = entered.json()
    assert {name: said[name] for name in fence()} == msgspec.json.decode(
        msgspec.json.encode(fence() | {"wishes": [fence()["wishes"][0] | {"eta_s": None, "dwell_s": None}]})
    )
    assert (said["status"], said["trial"], said["judgement"]["rows"]) == ("draft", None, ["mx-own-notices"])
    assert admin("GET", "/fences/main", token=token).json() == said
    tried = admin("POST", "/fences/main/try", token=token).json()
    assert tried["runs"] >= 200
    assert tried["may_be_activated"] is (tried["false_share"] <= 0.01) is True
    live = admin("POST", "/fences/main/activate", token=token).json()
    assert (live["status"], live["trial"]) == ("active", tried)
    assert admin("GET", "/fences?status=active", token=token).json() == {"fences": [live]}
    ended = admin("POST", "/fences/main/end", token=token).json()
    assert ended["status"] == "ended"
    assert admin("GET", "/fences?status=active", token=token).json() == {"fences": []}
    told = [(entry.action, entry.subject, entry.actor.name) for entry in reversed(admin.services.audit.page(limit=3))]
    actions = (Action.FENCE_SAVE, Action.FENCE_ACTIVATE, Action.FENCE_END)
    assert told == [(action, "fence main", "test") for action in actions]


def test_what_the_law_forbids_is_refused_and_told(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE)
    refused = put(admin, token, place="seattle", tenant="norte")
    assert refused.status_code == 422
    assert refused.json()["code"] == "unlawful"
    assert "RCW 19.373" in refused.json()["detail"]
    others = put(admin, token, place="mexico too", tenant="norte")  # another tenant runs it
    assert others.status_code == 422
    assert "does not run this facility" in others.json()["detail"]
    assert admin("GET", "/fences", token=token).json() == {"fences": []}
    assert admin.trail()[-2:] == [("fence.save", "refused: Unlawful")] * 2


NO_FENCES: list[tuple[dict[str, Any], int, str]] = [
    ({"facility": "nothing"}, 404, "No facility has this id"),
    ({"tenant": "este"}, 422, "does not run"),
    ({"tenant": None}, 400, "Say of which tenant"),
    ({"wishes": []}, 400, ""),
    ({"wishes": [{"trigger": "enter", "texts": {"en": "Welcome"}}]}, 400, "text_es"),
    ({"wishes": [{"trigger": "dwell", "dwell": 300, "texts": {"en": "a", "es": "b"}}]}, 400, ""),
    ({"shape": {"type": "outline", "coordinates": [[[[-99.1], [1, 2], [3, 4], [-99.1]]]]}}, 400, "longitude, latitude"),
    ({"shape": {"type": "outline", "coordinates": [[[[0, 1], [0, 1], [0, 1], [0, 1]]]]}}, 400, ""),
    ({"shape": {"type": "outline", "coordinates": []}}, 400, "at least three corners"),
    ({"shape": {"type": "outline", "coordinates": [[]]}}, 400, "at least three corners"),
    ({"shape": {"type": "outline", "coordinates": [[[]]]}}, 400, "at least three corners"),
    ({"shape": {"type": "outline", "coordinates": [[[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]]}}, 400, "corner 1 and corner 3"),
    ({"windows": "whenever"}, 400, "windows"),
    ({"false_event_limit": 0.06}, 400, "0.05"),
    ({"expires_on": "2020-01-31"}, 400, "expires_on"),
    ({"colour": "red"}, 400, ""),
]


def test_what_is_no_fence_is_refused_with_what_to_do(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE)
    for changes, status, says in NO_FENCES:
        answer = put(admin, token, **{"tenant": "norte"} | changes)
        assert answer.status_code == status, (changes, answer.text)
        assert says in answer.text
    assert admin("GET", "/fences", token=token).json() == {"fences": []}


def test_a_fence_that_tells_what_is_not_so_is_not_activated(admin: Admin, quick_trial: list[float]) -> None:
    token = admin.token(Scope.NOTICES_WRITE)
    put(admin, token, tenant="norte")
    quick_trial[0] = 0.2
    assert admin("POST", "/fences/main/try", token=token).json()["may_be_activated"] is False
    refused = admin("POST", "/fences/main/activate", token=token)
    assert refused.status_code == 409
    assert "20.00%" in refused.json()["detail"]
    assert admin.trail()[-1] == ("fence.activate", "refused: Conflict")
    assert admin("GET", "/fences/main", token=token).json()["status"] == "draft"


def test_the_bodies_of_the_documents_are_taken(admin: Admin) -> None:
    """And the fence is lawful, as it stands there; but for the name of the desk, which leads nowhere."""
    admin.services.tenants.give("norte", [DEMO.id], ADMIN)
    said = (REPOSITORY / "docs/api.md").read_text(encoding="utf-8").partition("### Fences and webhooks")[2]
    [of_fence, of_webhook] = (json.loads(body) for body in re.findall(r"--json '(\{.*?\})'", said, re.DOTALL))
    entered = admin("PUT", "/fences/main", token=admin.token(), json=of_fence)
    assert entered.status_code == 200, entered.text
    assert [wish["dwell_s"] for wish in entered.json()["wishes"]] == [None, 600.0]
    added = admin("POST", "/webhooks", token=admin.token(), json=of_webhook | {"url": "https://8.8.8.8/hook"})
    assert (added.status_code, added.json()["webhook"]["tenant"]) == (201, "norte")


@pytest.mark.usefixtures("quick_trial")
def test_a_tenants_key_sees_and_changes_its_own(admin: Admin) -> None:
    own, other = (admin.token(Scope.NOTICES_WRITE, tenant=tenant) for tenant in ("norte", "sur"))
    assert put(admin, own).json()["tenant"] == "norte", "its own, without being named"
    assert put(admin, other, "there", place="mexico too").status_code == 200
    assert put(admin, own, "third", tenant="sur").status_code == 403
    assert put(admin, other, place="mexico too").status_code == 409, "the id is taken"
    assert put(admin, other, "third").status_code == 422, "another runs the facility"
    calls: list[tuple[str, str]] = [("GET", ""), ("GET", "/preview"), ("GET", "/log")]
    calls += [("POST", "/try"), ("POST", "/activate"), ("POST", "/end")]
    for method, path in calls:
        foreign, none = (admin(method, f"/fences/{id_}{path}", token=own) for id_ in ("there", "thene"))
        assert (foreign.status_code, none.status_code) == (404, 404)
        assert admin(method, f"/fences/main{path}", token=own).status_code == 200
    assert [one["id"] for one in admin("GET", "/fences", token=own).json()["fences"]] == ["main"]
    assert admin("GET", "/fences?tenant=sur", token=own).status_code == 403
    read = admin("POST", "/fences?tenant=sur", token=own, content=b"x", headers={"X-File-Name": "f.csv"})
    assert read.status_code == 403
    operator = admin.token(Scope.NOTICES_WRITE)
    assert [one["id"] for one in admin("GET", "/fences", token=operator).json()["fences"]] == ["main", "there"]
    of_one = admin("GET", f"/fences?tenant=sur&facility={CLINICS['mexico too'].id}", token=operator).json()["fences"]
    assert [one["id"] for one in of_one] == ["there"]


def upload(admin: Admin, token: str, content: str | bytes, name: str = "fences.csv", **query: Any) -> httpx.Response:
    return admin("POST", "/fences", token=token, content=content, headers={"X-File-Name": name}, params=query)


def test_a_file_is_entered_whole_or_not_at_all(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE, tenant="norte")
    good = FENCES_CSV.replace("FACILITY", CLINICS["mexico"].id)
    tried = upload(admin, token, good, dry_run=True).json()
    assert (tried["entered"], tried["errors"], len(tried["fences"]), tried["not_read"]) == (False, [], 2, ["campaign"])
    assert admin("GET", "/fences", token=token).json() == {"fences": []}
    entered = upload(admin, token, good).json()
    assert (entered["entered"], [one["id"] for one in entered["fences"]]) == (True, ["norte-main", "norte-side"])
    assert admin("GET", "/fences", token=token).json()["fences"] == entered["fences"]
    bad = good.replace("150", "far").replace(CLINICS["mexico"].id, CLINICS["seattle"].id, 1)
    answer = upload(admin, token, bad)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert (answer.json()["status"], answer.json()["code"]) == (422, "rows_refused")
    refused = answer.json()["report"]
    assert (refused["entered"], refused["fences"]) == (False, [])
    assert {(error["row"], error["column"]) for error in refused["errors"]} >= {(2, "radius_m")}
    looked = upload(admin, token, bad, dry_run=True)
    assert (looked.status_code, looked.json()) == (200, refused), "who only looks is told the same, and has done nothing wrong"
    assert admin("GET", "/fences", token=token).json()["fences"] == entered["fences"]


def test_a_feature_collection_is_a_file_too(admin: Admin) -> None:
    lon, lat = CLINICS["mexico"].lon_lat
    ring = [[lon + east, lat + north] for east, north in ((0, 0), (0.001, 0), (0.001, 0.001), (0, 0.001), (0, 0))]
    said = {"facility": CLINICS["mexico"].id, "name": "Jardín", "triggers": "dwell 10 min", "text_en": "Hello", "text_es": "Hola"}
    feature = {"type": "Feature", "id": "garden", "properties": said, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    token = admin.token(Scope.NOTICES_WRITE)
    collection = json.dumps({"type": "FeatureCollection", "features": [feature]})
    [read] = upload(admin, token, collection, "fences.geojson", tenant="norte").json()["fences"]
    assert read["id"] == "garden"
    assert read["wishes"] == [{"trigger": "dwell", "texts": {"en": "Hello", "es": "Hola"}, "eta_s": None, "dwell_s": 600.0}]
    assert read["shape"] == {"type": "outline", "coordinates": [[ring]], "level": None}
    form = {name: read[name] for name in fence()} | {"tenant": "norte", "name": "Patio"}
    assert admin("PUT", "/fences/garden", token=token, json=form).json()["name"] == "Patio", "what is given can be sent back"


def test_what_is_no_file_of_fences_is_refused(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE)
    for content, query, status in (
        (b"", {"tenant": "norte"}, 400),
        (b"a,b\n1,2\n", {"tenant": "norte"}, 400),
        (b"a,b\n1,2\n", {}, 400),
        (b"a,b\n1,2\n", {"tenant": "este"}, 404),
        (b"x" * (LARGEST_FENCE_FILE_BYTES + 1), {"tenant": "norte"}, 413),
    ):
        assert upload(admin, token, content, **query).status_code == status
    assert admin("POST", "/fences?tenant=norte", token=token, content=b"x").status_code == 400, "a file has a name"


def test_a_preview_says_what_people_will_see_in_both_languages(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE, tenant="norte")
    put(admin, token, quiet_hours="Mo-Su 12:00-13:00")
    shown = admin("GET", "/fences/main/preview", token=token, params={"at": "2026-11-23T12:30:00-06:00"}).json()
    assert (shown["who"], shown["listens"], shown["is_quiet"]) == ("Clínicas del Norte", True, True)
    texts = {one["language"]: [(text["title"], text["body"]) for text in one["texts"]] for one in shown["languages"]}
    name = CLINICS["mexico"].name
    assert texts == {"en": [(name, f"Welcome to {name}: bring your card.")], "es": [(name, f"Bienvenida a {name}.")]}
    at_night = admin("GET", "/fences/main/preview", token=token, params={"at": "2026-11-23T23:00:00-06:00"}).json()
    assert (at_night["listens"], at_night["is_quiet"]) == (False, False)
    naive = admin("GET", "/fences/main/preview", token=token, params={"at": "2026-11-23T23:00:00"})
    assert naive.status_code == 400
    assert shown["needs_floor"] is False


def test_a_preview_of_a_zone_says_that_an_app_has_to_state_the_floor(admin: Admin) -> None:
    lon, lat = CLINICS["mexico"].lon_lat
    ring = [[lon + east, lat + north] for east, north in ((0, 0), (0.001, 0), (0.001, 0.001), (0, 0.001), (0, 0))]
    token = admin.token(Scope.NOTICES_WRITE, tenant="norte")
    zone = {"type": "outline", "coordinates": [[ring]], "level": 2}
    assert put(admin, token, shape=zone).json()["shape"] == zone
    assert admin("GET", "/fences/main/preview", token=token).json()["needs_floor"] is True
    assert put(admin, token, shape=zone | {"level": 301}).status_code == 400


def test_the_log_of_a_fence(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE, tenant="norte")
    put(admin, token)
    now = admin.now = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
    entries = [
        NoticeLogEntry(
            day=(now - ago).date(),
            tenant="norte",
            fence_id=id_,
            trigger=Trigger.ENTER,
            outcome=outcome,
            reason=reason,
            count=count,
        )
        for ago, id_, outcome, reason, count in (
            (timedelta(0), "main", Outcome.SENT, "told", 5),
            (timedelta(days=1), "main", Outcome.SENT, "told", 2),
            (timedelta(days=2), "main", Outcome.HELD, "quiet_hours", 1),
            (timedelta(days=1), "other", Outcome.SENT, "told", 9),
            (timedelta(days=8), "main", Outcome.SENT, "told", 7),
        )
    ]
    engine = open_personal_engine(admin.url)
    with short_write(engine) as connection:
        add_log(connection, entries)
    engine.dispose()
    answered = admin("GET", "/fences/main/log", token=token).json()
    assert answered == admin("GET", "/fences/main/log", token=admin.token()).json(), "to the operator's keys the same"
    log = answered["entries"]
    assert answered["until"] == "2026-11-23"
    today = admin("GET", "/fences/main/log", token=token, params={"since": now.isoformat()}).json()
    assert today == {"entries": [], "until": "2026-11-23"}, "a day shows once it is over"
    assert [(line["outcome"], line["reason"], line["count"]) for line in log] == [("sent", "told", 2), ("held", "quiet_hours", 1)]
    since = (now - timedelta(days=9)).isoformat()
    assert len(admin("GET", "/fences/main/log", token=token, params={"since": since}).json()["entries"]) == 3
    paged = admin("GET", "/fences/main/log", token=token, params={"limit": 1, "offset": 1}).json()["entries"]
    assert [line["reason"] for line in paged] == ["quiet_hours"]
    admin.now += timedelta(minutes=1)
    log = admin("GET", "/fences/main/log", token=token).json()
    assert ([line["count"] for line in log["entries"]], log["until"]) == ([5, 2, 1], "2026-11-24")


def test_one_trial_at_a_time(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    token = admin.token(Scope.NOTICES_WRITE)
    put(admin, token, tenant="norte")
    second: list[int] = []

    def tried(of: Fence, *, at: datetime, runs: int = 200) -> Trial:
        second.append(admin("POST", "/fences/main/try", token=token).status_code)
        return Trial(at=at, runs=runs, false_share=0.0, missed_share=0.0, shape_sha256=shape_sha256(of))

    monkeypatch.setattr(desk, "tried", tried)
    assert admin("POST", "/fences/main/try", token=token).status_code == 200
    assert second == [409]
    assert admin.services.fences.get("main").fence.status is FenceStatus.DRAFT


@pytest.mark.parametrize("query", [{}, {"dry_run": True}])
def test_one_file_at_a_time(admin: Admin, monkeypatch: pytest.MonkeyPatch, query: dict[str, Any]) -> None:
    token = admin.token(Scope.NOTICES_WRITE, tenant="norte")
    other = admin.token(Scope.NOTICES_WRITE, tenant="sur")
    good = FENCES_CSV.replace("FACILITY", CLINICS["mexico"].id)
    began: list[bool] = []
    meanwhile: list[httpx.Response] = []

    def ruled(*given: Any, **how: Any) -> LawfulFence:
        if not began:
            began.append(True)
            meanwhile.append(upload(admin, other, good, **query))
            meanwhile.append(admin("GET", "/fences", token=other))
        return real(*given, **how)

    real = desk.ruled
    monkeypatch.setattr(desk, "ruled", ruled)
    assert len(upload(admin, token, good, **query).json()["fences"]) == 2
    refused, listed = meanwhile
    assert (refused.status_code, listed.status_code) == (409, 200)
    assert "Another file of fences is being read: ask again in some seconds" in refused.json()["detail"]
    assert all("Conflict" not in outcome for _, outcome in admin.trail()), "who only has to wait is not in the audit log"
    assert upload(admin, token, good, **query).status_code == 200, "the next has its turn, also after one that was refused"
    assert upload(admin, other, b"a,b\n", **query).status_code == 400
    assert upload(admin, token, good, **query).status_code == 200


def test_a_file_has_so_many_rows_and_a_tenant_so_many_fences(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    token = admin.token(Scope.NOTICES_WRITE, tenant="norte")
    header, row = "facility,name,triggers\n", "x,y,enter\n"
    refused = upload(admin, token, header + row * (MOST_FENCE_ROWS + 1), dry_run=True)
    assert refused.status_code == 400
    assert "more than the 5,000 rows that fit at once: split it" in refused.json()["detail"]
    assert upload(admin, token, header + row * MOST_FENCE_ROWS, dry_run=True).status_code == 200
    assert MOST_OF_TENANT == MOST_ROWS == 10_000, "as docs/notices.md says"
    monkeypatch.setattr(fence_checks, "MOST_OF_TENANT", 1)
    good = FENCES_CSV.replace("FACILITY", CLINICS["mexico"].id)
    for dry_run in (True, False):
        assert upload(admin, token, good, dry_run=dry_run).status_code == 409
    assert put(admin, token).status_code == 200
    full = put(admin, token, "second")
    assert full.status_code == 409
    assert "end those that are not needed" in full.json()["detail"]
    assert put(admin, token, name="Patio").status_code == 200
    assert admin("POST", "/fences/main/end", token=token).status_code == 200
    assert put(admin, token, "second").status_code == 200


def test_an_outline_over_the_globe_is_refused_as_one_that_is_too_large(admin: Admin) -> None:
    token = admin.token(Scope.NOTICES_WRITE, tenant="norte")
    ring = [[-179.0, -80.0], [179.0, -80.0], [179.0, 80.0], [-179.0, 80.0], [-179.0, -80.0]]
    refused = put(admin, token, shape={"type": "outline", "coordinates": [[ring]]})
    assert refused.status_code == 422
    assert refused.json()["detail"] == "Not allowed: it is larger than any site of care."


@pytest.mark.usefixtures("quick_trial")
def test_a_damaged_fence_is_told_of_entered_again_or_ended(admin: Admin) -> None:
    token, other = (admin.token(Scope.NOTICES_WRITE, tenant=tenant) for tenant in ("norte", "sur"))
    for id_ in ("main", "second"):
        assert put(admin, token, id_).status_code == 200
        assert admin("POST", f"/fences/{id_}/activate", token=token).status_code == 200

    def damage() -> None:
        engine = open_personal_engine(admin.url)
        with short_write(engine) as connection:
            connection.execute(update(FENCE).where(FENCE.c.id == "main").values(doc={"name": "of another release"}))
        engine.dispose()

    damage()
    page = admin("GET", "/fences", token=token).json()
    assert [one["id"] for one in page["fences"]] == ["second"]
    (told,) = page["damaged"]
    assert {name: told[name] for name in ("id", "tenant", "facility", "status")} == {
        "id": "main",
        "tenant": "norte",
        "facility": CLINICS["mexico"].id,
        "status": "active",
    }
    assert told["problem"].endswith("Enter it again, or end it.")
    for method, path in (("GET", ""), ("GET", "/preview"), ("POST", "/try"), ("POST", "/activate")):
        answer = admin(method, f"/fences/main{path}", token=token)
        assert (answer.status_code, answer.json()["detail"]) == (409, told["problem"])
        assert admin(method, f"/fences/main{path}", token=other).status_code == 404
    assert admin("GET", "/fences/main/log", token=token).status_code == 200
    assert put(admin, other, place="mexico too").status_code == 409
    assert put(admin, token).json()["status"] == "draft"
    assert "damaged" not in admin("GET", "/fences", token=token).json()
    damage()
    assert admin("POST", "/fences/main/end", token=other).status_code == 404
    assert admin("POST", "/fences/main/end", token=token).json() == told | {"status": "ended"}
    assert [one["status"] for one in admin("GET", "/fences", token=token).json()["damaged"]] == ["ended"]
