"""From the domain's nouns to rows and back: the one place that knows both."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

import msgspec

from finder.domain.facility import Accessibility, Address, Facility, FacilityKind, FacilityStatus, Provenance, Wheelchair
from finder.domain.load import Load

__all__ = ["facility_from_row", "facility_to_row", "identifiers_to_rows", "load_from_row", "load_to_row"]

ADDRESS_PARTS = Address.__struct_fields__


def facility_to_row(facility: Facility) -> dict[str, Any]:
    """The values of one row of ``facility``, by column."""
    address = {part: getattr(facility.address, part) for part in ADDRESS_PARTS}
    return address | {
        "id": facility.id,
        "kind": facility.kind.value,
        "name": facility.name,
        "lon_lat": facility.lon_lat,
        "names": facility.names,
        "phones": facility.phones,
        "website": facility.website,
        "opening_hours": facility.opening_hours,
        "time_zone": facility.time_zone,
        "services": facility.services,
        "languages": facility.languages,
        "wheelchair": facility.accessibility.wheelchair,
        "accessibility_description": facility.accessibility.description,
        "status": facility.status.value,
        "provenance": msgspec.to_builtins(facility.provenance),
    }


def identifiers_to_rows(facility: Facility) -> list[dict[str, str]]:
    """The values of a facility's rows of ``facility_identifier``."""
    return [{"scheme": scheme, "value": value, "facility_id": facility.id} for scheme, value in facility.identifiers.items()]


def facility_from_row(row: Mapping[Any, Any], identifiers: dict[str, str]) -> Facility:
    """The facility of a row and of its identifiers."""
    return Facility(
        id=row["id"],
        kind=FacilityKind(row["kind"]),
        name=row["name"],
        lon_lat=row["lon_lat"],
        names=row["names"],
        address=Address(**{part: row[part] for part in ADDRESS_PARTS}),
        phones=tuple(row["phones"]),
        website=row["website"],
        opening_hours=row["opening_hours"],
        time_zone=row["time_zone"],
        services=tuple(row["services"]),
        languages=tuple(row["languages"]),
        accessibility=Accessibility(
            wheelchair=Wheelchair(row["wheelchair"]) if row["wheelchair"] else None,
            description=row["accessibility_description"],
        ),
        identifiers=identifiers,
        status=FacilityStatus(row["status"]),
        provenance=msgspec.convert(row["provenance"], dict[str, Provenance]),
    )


def load_to_row(load: Load) -> dict[str, Any]:
    """The values of one row of ``load`` without its id, which the database gives."""
    return {name: value for name, value in msgspec.structs.asdict(load).items() if name != "id"}


def load_from_row(row: Mapping[Any, Any]) -> Load:
    """The load of a row. SQLite forgets time zones; what is stored is UTC."""
    started_at = row["started_at"]
    return Load(**{**row, "started_at": started_at if started_at.tzinfo else started_at.replace(tzinfo=UTC)})
