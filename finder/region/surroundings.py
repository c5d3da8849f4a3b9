"""Which city, state and country a point of the extract is in, as far as the extract itself says."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import shapely

from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.geo.shapes import ShapeIndex
from finder.loading.zones import country_at
from finder.region.extract import OsmObject
from finder.region.tag_values import text_of
from finder.words.folding import fold

__all__ = ["SETTLEMENT_RADIUS_M", "Context", "Surroundings"]

SETTLEMENT_RADIUS_M = {"city": 10_000.0, "town": 4_000.0, "village": 1_500.0, "hamlet": 500.0}
"""How far a settlement mapped as a mere point is taken to reach, by the value of ``place``."""

_NEAR_ADDRESS_M = 500.0
_CITY_LEVELS = frozenset({"7", "8"})
_STATE_LEVEL = "4"


class Context(msgspec.Struct, frozen=True):
    """What tells a place from others of its name. ``country`` is ISO 3166-1 alpha-2."""

    city: str | None
    state: str | None
    country: str | None


class Surroundings:
    """Look-ups from a point to its context, built from the boundaries, settlements and addresses of one extract.

    The city is that of the point's own address, else of a boundary or settlement that holds it, else of the nearest address
    within 500 m, else the settlement whose usual reach (:data:`SETTLEMENT_RADIUS_M`) the point is deepest in.
    """

    def __init__(self, objects: Sequence[OsmObject]) -> None:
        self._cities, self._states = ShapeIndex(), ShapeIndex()
        self._names: dict[str, str] = {}
        self._settlements: list[tuple[LonLat, float, str]] = []
        self._spellings = _commonest_spellings(objects)
        with_city: list[OsmObject] = []
        for found in objects:
            name = text_of(found.tags, "name")
            if name is not None and found.is_area:
                self._insert_area(found, name)
            elif name is not None and found.is_point and found.tags.get("place") in SETTLEMENT_RADIUS_M:
                reach_m = SETTLEMENT_RADIUS_M[found.tags["place"]]
                self._settlements.append((LonLat(*found.geometry.coords[0]), reach_m, name))
            if _city_in_address(found) is not None or text_of(found.tags, "addr:state", "addr:province") is not None:
                with_city.append(found)
        self._addresses = with_city
        self._tree = shapely.STRtree([shapely.point_on_surface(found.geometry) for found in with_city])

    def context(self, lon_lat: LonLat, found: OsmObject | None = None) -> Context:
        """The context of the point; of ``found``'s own address where that says it."""
        tags = found.tags if found is not None else {}
        near = self._nearest_address(lon_lat)
        near_tags = near.tags if near is not None else {}
        city = (
            _city_in_address(found) or self._holding(self._cities, lon_lat) or _city_in_address(near) or self._settlement(lon_lat)
        )
        state = (
            text_of(tags, "addr:state", "addr:province")
            or self._holding(self._states, lon_lat)
            or text_of(near_tags, "addr:state", "addr:province")
        )
        country = text_of(tags, "addr:country") or country_at(lon_lat) or text_of(near_tags, "addr:country")
        return Context(self._spelt(city), self._spelt(state), country.upper() if country and len(country) == 2 else None)

    def _spelt(self, name: str | None) -> str | None:
        return self._spellings.get(fold(name), name) if name is not None else None

    def _insert_area(self, found: OsmObject, name: str) -> None:
        tags = found.tags
        administrative = tags.get("boundary") == "administrative"
        if tags.get("place") in {"city", "town", "village"} or (administrative and tags.get("admin_level") in _CITY_LEVELS):
            self._cities.insert(found.ref, found.geometry)
        elif administrative and tags.get("admin_level") == _STATE_LEVEL:
            self._states.insert(found.ref, found.geometry)
        else:
            return
        self._names[found.ref] = name

    def _holding(self, index: ShapeIndex, lon_lat: LonLat) -> str | None:
        refs = index.containing(lon_lat) if len(index) else []
        return self._names[refs[0]] if refs else None

    def _nearest_address(self, lon_lat: LonLat) -> OsmObject | None:
        # Nearest in degrees is near enough: any address of the same block tells the city.
        position = self._tree.nearest(shapely.Point(*lon_lat)) if self._addresses else None
        if position is None:
            return None
        point = self._tree.geometries[position]
        near = geodesic_m(lon_lat, LonLat(float(point.x), float(point.y))) <= _NEAR_ADDRESS_M
        return self._addresses[int(position)] if near else None

    def _settlement(self, lon_lat: LonLat) -> str | None:
        depths = ((geodesic_m(lon_lat, centre) / reach_m, name) for centre, reach_m, name in self._settlements)
        depth, name = min(depths, default=(1.0, None))
        return name if depth < 1.0 else None


def _commonest_spellings(objects: Sequence[OsmObject]) -> dict[str, str]:
    """How most addresses write each city and state: one mapper's ``vancouver`` is everybody's ``Vancouver``."""
    keys = ("addr:city", "addr:state", "addr:province")
    counts = Counter(written for found in objects for key in keys if (written := text_of(found.tags, key)) is not None)
    # Rarest first, so that the commonest overwrites the others.
    return {fold(written): written for written, _ in sorted(counts.items(), key=lambda item: (item[1], item[0]))}


def _city_in_address(found: OsmObject | None) -> str | None:
    city = text_of(found.tags, "addr:city") if found is not None else None
    # A house number that slipped into the wrong field is no city.
    return city if city is not None and any(letter.isalpha() for letter in city) else None
