"""Numbers, distances, times and phones as a reader writes them."""

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from urllib.parse import urlsplit

import phonenumbers
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from finder.directions.estimate import TravelMode
from finder.directions.router import Basis
from finder.directory.understanding.labels import language_name
from finder.web.language import Reader

__all__ = [
    "MILE_M",
    "TOO_FAR_M",
    "accuracy_text",
    "age_text",
    "clock_hour",
    "clock_range_text",
    "clock_text",
    "date_text",
    "distance_text",
    "language_names",
    "minutes_text",
    "phone_link",
    "phone_text",
    "range_text",
    "safe_website",
    "span_text",
    "weekday_text",
]

MILE_M = 1609.344
"""The international mile, exactly."""
FOOT_M = 0.3048
"""The international foot, exactly."""
TOO_FAR_M = 500_000.0
"""No time is told of a way that is longer as the crow flies: nobody knows what lies between, an ocean perhaps."""
_LONG_S = 2 * 3600.0
"""Longer ways are told in hours."""
_A_MOMENT_MIN = 3
"""Who may be nearer than this may be at the door: what counts is how long it takes at the most."""


def distance_text(distance_m: float, reader: Reader) -> str:
    """An exact distance: ``350 m``, ``2.3 km``, ``14 km``; ``250 ft``, ``0.2 miles``. The unit never parts from its number."""
    if not reader.miles and distance_m < 995:
        return _together(reader.text("%(number)s m", number=_number(round(distance_m, -1), reader)))
    if reader.miles and distance_m < 0.095 * MILE_M:
        return _together(reader.text("%(number)s ft", number=_number(round(distance_m / FOOT_M, -1), reader)))
    return _with_unit(_rounded(distance_m, reader), reader)


def range_text(min_m: float, max_m: float, reader: Reader) -> str:
    """A distance that is only known to lie between two: ``about 2 to 14 km``, ``up to 14 km``; rounded outwards."""
    low, high = _rounded(min_m, reader), _rounded(max_m, reader)
    if low == high and low > 0:
        return reader.text("about %(distance)s", distance=_with_unit(high, reader))
    if high >= 3:  # beside whole kilometres a tenth would be false precision
        unit_m = MILE_M if reader.miles else 1000.0
        low, high = math.floor(min_m / unit_m), math.ceil(max_m / unit_m)
    if low == 0:
        return reader.text("up to %(distance)s", distance=_with_unit(high or 0.1, reader))
    return reader.text("about %(low)s\u2013%(distance)s", low=_number(low, reader), distance=_with_unit(high, reader))


def accuracy_text(accuracy_m: float, reader: Reader) -> str:
    """How far off a position may be, rounded coarsely: ``20 m``, ``1.4 km``, ``25 km``."""
    return distance_text(max(accuracy_m, 10.0), reader)


def minutes_text(least_s: float, most_s: float, reader: Reader, mode: TravelMode, basis: Basis) -> str:
    """How long a way takes by a mode.

    On roads, where both times are that of the one way: ``12 min by car``, ``1 h 25 min on foot``. An estimate is
    a range: ``about 10-15 min by car``, ``up to 35 min on foot``, ``about 2-4 h by car``.
    """
    time = _time_of_way(most_s, reader) if basis is Basis.ROADS else span_text(least_s, most_s, reader)
    match mode:
        case TravelMode.CAR:
            return reader.text("%(time)s by car", time=time)
        case TravelMode.FOOT:
            return reader.text("%(time)s on foot", time=time)
        case TravelMode.BICYCLE:
            return reader.text("%(time)s by bicycle", time=time)
        case TravelMode.WHEELCHAIR:
            return reader.text("%(time)s by wheelchair", time=time)
        case TravelMode.TRANSIT:
            return reader.text("%(time)s by public transport", time=time)


def _time_of_way(seconds: float, reader: Reader) -> str:
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    told = [_together(reader.text("%(num)s h", num=_number(hours, reader)))] if hours else []
    if minutes:
        told.append(_together(reader.text("%(num)s min", num=minutes)))
    return " ".join(told)


def span_text(least_s: float, most_s: float, reader: Reader) -> str:
    """A time that lies between two: ``about 3-8 min``, ``up to 35 min``, ``about 45 min to 3 h``; rounded outwards.

    Of two that are the same ``about 20 min``, as far as an estimate is so exact.
    """
    low_min, high_min = _minutes(least_s, math.floor), max(1, _minutes(most_s, math.ceil))
    if most_s <= _LONG_S:
        if low_min < _A_MOMENT_MIN:
            return reader.text("up to %(time)s min", time=_number(high_min, reader))
        return reader.text("about %(time)s min", time=_span(low_min, high_min, reader))
    high_h = _half_hours(most_s, math.ceil)
    if low_min < _A_MOMENT_MIN:
        return reader.text("up to %(time)s h", time=_number(high_h, reader))
    if least_s < _LONG_S:
        low, high = _number(low_min, reader), _number(high_h, reader)
        return reader.text("about %(minutes)s min to %(hours)s h", minutes=low, hours=high)
    return reader.text("about %(time)s h", time=_span(_half_hours(least_s, math.floor), high_h, reader))


def _span(low: float, high: float, reader: Reader) -> str:
    return _number(high, reader) if low == high else f"{_number(low, reader)}\u2013{_number(high, reader)}"


def age_text(seconds: float, reader: Reader) -> str:
    """How long ago: ``just now``, ``25 min ago``, ``3 h ago``."""
    if seconds < 90:
        return reader.text("just now")
    if seconds < _LONG_S:
        return reader.text("%(num)s min ago", num=round(seconds / 60))
    return reader.text("%(num)s h ago", num=_number(round(seconds / 3600), reader))


def _minutes(seconds: float, rounding: Callable[[float], int]) -> int:
    minutes = rounding(round(seconds / 60, 3))
    return minutes if minutes < 20 else 5 * rounding(minutes / 5)  # an estimate is not so exact


def _half_hours(seconds: float, rounding: Callable[[float], int]) -> float:
    return rounding(round(seconds / 1800, 3)) / 2


def _rounded(distance_m: float, reader: Reader) -> float:
    value = distance_m / (MILE_M if reader.miles else 1000.0)
    return round(value, 1) if value < 9.95 else round(value)


def _with_unit(value: float, reader: Reader) -> str:
    number = _number(value, reader)
    if not reader.miles:
        return _together(reader.text("%(number)s km", number=number))
    unit = reader.text("%(number)s mile", number=number) if value == 1 else reader.text("%(number)s miles", number=number)
    return _together(unit)


def _together(text: str) -> str:
    return text.replace(" ", "\u00a0")


def _number(value: float, reader: Reader) -> str:
    return format_decimal(value, format="#,##0.#", locale=reader.locale)


def clock_text(at: time | datetime, reader: Reader) -> str:
    """A time of day as the reader's region writes it: ``9:30 PM``, ``9:30 p.m.``, ``21:30``."""
    return format_time(at, "short", locale=reader.locale, tzinfo=at.tzinfo)


def clock_range_text(start: time | datetime, end: time | datetime, reader: Reader) -> str:
    """From one time of day to another: ``08:00-18:00``, ``8:00 AM - 6:00 PM``."""
    first, last = clock_text(start, reader), clock_text(end, reader)
    # No-break spaces: the font pulls a plain one and the dash together until they touch. The word joiner keeps the line whole.
    dash = "\u2013" if first.replace(":", "").isdigit() else "\u00a0\u2013\u2060\u00a0"
    return f"{first}{dash}{last}"


def clock_hour(clock: str) -> int:
    """The hour as it is written in a text of :func:`clock_text`: 1 for ``1:00 PM``."""
    found = re.search(r"[0-9]+", clock)
    return int(found[0]) if found else 0


def weekday_text(day: date, reader: Reader) -> str:
    """``Mon, Nov 23``, ``lun 23 de nov`` and the like."""
    return format_skeleton("MMMEd", day, locale=reader.locale)


def date_text(day: date, reader: Reader) -> str:
    """``November 1, 2026``."""
    return format_date(day, "long", locale=reader.locale)


def language_names(tags: tuple[str, ...], reader: Reader) -> str:
    """``Spanish, English and Nahuatl`` in the reader's language; a tag that nobody knows stays as it is."""
    told = format_list([language_name(tag, reader.language) for tag in tags], locale=reader.locale) if tags else ""
    # "español e inglés": before the sound of i the word is another, which the Unicode CLDR's patterns do not know.
    return re.sub(r" y (?=h?i(?!e))", " e ", told) if reader.language == "es" else told


def phone_text(phone: str) -> str:
    """A phone number with its country code, readable on both sides of a border; as written when it does not parse."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return phone


def phone_link(phone: str) -> str | None:
    """The ``tel:`` address (RFC 3966), or None where the text holds no number that can be called."""
    number = re.sub(r"[\s().\-/]", "", phone)
    return f"tel:{number}" if re.fullmatch(r"\+?[0-9]{3,15}", number) else None


def safe_website(website: str | None) -> str | None:
    """The address if it is http or https and names a host; a source may have written anything into the field."""
    if not website:
        return None
    try:
        parts = urlsplit(website if "://" in website else f"https://{website}")
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # the port is no number, the brackets do not close
        return None
    return parts.geturl() if sound else None
