"""A mapping sent as JSON, written as the TOML file that it stands for."""

import json

import msgspec

__all__ = ["MappingBody", "mapping_toml"]

FORMS = {"\x7f": "\\u007f"}
"""What JSON leaves as it is and TOML does not take."""


class MappingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping with the sections of a mapping file: see docs/mappings."""

    missing: list[str] = []
    columns: dict[str, str | list[str]] = {}
    identifiers: dict[str, str] = {}
    kinds: dict[str, str] = {}
    defaults: dict[str, str] = {}


def mapping_toml(body: MappingBody) -> str:
    """The mapping as TOML 1.0. What its sections may hold is for the reader of mapping files to check."""
    sections = msgspec.to_builtins(body)
    lines = [f"missing = {_value(sections.pop('missing'))}"] if body.missing else []
    for section, entries in sections.items():
        lines += [f"[{section}]", *(f"{_value(key)} = {_value(value)}" for key, value in entries.items())]
    return "\n".join([*lines, ""])


def _value(value: str | list[str]) -> str:
    """A basic string or an array of them. TOML's escapes are JSON's, save surrogates: so letters stay letters."""
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return "".join(FORMS.get(letter, letter) for letter in json.dumps(value, ensure_ascii=False))
