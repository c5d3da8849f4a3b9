"""The JSON of a question to Valhalla, for the codec alone. The format: see there."""

import msgspec

__all__ = [
    "Contour",
    "DateTime",
    "Filters",
    "Location",
    "Options",
    "Question",
    "SearchFilter",
    "TransitOptions",
]


class SearchFilter(msgspec.Struct):
    """Which roads a point is tied to."""

    exclude_ferry: bool


class Location(msgspec.Struct, omit_defaults=True):
    """A point of a question."""

    lat: float
    lon: float
    search_cutoff: float | None = None
    minimum_reachability: int | None = None
    display_lat: float | None = None
    display_lon: float | None = None
    type: str | None = None
    search_filter: SearchFilter | None = None


class Options(msgspec.Struct, omit_defaults=True):
    """What Valhalla's ``costing_options`` have for a road."""

    # What Valhalla has for a border is a guess for all of them; the waits at borders are ours.
    country_crossing_penalty: float
    country_crossing_cost: float
    type: str | None = None
    use_tolls: float | None = None
    use_ferry: float | None = None
    exclude_ferries: bool | None = None
    transit_start_end_max_distance: int | None = None


class TransitOptions(msgspec.Struct, frozen=True):
    """What they have for rides; from 0 to 1. As they come buses are rather kept off."""

    use_bus: float = 1.0
    use_rail: float = 1.0
    use_transfers: float = 0.5


class DateTime(msgspec.Struct):
    """When somebody sets out: ``type`` 1, and a local time."""

    type: int
    value: str


class Contour(msgspec.Struct):
    """An area of so many minutes."""

    time: float


class Filters(msgspec.Struct):
    """What is wanted of each edge."""

    attributes: tuple[str, ...] = ("edge.use", "edge.begin_shape_index", "edge.end_shape_index")
    action: str = "include"


class Question(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A question of any sort; what is None is left out."""

    costing: str
    costing_options: dict[str, Options | TransitOptions]
    units: str | None = None
    locations: list[Location] | None = None
    exclude_locations: list[Location] | None = None
    language: str | None = None
    date_time: DateTime | None = None
    sources: list[Location] | None = None
    targets: list[Location] | None = None
    shape: list[Location] | None = None
    encoded_polyline: str | None = None
    shape_match: str | None = None
    filters: Filters | None = None
    contours: list[Contour] | None = None
    polygons: bool | None = None
    verbose: bool | None = None
