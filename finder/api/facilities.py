"""One facility with its hours for the coming days and where each fact comes from."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.params import Parameter

from finder.api.services import ApiServices
from finder.directory.hours import HoursState, hours_at, week
from finder.domain.facility import Accessibility, Address, Facility, FacilityKind, FacilityStatus

__all__ = ["facility_handler"]


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


class FacilityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a facility. ``sources`` has one entry for each field that a source has filled."""

    id: str
    name: str
    names: dict[str, str]
    kind: FacilityKind
    status: FacilityStatus
    lat: float
    lon: float
    position_accuracy_m: Annotated[
        float | None,
        msgspec.Meta(description="Metres that it may be from lat and lon, where those were found by its address; else null."),
    ]
    address: str | None
    address_parts: Address
    phones: tuple[str, ...]
    website: str | None
    opening_hours: str | None
    time_zone: str | None
    hours: HoursAnswer
    services: tuple[str, ...]
    languages: tuple[str, ...]
    accessibility: Accessibility
    identifiers: dict[str, str]
    sources: dict[str, FactSource]


def facility_handler(services: ApiServices) -> Any:
    """Return the handler of ``GET /api/v1/facilities/{id}``."""

    @get("/facilities/{facility_id:str}", sync_to_thread=False, summary="One place of care")
    def facility(
        facility_id: Annotated[str, Parameter(max_length=64, description="The id that a search gave.")],
    ) -> FacilityAnswer:
        """Answer all that is known of one facility."""
        return _answer(services.directory.current().facility(facility_id), datetime.now(UTC))

    return facility


def _answer(facility: Facility, now: datetime) -> FacilityAnswer:
    today = now.astimezone(ZoneInfo(facility.time_zone or "UTC")).date()
    state = hours_at(facility, now)
    days = [
        Day(date=day.date, ranges=[TimeRange(*times) for times in day.ranges], unknown=day.unknown, comment=day.comment)
        for day in week(facility, today)
    ]
    return FacilityAnswer(
        id=facility.id,
        name=facility.name,
        names=facility.names,
        kind=facility.kind,
        status=facility.status,
        lat=facility.lon_lat.lat,
        lon=facility.lon_lat.lon,
        position_accuracy_m=facility.position_accuracy_m,
        address=facility.address.line() or None,
        address_parts=facility.address,
        phones=facility.phones,
        website=facility.website,
        opening_hours=facility.opening_hours,
        time_zone=facility.time_zone,
        hours=HoursAnswer(state=state.state, until=state.until, then=state.then, comment=state.comment, days=days),
        services=facility.services,
        languages=facility.languages,
        accessibility=facility.accessibility,
        identifiers=facility.identifiers,
        sources={
            field: FactSource(
                source=fact.source,
                verified_at=fact.verified_at,
                age_days=(today - fact.verified_at).days if fact.verified_at else None,
            )
            for field, fact in facility.provenance.items()
        },
    )
