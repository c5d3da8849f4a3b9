"""What only a whole table of doctors tells: one id for two people, and what searches will not find of it."""

from collections.abc import Iterator, Mapping

from finder.care.specialties import specialties
from finder.domain.facility import Facility, FacilityStatus, facility_id
from finder.domain.practitioner import Practitioner
from finder.loading.clean_practitioner import name_key
from finder.loading.read import SHOWN
from finder.loading.row_error import RowError
from finder.loading.workshop import Cleaned
from finder.store import Writing
from finder.words.folding import words

__all__ = ["DoctorTableCheck", "are_two_people"]


class DoctorTableCheck:
    """Looks at every row of one table of doctors, in the order of the lines.

    ``column_of`` gives the file's column of each of our fields, for the errors.
    """

    def __init__(self, column_of: Mapping[str, str]) -> None:
        self._column_of = column_of
        self._first: dict[tuple[str, str], tuple[int, Practitioner]] = {}
        """Who came first with each identifier, and on which line."""
        self._places: dict[tuple[str, str], int] = {}
        """How many places of work are at each facility that is named, by scheme and value."""
        self._names: dict[str, str] = {}
        """Of the doctors, by id."""
        self._placed: set[str] = set()
        """The ids of those who work at a facility."""
        self._unknown_specialties: dict[str, None] = {}
        self.refused = 0
        """How many people and places of work were refused."""

    def take(self, some: Cleaned) -> tuple[Cleaned, list[RowError]]:
        """The chunk without the rows whose id is another person's, and an error for each of those."""
        errors = [error for line, each in some.practitioners if (error := self._error(line, each.practitioner))]
        if errors:
            lines = {error.line for error in errors}
            practitioners = [each for each in some.practitioners if each[0] not in lines]
            # Their places of work would be given to the other person.
            roles = [each for each in some.roles if each[0] not in lines]
            self.refused += len(some.practitioners) - len(practitioners) + len(some.roles) - len(roles)
            some = some._replace(practitioners=practitioners, roles=roles)
        self._note(some)
        return some, errors

    def notes(self, writing: Writing) -> Iterator[str]:
        """What searches will not find, with what to do about it. These are no errors: a facility may be loaded later."""
        keys = {facility_id(*ref): ref for ref in self._places}
        owners = writing.owners(Facility, keys)
        facilities = writing.things(Facility, set(owners.values()))
        found = {ref: facilities.get(owners.get(key, "")) for key, ref in keys.items()}
        unknown = [ref for ref, facility in found.items() if facility is None]
        closed = [ref for ref, facility in found.items() if facility and facility.status is not FacilityStatus.OPEN]
        if unknown:
            what = self._counted(unknown, "names a facility that is not known", "name a facility that is not known")
            yield f"{what}: load it, or correct the id or its source."
        if closed:
            what = self._counted(closed, "is at a facility that is closed", "are at a facility that is closed")
            yield f"{what}, where searches find nobody: correct the id, or the facility."
        if nowhere := [name for id_, name in self._names.items() if id_ not in self._placed]:
            what = "1 doctor has" if len(nowhere) == 1 else f"{len(nowhere):,} doctors have"
            advice = "give the facility's CLUES, NPI, CCN or id."
            yield f"{what} no place of work at a facility (first: {nowhere[0][:SHOWN]}): {advice}"
        if unheard := list(self._unknown_specialties):
            what = "1 specialty is" if len(unheard) == 1 else f"{len(unheard):,} specialties are"
            advice = "use a NUCC code or a name of GET /api/v1/specialties."
            yield f"{what} not known to searches (first: {unheard[0][:SHOWN]}): {advice}"

    def _error(self, line: int, practitioner: Practitioner) -> RowError | None:
        for scheme, value in practitioner.identifiers.items():
            first_line, first = self._first.get((scheme, value), (line, practitioner))
            if are_two_people(first, practitioner):
                return RowError(
                    line=line,
                    column=self._column_of.get(f"identifiers.{scheme}", self._column_of.get("id", "")),
                    value=value[:SHOWN],
                    problem=f"Another person has this id on line {first_line}.",
                    advice="Give each doctor an id of their own; where both are one person, write the name alike.",
                )
        for identifier in practitioner.identifiers.items():
            self._first.setdefault(identifier, (line, practitioner))
        return None

    def _note(self, some: Cleaned) -> None:
        table = specialties()
        stated = [text for _, each in some.practitioners for text in each.practitioner.specialties]
        stated += [text for _, each in some.roles for text in each.role.specialties]
        unknown = (text for text in dict.fromkeys(stated) if not (table.of_code(text) or table.of_text(text)))
        self._unknown_specialties.update(dict.fromkeys(unknown))
        for _, each in some.practitioners:
            self._names.setdefault(each.practitioner.id, each.practitioner.name)
        for _, each in some.roles:
            if each.facility_ref:
                self._places[each.facility_ref] = self._places.get(each.facility_ref, 0) + 1
                self._placed.add(each.role.practitioner_id)

    def _counted(self, refs: list[tuple[str, str]], one: str, several: str) -> str:
        count = sum(self._places[ref] for ref in refs)
        scheme, value = refs[0]
        what = f"1 place of work {one}" if count == 1 else f"{count:,} places of work {several}"
        return f"{what} (first: {value[:SHOWN]} of {scheme})"


def are_two_people(one: Practitioner, other: Practitioner) -> bool:
    """Whether two with one identifier cannot be one person: no word of their names is shared, nor an abbreviation of it."""
    ones, others = _name_words(one), _name_words(other)
    shared = any(mine.startswith(yours) or yours.startswith(mine) for mine in ones for yours in others)
    return bool(ones and others) and not shared


def _name_words(practitioner: Practitioner) -> set[str]:
    parts = (name_key(practitioner.name), practitioner.given or "", practitioner.family or "")
    return {word for part in parts for word in words(part)}
