"""Place names for typing ahead."""

from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import Parameter

from finder.api.services import ApiServices
from finder.domain.place import PlaceKind

__all__ = ["places_handler"]


class PlaceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A place; ``label`` is the name with its city and country, and finds this place again as ``place`` of a search."""

    name: str
    label: str
    kind: PlaceKind
    lat: float
    lon: float
    radius_m: float


class PlacesAnswer(msgspec.Struct, frozen=True):
    """Best match first."""

    results: list[PlaceAnswer]


def places_handler(services: ApiServices) -> Any:
    """Return the handler of ``GET /api/v1/places``."""

    @get("/places", sync_to_thread=False, summary="Place names like what is typed")
    def places(
        q: Annotated[str, Parameter(max_length=200, description="What was typed so far: accents and typos are forgiven.")],
        limit: Annotated[int, Parameter(ge=1, le=20)] = 8,
    ) -> PlacesAnswer:
        """Answer streets, neighbourhoods, cities, addresses and postcodes of this service's regions."""
        matches = services.directory.current().places.search(q, limit=limit)
        return PlacesAnswer(
            results=[
                PlaceAnswer(
                    name=match.place.name,
                    label=match.place.label(),
                    kind=match.place.kind,
                    lat=match.place.lon_lat.lat,
                    lon=match.place.lon_lat.lon,
                    radius_m=round(match.place.radius_m, 1),
                )
                for match in matches
            ]
        )

    return places
