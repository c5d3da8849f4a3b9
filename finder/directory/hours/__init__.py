"""Whether a facility is open, by its own clock: open, closed, or unknown. Unknown is never shown as open."""

from finder.directory.hours.arrival import Arrival, now_and_arrival
from finder.directory.hours.now import CLOSES_SOON, HORIZON, HoursNow, hours_at, hours_of, hours_over
from finder.directory.hours.rules import HoursState
from finder.directory.hours.week import DayHours, undated_ranges, week, week_of

__all__ = [
    "CLOSES_SOON",
    "HORIZON",
    "Arrival",
    "DayHours",
    "HoursNow",
    "HoursState",
    "hours_at",
    "hours_of",
    "hours_over",
    "now_and_arrival",
    "undated_ranges",
    "week",
    "week_of",
]
