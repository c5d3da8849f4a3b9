"""Typing ahead: specialties, services, doctors and places of care that may be meant by what is typed so far."""

from enum import StrEnum
from itertools import zip_longest

import msgspec

from finder.care.specialties import CareKind, Specialty, specialties
from finder.directory.cares import specialty_ids
from finder.directory.snapshot import Snapshot
from finder.directory.understanding import suggest_specialties
from finder.directory.understanding.labels import kind_name
from finder.words.folding import words

__all__ = ["Suggestion", "SuggestionKind", "suggest"]

_FEWEST_LETTERS = 2
_SPARE = 3
"""How many times as much care is looked at as is told, for some of it nobody gives."""


class SuggestionKind(StrEnum):
    """What a suggestion is."""

    SPECIALTY = "specialty"
    SERVICE = "service"
    PRACTITIONER = "practitioner"
    FACILITY = "facility"


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may be meant. ``detail`` says more of it, such as a doctor's specialty; it may be empty."""

    kind: SuggestionKind
    text: str
    detail: str
    id: str


def suggest(snapshot: Snapshot, text: str, language: str, limit: int) -> list[Suggestion]:
    """The likeliest things meant, care before names, doctors and facilities in turn. Nothing for fewer than two letters.

    Care that somebody gives comes before care that nobody does. Names come first where one of them begins as typed and all care
    is a guess.
    """
    typed = words(text)
    if sum(map(len, typed)) < _FEWEST_LETTERS:
        return []
    meant = suggest_specialties(text, language, limit * _SPARE)
    meant = sorted(meant, key=lambda one: not _is_given(snapshot, one))[:limit]
    care = [_care(one, language) for one in meant]
    people = [_practitioner(snapshot, row, language) for row in snapshot.people_names.suggest(text, limit)]
    facilities = [_facility(snapshot, row, language) for row in snapshot.facility_names.suggest(text, limit)]
    names = [one for pair in zip_longest(people, facilities) for one in pair if one is not None]
    # Half for care and half for names; what one side leaves over is the other's.
    of_care = min(len(care), max(limit - len(names), (limit + 1) // 2))
    told = (care[:of_care], names[: limit - of_care])
    guessed = not any(_begins(phrase, typed) for one in meant for phrase in one.phrases())
    if guessed and any(_begins(one.text, typed) for one in names):
        told = (sorted(told[1], key=lambda one: not _begins(one.text, typed)), told[0])
    return [*told[0], *told[1]]


def _begins(text: str, typed: list[str]) -> bool:
    """Whether each typed word is one of the text's or how one begins."""
    told = words(text)
    return all(any(word.startswith(one) for word in told) for one in typed)


def _is_given(snapshot: Snapshot, care: Specialty) -> bool:
    group = 1 + specialties().number(care.id)
    return any(len(catalogue.forest.tree(group)) for catalogue in (snapshot.facilities, snapshot.listings))


def _care(one: Specialty, language: str) -> Suggestion:
    detail = one.person(language) if one.kind is CareKind.SPECIALTY else ""
    return Suggestion(kind=SuggestionKind(one.kind.value), text=one.name(language), detail=detail, id=one.id)


def _practitioner(snapshot: Snapshot, row: int, language: str) -> Suggestion:
    told, table = snapshot.people.person_at(row).practitioner, specialties()
    known = [table.get(one).name(language) for one in specialty_ids(told.specialties, table)[:1]]
    return Suggestion(kind=SuggestionKind.PRACTITIONER, text=told.name, detail=next(iter(known), ""), id=told.id)


def _facility(snapshot: Snapshot, row: int, language: str) -> Suggestion:
    facility = snapshot.facility_at(row)
    detail = ", ".join(part for part in (kind_name(facility.kind, language), facility.address.city) if part)
    return Suggestion(kind=SuggestionKind.FACILITY, text=facility.name, detail=detail, id=facility.id)
