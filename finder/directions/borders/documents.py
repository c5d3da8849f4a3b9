"""With what a person can cross, and the lanes that this opens.

None opens no lane. Searches and directions tell *none* from *nobody said*, which is ``None`` in their place.
"""

from enum import StrEnum
from typing import Final

from finder.directions.borders.ports import Lane
from finder.directions.estimate import TravelMode

__all__ = ["Documents", "lanes_open_to"]


class Documents(StrEnum):
    """With what a person can cross."""

    NONE = "none"
    GENERAL = "general"
    """What the country asks for, such as a passport."""
    READY = "ready"
    """Those with a radio chip."""
    SENTRI = "sentri"
    """Membership of everybody in the car, and the car's registration."""
    MEDICAL_FAST_LANE = "medical_fast_lane"
    """General ones, and a clinic's pass for the medical fast lane."""


_CAR_LANES: Final = {
    Documents.NONE: frozenset[Lane](),
    Documents.GENERAL: frozenset({Lane.GENERAL}),
    Documents.READY: frozenset({Lane.GENERAL, Lane.READY}),
    Documents.SENTRI: frozenset({Lane.GENERAL, Lane.READY, Lane.SENTRI}),
    Documents.MEDICAL_FAST_LANE: frozenset({Lane.GENERAL, Lane.MEDICAL_FAST_LANE}),
}
_PEDESTRIAN_LANES: Final = {
    Documents.NONE: frozenset[Lane](),
    Documents.GENERAL: frozenset({Lane.PEDESTRIAN}),
    Documents.READY: frozenset({Lane.PEDESTRIAN, Lane.PEDESTRIAN_READY}),
    Documents.SENTRI: frozenset({Lane.PEDESTRIAN, Lane.PEDESTRIAN_READY}),
    Documents.MEDICAL_FAST_LANE: frozenset({Lane.PEDESTRIAN}),
}


def lanes_open_to(documents: Documents, mode: TravelMode) -> frozenset[Lane]:
    """Return the lanes in which a person with these documents may queue; none without documents."""
    return (_CAR_LANES if mode is TravelMode.CAR else _PEDESTRIAN_LANES)[documents]
