"""The times at the stops of each trip, as seconds, none missing: what Valhalla needs, and GTFS leaves open.

A feed may give times at some stops only, and say of a line no more than that it runs every so many minutes.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from finder.errors import BadFile
from finder.region.gtfs_tables import Column, Table, codes_of, pc, replaced, where_in

__all__ = ["TimedStops", "clock_texts", "repeated_trips", "seconds_of", "timed_stops", "within_minutes"]

_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")
_MOST_RUNS = 500_000
"""Of trips that run every so many seconds: a headway of one second is none."""


class TimedStops(NamedTuple):
    """The stops of all trips, those of one trip together and in their order: four columns of one length."""

    trip_id: Column
    stop_id: Column
    arrival_s: NDArray[np.float64]
    departure_s: NDArray[np.float64]

    def rows(self, chosen: NDArray[np.int64]) -> "TimedStops":
        """Return the rows of these numbers."""
        return TimedStops(self.trip_id.take(chosen), self.stop_id.take(chosen), self.arrival_s[chosen], self.departure_s[chosen])


def seconds_of(clocks: Column, feed: str) -> NDArray[np.float64]:
    """Return clock times as seconds from midnight, more than 24 hours for the night after; NaN for an empty one.

    Raises :class:`BadFile` for what is no time.
    """
    values = pc.unique(clocks).to_pylist()
    return np.array([_seconds(value, feed) for value in values], dtype=np.float64)[codes_of(clocks)]


def clock_texts(seconds: NDArray[np.float64]) -> list[str]:
    """Return seconds from midnight as clock times."""
    whole, codes = np.unique(np.rint(seconds).astype(np.int64), return_inverse=True)
    texts = [f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}" for second in whole.tolist()]
    return np.array(texts, dtype=object)[codes].tolist()


def within_minutes(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return times (n,) a second later where they are whole minutes.

    Valhalla tells minutes only, and cuts off what is beyond: of a sum of floats that is a thousandth of a second short of 8:05 it
    would tell 8:04.
    """
    return np.where(np.rint(seconds) % 60 == 0, np.rint(seconds) + 1.0, seconds)


def timed_stops(stop_times: Table, feed: str) -> TimedStops:
    """Return the stops with their times.

    Times between two known ones are spread evenly over the stops. Trips without a time at an end, or whose times run backwards,
    are left out. Raises :class:`BadFile` for times and numbers that are none.
    """
    try:
        order = pc.cast(stop_times["stop_sequence"], pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        raise BadFile(f"stop_times.txt of the feed {feed} has a stop_sequence that is no number.") from None
    trips = codes_of(stop_times["trip_id"])
    rows = np.lexsort((order, trips))
    trips = trips[rows]
    arrival, departure = (seconds_of(stop_times[column], feed)[rows] for column in ("arrival_time", "departure_time"))
    arrival, departure = np.where(np.isnan(arrival), departure, arrival), np.where(np.isnan(departure), arrival, departure)
    arrival, departure = _spread(trips, arrival, departure)
    is_next = np.r_[False, trips[1:] == trips[:-1]] if len(trips) else np.zeros(0, dtype=bool)
    is_back = is_next & (arrival < np.r_[0.0, departure[:-1]]) if len(trips) else is_next
    wrong = np.unique(trips[np.isnan(arrival) | np.isnan(departure) | (departure < arrival) | is_back])
    all_of_them = TimedStops(stop_times["trip_id"].take(rows), stop_times["stop_id"].take(rows), arrival, departure)
    return all_of_them.rows(np.flatnonzero(~np.isin(trips, wrong)))


def repeated_trips(trips: Table, times: TimedStops, frequencies: Table, feed: str) -> tuple[Table, TimedStops]:
    """Return trips and stops with each trip that runs every so many seconds written out, one for each departure.

    Where a feed has such times as about right only, they are taken as they are.
    """
    frequencies = where_in(where_in(frequencies, "trip_id", trips["trip_id"]), "trip_id", times.trip_id)
    if not frequencies.num_rows:
        return trips, times
    often, begins = _runs(frequencies, feed)
    codes = codes_of(times.trip_id)
    first, length = np.unique(codes, return_index=True, return_counts=True)[1:]
    place = {trip: number for number, trip in enumerate(pc.unique(times.trip_id).to_pylist())}
    run = np.array([place[trip] for trip in often], dtype=np.int64)
    # The row of each stop of each run: those of its trip, one after the other.
    ends = length[run].cumsum()
    rows = np.arange(length[run].sum()) - np.repeat(ends - length[run] - first[run], length[run])
    later = np.repeat(begins - times.departure_s[first[run]], length[run])
    ids = np.array([f"{trip} {number}" for number, trip in enumerate(often)], dtype=object)
    ran = times.rows(rows)
    kept = times.rows(np.flatnonzero(~np.isin(codes, run)))
    row_of_trip = {trip: number for number, trip in enumerate(trips["trip_id"].to_pylist())}
    more = replaced(trips.take(np.array([row_of_trip[trip] for trip in often], dtype=np.int64)), "trip_id", ids.tolist())
    once = trips.filter(pc.invert(pc.is_in(trips["trip_id"], value_set=pc.unique(frequencies["trip_id"]))))
    return pa.concat_tables([once, more]), TimedStops(
        pa.chunked_array([*kept.trip_id.chunks, pa.array(np.repeat(ids, length[run]).tolist(), pa.string())]),
        pa.chunked_array([*kept.stop_id.chunks, *ran.stop_id.chunks]),
        np.concatenate([kept.arrival_s, ran.arrival_s + later]),
        np.concatenate([kept.departure_s, ran.departure_s + later]),
    )


def _runs(frequencies: Table, feed: str) -> tuple[Sequence[str], NDArray[np.float64]]:
    """The trip of each run, and when it begins."""
    start, end = seconds_of(frequencies["start_time"], feed), seconds_of(frequencies["end_time"], feed)
    try:
        every = pc.cast(frequencies["headway_secs"], pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        raise BadFile(f"frequencies.txt of the feed {feed} has a headway_secs that is no number.") from None
    with np.errstate(divide="ignore", invalid="ignore"):
        count = np.where(every > 0, np.ceil((end - start) / every), 0.0)
    count = np.nan_to_num(count).clip(0.0).astype(np.int64)
    if count.sum() > _MOST_RUNS:
        raise BadFile(
            f"frequencies.txt of the feed {feed} makes more than {_MOST_RUNS:,} trips. Get it again from who publishes it."
        )
    number = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count)
    often = np.repeat(np.array(frequencies["trip_id"].to_pylist(), dtype=object), count).tolist()
    return often, np.repeat(start, count) + number * np.repeat(every, count)


def _seconds(text: str, feed: str) -> float:
    if not text:
        return np.nan
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise BadFile(f"The feed {feed} has a time that is none: {text[:20]!r}. GTFS writes 08:05:00.")
    hours, minutes, seconds = map(int, found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def _spread(
    trips: NDArray[np.int64], arrival: NDArray[np.float64], departure: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fill the unknown times evenly between the stops before and after of the same trip that have some."""
    known = ~np.isnan(arrival)
    if known.all() or not known.any():
        return arrival, departure
    row = np.arange(len(trips))
    before = np.maximum.accumulate(np.where(known, row, 0))
    after = np.minimum.accumulate(np.where(known, row, len(row) - 1)[::-1])[::-1]
    is_inside = known[before] & known[after] & (trips[before] == trips) & (trips[after] == trips)
    share = (row - before) / np.maximum(after - before, 1)
    between = departure[before] + (arrival[after] - departure[before]) * share
    filled = np.where(is_inside, between, np.nan)
    return np.where(known, arrival, filled), np.where(known, departure, filled)
