"""Records of a practitioner and of a role become the domain's nouns, which say of each field where it comes from."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from finder.domain.facility import Address, Provenance, facility_id
from finder.domain.practitioner import Practitioner, Role
from finder.loading import check, clean
from finder.loading.clean_name import person_name
from finder.loading.clean_npi import npi_adds_up
from finder.loading.clean_phone import clean_phones
from finder.loading.clean_practitioner import clean_gender, clean_number_of, clean_specialties, clean_yes_no, name_key
from finder.loading.clean_text import clean_text
from finder.loading.fold import folded
from finder.loading.identity import clean_identifier
from finder.loading.nothing import says_nothing
from finder.loading.read import SHOWN
from finder.loading.row_error import CellProblem, RowError, Severity
from finder.loading.sources.table import Record
from finder.words.folding import words

__all__ = ["CleanPractitioner", "CleanRole", "PractitionerRows"]

PEOPLES_SCHEMES = ("npi", "cedula")
PLACES_SCHEMES = ("clues", "npi", "ccn", "osm")
"""Schemes that every source writes alike, the one that is asked first at the front."""
OWN = "id"
"""What a record calls its source's own number; in identifiers and references it is called by the source's name."""
BY_NAME = "name"
"""The scheme of a practitioner without any identifier: the name stands in, within its source."""
COUNTRY_OF_SCHEME = {"npi": "US", "ccn": "US", "clues": "MX", "cedula": "MX"}
"""Where a number is given out, by which phones without ``+`` are read when the record names no country."""
FIELD_OF = {"phone": "phones", "postcode": "address", "country": "address"}
"""The role's field, where it is not called as the cell is."""
ADDRESS = ("street", "house_number", "unit", "neighbourhood", "city", "state")


class CleanPractitioner(NamedTuple):
    """A practitioner, and the fields whose cells could not be used: what is known of those stays."""

    practitioner: Practitioner
    unreadable: frozenset[str]


class CleanRole(NamedTuple):
    """A role that does not know yet which practitioner and which facility it belongs to.

    The references are scheme and value, to be looked up among identifiers; a practitioner's may be ``("name", name_key)``
    within the source. Until then ``role.practitioner_id`` is what a practitioner with this reference alone would have, and
    ``role.facility_id`` is ``None``.
    """

    role: Role
    practitioner_ref: tuple[str, str]
    facility_ref: tuple[str, str] | None
    unreadable: frozenset[str]


class PractitionerRows:
    """Makes practitioners and roles of the records of one source, and collects what is wrong with them in ``errors``.

    ``column_of`` gives the file's column of each of our fields, for the errors. A practitioner may come several times, once
    with each role: the id is the same each time.
    """

    def __init__(self, source: str, column_of: Mapping[str, str]) -> None:
        self._source = source
        self._column_of = column_of
        self._seen_by_name: dict[str, tuple[int, frozenset[str]]] = {}
        self._not_told_apart: tuple[int, str] | None = None
        """Line and name of the last practitioner who may be two: the row's role must not be given to the other one."""
        self.errors: list[RowError] = []

    def practitioner(self, record: Record) -> CleanPractitioner | None:
        """The record's practitioner, or ``None`` when it is refused; either way ``errors`` may have grown."""
        cells = _Cells(record, self._column_of, self.errors)
        name, key = _name(cells)
        if not name:
            cells.report("name", CellProblem("The name is missing.", "Write the doctor's name."), Severity.ERROR)
            return None
        identifiers = self._identifiers(cells, "identifiers")
        scheme, value = _first(identifiers, PEOPLES_SCHEMES, self._source) or (BY_NAME, key)
        fields: dict[str, Any] = {
            "name": name,
            "given": cells.person("given"),
            "family": cells.person("family"),
            "credential": cells.get("credential", clean_text),
            "specialties": cells.get("specialties", clean_specialties),
            "languages": cells.get("languages", clean.clean_languages),
            "gender": cells.get("gender", clean_gender),
            "identifiers": identifiers,
            "active": cells.get("active", clean_yes_no),
        }
        filled = {field: value for field, value in fields.items() if not says_nothing(value)}
        if scheme == BY_NAME and not self._is_told_apart(cells, value, filled.get("specialties", ())):
            return None
        provenance = dict.fromkeys(filled, Provenance(self._source, cells.get("verified_at", clean.clean_verified_at)))
        practitioner = Practitioner(id=self._practitioner_id(scheme, value), provenance=provenance, **filled)
        return CleanPractitioner(practitioner, frozenset(cells.unreadable))

    def role(self, record: Record) -> CleanRole | None:
        """The record's role, or ``None`` when it is refused; either way ``errors`` may have grown."""
        cells = _Cells(record, self._column_of, self.errors)
        practitioner_ref = self._practitioner_ref(cells)
        facility_ref = _first(self._identifiers(cells, "facility"), PLACES_SCHEMES, self._source)
        country = cells.get("country", clean.clean_country)
        around = country or _country_of(facility_ref) or _country_of(practitioner_ref)
        address = _address(cells, country, around)
        place = f"{facility_ref[0]}:{facility_ref[1]}" if facility_ref else _address_key(address)
        if practitioner_ref is None or not place:
            what, advice = (
                ("doctor", "Give the doctor's NPI, cédula, id or name.")
                if practitioner_ref is None
                else ("facility and no address", "Give the facility's CLUES, NPI, CCN or id, or the address of the practice.")
            )
            cells.report("", CellProblem(f"The role names no {what}.", advice), Severity.ERROR)
            return None
        if practitioner_ref[0] == BY_NAME and self._not_told_apart == (record.line, practitioner_ref[1]):
            return None
        fields: dict[str, Any] = {
            "address": address,
            "phones": cells.get("phone", lambda text: clean_phones(text, around)),
            "opening_hours": cells.get("opening_hours", check.check_opening_hours),
            "specialties": cells.get("specialties", clean_specialties),
            "plans": cells.get("plans", clean.split_list),
            "accepting_new_patients": cells.get("accepting_new_patients", clean_yes_no),
            "telehealth": cells.get("telehealth", clean_yes_no),
            "identifiers": self._identifiers(cells, "identifiers"),
            "active": cells.get("active", clean_yes_no),
        }
        filled = {field: value for field, value in fields.items() if not says_nothing(value)}
        role = Role(
            id=facility_id("role", f"{practitioner_ref[0]}:{practitioner_ref[1]}\x1f{place}"),
            practitioner_id=self._practitioner_id(*practitioner_ref),
            provenance=dict.fromkeys(filled, Provenance(self._source, cells.get("verified_at", clean.clean_verified_at))),
            **filled,
        )
        return CleanRole(role, practitioner_ref, facility_ref, frozenset(cells.unreadable))

    def _practitioner_id(self, scheme: str, value: str) -> str:
        return facility_id(f"practitioner:{self._source if scheme == BY_NAME else scheme}", value)

    def _practitioner_ref(self, cells: "_Cells") -> tuple[str, str] | None:
        name = name_key(cells.person(f"practitioner.{BY_NAME}") or "")
        known = self._identifiers(cells, "practitioner")
        return _first(known, PEOPLES_SCHEMES, self._source) or ((BY_NAME, name) if name else None)

    def _identifiers(self, cells: "_Cells", of: str) -> dict[str, str]:
        """Identifiers by scheme from the cells ``<of>.<scheme>``, the source's own one under the source's name."""
        found: dict[str, str] = {}
        own = cells.text(OWN) if of == "identifiers" else ""
        if own:
            found[self._source] = clean_identifier(self._source, own)
        for field in cells.beginning(f"{of}."):
            scheme = field.removeprefix(f"{of}.")
            if scheme != BY_NAME and (value := cells.get(field, clean_number_of(scheme))):
                found[self._source if scheme == OWN else scheme] = value
                if scheme == "npi" and not npi_adds_up(value):
                    problem = CellProblem(
                        "The check digit of this NPI is wrong.", "Compare it with the register: a digit is mistyped."
                    )
                    cells.report(field, problem, Severity.WARNING)
        return found

    def _is_told_apart(self, cells: "_Cells", name: str, specialties: tuple[str, ...]) -> bool:
        """Whether a name without an identifier can be taken for one person: not where its specialties have nothing in common."""
        line, known = self._seen_by_name.setdefault(name, (cells.line, frozenset(specialties)))
        if known and specialties and known.isdisjoint(specialties):
            problem = CellProblem(
                f"The name is the same as on line {line}, the specialties are others: this may be one doctor or two.",
                "Give both rows an NPI, a cédula or an id.",
            )
            cells.report("name", problem, Severity.ERROR)
            self._not_told_apart = (cells.line, name)
            return False
        self._seen_by_name[name] = (line, known | frozenset(specialties))
        return True


class _Cells:
    """The cells of one record by our fields."""

    def __init__(self, record: Record, column_of: Mapping[str, str], errors: list[RowError]) -> None:
        self._cells = record.cells
        self._column_of = column_of
        self._errors = errors
        self.line = record.line
        self.unreadable: set[str] = set()
        """Fields that have a cell which cannot be used."""

    def text(self, field: str) -> str:
        text = self._cells.get(field, "").strip()
        return "" if not text or clean.is_missing(text) else clean_text(text)

    def person(self, field: str) -> str | None:
        """A part of a name, where ``Na`` and ``None`` are names of people."""
        text = self._cells.get(field, "")
        return person_name(text) or None if any(map(str.isalpha, text)) else None

    def get[T](self, field: str, cleaner: Callable[[str], T]) -> T | None:
        text = self._cells.get(field, "").strip()
        if not text or clean.is_missing(text):
            return None
        try:
            return cleaner(text)
        except CellProblem as problem:
            self.unreadable.add(FIELD_OF.get(field, field.partition(".")[0]))
            self.report(field, problem, Severity.WARNING)
            return None

    def beginning(self, prefix: str) -> Iterable[str]:
        return sorted(field for field in self._cells if field.startswith(prefix))

    def report(self, field: str, problem: CellProblem, severity: Severity) -> None:
        self._errors.append(
            RowError(
                line=self.line,
                column=self._column_of.get(field, field),
                value=self._cells.get(field, "")[:SHOWN],
                problem=problem.problem,
                advice=problem.advice,
                severity=severity,
            )
        )


def _name(cells: _Cells) -> tuple[str, str]:
    """The name as it is said, with the title where a cell of its own gives it; and the key, which must not hang on that title."""
    parts = [part for field in ("given", "family") if (part := cells.person(field))]
    untitled = name = person_name(cells.text("name")) or " ".join(parts)
    prefix = cells.person("prefix")
    if name and prefix and words(name)[: len(words(prefix))] != words(prefix):
        name = f"{prefix} {name}"
    return name, name_key(untitled)


def _first(identifiers: Mapping[str, str], shared: Iterable[str], source: str) -> tuple[str, str] | None:
    """Scheme and value of the identifier that counts most: a shared one, else the source's own, else any other."""
    for scheme in (*shared, source, *sorted(identifiers)):
        if scheme in identifiers:
            return scheme, identifiers[scheme]
    return None


def _country_of(reference: tuple[str, str] | None) -> str | None:
    return COUNTRY_OF_SCHEME.get(reference[0]) if reference else None


def _address(cells: _Cells, country: str | None, postal_country: str | None) -> Address:
    return Address(
        **{field: cells.text(field) or None for field in ADDRESS},
        postcode=cells.get("postcode", lambda text: clean.clean_postcode(text, postal_country)),
        country=country,
    )


def _address_key(address: Address) -> str:
    """The address without case, accents and punctuation; empty where it names neither street nor city."""
    if not address.street and not address.city:
        return ""
    parts = (address.street, address.house_number, address.unit, address.city, address.postcode)
    return "\x1f".join(folded(part or "") for part in parts)
