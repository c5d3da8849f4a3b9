"""The words that files use for kinds, states of operation, access, languages and countries."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from babel import Locale

from finder.domain.facility import FacilityKind, FacilityStatus, Wheelchair
from finder.loading.fold import folded

__all__ = ["countries", "kinds", "languages", "missing_words", "statuses", "wheelchair_words"]


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(resources.files("finder.loading").joinpath("word_lists.toml").read_text("utf-8"))


def _by_word(section: str) -> dict[str, str]:
    return {folded(word): meaning for meaning, words in _lists()[section].items() for word in (meaning, *words)}


@cache
def missing_words() -> frozenset[str]:
    """Folded words that stand for *nothing is known*."""
    return frozenset(folded(word) for word in _lists()["missing"])


@cache
def kinds() -> dict[str, FacilityKind]:
    """Folded word → kind."""
    return {word: FacilityKind(kind) for word, kind in _by_word("kinds").items()}


@cache
def statuses() -> dict[str, FacilityStatus]:
    """Folded word → status."""
    return {word: FacilityStatus(status) for word, status in _by_word("statuses").items()}


@cache
def wheelchair_words() -> dict[str, Wheelchair]:
    """Folded word → access by wheelchair."""
    return {word: Wheelchair(access) for word, access in _by_word("wheelchair").items()}


@cache
def languages() -> dict[str, str]:
    """Folded English or Spanish name, or tag → BCP 47 tag. The names are the CLDR's, by way of Babel."""
    names: dict[str, str] = {}
    for locale in ("en", "es"):
        for code, name in Locale(locale).languages.items():
            tag = code.replace("_", "-")
            names.setdefault(folded(name), tag)
            names[folded(tag)] = tag
    return names | _by_word("languages")


@cache
def countries() -> dict[str, str]:
    """Folded name or code → ISO 3166-1 alpha-2. Two-letter codes and names are the CLDR's, by way of Babel."""
    names: dict[str, str] = {}
    for locale in ("en", "es"):
        for code, name in Locale(locale).territories.items():
            if len(code) == 2 and code.isalpha():
                names[folded(name)] = code
                names[folded(code)] = code
    return names | _by_word("countries")
