"""Whether a place is open when a person gets there, which the way there tells only roughly."""

from datetime import UTC, datetime, timedelta

import msgspec

from finder.directions.estimate import TravelTime
from finder.directory.hours.now import HoursNow, hours_over
from finder.directory.hours.rules import HoursState

__all__ = ["Arrival", "now_and_arrival"]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """The state when a person arrives: ``state`` at the likely moment ``at``, ``earliest`` and ``latest`` at the range's ends.

    ``may_be_closed``: open at the likely moment, yet closed or not known to be open by the latest. ``minutes_to_close`` are the
    whole minutes between the likely arrival and closing, or the end of what is known: None if not open then, or for 35 days.
    """

    at: datetime
    state: HoursState
    earliest: HoursState
    latest: HoursState
    may_be_closed: bool
    minutes_to_close: int | None


def now_and_arrival(
    text: str | None, time_zone: str | None, country: str | None, at: datetime, travel: TravelTime
) -> tuple[HoursNow, Arrival]:
    """Return the state at the aware moment ``at``, and on arrival for a person who leaves then. Hours are as for ``hours_of``."""
    # From UTC, as adding to a local time adds to what its clock shows.
    at_utc = at.astimezone(UTC)
    earliest_at, likely_at, latest_at = (
        at_utc + timedelta(seconds=seconds) for seconds in (travel.min_s, travel.likely_s, travel.max_s)
    )
    now, earliest, likely, latest = hours_over(text, time_zone, country, [at, earliest_at, likely_at, latest_at])
    arrival = Arrival(
        at=likely_at.astimezone(at.tzinfo),
        state=likely.state,
        earliest=earliest.state,
        latest=latest.state,
        # By the end of the likely state, not by the latest one: it may be closed at noon and open again in the afternoon.
        may_be_closed=likely.state is HoursState.OPEN and likely.until is not None and likely.until <= latest_at,
        minutes_to_close=likely.minutes_left(likely_at),
    )
    return now, arrival
