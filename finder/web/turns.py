"""The turn list: each step of a way as a line, a ride with its stops and times as the reader writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from finder.directions.rides import Ride
from finder.directions.router import Step
from finder.web.formats import clock_text, distance_text
from finder.web.language import Reader

__all__ = ["Turn", "turns_of"]

_NO_LENGTH_M: Final = 5.0
"""Of a step that is shorter no length is told: the arrival has none."""


@dataclass(frozen=True)
class Turn:
    """One line of the turn list; ``first`` and ``last`` are the places in the line's points between which it runs."""

    kind: str
    text: str
    length: str
    first: int
    last: int


def turns_of(steps: Sequence[Step], reader: Reader) -> list[Turn]:
    """Return a line for each step."""
    return [_turn(step, after, reader) for step, after in zip_longest(steps, steps[1:])]


def _turn(step: Step, after: Step | None, reader: Reader) -> Turn:
    length = distance_text(step.length_m, reader) if step.length_m >= _NO_LENGTH_M else ""
    goes_on = after is not None and after.ride is not None and after.ride.stays_aboard
    text = step.instruction if step.ride is None else _ride_text(step.ride, reader, goes_on=goes_on)
    return Turn(kind=step.kind.value, text=text, length=length, first=step.first, last=step.last)


def _ride_text(ride: Ride, reader: Reader, *, goes_on: bool) -> str:
    """``Take the 20 toward Beta North from Alpha at 8:05 AM; 3 stops; get off at Omega at 8:09 AM.``"""
    first, last = ride.stops[0], ride.stops[-1]
    line, departs = ride.line or ride.operator, clock_text(ride.departs_at, reader)
    if ride.stays_aboard:
        take = reader.text("Stay on board: it goes on as the %(line)s", line=line)
    elif ride.headsign:
        take = reader.text(
            "Take the %(line)s toward %(headsign)s at %(time)s from %(stop)s",
            line=line,
            headsign=ride.headsign,
            time=departs,
            stop=first.name,
        )
    else:
        take = reader.text("Take the %(line)s at %(time)s from %(stop)s", line=line, time=departs, stop=first.name)
    stops = reader.plural("%(num)d stop", "%(num)d stops", len(ride.stops) - 1)
    if goes_on:
        return reader.text("%(take)s; %(stops)s; do not get off at %(stop)s.", take=take, stops=stops, stop=last.name)
    arrives = clock_text(ride.arrives_at, reader)
    return reader.text(
        "%(take)s; %(stops)s; get off at %(stop)s at %(time)s.", take=take, stops=stops, stop=last.name, time=arrives
    )
