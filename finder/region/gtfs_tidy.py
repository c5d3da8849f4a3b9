"""A GTFS feed as Valhalla 3.9 can use it, cut to a region.

Valhalla's builders leave out, without a word or with a crash, much that GTFS allows: services that are told day by day only,
stops without times of their own, lines that run every so many minutes, the extended kinds of vehicle, stops without a place. So
the feed is written out in the plain way first, and only what runs between stops of the region goes in.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from finder.errors import BadFile, BadInput
from finder.region.extract import Bounds
from finder.region.gtfs_tables import Column, Table, codes_of, first_of_each, pc, read_table, replaced, where_in, write_table
from finder.region.gtfs_times import TimedStops, clock_texts, repeated_trips, timed_stops, within_minutes

__all__ = ["tidy_feed"]

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ADDED = "1"
_STOP, _STATION, _ENTRANCE = "0", "1", "2"
_TRAM, _METRO, _RAIL, _BUS, _FERRY, _GONDOLA, _FUNICULAR = "0", "1", "2", "3", "4", "6", "7"
_PLAIN: Mapping[str, str] = {kind: kind for kind in "01234567"} | {"11": _BUS, "12": _METRO}
"""Trolleybus and monorail are kinds that Valhalla has not."""
_BY_HUNDRED: Mapping[str, str] = {
    "1": _RAIL,
    "2": _BUS,
    "4": _METRO,
    "5": _METRO,
    "6": _METRO,
    "7": _BUS,
    "8": _BUS,
    "9": _TRAM,
    "10": _FERRY,
    "12": _FERRY,
    "13": _GONDOLA,
    "14": _FUNICULAR,
}
"""The extended kinds: https://developers.google.com/transit/gtfs/reference/extended-route-types."""


def tidy_feed(source: Path, target: Path, feed: str, bounds: Bounds) -> int:
    """Write the feed in the folder ``source`` into the new folder ``target``, and return how many trips it has.

    Raises :class:`BadFile` for tables that cannot be read, or no usable trip, and :class:`BadInput` where no stop lies within the
    bounds.
    """
    agency, all_stops, routes, trips, shapes, frequencies, stop_times = (
        read_table(source, f"{name}.txt", feed)
        for name in ("agency", "stops", "routes", "trips", "shapes", "frequencies", "stop_times")
    )
    stops = _stops_in(all_stops, bounds)
    if _STOP not in stops["location_type"].to_pylist():
        raise BadInput(f"The feed {feed} is of another area: none of its stops lies in this region. Give a feed of this region.")
    calendar, dates = _calendars(source, feed)
    routes = _routes(routes, agency)
    trips = first_of_each(
        where_in(where_in(trips, "route_id", routes["route_id"]), "service_id", calendar["service_id"]), "trip_id"
    )
    stop_times = where_in(where_in(stop_times, "trip_id", trips["trip_id"]), "stop_id", all_stops["stop_id"])
    trips, times = repeated_trips(trips, timed_stops(stop_times, feed), frequencies, feed)
    times = _within(times, stops)
    if not len(times.arrival_s):
        raise BadFile(
            f"The feed {feed} has no trip between two stops of this region that can be used. Give a feed of this region."
        )
    trips = where_in(trips, "trip_id", times.trip_id)
    target.mkdir()
    for name, table in {
        "agency": agency,
        "stops": _with_stations(stops, times.stop_id),
        "routes": where_in(routes, "route_id", trips["route_id"]),
        "trips": trips,
        "stop_times": _written_out(times),
        "calendar": calendar,
        "calendar_dates": dates,
        "shapes": where_in(shapes, "shape_id", trips["shape_id"]),
    }.items():
        write_table(table, target, f"{name}.txt")
    return trips.num_rows


def _stops_in(stops: Table, bounds: Bounds) -> Table:
    """The stops, stations and entrances with a place within the bounds."""
    stops = first_of_each(stops, "stop_id")
    stops = replaced(stops, "location_type", [kind or _STOP for kind in stops["location_type"].to_pylist()])
    kinds = {_STOP, _STATION, _ENTRANCE}
    columns = (stops[name].to_pylist() for name in ("location_type", "stop_lon", "stop_lat"))
    return stops.filter(pa.array([kind in kinds and _is_in(lon, lat, bounds) for kind, lon, lat in zip(*columns, strict=True)]))


def _is_in(lon: str, lat: str, bounds: Bounds) -> bool:
    try:
        return bounds.west <= float(lon) <= bounds.east and bounds.south <= float(lat) <= bounds.north
    except ValueError:
        return False


def _with_stations(stops: Table, used: Column) -> Table:
    """The stops that are used, their stations, and the entrances of those."""
    of_kind = {kind: stops.filter(pc.equal(stops["location_type"], kind)) for kind in (_STOP, _STATION, _ENTRANCE)}
    platforms = where_in(of_kind[_STOP], "stop_id", used)
    stations = where_in(of_kind[_STATION], "stop_id", platforms["parent_station"])
    return pa.concat_tables([stations, where_in(of_kind[_ENTRANCE], "parent_station", stations["stop_id"]), platforms])


def _calendars(source: Path, feed: str) -> tuple[Table, Table]:
    """Both calendars; a service that is told day by day only gets a week without days, from the first of its days to the last."""
    calendar, dates = (read_table(source, file, feed) for file in ("calendar.txt", "calendar_dates.txt"))
    known = set(calendar["service_id"].to_pylist())
    alone: dict[str, list[str]] = {}
    for service, day, kind in zip(*(dates[name].to_pylist() for name in ("service_id", "date", "exception_type")), strict=True):
        if kind == _ADDED and service not in known:
            alone.setdefault(service, []).append(day)
    names = list(dict.fromkeys([*calendar.column_names, *_WEEK]))
    rows = [
        dict.fromkeys(names, "")
        | dict.fromkeys(_WEEK, "0")
        | {"service_id": service, "start_date": min(days), "end_date": max(days)}
        for service, days in alone.items()
    ]
    # A calendar without rows, of a feed that has none, has no days of the week either.
    added = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in names})
    calendar = pa.concat_tables([calendar, added]) if calendar.num_rows else added
    return calendar, where_in(dates, "service_id", calendar["service_id"])


def _routes(routes: Table, agency: Table) -> Table:
    """The lines of the kinds that Valhalla has, and with their operator where there is only one."""
    routes = first_of_each(routes, "route_id")
    kinds = [_PLAIN.get(kind) or _BY_HUNDRED.get(kind[:-2], "") for kind in routes["route_type"].to_pylist()]
    routes = replaced(routes, "route_type", kinds)
    if agency.num_rows == 1:
        routes = replaced(routes, "agency_id", agency["agency_id"].to_pylist() * routes.num_rows)
    return routes.filter(pa.array([bool(kind) for kind in kinds]))  # without aeroplanes and taxis


def _within(times: TimedStops, stops: Table) -> TimedStops:
    """The stops in the region, of trips that have two of them."""
    platforms = stops["stop_id"].filter(pc.equal(stops["location_type"], _STOP))
    times = times.rows(np.flatnonzero(pc.is_in(times.stop_id, value_set=pc.unique(platforms)).to_numpy()))
    codes = codes_of(times.trip_id)
    return times.rows(np.flatnonzero(np.bincount(codes)[codes] > 1)) if len(codes) else times


def _written_out(times: TimedStops) -> Table:
    return pa.table(
        {
            "trip_id": times.trip_id,
            "arrival_time": clock_texts(within_minutes(times.arrival_s)),
            "departure_time": clock_texts(within_minutes(times.departure_s)),
            "stop_id": times.stop_id,
            "stop_sequence": np.arange(len(times.arrival_s)),
        }
    )
