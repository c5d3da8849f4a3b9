"""What the codes of FHIR's directories mean in our words."""

import re

from finder.domain.facility import FacilityKind, FacilityStatus
from finder.loading.fold import folded
from finder.loading.sources.fhir_resources import Concept
from finder.loading.words import kinds

__all__ = [
    "ACCEPTING",
    "ACCESSIBLE",
    "NO_PROVIDERS",
    "NUCC",
    "STATUSES",
    "VIRTUAL",
    "is_destination",
    "kind_of",
    "kind_of_service",
    "scheme_of",
]

NUCC = "nucc.org/provider-taxonomy"
"""How the system of the National Uniform Claim Committee's codes of specialties ends."""

STATUSES = {
    "active": FacilityStatus.OPEN,
    "suspended": FacilityStatus.TEMPORARILY_CLOSED,
    "inactive": FacilityStatus.CLOSED,
}
"""``Location.status``."""

NO_PROVIDERS = frozenset({"pay", "payer", "ins", "ntwk", "edu", "govt", "reli", "crs", "cg", "bus", "team", "atyprv"})
"""``Organization.type`` of those whom no patient visits, of HL7's organization-type and Plan-Net's OrgTypeCS."""

ACCEPTING = {"newpt": "true", "nopt": "false", "existptonly": "false", "existptfam": "false"}
"""Plan-Net's AcceptingPatientsCS: whether somebody who was never there before is seen."""

ACCESSIBLE = frozenset({"adacomp", "handiaccess"})
"""Plan-Net's AccessibilityCS, where it says that a wheelchair gets in."""

VIRTUAL = frozenset({"vi", "virtual"})
"""``Location.physicalType`` and Plan-Net's DeliveryMethodCS, for what is no place. Compared in small letters."""

_KINDS: dict[FacilityKind, str] = {
    FacilityKind.HOSPITAL: "HOSP CHR GACH MHSP HU BMTU CCU CHEST EPIL ICU PEDICU PEDNICU NCCS NS PEDU",
    FacilityKind.EMERGENCY: "ER ETU",
    FacilityKind.CLINIC: (
        "OF ALL AMPUT BMTC BREAST CANC CARD PEDCARD COAG CRS DERM ENDO PEDE ENT FMC GI PEDGI GIM GYN HEM PEDHEM HTN IEC INFD "
        "PEDID INV LYMPH MGEN NEPH PEDNEPH NEUR OB OMS ONCL PEDHO ORTHO HAND PAINCL PC PEDC PEDRHEUM POD PREV PROCTO PROS "
        "RHEUM SPMED SU PLS URO TR TRAVEL WND HD SLEEP RADO CSC COMM"
    ),
    FacilityKind.DOCTORS: "PROFF",
    FacilityKind.PHARMACY: "PHARM OUTPHARM",
    FacilityKind.MENTAL_HEALTH: "PSYCHF PHU CAPC PSI PSY",
    FacilityKind.ADDICTION_TREATMENT: "RHAT SURF",
    FacilityKind.LABORATORY: "DX CVDX CATH ECHO GIDX ENDOS RADDX RNEU MBL HLAB INLAB OUTLAB HRAD HUSCS",
    FacilityKind.REHABILITATION: "RH RHU RHII RHMAD RHPI RHPIH RHPIMS RHPIVS RHYAD PRC",
    FacilityKind.EYE_CARE: "OPH OPTC",
    FacilityKind.MOBILE_UNIT: "MOBL",
    FacilityKind.OTHER: "INPHARM SNF NCCF RTF SCHOOL WORK UPC",
}
"""HL7 v3 RoleCode, value set ServiceDeliveryLocationRoleType; units of a hospital are found in the hospital."""
_KIND_OF = {code: kind for kind, codes in _KINDS.items() for code in codes.split()}

_SERVICE_KINDS = {
    "behav": FacilityKind.MENTAL_HEALTH,
    "dent": FacilityKind.DENTIST,
    "emerg": FacilityKind.EMERGENCY,
    "hosp": FacilityKind.HOSPITAL,
    "lab": FacilityKind.LABORATORY,
    "outpat": FacilityKind.CLINIC,
    "pharm": FacilityKind.PHARMACY,
    "prov": FacilityKind.DOCTORS,
    "urg": FacilityKind.URGENT_CARE,
    "vis": FacilityKind.EYE_CARE,
}
"""Plan-Net's HealthcareServiceCategoryCS, where a category makes a kind of place."""

_NO_DESTINATION_TYPES = frozenset({"AMB", "ACC", "PTRES", "DADDR", "VI"})
"""Of v3 RoleCode: an ambulance, an accident's site, a patient's home, an address for parcels; HL7 Australia's virtual one."""
_PARTS_OF_PLACES = frozenset({"bd", "ro", "wa", "wi", "lvl", "co", "ca", "rd", "area", "jdn", "vi"})
"""Of location-physical-type: beds, rooms, wards, wings, levels, corridors, cabinets; roads, areas, jurisdictions; the virtual."""

_SCHEMES = (
    ("npi", re.compile(r"(?:/(?:us-)?npi|2\.16\.840\.1\.113883\.4\.6)$")),
    ("ccn", re.compile(r"(?:/(?:us-)?ccn|2\.16\.840\.1\.113883\.4\.336)$")),
    ("clues", re.compile("clues")),
    ("cedula", re.compile("c[eé]dula")),
)


def scheme_of(system: str | None) -> str | None:
    """Our name of a system of identifiers that everybody shares: ``npi``, ``ccn``, ``clues``, ``cedula``."""
    return next((scheme for scheme, pattern in _SCHEMES if pattern.search((system or "").lower())), None)


def is_destination(types: tuple[Concept, ...], physical_type: Concept | None) -> bool:
    """Whether such a location is a place that patients look for, not a bed, a room or a county."""
    if physical_type and _PARTS_OF_PLACES.intersection(map(str.lower, physical_type.codes())):
        return False
    codes = {code for type_ in types for code in type_.codes()}
    return not codes or not codes <= _NO_DESTINATION_TYPES


def kind_of(types: tuple[Concept, ...], physical_type: Concept | None) -> FacilityKind | None:
    """The kind by the first type that tells, in code or in words; a vehicle is a mobile unit."""
    if physical_type and "ve" in physical_type.codes():
        return FacilityKind.MOBILE_UNIT
    for concept in types:
        words = (concept.text, *(coding.display for coding in concept.coding))
        found = [_KIND_OF.get(code) for code in concept.codes()] + [kinds().get(folded(word)) for word in words if word]
        if kind := next(filter(None, found), None):
            return kind
    return None


def kind_of_service(categories: tuple[Concept, ...]) -> FacilityKind | None:
    """The kind of place where a service of this category is given, where that can be said."""
    return next((_SERVICE_KINDS[code] for each in categories for code in each.codes() if code in _SERVICE_KINDS), None)
