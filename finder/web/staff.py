"""Who works at a place of care, by specialty."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from finder.care.specialties import specialties
from finder.directory.cares import cares_of_role
from finder.directory.people import Person
from finder.domain.facility import Facility
from finder.domain.practitioner import Role
from finder.web.accepting import AcceptingLine, accepting_line
from finder.web.formats import language_names
from finder.web.language import Reader
from finder.words.folding import fold

__all__ = ["MOST_STAFF", "Staff", "StaffGroup", "StaffLine", "staff_of"]

MOST_STAFF: Final = 200
"""A hospital may list thousands; a page of them all would help nobody, and the search by specialty finds them."""


@dataclass(frozen=True)
class StaffLine:
    """One practitioner at the place."""

    id: str
    name: str
    credential: str
    languages: str
    accepting: AcceptingLine


@dataclass(frozen=True)
class StaffGroup:
    """Those of one specialty, by name."""

    specialty: str
    people: list[StaffLine]


@dataclass(frozen=True)
class Staff:
    """Groups by the name of the specialty; ``unlisted`` is how many more there are than :data:`MOST_STAFF`."""

    groups: list[StaffGroup]
    unlisted: int

    @property
    def listed(self) -> int:
        """How many there are in the groups."""
        return sum(len(group.people) for group in self.groups)


def staff_of(listings: Iterable[tuple[Facility, Person, Role]], at: datetime, reader: Reader) -> Staff:
    """Each practitioner once, under the main specialty of the first role there."""
    table = specialties()
    by_care = defaultdict[str, dict[str, tuple[Person, Role]]](dict)
    seen = set[str]()
    for _, person, role in listings:
        if person.practitioner.id not in seen:
            seen.add(person.practitioner.id)
            care = next(iter(cares_of_role(person, role, table)), "")
            by_care[care][person.practitioner.id] = (person, role)
    named = [(table.get(care).name(reader.language) if care else "", people) for care, people in by_care.items()]
    groups = list[StaffGroup]()
    left = MOST_STAFF
    for name, people in sorted(named, key=lambda item: (not item[0], fold(item[0]))):
        shown = sorted(people.values(), key=lambda both: fold(both[0].practitioner.family or both[0].practitioner.name))[:left]
        if shown:
            groups.append(StaffGroup(name or reader.text("Other care"), [_line(*both, at, reader) for both in shown]))
        left -= len(shown)
    return Staff(groups, len(seen) - MOST_STAFF + left)


def _line(person: Person, role: Role, at: datetime, reader: Reader) -> StaffLine:
    told = person.practitioner
    return StaffLine(
        id=told.id,
        name=told.name,
        credential=told.credential or "",
        languages=language_names(told.languages, reader),
        accepting=accepting_line(role, at, reader),
    )
