"""How long a person waits at a port: always a range, and always with its age.

A measurement no older than :data:`FRESH` is believed. An older one is *outdated*: its range is widened until it holds the usual
one as well. From :data:`FORGOTTEN` on it says nothing any more. Without one there is the lane's usual range from ``ports.toml``,
which is our judgement and says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from finder.directions.borders.measurements import LaneKey, Measurement, Measurements
from finder.directions.borders.ports import Direction, Lane, Port, WaitRange, known_ports
from finder.errors import BadInput

__all__ = ["FORGOTTEN", "FRESH", "Wait", "WaitBasis", "WaitBook", "WaitSource"]

FRESH: Final = timedelta(hours=2)
FORGOTTEN: Final = timedelta(hours=24)


class WaitBasis(StrEnum):
    """On what a wait rests."""

    MEASURED = "measured"
    OUTDATED = "outdated"
    """Measured too long before, or after, the moment that it is asked for."""
    USUAL = "usual"
    """Nobody has measured it: our judgement."""


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """A wait in seconds: the likely one and its range.

    ``measured_at`` (aware) and ``source`` are None for the basis *usual*; so is ``age_s``, the seconds between the measurement
    and the moment that was asked for.
    """

    min_s: float
    likely_s: float
    max_s: float
    basis: WaitBasis
    measured_at: datetime | None = None
    source: str | None = None
    age_s: float | None = None


class WaitSource(Protocol):
    """Where measurements come from. Safe to ask from many threads."""

    @property
    def problem(self) -> str | None:
        """What is wrong with the source at present, for the operator; None if nothing is."""
        ...

    def measured(self) -> Measurements:
        """Return the last good measurements, empty before there are any; raises nothing, and never takes long."""
        ...


class WaitBook:
    """The waits of all ports, from as many sources as an operator names; without any, the usual ones."""

    def __init__(self, sources: Sequence[WaitSource] = (), ports: Sequence[Port] | None = None) -> None:
        self.ports = tuple(known_ports() if ports is None else ports)
        self._sources = tuple(sources)
        self._usual = {
            LaneKey(port.id, passage.direction, lane): facts.usual_min
            for port in self.ports
            for passage in port.passages
            for lane, facts in passage.lanes.items()
        }

    def wait(self, port_id: str, direction: Direction, lane: Lane, at: datetime) -> Wait | None:
        """Return the wait for who arrives at an aware moment; None where there is no such lane, or it is known to be closed.

        Hours are not looked at: :meth:`Port.is_open` does that. Raises :class:`BadInput` for a moment without a time zone.
        """
        if at.tzinfo is None:
            raise BadInput("A moment needs its time zone, or it would be read by this server's own clock.")
        key = LaneKey(port_id, direction, lane)
        usual_min = self._usual.get(key)
        if usual_min is None:
            return None
        latest = self._latest([of_source[key] for source in self._sources if key in (of_source := source.measured())])
        # Either way: what is measured now tells as little of yesterday as of tomorrow.
        age = abs(at - latest.measured_at) if latest else FORGOTTEN
        if latest is None or age >= FORGOTTEN:
            return _wait(usual_min, WaitBasis.USUAL)
        if latest.wait_min is None:
            return None if age <= FRESH else _wait(usual_min, WaitBasis.USUAL)
        if age <= FRESH:
            return _wait(latest.wait_min, WaitBasis.MEASURED, latest, age)
        low, likely, high = latest.wait_min
        widened = (min(low, usual_min[0]), likely, max(high, usual_min[2]))
        return _wait(widened, WaitBasis.OUTDATED, latest, age)

    def measured(self) -> Measurements:
        """Return the latest measurement of each lane over all sources, which are read once for it."""
        found: dict[LaneKey, list[Measurement]] = {}
        for source in self._sources:
            for key, measurement in source.measured().items():
                found.setdefault(key, []).append(measurement)
        return {key: latest for key, of_lane in found.items() if (latest := self._latest(of_lane)) is not None}

    @staticmethod
    def _latest(measurements: Sequence[Measurement]) -> Measurement | None:
        return max(measurements, key=lambda measurement: measurement.measured_at, default=None)

    def problems(self) -> list[str]:
        """Return what is wrong with the sources at present; empty when nothing is."""
        return [problem for source in self._sources if (problem := source.problem) is not None]


def _wait(range_min: WaitRange, basis: WaitBasis, measurement: Measurement | None = None, age: timedelta | None = None) -> Wait:
    low_s, likely_s, high_s = (minutes * 60.0 for minutes in range_min)
    return Wait(
        min_s=low_s,
        likely_s=likely_s,
        max_s=high_s,
        basis=basis,
        measured_at=measurement.measured_at if measurement else None,
        source=measurement.source if measurement else None,
        age_s=age.total_seconds() if age is not None else None,
    )
