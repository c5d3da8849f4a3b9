"""The description of the admin API says what it does: every answer to what it allows, and to what it does not, conforms."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.api.admin_app import ADMIN, SAMPLE, Admin

OPERATIONS = [
    ("POST", "/uploads"),
    ("GET", "/uploads"),
    ("GET", "/uploads/{upload_id}"),
    ("DELETE", "/uploads/{upload_id}"),
    ("PUT", "/uploads/{upload_id}/mapping"),
    ("POST", "/uploads/{upload_id}/preview"),
    ("GET", "/uploads/{upload_id}/preview"),
    ("POST", "/uploads/{upload_id}/commit"),
    ("GET", "/uploads/{upload_id}/commit"),
    ("GET", "/loads"),
    ("GET", "/loads/{load_id}"),
    ("POST", "/loads/{load_id}/undo"),
    ("GET", "/review"),
    ("POST", "/review/{item_id}"),
    ("GET", "/facilities/{facility_id}/history"),
    ("PATCH", "/facilities/{facility_id}"),
    ("GET", "/keys"),
    ("POST", "/keys"),
    ("DELETE", "/keys/{key_id}"),
    ("GET", "/apps"),
    ("POST", "/apps"),
    ("DELETE", "/apps/{app_id}"),
    ("GET", "/tenants"),
    ("POST", "/tenants"),
    ("DELETE", "/tenants/{tenant_id}"),
    ("POST", "/tenants/{tenant_id}/facilities"),
    ("DELETE", "/tenants/{tenant_id}/facilities/{facility_id}"),
    ("GET", "/fences"),
    ("POST", "/fences"),
    ("GET", "/fences/{fence_id}"),
    ("PUT", "/fences/{fence_id}"),
    ("POST", "/fences/{fence_id}/try"),
    ("POST", "/fences/{fence_id}/activate"),
    ("POST", "/fences/{fence_id}/end"),
    ("GET", "/fences/{fence_id}/preview"),
    ("GET", "/fences/{fence_id}/log"),
    ("GET", "/webhooks"),
    ("POST", "/webhooks"),
    ("POST", "/webhooks/{webhook_id}/test"),
    ("DELETE", "/webhooks/{webhook_id}"),
    ("GET", "/audit"),
    ("GET", "/requests"),
    ("POST", "/requests"),
    ("POST", "/requests/{request_id}/answer"),
    ("POST", "/requests/{request_id}/export"),
    ("POST", "/requests/{request_id}/erase"),
    ("POST", "/requests/{request_id}/oppose"),
    ("GET", "/statistics"),
]


def started(app: Litestar) -> Any:
    """The app, which runs, for a client that would start it once more."""

    async def handle(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})

    return handle


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Admin, Any, str, dict[str, Any]]]:
    """An admin API with something of everything in it, its description, a key, and ids that are there."""
    made = Admin(tmp_path_factory.mktemp("admin"))
    with made.client:
        token = made.token()
        upload_id = made.upload(token, SAMPLE.read_bytes())["id"]
        made.run(token, upload_id, "preview", json={})
        made.run(token, upload_id, "commit")
        made.doubts(token)
        there = {"upload_id": upload_id, "load_id": 1, "item_id": 1, "facility_id": next(made.store.facilities()).id}
        document = made.client.get("/schema/openapi.json").json()
        for item in document["paths"].values():
            for operation in item.values():
                del operation["security"]  # or the key would be mutated, and then put right by the test
        schema = schemathesis.openapi.from_dict(document)
        schema.app = started(made.app)
        yield made, schema, token, there


def test_every_call_is_described(fuzzed: tuple[Admin, Any, str, dict[str, Any]]) -> None:
    document = fuzzed[0].client.get("/schema/openapi.json").json()
    described = {(method.upper(), path.removeprefix(ADMIN)) for path, item in document["paths"].items() for method in item}
    assert described == set(OPERATIONS)
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["security"] == [{"apiKey": []}]
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    schemas = document["components"]["schemas"]
    refused = document["paths"][f"{ADMIN}/fences"]["post"]["responses"]["422"]["content"]["application/problem+json"]["schema"]
    assert {"status", "detail", "report"} <= set(schemas[refused["$ref"].rpartition("/")[2]]["properties"])
    closed = {name.rpartition("_")[2] for name, part in schemas.items() if part.get("additionalProperties") is False}
    assert closed >= {"PreviewRequest", "DecisionRequest", "FacilityEdit", "PointEdit", "AddressEdit", "KeyRequest"}


@pytest.mark.parametrize("key", ["with a key", "without"])
@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_conforms(
    fuzzed: tuple[Admin, Any, str, dict[str, Any]], method: str, path: str, mode: GenerationMode, key: str
) -> None:
    _, schema, token, there = fuzzed
    operation = schema[f"{ADMIN}{path}"][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        return  # nothing is taken, so nothing can be wrong
    headers = {"Authorization": f"Bearer {token}"} if key == "with a key" else {}

    few = path.startswith(("/tenants", "/fences", "/webhooks"))  # there are many of them, each much like another

    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    @settings(max_examples=(8 if few else 20) if headers else 3, deadline=None, suppress_health_check=list(HealthCheck))
    def conforms(case: schemathesis.Case, known: bool) -> None:
        if known and mode is GenerationMode.POSITIVE:
            case.path_parameters |= {name: there[name] for name in there.keys() & (case.path_parameters or {})}
        # No schema can say that a moment must be in the future, that a mapping must fit the file, that any bytes are a file,
        # whose data a request is about where it names nobody, or what is an address that may be called.
        excused = path in (
            "/requests",
            "/requests/{request_id}/export",
            "/requests/{request_id}/erase",
            "/requests/{request_id}/oppose",
            "/tenants/{tenant_id}/facilities",
            "/webhooks",
            "/apps",
            "/keys",
            "/tenants",
            "/fences",
            "/fences/{fence_id}",
            "/uploads/{upload_id}/mapping",
            "/review/{item_id}",
            "/facilities/{facility_id}",
        )
        excluded = [positive_data_acceptance] if excused else [negative_data_rejection] if path == "/uploads" else []
        answer = case.call_and_validate(headers=headers, excluded_checks=excluded)
        if not headers:  # what is no number leads to no call at all
            assert answer.status_code == 401 or (answer.status_code == 404 and mode is GenerationMode.NEGATIVE)

    conforms()
