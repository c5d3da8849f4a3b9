"""The words for the kinds, fields and hours of a facility. ``N_`` marks a text for the catalogue; it is translated when shown."""

from finder.domain.facility import FacilityKind, Wheelchair

__all__ = ["FIELD_LABELS", "KIND_LABELS", "N_", "WHEELCHAIR_LABELS"]


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for this mark
    """The message itself."""
    return message


KIND_LABELS = {
    FacilityKind.HOSPITAL: N_("Hospital"),
    FacilityKind.EMERGENCY: N_("Emergency room"),
    FacilityKind.URGENT_CARE: N_("Urgent care"),
    FacilityKind.CLINIC: N_("Clinic or health centre"),
    FacilityKind.DOCTORS: N_("Doctor's office"),
    FacilityKind.DENTIST: N_("Dentist"),
    FacilityKind.PHARMACY: N_("Pharmacy"),
    FacilityKind.MENTAL_HEALTH: N_("Mental health"),
    FacilityKind.ADDICTION_TREATMENT: N_("Addiction treatment"),
    FacilityKind.LABORATORY: N_("Laboratory"),
    FacilityKind.REHABILITATION: N_("Rehabilitation"),
    FacilityKind.EYE_CARE: N_("Eye care"),
    FacilityKind.MATERNITY: N_("Pregnancy and birth"),
    FacilityKind.MOBILE_UNIT: N_("Mobile unit"),
    FacilityKind.OTHER: N_("Other care"),
}

WHEELCHAIR_LABELS = {
    Wheelchair.YES: N_("Wheelchair access"),
    Wheelchair.LIMITED: N_("Limited wheelchair access"),
    Wheelchair.NO: N_("No wheelchair access"),
}

FIELD_LABELS = {
    "name": N_("Name"),
    "names": N_("Name"),
    "kind": N_("Kind of care"),
    "lon_lat": N_("Place on the map"),
    "position_accuracy_m": N_("Accuracy of the place on the map"),
    "address": N_("Address"),
    "phones": N_("Phone"),
    "website": N_("Website"),
    "opening_hours": N_("Opening hours"),
    "time_zone": N_("Time zone"),
    "services": N_("Services"),
    "languages": N_("Languages spoken"),
    "accessibility": N_("Accessibility"),
    "identifiers": N_("Identifiers"),
    "status": N_("Status"),
}
"""By the field's name in ``Facility``; a field without a label is shown by its own name."""
