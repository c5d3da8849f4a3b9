"""What Litestar leaves out of the description of the admin calls."""

from typing import Any

from litestar import Litestar
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Reference,
    RequestBody,
    Schema,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIType

from finder.api.admin.routes import ADMIN_PATH
from finder.api.description import is_ours
from finder.api.problems import PROBLEM_JSON

__all__ = ["describe_admin"]

METHODS = ("get", "post", "put", "patch", "delete")
CLOSED = (
    "PreviewRequest",
    "DecisionRequest",
    "FacilityEdit",
    "PointEdit",
    "AddressEdit",
    "KeyRequest",
    "AppRequest",
    "RequestToEnter",
    "RequestOutcome",
    "WhoseRequest",
    "OppositionRequest",
    "TenantRequest",
    "FacilitiesRequest",
    "FenceRequest",
    "WebhookRequest",
    "CircleForm",
    "OutlineForm",
    "WishForm",
)
TEXT = Schema(type=OpenAPIType.STRING)
TEXTS = Schema(type=OpenAPIType.ARRAY, items=TEXT)


def describe_admin(app: Litestar) -> None:
    """Say how to sign in, that errors are problem details, and what the two bodies are that no Struct describes.

    For ``on_startup``, after :func:`finder.api.description.describe_problems`, whose ``Problem`` it refers to.
    """
    description = app.openapi_schema
    description.components.security_schemes = {
        "apiKey": SecurityScheme(type="http", scheme="bearer", description="fk_<id>_<secret>, made by finder keys create.")
    }
    for path, item in (description.paths or {}).items():
        if not path.startswith(ADMIN_PATH):
            continue
        for method in METHODS:
            if (operation := getattr(item, method)) is not None:
                _describe_problems(operation)
    for name, schema in description.components.schemas.items():
        if name.endswith(CLOSED):
            schema.additional_properties = False
    paths: Any = description.paths
    paths[f"{ADMIN_PATH}/uploads"].post.request_body = RequestBody(
        required=True,
        description="The file.",
        content={"application/octet-stream": OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, min_length=1))},
    )
    paths[f"{ADMIN_PATH}/fences"].post.request_body = RequestBody(
        required=True,
        description="The file, CSV or GeoJSON: see docs/notices.md.",
        content={"application/octet-stream": OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, min_length=1))},
    )
    paths[f"{ADMIN_PATH}/uploads/{{upload_id}}/mapping"].put.request_body = RequestBody(
        required=True,
        description="A mapping file: see docs/mappings.",
        content={
            "application/json": OpenAPIMediaType(schema=_mapping()),
            "application/toml": OpenAPIMediaType(schema=TEXT),
        },
    )


def _describe_problems(operation: Any) -> None:
    content = {PROBLEM_JSON: OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))}
    kept = {status: answer for status, answer in operation.responses.items() if is_ours(status, answer)}
    operation.responses = kept | {"default": OpenAPIResponse(description="A problem", content=content)}


def _mapping() -> Schema:
    """The JSON of :class:`finder.api.admin.mapping_text.MappingBody`."""
    texts = Schema(type=OpenAPIType.OBJECT, additional_properties=TEXT)
    columns = Schema(type=OpenAPIType.OBJECT, additional_properties=Schema(one_of=[TEXT, TEXTS]))
    return Schema(
        type=OpenAPIType.OBJECT,
        properties={"missing": TEXTS, "columns": columns, "identifiers": texts, "kinds": texts, "defaults": texts},
        additional_properties=False,
    )
