"""What a list of results says of a facility, encoded once when it is published."""

import msgspec

from finder.domain.facility import Facility, FacilityKind, Wheelchair

__all__ = ["FacilitySummary", "summary_of"]


class FacilitySummary(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a search result that does not depend on who asks. Fields that are unknown are null."""

    id: str
    name: str
    kind: FacilityKind
    lat: float
    lon: float
    address: str | None
    phone: str | None
    website: str | None
    opening_hours: str | None
    time_zone: str | None
    languages: tuple[str, ...]
    services: tuple[str, ...]
    plans: tuple[str, ...]
    wheelchair: Wheelchair | None


def summary_of(facility: Facility) -> FacilitySummary:
    """Return what a list says of the facility: the first phone, the address as one line."""
    return FacilitySummary(
        id=facility.id,
        name=facility.name,
        kind=facility.kind,
        lat=facility.lon_lat.lat,
        lon=facility.lon_lat.lon,
        address=facility.address.line() or None,
        phone=facility.phones[0] if facility.phones else None,
        website=facility.website,
        opening_hours=facility.opening_hours,
        time_zone=facility.time_zone,
        languages=facility.languages,
        services=facility.services,
        plans=facility.plans,
        wheelchair=facility.accessibility.wheelchair,
    )
