"""The mapping file: what an admin says of a file's columns, words and gaps, as TOML; reading it, and writing it again."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

import msgspec
import opening_hours

from finder.domain.facility import FacilityKind
from finder.errors import BadInput
from finder.loading.fold import folded

__all__ = [
    "FIELDS",
    "REPEATABLE",
    "MappingFile",
    "mapping_file_text",
    "mapping_from_text",
    "quoted",
    "read_mapping_file",
    "synonyms",
]

REPEATABLE = frozenset({"phone", "services", "languages", "plans"})
"""Fields that take the cells of several columns."""
PAIRED = frozenset({"opening_hours"})
"""Fields that take one column, or two: from and to."""
WITHOUT_DEFAULT = frozenset({"name", "name2", "id", "lat", "lon"})
SECTIONS = ("missing", "days", "columns", "identifiers", "defaults", "kinds")
DAYS = re.compile(r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)(?:[-,](?:Mo|Tu|We|Th|Fr|Sa|Su|PH))*")
PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
NOT_IN_TOML = {"\x7f": "\\u007f"}
"""What JSON leaves as it is and TOML does not take in a text."""


@cache
def synonyms() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """By section (``identifiers``, ``fields``) and field, the names that columns have, as the file of synonyms writes them."""
    text = resources.files("finder.loading").joinpath("column_synonyms.toml").read_text("utf-8")
    return {section: {field: tuple(names) for field, names in fields.items()} for section, fields in tomllib.loads(text).items()}


FIELDS = tuple(synonyms()["fields"])
"""Our names of the fields, as a mapping file writes them."""


class MappingFile(msgspec.Struct, frozen=True, kw_only=True):
    """What an admin's mapping file says; see ``docs/mappings/``."""

    columns: dict[str, tuple[str, ...]] = {}
    """Our field → the file's columns. Two of ``opening_hours`` are from and to, to be read by ``clean_hours.joined_hours``."""
    identifiers: dict[str, str] = {}
    """Scheme → the file's column."""
    defaults: dict[str, str] = {}
    """Our field → what stands in for an empty cell or a missing column."""
    kinds: dict[str, FacilityKind] = {}
    """Folded word of the file → kind."""
    missing: frozenset[str] = frozenset()
    """Texts of the file, in lower case, that stand for *nothing is known*."""
    days: str | None = None
    """When those hours hold that have no days in the file, as OpenStreetMap writes it: ``Mo-Fr``. ``None``: not stated."""
    source: str | None = None


def read_mapping_file(path: Path) -> MappingFile:
    """Read a mapping file (TOML). Raises :class:`BadInput` for what it cannot use, naming what would be right."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadInput(f"The mapping file {path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"The mapping file {path.name} is no TOML: {error}.") from error
    return mapping_from_text(text, path.name)


def mapping_from_text(text: str, name: str) -> MappingFile:
    """What the text of a mapping file says; ``name`` is what messages call it. Raises :class:`BadInput` as the reader does."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The mapping file {name} is no TOML: {error}.") from error
    _known(name, "the top level", content, SECTIONS)
    defaults = _texts(name, "defaults", content)
    source = defaults.pop("source", None)
    columns = _table(name, "columns", content)
    _known(name, "[columns]", columns, FIELDS)
    _known(name, "[defaults]", defaults, [*(field for field in FIELDS if field not in WITHOUT_DEFAULT), "source"])
    kinds = _texts(name, "kinds", content)
    _known(name, "[kinds] on the right side", kinds.values(), [str(kind) for kind in FacilityKind])
    if "kind" in defaults:
        _known(name, "[defaults] kind", [defaults["kind"]], [str(kind) for kind in FacilityKind])
    return MappingFile(
        columns={field: _column_names(name, field, value) for field, value in columns.items()},
        identifiers=_texts(name, "identifiers", content),
        defaults=defaults,
        kinds={folded(word): FacilityKind(kind) for word, kind in kinds.items()},
        missing=_missing(name, content),
        days=_days(name, content),
        source=source,
    )


def mapping_file_text(mapping: MappingFile) -> str:
    """The mapping as the text of a mapping file, which :func:`mapping_from_text` reads as the same mapping again."""
    top = [f"missing = [{', '.join(map(quoted, sorted(mapping.missing)))}]"] if mapping.missing else []
    top += [f"days = {quoted(mapping.days)}"] if mapping.days else []
    columns = {
        field: quoted(names[0]) if len(names) == 1 else f"[{', '.join(map(quoted, names))}]"
        for field, names in mapping.columns.items()
    }
    defaults = {"source": mapping.source} if mapping.source is not None else {}
    sections = {
        "columns": columns,
        "identifiers": {scheme: quoted(column) for scheme, column in mapping.identifiers.items()},
        "kinds": {word: quoted(kind) for word, kind in mapping.kinds.items()},
        "defaults": {field: quoted(text) for field, text in (defaults | mapping.defaults).items()},
    }
    parts = ["\n".join(top)] if top else []
    for section, entries in sections.items():
        if entries:
            parts.append("\n".join([f"[{section}]", *(f"{_key(key)} = {value}" for key, value in entries.items())]))
    return "\n\n".join(parts) + "\n"


def quoted(text: str) -> str:
    """A basic string of TOML 1.0, whose escapes are JSON's; letters stay letters."""
    return "".join(NOT_IN_TOML.get(letter, letter) for letter in json.dumps(text, ensure_ascii=False))


def _key(key: str) -> str:
    return key if PLAIN_KEY.fullmatch(key) else quoted(key)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _known(name: str, where: str, given: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    if unknown := [key for key in given if key not in known]:
        raise BadInput(f"The mapping file {name} has {_listed(unknown)} in {where}; there it can have {', '.join(known)}.")


def _table(name: str, section: str, content: dict[str, Any]) -> dict[str, object]:
    table = content.get(section, {})
    if not isinstance(table, dict):
        raise BadInput(f"The mapping file {name} must have {section} as a section: [{section}].")
    return cast("dict[str, object]", table)


def _texts(name: str, section: str, content: dict[str, Any]) -> dict[str, str]:
    table = _table(name, section, content)
    if wrong := [key for key, value in table.items() if not isinstance(value, str)]:
        raise BadInput(f"The mapping file {name} must have a text in quotes for {_listed(wrong)} in [{section}].")
    return {key: str(value) for key, value in table.items()}


def _column_names(name: str, field: str, value: object) -> tuple[str, ...]:
    names = cast("list[object]", value) if isinstance(value, list) else [value]
    several = field in REPEATABLE or (field in PAIRED and len(names) == 2 and len(set(map(str, names))) == 2)
    if not names or not all(isinstance(column, str) for column in names) or (len(names) > 1 and not several):
        more = ", or several in [ ]" if field in REPEATABLE else ""
        more = ', or two of times: ["from", "to"]' if field in PAIRED else more
        raise BadInput(f"The mapping file {name} must have the name of a column in quotes{more} for “{field}” in [columns].")
    return tuple(str(column) for column in names)


def _missing(name: str, content: dict[str, Any]) -> frozenset[str]:
    words = content.get("missing", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in cast("list[object]", words)):
        raise BadInput(f'The mapping file {name} must have missing as texts in quotes: missing = ["NOT AVAILABLE", "-999"].')
    return frozenset(word.lower() for word in cast("list[str]", words))


def _days(name: str, content: dict[str, Any]) -> str | None:
    days = content.get("days")
    if days is None:
        return None
    if not isinstance(days, str) or not DAYS.fullmatch(days) or not opening_hours.validate(f"{days} 08:00-16:00"):
        raise BadInput(
            f'The mapping file {name} must have days as OpenStreetMap writes them, without times: days = "Mo-Fr" or "Mo-Fr,Su".'
        )
    return days
