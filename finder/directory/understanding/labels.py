"""What a part of a person's words was taken for, said in Spanish or English."""

from collections.abc import Mapping
from typing import Final

from babel import Locale, UnknownLocaleError

from finder.care.specialties import specialties
from finder.directory.plans import PlanBook
from finder.directory.understanding.types import Part, PartKind
from finder.domain.facility import FacilityKind

__all__ = ["kind_name", "language_name", "part_label"]

_KINDS: Final[Mapping[FacilityKind, tuple[str, str]]] = {
    FacilityKind.HOSPITAL: ("Hospital", "Hospital"),
    FacilityKind.EMERGENCY: ("Emergency department", "Urgencias"),
    FacilityKind.URGENT_CARE: ("Urgent care", "Atención médica inmediata"),
    FacilityKind.CLINIC: ("Clinic", "Clínica"),
    FacilityKind.DOCTORS: ("Doctor's office", "Consultorio"),
    FacilityKind.DENTIST: ("Dentist", "Dentista"),
    FacilityKind.PHARMACY: ("Pharmacy", "Farmacia"),
    FacilityKind.MENTAL_HEALTH: ("Mental health", "Salud mental"),
    FacilityKind.ADDICTION_TREATMENT: ("Addiction treatment", "Tratamiento de adicciones"),
    FacilityKind.LABORATORY: ("Laboratory", "Laboratorio"),
    FacilityKind.REHABILITATION: ("Rehabilitation", "Rehabilitación"),
    FacilityKind.EYE_CARE: ("Eye care", "Atención de la vista"),
    FacilityKind.MATERNITY: ("Maternity", "Maternidad"),
    FacilityKind.MOBILE_UNIT: ("Mobile unit", "Unidad móvil"),
    FacilityKind.OTHER: ("Other care", "Otra atención"),
}
_LANGUAGES: Final[Mapping[str, tuple[str, str]]] = {
    "ase": ("American Sign Language", "lengua de señas estadounidense"),
    "mfs": ("Mexican Sign Language", "lengua de señas mexicana"),
    "mix": ("Mixtec", "mixteco"),
    "nah": ("Nahuatl", "náhuatl"),
}
"""Those that the Unicode CLDR does not name in both languages, or names with a region."""
_WISHES: Final[Mapping[tuple[PartKind, str], tuple[str, str]]] = {
    (PartKind.OPEN, "now"): ("Open now", "Abierto ahora"),
    (PartKind.OPEN, "on_arrival"): ("Open when you arrive", "Abierto cuando llegue"),
    (PartKind.OPEN, "another_time"): ("Open at another time", "Abierto a otra hora"),
    (PartKind.ACCEPTING, "yes"): ("Accepts new patients", "Acepta pacientes nuevos"),
    (PartKind.WHEELCHAIR, "yes"): ("Wheelchair access", "Acceso en silla de ruedas"),
    (PartKind.TELEHEALTH, "yes"): ("By video or phone", "Por video o teléfono"),
    (PartKind.GENDER, "female"): ("Woman", "Mujer"),
    (PartKind.GENDER, "male"): ("Man", "Hombre"),
    (PartKind.PLAN, ""): ("Takes your plan (say which)", "Acepta su seguro (diga cuál)"),
}


def kind_name(kind: FacilityKind, language: str) -> str:
    """The name of a kind of facility: in Spanish for ``es`` and its regions, else in English."""
    return _KINDS[kind][language.startswith("es")]


def language_name(tag: str, language: str) -> str:
    """The name of a language by its BCP 47 tag, as :func:`kind_name`; the tag itself where it has none."""
    spanish = language.startswith("es")
    if tag in _LANGUAGES:
        return _LANGUAGES[tag][spanish]
    locale = Locale("es" if spanish else "en")
    try:
        return locale.languages.get(tag) or Locale.parse(tag, sep="-").get_display_name(locale) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def part_label(part: Part, plans: PlanBook, language: str) -> str:
    """What the part asks for, as :func:`kind_name`; places and names in the words of who typed them."""
    match part.kind:
        case PartKind.SPECIALTY | PartKind.SERVICE:
            return specialties().get(part.value).name(language)
        case PartKind.KIND:
            return kind_name(FacilityKind(part.value), language)
        case PartKind.LANGUAGE:
            return language_name(part.value, language)
        case PartKind.PLAN if part.value:
            return plans.get(part.value).label()
        case PartKind.NAME | PartKind.PLACE:
            return part.value
        case _:
            return _WISHES[part.kind, part.value][language.startswith("es")]
