"""One practitioner with all places of work, and where each fact comes from."""

from datetime import date, datetime
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
from finder.directory.cares import cares_of_role, specialty_ids
from finder.directory.people import Person
from finder.directory.plans import plan_of
from finder.directory.summary import FacilitySummary, summary_of
from finder.domain.practitioner import Gender, Role

__all__ = ["practitioner_handler"]


class RoleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the practitioner does at one place. ``facility`` is null where only an address is known."""

    facility: FacilitySummary | None
    address: str | None
    phones: tuple[str, ...]
    specialties: list[SpecialtyAnswer]
    plans: list[str]
    accepting_new_patients: AcceptingAnswer
    telehealth: bool | None
    opening_hours: str | None
    hours: HoursAnswer
    sources: dict[str, FactSource]


class PractitionerAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a practitioner. ``sources`` has one entry for each field that a source has filled."""

    id: str
    name: str
    given: str | None
    family: str | None
    credential: str | None
    gender: Gender | None
    languages: tuple[str, ...]
    specialties: list[SpecialtyAnswer]
    stated_specialties: Annotated[tuple[str, ...], msgspec.Meta(description="As the sources have them: NUCC codes or words.")]
    identifiers: dict[str, str]
    roles: list[RoleAnswer]
    sources: dict[str, FactSource]


def practitioner_handler(services: ApiServices) -> Any:
    """Return the handler of ``GET /api/v1/practitioners/{id}``."""

    @get("/practitioners/{practitioner_id:str}", sync_to_thread=False, summary="One doctor or other practitioner")
    def practitioner(
        practitioner_id: Annotated[str, Parameter(max_length=64, description="The id that a search gave.")],
    ) -> PractitionerAnswer:
        """Answer all that is known of one practitioner, with every place of work."""
        snapshot = services.directory.current()
        return _answer(snapshot, snapshot.people.person(practitioner_id), services.now())

    return practitioner


def _answer(snapshot: Snapshot, person: Person, at: datetime) -> PractitionerAnswer:
    told, table = person.practitioner, specialties()
    return PractitionerAnswer(
        id=told.id,
        name=told.name,
        given=told.given,
        family=told.family,
        credential=told.credential,
        gender=told.gender,
        languages=told.languages,
        specialties=specialty_answers(specialty_ids(told.specialties, table), table),
        stated_specialties=told.specialties,
        identifiers=told.identifiers,
        roles=[_role(snapshot, person, role, at) for role in person.roles],
        sources=fact_sources(told.provenance, at.date()),
    )


def _role(snapshot: Snapshot, person: Person, role: Role, at: datetime) -> RoleAnswer:
    facility = snapshot.facility(role.facility_id) if role.facility_id is not None else None
    zone, country = (facility.time_zone, facility.address.country) if facility else (None, role.address.country)
    table = specialties()
    return RoleAnswer(
        facility=summary_of(facility) if facility else None,
        address=(role.address.line() or None) or (facility.address.line() or None if facility else None),
        phones=role.phones or (facility.phones if facility else ()),
        specialties=specialty_answers(cares_of_role(person, role, table), table),
        plans=[plan_of(text).label() for text in role.plans],
        accepting_new_patients=accepting_of(role.accepting_new_patients, role.provenance.get("accepting_new_patients"), at),
        telehealth=role.telehealth,
        opening_hours=role.opening_hours,
        hours=hours_answer(role.opening_hours, zone, country, at),
        sources=fact_sources(role.provenance, _today(zone, at)),
    )


def _today(time_zone: str | None, at: datetime) -> date:
    return at.astimezone(ZoneInfo(time_zone or "UTC")).date()
