"""Where ways end, in searches and in directions alike: at the best door of a place for the mode, or at its position."""

from typing import Final, NamedTuple

from finder.directions.estimate import TravelMode
from finder.domain.facility import Entrance, Facility, Wheelchair
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat

__all__ = ["FARTHEST_DOOR_M", "WayEnds", "best_door", "way_ends"]

FARTHEST_DOOR_M: Final = 300.0
"""A door farther from the position is left out: searches come by the distance of positions, and have to allow for the farthest
door of all."""
_PASSABLE: Final = (Wheelchair.YES, Wheelchair.LIMITED, None)
"""For a wheelchair, best first; None is not known."""


class WayEnds(NamedTuple):
    """Where the ways to a place end: those of a wheelchair, and all others."""

    others: LonLat
    wheelchair: LonLat

    @staticmethod
    def column(mode: TravelMode) -> int:
        """Return which of the two is that of a mode."""
        return 1 if mode is TravelMode.WHEELCHAIR else 0


def best_door(facility: Facility, mode: TravelMode) -> Entrance | None:
    """Return the best door that is known within :data:`FARTHEST_DOOR_M` of the position, None where there is none.

    For a wheelchair it is one that a wheelchair passes, or else one of which nothing is known.
    """
    near = [one for one in facility.entrances if geodesic_m(one.lon_lat, facility.lon_lat) <= FARTHEST_DOOR_M]
    if mode is TravelMode.WHEELCHAIR:
        near = sorted((one for one in near if one.wheelchair in _PASSABLE), key=lambda one: _PASSABLE.index(one.wheelchair))
    return next(iter(near), None)


def way_ends(facility: Facility) -> WayEnds:
    """Return where the ways to a facility end: at its best doors, or at its position."""
    doors = (best_door(facility, mode) for mode in (TravelMode.FOOT, TravelMode.WHEELCHAIR))
    return WayEnds(*(facility.lon_lat if door is None else door.lon_lat for door in doors))
