"""Practitioners and their roles from FHIR."""

from collections.abc import Iterator, Mapping

from finder.loading.row_error import RowError
from finder.loading.sources.fhir_cells import (
    address_cells,
    ended,
    identifier_cells,
    joined,
    languages_of,
    name_cells,
    nucc_codes,
    phones_of,
    terms_of,
    without_empty,
)
from finder.loading.sources.fhir_codes import ACCEPTING
from finder.loading.sources.fhir_facilities import contained
from finder.loading.sources.fhir_facts import FACILITY_SCHEMES, PRACTITIONER_SCHEMES, hours_cell, organization_facts
from finder.loading.sources.fhir_file import Entry
from finder.loading.sources.fhir_index import Index
from finder.loading.sources.fhir_resources import Location, Organization, Practitioner, PractitionerRole, Reference
from finder.loading.sources.table import Entity, Record

__all__ = ["practitioner", "roles"]

TOGETHER = "Load a Bundle that includes it, or the whole folder of the bulk export."
DEGREES = ("/v2-0360", "/v2/0360", "/v2-2.7-0360", "/v2/0360/2.7")
"""How systems of HL7's table of degrees end: ``MD``, ``DDS``."""


def practitioner(entry: Entry, person: Practitioner, identity: Mapping[str, str]) -> Record | RowError:
    """The practitioner with ``identity`` as ``id`` and ``identifiers.*``."""
    names = name_cells(person.name)
    if not names:
        return entry.error("Practitioner.name", "The name is missing.", "Give the name that patients know the practitioner by.")
    qualifications = [each.code for each in person.qualification if each.code and not ended(each.period)]
    degrees = [
        coding.code
        for concept in qualifications
        for coding in concept.coding
        if coding.code and (coding.system or "").endswith(DEGREES)
    ]
    cells = {
        "credential": ", ".join(dict.fromkeys(degrees)),
        **names,
        **identity,
        "specialties": joined(nucc_codes(qualifications)),
        "languages": languages_of(person.communication),
        "gender": person.gender if person.gender != "unknown" else None,
        "active": _yes_or_no(person.active),
    }
    return Record(entry.line, Entity.PRACTITIONER, without_empty(cells))


def roles(entry: Entry, role: PractitionerRole, index: Index) -> Iterator[Record | RowError]:
    """One role for each facility at which it is; one with the organization's address where no location is named."""
    inside = contained(entry, role, role.practitioner, Practitioner)
    if inside:
        identity = {"id": f"{role.id or entry.line}#{inside.id}", **identifier_cells(inside.identifier, PRACTITIONER_SCHEMES)}
        person = practitioner(entry, inside, identity)
        yield person
        if isinstance(person, RowError):
            return
    else:
        key = index.find(index.practitioners, "Practitioner", role.practitioner)
        identity = index.practitioners[key] if key else _shared(role.practitioner, PRACTITIONER_SCHEMES)
    if not identity:
        yield _unresolved(entry, "practitioner", "practitioner", role.practitioner)
        return
    cells, errors = _role_cells(entry, role, index)
    yield from errors
    seen: set[tuple[tuple[str, str], ...]] = set()
    for place in _places(entry, role, index):
        if isinstance(place, RowError):
            yield place
        elif (known := tuple(sorted(place.items()))) not in seen:
            # Two rooms of one hospital are one facility.
            seen.add(known)
            yield Record(entry.line, Entity.ROLE, without_empty({**cells, **_under("practitioner", identity), **place}))


def _role_cells(entry: Entry, role: PractitionerRole, index: Index) -> tuple[dict[str, str | None], list[RowError]]:
    opening_hours, errors = hours_cell(entry, role.available_time or role.availability, "availableTime")
    accepting = [
        ACCEPTING[code]
        for extension in role.extensions("newpatients")
        for part in extension.extension
        if part.is_called("acceptingPatients") and part.value_codeable_concept
        for code in part.value_codeable_concept.codes()
        if code in ACCEPTING
    ]
    services = [index.find(index.services, "HealthcareService", reference) for reference in role.healthcare_service]
    locations = [index.find(index.places, "Location", reference) for reference in role.location]
    is_virtual = any(index.services[key].is_virtual for key in services if key)
    is_virtual = is_virtual or any(index.places[key].is_virtual for key in locations if key)
    cells = {
        "phone": phones_of(role.telecom),
        "opening_hours": opening_hours,
        "specialties": joined(terms_of(role.specialty)),
        "plans": joined(_networks(role, index)),
        # Some network's patients are seen: then new ones are.
        "accepting_new_patients": max(accepting, default=None),
        # A service that is given on the spot does not say that there is none by telephone.
        "telehealth": "true" if is_virtual else None,
        "active": "false" if ended(role.period) else _yes_or_no(role.active),
    }
    return cells, errors


def _networks(role: PractitionerRole, index: Index) -> Iterator[str]:
    for extension in role.extensions("network-reference"):
        reference = extension.value_reference
        organization = index.organization_of(reference)
        if name := (organization.name if organization else None) or (reference.display if reference else None):
            yield name
        else:
            index.unresolved["network"] += 1


def _places(entry: Entry, role: PractitionerRole, index: Index) -> Iterator[dict[str, str] | RowError]:
    """``facility.<scheme>`` or the cells of an address, for each place of the role."""
    for reference in role.location:
        inside = contained(entry, role, reference, Location)
        key = index.find(index.places, "Location", reference)
        if inside:
            shared = identifier_cells(inside.identifier, FACILITY_SCHEMES)
            yield _under("facility", shared) or address_cells(inside.address)
        elif key:
            facility = index.facility_at(key)
            yield _under("facility", index.facility_identifiers(facility)) if facility else _address_of(index, key)
        else:
            shared = _shared(reference, FACILITY_SCHEMES)
            yield _under("facility", shared) if shared else _unresolved(entry, "location", "location", reference)
    if role.location:
        return
    inside = contained(entry, role, role.organization, Organization)
    key = index.find(index.organizations, "Organization", role.organization)
    if key and index.is_place(key):
        yield _under("facility", index.facility_identifiers(key))
    else:
        facts = organization_facts(inside) if inside else index.organizations[key] if key else None
        yield {field: text for field, text in facts.cells.items() if field not in ("phone", "website")} if facts else {}


def _address_of(index: Index, key: str) -> dict[str, str]:
    return {field: text for field, text in index.place_cells(key).items() if field not in ("lat", "lon")}


def _under(whom: str, identity: Mapping[str, str]) -> dict[str, str]:
    """``practitioner.npi`` and ``practitioner.id`` for ``identifiers.npi`` and ``id``."""
    return {f"{whom}.{field.removeprefix('identifiers.')}": text for field, text in identity.items()}


def _shared(reference: Reference | None, schemes: tuple[str, ...]) -> dict[str, str]:
    """What a logical reference says by itself: a number that everybody shares."""
    return identifier_cells((reference.identifier,), schemes) if reference and reference.identifier else {}


def _unresolved(entry: Entry, element: str, what: str, reference: Reference | None) -> RowError:
    value = (reference and (reference.reference or reference.display)) or ""
    if not value and not (reference and reference.identifier):
        return entry.error(f"PractitionerRole.{element}", f"The role names no {what}.", "Say whose role it is, and where.")
    return entry.error(f"PractitionerRole.{element}", f"This {what} is not in the file.", TOGETHER, value=value)


def _yes_or_no(value: bool | None) -> str | None:
    return None if value is None else "true" if value else "false"
