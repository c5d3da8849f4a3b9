"""What the check of places knows beyond the files of places: writings of names, and how far municipalities reach."""

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources

import msgspec

from finder.words.folding import fold, spelled_out

__all__ = ["city_readings", "house_and_street", "neighbourhood_name", "place_name", "reach_m", "same_country", "street_name"]

_PARENTHESES = re.compile(r"\s*[(\[]([^)\]]*)[)\]]\s*")
_NUMBER = r"\d{1,6}(?:\s?-?\s?[a-z])?(?:\s?[-/]\s?\d{1,6})?"
_NUMBER_FIRST = re.compile(rf"(?P<number>{_NUMBER})\s+(?P<street>\D.*)", re.IGNORECASE)
_NUMBER_LAST = re.compile(rf"(?P<street>.*?[^\W\d_].*?)[\s,#]+(?P<number>{_NUMBER})", re.IGNORECASE)


class _Words(msgspec.Struct, forbid_unknown_fields=True):
    """``place_words.toml``, which explains itself."""

    city_prefixes: tuple[str, ...]
    neighbourhood_prefixes: tuple[str, ...]
    no_number: frozenset[str]
    number_words: tuple[str, ...]
    city_words: dict[str, str]
    municipality_reach_km: dict[str, dict[str, float]]
    municipality_names_reach_km: dict[str, dict[str, dict[str, float]]]
    same_country: dict[str, frozenset[str]]


@cache
def _words() -> _Words:
    text = resources.files("finder.loading").joinpath("place_words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _Words)


@lru_cache(maxsize=65_536)
def place_name(text: str) -> str:
    """The one form of all ways to write a city: ``Mpio. de Cd. Juárez`` and ``CIUDAD JUAREZ`` become ``ciudadjuarez``."""
    return "".join(_spelt(_without(fold(text), _words().city_prefixes)))


@lru_cache(maxsize=65_536)
def neighbourhood_name(text: str) -> str:
    """The one form of all ways to write a neighbourhood: ``Col. Centro`` is ``Centro``."""
    spelt = " ".join(_spelt(fold(text)))
    return _without(spelt, _words().neighbourhood_prefixes).replace(" ", "")


def street_name(text: str) -> str:
    """The one form of all ways to write a street, or a house with it. Blanks stay: ``Calle 1 02`` is not ``Calle 10 2``."""
    return " ".join(spelled_out(word) for word in fold(text.replace("#", " ")).split() if word not in _words().number_words)


def city_readings(text: str) -> tuple[str, ...]:
    """The names that a cell for the city may hold, each as :func:`place_name` has it, that of the whole cell first.

    ``Vicente Guerrero (Algodones)`` may be called by either name; of ``Tijuana, Baja California`` the first part is the city.
    """
    inside = _PARENTHESES.findall(text)
    parts = (text, _PARENTHESES.sub(" ", text), *inside, text.partition(",")[0], *(text.split("/") if "/" in text else ()))
    return tuple(dict.fromkeys(name for part in parts if (name := place_name(part))))


def house_and_street(house_number: str | None, street: str | None) -> tuple[str | None, str | None]:
    """The number and the street; where one cell holds both, parted: ``AVE. EUCALIPTO NO. 1`` → ``1``, ``AVE. EUCALIPTO NO.``"""
    if house_number is not None and fold(house_number) in _words().no_number:
        house_number = None
    if street is None or house_number is not None:
        return house_number, street
    text = street.strip()
    match = _NUMBER_FIRST.fullmatch(text) or _NUMBER_LAST.fullmatch(text)
    return (match["number"], match["street"]) if match else (None, text)


@lru_cache(maxsize=65_536)
def reach_m(country: str | None, state_code: str | None, city: str) -> float:
    """How far from its seat the municipality of that name may reach, where addresses name municipalities; else 0."""
    reach_km = _words().municipality_reach_km.get(country or "", {})
    named = _words().municipality_names_reach_km.get(country or "", {}).get(state_code or "", {})
    widest = next((km for name, km in named.items() if place_name(name) == city), 0.0)
    return 1000.0 * max(widest, reach_km.get(state_code or "", reach_km.get("default", 0.0)))


@cache
def same_country(country: str) -> frozenset[str]:
    """The country and those whose territory may be taken for its own, or its own for theirs."""
    families = _words().same_country
    parents = {parent for parent, members in families.items() if country in members}
    siblings = {member for parent in parents for member in families[parent]} if "US" in parents else set[str]()
    return frozenset({country, *parents, *siblings, *families.get(country, ())})


def _spelt(text: str) -> list[str]:
    return [_words().city_words.get(word, spelled_out(word)) for word in text.split()]


def _without(text: str, prefixes: tuple[str, ...]) -> str:
    """The text without a word that only says what it is; a name that is nothing else stays."""
    for prefix in prefixes:
        if text.startswith(prefix + " "):
            return text[len(prefix) + 1 :]
    return text
