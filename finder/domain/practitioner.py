"""A person who gives care, and the roles in which they do so at facilities."""

from enum import StrEnum

import msgspec

from finder.domain.facility import Address, Provenance

__all__ = ["Gender", "Practitioner", "Role"]


class Gender(StrEnum):
    """A practitioner's gender in the words of FHIR's administrative gender, where a source gives it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Practitioner(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person who gives care. ``provenance`` has one entry for each field that a source has filled."""

    id: str
    name: str
    """As it is said to a patient: ``Dra. María Ramírez Soto``."""
    given: str | None = None
    family: str | None = None
    credential: str | None = None
    """What stands behind the name: ``MD``, ``DDS``."""
    specialties: tuple[str, ...] = ()
    """NUCC taxonomy codes (``207RC0000X``), the main one first; what has no code is kept as written."""
    languages: tuple[str, ...] = ()
    """BCP 47 tags."""
    gender: Gender | None = None
    identifiers: dict[str, str] = {}
    """By scheme: ``{"npi": …}``, ``{"cedula": …}``, or a source's own."""
    active: bool = True
    provenance: dict[str, Provenance] = {}

    def __post_init__(self) -> None:
        if not self.id or not self.name:
            raise ValueError("a practitioner has an id and a name")


class Role(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one practitioner does at one place.

    ``facility_id`` is ``None`` where a source gives only the practice's ``address``, and no facility is known there.
    ``accepting_new_patients`` and ``telehealth`` are ``None`` where nobody has said.
    """

    id: str
    practitioner_id: str
    facility_id: str | None = None
    address: Address = Address()
    phones: tuple[str, ...] = ()
    opening_hours: str | None = None
    specialties: tuple[str, ...] = ()
    """NUCC taxonomy codes, as of :class:`Practitioner`; empty means those of the practitioner."""
    plans: tuple[str, ...] = ()
    accepting_new_patients: bool | None = None
    telehealth: bool | None = None
    identifiers: dict[str, str] = {}
    active: bool = True
    provenance: dict[str, Provenance] = {}
