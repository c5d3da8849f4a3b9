"""What a page says of a place or a person, once more for machines: JSON-LD in the vocabulary of https://schema.org.

Only what is known is said: no hours of an unknown day, no point on the map where there is but a rough one, no consent to new
patients that nobody has looked at for too long. The numbers of days and the texts are those of the page.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from markupsafe import Markup

from finder.care.specialties import CareKind, Specialty, specialties
from finder.directory.cares import cares_of_facility, cares_of_role, specialty_ids
from finder.directory.hours import DayHours
from finder.directory.marks import taken_plans
from finder.directory.people import Person
from finder.directory.plans import plan_of
from finder.domain.facility import Address, Facility, FacilityKind
from finder.domain.practitioner import Role
from finder.web.accepting import accepts_for_certain
from finder.web.formats import phone_link, safe_website
from finder.web.medical_specialties import medical_specialties

__all__ = ["Work", "facility_data", "is_physician", "practitioner_data", "script_text"]


class Work(NamedTuple):
    """A role, the place if one is known, and the hours of the role itself for the coming days."""

    role: Role
    facility: Facility | None
    days: Sequence[DayHours]


_TYPES: Final[Mapping[FacilityKind, str | list[str]]] = {
    FacilityKind.HOSPITAL: "Hospital",
    FacilityKind.EMERGENCY: ["EmergencyService", "MedicalClinic"],
    FacilityKind.DOCTORS: "Physician",  # "an individual physician or a physician's office", says schema.org
    FacilityKind.DENTIST: "Dentist",
    FacilityKind.PHARMACY: "Pharmacy",
    FacilityKind.LABORATORY: ["DiagnosticLab", "MedicalBusiness"],
    FacilityKind.EYE_CARE: ["MedicalBusiness", "MedicalOrganization"],
    FacilityKind.OTHER: ["MedicalBusiness", "MedicalOrganization"],
}
"""All others are a ``MedicalClinic``. Each is a MedicalOrganization, which has specialties, and a Place, which has a point."""

_SHARED_SCHEMES: Final = ("npi", "ccn", "clues", "cedula")
"""Identifiers that mean something outside this finder."""
_PHYSICIANS: Final = "20"
"""How the NUCC codes of allopathic and osteopathic physicians begin."""
_WHOLE_DAY: Final = timedelta(hours=24)


def script_text(data: Mapping[str, Any]) -> Markup:
    """The data as the text of a ``<script type="application/ld+json">``: no ``<`` in it can end that or begin anything."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":  # JSON has these three in strings alone, where they may be written so
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704


def facility_data(
    facility: Facility,
    days: Sequence[DayHours],
    listings: Iterable[tuple[Facility, Person, Role]],
    site: str,
    language: str,
) -> dict[str, Any]:
    """A place of care. ``days`` are its hours, ``listings`` who works there, ``site`` is ``https://finder.example``."""
    table = specialties()
    practised = dict.fromkeys(id_ for _, person, role in listings for id_ in cares_of_role(person, role, table))
    cares = [table.get(id_) for id_ in cares_of_facility(facility, practised, table)]
    names = dict.fromkeys(facility.names.values())
    return _known(
        {
            "@context": "https://schema.org",
            **_place(facility, site),
            "alternateName": [name for name in names if name != facility.name],
            "sameAs": safe_website(facility.website),
            "telephone": _telephones(facility.phones),
            "identifier": _identifiers(facility.identifiers),
            "openingHoursSpecification": _opening_hours(days),
            "medicalSpecialty": _specialties(cares, language),
            "knowsLanguage": list(facility.languages),
            "healthPlanNetworkId": _networks(facility.plans),
        }
    )


def practitioner_data(person: Person, work: Sequence[Work], site: str, language: str, at: datetime) -> dict[str, Any]:
    """A practitioner: of a physician one ``Physician`` for each place of work, which has hours; of all others a ``Person``."""
    if not is_physician(person):
        return _person(person, work, site, language)
    if len(work) < 2:
        return {"@context": "https://schema.org", **_physician(person, work[0] if work else None, site, language, at)}
    each = (_physician(person, one, site, language, at) for one in work)
    graph = [{**one, "@id": f"{one['@id']}#place-{number}"} for number, one in enumerate(each, start=1)]
    return {"@context": "https://schema.org", "@graph": graph}


def is_physician(person: Person) -> bool:
    """Whether one of the practitioner's specialties is a physician's by its NUCC code."""
    return any(one.code.startswith(_PHYSICIANS) for one in _cares(person.practitioner.specialties))


def _physician(person: Person, work: Work | None, site: str, language: str, at: datetime) -> dict[str, Any]:
    told = person.practitioner
    page = f"{site}/practitioners/{told.id}"
    role, facility, days = work or _NOWHERE
    cares = _cares(person.specialties_of(role) if role else told.specialties)
    exact = facility is not None and facility.position_accuracy_m is None
    return _known(
        {
            "@type": "Physician",
            "@id": page,
            "name": told.name,
            "url": page,
            "identifier": _identifiers(told.identifiers),
            "hasCredential": _credential(told.credential),
            "medicalSpecialty": _specialties(cares, language),
            "knowsLanguage": list(told.languages),
            "location": _known(_place(facility, site)) if facility else None,
            "address": _address(_address_of(role, facility)) if role else None,
            "geo": _geo(facility) if facility and exact else None,
            "telephone": _telephones((role.phones if role else ()) or (facility.phones if facility else ())),
            "openingHoursSpecification": _opening_hours(days),
            "isAcceptingNewPatients": accepts_for_certain(role, at) if role else None,
            "healthPlanNetworkId": _networks(taken_plans(facility, role) if facility else role.plans) if role else [],
        }
    )


def _person(person: Person, work: Sequence[Work], site: str, language: str) -> dict[str, Any]:
    told = person.practitioner
    page = f"{site}/practitioners/{told.id}"
    occupations = [one.person(language) or one.name(language) for one in _cares(told.specialties)]
    phones = dict.fromkeys(phone for role, facility, _ in work for phone in role.phones or (facility.phones if facility else ()))
    return _known(
        {
            "@context": "https://schema.org",
            "@type": "Person",
            "@id": page,
            "name": told.name,
            "url": page,
            "givenName": told.given,
            "familyName": told.family,
            "honorificSuffix": told.credential,
            "gender": told.gender.value if told.gender else None,
            "identifier": _identifiers(told.identifiers),
            "hasOccupation": [{"@type": "Occupation", "name": name} for name in occupations],
            "knowsLanguage": list(told.languages),
            "telephone": _telephones(phones),
            "workLocation": [_known(_place_of_work(role, facility, site)) for role, facility, _ in work],
        }
    )


def _place(facility: Facility, site: str) -> dict[str, Any]:
    page = f"{site}/facilities/{facility.id}"
    return {
        "@type": _TYPES.get(facility.kind, "MedicalClinic"),
        "@id": page,
        "name": facility.name,
        "url": page,
        "address": _address(facility.address),
        "geo": _geo(facility) if facility.position_accuracy_m is None else None,
    }


def _place_of_work(role: Role, facility: Facility | None, site: str) -> dict[str, Any]:
    return _place(facility, site) if facility else {"@type": "Place", "address": _address(role.address)}


def _address_of(role: Role, facility: Facility | None) -> Address:
    return facility.address if facility and not role.address.line() else role.address


def _address(address: Address) -> dict[str, Any] | None:
    """The parts that schema.org has a name for; what stands before the town goes into the street's line."""
    street = Address(
        house_number=address.house_number,
        street=address.street,
        unit=address.unit,
        neighbourhood=address.neighbourhood,
        country=address.country,
    ).line()
    parts = {
        "streetAddress": street,
        "addressLocality": address.city,
        "addressRegion": address.state,
        "postalCode": address.postcode,
        "addressCountry": address.country,
    }
    known = _known(parts)
    return {"@type": "PostalAddress", **known} if known else None


def _geo(facility: Facility) -> dict[str, Any]:
    return {"@type": "GeoCoordinates", "latitude": facility.lon_lat.lat, "longitude": facility.lon_lat.lon}


def _telephones(phones: Iterable[str]) -> list[str]:
    """Those that can be called; a source may have written words."""
    return [link.removeprefix("tel:") for link in map(phone_link, phones) if link]


def _identifiers(identifiers: Mapping[str, str]) -> list[dict[str, Any]]:
    shared = [(scheme, identifiers[scheme]) for scheme in _SHARED_SCHEMES if scheme in identifiers]
    return [{"@type": "PropertyValue", "propertyID": scheme.upper(), "value": value} for scheme, value in shared]


def _credential(credential: str | None) -> dict[str, Any] | None:
    return {"@type": "EducationalOccupationalCredential", "name": credential} if credential else None


def _opening_hours(days: Sequence[DayHours]) -> list[dict[str, Any]]:
    """One entry for each range of each known day, of that date alone: the next week may hold a holiday."""
    said: list[dict[str, Any]] = []
    for day in days:
        if day.unknown or day.comment:  # "by appointment" can be said of no range
            continue
        # Closed all day is written as a range of no length, see developers.google.com/search/docs/appearance.
        ranges = [_clock(start, end) for start, end in day.ranges] or [("00:00", "00:00")]
        said += [
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": f"https://schema.org/{_DAYS[day.date.weekday()]}",
                "opens": opens,
                "closes": closes,
                "validFrom": day.date.isoformat(),
                "validThrough": day.date.isoformat(),
            }
            for opens, closes in ranges
        ]
    return said


_NOWHERE: Final = (None, None, ())
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _clock(start: datetime, end: datetime) -> tuple[str, str]:
    closes = f"{end:%H:%M}"
    # A range that ends at midnight, or goes through the day, would read as one of no length.
    ends_with_the_day = end - start >= _WHOLE_DAY or closes == "00:00"
    return f"{start:%H:%M}", "23:59" if ends_with_the_day else closes


def _specialties(cares: Iterable[Specialty], language: str) -> list[str]:
    """Members of schema.org's list where it has one, else the name in the reader's language."""
    offered = (one for one in cares if one.kind is CareKind.SPECIALTY)
    return list(dict.fromkeys(text for one in offered for text in medical_specialties(one.id) or (one.name(language),)))


def _cares(stated: Iterable[str]) -> list[Specialty]:
    table = specialties()
    return [table.get(id_) for id_ in specialty_ids(stated, table)]


def _networks(plans: Iterable[str]) -> list[str]:
    return [plan_of(text).label() for text in plans]


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty; False is something known."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}
