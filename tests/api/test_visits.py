"""Visits, positions and notices over the API, of the finder's own form and as OwnTracks sends them."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from finder.api import ApiServices, api_routes
from finder.api.visit_positions import MOST_FIXES
from finder.domain.consent import Purpose, Via
from finder.http.persons import SESSION_COOKIE
from finder.notices.tracker import Fix
from finder.privacy.subjects import Person, new_person
from finder.store import Store
from finder.store.consents import ConsentLedger
from tests.consenting import Unasked
from tests.notices.tracks import START, cases, fix_at
from tests.notices.visiting import CLINIC, OTHER, Visiting, fence, rows_of, track

WALK = track("walk_in_and_stay")
HERE = {"lat": 60.1699123, "lon": 24.9384456, "accuracy_m": 12.0}
FIX = {**HERE, "at": "2026-01-05T09:00:00Z"}
NOBODY = "0" * 24
PERSONAL: list[tuple[str, str, Any]] = [
    ("POST", "visits", {"facility": CLINIC.id}),
    ("GET", "visits", None),
    ("DELETE", "visits", None),
    ("DELETE", f"visits/{NOBODY}", None),
    ("GET", "notices", None),
    ("POST", f"notices/{NOBODY}/seen", None),
    ("POST", "positions", {"fixes": [FIX]}),
]


class Api:
    """The API over a desk of visits, whose clock a test moves."""

    def __init__(self, visiting: Visiting, client: TestClient[Litestar]) -> None:
        self.visiting, self.client = visiting, client

    def __call__(self, person: Person | None, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {person.token}"} if person else {}), **more.pop("headers", {})}
        sent = {"json": body} if body is not None else {}
        return self.client.request(method, f"/api/v1/{path}", headers=headers, **sent, **more)

    def armed(self, **more: Any) -> tuple[Person, dict[str, Any]]:
        person = self.visiting.agreeing()
        answer = self(person, "POST", "visits", {"facility": CLINIC.id, **more})
        assert answer.status_code == 201, answer.text
        return person, answer.json()

    def own_tracks(self, person: Person, message: Any, user: str = "ana") -> httpx.Response:
        """As the app sends it: HTTP Basic, the token being the password."""
        secret = base64.b64encode(f"{user}:{person.token}".encode()).decode()
        content = message if isinstance(message, bytes) else json.dumps(message).encode()
        headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}
        return self.client.post("/api/v1/positions", content=content, headers=headers)

    def walk(self, person: Person) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        for start in range(0, len(WALK), 20):
            batch = WALK[start : start + 20]
            self.visiting.clock.now = batch[-1].received_at
            answer = self(person, "POST", "positions", {"fixes": [sent(one) for one in batch]})
            assert answer.status_code == 200, answer.text
            told += answer.json()["notices"]
        return told


def sent(fix: Fix) -> dict[str, Any]:
    said = {"lat": fix.lon_lat.lat, "lon": fix.lon_lat.lon, "accuracy_m": fix.accuracy_m or 0, "at": fix.at_device.isoformat()}
    return said if fix.level is None else said | {"level": fix.level}


def location(fix: Fix, **more: Any) -> dict[str, Any]:
    """A message as OwnTracks documents it."""
    return {
        "_type": "location",
        "tid": "an",
        "tst": round(fix.at_device.timestamp()),
        "lat": fix.lon_lat.lat,
        "lon": fix.lon_lat.lon,
        "acc": round(fix.accuracy_m or 0),
        "vel": 4,
        "batt": 80,
        "conn": "m",
        "t": "u",
        "topic": "owntracks/ana/phone",
        **more,
    }


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("visits")
    url, unused = f"sqlite:///{folder / 'finder.sqlite'}", Unasked()
    with Store.open(url) as store:
        store.migrate()
    with ConsentLedger.open(url, folder / "revisions") as ledger:
        visiting = Visiting(url, ledger, fence(), fence("fence-2", OTHER))
        services: dict[str, Any] = {"directory": unused, "locate_request": unused, "rights": unused}
        routes = api_routes(ApiServices(consents=visiting.consents, visits=visiting.desk, **services))
        with TestClient(Litestar(routes, openapi_config=None, request_max_body_size=64 * 1024)) as client:
            yield Api(visiting, client)
        visiting.close()


@pytest.fixture
def api(shared: Api) -> Api:
    """Of all tests here one; each has persons of its own."""
    shared.visiting.clock.now = START
    return shared


@pytest.mark.parametrize(("method", "path", "body"), PERSONAL)
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer fs_short"}, {"Authorization": "Basic YW5hOmZz"}])
def test_without_a_token_it_is_said_what_to_do(api: Api, method: str, path: str, body: Any, header: dict[str, str]) -> None:
    answer = api(None, method, path, body, headers=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_needed")


@pytest.mark.parametrize(("path", "body"), [("visits", {"facility": CLINIC.id}), ("positions", {"fixes": [FIX]})])
def test_nothing_is_taken_without_a_yes(api: Api, path: str, body: Any) -> None:
    person = new_person()
    for _ in range(2):
        answer = api(person, "POST", path, body)
        assert (answer.status_code, answer.json()["code"], answer.json()["purpose"]) == (403, "consent_needed", "notices")
        api.visiting.say_yes(person)
        api.visiting.consents.revoke(person.subject, Purpose.NOTICES, via=Via.APP)
    assert api.own_tracks(person, location(WALK[0])).status_code == 403
    assert rows_of(api.visiting, person) == 0


def test_a_visit_is_armed_told_about_and_stopped(api: Api) -> None:
    person, visit = api.armed(language="es", email="ana@example.com")
    assert visit == {
        "id": visit["id"],
        "facility": {"id": CLINIC.id, "name": "Centro de Salud"},
        "language": "es",
        "armed_at": "2026-01-05T09:00:00Z",
        "ends_at": "2026-01-05T22:00:00Z",
        "tell_facility": False,
        "reference": None,
        "email": "ana@example.com",
        "sms": None,
        "is_watched": True,
    }
    assert api(person, "GET", "visits").json() == {"visits": [visit]}
    told = api.walk(person)
    assert [notice["trigger"] for notice in told] == ["approach", "enter", "dwell", "exit"]
    assert told[1] == {
        "id": told[1]["id"],
        "seq": told[1]["seq"],
        "visit": visit["id"],
        "at": told[1]["at"],
        "title": "Centro de Salud",
        "body": "Bienvenido a Centro de Salud",
        "language": "es",
        "facility": {"id": CLINIC.id, "name": "Centro de Salud"},
        "fence": "Front door",
        "trigger": "enter",
        "why": told[1]["why"],
        "who": "Northern Care",
        "is_seen": False,
    }
    assert api(person, "GET", "notices").json() == {"notices": told}
    assert api(person, "GET", "notices", params={"after": told[2]["seq"]}).json() == {"notices": told[3:]}
    assert api(person, "POST", f"notices/{told[0]['id']}/seen").status_code == 204
    assert api(person, "GET", "notices").json()["notices"][0]["is_seen"] is True
    assert api(person, "DELETE", f"visits/{visit['id']}").status_code == 204
    assert api(person, "GET", "visits").json() == {"visits": []}
    assert api(person, "DELETE", "visits").json() == {"stopped": 0}
    after = api(person, "POST", "positions", {"fixes": [sent(WALK[-1])]})
    assert (after.status_code, after.json()) == (200, {"notices": [], "visits": []})
    assert after.headers["Cache-Control"] == "no-store"


def test_the_facility_is_told_only_of_who_wishes_it(api: Api) -> None:
    _, told = api.armed(tell_facility=True)
    assert len(told["reference"]) == 16
    _, silent = api.armed()
    assert silent["reference"] is None


def test_only_whom_the_person_was_asked_about_is_told_and_nobody_who_comes_after(api: Api) -> None:
    person, visit = api.armed(tell_facility=True, who=["Northern Care"])
    assert (visit["tell_facility"], len(visit["reference"])) == (True, 16)
    _, other = api.armed(tell_facility=True, who=["Southern Care"])
    assert (other["tell_facility"], other["reference"]) == (False, None)
    before = api.visiting.book.edition
    api.visiting.book.put(fence("fence-3", tenant="south"))
    try:
        taken = api(person, "POST", "positions", {"fixes": [sent(WALK[0])]}).json()["visits"]
        [listed] = api(person, "GET", "visits").json()["visits"]
    finally:
        api.visiting.book.edition = before
    assert taken == [listed] == [visit | {"tell_facility": False, "reference": None}]
    assert api(person, "GET", "visits").json() == {"visits": [visit]}


@pytest.mark.parametrize(("header", "language"), [("es-MX,es;q=0.9,en;q=0.5", "es"), ("fi", "en"), ("fi,es;q=0.5", "es")])
def test_notices_come_in_the_language_of_the_browser(api: Api, header: str, language: str) -> None:
    person = api.visiting.agreeing()
    answer = api(person, "POST", "visits", {"facility": CLINIC.id}, headers={"Accept-Language": header})
    assert answer.json()["language"] == language


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"facility": "nowhere"}, 404, "Nothing would be told there"),
        ({}, 400, "facility"),
        ({"facility": CLINIC.id, "until": "2026-01-05T09:00:00Z"}, 400, "later than now"),
        ({"facility": CLINIC.id, "until": "2026-01-06T09:00:01Z"}, 400, "24 hours"),
        ({"facility": CLINIC.id, "until": "2026-01-05T19:00:00"}, 400, "errors"),
        ({"facility": CLINIC.id, "language": "fi"}, 400, "language"),
        ({"facility": CLINIC.id, "sms": "+34600000000"}, 409, "sends no SMS"),
        ({"facility": CLINIC.id, "sms": "600000000"}, 400, "errors"),
        ({"facility": CLINIC.id, "email": "ana@example.com\r\nBcc: a@b.cd"}, 400, "errors"),
        ({"facility": CLINIC.id, "email": "ana"}, 400, "errors"),
        ({"facility": CLINIC.id, "where": "x"}, 400, "where"),
        ({"facility": CLINIC.id, "tell_facility": True, "who": []}, 400, "who"),
    ],
)
def test_what_cannot_be_armed_is_said(api: Api, body: Any, status: int, said: str) -> None:
    person = api.visiting.agreeing()
    answer = api(person, "POST", "visits", body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert CLINIC.id not in answer.text
    assert rows_of(api.visiting, person) == 0


def test_ids_of_others_are_ids_of_nothing(api: Api) -> None:
    person, visit = api.armed()
    [notice, *_] = api.walk(person)
    other, _ = api.armed()
    for method, path in (("DELETE", f"visits/{visit['id']}"), ("POST", f"notices/{notice['id']}/seen")):
        assert api(other, method, path).status_code == 404
        assert api(other, method, path.replace(visit["id"], NOBODY).replace(notice["id"], NOBODY)).status_code == 404
    assert api(other, "GET", "notices").json() == {"notices": []}
    assert len(api(person, "GET", "visits").json()["visits"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"fixes": []},
        {"fixes": [FIX] * 501},
        {"fixes": [{**FIX, "lat": 91.12345}]},
        {"fixes": [{**FIX, "lon": "24.9384456"}]},
        {"fixes": [{**FIX, "accuracy_m": -1}]},
        {"fixes": [{**FIX, "at": "2026-01-05T09:00:00"}]},
        {"fixes": [{**FIX, "60.1699123": 1}]},
        {"fixes": [HERE]},
        {"fixes": FIX},
        {"fix": [FIX]},
        {},
        "60.1699123",
        60.1699123,
        [{"_type": "location"}] * 501,
    ],
    ids=range(14),
)
def test_no_error_repeats_where_somebody_is(api: Api, body: Any, caplog: pytest.LogCaptureFixture) -> None:
    person, _ = api.armed()
    answer = api(person, "POST", "positions", body)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    for told in (answer.text, caplog.text):
        assert not any(number in told for number in ("60.1", "24.9", "91.1"))
    assert answer.json()["detail"]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 30_000, b'{"lat": 60.1699123'])
def test_what_is_no_json_is_said(api: Api, content: bytes) -> None:
    person, _ = api.armed()
    answer = api.own_tracks(person, content)
    assert (answer.status_code, "60.1" in answer.text) == (400, False)


def test_the_body_has_a_limit(api: Api) -> None:
    person, _ = api.armed()
    assert api.own_tracks(person, b" " * (512 * 1024 + 1)).status_code == 413


def test_all_that_an_app_may_have_put_by_fits_in_one_call(api: Api) -> None:
    person, _ = api.armed()
    api.visiting.clock.now = START + timedelta(hours=2)
    full: dict[str, Any] = {"alt": 12, "vac": 3, "cog": 270, "p": 101.325, "bs": 1, "m": 2, "SSID": "x" * 32, "_id": "0123abcd"}
    full |= {"BSSID": "00:00:00:00:00:00", "inregions": ["my clinic"] * 3, "inrids": ["0123456789"] * 3, "created_at": 1767603600}
    messages = [location(fix_at(10 * number, 0, 0), **full) for number in range(MOST_FIXES)]
    assert api.own_tracks(person, messages).status_code == 200
    assert api.own_tracks(person, [*messages, messages[0]]).status_code == 400


def test_where_the_place_has_taken_its_notices_back_that_is_said(api: Api) -> None:
    person, _ = api.armed()
    before = api.visiting.book.edition
    api.visiting.book.put(fence("fence-2", OTHER))
    try:
        answer = api(person, "POST", "positions", {"fixes": [sent(WALK[0])]}).json()
        assert [visit["is_watched"] for visit in answer["visits"]] == [False]
        assert [visit["is_watched"] for visit in api(person, "GET", "visits").json()["visits"]] == [False]
    finally:
        api.visiting.book.edition = before
    answer = api(person, "POST", "positions", {"fixes": [sent(WALK[1])]}).json()
    assert [visit["is_watched"] for visit in answer["visits"]] == [True]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("zone_on_its_floor", ["approach", "enter", "dwell", "exit"]),
        ("zone_stairs_up_then_down", ["enter", "dwell", "exit"]),
        ("zone_floor_above", ["approach"]),
        ("zone_no_floor_stated", ["approach"]),
    ],
)
def test_a_zone_asks_on_which_floor_the_device_says_that_it_is(api: Api, name: str, told: list[str]) -> None:
    person, _ = api.armed()
    before, case = api.visiting.book.edition, cases()[name]
    api.visiting.book.put(msgspec.structs.replace(fence(), shape=case.shape()))
    try:
        notices: list[dict[str, Any]] = []
        for start in range(0, len(case.fixes), 20):
            batch = case.track()[start : start + 20]
            api.visiting.clock.now = batch[-1].received_at
            notices += api(person, "POST", "positions", {"fixes": [sent(one) for one in batch]}).json()["notices"]
    finally:
        api.visiting.book.edition = before
    assert [one["trigger"] for one in notices] == told
    assert ["on that floor" in one["why"] for one in notices if one["trigger"] == "enter"] == [True] * told.count("enter")


@pytest.mark.parametrize("level", [-101, 301, "2", True, [2]])
def test_a_floor_is_a_number_of_floors_and_null_is_none(api: Api, level: Any) -> None:
    person, _ = api.armed()
    assert api(person, "POST", "positions", {"fixes": [{**FIX, "level": None}]}).status_code == 200
    refused = api(person, "POST", "positions", {"fixes": [{**FIX, "level": level}]})
    assert refused.status_code == 400
    assert "level" in refused.text


def test_sent_twice_tells_nothing_twice(api: Api) -> None:
    person, _ = api.armed()
    told = api.walk(person)
    assert api.walk(person) == []
    assert api(person, "GET", "notices").json()["notices"] == told


def test_an_own_tracks_client_walks_in_and_is_answered(api: Api) -> None:
    """Each fix by itself, as the app sends them, with a transition of one of the app's own regions among them."""
    person, _ = api.armed()
    shown: list[str] = []
    for number, fix in enumerate(WALK):
        api.visiting.clock.now = fix.received_at
        message = location(fix)
        if number in {14, 100}:
            more = {"event": "enter" if number == 14 else "leave", "wtst": 1425042603, "desc": "my clinic", "t": "c"}
            message = {**message, **more, "_type": "transition"}
        answer = api.own_tracks(person, message)
        assert answer.status_code == 200
        for command in answer.json():
            assert set(command) == {"_type", "action", "notification"}
            assert (command["_type"], command["action"]) == ("cmd", "action")
            shown.append(command["notification"])
    assert shown == ["Health Station: Welcome to Health Station"] * 4
    assert [notice["trigger"] for notice in api(person, "GET", "notices").json()["notices"]] == [
        "approach",
        "enter",
        "dwell",
        "exit",
    ]


def test_what_own_tracks_kept_while_it_was_offline_comes_at_once(api: Api) -> None:
    person, _ = api.armed()
    api.visiting.clock.now = WALK[45].received_at
    answer = api.own_tracks(person, [location(one) for one in WALK[45::-1]])
    assert (answer.status_code, len(answer.json())) == (200, 1)
    assert api.own_tracks(person, [location(one) for one in WALK[:46]]).json() == []


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"  ",
        [],
        {"_type": "lwt", "tst": 1767603600},
        {"_type": "encrypted", "data": "abc"},
        {"_type": "waypoint", "desc": "home", "lat": 60.1, "lon": 24.9, "tst": 1767603600},
        {"_type": "card", "name": "Ana"},
        {"_type": "status", "iOS": {"version": "1"}},
        {"_type": "something new"},
        {"_type": 7},
        {"_type": ["location"], "lat": 60.1, "lon": 24.9, "tst": 1767603600},
        {"_type": {"location": 1}},
        {"_type": "transition", "event": "enter", "wtst": 1, "tst": 1767603600, "acc": 10},
        {"_type": "location", "lat": 60.1, "lon": 24.9},
        {"_type": "location", "lat": 95.0, "lon": 24.9, "tst": 1767603600},
        {"_type": "location", "lat": 60.1, "lon": 24.9, "tst": 1e30},
        {"_type": "location", "lat": 60.1, "lon": 24.9, "tst": 1767603600, "acc": -1},
        [7, "location", None, {"_type": "location"}],
    ],
)
def test_other_messages_of_own_tracks_are_taken_and_passed_over(api: Api, message: Any) -> None:
    """The app sends again and again what is not answered with 200, and nothing else meanwhile."""
    person, _ = api.armed()
    answer = api.own_tracks(person, message)
    assert (answer.status_code, answer.json()) == (200, [])
    with_state = api.visiting.desk.visits(person)
    assert len(with_state) == 1


def test_a_bearer_may_send_own_tracks_messages_too_and_a_user_name_says_nothing(api: Api) -> None:
    person, _ = api.armed()
    assert api(person, "POST", "positions", location(WALK[0])).json() == []
    assert api.own_tracks(person, location(WALK[1]), user="").status_code == 200
    assert api.own_tracks(new_person(), location(WALK[1])).status_code == 403


@pytest.mark.parametrize("secret", ["ana:fs_none", "ana:", "no colon", ""])
def test_a_wrong_password_is_not_overruled_by_a_cookie(api: Api, secret: str) -> None:
    person, _ = api.armed()
    headers = {"Cookie": f"{SESSION_COOKIE}={person.token}", "Sec-Fetch-Site": "same-origin"}
    assert api(None, "POST", "positions", location(WALK[0]), headers=headers).status_code == 200
    headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    answer = api(None, "POST", "positions", location(WALK[1]), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_needed")


def test_own_tracks_that_had_no_answer_is_answered_again_and_others_are_not(api: Api) -> None:
    person, _ = api.armed()
    batch = [location(one) for one in WALK[:40]]
    api.visiting.clock.now = WALK[39].received_at
    shown = api.own_tracks(person, batch).json()
    assert len(shown) == 1
    assert api.own_tracks(person, batch).json() == shown
    assert api(person, "POST", "positions", {"fixes": [sent(one) for one in WALK[:40]]}).json()["notices"] == []
    assert api.own_tracks(person, location(WALK[40])).json() == []
    assert api.own_tracks(person, location(WALK[40])).json() == []


@pytest.mark.parametrize("velocity", [None, 4, -1, "fast"])
def test_how_fast_somebody_moves_is_not_looked_at(api: Api, velocity: Any) -> None:
    person, _ = api.armed()
    assert api.own_tracks(person, location(WALK[0], vel=velocity)).status_code == 200
    refused = api(person, "POST", "positions", {"fixes": [{**FIX, "speed_mps": 1.0}]})
    assert refused.status_code == 400


def test_without_a_visit_nothing_of_own_tracks_is_kept(api: Api) -> None:
    person = api.visiting.agreeing()
    for fix in WALK[:30]:
        assert api.own_tracks(person, location(fix)).json() == []
    assert rows_of(api.visiting, person) == 0


def test_a_visit_that_is_over_is_told_nothing(api: Api) -> None:
    person, visit = api.armed(until=(START + timedelta(minutes=2)).isoformat())
    assert datetime.fromisoformat(visit["ends_at"]) == START + timedelta(minutes=2)
    assert api.walk(person) == []
