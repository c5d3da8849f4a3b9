"""The law as a table: who may fence a place of care where and what for, each row with its source and when that was read."""

import hashlib
import math
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from itertools import product, starmap
from typing import Annotated, Final, NamedTuple

import msgspec

from finder.care.specialties import specialties
from finder.domain.facility import FacilityKind
from finder.errors import BadInput
from finder.words.folding import fold

__all__ = [
    "Allowed",
    "Atlas",
    "Jurisdiction",
    "LawTable",
    "Length",
    "Operator",
    "Purpose",
    "Row",
    "Sensitive",
    "SiteRule",
    "law_table",
    "law_table_from",
]

_M_PER_FT: Final = 0.3048
type _Text = Annotated[str, msgspec.Meta(min_length=1)]


class Operator(StrEnum):
    """Who wants the fence."""

    RUNS_THE_FACILITY = "runs_the_facility"
    OTHER = "other"


class Purpose(StrEnum):
    """What the fence is for."""

    NOTICES = "notices"
    """What the person who visits has asked to be told."""
    ANALYTICS = "analytics"
    ADVERTISING = "advertising"


class Allowed(StrEnum):
    """What a row says. None says yes without asking the person."""

    NO = "no"
    WITH_EXPRESS_CONSENT = "with_express_consent"


class SiteRule(StrEnum):
    """Where a fence may lie."""

    OFF = "off"
    OWN_SITE = "own_site"


class Atlas(StrEnum):
    """Whose outline a jurisdiction has."""

    WORLD = "world"
    """Countries of Natural Earth, 1:10m, by ISO 3166-1 numeric code."""
    US = "us"
    """States of the US Census Bureau's cartographic boundaries, by FIPS code."""


class Length(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A length on the ground in whole metres; ``ft`` where the source gives feet, which the metres are rounded up from."""

    m: Annotated[int, msgspec.Meta(ge=0, le=5_000)]
    ft: Annotated[int, msgspec.Meta(ge=0)] | None = None

    def __post_init__(self) -> None:
        if self.ft is not None and self.m != math.ceil(self.ft * _M_PER_FT):
            raise ValueError(f"{self.ft} ft are {math.ceil(self.ft * _M_PER_FT)} m, rounded up")


class Jurisdiction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a law rules that has rows here."""

    code: _Text
    """ISO 3166-1 alpha-2, or ISO 3166-2: ``US-CA``."""
    atlas: Atlas
    id: _Text
    name_en: _Text
    name_es: _Text


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds in some jurisdictions, for some operators and purposes."""

    id: _Text
    jurisdictions: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    operators: Annotated[tuple[Operator, ...], msgspec.Meta(min_length=1)]
    purposes: Annotated[tuple[Purpose, ...], msgspec.Meta(min_length=1)]
    allowed: Allowed
    site: SiteRule
    beyond: Length | None = None
    """How far a fence may reach beyond the perimeter of the own site; where ``site`` is ``own_site``, and only there."""
    sensitive_distance: Length | None = None
    """How far it stays from the perimeter of another, sensitive site. Without one it may not touch it all the same."""
    stricter_than_law: bool = False
    """The finder's own choice: what was read would allow more, or does not say."""
    why_en: _Text
    why_es: _Text
    law: _Text
    source: Annotated[str, msgspec.Meta(pattern=r"^https://\S+$")]
    read_on: date

    def __post_init__(self) -> None:
        if (self.allowed is Allowed.NO) != (self.site is SiteRule.OFF):
            raise ValueError(f'row {self.id}: site is "off" where nothing is allowed, and only there')
        if (self.beyond is None) != (self.site is SiteRule.OFF):
            raise ValueError(f'row {self.id}: with "own_site" say how far beyond it, and only there')

    def why(self, language: str) -> str:
        """Why so, in Spanish for ``es…``, else in English."""
        return self.why_es if language.lower().startswith("es") else self.why_en


class Sensitive(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes a site one that is never fenced."""

    kinds: frozenset[FacilityKind]
    care: frozenset[str]
    """Ids of ``finder/care/specialties.toml``; all below them count too."""
    words: tuple[_Text, ...]
    """Beginnings of words, folded; with a space at the end the whole word."""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of ``law.toml``."""

    jurisdiction: tuple[Jurisdiction, ...]
    row: tuple[Row, ...]
    sensitive: Sensitive


class _Case(NamedTuple):
    jurisdiction: str
    operator: Operator
    purpose: Purpose


class LawTable:
    """Every row, checked; it never changes. ``sensitive.care`` holds the ids below those of the file too."""

    def __init__(self, file: _File, sha256: str) -> None:
        self.sha256 = sha256
        """Of the file, in hex."""
        self.jurisdictions = {one.code: one for one in file.jurisdiction}
        self.rows = file.row
        below = (under.id for id_ in file.sensitive.care for under in specialties().descendants(id_))
        self.sensitive = msgspec.structs.replace(file.sensitive, care=file.sensitive.care.union(below))
        self._by_case = {case: row for row in file.row for case in _cases(row)}
        lengths = (length.m for row in file.row for length in (row.beyond, row.sensitive_distance) if length)
        self.longest_m = float(max(lengths, default=0))
        """The largest distance of any row: so far from a line between two jurisdictions the rows of both may matter."""

    def row(self, code: str, operator: Operator, purpose: Purpose) -> Row | None:
        """What holds there; ``None`` where the table says nothing, which allows nothing."""
        return self._by_case.get(_Case(code, operator, purpose))


def law_table_from(text: str) -> LawTable:
    """Read what is written as ``law.toml`` is. Raises :class:`BadInput` that says what is wrong with it.

    Refused are rows that contradict another or themselves, jurisdictions without a row, lengths whose feet are not their metres,
    and fields, kinds, care and jurisdictions that are not known.
    """
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInput(f"The table of the law cannot be read: {error}.") from error
    wrong = "; ".join(_wrong(file))
    if wrong:
        raise BadInput(f"The table of the law cannot be used: {wrong}.")
    return LawTable(file, hashlib.sha256(text.encode()).hexdigest())


def _wrong(file: _File) -> Iterator[str]:
    """What does not fit together."""
    codes = [one.code for one in file.jurisdiction]
    for what, names in (
        ("jurisdiction", codes),
        ("outline", [f"{one.atlas} {one.id}" for one in file.jurisdiction]),
        ("row", [row.id for row in file.row]),
    ):
        yield from (f"{what} {name} is there twice" for name, times in Counter(names).items() if times > 1)
    cases = [(case, row.id) for row in file.row for case in _cases(row)]
    first = dict(reversed(cases))
    yield from (f"rows {first[case]} and {id_} speak of the same case" for case, id_ in cases if first[case] != id_)
    named = {case.jurisdiction for case, _ in cases}
    yield from (f"{code} has a row and no outline, or the other way round" for code in sorted(named ^ set(codes)))
    yield from (f"no such care: {id_}" for id_ in sorted(file.sensitive.care - {one.id for one in specialties().all}))
    words = file.sensitive.words
    yield from (
        f"a word with accents, capitals or punctuation: {word}"
        for word in words
        if not word.strip() or fold(word) != word.strip()
    )


def _cases(row: Row) -> Iterator[_Case]:
    return starmap(_Case, product(row.jurisdictions, row.operators, row.purposes))


@cache
def law_table() -> LawTable:
    """The table that comes with the finder."""
    return law_table_from(resources.files("finder.notices.law").joinpath("law.toml").read_text("utf-8"))
