"""Which number to call when a life is in danger, by country."""

import tomllib
from functools import cache
from importlib import resources

import msgspec

__all__ = ["EmergencyNumbers", "countries_with_numbers", "emergency_numbers"]

_EVERYWHERE = "112"
"""What every mobile telephone puts through to the emergency services of where it is."""


class EmergencyNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """What to dial in a country, as it is dialled there."""

    country: str | None = None
    """ISO 3166-1 alpha-2, upper case; ``None`` where the country is not known."""
    emergency: str
    crisis_line: str | None = None
    """For somebody who thinks of suicide; ``None`` where we are not sure of one."""
    crisis_name_en: str | None = None
    crisis_name_es: str | None = None


class _CrisisLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One crisis line and where it answers."""

    countries: tuple[str, ...]
    number: str
    name_en: str
    name_es: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``emergency_numbers.toml``."""

    emergency: dict[str, tuple[str, ...]]
    """Number → countries."""
    crisis_line: tuple[_CrisisLine, ...]


def emergency_numbers(country: str | None) -> EmergencyNumbers:
    """The numbers of a country, given by its ISO 3166-1 alpha-2 code in any case; 112 where it is unknown."""
    code = (country or "").strip().upper() or None
    return _by_country().get(code or "", EmergencyNumbers(country=code, emergency=_EVERYWHERE))


def countries_with_numbers() -> frozenset[str]:
    """The countries whose number is known."""
    return frozenset(_by_country())


@cache
def _by_country() -> dict[str, EmergencyNumbers]:
    text = resources.files("finder.care").joinpath("emergency_numbers.toml").read_text("utf-8")
    file = msgspec.convert(tomllib.loads(text), _File)
    lines = {country: line for line in file.crisis_line for country in line.countries}
    found: dict[str, EmergencyNumbers] = {}
    for number, countries in file.emergency.items():
        for country in countries:
            line = lines.get(country)
            found[country] = EmergencyNumbers(
                country=country,
                emergency=number,
                crisis_line=line.number if line else None,
                crisis_name_en=line.name_en if line else None,
                crisis_name_es=line.name_es if line else None,
            )
    return found
