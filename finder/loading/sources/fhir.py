"""HL7 FHIR R4 directories, Plan-Net's among them: a Bundle, NDJSON, or the folder of a bulk export.

Three passes over the file: the first keeps, small, what resources need to know of each other; the second gives facilities and
practitioners, the third their roles, so that whom a role speaks of always came before it.

``meta.lastUpdated`` is when a server last wrote a resource, be it a new address or a migration; nobody looked whether the
hospital is still there. So it is no ``verified_at``: only a VerificationResult is.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from finder.errors import BadFile
from finder.loading.read import FIELD_LIMIT, SHOWN
from finder.loading.row_error import RowError, Severity
from finder.loading.sources.fhir_decode import decode
from finder.loading.sources.fhir_facilities import location_facility, organization_facility
from finder.loading.sources.fhir_facts import note
from finder.loading.sources.fhir_file import FhirFile, open_fhir
from finder.loading.sources.fhir_index import Index, key_of
from finder.loading.sources.fhir_people import practitioner, roles
from finder.loading.sources.fhir_resources import (
    HealthcareService,
    Location,
    Organization,
    Practitioner,
    PractitionerRole,
    Resource,
    VerificationResult,
)
from finder.loading.sources.table import Progress, Record

__all__ = ["COLUMN_OF", "read_fhir"]

PASSES = 3
KNOWN: dict[str, type[Resource]] = {
    type_.__name__: type_ for type_ in (Organization, Location, HealthcareService, Practitioner, VerificationResult)
}
"""What the first pass reads; roles are only counted, nobody needs to know of them."""

COLUMN_OF = {
    "id": "id",
    "name": "name",
    "kind": "type",
    "lat": "position.latitude",
    "lon": "position.longitude",
    "street": "address.line",
    "unit": "address.line",
    "city": "address.city",
    "state": "address.state",
    "postcode": "address.postalCode",
    "country": "address.country",
    "phone": "telecom",
    "website": "telecom",
    "opening_hours": "hoursOfOperation",
    "services": "HealthcareService.type",
    "languages": "communication",
    "status": "status",
    "wheelchair": "extension(accessibility)",
    "accessibility": "extension(accessibility)",
    "verified_at": "VerificationResult.lastPerformed",
    "given": "name.given",
    "family": "name.family",
    "prefix": "name.prefix",
    "credential": "name.suffix",
    "specialties": "specialty",
    "gender": "gender",
    "active": "active",
    "plans": "extension(network-reference)",
    "accepting_new_patients": "extension(newpatients)",
    "telehealth": "healthcareService",
    **{f"identifiers.{scheme}": "identifier" for scheme in ("npi", "ccn", "clues", "cedula")},
}
"""Our field → FHIR's element, for error messages."""


def read_fhir(path: Path, progress: Progress | None = None) -> Iterator[Record | RowError]:
    """Facilities, practitioners and, behind them, roles; a :class:`RowError` for what cannot be used.

    ``line`` is the line in NDJSON, the number of the entry in a Bundle, 0 where the whole file is meant; in a folder the lines of
    its files, in the order of their names, are counted through, and errors name file and line. ``progress`` is told bytes read,
    in all passes, and bytes to read.

    Raises :class:`BadFile` before the first record for what is no FHIR in JSON, for a Bundle of another type or beyond
    ``BUNDLE_LIMIT``, and for a file without any resource that is read.
    """
    file = open_fhir(path)
    for found in _records(file, progress):
        yield from _within_limits(found) if isinstance(found, Record) else (found,)
    if progress:
        progress(PASSES * file.size_bytes, PASSES * file.size_bytes)


def _records(file: FhirFile, progress: Progress | None) -> Iterator[Record | RowError]:
    index, counts = Index(), Counter[str]()
    yield from _first_pass(file, index, counts, _tell(progress, file, 0))
    index.finish()
    for entry in file.entries(_tell(progress, file, 1)):
        if isinstance(entry, RowError) or entry.type not in ("Location", "Organization", "Practitioner"):
            continue
        match decode(entry, KNOWN[entry.type])[0]:
            case Location() as location:
                found = location_facility(entry, location, index)
                counts["Location without a facility"] += not found
                yield from found
            case Organization() as organization:
                yield from organization_facility(entry, organization, index)
            case Practitioner() as person:
                yield practitioner(entry, person, index.practitioners[key_of(entry.type, person, entry.full_url, entry.line)])
            case _:
                pass
    if counts["PractitionerRole"]:
        for entry in file.entries(_tell(progress, file, 2)):
            if not isinstance(entry, RowError) and entry.type == "PractitionerRole":
                role, errors = decode(entry, PractitionerRole)
                yield from errors
                if role:
                    yield from roles(entry, role, index)
    yield from _summary(file, index, counts)


def _first_pass(file: FhirFile, index: Index, counts: Counter[str], tell: Callable[[int], None]) -> Iterator[RowError]:
    first_error = None
    for entry in file.entries(tell):
        if isinstance(entry, RowError):
            first_error = first_error or entry
            yield entry
            continue
        counts[entry.type if entry.type in KNOWN or entry.type == "PractitionerRole" else f"other {entry.type}"] += 1
        if entry.type in KNOWN:
            resource, errors = decode(entry, KNOWN[entry.type])
            yield from errors
            if resource:
                yield from note(index, entry, resource)
    if not any(counts[type_] for type_ in (*KNOWN, "PractitionerRole")):
        told = f" The first error, in line or entry {first_error.line}: {first_error.problem}" if first_error else ""
        raise BadFile(
            f"{file.name} has no resource that is read here.{told} Give the Locations, Organizations, Practitioners, "
            "PractitionerRoles and HealthcareServices of a directory in FHIR R4."
        )


def _within_limits(record: Record) -> Iterator[Record | RowError]:
    """The record without cells that no CSV could have either: those who clean it count on the limit."""
    cells = {field: text for field, text in record.cells.items() if len(text) <= FIELD_LIMIT}
    for field in record.cells.keys() - cells.keys():
        yield RowError(
            line=record.line,
            column=COLUMN_OF.get(field, field),
            value=record.cells[field][:SHOWN] + "…",
            problem=f"The text has {len(record.cells[field]):,} characters; at most {FIELD_LIMIT:,} are read.",
            advice="Shorten it.",
            severity=Severity.WARNING,
        )
    yield record._replace(cells=cells)


def _tell(progress: Progress | None, file: FhirFile, passed: int) -> Callable[[int], None]:
    def tell(read_bytes: int) -> None:
        if progress:
            progress(min(read_bytes, file.size_bytes) + passed * file.size_bytes, PASSES * file.size_bytes)

    return tell


def _summary(file: FhirFile, index: Index, counts: Counter[str]) -> Iterator[RowError]:
    """What was passed over without a word, counted."""

    def told(problem: str, advice: str) -> RowError:
        return RowError(line=0, problem=problem, advice=advice, severity=Severity.WARNING)

    others = {type_.removeprefix("other "): count for type_, count in sorted(counts.items()) if type_.startswith("other ")}
    if others:
        listed = ", ".join(f"{type_} ({count:,})" for type_, count in list(others.items())[:20])
        yield told(f"Resources of these types are not read: {listed}.", "This is fine where none of them is a place of care.")
    if count := counts["Location without a facility"]:
        problem = f"{count:,} Locations are no places that people look for: beds, rooms, wards, areas, or kinds of places."
        yield told(problem, "Roles there count for the place around it. Correct physicalType and mode where this is wrong.")
    if count := index.unplaced_services:
        yield told(
            f"{count:,} HealthcareServices name no location that is in the file.",
            "Give them a location, so that they count for a facility.",
        )
    if index.unresolved:
        listed = ", ".join(f"{what} ({count:,})" for what, count in sorted(index.unresolved.items()))
        yield told(f"The file refers to organizations that are not in it: {listed}.", "Load it together with its Organizations.")
    if file.has_next_page:
        problem = "This is one page of what a server found: it has a link to the next one."
        yield told(problem, "Get all pages, or a bulk export; what is on the other pages is missing here.")
