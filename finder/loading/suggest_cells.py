"""What the cells of a column look like: latitudes, phone numbers, opening hours, names of places of care …"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from finder.loading import clean
from finder.loading.clean_hours import clean_hours
from finder.loading.clean_npi import npi_adds_up
from finder.loading.fold import folded
from finder.loading.row_error import CellProblem
from finder.loading.states import states_named
from finder.loading.suggest_names import words_of, words_of_name
from finder.loading.words import countries, kinds

__all__ = ["LOOKS", "Look", "degrees_of", "minutes_of_day", "share_of"]

CLUES = re.compile(r"[A-Z]{2}[A-Z]{3}\d{6}")
NPI = re.compile(r"[12]\d{9}")
CCN = re.compile(r"\d{2}[0-9A-Z]\d{3}")
OSM = re.compile(r"(?:node|way|relation|[nwr])/?\d+", re.IGNORECASE)
PHONE = re.compile(r"\+?[\d\s().\-/]{7,24}(?:\s*(?:x|ext\.?|extension)\s*\d{1,6})?", re.IGNORECASE)
BETWEEN_PHONES = re.compile(r"\s*[;,|]\s*|\s+/\s+")
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
DECIMALS = re.compile(r"[-+\N{MINUS SIGN}]?\d{1,3}[.,]\d{3,}°?")
POSTCODE = re.compile(r"\d{4,5}(?:\.0)?|\d{5}-\d{4}|\d{9}|[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}|[A-Z]\d[A-Z]\s*\d[A-Z]\d")
WEBSITE = re.compile(
    r"(?:https?://|www\.)\S+\.\S+|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|gov|edu|mx|us|health)(?:/\S*)?", re.IGNORECASE
)
TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s*(a\.?\s?m\.?|p\.?\s?m\.?|hrs?\.?|h)?", re.IGNORECASE)
TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:-]{0,39}")
NUMBER_IN_STREET = re.compile(r"(?:no\.?\s*)?\d+[A-Za-z]?(?:-[A-Za-z0-9]+)?|s/?n", re.IGNORECASE)
LONGEST_NAME = 100
"""Characters; what is longer describes."""
MEXICO_AND_USA = frozenset({"us", "usa", "mx", "mex"})


class Look(NamedTuple):
    """How cells of a field look."""

    is_one: Callable[[str], bool]
    called: str
    """The cells, as a reason calls them."""
    telling: float
    """The confidence that such cells make without any name of the column; 0 where others look the same."""
    differ: float = 0.0
    """The share of cells that must be different, at the least: many are called alike, but not most."""


def share_of(cells: Sequence[str], look: Look) -> tuple[int, float]:
    """How many of ``cells``, none of them empty, look so, and their share. 0 where they must differ and do not."""
    hits = sum(map(look.is_one, cells))
    if len(set(cells)) < look.differ * len(cells):
        hits = 0
    return hits, hits / len(cells) if cells else 0.0


def degrees_of(cell: str) -> float | None:
    """A coordinate in decimal degrees with at least three decimals, as only coordinates have them."""
    try:
        return clean.clean_number(cell) if DECIMALS.fullmatch(cell.strip()) else None
    except CellProblem:
        return None


def minutes_of_day(cell: str) -> int | None:
    """A time of day such as ``07:30`` or ``8 am`` in minutes since midnight; ``None`` for anything else, a bare number too."""
    match = TIME.fullmatch(cell.strip())
    if match is None or not (match[2] or match[3]):
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half.startswith(("a", "p")):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return hour * 60 + minute if hour <= 24 and minute < 60 else None


def _can(cleaner: Callable[[str], object]) -> Callable[[str], bool]:
    def can(cell: str) -> bool:
        try:
            cleaner(cell)
        except CellProblem:
            return False
        return True

    return can


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda cell: pattern.fullmatch(cell) is not None or pattern.fullmatch(cell.upper()) is not None


def _is_number_up_to(most: float) -> Callable[[str], bool]:
    def is_number(cell: str) -> bool:
        try:
            return abs(clean.clean_number(cell)) <= most
        except CellProblem:
            return False

    return is_number


def _is_npi(cell: str) -> bool:
    return NPI.fullmatch(cell) is not None and npi_adds_up(cell)


def _is_kind(cell: str) -> bool:
    return folded(cell) in kinds()


def _is_state(cell: str) -> bool:
    return bool(states_named(cell, None))


def _is_phone(cell: str) -> bool:
    parts = [part for part in BETWEEN_PHONES.split(cell.strip()) if part]
    return bool(parts) and all(map(_is_one_phone, parts))


def _is_one_phone(part: str) -> bool:
    if not PHONE.fullmatch(part) or DATE.fullmatch(part) or DECIMALS.fullmatch(part):
        return False
    number = re.split(r"x|ext", part, maxsplit=1, flags=re.IGNORECASE)[0]
    return 7 <= sum(letter.isdigit() for letter in number) <= 15


def _is_written_phone(cell: str) -> bool:
    """A phone with the marks that only phones have: ten digits or more with blanks, dots, hyphens, brackets or a + among them."""
    digits = sum(letter.isdigit() for letter in cell)
    return _is_phone(cell) and digits >= 10 and not cell.strip().isdigit() and not POSTCODE.fullmatch(cell.strip())


def _has_letters(cell: str) -> bool:
    return sum(map(str.isalpha, cell)) >= 2 and not CLUES.fullmatch(cell) and not WEBSITE.fullmatch(cell)


def _is_place_name(cell: str) -> bool:
    return _has_letters(cell) and sum(map(str.isdigit, cell)) * 2 < len(cell)


def _is_street(cell: str) -> bool:
    words = words_of_name(cell)
    return len(words) > 1 and not words_of("street").isdisjoint(words) and any(map(str.isdigit, cell))


def _is_named_for_care(cell: str) -> bool:
    words = words_of_name(cell) if len(cell) <= LONGEST_NAME else ()
    return len(words) > 1 and not words_of("care").isdisjoint(words) and not _is_street(cell) and "://" not in cell


def _is_country(cell: str) -> bool:
    """A country that is no state of the USA too: ``CA`` and ``GA`` say nothing."""
    word = folded(cell)
    return word in countries() and (len(word) > 3 or word in MEXICO_AND_USA)


def _is_language(cell: str) -> bool:
    """Languages by name, or several by tag: a single ``es`` or ``ca`` may be anything of two letters."""
    return len(cell) > 3 and _can(clean.clean_languages)(cell)


def _is_date(cell: str) -> bool:
    return DATE.match(cell) is not None


def _is_time_zone(cell: str) -> bool:
    return "/" in cell and cell in _time_zones()


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


LOOKS: dict[str, tuple[Look, ...]] = {
    "identifiers.clues": (Look(_matches(CLUES), "CLUES", 0.97, differ=0.8),),
    "identifiers.npi": (Look(_is_npi, "NPIs whose check digit is right", 0.95),),
    "identifiers.ccn": (Look(_matches(CCN), "like CCNs", 0.0),),
    "identifiers.osm": (Look(_matches(OSM), "numbers of OpenStreetMap", 0.0),),
    "lat": (Look(_is_number_up_to(90), "latitudes", 0.0),),
    "lon": (Look(_is_number_up_to(180), "longitudes", 0.0),),
    "name": (Look(_is_named_for_care, "names of places of care", 0.75, differ=0.5), Look(_has_letters, "words", 0.0)),
    "name2": (Look(_has_letters, "words", 0.0),),
    "id": (Look(_matches(TOKEN), "single numbers or codes", 0.0, differ=0.8),),
    "kind": (Look(_is_kind, "kinds of facilities", 0.8),),
    "status": (Look(_can(clean.clean_status), "states of operation", 0.6),),
    "street": (Look(_is_street, "streets with a number", 0.7), Look(_has_letters, "words", 0.0)),
    "house_number": (Look(_matches(NUMBER_IN_STREET), "house numbers", 0.0),),
    "neighbourhood": (Look(_is_place_name, "words", 0.0),),
    "city": (Look(_is_place_name, "words", 0.0),),
    "state": (Look(_is_state, "states", 0.6), Look(_is_place_name, "words", 0.0)),
    "postcode": (Look(_matches(POSTCODE), "like postcodes", 0.3),),
    "country": (Look(_is_country, "countries", 0.7), Look(_can(clean.clean_country), "codes of countries", 0.0)),
    "phone": (Look(_is_written_phone, "phone numbers", 0.85), Look(_is_phone, "like phone numbers", 0.0)),
    "website": (Look(_matches(WEBSITE), "web addresses", 0.8),),
    "opening_hours": (Look(_can(clean_hours), "opening hours", 0.9),),
    "time_zone": (Look(_is_time_zone, "time zones", 0.9),),
    "languages": (Look(_is_language, "languages", 0.6), Look(_can(clean.clean_languages), "languages or their tags", 0.0)),
    "wheelchair": (Look(_can(clean.clean_wheelchair), "yes, no or limited", 0.0),),
    "verified_at": (Look(_is_date, "dates", 0.0),),
}
"""How the cells of each field look: first what is telling, then what is only not against it. Fields of free text have none."""
