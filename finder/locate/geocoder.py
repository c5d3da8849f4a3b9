"""The finder's own places as a geopy geocoder: the same calls as geopy's, and nothing goes over a network."""

from typing import NoReturn, cast

import msgspec
from geopy.adapters import BaseSyncAdapter
from geopy.geocoders.base import Geocoder
from geopy.location import Location
from geopy.point import Point

from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.locate.named_place import LEAST_SCORE
from finder.locate.place_index import PlaceIndex, PlaceMatch

__all__ = ["OfflineGeocoder"]

_DEFAULT_LIMIT = 10


class _NoNetwork(BaseSyncAdapter):
    """geopy's way to the network, closed: nothing that a person typed can leave by accident."""

    def get_json(self, url: str, *, timeout: float | None, headers: dict[str, str]) -> NoReturn:
        raise RuntimeError("the finder's geocoder never uses a network")

    def get_text(self, url: str, *, timeout: float | None, headers: dict[str, str]) -> NoReturn:
        raise RuntimeError("the finder's geocoder never uses a network")


class OfflineGeocoder(Geocoder):
    """Geocode by an index of places. ``raw`` of a result holds the place's fields and its ``score``."""

    def __init__(self, index: PlaceIndex, *, least_score: float = LEAST_SCORE) -> None:
        super().__init__(scheme="https", adapter_factory=_NoNetwork)
        self._index = index
        self._least_score = least_score

    def geocode(
        self,
        query: str,
        exactly_one: bool = True,
        limit: int | None = None,
        *,
        near: LonLat | tuple[float, float] | None = None,
        timeout: float | None = None,
    ) -> Location | list[Location] | None:
        """What ``query`` names: the best match, or with ``exactly_one=False`` a list, best first; ``None`` when nothing does.

        ``near`` is a point, longitude first, that decides among places of the same name. ``timeout`` is taken because geopy's
        callers pass one; nothing here waits. Raises :class:`BadInput` when ``limit`` is below 1.
        """
        del timeout
        wanted = 1 if exactly_one else _DEFAULT_LIMIT if limit is None else limit
        if wanted < 1:
            raise BadInput("limit must be 1 or more.")
        matches = self._index.search(query, limit=wanted, near=LonLat(*near) if near else None)
        locations = [_location(match) for match in matches if match.score >= self._least_score]
        if not locations:
            return None
        return locations[0] if exactly_one else locations


def _location(match: PlaceMatch) -> Location:
    place = match.place
    raw = cast("dict[str, object]", msgspec.to_builtins(place)) | {"score": match.score}
    return Location(place.label(), Point(place.lon_lat.lat, place.lon_lat.lon), raw)
