"""Which specialties and services of our table a facility or a practitioner's role gives, from what sources say of them."""

from collections.abc import Iterable
from functools import cache

from finder.care.specialties import CareKind, Specialties, specialties
from finder.directory.people import Person
from finder.domain.facility import Facility, FacilityKind
from finder.domain.practitioner import Role
from finder.words.folding import fold

__all__ = ["cares_of_facility", "cares_of_role", "specialty_ids"]


def specialty_ids(stated: Iterable[str], table: Specialties) -> tuple[str, ...]:
    """The entries that stated specialties mean, NUCC codes or words, in order; what the table does not know is left out."""
    found = (table.of_code(one) or table.of_text(one) for one in stated)
    return tuple(dict.fromkeys(one.id for one in found if one is not None))


def cares_of_role(person: Person, role: Role, table: Specialties) -> tuple[str, ...]:
    """The specialties of a role, else those of its practitioner."""
    return specialty_ids(person.specialties_of(role), table)


def cares_of_facility(facility: Facility, practised: Iterable[str], table: Specialties) -> tuple[str, ...]:
    """What a facility gives: by its kind, by the services it lists, and by ``practised``, the specialties of who works there."""
    by_kind = (one.id for one in table.all if facility.kind in one.facility_kinds)
    by_service = (one.id for one in map(table.of_text, facility.services) if one is not None)
    urgent = ("emergency_care",) if any(fold(text) in _emergency_words() for text in facility.services) else ()
    practises = (id_ for id_ in practised if table.get(id_).kind is CareKind.SPECIALTY)
    return tuple(dict.fromkeys((*by_kind, *by_service, *urgent, *practises)))


@cache
def _emergency_words() -> frozenset[str]:
    """How a hospital may say that it has an emergency department, folded."""
    return frozenset(map(fold, specialties().kind_words()[FacilityKind.EMERGENCY]))
