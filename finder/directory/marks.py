"""What a facility or a listing is, in the 64 tag bits of the spatial index, so that a search filters inside it.

Bits 0 to 15 are the kinds of facilities in the order of their enum, 16 and 17 wheelchair access (yes, limited), 18 accepting new
patients, 19 telehealth, 20 to 22 female, male and another gender, 23 to 39 the commonest languages of this snapshot, 40 any rarer
one, 41 said not to accept new patients, 42 to 62 the commonest plans, 63 any rarer one. Where a bit says too little,
:mod:`finder.directory.rarer` says the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from finder.directory.people import Person
from finder.directory.plans import plan_ids
from finder.domain.facility import Facility, FacilityKind, Wheelchair
from finder.domain.practitioner import Gender, Role
from finder.errors import Damaged

__all__ = [
    "ACCEPTING",
    "FEMALE",
    "MALE",
    "MOST_LANGUAGES",
    "MOST_PLANS",
    "NOT_ACCEPTING",
    "OTHER_GENDER",
    "TELEHEALTH",
    "WHEELCHAIR_LIMITED",
    "WHEELCHAIR_YES",
    "Marks",
    "Wanted",
    "asked_of_a_person",
    "kinds_mask",
    "primary_languages",
    "read_marks",
    "taken_plans",
    "write_marks",
]

MOST_LANGUAGES = 17
MOST_PLANS = 21
WHEELCHAIR_YES = 1 << 16
WHEELCHAIR_LIMITED = 1 << 17
ACCEPTING = 1 << 18
TELEHEALTH = 1 << 19
FEMALE = 1 << 20
MALE = 1 << 21
OTHER_GENDER = 1 << 22
NOT_ACCEPTING = 1 << 41

_KIND = {kind: 1 << bit for bit, kind in enumerate(FacilityKind)}
_WHEELCHAIR: dict[Wheelchair | None, int] = {Wheelchair.YES: WHEELCHAIR_YES, Wheelchair.LIMITED: WHEELCHAIR_LIMITED}
_OF_THE_FACILITY = sum(_KIND.values()) | WHEELCHAIR_YES | WHEELCHAIR_LIMITED
_ACCEPTS = {True: ACCEPTING, False: NOT_ACCEPTING, None: 0}
_GENDER: dict[Gender | None, int] = {Gender.FEMALE: FEMALE, Gender.MALE: MALE, Gender.OTHER: OTHER_GENDER}
_FIRST_LANGUAGE = 23
_RARER_LANGUAGE = 1 << 40
_FIRST_PLAN = 42
_RARER_PLAN = 1 << 63
_LANGUAGE_KEY = "language:"
_PLAN_KEY = "plan:"
_FILE = "marks.json"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks of a facility, or of a practitioner there; all of it must be met. Empty asks nothing."""

    kinds: frozenset[FacilityKind] = frozenset()
    """Any of these."""
    languages: frozenset[str] = frozenset()
    """Any of these BCP 47 tags, compared by language alone: ``es`` is ``es-MX``."""
    plan: str | None = None
    """The id of a plan, which its networks meet too."""
    accepting: bool = False
    """Said to accept new patients."""
    telehealth: bool = False
    wheelchair: bool = False
    """Wheelchair access, limited or not; which of the two is for the ranking."""
    gender: Gender | None = None


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """Which languages and plans have bits of their own in this snapshot, the commonest first."""

    languages: tuple[str, ...]
    """Primary subtags, 17 at most."""
    plans: tuple[str, ...]
    """Ids, 21 at most."""

    @classmethod
    def commonest(cls, languages: Mapping[str, int], plans: Sequence[str]) -> "Marks":
        """Choose from how often each language is told (:func:`primary_languages`), and from plans, the most taken first."""
        by_count = sorted(languages, key=lambda language: (-languages[language], language))
        return cls(languages=tuple(by_count[:MOST_LANGUAGES]), plans=tuple(plans[:MOST_PLANS]))

    def of_facility(self, facility: Facility, at_work: int = 0) -> int:
        """The bits of a facility: its own, and from ``at_work``, those of its listings together, what they add to it.

        A facility accepts new patients, speaks a language or takes a plan if one who works there does; that nobody accepts new
        patients is said only where it is said of all of whom anything is said.
        """
        bits = self._bits(facility, None, None) | at_work & ~(_OF_THE_FACILITY | NOT_ACCEPTING)
        return bits | (at_work & NOT_ACCEPTING if not at_work & ACCEPTING else 0)

    def of_listing(self, person: Person, role: Role, facility: Facility) -> int:
        """The bits of a person in a role at a facility."""
        return self._bits(facility, person, role)

    def masks(self, wanted: Wanted) -> tuple[int, ...]:
        """One mask for each thing wanted; the bits of what meets it all have at least one of each mask."""
        masks = list[int]()
        if wanted.kinds:
            masks.append(kinds_mask(wanted.kinds))
        if wanted.wheelchair:
            masks.append(_any_of(_WHEELCHAIR.values()))
        if wanted.accepting:
            masks.append(ACCEPTING)
        if wanted.telehealth:
            masks.append(TELEHEALTH)
        if wanted.gender is not None:
            masks.append(_GENDER[wanted.gender])
        if wanted.languages:
            masks.append(self._of_languages(_primary(wanted.languages)))
        if wanted.plan is not None:
            masks.append(self._of_plans([wanted.plan]))
        return tuple(masks)

    def rarer_of(self, facility: Facility, person: Person | None = None, role: Role | None = None) -> list[str]:
        """The languages and plans of a facility by itself, or of a listing there, that have no bits: each a key of its own."""
        return [
            *(_LANGUAGE_KEY + one for one in primary_languages(facility, person) if one not in self.languages),
            *(_PLAN_KEY + one for one in plan_ids(taken_plans(facility, role)) if one not in self.plans),
        ]

    def rarer_wishes(self, wanted: Wanted) -> list[tuple[int, list[str]]]:
        """What is wanted that :meth:`masks` finds too much of: who has a bit of the mask or one of these keys has it truly."""
        wishes: list[tuple[int, list[str]]] = []
        asked = _primary(wanted.languages)
        if not asked.issubset(self.languages):
            keys = [_LANGUAGE_KEY + one for one in asked if one not in self.languages]
            wishes.append((self._of_languages(asked.intersection(self.languages)), keys))
        if wanted.plan is not None and wanted.plan not in self.plans:
            wishes.append((0, [_PLAN_KEY + wanted.plan]))
        return wishes

    def is_exact(self, wanted: Wanted) -> bool:
        """Whether all that the masks find meets what is wanted; else :mod:`finder.directory.rarer` is to be asked."""
        return not self.rarer_wishes(wanted)

    def language_masks(self) -> list[tuple[str, int]]:
        """Each language that has a bit of its own, with it."""
        return [(language, self._of_languages([language])) for language in self.languages]

    def plan_masks(self) -> list[tuple[str, int]]:
        """Each plan that has a bit of its own, by id, with it."""
        return [(id_, self._of_plans([id_])) for id_ in self.plans]

    def _bits(self, facility: Facility, person: Person | None, role: Role | None) -> int:
        bits = _KIND[facility.kind] | self._of_languages(primary_languages(facility, person))
        bits |= self._of_plans(plan_ids(taken_plans(facility, role)))
        bits |= _WHEELCHAIR.get(facility.accessibility.wheelchair, 0)
        if role is not None:
            bits |= _ACCEPTS[role.accepting_new_patients] | (TELEHEALTH if role.telehealth else 0)
        if person is not None:
            bits |= _GENDER.get(person.practitioner.gender, 0)
        return bits

    def _of_languages(self, primary: Iterable[str]) -> int:
        return _any_of(_bit(self.languages, language, _FIRST_LANGUAGE, _RARER_LANGUAGE) for language in primary)

    def _of_plans(self, ids: Iterable[str]) -> int:
        return _any_of(_bit(self.plans, id_, _FIRST_PLAN, _RARER_PLAN) for id_ in ids)


def write_marks(folder: Path, marks: Marks) -> None:
    """Write the file of :func:`read_marks` into the folder."""
    (folder / _FILE).write_bytes(msgspec.json.encode(marks))


def read_marks(folder: Path) -> Marks:
    """Read which languages and plans have marks in a snapshot. Raises :class:`Damaged` when that cannot be read."""
    try:
        return msgspec.json.decode((folder / _FILE).read_bytes(), type=Marks)
    except (OSError, msgspec.DecodeError) as error:
        raise Damaged("The marks of a snapshot cannot be read. Publish again: finder publish.") from error


def kinds_mask(kinds: Iterable[FacilityKind]) -> int:
    """The bits of kinds of facilities, together."""
    return _any_of(_KIND[kind] for kind in kinds)


def asked_of_a_person(wanted: Wanted) -> int:
    """How many of the wishes one person at a facility meets or does not: all but its kind and its access by wheelchair."""
    return sum(map(bool, (wanted.languages, wanted.plan, wanted.accepting, wanted.telehealth, wanted.gender)))


def primary_languages(facility: Facility, person: Person | None = None) -> set[str]:
    """The languages spoken, without region: the person's, else the facility's own."""
    return _primary((person.practitioner.languages if person else ()) or facility.languages)


def taken_plans(facility: Facility, role: Role | None = None) -> tuple[str, ...]:
    """The plans taken, as files write them: the role's, else the facility's own."""
    return (role.plans if role else ()) or facility.plans


def _primary(tags: Iterable[str]) -> set[str]:
    return {tag.partition("-")[0].lower() for tag in tags}


def _bit(common: Sequence[str], value: str, first_bit: int, rarer: int) -> int:
    return 1 << first_bit + common.index(value) if value in common else rarer


def _any_of(bits: Iterable[int]) -> int:
    mask = 0
    for bit in bits:
        mask |= bit
    return mask
