"""The nearest facilities."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from finder.api.positions import PositionAnswer, Whereabouts, position_of
from finder.api.services import ApiServices
from finder.directory import Hit, Search
from finder.directory.summary import FacilitySummary
from finder.domain.facility import FacilityKind

__all__ = ["search_handler"]


class SearchRequest(Whereabouts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where, what and how many. An empty object asks for anything near the network address."""

    kind: FacilityKind | list[FacilityKind] | None = None
    radius_m: Annotated[float, msgspec.Meta(ge=1, le=20_100_000, description="From the centre of the position.")] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    cursor: Annotated[str, msgspec.Meta(max_length=200, description="next_cursor of the page before.")] | None = None


class SearchResult(FacilitySummary, frozen=True, kw_only=True):
    """A facility, and how far it is from the centre of the position, at least and at most: geodesic metres."""

    distance_m: float
    distance_min_m: float
    distance_max_m: float


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Results in order of distance. ``next_cursor`` is null on the last page."""

    position: PositionAnswer
    results: list[SearchResult]
    next_cursor: str | None


def search_handler(services: ApiServices) -> Any:
    """Return the handler of ``POST /api/v1/search``."""

    @post(
        "/search",
        status_code=200,
        sync_to_thread=False,
        summary="The nearest places of care",
        responses={200: ResponseSpec(SearchAnswer, generate_examples=False, description="Nearest first")},
    )
    def search(request: Request[Any, Any, Any], data: JSONBody[SearchRequest]) -> Response[bytes]:
        """Answer the facilities nearest to a device's position, to a named place, or to where the network address seems to be."""
        position = position_of(data, request, services)
        kinds = data.kind if isinstance(data.kind, list) else [data.kind] if data.kind else []
        page = services.directory.current().nearest(
            Search(position=position, kinds=frozenset(kinds), radius_m=data.radius_m, limit=data.limit, cursor=data.cursor)
        )
        # The parts are joined as bytes, because each facility was encoded when it was published.
        body = b'{"position":%b,"results":[%b],"next_cursor":%b}' % (
            msgspec.json.encode(PositionAnswer.of(position)),
            b",".join(map(_result_json, page.hits)),
            msgspec.json.encode(page.next_cursor),
        )
        return Response(body, media_type=MediaType.JSON)

    return search


def _result_json(hit: Hit) -> bytes:
    distances = b'{"distance_m":%.1f,"distance_min_m":%.1f,"distance_max_m":%.1f,' % (
        hit.distance_m,
        hit.distance_min_m,
        hit.distance_max_m,
    )
    return distances + hit.summary_json()[1:]
