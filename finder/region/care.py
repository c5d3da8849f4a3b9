"""Which of OpenStreetMap's objects are places of care, of what kind, and which of them are gone.

Sources: the wiki's pages Key:healthcare, Key:amenity, Lifecycle prefix, Key:end_date.
"""

import re
from datetime import date

from finder.domain.facility import FacilityKind
from finder.region.tag_values import Tags, values_in
from finder.words.folding import fold

__all__ = ["CARE_KEYS", "NO_CARE", "is_gone", "kind_of"]

CARE_KEYS = ("amenity", "healthcare")
"""A place of care has at least one of these keys."""

_K = FacilityKind
_AMENITY = {
    "hospital": _K.HOSPITAL,
    "clinic": _K.CLINIC,
    "doctors": _K.DOCTORS,
    "dentist": _K.DENTIST,
    "pharmacy": _K.PHARMACY,
}
_HEALTHCARE = {
    value: kind
    for kind, values in {
        _K.HOSPITAL: "hospital",
        _K.URGENT_CARE: "urgent_care walk_in_clinic",
        _K.CLINIC: "clinic centre center health_centre health_center community_health_centre vaccination_centre dialysis",
        _K.DOCTORS: "doctor doctors physician general_practitioner",
        _K.DENTIST: "dentist orthodontist",
        _K.PHARMACY: "pharmacy",
        _K.MENTAL_HEALTH: "psychotherapist counselling psychologist psychiatrist mental_health",
        _K.ADDICTION_TREATMENT: "addiction_treatment drug_rehabilitation",
        _K.LABORATORY: "laboratory lab sample_collection medical_imaging radiology",
        _K.REHABILITATION: "physiotherapist physiotherapy rehabilitation occupational_therapist speech_therapist",
        _K.EYE_CARE: "optometrist ophthalmologist eye_care",
        _K.MATERNITY: "midwife birthing_centre birthing_center maternity",
    }.items()
    for value in values.split()
}
NO_CARE = frozenset({"no", "none", "veterinary", "animal", "vacant", "disused", "abandoned", "closed", "ambulance_station"})
"""Values of ``healthcare`` that say that no person is seen there."""
_GENERAL = frozenset({_K.CLINIC, _K.DOCTORS, _K.OTHER})
_OTHER_BUSINESS = ("amenity", "shop", "office", "craft", "leisure", "tourism", "landuse")

_LIFECYCLE = ("disused", "abandoned", "demolished", "removed", "razed", "destroyed", "was", "historic")
_HISTORICAL = re.compile(
    r"[(\[]\s*(historical|historic|historico|historica|former|formerly|closed|permanently closed|cerrado|cerrada|clausurado|"
    r"clausurada|demolished|disused|abandoned|abandonado|abandonada)\b"
)
_CLOSED_FOR_GOOD = re.compile(r'(24/7\s+)?(off|closed)(\s+".*")?', re.IGNORECASE)


def kind_of(tags: Tags) -> FacilityKind | None:
    """The kind of place of care, or ``None`` for what is none.

    ``amenity`` decides, unless it says only clinic or doctors and ``healthcare`` says more: a clinic that is a laboratory is
    a laboratory. Any other ``healthcare=*`` (an osteopath, a blood donation office) is OTHER, with the value among its
    services. ``healthcare=yes`` makes a place of care only of what is nothing else: no shop, no office.
    """
    amenity = next((_AMENITY[value] for value in values_in(tags.get("amenity")) if value in _AMENITY), None)
    words = [value for value in values_in(tags.get("healthcare")) if value not in NO_CARE]
    healthcare = next((_HEALTHCARE[value] for value in words if value in _HEALTHCARE), None)
    if healthcare is None and any(value != "yes" for value in words):
        healthcare = _K.OTHER
    if amenity is None and healthcare is None:
        alone = "yes" in words and not any(key in tags for key in _OTHER_BUSINESS)
        return _K.OTHER if alone else None
    if amenity is None:
        return healthcare
    if amenity in _GENERAL and "yes" in values_in(tags.get("urgent_care")):
        return _K.URGENT_CARE
    return healthcare if amenity in _GENERAL and healthcare not in {None, *_GENERAL} else amenity


def is_gone(tags: Tags, today: date) -> bool:
    """Whether the place is no longer there: lifecycle tags, a name marked historical, a past ``end_date``, hours ``closed``."""
    if any(tags.get(key, "no") != "no" for key in ("disused", "abandoned", "demolished", "razed", "ruins")):
        return True
    if tags.get("amenity") not in _AMENITY:
        # Half retagged: disused:amenity=clinic while healthcare=clinic stayed. A bank that became a pharmacy is no such.
        past = ({key: tags.get(f"{state}:{key}", "") for key in CARE_KEYS} for state in _LIFECYCLE)
        if any((was := kind_of(tags_then)) is not None and was is kind_of(tags) for tags_then in past):
            return True
    if any(_HISTORICAL.search(_unaccented(value)) for key, value in tags.items() if key == "name" or key.startswith("name:")):
        return True
    ended = tags.get("end_date", "").strip()
    # ISO dates compare as text; "2026" has ended when 2027 begins.
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", ended) and ended < today.isoformat()[: len(ended)]:
        return True
    return _CLOSED_FOR_GOOD.fullmatch(tags.get("opening_hours", "").strip()) is not None


def _unaccented(text: str) -> str:
    # fold() drops brackets, so each word is folded by itself between them.
    return "".join(part if part in "()[]" else f" {fold(part)} " for part in re.split(r"([()\[\]])", text))
