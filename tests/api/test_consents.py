"""A person without a name says yes, is answered exactly, reads what holds, takes it back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from finder.api import ApiServices, api_routes
from finder.app import create_app
from finder.config import Settings
from finder.directory import Directory
from finder.domain.consent import Purpose
from finder.domain.position import PositionFor, PositionSource
from finder.http.persons import SESSION_COOKIE
from finder.privacy.desk import ConsentDesk
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import new_person
from tests.api.conftest import CLINICS, Call
from tests.consenting import Unasked, ledger_in, old_yes

HERE = {"lat": 32.5300123, "lon": -117.0400456, "accuracy_m": 8.0}
TO = {"facility": CLINICS[3].id}
CHEST_PAIN = "me duele mucho el pecho"
PATHS = {"search": Purpose.SEARCH, "locate": Purpose.SEARCH, "reach": Purpose.SEARCH, "directions": Purpose.DIRECTIONS}


def body_of(path: str, **more: Any) -> dict[str, Any]:
    return {"to": TO, "from": {"position": HERE}, **more} if path == "directions" else {"position": HERE, **more}


def say_yes(call: Call, *purposes: str, **request: Any) -> httpx.Response:
    body = {"purposes": list(purposes), "policy": str(CURRENT_POLICY), "language": "es"}
    return call("POST", "/api/v1/consents", json=body, **request)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def is_exact(response: httpx.Response) -> bool:
    assert response.status_code == 200, response.text
    position = response.json()["position"]
    assert position["source"] == "gps"
    assert (position["lat"] == HERE["lat"]) is not position["coarsened"]
    return not position["coarsened"]


@pytest.mark.parametrize("path", PATHS)
def test_a_yes_in_the_ledger_makes_the_position_exact_until_it_is_taken_back(call: Call, path: str) -> None:
    purpose, url = PATHS[path], f"/api/v1/{path}"
    token = say_yes(call, purpose).json()["token"]
    assert is_exact(call("POST", url, json=body_of(path, exact=True), headers=bearer(token)))
    assert is_exact(call("POST", url, json=body_of(path), headers=bearer(token)))
    cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
    assert is_exact(call("POST", url, json=body_of(path), headers={**cookie, "Sec-Fetch-Site": "same-origin"}))
    assert not is_exact(call("POST", url, json=body_of(path), headers=cookie))
    assert not is_exact(call("POST", url, json=body_of(path, exact=False), headers=bearer(token)))
    assert not is_exact(call("POST", url, json=body_of(path, exact=False, consent=str(CURRENT_POLICY)), headers=bearer(token)))
    assert call("DELETE", f"/api/v1/consents/{purpose}", headers=bearer(token)).status_code == 204
    assert not is_exact(call("POST", url, json=body_of(path), headers=bearer(token)))
    problem = call("POST", url, json=body_of(path, exact=True), headers=bearer(token))
    assert (problem.status_code, problem.json()["code"], problem.json()["purpose"]) == (403, "consent_needed", purpose)
    # Whoever agrees in the request itself needs no ledger.
    assert is_exact(call("POST", url, json=body_of(path, exact=True, consent=str(CURRENT_POLICY)), headers=bearer(token)))


@pytest.mark.parametrize("path", PATHS)
def test_a_yes_to_one_purpose_is_none_to_another(call: Call, path: str) -> None:
    others = set(Purpose) - {PATHS[path], Purpose.DISCLOSURE}
    token = say_yes(call, *others).json()["token"]
    problem = call("POST", f"/api/v1/{path}", json=body_of(path, exact=True), headers=bearer(token))
    assert (problem.status_code, problem.json()["purpose"]) == (403, PATHS[path])
    assert not is_exact(call("POST", f"/api/v1/{path}", json=body_of(path), headers=bearer(token)))


def test_nobody_agrees_to_disclosure_without_reading_which_app_asks(call: Call) -> None:
    refused = say_yes(call, "search", "disclosure")
    assert refused.status_code == 400
    assert "/authorize" in refused.json()["detail"]
    token = say_yes(call, "search").json()["token"]
    assert say_yes(call, "disclosure", headers=bearer(token)).status_code == 400
    history = call("GET", "/api/v1/consents", headers=bearer(token)).json()["history"]
    assert [line["purpose"] for line in history] == ["search"]


def test_without_a_token_exactness_is_refused_and_the_rest_goes_on(call: Call) -> None:
    problem = call("POST", "/api/v1/search", json=body_of("search", exact=True)).json()
    assert (problem["status"], problem["code"], problem["purpose"]) == (403, "consent_needed", "search")
    assert str(HERE["lat"]) not in str(problem)
    assert not is_exact(call("POST", "/api/v1/search", json=body_of("search")))


def test_an_emergency_waits_for_no_consent(call: Call) -> None:
    answer = call("POST", "/api/v1/search", json=body_of("search", exact=True, words=CHEST_PAIN))
    assert not is_exact(answer)
    assert answer.json()["emergency"]["number"] == "911"
    old = call("POST", "/api/v1/search", json=body_of("search", consent="2020-01-01", words=CHEST_PAIN))
    assert not is_exact(old)  # better than what the network address tells


def test_what_a_person_said_can_be_read_and_proved(call: Call) -> None:
    said = say_yes(call, "search", "directions", "search")
    assert said.status_code == 201
    assert {one["purpose"] for one in said.json()["consents"]} == {"search", "directions"}
    token = said.json()["token"]
    again = say_yes(call, "notices", headers=bearer(token)).json()
    assert again["token"] is None
    assert {one["purpose"] for one in again["consents"]} == {"search", "directions", "notices"}
    call("DELETE", "/api/v1/consents/search", headers=bearer(token))
    told = call("GET", "/api/v1/consents", headers=bearer(token)).json()
    assert {one["purpose"] for one in told["consents"]} == {"directions", "notices"}
    lines = [(line["act"], line["purpose"]) for line in told["history"]]
    assert lines == [("granted", "search"), ("granted", "directions"), ("granted", "notices"), ("revoked", "search")]
    assert {line["via"] for line in told["history"]} == {"app"}
    texts = {
        text["sha256"]: text["text"]
        for policy in call("GET", "/api/v1/policies").json()["results"]
        for text in policy["texts"]
        if text["language"] == "es"
    }
    read = texts[told["history"][0]["text_sha256"]]
    assert sha256(read.encode()).hexdigest() == told["history"][0]["text_sha256"]
    assert token not in str(told)


def test_every_policy_can_be_read_and_the_last_is_in_force(call: Call) -> None:
    versions = call("GET", "/api/v1/policies").json()["results"]
    assert [one["version"] for one in versions] == sorted(one["version"] for one in versions)
    assert [one["version"] for one in versions if one["in_force"]] == [str(CURRENT_POLICY)]
    assert call("GET", "/api/v1/policies/current").json()["version"] == versions[-1]["version"]
    assert set(versions[0]["asks_again_for"]) == {purpose.value for purpose in Purpose}
    for one in versions:
        assert {text["language"] for text in one["texts"]} == {"en", "es"}
        assert all(len(text["text"]) > 500 and text["summary"] for text in one["texts"])


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/consents"), ("DELETE", "/api/v1/consents/search")])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer fs_nobody"}, {"Authorization": "Bearer fk_admin"}])
def test_what_belongs_to_a_person_needs_the_token(call: Call, method: str, path: str, headers: dict[str, str]) -> None:
    response = call(method, path, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "token_needed")
    assert "Authorization: Bearer fs_" in response.json()["detail"]
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.headers["cache-control"] == "no-store"


def test_a_mistyped_token_makes_no_new_person(call: Call) -> None:
    assert say_yes(call, "search", headers={"Authorization": "Bearer fs_mistyped"}).status_code == 401


def test_another_sites_page_takes_nothing_back(call: Call) -> None:
    token = say_yes(call, "search").json()["token"]
    forged = {"Cookie": f"{SESSION_COOKIE}={token}", "Sec-Fetch-Site": "cross-site"}
    assert call("DELETE", "/api/v1/consents/search", headers=forged).status_code == 401
    assert is_exact(call("POST", "/api/v1/search", json=body_of("search"), headers=bearer(token)))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"purposes": []}, 400),
        ({"purposes": ["everything"]}, 400),
        ({"language": "fi"}, 400),
        ({"policy": "2020-01-01"}, 409),
        ({"policy": "newest"}, 400),
        ({"name": "Ana"}, 400),
    ],
)
def test_what_is_no_yes_is_refused(call: Call, change: dict[str, Any], status: int) -> None:
    body = {"purposes": ["search"], "policy": str(CURRENT_POLICY), "language": "en", **change}
    response = call("POST", "/api/v1/consents", json=body)
    assert response.status_code == status
    if status == 409:
        assert (response.json()["code"], response.json()["purpose"]) == ("outdated_policy", "search")
        assert str(CURRENT_POLICY) in response.json()["detail"]


@pytest.fixture
def over_old_ledger(data_dir: Path, tmp_path: Path) -> Iterator[tuple[TestClient[Any], str]]:
    """The API, and the token of somebody who agreed to a policy before the one in force."""
    centre = PositionFor(lon_lat=CLINICS[3].lon_lat, accuracy_m=9000.0, source=PositionSource.DEFAULT)
    person = new_person()
    with ledger_in(tmp_path) as ledger:
        old_yes(ledger, person.subject, Purpose.SEARCH)
        services = ApiServices(
            directory=Directory(data_dir / "snapshots"),
            locate_request=lambda _request, _language: centre,
            consents=ConsentDesk(ledger),
            rights=Unasked(),  # type: ignore[arg-type]
        )
        with TestClient(Litestar(api_routes(services))) as client:
            yield client, person.token


def test_a_new_policy_asks_again_and_the_old_yes_stays_readable(over_old_ledger: tuple[TestClient[Any], str]) -> None:
    client, token = over_old_ledger
    client.headers.update(bearer(token))
    problem = client.post("/api/v1/search", json=body_of("search", exact=True)).json()
    assert (problem["status"], problem["code"], problem["purpose"]) == (409, "outdated_policy", "search")
    assert not is_exact(client.post("/api/v1/search", json=body_of("search")))
    assert client.get("/api/v1/consents").json()["consents"] == []
    yes = {"purposes": ["search"], "policy": str(CURRENT_POLICY), "language": "en"}
    assert client.post("/api/v1/consents", json=yes).status_code == 201
    assert is_exact(client.post("/api/v1/search", json=body_of("search", exact=True)))
    history = client.get("/api/v1/consents").json()["history"]
    assert [line["policy_version"] for line in history] == ["2026-10-01", str(CURRENT_POLICY)]


def test_without_its_tables_the_finder_still_searches(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "snapshots").symlink_to(data_dir / "snapshots")
    with TestClient(create_app(Settings(data_dir=tmp_path))) as client:
        known = bearer(new_person().token)
        for headers in ({}, known):
            assert not is_exact(client.post("/api/v1/search", json=body_of("search"), headers=headers))
            assert not is_exact(client.post("/api/v1/search", json=body_of("search", exact=False), headers=headers))
            given = body_of("search", exact=True, consent=str(CURRENT_POLICY))
            assert is_exact(client.post("/api/v1/search", json=given, headers=headers))
        refused = client.post("/api/v1/search", json=body_of("search", exact=True), headers=known)
        assert refused.status_code == 503
        assert "finder migrate" in refused.json()["detail"]


def test_a_yes_ends_after_a_year(data_dir: Path, tmp_path: Path) -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    clock = [now]
    centre = PositionFor(lon_lat=CLINICS[3].lon_lat, accuracy_m=9000.0, source=PositionSource.DEFAULT)
    with ledger_in(tmp_path) as ledger:
        services = ApiServices(
            directory=Directory(data_dir / "snapshots"),
            locate_request=lambda _request, _language: centre,
            consents=ConsentDesk(ledger, lambda: clock[0]),
            rights=Unasked(),  # type: ignore[arg-type]
        )
        with TestClient(Litestar(api_routes(services))) as client:
            yes = {"purposes": ["search"], "policy": str(CURRENT_POLICY), "language": "en"}
            client.headers.update(bearer(client.post("/api/v1/consents", json=yes).json()["token"]))
            clock[0] = now + timedelta(days=365, seconds=-1)
            assert is_exact(client.post("/api/v1/search", json=body_of("search", exact=True)))
            clock[0] = now + timedelta(days=365)
            assert client.post("/api/v1/search", json=body_of("search", exact=True)).status_code == 403


def test_an_unchanged_yes_is_written_once(call: Call) -> None:
    token = say_yes(call, "search").json()["token"]
    first, again = (say_yes(call, "search", headers=bearer(token)).json()["consents"] for _ in range(2))
    assert first == again
    assert len(call("GET", "/api/v1/consents", headers=bearer(token)).json()["history"]) == 1


def test_a_token_of_nobody_is_not_answered_with_the_cookies_person(call: Call) -> None:
    cookie = f"{SESSION_COOKIE}={say_yes(call, 'search').json()['token']}"
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    assert call("GET", "/api/v1/me/data", headers=headers).status_code == 200
    for token in ("fs_mistyped", ""):
        assert call("GET", "/api/v1/me/data", headers={**headers, **bearer(token)}).status_code == 401


def test_too_large_a_body_is_told_how_large_it_may_be(call: Call) -> None:
    problem = call("POST", "/api/v1/consents", json={"x": "x" * (64 << 10)})
    assert (problem.status_code, "64 KiB" in problem.json()["detail"]) == (413, True)
