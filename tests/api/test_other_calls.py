"""Facilities, places, policy, health, and errors on the way to them."""

import logging
from datetime import date
from pathlib import Path

import anyio
import httpx
import pytest

from finder.app import create_app
from finder.config import Settings
from finder.directory import Directory
from finder.privacy.policy import CURRENT_POLICY
from tests.api.conftest import CLINICS, IN_TIJUANA, Call


def test_one_facility_with_its_week_and_its_sources(call: Call) -> None:
    one = CLINICS[3]
    answer = call("GET", f"/api/v1/facilities/{one.id}").json()
    assert (answer["id"], answer["name"], answer["lat"]) == (one.id, one.name, one.lon_lat.lat)
    assert answer["address_parts"]["street"] == "Paseo de los Héroes"
    assert answer["plans"] == ["Plan Imaginario / Red Norte"]
    assert len(answer["hours"]["days"]) == 7
    assert sum(bool(day["ranges"]) for day in answer["hours"]["days"]) == 5
    assert (answer["hours"]["state"], answer["hours"]["then"]) in {("open", "closed"), ("closed", "open")}
    age = answer["sources"]["name"]["age_days"]
    assert answer["sources"]["name"]["verified_at"] == "2026-01-01"
    assert abs(age - (date.today() - date(2026, 1, 1)).days) <= 1  # noqa: DTZ011 - within a day is enough
    assert answer["sources"]["phones"] == {"source": "t", "verified_at": None, "age_days": None}


@pytest.mark.parametrize("path", ["/api/v1/facilities/none", "/api/v1/nothing", "/api/v2/search", "/health/other"])
def test_what_is_not_there_is_a_problem(call: Call, path: str) -> None:
    response = call("GET", path)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json()["title"] == "Not Found"


@pytest.mark.parametrize("path", ["/api/v1/places?q=tij&near=32.5,-117", "/api/v1/policies/current?lat=32.5", "/health/live?x=1"])
def test_an_unknown_query_parameter_is_refused_and_not_repeated(call: Call, path: str) -> None:
    response = call("GET", path)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert "32.5" not in response.text
    assert call("POST", "/api/v1/search?lat=32.5", json={}).status_code == 400


def test_the_wrong_method_is_a_problem(call: Call) -> None:
    response = call("GET", "/api/v1/search")
    assert (response.status_code, response.headers["content-type"]) == (405, "application/problem+json")
    assert "POST" in response.headers["allow"]


def test_places_find_themselves_again_by_their_label(call: Call) -> None:
    results = call("GET", "/api/v1/places", params={"q": "tij"}).json()["results"]
    assert results
    for result in results:
        position = call("POST", "/api/v1/locate", json={"place": result["label"]}).json()["position"]
        assert (position["lat"], position["lon"]) == (result["lat"], result["lon"])


def test_locate_and_search_agree_on_where_the_person_is(call: Call) -> None:
    bodies = [{}, {"place": "Tijuana"}, {"position": {"lat": 32.5, "lon": -117.0, "accuracy_m": 5}}]
    for body in bodies:
        located = call("POST", "/api/v1/locate", json=body, peer=IN_TIJUANA).json()["position"]
        assert located == call("POST", "/api/v1/search", json=body, peer=IN_TIJUANA).json()["position"]


def test_the_policy_in_force_is_a_date(call: Call) -> None:
    assert call("GET", "/api/v1/policies/current").json() == {"version": CURRENT_POLICY.isoformat()}


def test_health(call: Call) -> None:
    assert call("GET", "/health/live").json() == {"status": "ok"}
    ready = {"status": "ok", "snapshot": 1, "facilities": 40, "practitioners": 2}
    assert call("GET", "/health/ready").json() == ready


def test_nothing_published_is_not_ready_and_says_what_to_do(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path))

    async def get(path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://finder.test") as client:
            return await client.get(path)

    assert anyio.run(get, "/health/live").status_code == 200
    response = anyio.run(get, "/health/ready")
    assert response.status_code == 503
    assert "finder load" in response.json()["detail"]
    assert response.headers["retry-after"]


def test_answers_about_a_person_are_never_cached(call: Call) -> None:
    for method, path in (("POST", "/api/v1/search"), ("POST", "/api/v1/locate")):
        assert call(method, path, json={}).headers["cache-control"] == "no-store"
        assert call(method, path, json={"limit": "many"}).headers["cache-control"] == "no-store"


def test_a_fault_is_logged_without_what_was_sent(
    call: Call, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_directory: Directory) -> None:
        raise RuntimeError("cannot handle lat=32.987654")

    monkeypatch.setattr(Directory, "current", broken)
    with caplog.at_level(logging.DEBUG):
        body = {"position": {"lat": 32.987654, "lon": -117.123456, "accuracy_m": 5}, "consent": str(CURRENT_POLICY)}
        response = call("POST", "/api/v1/search", json=body, peer=IN_TIJUANA)
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert "RuntimeError" in caplog.text
    for secret in ("32.987654", "-117.123456", IN_TIJUANA):
        assert secret not in response.text
        assert secret not in caplog.text
