"""The second stage: which column of the file is which of our fields, by synonyms or as a mapping file says."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

import msgspec

from finder.domain.facility import FacilityKind
from finder.errors import BadFile, BadInput
from finder.loading.fold import folded

__all__ = ["FIELDS", "ColumnMapping", "MappingFile", "map_columns", "read_mapping_file"]

REPEATABLE = frozenset({"phone", "services", "languages"})
"""Fields that take the cells of several columns."""
WITHOUT_DEFAULT = frozenset({"name", "name2", "id", "lat", "lon"})
SECTIONS = ("missing", "columns", "identifiers", "defaults", "kinds")


@cache
def _synonyms() -> dict[str, dict[str, list[str]]]:
    text = resources.files("finder.loading").joinpath("column_synonyms.toml").read_text("utf-8")
    return {
        section: {field: [folded(name) for name in names] for field, names in fields.items()}
        for section, fields in tomllib.loads(text).items()
    }


FIELDS = tuple(_synonyms()["fields"])
"""Our names of the fields, as a mapping file writes them."""


class MappingFile(msgspec.Struct, frozen=True, kw_only=True):
    """What an admin's mapping file says; see ``docs/mappings/``."""

    columns: dict[str, tuple[str, ...]] = {}
    """Our field → the file's columns."""
    identifiers: dict[str, str] = {}
    """Scheme → the file's column."""
    defaults: dict[str, str] = {}
    """Our field → what stands in for an empty cell or a missing column."""
    kinds: dict[str, FacilityKind] = {}
    """Folded word of the file → kind."""
    missing: frozenset[str] = frozenset()
    """Texts of the file, in lower case, that stand for *nothing is known*."""
    source: str | None = None


class ColumnMapping(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns of one file are used, and for what."""

    columns: dict[str, tuple[str, ...]]
    """Our field → the file's columns."""
    identifiers: dict[str, str]
    """Scheme → the file's column."""
    ignored: tuple[str, ...]
    """Columns that are not used."""
    file: MappingFile = MappingFile()

    def column(self, field: str) -> str:
        """The first column of ``field``, or an empty string where the file has none."""
        return self.columns.get(field, ("",))[0]


def read_mapping_file(path: Path) -> MappingFile:
    """Read a mapping file (TOML). Raises :class:`BadInput` for what it cannot use, naming what would be right."""
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadInput(f"The mapping file {path.name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The mapping file {path.name} is no TOML: {error}.") from error
    name = path.name
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
        source=source,
    )


def map_columns(header: Iterable[str], file_name: str, mapping: MappingFile | None = None) -> ColumnMapping:
    """Say which column is which field: first as the mapping file says, then by synonyms, explicit ones before generic ones.

    Raises :class:`BadFile` when no column gives the name or the coordinates, listing the headers found and how to map them,
    and :class:`BadInput` when the mapping file names a column that is not there.
    """
    mapping = mapping or MappingFile()
    header = list(header)
    named = [column for columns in (*mapping.columns.values(), mapping.identifiers.values()) for column in columns]
    if absent := [column for column in named if column not in header]:
        raise BadInput(
            f"The mapping names {_listed(absent)}, which {file_name} does not have. Its columns are {_listed(header)}."
        )
    free = {folded(column): column for column in reversed(header) if column not in named}
    columns = dict(mapping.columns)
    identifiers = dict(mapping.identifiers)
    for scheme, synonyms in _synonyms()["identifiers"].items():
        if scheme not in identifiers and (found := next((name for name in synonyms if name in free), None)):
            identifiers[scheme] = free.pop(found)
    for field, synonyms in _synonyms()["fields"].items():
        if field not in columns and (found := [name for name in synonyms if name in free]):
            columns[field] = tuple(free.pop(name) for name in (found if field in REPEATABLE else found[:1]))
    _check_required(columns, header, file_name)
    used = {column for some in (*columns.values(), identifiers.values()) for column in some}
    return ColumnMapping(
        columns=columns,
        identifiers=identifiers,
        ignored=tuple(column for column in header if column not in used),
        file=mapping,
    )


def _check_required(columns: Mapping[str, object], header: list[str], file_name: str) -> None:
    needed = {"name": "the name", "lat": "the latitude", "lon": "the longitude"}
    if missing := [field for field in needed if field not in columns]:
        example = ", ".join(f'{field} = "…"' for field in missing)
        raise BadFile(
            f"{file_name} has no column for {' and '.join(needed[field] for field in missing)}. "
            f"Its columns are {_listed(header)}. Name the right one in a mapping file with a section [columns] and {example}, "
            "and give it with --mapping."
        )


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
    if not names or not all(isinstance(column, str) for column in names) or (len(names) > 1 and field not in REPEATABLE):
        several = ", or several in [ ]" if field in REPEATABLE else ""
        raise BadInput(f"The mapping file {name} must have the name of a column in quotes{several} for “{field}” in [columns].")
    return tuple(str(column) for column in names)


def _missing(name: str, content: dict[str, Any]) -> frozenset[str]:
    words = content.get("missing", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in cast("list[object]", words)):
        raise BadInput(f'The mapping file {name} must have missing as texts in quotes: missing = ["NOT AVAILABLE", "-999"].')
    return frozenset(word.lower() for word in cast("list[str]", words))
