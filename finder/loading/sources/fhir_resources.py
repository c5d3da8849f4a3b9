"""The parts of FHIR R4 that are read, as the standard spells them (https://hl7.org/fhir/R4/), in our snake case.

Only what a patient needs of the five resources is here; all else in a resource is passed over. A few elements of R5 that
came in R4's place (``availability``, ``communication.language``) are read too, since files do not tell their version.
"""

from typing import Any

import msgspec

__all__ = [
    "Address",
    "Coding",
    "Concept",
    "ContactPoint",
    "Extension",
    "HealthcareService",
    "Hours",
    "HumanName",
    "Identifier",
    "Location",
    "Organization",
    "Period",
    "Practitioner",
    "PractitionerRole",
    "Reference",
    "Resource",
    "VerificationResult",
]


class _Element(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Anything of FHIR: what is not listed in it is passed over."""


class Period(_Element, frozen=True, kw_only=True):
    """From when until when something holds, each a date or a part of one: ``2012-03``."""

    start: str | None = None
    end: str | None = None


class Coding(_Element, frozen=True, kw_only=True):
    """A code in a system of codes."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(_Element, frozen=True, kw_only=True):
    """A CodeableConcept: one thing, in several codes and in words. ``language`` is R5's, where a person speaks it."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None
    language: "Concept | None" = None

    def words(self) -> str | None:
        """What people call it: its text, or the first code that has a display."""
        return self.text or next((coding.display for coding in self.coding if coding.display), None)

    def codes(self) -> list[str]:
        """Its codes, of whatever system."""
        return [coding.code for coding in self.coding if coding.code]


class Identifier(_Element, frozen=True, kw_only=True):
    """A number that ``system`` gives."""

    use: str | None = None
    system: str | None = None
    value: str | None = None
    period: Period | None = None


class Reference(_Element, frozen=True, kw_only=True):
    """One resource points at another by its address, or by an identifier that it has."""

    reference: str | None = None
    type: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class ContactPoint(_Element, frozen=True, kw_only=True):
    """A phone number, web address or the like."""

    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: int | None = None
    period: Period | None = None


class Address(_Element, frozen=True, kw_only=True):
    """A postal address."""

    use: str | None = None
    type: str | None = None
    text: str | None = None
    line: tuple[str | None, ...] = ()
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    period: Period | None = None


class Position(_Element, frozen=True, kw_only=True):
    """WGS 84, in degrees."""

    latitude: float | None = None
    longitude: float | None = None


class Hours(_Element, frozen=True, kw_only=True):
    """``hoursOfOperation`` of a location, ``availableTime`` of a service or role, or R5's ``availability``."""

    days_of_week: tuple[str | None, ...] = ()
    all_day: bool | None = None
    opening_time: str | None = None
    closing_time: str | None = None
    available_start_time: str | None = None
    available_end_time: str | None = None
    available_time: "tuple[Hours, ...]" = ()


class HumanName(_Element, frozen=True, kw_only=True):
    """A person's name."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str | None, ...] = ()
    prefix: tuple[str | None, ...] = ()
    suffix: tuple[str | None, ...] = ()
    period: Period | None = None


class Qualification(_Element, frozen=True, kw_only=True):
    """What a practitioner may call themselves."""

    code: Concept | None = None
    period: Period | None = None


class Extension(_Element, frozen=True, kw_only=True):
    """What a guide such as Plan-Net adds to the standard."""

    url: str | None = None
    value_codeable_concept: Concept | None = None
    value_reference: Reference | None = None
    extension: "tuple[Extension, ...]" = ()

    def is_called(self, name: str) -> bool:
        """Whether the last part of its address is ``name``: drafts and sister guides of Plan-Net put others before it."""
        return (self.url or "").rsplit("/", 1)[-1].removeprefix("base-ext-") == name


class Meta(_Element, frozen=True, kw_only=True):
    """What is said of a resource as a file."""

    profile: tuple[str | None, ...] = ()


class Resource(_Element, frozen=True, kw_only=True):
    """What all resources have."""

    id: str | None = None
    meta: Meta | None = None
    contained: tuple[dict[str, Any], ...] = ()
    extension: tuple[Extension, ...] = ()
    identifier: tuple[Identifier, ...] = ()

    def extensions(self, name: str) -> list[Extension]:
        """The extensions of that name."""
        return [extension for extension in self.extension if extension.is_called(name)]


class Organization(Resource, frozen=True, kw_only=True):
    """https://hl7.org/fhir/R4/organization.html."""

    active: bool | None = None
    type: tuple[Concept, ...] = ()
    name: str | None = None
    telecom: tuple[ContactPoint, ...] = ()
    address: tuple[Address, ...] = ()


class Location(Resource, frozen=True, kw_only=True):
    """https://hl7.org/fhir/R4/location.html."""

    status: str | None = None
    name: str | None = None
    alias: tuple[str | None, ...] = ()
    mode: str | None = None
    type: tuple[Concept, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    address: Address | None = None
    physical_type: Concept | None = None
    position: Position | None = None
    managing_organization: Reference | None = None
    part_of: Reference | None = None
    hours_of_operation: tuple[Hours, ...] = ()


class HealthcareService(Resource, frozen=True, kw_only=True):
    """https://hl7.org/fhir/R4/healthcareservice.html."""

    active: bool | None = None
    provided_by: Reference | None = None
    category: tuple[Concept, ...] = ()
    type: tuple[Concept, ...] = ()
    specialty: tuple[Concept, ...] = ()
    location: tuple[Reference, ...] = ()
    name: str | None = None
    telecom: tuple[ContactPoint, ...] = ()
    communication: tuple[Concept, ...] = ()
    available_time: tuple[Hours, ...] = ()
    availability: tuple[Hours, ...] = ()


class Practitioner(Resource, frozen=True, kw_only=True):
    """https://hl7.org/fhir/R4/practitioner.html."""

    active: bool | None = None
    name: tuple[HumanName, ...] = ()
    gender: str | None = None
    qualification: tuple[Qualification, ...] = ()
    communication: tuple[Concept, ...] = ()


class PractitionerRole(Resource, frozen=True, kw_only=True):
    """https://hl7.org/fhir/R4/practitionerrole.html."""

    active: bool | None = None
    period: Period | None = None
    practitioner: Reference | None = None
    organization: Reference | None = None
    code: tuple[Concept, ...] = ()
    specialty: tuple[Concept, ...] = ()
    location: tuple[Reference, ...] = ()
    healthcare_service: tuple[Reference, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    available_time: tuple[Hours, ...] = ()
    availability: tuple[Hours, ...] = ()


class VerificationResult(Resource, frozen=True, kw_only=True):
    """https://hl7.org/fhir/R4/verificationresult.html: that, and when, somebody looked whether a resource is right."""

    target: tuple[Reference, ...] = ()
    status: str | None = None
    status_date: str | None = None
    last_performed: str | None = None
