"""Each resource's facts for the :class:`Index`."""

from collections.abc import Sequence

from finder.loading.row_error import CellProblem, RowError, Severity
from finder.loading.sources.fhir_cells import (
    address_cells,
    first_address,
    identifier_cells,
    languages_of,
    phones_of,
    terms_of,
    website_of,
    without_empty,
)
from finder.loading.sources.fhir_codes import NO_PROVIDERS, VIRTUAL, is_destination, kind_of_service
from finder.loading.sources.fhir_file import Entry
from finder.loading.sources.fhir_hours import opening_hours_of
from finder.loading.sources.fhir_index import Index, OrganizationFacts, PlaceFacts, ServiceFacts, key_of, own_id
from finder.loading.sources.fhir_resources import (
    HealthcareService,
    Hours,
    Location,
    Organization,
    Practitioner,
    Resource,
    VerificationResult,
)

__all__ = ["FACILITY_SCHEMES", "PRACTITIONER_SCHEMES", "hours_cell", "note", "organization_facts", "place_facts"]

FACILITY_SCHEMES = ("npi", "ccn", "clues")
PRACTITIONER_SCHEMES = ("npi", "cedula")


def note(index: Index, entry: Entry, resource: Resource) -> list[RowError]:
    """Keep in ``index`` what others need to know of the resource. Of two with the same id the first counts."""
    key = key_of(entry.type, resource, entry.full_url, entry.line)
    index.register(key, entry.type, resource, entry.full_url)
    errors: list[RowError] = []
    match resource:
        case Organization():
            index.organizations.setdefault(key, organization_facts(resource))
        case Location():
            index.places.setdefault(key, place_facts(resource))
        case HealthcareService() if resource.active is not False:
            facts, errors = _service_facts(entry, resource)
            index.services.setdefault(key, facts)
        case Practitioner():
            cells = {**own_id(key, "Practitioner/"), **identifier_cells(resource.identifier, PRACTITIONER_SCHEMES)}
            index.practitioners.setdefault(key, cells)
        case VerificationResult() if resource.status in ("validated", "attested"):
            if day := resource.last_performed or resource.status_date:
                index.verifications.extend((target, day[:10]) for target in resource.target)
        case _:
            pass
    return errors


def organization_facts(organization: Organization) -> OrganizationFacts:
    """What locations and roles take over from it."""
    address = first_address(organization.address)
    codes = {code for type_ in organization.type for code in type_.codes()}
    profiles = (organization.meta and organization.meta.profile) or ()
    is_network = any(profile and "plannet-network" in profile.lower() for profile in profiles)
    return OrganizationFacts(
        name=organization.name or "",
        cells={
            **address_cells(address),
            **without_empty({"phone": phones_of(organization.telecom), "website": website_of(organization.telecom)}),
        },
        identifiers=identifier_cells(organization.identifier, FACILITY_SCHEMES),
        may_be_place=bool(address_cells(address)) and not codes & NO_PROVIDERS and not is_network,
    )


def place_facts(location: Location) -> PlaceFacts:
    """What roles and the places within it take over from it."""
    cells = address_cells(location.address)
    if location.position and location.position.latitude is not None and location.position.longitude is not None:
        cells |= {"lat": str(location.position.latitude), "lon": str(location.position.longitude)}
    physical = {code.lower() for each in (location.physical_type, *location.type) if each for code in each.codes()}
    return PlaceFacts(
        identifiers=identifier_cells(location.identifier, FACILITY_SCHEMES),
        cells=cells,
        is_facility=location.mode != "kind" and is_destination(location.type, location.physical_type),
        is_virtual=bool(physical & VIRTUAL),
        organization=location.managing_organization,
        part_of=location.part_of,
    )


def hours_cell(entry: Entry, times: Sequence[Hours], element: str) -> tuple[str, list[RowError]]:
    """The opening hours, empty where they are not told or cannot be used, and what is wrong with them."""
    try:
        return opening_hours_of(times) or "", []
    except CellProblem as problem:
        column, told = f"{entry.type}.{element}", f"{problem.problem} The hours are left out."
        return "", [entry.error(column, told, problem.advice, severity=Severity.WARNING)]


def _service_facts(entry: Entry, service: HealthcareService) -> tuple[ServiceFacts, list[RowError]]:
    opening_hours, errors = hours_cell(entry, service.available_time or service.availability, "availableTime")
    terms = terms_of((*service.type, *service.specialty)) or terms_of(service.category) or [service.name or ""]
    methods = {
        code.lower()
        for extension in service.extensions("delivery-method")
        for part in extension.extension
        if part.is_called("type") and part.value_codeable_concept
        for code in part.value_codeable_concept.codes()
    }
    facts = ServiceFacts(
        # The cell of a facility's services is cut at commas too.
        services=tuple(dict.fromkeys(term.replace(",", " /") for term in terms if term)),
        languages=languages_of(service.communication),
        phone=phones_of(service.telecom),
        opening_hours=opening_hours,
        kind=kind_of_service(service.category),
        is_virtual=bool(methods & VIRTUAL),
        organization=service.provided_by,
        locations=service.location,
    )
    return facts, errors
