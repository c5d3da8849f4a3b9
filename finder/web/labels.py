"""The words for the kinds, fields and hours of a facility. ``N_`` marks a text for the catalogue; it is translated when shown."""

from finder.directions.borders import Documents, Lane
from finder.directions.estimate import TravelMode
from finder.directory import OpenWish, Sort, What
from finder.domain.facility import FacilityKind, Wheelchair
from finder.domain.practitioner import Gender
from finder.web.language import Reader

__all__ = [
    "DOCUMENTS_LABELS",
    "FIELD_LABELS",
    "GENDER_LABELS",
    "KIND_LABELS",
    "LANE_LABELS",
    "MODE_LABELS",
    "N_",
    "OPEN_LABELS",
    "SORT_LABELS",
    "WHAT_LABELS",
    "WHEELCHAIR_LABELS",
    "within_label",
]


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

WHAT_LABELS = {
    What.PRACTITIONERS: N_("Doctors and other professionals"),
    What.FACILITIES: N_("Places of care"),
    What.EITHER: N_("Both"),
}

OPEN_LABELS = {
    OpenWish.NOW: N_("Open now"),
    OpenWish.ON_ARRIVAL: N_("Open when I arrive"),
}
"""Those that a form can ask for."""

GENDER_LABELS = {
    Gender.FEMALE: N_("Woman"),
    Gender.MALE: N_("Man"),
}
"""Those that can be asked for."""

SORT_LABELS = {
    Sort.DISTANCE: N_("Nearest first"),
    Sort.BEST: N_("Best match first"),
    Sort.TRAVEL_TIME: N_("Quickest first"),
}

MODE_LABELS = {
    TravelMode.FOOT: N_("On foot"),
    TravelMode.CAR: N_("Car"),
    TravelMode.BICYCLE: N_("Bicycle"),
    TravelMode.WHEELCHAIR: N_("Wheelchair"),
    TravelMode.TRANSIT: N_("Public transport"),
}

DOCUMENTS_LABELS = {
    Documents.NONE: N_("Nothing: only this side"),
    Documents.GENERAL: N_("Passport or visa"),
    Documents.READY: N_("Documents for the Ready Lane"),
    Documents.SENTRI: N_("SENTRI"),
    Documents.MEDICAL_FAST_LANE: N_("Passport and medical lane pass"),
}

LANE_LABELS = {
    Lane.GENERAL: N_("general lane"),
    Lane.READY: N_("Ready Lane"),
    Lane.SENTRI: N_("SENTRI lane"),
    Lane.MEDICAL_FAST_LANE: N_("medical lane"),
    Lane.PEDESTRIAN: N_("pedestrian crossing"),
    Lane.PEDESTRIAN_READY: N_("pedestrian Ready Lane"),
}

FIELD_LABELS = {
    "name": N_("Name"),
    "names": N_("Name"),
    "kind": N_("Kind of care"),
    "lon_lat": N_("Place on the map"),
    "position_accuracy_m": N_("Accuracy of the place on the map"),
    "entrances": N_("Entrances"),
    "address": N_("Address"),
    "phones": N_("Phone"),
    "website": N_("Website"),
    "opening_hours": N_("Opening hours"),
    "time_zone": N_("Time zone"),
    "services": N_("Services"),
    "languages": N_("Languages spoken"),
    "plans": N_("Plans accepted"),
    "accessibility": N_("Accessibility"),
    "identifiers": N_("Identifiers"),
    "status": N_("Status"),
    "given": N_("Name"),
    "family": N_("Name"),
    "credential": N_("Credential"),
    "specialties": N_("Specialties"),
    "gender": N_("Gender"),
    "accepting_new_patients": N_("New patients"),
    "telehealth": N_("Visits by video or phone"),
}
"""By the field's name in ``Facility``, ``Practitioner`` or ``Role``; a field without a label is shown by its own name."""


def within_label(within: str, reader: Reader) -> str:
    """``Within 5 km`` for ``5km``, ``Within 1 mile`` for ``1mi``."""
    step, unit = int(within[:-2]), within[-2:]
    if unit == "km":
        return reader.text("Within %(num)d km", num=step)
    return reader.plural("Within %(num)d mile", "Within %(num)d miles", step)
