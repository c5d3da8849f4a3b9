"""Hours for the coming days and the sources of facts, as the API gives them of facilities and practitioners alike."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from finder.directory.hours import HoursState, hours_of, week_of
from finder.domain.facility import Provenance

__all__ = ["FactSource", "HoursAnswer", "fact_sources", "hours_answer"]


class TimeRange(msgspec.Struct, frozen=True):
    """From opening to closing, with the facility's own offset."""

    opens: datetime
    closes: datetime


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day's hours; no ranges means closed, unless ``unknown``."""

    date: date
    ranges: list[TimeRange]
    unknown: bool
    comment: str | None


class HoursAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The state now, until when it lasts, the state ``then``, and the coming seven days, by the facility's clock."""

    state: HoursState
    until: datetime | None
    then: HoursState | None
    comment: str | None
    days: list[Day]


class FactSource(msgspec.Struct, frozen=True, kw_only=True):
    """Who says so, and when it was last verified."""

    source: str
    verified_at: date | None
    age_days: int | None


def hours_answer(opening_hours: str | None, time_zone: str | None, country: str | None, now: datetime) -> HoursAnswer:
    """Return hours in OpenStreetMap's grammar as the API gives them."""
    state = hours_of(opening_hours, time_zone, country, now)
    today = now.astimezone(ZoneInfo(time_zone or "UTC")).date()
    days = [
        Day(date=day.date, ranges=[TimeRange(*times) for times in day.ranges], unknown=day.unknown, comment=day.comment)
        for day in week_of(opening_hours, time_zone, country, today)
    ]
    return HoursAnswer(state=state.state, until=state.until, then=state.then, comment=state.comment, days=days)


def fact_sources(provenance: Mapping[str, Provenance], today: date) -> dict[str, FactSource]:
    """Return who says each field, and how old that is by ``today``."""
    return {
        field: FactSource(
            source=fact.source,
            verified_at=fact.verified_at,
            age_days=(today - fact.verified_at).days if fact.verified_at else None,
        )
        for field, fact in provenance.items()
    }
