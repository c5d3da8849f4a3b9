"""One facility with its hours for the coming days and where each fact comes from."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.params import Parameter

from finder.api.facts import FactSource, HoursAnswer, fact_sources, hours_answer
from finder.api.results import AcceptingAnswer, SpecialtyAnswer, accepting_of, specialty_answers
from finder.api.services import ApiServices
from finder.care.specialties import specialties
from finder.directory import Snapshot
from finder.directory.cares import cares_of_role
from finder.directory.people import Person
from finder.domain.facility import Accessibility, Address, Facility, FacilityKind, FacilityStatus
from finder.domain.practitioner import Role

__all__ = ["facility_handler"]


class AtWork(msgspec.Struct, frozen=True, kw_only=True):
    """A practitioner who works there."""

    id: str
    name: str
    specialties: list[SpecialtyAnswer]
    accepting_new_patients: AcceptingAnswer


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
    plans: Annotated[
        tuple[str, ...], msgspec.Meta(description="Insurance plans and networks that are taken, as the source writes them.")
    ]
    accessibility: Accessibility
    practitioners: list[AtWork]
    identifiers: dict[str, str]
    sources: dict[str, FactSource]


def facility_handler(services: ApiServices) -> Any:
    """Return the handler of ``GET /api/v1/facilities/{id}``."""

    @get("/facilities/{facility_id:str}", sync_to_thread=False, summary="One place of care")
    def facility(
        facility_id: Annotated[str, Parameter(max_length=64, description="The id that a search gave.")],
    ) -> FacilityAnswer:
        """Answer all that is known of one facility."""
        snapshot = services.directory.current()
        return _answer(snapshot, snapshot.facility(facility_id), services.now())

    return facility


def _answer(snapshot: Snapshot, facility: Facility, now: datetime) -> FacilityAnswer:
    today = now.astimezone(ZoneInfo(facility.time_zone or "UTC")).date()
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
        hours=hours_answer(facility.opening_hours, facility.time_zone, facility.address.country, now),
        services=facility.services,
        languages=facility.languages,
        plans=facility.plans,
        accessibility=facility.accessibility,
        practitioners=[_at_work(person, role, now) for _, person, role in snapshot.listings_at(facility.id)],
        identifiers=facility.identifiers,
        sources=fact_sources(facility.provenance, today),
    )


def _at_work(person: Person, role: Role, now: datetime) -> AtWork:
    table = specialties()
    return AtWork(
        id=person.practitioner.id,
        name=person.practitioner.name,
        specialties=specialty_answers(cares_of_role(person, role, table), table),
        accepting_new_patients=accepting_of(role.accepting_new_patients, role.provenance.get("accepting_new_patients"), now),
    )
