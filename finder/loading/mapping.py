"""The second stage: which column of the file is which of our fields, by synonyms or as a mapping file says."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec

from finder.errors import BadFile, BadInput
from finder.loading.fold import folded
from finder.loading.mapping_file import FIELDS, REPEATABLE, MappingFile, read_mapping_file, synonyms
from finder.loading.suggest import Suggestion, suggest_mapping

__all__ = [
    "FIELDS",
    "ColumnMapping",
    "MappingFile",
    "likely_columns",
    "map_columns",
    "mapping_of_columns",
    "read_mapping_file",
]

POSITION = ("lat", "lon")
ADDRESS = ("street", "postcode", "city")
"""Each of them, with what else the row says, may be enough to find it."""
CALLED = {"name": "the name", "lat": "the latitude", "lon": "the longitude"}
LIKELY = 0.6
"""From this confidence on a column is named in a message as what is meant."""


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


def map_columns(
    header: Iterable[str],
    file_name: str,
    mapping: MappingFile | None = None,
    sample: Sequence[Mapping[str, str]] = (),
) -> ColumnMapping:
    """Say which column is which field: first as the mapping file says, then by synonyms, explicit ones before generic ones.

    A table needs a name, and what tells where each place is: coordinates, an address, or an identifier, by which the place of
    a facility that is known already is found. Raises :class:`BadFile` where it has not, listing the headers found, which column
    is likely meant (``sample`` are some rows, whose cells help to tell), and how to map it. Raises :class:`BadInput` when the
    mapping file names a column that is not there.
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
    for scheme, names in _folded_synonyms("identifiers").items():
        if scheme not in identifiers and (found := next((name for name in names if name in free), None)):
            identifiers[scheme] = free.pop(found)
    for field, names in _folded_synonyms("fields").items():
        if field not in columns and (found := [name for name in names if name in free]):
            columns[field] = tuple(free.pop(name) for name in (found if field in REPEATABLE else found[:1]))
    used = {column for some in (*columns.values(), identifiers.values()) for column in some}
    mapped = ColumnMapping(
        columns=columns,
        identifiers=identifiers,
        ignored=tuple(column for column in header if column not in used),
        file=mapping,
    )
    _check_required(mapped, header, file_name, sample)
    return mapped


def mapping_of_columns(columns: ColumnMapping) -> MappingFile:
    """The mapping file that names what was used, whether it was named or found by synonyms: so that it can be remembered."""
    return msgspec.structs.replace(columns.file, columns=columns.columns, identifiers=columns.identifiers)


def likely_columns(columns: ColumnMapping, sample: Sequence[Mapping[str, str]]) -> tuple[Suggestion, ...]:
    """Columns that are likely one of the fields that the table has no column for, as a hint to the admin.

    What the mapping file says is believed; a column that a synonym found may turn out to be another, such as ``ID`` with names.
    """
    filled = {*columns.columns, *columns.file.defaults, *(f"identifiers.{scheme}" for scheme in columns.identifiers)}
    return tuple(
        suggestion
        for suggestion in suggest_mapping(_header_of(columns), sample, columns.file)
        if suggestion.field is not None and suggestion.field not in filled and suggestion.confidence >= LIKELY
    )


@cache
def _folded_synonyms(section: str) -> dict[str, list[str]]:
    return {field: [folded(name) for name in names] for field, names in synonyms()[section].items()}


def _header_of(columns: ColumnMapping) -> list[str]:
    used = (column for some in (*columns.columns.values(), columns.identifiers.values()) for column in some)
    return [*used, *columns.ignored]


def _check_required(mapped: ColumnMapping, header: list[str], file_name: str, sample: Sequence[Mapping[str, str]]) -> None:
    columns = mapped.columns
    missing = [field for field in ("name",) if field not in columns]
    half = sum(field in columns for field in POSITION) == 1
    if half or not (POSITION[0] in columns or mapped.identifiers or {"id", *ADDRESS} & columns.keys()):
        missing += [field for field in POSITION if field not in columns]
    if not missing:
        return
    example = ", ".join(f'{field} = "…"' for field in missing)
    hints = [
        f"“{suggestion.column}” looks like {CALLED[suggestion.field]}."
        for suggestion in likely_columns(mapped, sample)
        if suggestion.field in missing
    ]
    raise BadFile(
        " ".join(
            [
                f"{file_name} has no column for {' and '.join(CALLED[field] for field in missing)}.",
                f"Its columns are {_listed(header)}.",
                *hints,
                f"Name the right one in a mapping file with a section [columns] and {example}, and give it with --mapping.",
            ]
        )
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
