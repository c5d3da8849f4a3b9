"""What a cell would say in a CSV file: numbers, dates and lists as text, alike for every kind of file that has types."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import cast

__all__ = ["as_text", "plain_text"]

EXPONENT_FROM = 1e21
"""From here on a number is no code and no phone, and its digits would only be zeros."""


def as_text(value: object) -> str:  # noqa: PLR0911 - one for each type
    """The trimmed text of ``value``; empty for what says nothing (``None``, not a number, bytes).

    A whole number is written without ``.0`` and without an exponent, so that postcodes and phones survive; yes and no for
    booleans; ISO 8601 for days, with ``T08:30`` where there is a time of day; ``08:30`` for times. The parts of a list are
    joined by ``;``, and an object is written as JSON.
    """
    match value:
        case str():
            return plain_text(value)
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case float():
            return _number(value)
        case Decimal():
            return _decimal(value)
        case datetime():
            return value.date().isoformat() if value.timetz() == time() else f"{value.date().isoformat()}T{_time(value.time())}"
        case date():
            return value.isoformat()
        case time():
            return _time(value)
        case list() | tuple():
            return ";".join(filter(None, map(as_text, cast("list[object]", value))))
        case Mapping():
            return plain_text(json.dumps(value, ensure_ascii=False, default=as_text))
        case _:
            return ""


def plain_text(text: str) -> str:
    """The text, trimmed; halves of letters, which JSON can hold and UTF-8 cannot, become question marks."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.strip()


def _number(value: float) -> str:
    if not isfinite(value):
        return ""
    if abs(value) >= EXPONENT_FROM:
        return repr(value)
    return str(int(value)) if value.is_integer() else _decimal(Decimal(repr(value)))


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _time(value: time) -> str:
    """To the nearest second: Excel holds a time as a fraction of a day, which is seldom exact."""
    seconds = value.hour * 3600 + value.minute * 60 + value.second + (value.microsecond >= 500_000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text
