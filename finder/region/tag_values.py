"""Reading one tag's value: lists, texts, dates."""

import re
from collections.abc import Mapping
from datetime import date

__all__ = ["Tags", "date_in", "text_of", "values_in"]

type Tags = Mapping[str, str]


def values_in(written: str | None) -> list[str]:
    """The values of a tag that lists several: ``"A b; c"`` → ``["a_b", "c"]``."""
    return [value.strip().casefold().replace(" ", "_") for value in (written or "").split(";") if value.strip()]


def text_of(tags: Tags, *keys: str) -> str | None:
    """The first of the keys that has a text."""
    return next((value for key in keys if (value := tags.get(key, "").strip())), None)


def date_in(written: str | None) -> date | None:
    """``2021-05-03``, ``2021-05`` or ``2021``, the latter two as their first day; anything else is no date."""
    match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", (written or "").strip())
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1)) if match else None
    except ValueError:
        return None
