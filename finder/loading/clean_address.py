"""Street, house number and unit, where one cell holds them all and nobody can doubt which is which; else all stays the street."""

import re

import msgspec

from finder.loading.clean import US_POSTAL_COUNTRIES
from finder.loading.clean_name import cased_as, street_word
from finder.loading.clean_text import clean_text

__all__ = ["StreetParts", "split_street"]

LONGEST = 300
"""Characters; what is longer describes a way and is no address."""

_UNIT_VALUE = r"(?:[a-z]?[0-9]{1,5}[a-z]?(?:-[a-z0-9]{1,4})?|[a-z])"

_US_UNIT = (
    rf"(?:(?:ste|suite|apt|apartment|unit|rm|room|bldg|building|fl|floor|dept|spc)\.? ?#? ?{_UNIT_VALUE}"
    rf"|# ?{_UNIT_VALUE}|[0-9]{{1,2}}(?:st|nd|rd|th) fl(?:oor|\.)?)"
)
US_ADDRESS = re.compile(
    r"(?P<number>[0-9]{1,6}[a-z]?(?:-[0-9]{1,5})?(?: 1/2)?) (?P<street>[^,#&@]{3,}?)"
    rf"(?P<unit>(?:,? {_US_UNIT}){{1,3}})?",
    re.IGNORECASE,
)
"""USPS Publication 28: primary number, street name, secondary designators."""
US_NO_STREET = re.compile(r"mile\b|(?:nd|rd|th)\b|1/2\b|" + _US_UNIT + r"(?: |$)|.* (?:and|at|p\.? ?o\.? box)\b", re.IGNORECASE)
"""Behind a number: ``8 Mile Rd`` is a street, ``5 th St`` was torn apart, ``100 Unit 4`` has no street, two streets cross."""

_MX_UNIT = (
    rf"(?:int|interior|local|loc|depto|departamento|piso|consultorio|desp|despacho|edif|edificio|suite)\.? ?#? ?{_UNIT_VALUE}"
)
_MX_NUMBER = r"[0-9]{1,6}(?: ?-? ?[a-z](?![a-z])|-[0-9]{1,3})?(?: bis)?"
MX_MARKED = re.compile(
    rf"(?P<street>[^#]{{3,}}?),? (?:(?:n[oó]\.?|n[uú]m\.?|n[uú]mero) ?#?|#) ?(?P<number>{_MX_NUMBER})"
    rf"(?P<unit>(?:,? {_MX_UNIT}){{1,2}})?",
    re.IGNORECASE,
)
MX_NONE = re.compile(r"(?P<street>.{3,}?),? (?P<number>s/n|sin n[uú]mero)\.?", re.IGNORECASE)
MX_BARE = re.compile(
    rf"(?P<street>[^,#0-9]*[^\W\d_]{{3,}}) (?P<number>[0-9]{{3,6}}(?:-?[a-z])?)(?P<unit>(?:,? {_MX_UNIT}){{1,2}})?",
    re.IGNORECASE,
)
"""A number of three digits or more that ends the address, with no other and no comma before it."""

NOT_HOUSES = re.compile(
    r"(?:.*[^\w])?(?:carr|carret|carretera|autopista|libramiento|ruta|km|kil[oó]metro|federal|estatal|"
    r"apartado|ap\.? ?postal|c\.? ?p)\b.*",
    re.IGNORECASE,
)
"""Roads have numbers of their own."""
NUMBERED = re.compile(
    r"(?:.*[^\w])?(?:calle|c|av|ave|avenida|lote|lt|lte|manzana|mz|mza|mnz|edificio|edif|escuela|zona|secci[oó]n|etapa|sector|local|"
    r"interior|int|casa|de|del|y|e|no|n[uú]m|n[uú]mero|esq|esquina|entre|fracc|col|colonia|ejido|modulo|m[oó]dulo|circuito|parcela)\.?",
    re.IGNORECASE,
)
"""What is numbered, too: a number behind one of these is not the house's."""
BETWEEN_STREETS = re.compile(r"\b(?:entre|esq|esquina|y|e|frente)\b", re.IGNORECASE)


class StreetParts(msgspec.Struct, frozen=True):
    """The parts of a cell, as written but for capitals; together they hold each of its letters and digits, in its order.

    Only the words *No.*, *Núm.*, *Número* and ``#`` before a house number are left out. ``S/N`` and *sin número* are a house
    number: the house has none, and people look for that.
    """

    street: str | None = None
    house_number: str | None = None
    unit: str | None = None


def split_street(text: str, country: str | None) -> StreetParts:
    """The parts of a street address in ``country`` (ISO 3166-1 alpha-2); only the USA's and Mexico's are split.

    ``1234 5th Ave Ste 200`` → 1234, 5th Ave, Ste 200; ``AVE. EUCALIPTO NO. 1`` → Ave. Eucalipto, 1. A cell that goes on (with
    a neighbourhood, a crossing, a description) is kept whole as the street.
    """
    text = clean_text(text)
    found: re.Match[str] | None = None
    if len(text) <= LONGEST:
        if country in US_POSTAL_COUNTRIES:
            found = _american(text)
        elif country == "MX":
            found = _mexican(text)
    word_case = _spanish_word if country == "MX" else street_word
    parts: dict[str, str | None] = found.groupdict() if found else {"street": text}
    street, number, unit = (
        cased_as(part.strip(" ,"), text, word_case) if (part := parts.get(name)) else None
        for name in ("street", "number", "unit")
    )
    return StreetParts(street=street or None, house_number=number, unit=unit)


def _spanish_word(word: str, before: str, after: str) -> str | None:
    return word.capitalize() if word in ("se", "ne", "us") else street_word(word, before, after)


def _american(text: str) -> re.Match[str] | None:
    found = US_ADDRESS.fullmatch(text)
    return found if found and not US_NO_STREET.match(found["street"]) else None


def _mexican(text: str) -> re.Match[str] | None:
    if found := MX_NONE.fullmatch(text):
        return found
    if NOT_HOUSES.fullmatch(text):
        return None
    if found := MX_MARKED.fullmatch(text):
        return None if NUMBERED.fullmatch(found["street"]) else found
    found = MX_BARE.fullmatch(text)
    if found and not NUMBERED.fullmatch(found["street"]) and not BETWEEN_STREETS.search(found["street"]):
        return found
    return None
