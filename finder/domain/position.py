"""Where a person is, as far as the finder may know it."""

from enum import StrEnum

import msgspec

from finder.geo.points import LonLat

__all__ = ["Position", "PositionFor", "PositionSource"]


class PositionSource(StrEnum):
    """How a position came about; it says how far to trust it."""

    GPS = "gps"
    IP = "ip"
    PLACE = "place"
    BEACON = "beacon"
    DEFAULT = "default"


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A point and how wrong it may be. Made by ``finder.locate`` only, as a :class:`PositionFor`: consent is checked in one room.

    ``accuracy_m`` is the radius of the circle that should hold the person: 95 % for GPS (the W3C Geolocation meaning),
    67 % for an IP database, the extent of the thing named for a place.
    """

    lon_lat: LonLat
    accuracy_m: float
    source: PositionSource
    label: str | None = None
    """The name of the place, where the source has one: a street, a city. Shown to the person."""
    coarsened: bool = False
    """True when a finer position was offered and blurred on purpose, for want of consent."""


class PositionFor[P](Position, frozen=True, kw_only=True):
    """A position with what it may be used for in its type, such as ``PositionFor[ForSearch]``.

    ``PositionFor[Never]`` needs no consent, as it is no finer than anybody may know, and so fits every purpose. What uses a
    position for one purpose takes a ``PositionFor`` of it; what only shows one takes any :class:`Position`.
    """
