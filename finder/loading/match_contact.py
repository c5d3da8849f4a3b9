"""Addresses, phones and websites of two facilities made comparable: the same, another, or nothing that tells."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from rapidfuzz.fuzz import ratio

from finder.domain.facility import Address
from finder.words.folding import GENERIC_WORDS, fold, has_digit, spelled_out

__all__ = ["AddressLikeness", "Door", "address_likeness", "city_words", "door_of", "host_of", "phone_keys"]

STREET_ALIKE: Final = 88.0
"""rapidfuzz's ratio of 100 from which two streets are one with a slip: *Eucalipto*, *Eucaliptos*."""

FEWEST_PHONE_DIGITS: Final = 7
NATIONAL_DIGITS: Final = 10
"""Numbers of Mexico and North America, with or without their country code, agree in their last ten digits."""

_TOLL_FREE = re.compile(r"\+1(?:800|888|877|866|855|844|833|822)|\+52(?:1?)800|\+(?:800|808)|(?:01)?800")
"""Such a number is answered somewhere else, for many places."""

_UNIT = re.compile(
    r"\b(?:suite|ste|unit|apt|local|loc|interior|int|piso|floor|fl|depto|departamento|consultorio|cons|room|rm|despacho|edificio|building|bldg)"
    r" ([0-9]+(?: ?[a-z])?(?: [0-9]+(?: ?[a-z])?)?|[a-z])\b"
)
_NUMBER_FIRST = re.compile(r"(\d+ ?[a-z]?) ((?!de )\D{3,}.*|\d{1,3}(?:st|nd|rd|th)\b.*)")
_NUMBER_LAST = re.compile(
    r"(.*?[^\W\d].*?)(?<!calle)(?<!avenida)(?<!street)(?<!carretera)(?<!km)(?: (?:no|num|numero|nro))? ?(\d+ ?[a-z]?)"
)

_EVERYBODYS = (
    "facebook.com instagram.com twitter.com x.com linkedin.com youtube.com tiktok.com wa.me whatsapp.com google.com goo.gl "
    "sites.google.com maps.app.goo.gl business.site linktr.ee bit.ly yelp.com doctoralia.com.mx doctoralia.com healthgrades.com "
    "zocdoc.com wixsite.com wordpress.com blogspot.com gob.mx salud.gob.mx imss.gob.mx"
)
_SHARED_HOSTS = frozenset(_EVERYBODYS.split())


class Door(NamedTuple):
    """The parts of an address that name a door, folded: number without blanks, the street's words, unit, city, postcode."""

    number: str
    street: frozenset[str]
    street_text: str
    unit: str
    city: str
    postcode: str


class AddressLikeness(StrEnum):
    """What two addresses say together."""

    SAME = "same address"
    OTHER_UNIT = "same address, different unit"
    OTHER_NUMBER = "same street, different house number"
    OTHER_STREET = "different streets"
    SILENT = ""


@lru_cache(maxsize=1 << 16)
def door_of(address: Address) -> Door:
    """The door that an address names; a number or unit that its source wrote into the street is taken out of it."""
    street = address.street or ""
    # In the USA a sign before a suite, in Mexico before the house number.
    street = fold(street.replace("#", " unit ") if address.country == "US" else street)
    unit, number = fold(address.unit or ""), fold(address.house_number or "").replace(" ", "")
    if within := _UNIT.search(street):
        unit = unit or within[1]
        street = f"{street[: within.start()]} {street[within.end() :]}".strip()
    street = " ".join(map(spelled_out, street.split()))
    if not number and (first := _NUMBER_FIRST.fullmatch(street)):
        number, street = first[1].replace(" ", ""), first[2]
    elif not number and (last := _NUMBER_LAST.fullmatch(street)):
        number, street = last[2].replace(" ", ""), last[1]
    elif number and street.startswith(f"{number} "):
        street = street[len(number) + 1 :]
    words = frozenset(street.split())
    unit_words = [word for word in unit.split() if has_digit(word) or len(word) == 1] or unit.split()
    return Door(
        number="" if number in ("sn", "0") else number.lstrip("0"),
        street=(words - GENERIC_WORDS) or words,
        street_text=street,
        unit="".join(unit_words),
        city=fold(address.city or ""),
        postcode=fold(address.postcode or "").replace(" ", "")[:5],
    )


def address_likeness(a: Door, b: Door, *, place_needed: bool = False) -> AddressLikeness:
    """Compare two doors. ``place_needed``: the positions do not tell the town, so city or postcode must, for the same address."""
    if not (a.number and b.number and a.street and b.street):
        return AddressLikeness.SILENT
    same_place = (bool(a.city) and a.city == b.city) or (bool(a.postcode) and a.postcode == b.postcode)
    if not same_place and (place_needed or (a.city and b.city and a.postcode and b.postcode)):
        return AddressLikeness.SILENT
    one, two = sorted((a.street_text, b.street_text))
    digits = {word for word in a.street ^ b.street if has_digit(word)}
    if a.street != b.street and (digits or not (a.street < b.street or b.street < a.street or ratio(one, two) >= STREET_ALIKE)):
        return AddressLikeness.OTHER_STREET
    if a.number != b.number:
        return AddressLikeness.OTHER_NUMBER
    return AddressLikeness.OTHER_UNIT if a.unit and b.unit and a.unit != b.unit else AddressLikeness.SAME


@lru_cache(maxsize=1 << 12)
def city_words(city: str | None) -> frozenset[str]:
    """The folded words of a city's name."""
    return frozenset(fold(city or "").split())


@lru_cache(maxsize=1 << 16)
def phone_keys(phones: tuple[str, ...]) -> Mapping[str, str]:
    """Comparable number → extension, or nothing. Toll-free numbers are left out: many places answer at one of them."""
    found: dict[str, str] = {}
    for phone in phones:
        number, _, extension = phone.partition(";ext=")
        digits = "".join(letter for letter in number if letter.isdigit())
        plain = f"+{digits}" if number.lstrip().startswith("+") else digits
        if len(digits) >= FEWEST_PHONE_DIGITS and not _TOLL_FREE.match(plain):
            found[digits[-NATIONAL_DIGITS:]] = extension
    return found


@lru_cache(maxsize=1 << 16)
def host_of(website: str | None) -> str:
    """The website's host without ``www``; empty for hosts where everybody has a page."""
    if not website:
        return ""
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    except ValueError:
        return ""
    host = host.removeprefix("www.").removeprefix("m.")
    return "" if host in _SHARED_HOSTS or host.partition(".")[2] in _SHARED_HOSTS else host
