"""Rides by public transport: a part of a way that goes by a timetable."""

from datetime import datetime

import msgspec

from finder.geo.points import LonLat

__all__ = ["Ride", "RideStop"]


class RideStop(msgspec.Struct, frozen=True, kw_only=True):
    """A stop of a ride. ``at``, aware, by the stop's clock: when one gets on at the first stop, else when it gets there."""

    name: str
    lon_lat: LonLat
    at: datetime


class Ride(msgspec.Struct, frozen=True, kw_only=True):
    """A ride from the first of ``stops`` to the last, those between included.

    ``line`` is its short name, else its long one; ``headsign`` where the vehicle says that it goes. What a feed does not tell is
    empty.
    """

    line: str
    headsign: str
    operator: str
    colour: str | None
    """Of the line, as ``#rrggbb``; None where none is told. Black counts as none: engines have it where nothing is told."""
    stops: tuple[RideStop, ...]
    stays_aboard: bool = False
    """The vehicle of the ride before goes on as this one."""
    is_assumed: bool = False
    """The times are those of other days, as nothing is known of this one."""

    @property
    def departs_at(self) -> datetime:
        """When it leaves the first stop."""
        return self.stops[0].at

    @property
    def arrives_at(self) -> datetime:
        """When it gets to the last one."""
        return self.stops[-1].at
