"""What OpenStreetMap's tags say of a place of care, in the words of the domain.

Sources: the wiki's pages Key:addr, Key:phone, Key:opening_hours, Key:wheelchair, Multilingual names.
"""

import re
from collections.abc import Callable
from datetime import date

import msgspec

from finder.domain.facility import Accessibility, Address, FacilityKind, Wheelchair
from finder.loading.check import check_opening_hours
from finder.loading.clean_phone import clean_phones
from finder.loading.clean_website import clean_website
from finder.loading.row_error import CellProblem
from finder.region.care import NO_CARE, kind_of
from finder.region.tag_values import Tags, date_in, text_of, values_in

__all__ = [
    "accessibility_of",
    "address_of",
    "country_of",
    "languages_of",
    "name_of",
    "names_by_language",
    "opening_hours_of",
    "phones_of",
    "services_of",
    "verified_at",
    "website_of",
]

_LANGUAGE = r"[a-z]{2,3}(?:-[A-Za-z]{2,8})?"
_NAME_KEY = re.compile(rf"name:({_LANGUAGE})")
_LANGUAGE_KEY = re.compile(rf"language:({_LANGUAGE})")
_NO_LANGUAGE = frozenset({"old", "alt", "loc", "int", "nat", "reg"})
_PHONE_KEYS = ("phone", "contact:phone", "mobile", "contact:mobile", "phone:mobile")
_WEBSITE_KEYS = ("website", "contact:website", "url")


def name_of(tags: Tags) -> str | None:
    """The name on the sign: ``name``, else one in a language, an official or short one, else the brand's or the operator's."""
    names = names_by_language(tags)
    candidates = [tags.get("name"), *(names[language] for language in sorted(names))]
    candidates += [tags.get(key) for key in ("official_name", "short_name", "brand", "operator")]
    return next((name.strip() for name in candidates if name and name.strip()), None)


def names_by_language(tags: Tags) -> dict[str, str]:
    """Names by BCP 47 language tag, from ``name:xx``."""
    return {
        match[1]: value.strip()
        for key, value in sorted(tags.items())
        if (match := _NAME_KEY.fullmatch(key)) and match[1] not in _NO_LANGUAGE and value.strip()
    }


def country_of(tags: Tags) -> str | None:
    """``addr:country``, when it is a code of two letters."""
    given = tags.get("addr:country", "").strip().upper()
    return given if re.fullmatch(r"[A-Z]{2}", given) else None


def address_of(tags: Tags, country: str | None) -> Address:
    """The parts of ``addr:*``; ``country`` stands in for a missing ``addr:country`` when any part is given."""
    address = Address(
        house_number=text_of(tags, "addr:housenumber"),
        street=text_of(tags, "addr:street", "addr:place"),
        unit=text_of(tags, "addr:unit", "addr:flats", "addr:door"),
        neighbourhood=text_of(tags, "addr:suburb", "addr:neighbourhood", "addr:quarter", "addr:district"),
        city=text_of(tags, "addr:city"),
        state=text_of(tags, "addr:state", "addr:province"),
        postcode=text_of(tags, "addr:postcode"),
        country=country_of(tags),
    )
    if address != Address() and address.country is None:
        return msgspec.structs.replace(address, country=country)
    return address


def phones_of(tags: Tags, country: str | None) -> tuple[str, ...]:
    """Phone numbers, each once: E.164 where they parse (with ``country`` for local ones), else as written."""
    found = (_cleaned(lambda text: clean_phones(text, country), tags.get(key)) for key in _PHONE_KEYS)
    return tuple(dict.fromkeys(phone for phones in found for phone in phones or ()))


def website_of(tags: Tags) -> str | None:
    """The first web address that is one; an address without its scheme gets ``https://``."""
    return next((address for key in _WEBSITE_KEYS if (address := _cleaned(clean_website, tags.get(key)))), None)


def opening_hours_of(tags: Tags) -> str | None:
    """``opening_hours`` as written, when it follows the grammar; what does not is left out, since nobody could read it right."""
    return _cleaned(check_opening_hours, tags.get("opening_hours"))


def services_of(tags: Tags) -> tuple[str, ...]:
    """What is offered: the specialities, ``emergency`` where ``emergency=yes``, and the ``healthcare`` value of kind OTHER."""
    services = [
        value for key in ("healthcare:speciality", "healthcare:specialty", "speciality") for value in values_in(tags.get(key))
    ]
    if tags.get("emergency") == "yes":
        services.insert(0, "emergency")
    if kind_of(tags) is FacilityKind.OTHER:
        services = [value for value in values_in(tags.get("healthcare")) if value not in NO_CARE] + services
    return tuple(dict.fromkeys(value for value in services if value not in {"yes", "no"}))


def languages_of(tags: Tags) -> tuple[str, ...]:
    """Languages spoken, as BCP 47 tags, from ``language:xx=yes``."""
    return tuple(
        match[1]
        for key, value in sorted(tags.items())
        if (match := _LANGUAGE_KEY.fullmatch(key)) and value in {"yes", "main", "designated"}
    )


def accessibility_of(tags: Tags) -> Accessibility:
    """Access by wheelchair and what is written of it; in English when the plain description is missing."""
    written = {"designated": "yes", "partial": "limited"}.get(tags.get("wheelchair", ""), tags.get("wheelchair"))
    wheelchair = next((value for value in Wheelchair if value.value == written), None)
    return Accessibility(wheelchair=wheelchair, description=text_of(tags, "wheelchair:description", "wheelchair:description:en"))


def verified_at(tags: Tags, today: date, field: str = "") -> date | None:
    """When somebody last looked: ``check_date:<field>``, ``check_date`` or ``survey:date``; a date yet to come is no date."""
    keys = (f"check_date:{field}", "check_date", "survey:date") if field else ("check_date", "survey:date")
    dates = (date_in(tags.get(key)) for key in keys)
    return next((day for day in dates if day is not None and day <= today), None)


def _cleaned[T](cleaner: Callable[[str], T], written: str | None) -> T | None:
    """What a cleaner of the loading room makes of a tag; nothing, where it can make nothing of it."""
    try:
        return cleaner(written.strip()) if written and written.strip() else None
    except CellProblem:
        return None
