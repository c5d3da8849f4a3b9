"""Rides by public transport: when Valhalla's ``multimodal`` may be asked, which way is taken, what its answers say of rides."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.rides import Ride, RideStop
from finder.directions.router import Route, RouteRequest
from finder.errors import NoRoute, NotOffered, NotReady
from finder.geo.clocks import local_time
from finder.geo.points import LonLat

__all__ = ["SetOut", "Timetables", "TransitInfo", "offered", "offered_on", "ride_of", "ride_or_walk", "set_out"]

_REMAIN_ON: Final = 32
"""Valhalla's type of maneuver for who stays aboard."""
_MINUTE: Final = timedelta(minutes=1)


class Timetables(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine cannot tell of the timetables in its tiles: on which local days they hold, and whom to name beside them."""

    has_timetable_on: Callable[[date], bool]
    credits: tuple[str, ...] = ()


class _Stop(msgspec.Struct):
    lat: float
    lon: float
    name: str = ""
    arrival_date_time: str = ""
    departure_date_time: str = ""
    assumed_schedule: bool = False


class TransitInfo(msgspec.Struct):
    """What Valhalla tells of a ride beside its maneuver."""

    transit_stops: list[_Stop]
    short_name: str = ""
    long_name: str = ""
    headsign: str = ""
    operator_name: str = ""
    color: int = 0


class SetOut(NamedTuple):
    """The whole minute for which Valhalla is asked, and how long after the person's own moment that is."""

    at: datetime
    after_s: float


def offered(timetables: Timetables | None, request: RouteRequest) -> Timetables:
    """Return the timetables that tell of the request. Raises :class:`NotOffered` as :func:`offered_on`, and for points between:
    how long a person stays there, at a border perhaps, no timetable knows.
    """
    if request.via:
        raise NotOffered("Timetables do not tell of ways over a stop of one's own or a border. Ask for each part by itself.")
    return offered_on(timetables, request.origin, request.depart_at)


def offered_on(timetables: Timetables | None, origin: LonLat, depart_at: datetime | None) -> Timetables:
    """Return the timetables if they hold on the day that it is at the origin then, now for None; else raise
    :class:`NotOffered`.
    """
    if timetables is None:
        raise NotOffered("These roads have no timetables of public transport. Go by another means, or look up buses and trains.")
    day = local_time(depart_at or datetime.now(UTC), origin).date()
    if not timetables.has_timetable_on(day):
        raise NotOffered(f"The timetables of public transport do not tell of {day}. Ask for another day, or look it up.")
    return timetables


def set_out(depart_at: datetime | None) -> SetOut:
    """Return the first whole minute that is not before the moment, now for None: nobody catches a bus that has just left."""
    moment = depart_at or datetime.now(UTC)
    begun = moment.replace(second=0, microsecond=0)
    at = begun if begun == moment else begun + _MINUTE
    return SetOut(at, (at - moment).total_seconds())


def ride_or_walk(route: Callable[[RouteRequest], Route], request: RouteRequest, timetables: Timetables) -> Route:
    """Return the way with rides, or on foot where that is as quick or all that there is: Valhalla's way with rides need not be
    the quicker one. Its time counts from the person's own moment. Raises what ``route`` does.
    """
    leaves = set_out(request.depart_at)
    ride = _ride(route, msgspec.structs.replace(request, depart_at=leaves.at))
    if ride is not None:
        time = TravelTime(**{name: seconds + leaves.after_s for name, seconds in msgspec.structs.asdict(ride.time).items()})
        ride = msgspec.structs.replace(ride, time=time, credits=timetables.credits)
    try:
        walk = route(msgspec.structs.replace(request, mode=TravelMode.FOOT))
    except NoRoute:
        if ride is None:
            raise
        return ride
    if ride is not None and ride.time.likely_s < walk.time.likely_s:
        return ride
    return msgspec.structs.replace(walk, mode=TravelMode.TRANSIT)


def _ride(route: Callable[[RouteRequest], Route], request: RouteRequest) -> Route | None:
    try:
        found = route(request)
    except NoRoute:
        return None
    return found if found.rides else None


def ride_of(info: TransitInfo, maneuver: int) -> Ride:
    """Return the ride of a type of maneuver. Raises :class:`NotReady` where its times cannot be read."""
    if len(info.transit_stops) < 2:
        raise _unreadable()
    first = info.transit_stops[0]
    return Ride(
        line=info.short_name or info.long_name,
        headsign=info.headsign,
        operator=info.operator_name,
        colour=f"#{info.color:06x}" if 0 < info.color <= 0xFFFFFF else None,
        stops=tuple(
            RideStop(name=stop.name, lon_lat=LonLat(stop.lon, stop.lat), at=_time(stop, departs=stop is first))
            for stop in info.transit_stops
        ),
        stays_aboard=maneuver == _REMAIN_ON,
        is_assumed=any(stop.assumed_schedule for stop in info.transit_stops),
    )


def _time(stop: _Stop, *, departs: bool) -> datetime:
    try:
        at = datetime.fromisoformat(stop.departure_date_time if departs else stop.arrival_date_time)
    except ValueError:
        raise _unreadable() from None
    if at.tzinfo is None:
        raise _unreadable()
    return at


def _unreadable() -> NotReady:
    return NotReady("The road engine tells a ride without its times. Build the region's roads and timetables again.")
