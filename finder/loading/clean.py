"""The third stage: what a cell says, in the form that the domain has for it. Phones and web addresses have modules of their own.

Each cleaner takes a cell that is not empty and raises :class:`CellProblem` when it can make nothing of it.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache

from finder.domain.facility import FacilityKind, FacilityStatus, Wheelchair
from finder.loading.clean_text import clean_text
from finder.loading.fold import folded
from finder.loading.row_error import CellProblem
from finder.loading.words import countries, kinds, languages, missing_words, statuses, wheelchair_words

__all__ = [
    "US_POSTAL_COUNTRIES",
    "clean_country",
    "clean_date",
    "clean_kind",
    "clean_languages",
    "clean_number",
    "clean_postcode",
    "clean_status",
    "clean_verified_at",
    "clean_wheelchair",
    "first_letters_of_missing",
    "is_missing",
    "split_list",
]

US_POSTAL_COUNTRIES = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
"""Where the United States Postal Service gives the ZIP codes."""

LONGEST_MISSING = 40
"""Characters; no word that says nothing is longer."""
NUMBER = re.compile(r"^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?$")


def is_missing(text: str, more: frozenset[str] = frozenset()) -> bool:
    """Whether a trimmed cell says nothing: empty, only punctuation, ``http://``, or a word such as ``NOT AVAILABLE``.

    ``more`` are further texts that say nothing, in lower case. In a country column ``NA`` may be Namibia: that is for the
    caller to see.
    """
    if more and text.lower() in more:
        return True
    first = text[:1]
    if first.isascii() and first.isalnum() and first.lower() not in first_letters_of_missing():
        return False  # most cells end here
    if len(text) > LONGEST_MISSING:
        return not any(map(str.isalnum, text))
    word = folded(text)
    if not word or word in ("http", "https"):
        return True
    # Folded, "-999" is "999", which may be a house number.
    return word in missing_words() and not (word.isdigit() and not text.startswith("-"))


@cache
def first_letters_of_missing() -> frozenset[str]:
    """With which letter, in lower case, a cell may begin that says nothing, where it begins with a plain letter or digit."""
    return frozenset(word[0] for word in (*missing_words(), "http"))


def split_list(text: str) -> tuple[str, ...]:
    """The parts between ``;``, ``|`` and ``,``, each once, in their order."""
    return tuple(dict.fromkeys(part for some in re.split(r"[;|,\n]", text) if (part := clean_text(some))))


def clean_number(text: str) -> float:
    """A number in decimal degrees; a decimal comma and a typographic minus are understood."""
    text = text.replace("\N{MINUS SIGN}", "-").removesuffix("°").strip()
    if not NUMBER.match(text):
        raise CellProblem("This is not a number.", "Write decimal degrees such as 32.51 (no degrees, minutes and seconds).")
    return float(text.replace(",", "."))


def clean_postcode(text: str, country: str | None) -> str:
    """The postcode, with the zeros that spreadsheets take from its front: 6708 in Connecticut is 06708.

    Five digits for the USA and its territories (with ``-1234`` where nine are given) and for Mexico; else as written.
    """
    text = clean_text(text).removesuffix(".0")
    if country not in US_POSTAL_COUNTRIES and country != "MX":
        return text.upper()
    digits = text.replace("-", "").replace(" ", "")
    if not digits.isascii() or not digits.isdigit() or not (3 <= len(digits) <= 5 or (country != "MX" and 8 <= len(digits) <= 9)):
        raise CellProblem(f"This is not a postcode of {country}.", "Write five digits.")
    if len(digits) <= 5:
        return digits.zfill(5)
    digits = digits.zfill(9)
    return f"{digits[:5]}-{digits[5:]}"


def clean_country(text: str) -> str:
    """ISO 3166-1 alpha-2, from a code or an English or Spanish name."""
    return _meaning(text, countries(), "a country", "Write a code of two letters, such as MX or US.")


def clean_kind(text: str, more: dict[str, FacilityKind]) -> FacilityKind:
    """The kind of facility that a word stands for; ``more`` are the mapping file's own words, folded."""
    if (kind := more.get(folded(text))) is not None:
        return kind
    advice = f"Write one of {', '.join(FacilityKind)}, or give the word a meaning under [kinds] in a mapping file."
    return _meaning(text, kinds(), "a kind of facility", advice)


def clean_status(text: str) -> FacilityStatus:
    """Whether people are seen there."""
    return _meaning(text, statuses(), "a state of operation", f"Write one of {', '.join(FacilityStatus)}.")


def clean_wheelchair(text: str) -> Wheelchair:
    """Access by wheelchair."""
    return _meaning(text, wheelchair_words(), "access by wheelchair", f"Write one of {', '.join(Wheelchair)}.")


def clean_languages(text: str) -> tuple[str, ...]:
    """BCP 47 tags, from tags or English or Spanish names."""
    advice = "Write tags such as es, en, zh-Hans, separated by ; or by commas."
    found: list[str] = []
    for part in (part for some in split_list(text) for part in re.split(r"\s+(?:y|e|and)\s+|\s*/\s*", some)):
        tag = languages().get(folded(part))
        if tag is None:
            primary, dash, region = part.partition("-")
            primary_tag = languages().get(folded(primary)) if dash else None
            if primary_tag is None or not re.fullmatch(r"[A-Za-z0-9]{2,8}(?:-[A-Za-z0-9]{1,8})*", region):
                raise CellProblem("One of these is no language that is known here.", advice)
            tag = f"{primary_tag}-{region.upper() if len(region) == 2 else region}"
        found.append(tag)
    return tuple(dict.fromkeys(found))


def clean_date(text: str) -> date:
    """A day: ISO 8601 (a time behind it is cut off), or numbers with slashes where only one reading is possible."""
    advice = "Write it as year-month-day, such as 2026-11-23."
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        pass
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\s.*)?", text):
        first, second, year = (int(group) for group in match.groups())
        readings = {(month, day) for month, day in ((first, second), (second, first)) if month <= 12}
        if len(readings) > 1:
            raise CellProblem("Day and month of this date cannot be told apart.", advice)
        try:
            return date(year, *readings.pop())
        except (KeyError, ValueError):
            pass
    raise CellProblem("This is not a date.", advice)


def clean_verified_at(text: str) -> date:
    """The day of a verification, as :func:`clean_date` reads it: one that has come, or nobody would ever doubt it again."""
    day = clean_date(text)
    # East of Greenwich it may be tomorrow already.
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise CellProblem("This date is in the future: left out.", "Write the day on which somebody last made sure.")
    return day


def _meaning[T](text: str, words: dict[str, T], what: str, advice: str) -> T:
    meaning = words.get(folded(text))
    if meaning is None:
        raise CellProblem(f"This word for {what} is not known.", advice)
    return meaning
