"""NPPES: every provider of the United States with a National Provider Identifier, in the 329 columns of an npidata file (CMS).

An organisation (entity type 2) is a facility. A person (entity type 1) is a practitioner, with one role at the address of
the practice. The file has no coordinates. Which taxonomy codes are which kind of facility is in ``nucc_kinds.toml`` beside
this module.
"""

import re
import tomllib
from datetime import date
from functools import cache, lru_cache
from importlib import resources

from finder.domain.facility import FacilityKind, FacilityStatus
from finder.domain.practitioner import Gender
from finder.loading.clean import is_missing
from finder.loading.fold import folded
from finder.loading.read import Row
from finder.loading.row_error import CellProblem
from finder.loading.sources.register import Cells, has_columns
from finder.loading.sources.table import Entity, Record

__all__ = ["COLUMN_OF", "PERSON_COLUMN_OF", "deactivated_npi", "is_nppes", "kind_of_code", "records"]

TELL_TALE = frozenset(
    {"NPI", "Entity Type Code", "Provider Last Name (Legal Name)", "Healthcare Provider Taxonomy Code_1", "NPI Deactivation Date"}
)
"""Columns that no other kind of file has together."""
PRACTICE = "Provider Business Practice Location Address"

COLUMN_OF: dict[str, str] = {
    "identifiers.npi": "NPI",
    "practitioner.npi": "NPI",
    "name": "Provider Organization Name (Legal Business Name)",
    "kind": "Healthcare Provider Taxonomy Code_1",
    "services": "Healthcare Provider Taxonomy Code_1",
    "specialties": "Healthcare Provider Taxonomy Code_1",
    "status": "NPI Deactivation Date",
    "active": "NPI Deactivation Date",
    "street": "Provider First Line Business Practice Location Address",
    "unit": "Provider Second Line Business Practice Location Address",
    "city": f"{PRACTICE} City Name",
    "state": f"{PRACTICE} State Name",
    "postcode": f"{PRACTICE} Postal Code",
    "country": f"{PRACTICE} Country Code (If outside U.S.)",
    "phone": f"{PRACTICE} Telephone Number",
    "prefix": "Provider Name Prefix Text",
    "given": "Provider First Name",
    "family": "Provider Last Name (Legal Name)",
    "credential": "Provider Credential Text",
    "gender": "Provider Gender Code",
    "verified_at": "Last Update Date",
}
"""Our field → the register's column, for messages about an organisation."""
PERSON_COLUMN_OF: dict[str, str] = COLUMN_OF | {"name": "Provider Last Name (Legal Name)"}
"""The same for messages about a person."""

PERSON, ORGANISATION = "1", "2"
TAXONOMIES = 15
"""A provider has up to so many taxonomy codes."""
DOING_BUSINESS_AS = "3"
"""The type of an organisation's other name by which patients know it; 4 is a former name, 5 another one."""
GENDERS = {"M": Gender.MALE, "F": Gender.FEMALE}
"""``X`` and ``U`` (undisclosed) say nothing."""
MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\b")


def is_nppes(header: tuple[str, ...] | list[str]) -> bool:
    """Whether a table with this header is an npidata file, in any order of its columns and with others besides."""
    return has_columns(header, TELL_TALE)


def records(row: Row) -> list[Record]:
    """An organisation as a facility, or a person as a practitioner and a role.

    Raises :class:`CellProblem` for a provider of no known entity type. Most of these are deactivated: the register then
    withholds all but the number, see :func:`deactivated_npi`.
    """
    cell = Cells(row, _says_nothing)
    entity = cell("Entity Type Code").removesuffix(".0")
    if entity == ORGANISATION:
        return [_record(row, Entity.FACILITY, _facility(cell))]
    if entity == PERSON:
        role = _role(cell)
        return [
            _record(row, Entity.PRACTITIONER, _practitioner(cell)),
            *([_record(row, Entity.ROLE, role)] if role else []),
        ]
    if deactivated_npi(row):
        raise CellProblem(
            "This number is deactivated, and the register does not say whether it was a person's or an organisation's.",
            "Nothing to correct here. Where the number is that of a facility or a doctor of yours, close it by hand.",
        )
    raise CellProblem("The entity type is neither 1 (a person) nor 2 (an organisation).", "Take the row from the register anew.")


def deactivated_npi(row: Row) -> str | None:
    """The NPI of a row that says only that it is deactivated: whatever is known by this number may be closed."""
    cell = Cells(row, _says_nothing)
    return cell("NPI") if not cell("Entity Type Code") and _is_deactivated(cell) else None


def kind_of_code(code: str) -> FacilityKind:
    """The kind of facility that a taxonomy code stands for, by the longest prefix in the table."""
    prefixes = _kinds()
    return next((kind for length in range(len(code), 1, -1) if (kind := prefixes.get(code[:length]))), FacilityKind.OTHER)


@cache
def _kinds() -> dict[str, FacilityKind]:
    text = resources.files("finder.loading.sources").joinpath("nucc_kinds.toml").read_text("utf-8")
    return {prefix: FacilityKind(kind) for kind, prefixes in tomllib.loads(text).items() for prefix in prefixes}


@lru_cache(maxsize=16384)
def _says_nothing(text: str) -> bool:
    # "NA" and "NONE" are words that say nothing elsewhere; here they are names of people: only the register's own word counts.
    return folded(text) == "unavail" or (not text.isalnum() and is_missing(text))


def _record(row: Row, entity: Entity, cells: dict[str, str]) -> Record:
    return Record(row.line, entity, {field: text for field, text in cells.items() if text})


def _facility(cell: Cells) -> dict[str, str]:
    codes = _codes(cell)
    other_name_type = cell("Provider Other Organization Name Type Code").removesuffix(".0")
    trade_name = cell("Provider Other Organization Name") if other_name_type == DOING_BUSINESS_AS else ""
    return {
        "identifiers.npi": cell("NPI"),
        "name": trade_name or cell("Provider Organization Name (Legal Business Name)"),
        "kind": kind_of_code(codes[0]) if codes else FacilityKind.OTHER,
        "services": ";".join(codes),
        # A number in force does not say that patients are seen: only its end says something.
        "status": FacilityStatus.CLOSED if _is_deactivated(cell) else "",
        "verified_at": _iso(cell("Last Update Date")),
    } | _practice(cell)


def _practitioner(cell: Cells) -> dict[str, str]:
    prefix, family = cell("Provider Name Prefix Text"), cell("Provider Last Name (Legal Name)")
    given = _joined(cell("Provider First Name"), cell("Provider Middle Name"))
    return {
        "identifiers.npi": cell("NPI"),
        "name": _joined(prefix, given, family, cell("Provider Name Suffix Text")) if given or family else "",
        "prefix": prefix,
        "given": given,
        "family": family,
        "credential": cell("Provider Credential Text"),
        "specialties": ";".join(_codes(cell)),
        "gender": GENDERS.get(cell("Provider Gender Code", "Provider Sex Code").upper(), ""),
        "active": "no" if _is_deactivated(cell) else "yes",
        "verified_at": _iso(cell("Last Update Date")),
    }


def _role(cell: Cells) -> dict[str, str]:
    """The practice where the person works; empty where the register gives no address of it."""
    practice = _practice(cell)
    if not practice["street"] and not practice["city"]:
        return {}
    return practice | {
        "practitioner.npi": cell("NPI"),
        "active": "no" if _is_deactivated(cell) else "yes",
        "verified_at": _iso(cell("Last Update Date")),
    }


def _practice(cell: Cells) -> dict[str, str]:
    return {field: cell(COLUMN_OF[field]) for field in ("street", "unit", "city", "state", "postcode", "phone")} | {
        "country": cell(COLUMN_OF["country"], f"{PRACTICE} Country Code") or "US"
    }


def _codes(cell: Cells) -> list[str]:
    """The taxonomy codes, each once, the primary one first (else in their order)."""
    codes: dict[str, bool] = {}
    for number in range(1, TAXONOMIES + 1):
        if code := cell(f"Healthcare Provider Taxonomy Code_{number}").upper():
            is_primary = cell(f"Healthcare Provider Primary Taxonomy Switch_{number}").upper() == "Y"
            codes[code] = codes.get(code, False) or is_primary
    return sorted(codes, key=lambda code: not codes[code])


def _is_deactivated(cell: Cells) -> bool:
    """Whether the number has been withdrawn and not given back since."""
    ended, again = _iso(cell("NPI Deactivation Date")), _iso(cell("NPI Reactivation Date"))
    return bool(ended) and again < ended


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _iso(text: str) -> str:
    """A date of this register has its month first; what is no such date stays as it is."""
    if match := MONTH_FIRST.match(text):
        month, day, year = (int(group) for group in match.groups())
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return text
    return text
