"""The entries of our table of specialties in the words of schema.org's enumeration ``MedicalSpecialty``."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from finder.care.specialties import specialties

__all__ = ["medical_specialties"]

_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "anaesthesiology": ("Anesthesia",),
    "cardiology": ("Cardiovascular",),
    "complex_family_planning": ("Gynecologic",),
    "dentistry": ("Dentistry",),
    "dermatologic_surgery": ("DermatologicSurgery",),
    "dermatology": ("Dermatology",),
    "emergency_medicine": ("Emergency",),
    "endocrinology": ("Endocrine",),
    "gastroenterology": ("Gastroenterologic",),
    "general_practice": ("PrimaryCare",),
    "general_surgery": ("Surgical",),
    "geriatrics": ("Geriatric",),
    "gynaecologic_oncology": ("Gynecologic", "Oncologic"),
    "haematology": ("Hematologic",),
    "infectious_disease": ("Infectious",),
    "laboratory_technology": ("LaboratoryScience",),
    "maternal_fetal_medicine": ("Obstetric",),
    "medical_genetics": ("Genetic",),
    "medical_oncology": ("Oncologic",),
    "midwifery": ("Midwifery",),
    "nephrology": ("Renal",),
    "neurology": ("Neurologic",),
    "nursing": ("Nursing",),
    "nutrition": ("DietNutrition",),
    "obstetrics_gynaecology": ("Gynecologic", "Obstetric"),
    "optometry": ("Optometric",),
    "orthopaedics": ("Musculoskeletal",),
    "otolaryngology": ("Otolaryngologic",),
    "paediatrics": ("Pediatric",),
    "pathology": ("Pathology",),
    "pharmacy": ("PharmacySpecialty",),
    "physiotherapy": ("Physiotherapy",),
    "plastic_surgery": ("PlasticSurgery",),
    "podiatry": ("Podiatric",),
    "preventive_medicine": ("PublicHealth",),
    "psychiatry": ("Psychiatric",),
    "pulmonology": ("Pulmonary",),
    "radiology": ("Radiography",),
    "reproductive_endocrinology": ("Endocrine", "Gynecologic"),
    "respiratory_therapy": ("RespiratoryTherapy",),
    "rheumatology": ("Rheumatologic",),
    "speech_therapy": ("SpeechPathology",),
    "toxicology": ("Toxicologic",),
    "urogynaecology": ("Gynecologic", "Urologic"),
    "urology": ("Urologic",),
}
"""Entry → members. An entry that is not here is what those above it are."""


@cache
def medical_specialties(care_id: str) -> tuple[str, ...]:
    """Addresses of the members that a specialty is, or is part of; none where schema.org has none for it.

    A children's heart doctor is ``Pediatric`` and ``Cardiovascular``. Raises :class:`NotFound` for an unknown id.
    """
    above = specialties().get(care_id).parents
    if care_id in _MEMBERS:
        return tuple(f"https://schema.org/{member}" for member in _MEMBERS[care_id])
    return tuple(dict.fromkeys(member for parent in above for member in medical_specialties(parent)))
