"""A border crossing as the API gives it, in searches and in directions."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from finder.directions.borders import Crossing, Lane, WaitBasis

__all__ = ["CrossingAnswer", "crossing_text"]


class WaitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A wait in minutes, always a range: measured, measured too long ago (``outdated``), or the usual one by our judgement.

    ``age_min``: how old the measurement is when the person gets to the port.
    """

    likely_min: float
    min_min: float
    max_min: float
    basis: WaitBasis
    measured_at: datetime | None
    age_min: int | None
    source: str | None


class CrossingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where a border is crossed, in which lane, and how long one waits there; the wait is in the time of the way.

    ``arrives_at``: at the port, by its clock. ``closed_lanes``: those that the documents would open, closed at that hour.
    """

    id: str
    name: str
    leaves: str
    enters: str
    lane: Lane
    lat: float
    lon: float
    arrives_at: datetime
    may_be_closed: bool
    closed_lanes: tuple[Lane, ...]
    wait: WaitAnswer

    @classmethod
    def of(cls, crossing: Crossing, language: str) -> "CrossingAnswer":
        """Return a crossing as the API gives it."""
        wait, zone = crossing.wait, ZoneInfo(crossing.port.time_zone)
        return cls(
            id=crossing.port.id,
            name=_name(crossing, language),
            leaves=crossing.direction.leaves,
            enters=crossing.direction.enters,
            lane=crossing.lane,
            lat=crossing.lon_lat.lat,
            lon=crossing.lon_lat.lon,
            arrives_at=crossing.arrival_at.astimezone(zone),
            may_be_closed=crossing.may_be_closed,
            closed_lanes=crossing.closed_lanes,
            wait=WaitAnswer(
                likely_min=round(wait.likely_s / 60, 1),
                min_min=round(wait.min_s / 60, 1),
                max_min=round(wait.max_s / 60, 1),
                basis=wait.basis,
                measured_at=wait.measured_at.astimezone(zone) if wait.measured_at is not None else None,
                age_min=round(wait.age_s / 60) if wait.age_s is not None else None,
                source=wait.source,
            ),
        )


def crossing_text(crossing: Crossing, language: str) -> str:
    """Return where one crosses and how long one waits, as a sentence in Spanish or else in English."""
    wait, spanish = crossing.wait, language.lower().startswith("es")
    name, lane = _name(crossing, language), crossing.lane.value.replace("_", " ")
    least_min, most_min = (round(seconds / 60) for seconds in (wait.min_s, wait.max_s))
    if spanish:
        return f"Cruza la frontera en {name}, carril {lane}; la espera es de {least_min} a {most_min} minutos."
    return f"You cross the border at {name}, {lane} lane; the wait is {least_min} to {most_min} minutes."


def _name(crossing: Crossing, language: str) -> str:
    return crossing.port.name_es if language.lower().startswith("es") else crossing.port.name_en
