"""An admin's plain table of doctors: one row for each doctor, or for each place at which a doctor works."""

from collections.abc import Iterable, Mapping

import msgspec

from finder.errors import BadFile, BadInput
from finder.loading.fold import folded
from finder.loading.practitioner_words import columns_of_fields, telling_columns
from finder.loading.read import Row
from finder.loading.sources.table import Entity, Record

__all__ = ["DoctorColumns", "doctor_records", "is_doctors", "map_doctor_columns"]

REPEATABLE = frozenset({"specialties", "languages", "phone", "plans"})
"""Fields that take the cells of several columns."""
PERSON = ("name", "prefix", "given", "family", "credential", "specialties", "languages", "gender", "active", "verified_at", "id")
PEOPLES_NUMBERS = ("npi", "cedula")
PLACE = ("street", "house_number", "unit", "neighbourhood", "city", "state", "postcode", "country")
PLACES_NUMBERS = ("facility.clues", "facility.npi", "facility.ccn", "facility.id")
AT_PLACE = ("phone", "opening_hours", "plans", "accepting_new_patients", "telehealth", "verified_at")
ENGLISH_GENDER = frozenset({"gender", "sex"})
"""Columns in which ``M`` is a man; in a Spanish one it may be a woman (*mujer*)."""


class DoctorColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns of a table of doctors are used, and for what."""

    columns: dict[str, tuple[str, ...]]
    """Our field → the file's columns."""
    ignored: tuple[str, ...]
    """Columns that are not used."""

    @property
    def column_of(self) -> dict[str, str]:
        """Our field, as records call it → the file's (first) column, for messages."""
        found = {field: columns[0] for field, columns in self.columns.items()}
        for scheme in PEOPLES_NUMBERS:
            if scheme in found:
                found[f"identifiers.{scheme}"] = found[f"practitioner.{scheme}"] = found[scheme]
        return {"name": found.get("family", found.get("given", ""))} | found


def is_doctors(header: Iterable[str]) -> bool:
    """Whether a table with this header is one of doctors. In doubt it is not: facilities come more often.

    It has a column that only doctors have, or both given and family names, or a specialty beside the number of a facility;
    and none that only facilities have, such as coordinates.
    """
    names = {folded(name) for name in header}
    if names & telling_columns("facilities_only"):
        return False
    has = {field for field, synonyms in columns_of_fields().items() if names & set(synonyms)}
    return bool(
        names & telling_columns("doctors_only")
        or {"given", "family"} <= has
        or ({"name", "specialties"} <= has and has & {"facility.npi", "facility.id", "facility.clues"})
    )


def map_doctor_columns(
    header: Iterable[str], file_name: str, columns: Mapping[str, tuple[str, ...]] | None = None
) -> DoctorColumns:
    """Say which column is which field: first as ``columns`` (our field → the file's columns) says, then by synonyms.

    Raises :class:`BadFile` when no column gives a name, and :class:`BadInput` when ``columns`` names a field or a column that
    is not there.
    """
    header = list(header)
    found = dict(columns or {})
    if unknown := [field for field in found if field not in columns_of_fields()]:
        raise BadInput(f"A mapping of doctors has no field {_listed(unknown)}; it has {', '.join(columns_of_fields())}.")
    named = [column for some in found.values() for column in some]
    if absent := [column for column in named if column not in header]:
        raise BadInput(
            f"The mapping names {_listed(absent)}, which {file_name} does not have. Its columns are {_listed(header)}."
        )
    free = {folded(column): column for column in reversed(header) if column not in named}
    for field, synonyms in columns_of_fields().items():
        if field not in found and (there := [name for name in synonyms if name in free]):
            found[field] = tuple(free.pop(name) for name in (there if field in REPEATABLE else there[:1]))
    if not {"name", "family"} & set(found):
        raise BadFile(
            f"{file_name} has no column for the doctor's name. Its columns are {_listed(header)}. "
            "Call one “name”, or two “given name” and “family name”."
        )
    used = {column for some in found.values() for column in some}
    return DoctorColumns(columns=found, ignored=tuple(column for column in header if column not in used))


def doctor_records(row: Row, columns: DoctorColumns) -> list[Record]:
    """The doctor of a row, and the role where the row says at which facility or address."""
    cells = {field: ";".join(text for column in some if (text := row.cells[column])) for field, some in columns.columns.items()}
    if cells.get("gender", "").upper() == "M" and folded(columns.columns["gender"][0]) in ENGLISH_GENDER:
        cells["gender"] = "male"
    given = _joined(cells.get("given"), cells.get("middle"))
    family = _joined(cells.get("family"), cells.get("family2"))
    cells |= {"given": given, "family": family}
    numbers = {scheme: cells[scheme] for scheme in PEOPLES_NUMBERS if cells.get(scheme)}
    person = _some(cells, PERSON) | {f"identifiers.{scheme}": number for scheme, number in numbers.items()}
    found = [Record(row.line, Entity.PRACTITIONER, person)]
    place = _some(cells, PLACE) | _some(cells, PLACES_NUMBERS)
    if (source := cells.get("facility.source")) and "facility.id" in place:
        place[f"facility.{source}"] = place.pop("facility.id")
    if any(field in ("street", "city") or field.startswith("facility.") for field in place):
        of = {f"practitioner.{scheme}": number for scheme, number in numbers.items()}
        if own := cells.get("id"):
            of["practitioner.id"] = own
        of["practitioner.name"] = cells.get("name") or _joined(given, family)
        found.append(Record(row.line, Entity.ROLE, place | of | _some(cells, AT_PLACE)))
    return found


def _some(cells: Mapping[str, str], fields: Iterable[str]) -> dict[str, str]:
    return {field: text for field in fields if (text := cells.get(field))}


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
