"""Facilities from FHIR: a Location, or an Organization that has an address and no Location."""

from collections.abc import Iterable, Mapping
from typing import cast

from finder.domain.facility import Wheelchair
from finder.loading.row_error import RowError, Severity
from finder.loading.sources.fhir_cells import joined, phones_of, website_of, without_empty
from finder.loading.sources.fhir_codes import ACCESSIBLE, STATUSES, kind_of
from finder.loading.sources.fhir_decode import convert
from finder.loading.sources.fhir_facts import hours_cell, organization_facts
from finder.loading.sources.fhir_file import Entry
from finder.loading.sources.fhir_index import Index, OrganizationFacts, ServiceFacts, key_of
from finder.loading.sources.fhir_resources import Location, Organization, Reference, Resource
from finder.loading.sources.table import Entity, Record

__all__ = ["contained", "location_facility", "organization_facility"]


def location_facility(entry: Entry, location: Location, index: Index) -> list[Record | RowError]:
    """The facility that is this location; none for beds, rooms, areas and for kinds of locations."""
    key = key_of(entry.type, location, entry.full_url, entry.line)
    if not index.places[key].is_facility:
        return []
    inside = contained(entry, location, location.managing_organization, Organization)
    lender = organization_facts(inside) if inside else index.organization_of(location.managing_organization)
    organization = lender or OrganizationFacts()
    reference = location.managing_organization
    alias = next((name for name in location.alias if name), None)
    opening_hours, hours_errors = hours_cell(entry, location.hours_of_operation, "hoursOfOperation")
    status = STATUSES.get(location.status or "")
    told: list[Record | RowError] = [*hours_errors]
    if location.status and status is None:
        advice = f"Write {', '.join(STATUSES)}."
        problem = "This status is not known."
        told.append(entry.error("Location.status", problem, advice, value=location.status, severity=Severity.WARNING))
    if location.position and (location.position.latitude is None or location.position.longitude is None):
        advice = "Give latitude and longitude in decimal degrees, both."
        problem = "The position lacks its latitude or its longitude."
        told.append(entry.error("Location.position", problem, advice, severity=Severity.WARNING))
    cells = {
        "name": location.name or alias or organization.name or (reference.display if reference else None),
        **index.facility_identifiers(key),
        **index.place_cells(key),
        "kind": kind_of(location.type, location.physical_type),
        "status": status,
        "phone": phones_of(location.telecom),
        "website": website_of(location.telecom),
        "opening_hours": opening_hours,
        "verified_at": index.verified.get(key),
        **_accessibility(location),
    }
    return [*told, _facility(entry, cells, index.services_at.get(key, ()), organization)]


def organization_facility(entry: Entry, organization: Organization, index: Index) -> list[Record | RowError]:
    """The facility that is this organization; none where it has locations, no address, or is a payer, a network or the like."""
    key = key_of(entry.type, organization, entry.full_url, entry.line)
    if not index.is_place(key):
        return []
    facts = index.organizations[key]
    cells = {
        "name": facts.name,
        **index.facility_identifiers(key),
        **facts.cells,
        "kind": kind_of(organization.type, None),
        "status": None if organization.active is None else STATUSES["active" if organization.active else "inactive"],
        "verified_at": index.verified.get(key),
    }
    return [_facility(entry, cells, index.services_at.get(key, ()), facts)]


def contained[T: Resource](entry: Entry, resource: Resource, reference: Reference | None, type_: type[T]) -> T | None:
    """What ``#x`` means: a resource within this one."""
    if reference is None or not (reference.reference or "").startswith("#"):
        return None
    name = cast(str, reference.reference)[1:]
    for each in resource.contained:
        if each.get("id") == name and each.get("resourceType") == type_.__name__:
            return convert(entry, dict(each), type_)[0]
    return None


def _facility(
    entry: Entry, cells: Mapping[str, str | None], services: Iterable[ServiceFacts], organization: OrganizationFacts
) -> Record | RowError:
    """The record, with what its services and, behind them, its organization say where it says nothing itself."""
    services = tuple(services)
    hours = {service.opening_hours for service in services if service.opening_hours}
    kinds = {service.kind for service in services if service.kind}
    lent = {
        "services": joined(term for service in services for term in service.services),
        "languages": joined(tag for service in services for tag in service.languages.split(";") if tag),
        "phone": joined(phone for service in services for phone in service.phone.split(";") if phone)
        or organization.cells.get("phone"),
        "website": organization.cells.get("website"),
        # Services that are open at different times do not tell when the house is.
        "opening_hours": hours.pop() if len(hours) == 1 else None,
        "kind": kinds.pop() if len(kinds) == 1 else None,
    }
    found = without_empty({**{field: text for field, text in lent.items() if not cells.get(field)}, **_filled(cells)})
    if "name" in found:
        return Record(entry.line, Entity.FACILITY, found)
    problem = "The name is missing, and no organization in the file lends its own."
    return entry.error(f"{entry.type}.name", problem, "Write the name that people know the facility by.")


def _filled(cells: Mapping[str, str | None]) -> dict[str, str | None]:
    return {field: text for field, text in cells.items() if text}


def _accessibility(location: Location) -> dict[str, str]:
    concepts = [each.value_codeable_concept for each in location.extensions("accessibility") if each.value_codeable_concept]
    reached = any(ACCESSIBLE.intersection(concept.codes()) for concept in concepts)
    words = [words for concept in concepts if (words := concept.words())]
    return {**({"wheelchair": Wheelchair.YES} if reached else {}), **({"accessibility": ", ".join(words)} if words else {})}
