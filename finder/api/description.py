"""The OpenAPI 3.1 description at ``/schema``, made to say exactly what the API does."""

from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Reference, Schema
from litestar.openapi.spec.enums import OpenAPIType

from finder.api.consents import ConsentRequest
from finder.api.directions import GEOJSON, GPX, Destination, DirectionsRequest, Start
from finder.api.me import PlaceChange, PlaceToSave
from finder.api.positions import DevicePosition, Whereabouts
from finder.api.problems import PROBLEM_JSON
from finder.api.reach import ReachRequest
from finder.api.search import SearchRequest
from finder.api.visit_positions import positions_body
from finder.api.visits import VisitToArm
from finder.domain.consent import Purpose

__all__ = ["describe_problems", "is_ours", "openapi_config"]

_CLOSED: Final = frozenset(
    one.__name__
    for one in (
        SearchRequest,
        DirectionsRequest,
        Start,
        Destination,
        ReachRequest,
        Whereabouts,
        DevicePosition,
        ConsentRequest,
        PlaceToSave,
        PlaceChange,
        VisitToArm,
    )
)
_ONE_OR_A_LIST: Final = ("specialty", "service", "languages")


def openapi_config(title: str, version: str) -> OpenAPIConfig:
    """Serve the description as JSON and YAML. No viewer: they load their scripts from other hosts."""
    return OpenAPIConfig(
        title=title,
        version=version,
        description="Where can I be seen? Nearby places of care. Errors are problem details (RFC 9457). "
        "Coordinates of people are taken in bodies only, never in an address.",
        path="/schema",
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"]), YamlRenderPlugin(path="/openapi.yaml")],
    )


def describe_problems(app: Litestar) -> None:
    """Say of every operation that its errors are problem details. For ``on_startup``: Litestar describes its own form."""
    problem = Schema(
        type=OpenAPIType.OBJECT,
        required=["type", "title", "status", "detail"],
        properties={
            "type": Schema(type=OpenAPIType.STRING),
            "title": Schema(type=OpenAPIType.STRING),
            "status": Schema(type=OpenAPIType.INTEGER),
            "detail": Schema(type=OpenAPIType.STRING),
            "code": Schema(
                type=OpenAPIType.STRING,
                description="Why, where a program may act on it: of a consent consent_needed (403: ask the person, then POST "
                "/api/v1/consents), outdated_policy (409: the policy has changed, show it and ask again) or token_needed (401: "
                "the call is about one person).",
            ),
            "purpose": Schema(
                type=OpenAPIType.STRING,
                enum=[purpose.value for purpose in Purpose],
                description="What the person has to be asked about, of consent_needed and outdated_policy.",
            ),
            "errors": Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.OBJECT)),
        },
    )
    description = app.openapi_schema
    description.components.schemas["Problem"] = problem
    for path in (description.paths or {}).values():
        for method in ("get", "post", "patch", "delete"):
            operation: Any = getattr(path, method)
            if operation is None:
                continue
            content = {PROBLEM_JSON: OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))}
            kept = {status: answer for status, answer in operation.responses.items() if is_ours(status, answer)}
            operation.responses = kept | {"default": OpenAPIResponse(description="A problem", content=content)}
    if directions := (description.paths or {}).get("/api/v1/directions"):
        _name_formats(directions.post)
    if positions := (description.paths or {}).get("/api/v1/positions"):
        _describe_positions(positions.post)
    _close_bodies(description.components.schemas)
    if search := description.components.schemas.get("SearchRequest"):  # admins' part has an app of its own in tests
        _limit_texts(search)
    if reach := description.components.schemas.get("ReachRequest"):
        _limit_minutes(reach)


def is_ours(status: str, answer: Any) -> bool:
    """Return whether an answer is as it is described: errors in Litestar's own form are not, nor the ``default`` put before."""
    return status.isdigit() and (int(status) < 400 or PROBLEM_JSON in (answer.content or {}))


def _close_bodies(schemas: dict[str, Schema]) -> None:
    """Structs that refuse unknown fields say so: Litestar leaves it out."""
    for name, schema in schemas.items():
        if name.rpartition("_")[2] in _CLOSED:
            schema.additional_properties = False


def _describe_positions(positions: Any) -> None:
    """Its body is read by hand, as it comes in one of two forms."""
    positions.request_body = positions_body()


def _name_formats(directions: Any) -> None:
    """A way comes in other forms than JSON too: a description of Litestar's has one for each status."""
    for media_type, kind in ((GEOJSON, OpenAPIType.OBJECT), (GPX, OpenAPIType.STRING)):
        directions.responses["200"].content[media_type] = OpenAPIMediaType(schema=Schema(type=kind))


def _limit_texts(search: Any) -> None:
    """Texts that are taken by themselves or in a list say what they must be like: Litestar leaves it out of unions."""
    told = msgspec.json.schema(SearchRequest)["$defs"]["SearchRequest"]["properties"]
    for name in _ONE_OR_A_LIST:
        limits = told[name]["anyOf"][0]
        text, listed, _null = search.properties[name].one_of
        for one in (text, listed.items):
            one.min_length, one.max_length, one.pattern = (limits.get(key) for key in ("minLength", "maxLength", "pattern"))


def _limit_minutes(reach: Any) -> None:
    """Each of the minutes has its limits too: Litestar says those of the list only."""
    told = msgspec.json.schema(ReachRequest)["$defs"]["ReachRequest"]["properties"]["minutes"]["items"]
    items = reach.properties["minutes"].items
    items.exclusive_minimum, items.maximum = told["exclusiveMinimum"], told["maximum"]
