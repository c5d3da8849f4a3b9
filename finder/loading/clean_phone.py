"""Phone numbers, as files and mappers write them, in the form that the domain has for them."""

import re
from functools import lru_cache

import phonenumbers

from finder.loading.clean_text import clean_text
from finder.loading.row_error import CellProblem

__all__ = ["clean_phones"]

BETWEEN_NUMBERS = re.compile(r"[;|\n]| (?:y|o|or|and) |,(?= ?[+(\d])")
MEXICAN_PREFIX = re.compile(r"^(?:\+?52[\s.-]*+1|01|044|045)[\s.-]*+(?=(?:\D*+\d){10}\D*+$)")
"""Trunk and mobile prefixes that Mexico abolished on 3 August 2019 and that lists still have."""
LONGEST_AREA_CODE = 5
TEN_DIGITS = {"US": "+1", "MX": "+52"}
"""Where ten digits, the first of them no 0 or 1, are a whole number: no library need be asked, which takes 40 µs."""
BETWEEN_DIGITS = str.maketrans("", "", " .-()")
FEWEST_DIGITS = 3
"""911 and 066 are dialled; what has fewer is no number."""


def clean_phones(text: str, country: str | None) -> tuple[str, ...]:
    """The numbers in a cell or a tag, each once, in E.164 with an extension as in RFC 3966: ``+16195550123;ext=12``.

    ``country`` (ISO 3166-1 alpha-2) tells how to read numbers without a ``+``. What does not parse is kept as written, as
    long as it has digits enough to be dialled. Raises :class:`CellProblem` when nothing in the cell is a number.
    """
    if (prefix := TEN_DIGITS.get(country or "")) is not None:
        digits = text.translate(BETWEEN_DIGITS)
        if len(digits) == 10 and digits.isascii() and digits.isdigit() and digits[0] in "23456789":
            return (prefix + digits,)
    return _any_phones(text, country)


@lru_cache(maxsize=16384)
def _any_phones(text: str, country: str | None) -> tuple[str, ...]:
    # Runs of blanks go first: a pattern that looks for blanks on both sides of a word would try each of them.
    parts = BETWEEN_NUMBERS.split("\n".join(map(clean_text, text.splitlines())))
    phones = [phone for part in map(str.strip, parts) for phone in _numbers(part, country)]
    if not phones:
        raise CellProblem("This is not a phone number.", "Write it with its area code, or leave the cell empty.")
    return tuple(dict.fromkeys(phones))


def _numbers(part: str, country: str | None) -> list[str]:
    """One number, or several with ``/`` between; but ``030/123456`` is one, whose area code comes first."""
    first, slash, rest = part.partition("/")
    one = not slash or (_digits(first) <= LONGEST_AREA_CODE < _digits(rest))
    if one and (number := _e164(part, country)):
        return [number]
    if slash:
        return [number for some in part.split("/") for number in _numbers(some.strip(), country)]
    return [part] if _digits(part) >= FEWEST_DIGITS else []


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def _e164(text: str, country: str | None) -> str | None:
    local = MEXICAN_PREFIX.sub("", text) if country == "MX" or text.startswith(("+52", "52")) else text
    try:
        number = phonenumbers.parse(local, "MX" if local != text else country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{written};ext={number.extension}" if number.extension else written
