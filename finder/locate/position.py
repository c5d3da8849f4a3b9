"""Positions that need no consent: a place that a person named, and the one that stands in when nothing is known."""

from finder.domain.position import Position, PositionSource
from finder.geo.points import LonLat
from finder.locate.place_index import PlaceMatch

__all__ = ["default_position", "position_of_place"]


def position_of_place(match: PlaceMatch) -> Position:
    """The position of somebody who named this place: anywhere within the place's radius."""
    place = match.place
    return Position(lon_lat=place.lon_lat, accuracy_m=place.radius_m, source=PositionSource.PLACE, label=place.label())


def default_position(centre: LonLat, radius_m: float, label: str | None) -> Position:
    """The position that stands in when an address tells nothing: the region's centre, said as such by its source."""
    return Position(lon_lat=centre, accuracy_m=radius_m, source=PositionSource.DEFAULT, label=label)
