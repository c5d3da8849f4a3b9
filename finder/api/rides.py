"""A ride by public transport, as the API gives it."""

from datetime import datetime

import msgspec

from finder.directions.rides import Ride

__all__ = ["RideAnswer"]


class StopAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A stop. ``at``: when one gets on at the first stop, else when the ride gets there."""

    name: str
    lat: float
    lon: float
    at: datetime


class RideAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A ride from the first stop to the last, by the timetable; what the feed does not tell is empty.

    ``colour`` is the line's, as ``#rrggbb``. ``stays_aboard``: the vehicle of the ride before goes on as this one.
    ``is_assumed``: the times are those of other days.
    """

    line: str
    headsign: str
    operator: str
    colour: str | None
    departs_at: datetime
    arrives_at: datetime
    stops: list[StopAnswer]
    stays_aboard: bool
    is_assumed: bool

    @classmethod
    def of(cls, ride: Ride) -> "RideAnswer":
        """Return the answer for a ride."""
        return cls(
            line=ride.line,
            headsign=ride.headsign,
            operator=ride.operator,
            colour=ride.colour,
            departs_at=ride.departs_at,
            arrives_at=ride.arrives_at,
            stops=[StopAnswer(name=stop.name, lat=stop.lon_lat.lat, lon=stop.lon_lat.lon, at=stop.at) for stop in ride.stops],
            stays_aboard=ride.stays_aboard,
            is_assumed=ride.is_assumed,
        )
