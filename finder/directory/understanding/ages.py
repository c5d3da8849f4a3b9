"""Spans of time, which say nothing of the care, and children, who are a paediatrician's: "mi bebé de 3 meses", "2 year old"."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import msgspec

from finder.directory.understanding.phrases import Candidate
from finder.directory.understanding.runs import Reading, Sequences
from finder.directory.understanding.tokens import Token
from finder.directory.understanding.types import PartKind

__all__ = ["for_a_child", "time_candidates"]

_PAEDIATRICS = "paediatrics"
_SILENT_WORTH = 0.45
"""What a letter of a span of time weighs: a little more than small talk, so that "a" before "year" is no article."""
_SURE = 0.9
_JOINED = re.compile(r"(\d{1,2})([a-z]+)")
_CARE = frozenset({PartKind.SPECIALTY, PartKind.SERVICE, PartKind.KIND})


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``ages.toml``."""

    small_numbers: tuple[str, ...]
    days: tuple[str, ...]
    months: tuple[str, ...]
    years: tuple[str, ...]
    joined: frozenset[str]
    old: tuple[str, ...]
    babies: tuple[str, ...]
    children: tuple[str, ...]
    adult_from_years: int
    general: frozenset[str]


class _Words(NamedTuple):
    file: _File
    numbers: frozenset[str]
    years: frozenset[str]
    units: frozenset[str]
    old: Sequences
    babies: Sequences
    children: Sequences


class _Span(NamedTuple):
    """Tokens ``first`` to ``last`` (exclusive) that tell a time. ``grown``: as an age it is an adult's; ``age``: it says so."""

    first: int
    last: int
    grown: bool
    age: bool


@cache
def _words() -> _Words:
    text = resources.files("finder.directory.understanding").joinpath("ages.toml").read_text("utf-8")
    file = msgspec.convert(tomllib.loads(text), _File)
    units = frozenset((*file.days, *file.months, *file.years))
    old, babies, children = Sequences(file.old), Sequences(file.babies), Sequences(file.children)
    return _Words(file, frozenset(file.small_numbers), frozenset(file.years), units, old, babies, children)


def time_candidates(tokens: Sequence[Token]) -> Iterator[Candidate]:
    """Every span of time as small talk: "3 meses", "dos años", "2 year old", "5yo"."""
    for span in _spans(tokens):
        letters = sum(len(token.word) for token in tokens[span.first : span.last])
        yield Candidate(span.first, span.last, None, "", 1.0, letters * _SILENT_WORTH)


def for_a_child(cover: Sequence[Candidate], reading: Reading) -> list[Candidate]:
    """The cover with a paediatrician instead of a general doctor where a child is to be treated.

    One is also meant by a child's age where nothing else says what care, and by a child where a doctor is wanted.
    """
    child, aged = _child(reading.tokens)
    if child is None:
        return list(cover)
    general = _words().file.general
    if any(one.kind in _CARE for one in cover):
        return [
            one._replace(value=_PAEDIATRICS) if one.kind is PartKind.SPECIALTY and one.value in general else one for one in cover
        ]
    doctor = next((one for one in cover if one.kind is None and one.doctor), None)
    named = any(one.kind is PartKind.NAME for one in cover)
    if named or not (aged or doctor is not None):
        return list(cover)
    found = Candidate(child.first, child.last, PartKind.SPECIALTY, _PAEDIATRICS, _SURE, 0.0)
    left = [one for one in cover if one.last <= found.first or one.first >= found.last]
    if any(one.kind is not None for one in cover if one not in left):
        return list(cover)
    return sorted([*left, found], key=lambda one: one.first)


def _child(tokens: Sequence[Token]) -> tuple[_Span | None, bool]:
    """The tokens that say that it is for a child, and whether an age is among them."""
    said = _words()
    spans = list(_spans(tokens))
    if any(span.age and span.grown for span in spans):
        return None, False
    called: _Span | None = None
    for at in range(len(tokens)):
        size = said.babies.at(tokens, at) or said.children.at(tokens, at)
        if size:
            called = _Span(at, at + size, grown=False, age=False)
            break
    of_age = next((span for span in spans if span.age or (called is not None and _is_age_of(tokens, called, span))), None)
    if of_age is not None and of_age.grown:
        return None, False
    if of_age is None or called is None:
        return of_age or called, of_age is not None
    if called.last <= of_age.first <= called.last + 2:
        return _Span(called.first, of_age.last, grown=False, age=True), True
    return of_age, True


def _is_age_of(tokens: Sequence[Token], called: _Span, span: _Span) -> bool:
    """ "Mi hija de 5 años", "mi niño ya tiene 3 años"; but "mi hijo tose desde hace 3 semanas" is no age."""
    between = [token.word for token in tokens[called.last : span.first]]
    return called.last <= span.first and len(between) <= 3 and bool({"de", "tiene", "is"} & set(between))


def _spans(tokens: Sequence[Token]) -> Iterator[_Span]:
    said = _words()
    at = 0
    while at < len(tokens):
        found = _span(tokens, at, said)
        if found is not None:
            yield found
        at = found.last if found is not None else at + 1


def _span(tokens: Sequence[Token], at: int, said: _Words) -> _Span | None:
    word = tokens[at].word
    joined = _JOINED.fullmatch(word)
    if joined is not None and joined[2] in said.file.joined:
        return _Span(at, at + 1, joined[2].startswith("y") and int(joined[1]) >= said.file.adult_from_years, age=True)
    if not (word.isascii() and word.isdigit() and len(word) <= 2) and word not in said.numbers:
        return None
    if at + 1 == len(tokens) or tokens[at + 1].after_break or tokens[at + 1].word not in said.units:
        return None
    grown = tokens[at + 1].word in said.years and word.isdigit() and int(word) >= said.file.adult_from_years
    old = said.old.at(tokens, at + 2)
    return _Span(at, at + 2 + old, grown, age=old > 0 or tokens[at + 1].word == "yo")
