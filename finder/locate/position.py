"""Positions that need no consent: a named place, an operator's typed point, and what stands in when nothing is known."""

from typing import Never

from finder.domain.position import PositionFor, PositionSource
from finder.geo.points import LonLat, checked_lon_lat
from finder.locate.place_index import PlaceMatch

__all__ = ["default_position", "position_of_place", "stated_position"]


def position_of_place(match: PlaceMatch) -> PositionFor[Never]:
    """The position of somebody who named this place: anywhere within the place's radius."""
    place = match.place
    return PositionFor(lon_lat=place.lon_lat, accuracy_m=place.radius_m, source=PositionSource.PLACE, label=place.label())


def default_position(centre: LonLat, radius_m: float, label: str | None) -> PositionFor[Never]:
    """The position that stands in when an address tells nothing: the region's centre, said as such by its source."""
    return PositionFor(lon_lat=centre, accuracy_m=radius_m, source=PositionSource.DEFAULT, label=label)


def stated_position(lon_lat: LonLat) -> PositionFor[Never]:
    """The position of a point that an operator typed, taken as exact: nobody was located, so there is nothing to consent to.

    Raises :class:`BadInput` for a point that is not on the Earth.
    """
    return PositionFor(lon_lat=checked_lon_lat(*lon_lat), accuracy_m=0.0, source=PositionSource.PLACE)
