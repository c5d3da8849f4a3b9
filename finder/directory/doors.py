"""Where the ways of a search end: at the best door of a place, as those of its directions do, or at its position."""

from typing import Final

from finder.domain.facility import Facility
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat

__all__ = ["FARTHEST_DOOR_M", "door_lon_lat"]

FARTHEST_DOOR_M: Final = 300.0
"""A door farther from the position is left out: searches come by the distance of positions, and have to allow for the farthest
door of all."""


def door_lon_lat(facility: Facility) -> LonLat:
    """Return the best door that is known within :data:`FARTHEST_DOOR_M` of the position, else the position."""
    near = (one.lon_lat for one in facility.entrances if geodesic_m(one.lon_lat, facility.lon_lat) <= FARTHEST_DOOR_M)
    return next(near, facility.lon_lat)
