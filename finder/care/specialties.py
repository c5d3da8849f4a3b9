"""What care there is: specialties and services, what they are called in two languages, and which belongs to which."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType

import msgspec

from finder.domain.facility import FacilityKind
from finder.errors import NotFound
from finder.words.folding import fold

__all__ = ["CareKind", "Specialties", "Specialty", "specialties", "specialties_from"]

_BOTH_GENDERS = re.compile(r"(\w+)/a\b")


class CareKind(StrEnum):
    """Whether it is what a practitioner is, or what is done for a person."""

    SPECIALTY = "specialty"
    SERVICE = "service"


class Specialty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One specialty or service."""

    id: str
    """``cardiology``, ``x_ray``: the same for ever."""
    kind: CareKind
    codes: tuple[str, ...] = ()
    """NUCC taxonomy codes, the main one first; services have none."""
    name_en: str
    name_es: str
    person_en: str = ""
    person_es: str = ""
    """What a practitioner is called, ``cardiólogo/a``; empty for services."""
    words_en: tuple[str, ...]
    words_es: tuple[str, ...]
    """Words and phrases that people type, lay ones too: ``doctor del corazón``, ``doctora del corazón``."""
    common: bool = False
    """Whether people ask for it every day: of two readings of a misspelt word this is the one that was meant."""
    parents: tuple[str, ...] = ()
    """Ids of broader ones: a search for the parent offers this one after it."""
    offered_by: tuple[str, ...] = ()
    """Of a service: ids of the specialties whose practitioners do it, the likeliest first."""
    facility_kinds: tuple[FacilityKind, ...] = ()
    """Facilities of such a kind offer it by what they are."""

    @property
    def code(self) -> str:
        """The main NUCC code, or the id where there is none."""
        return self.codes[0] if self.codes else self.id

    def name(self, language: str) -> str:
        """The name in Spanish for ``es…``, else in English."""
        return self.name_es if _is_spanish(language) else self.name_en

    def person(self, language: str) -> str:
        """What a practitioner of it is called, in Spanish for ``es…``, else in English; empty for a service."""
        return self.person_es if _is_spanish(language) else self.person_en

    def phrases(self) -> Iterator[str]:
        """Every name, person word and lay word of both languages, each gender by itself, none twice."""
        persons = (self.person_en, *_genders(self.person_es))
        written = (self.name_en, self.name_es, *persons, *self.words_en, *self.words_es)
        yield from dict.fromkeys(phrase for phrase in written if phrase)


class _KindWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people call one kind of facility."""

    kind: FacilityKind
    words_en: tuple[str, ...]
    words_es: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``specialties.toml``."""

    care: tuple[Specialty, ...]
    facility_kind: tuple[_KindWords, ...]
    code_classes: dict[str, str]
    """The beginning of a NUCC code → id, for classes that have no code of their own."""


class Specialties:
    """Every specialty and service, read once; it never changes.

    ``all`` is in file order: the position of one is its number, and the number of its group in a published index.
    """

    def __init__(self, file: _File) -> None:
        self.all = tuple(
            msgspec.structs.replace(care, words_es=tuple(phrase for text in care.words_es for phrase in _genders(text)))
            for care in file.care
        )
        self._number = {care.id: number for number, care in enumerate(self.all)}
        self._by_code = {code: care for care in self.all for code in care.codes}
        self._by_class = {start: self.all[self._number[name]] for start, name in file.code_classes.items()}
        self._by_text = {fold(care.id): care for care in self.all}
        self._by_text.update({fold(phrase): care for care in self.all for phrase in care.phrases()})
        self._children: dict[str, list[Specialty]] = {care.id: [] for care in self.all}
        self._offered: dict[str, list[Specialty]] = {care.id: [] for care in self.all}
        for care in self.all:
            for parent in care.parents:
                self._children[parent].append(care)
            for specialty in care.offered_by:
                self._offered[specialty].append(care)
        self._kind_words = MappingProxyType(
            {entry.kind: tuple(dict.fromkeys((*entry.words_en, *entry.words_es))) for entry in file.facility_kind}
        )

    def number(self, care_id: str) -> int:
        """The number of what has this id. Raises :class:`NotFound`."""
        try:
            return self._number[care_id]
        except KeyError:
            raise _unknown() from None

    def get(self, id_or_code: str) -> Specialty:
        """The one with this id or NUCC code. Raises :class:`NotFound`."""
        wanted = id_or_code.strip()
        number = self._number.get(wanted.casefold())
        found = self.all[number] if number is not None else self.of_code(wanted)
        if found is None:
            raise _unknown()
        return found

    def of_code(self, nucc: str) -> Specialty | None:
        """The specialty of a NUCC taxonomy code: of the code itself, else of the class that it belongs to; else ``None``."""
        code = nucc.strip().upper()
        if len(code) != 10:
            return None
        class_code, class_start = f"{code[:4]}00000X", code[:4]
        return self._by_code.get(code) or self._by_code.get(class_code) or self._by_class.get(class_start)

    def of_text(self, text: str) -> Specialty | None:
        """What a text says as a whole, but for case, accents and punctuation: ``"Cardiología"``, ``"rayos X"``, ``"x_ray"``."""
        return self._by_text.get(fold(text))

    def descendants(self, care_id: str) -> tuple[Specialty, ...]:
        """Everything below what has this id, nearest generation first, each once. Raises :class:`NotFound`."""
        found: dict[str, Specialty] = {}
        generation = self._children[self.all[self.number(care_id)].id]
        while generation:
            found.update((care.id, care) for care in generation if care.id not in found)
            generation = [child for care in generation for child in self._children[care.id] if child.id not in found]
        return tuple(found.values())

    def services_of(self, care_id: str) -> tuple[Specialty, ...]:
        """The services that practitioners of this specialty do. Raises :class:`NotFound`."""
        return tuple(self._offered[self.all[self.number(care_id)].id])

    def kind_words(self) -> Mapping[FacilityKind, tuple[str, ...]]:
        """What people call each kind of facility, in both languages."""
        return self._kind_words


def specialties_from(text: str) -> Specialties:
    """Read what is written as ``specialties.toml`` is. Raises ``msgspec.ValidationError``, or ``KeyError`` for an unknown id."""
    return Specialties(msgspec.convert(tomllib.loads(text), _File))


@cache
def specialties() -> Specialties:
    """The specialties and services of this finder."""
    return specialties_from(resources.files("finder.care").joinpath("specialties.toml").read_text("utf-8"))


def _is_spanish(language: str) -> bool:
    return language.casefold().startswith("es")


def _genders(text: str) -> Iterable[str]:
    """Both readings of ``cirujano/a plástico/a``; a text without a mark is its own only reading."""
    if not _BOTH_GENDERS.search(text):
        return (text,)
    return _BOTH_GENDERS.sub(r"\1", text), _BOTH_GENDERS.sub(_feminine, text)


def _feminine(match: re.Match[str]) -> str:
    masculine = match[1]
    return f"{masculine.removesuffix('o').removesuffix('e')}a"


def _unknown() -> NotFound:
    return NotFound("There is no such specialty or service: GET /api/v1/specialties?q= lists them.")
