"""A mapping sent as JSON, written as the TOML file that it stands for."""

import json

import msgspec

__all__ = ["MappingBody", "mapping_toml"]

FORMS = {"\x7f": "\\u007f"}
"""What JSON leaves as it is and TOML does not take."""


class MappingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping with the sections of a mapping file: see docs/mappings."""

    missing: list[str] = []
    days: str | None = None
    """On which days hours hold of which the file does not say it, as OpenStreetMap writes them: ``Mo-Fr``."""
    columns: dict[str, str | list[str]] = {}
    identifiers: dict[str, str] = {}
    kinds: dict[str, str] = {}
    defaults: dict[str, str] = {}


def mapping_toml(body: MappingBody) -> str:
    """The mapping as TOML 1.0. What its sections may hold is for the reader of mapping files to check."""
    sections = msgspec.to_builtins(body)
    missing, days = sections.pop("missing", None), sections.pop("days", None)
    lines = [f"missing = {_value(missing)}"] if missing else []
    lines += [f"days = {_value(days)}"] if days is not None else []
    for section, entries in sections.items():
        lines += [f"[{section}]", *(f"{_value(key)} = {_value(value)}" for key, value in entries.items())]
    return "\n".join([*lines, ""])


def _value(value: str | list[str]) -> str:
    """A basic string or an array of them. TOML's escapes are JSON's, save surrogates: so letters stay letters."""
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return "".join(FORMS.get(letter, letter) for letter in json.dumps(value, ensure_ascii=False))
