"""A border crossing as the API gives it, in searches and in directions."""

from datetime import datetime

import msgspec

from finder.directions.borders import Crossing, Lane, WaitBasis

__all__ = ["CrossingAnswer"]


class WaitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A wait in minutes, always a range: measured, measured too long ago (``outdated``), or the usual one by our judgement."""

    likely_min: float
    min_min: float
    max_min: float
    basis: WaitBasis
    measured_at: datetime | None
    source: str | None


class CrossingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where a border is crossed, in which lane, and how long one waits there; the wait is in the time of the way."""

    id: str
    name: str
    leaves: str
    enters: str
    lane: Lane
    lat: float
    lon: float
    arrives_at: datetime
    may_be_closed: bool
    wait: WaitAnswer

    @classmethod
    def of(cls, crossing: Crossing, language: str) -> "CrossingAnswer":
        """Return a crossing as the API gives it."""
        wait = crossing.wait
        return cls(
            id=crossing.port.id,
            name=crossing.port.name_es if language.lower().startswith("es") else crossing.port.name_en,
            leaves=crossing.direction.leaves,
            enters=crossing.direction.enters,
            lane=crossing.lane,
            lat=crossing.lon_lat.lat,
            lon=crossing.lon_lat.lon,
            arrives_at=crossing.arrival_at,
            may_be_closed=crossing.may_be_closed,
            wait=WaitAnswer(
                likely_min=round(wait.likely_s / 60, 1),
                min_min=round(wait.min_s / 60, 1),
                max_min=round(wait.max_s / 60, 1),
                basis=wait.basis,
                measured_at=wait.measured_at,
                source=wait.source,
            ),
        )
