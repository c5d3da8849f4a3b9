"""The OpenAPI document says what the API does: every answer to what it allows, and to what it does not, conforms."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person
from tests.server import serving

OPERATIONS = [
    ("POST", "/api/v1/locate"),
    ("POST", "/api/v1/search"),
    ("POST", "/api/v1/directions"),
    ("POST", "/api/v1/reach"),
    ("GET", "/api/v1/facilities/{facility_id}"),
    ("GET", "/api/v1/practitioners/{practitioner_id}"),
    ("GET", "/api/v1/specialties"),
    ("GET", "/api/v1/plans"),
    ("GET", "/api/v1/suggest"),
    ("GET", "/api/v1/places"),
    ("GET", "/api/v1/policies/current"),
    ("GET", "/api/v1/policies"),
    ("POST", "/api/v1/consents"),
    ("GET", "/api/v1/consents"),
    ("DELETE", "/api/v1/consents/{purpose}"),
    ("GET", "/api/v1/me/data"),
    ("DELETE", "/api/v1/me"),
    ("GET", "/api/v1/me/consents"),
    ("GET", "/api/v1/me/places"),
    ("POST", "/api/v1/me/places"),
    ("PATCH", "/api/v1/me/places/{place_id}"),
    ("DELETE", "/api/v1/me/places/{place_id}"),
    ("POST", "/api/v1/visits"),
    ("GET", "/api/v1/visits"),
    ("DELETE", "/api/v1/visits"),
    ("DELETE", "/api/v1/visits/{visit_id}"),
    ("GET", "/api/v1/notices"),
    ("GET", "/api/v1/notices/stream"),
    ("POST", "/api/v1/notices/{notice_id}/seen"),
    ("POST", "/api/v1/positions"),
    ("GET", "/api/v1/me/grants"),
    ("DELETE", "/api/v1/me/grants/{grant_id}"),
    ("GET", "/api/v1/fences"),
    ("GET", "/api/v1/push/key"),
    ("POST", "/api/v1/push/subscriptions"),
    ("DELETE", "/api/v1/push/subscriptions"),
    ("DELETE", "/api/v1/push/subscriptions/{subscription_id}"),
    ("GET", "/.well-known/gpc.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
]


@pytest.fixture(scope="session")
def server(data_dir: Path) -> Iterator[str]:
    with serving(data_dir) as address:
        yield address


@pytest.fixture(scope="session")
def server_with_roads(helsinki_data: Path) -> Iterator[str]:
    with serving(helsinki_data) as address:
        yield address


@pytest.fixture(scope="session")
def document(server: str) -> dict[str, Any]:
    return httpx.get(f"{server}/schema").raise_for_status().json()


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_conforms(server: str, method: str, path: str, mode: GenerationMode) -> None:
    operation = schemathesis.openapi.from_url(f"{server}/schema/openapi.json")[path][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        return  # nothing is taken, so nothing can be wrong

    @given(case=operation.as_strategy(generation_mode=mode), person=st.sampled_from([None, new_person(), new_person()]))
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    def conforms(case: schemathesis.Case, person: Person | None) -> None:
        # No schema can say which cursors we gave, which care and plans there are, nor "not both" in a way that generators heed.
        body = case.body if isinstance(case.body, dict) else {}
        origin = body.get("from")
        starts = {"position", "place", "saved_place"} & (set(body) | (set(origin) if isinstance(origin, dict) else set()))
        excused = (
            {"cursor", "specialty", "service", "plan", "open", "open_at", "depart_at"} & set(body)
            or len(starts) > 1
            or path.startswith("/api/v1/me/places")
            or path in {"/api/v1/visits", "/api/v1/positions"}  # nor when a visit may end, nor what OwnTracks sends
            or path == "/api/v1/fences"  # nor which digits are a cell
            or (path.endswith("/consents") and "disclosure" in str(body.get("purposes")))
        )
        headers = {"Authorization": f"Bearer {person.token}"} if person else {}
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance] if excused else [])

    conforms()


@pytest.mark.parametrize("path", ["/api/v1/directions", "/api/v1/reach"])
def test_every_answer_about_real_roads_conforms(server_with_roads: str, path: str) -> None:
    """Whatever the description allows, to places of care that are there, from points in and around the region."""
    operation = schemathesis.openapi.from_url(f"{server_with_roads}/schema/openapi.json")[path]["POST"]
    middle = {"lat": 60.1660, "lon": 24.9480, "accuracy_m": 20}
    nearest = httpx.post(f"{server_with_roads}/api/v1/search", json={"position": middle}).raise_for_status().json()["results"]
    places = st.sampled_from([one["id"] for one in nearest])
    positions = st.fixed_dictionaries(
        {
            "lat": st.one_of(st.floats(60.160, 60.183), st.sampled_from([60.5, 0.0, 90.0, -90.0])),
            "lon": st.one_of(st.floats(24.930, 24.958), st.sampled_from([25.5, 0.0, 180.0, -180.0])),
            "accuracy_m": st.sampled_from([0.0, 20.0, 251.0, 2_000.0, 2_001.0, 20_100_000.0]),
        }
    )

    @given(case=operation.as_strategy(), position=positions, place=places)
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    def conforms(case: schemathesis.Case, position: dict[str, float], place: str) -> None:
        start = {"position": position}
        known: dict[str, Any] = {"to": {"facility": place}, "from": start} if path.endswith("directions") else start
        made: Any = case.body
        asked: Any = {key: value for key, value in made.items() if key not in {"place", "saved_place", "depart_at"}}
        case.body = asked | known | {"consent": str(CURRENT_POLICY)}
        response = case.call_and_validate(excluded_checks=[positive_data_acceptance])
        assert response.status_code in {200, 422}, response.text

    conforms()


def test_it_is_openapi_3_1_and_lists_every_call(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    # Those of admins have a test of their own: test_admin_description.py.
    assert {path for path in document["paths"] if not path.startswith("/api/v1/admin")} == {path for _, path in OPERATIONS}


def test_it_says_that_unknown_fields_are_refused(document: dict[str, Any]) -> None:
    closed = {name for name, part in document["components"]["schemas"].items() if part.get("additionalProperties") is False}
    assert {"SearchRequest", "Whereabouts", "DevicePosition"} <= {name.rpartition("_")[2] for name in closed}


def test_it_says_what_a_language_is_like_alone_and_in_a_list(document: dict[str, Any]) -> None:
    """Litestar's own description leaves such limits out of unions."""
    text, listed, nothing = document["components"]["schemas"]["SearchRequest"]["properties"]["languages"]["oneOf"]
    assert nothing == {"type": "null"}
    for said in (text, listed["items"]):
        assert said["type"] == "string"
        assert re.search(said["pattern"], "es-MX")
        assert not re.search(said["pattern"], "español")
        assert said["maxLength"] == 35


def test_a_search_is_described_by_its_answer(document: dict[str, Any]) -> None:
    responses = document["paths"]["/api/v1/search"]["post"]["responses"]
    assert responses["200"]["content"]["application/json"]["schema"]["$ref"].endswith("SearchAnswer")
    assert "application/problem+json" in responses["default"]["content"]


def test_the_two_sorts_of_results_can_be_told_apart(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    tags = {name: schemas[name]["properties"]["type"]["const"] for name in ("FacilityResult", "PractitionerResult")}
    assert tags == {"FacilityResult": "facility", "PractitionerResult": "practitioner"}
    assert all("type" in schemas[name]["required"] for name in tags)
