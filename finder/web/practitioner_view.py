"""What the practitioner page shows: the person, and each place of work with hours, phones, plans and new patients."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Request

from finder.care.specialties import specialties
from finder.directory.cares import cares_of_role, specialty_ids
from finder.directory.hours import DayHours, week
from finder.directory.people import Person
from finder.directory.plans import plan_of
from finder.directory.snapshot import Snapshot
from finder.domain.facility import Facility
from finder.domain.practitioner import Gender, Role
from finder.http.site import site_address
from finder.web.accepting import AcceptingLine, accepting_line
from finder.web.cards import local_name, place_note
from finder.web.facility_view import day_lines, phone_lines, source_lines, today_at
from finder.web.formats import language_names
from finder.web.hours_text import HoursLine, hours_line, undated_line
from finder.web.labels import KIND_LABELS, N_
from finder.web.language import Reader
from finder.web.structured_data import Work, practitioner_data, script_text
from finder.web.visit import asked_before, canonical_address

__all__ = ["Workplace", "practitioner_values"]

_GENDERS: Final[Mapping[Gender, str]] = {Gender.FEMALE: N_("Woman"), Gender.MALE: N_("Man"), Gender.OTHER: N_("Another gender")}


@dataclass(frozen=True)
class Workplace:
    """One role, ready for the template. ``facility`` is ``None`` where only an address is known."""

    facility: Facility | None
    name: str
    kind: str
    address: str
    place_note: str
    specialties: str
    """Empty where they are those of the practitioner."""
    hours: HoursLine
    opening_hours: str | None
    """As the source has them, for want of days."""
    undated: str
    days: list[tuple[str, str]]
    phones: list[tuple[str, str | None]]
    accepting: AcceptingLine
    telehealth: str
    plans: list[str]
    plans_of_place: list[str]
    """Those that the place takes, where nobody has said which the practitioner does."""


def practitioner_values(
    snapshot: Snapshot, person: Person, request: Request[Any, Any, Any], at: datetime, reader: Reader
) -> dict[str, object]:
    """What ``practitioner.html`` shows of a practitioner to whoever opens it at that moment."""
    told, question = person.practitioner, asked_before(request)
    work = [_work(snapshot, role, at) for role in person.roles]
    told_of = [Work(one.role, one.facility, one.days) for one in work]
    data = practitioner_data(person, told_of, site_address(request), reader.language, at)
    return {
        "person": told,
        "specialties": _specialties(specialty_ids(told.specialties, specialties()), reader) or ", ".join(told.specialties),
        "gender": reader.text(_GENDERS[told.gender]) if told.gender else "",
        "languages": language_names(told.languages, reader),
        "workplaces": [_workplace(person, one, at, reader) for one in work],
        "sources": source_lines([told.provenance, *(role.provenance for role in person.roles)], reader),
        "back": question.address(),
        "question": question,
        "canonical": canonical_address(request),
        "structured": script_text(data),
    }


class _Work(NamedTuple):
    """A role, its place if one is known, the place as it is for this role, and the role's own days."""

    role: Role
    facility: Facility | None = None
    there: Facility | None = None
    days: tuple[DayHours, ...] = ()


def _work(snapshot: Snapshot, role: Role, at: datetime) -> _Work:
    """A doctor is not there whenever the hospital is open: the hours are the role's own, or nobody knows."""
    if role.facility_id is None:
        return _Work(role)
    facility = snapshot.facility(role.facility_id)
    there = msgspec.structs.replace(facility, opening_hours=role.opening_hours, phones=role.phones or facility.phones)
    return _Work(role, facility, there, week(there, today_at(there, at)))


def _workplace(person: Person, work: _Work, at: datetime, reader: Reader) -> Workplace:
    role, facility, there, days = work
    phones = there.phones if there else role.phones
    cares = _specialties(cares_of_role(person, role, specialties()), reader) if role.specialties else ""
    return Workplace(
        facility=facility,
        name=local_name(facility, reader) if facility else role.address.line(),
        kind=reader.text(KIND_LABELS[facility.kind]) if facility else "",
        address=role.address.line() or (facility.address.line() if facility else ""),
        place_note=place_note(facility, reader) if facility else "",
        specialties=cares or ", ".join(role.specialties),
        hours=hours_line(there, at, reader) if there else _hours_unknown(bool(phones), reader),
        opening_hours=role.opening_hours,
        undated=undated_line(there, reader) if there else "",
        days=day_lines(there, days, reader) if there else [],
        phones=phone_lines(phones),
        accepting=accepting_line(role, at, reader),
        telehealth="" if role.telehealth is None else reader.text("Yes") if role.telehealth else reader.text("No"),
        plans=[plan_of(text).label() for text in role.plans],
        plans_of_place=[plan_of(text).label() for text in facility.plans] if facility and not role.plans else [],
    )


def _hours_unknown(has_phone: bool, reader: Reader) -> HoursLine:
    return HoursLine("unknown", reader.text("Hours not known"), reader.text("call before you go") if has_phone else "")


def _specialties(ids: tuple[str, ...], reader: Reader) -> str:
    return ", ".join(specialties().get(id_).name(reader.language) for id_ in ids)
