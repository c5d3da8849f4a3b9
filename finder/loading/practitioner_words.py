"""The columns and words of tables of doctors, read once from ``practitioner_synonyms.toml``."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from finder.domain.practitioner import Gender
from finder.loading.fold import folded

__all__ = ["columns_of_fields", "genders", "telling_columns", "titles", "yes_no_words"]


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(resources.files("finder.loading").joinpath("practitioner_synonyms.toml").read_text("utf-8"))


@cache
def columns_of_fields() -> dict[str, tuple[str, ...]]:
    """Our field → the folded names of columns that give it, the one that is asked first at the front."""
    return {field: tuple(folded(name) for name in names) for field, names in _lists()["fields"].items()}


@cache
def telling_columns(section: str) -> frozenset[str]:
    """The folded names of columns that only a table of doctors (``doctors_only``) or of ``facilities_only`` has."""
    return frozenset(folded(name) for name in _lists()[section]["columns"])


@cache
def yes_no_words() -> dict[str, bool]:
    """Folded word → whether it is a yes."""
    return {folded(word): answer == "yes" for answer, words in _lists()["yes_no"].items() for word in words}


@cache
def genders() -> dict[str, Gender]:
    """Folded word → gender."""
    return {folded(word): Gender(gender) for gender, words in _lists()["gender"].items() for word in words}


@cache
def titles() -> frozenset[str]:
    """Words before a name that do not tell one person from another."""
    return frozenset(_lists()["titles"]["words"])
