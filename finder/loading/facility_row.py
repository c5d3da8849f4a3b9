"""One mapped row becomes a :class:`Facility` that says of each field where it comes from."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from finder.domain.facility import Accessibility, Address, Facility, FacilityKind, Provenance
from finder.geo.points import LonLat
from finder.loading import check, clean
from finder.loading.clean_phone import clean_phones
from finder.loading.clean_text import clean_text
from finder.loading.clean_website import clean_website
from finder.loading.identity import SeenInFile, clean_identifier, id_of, natural_key
from finder.loading.mapping import ColumnMapping
from finder.loading.nothing import says_nothing
from finder.loading.read import SHOWN, Row
from finder.loading.row_error import CellProblem, RowError, Severity
from finder.loading.zones import country_at, time_zone_at

__all__ = ["DERIVED", "FacilityRows"]

DERIVED = "tzfpy"
"""The source of a time zone that was looked up by the point, since no file gave it."""

FIELD_OF = {"phone": "phones", "wheelchair": "accessibility", "postcode": "address"}
"""The facility's field, where it is not called as the column is."""

GOES_ON = re.compile(r"(?:\W(?:on|of|for|and|the|in|at|de|del|la|para|y)|[&/-])$", re.IGNORECASE)
"""A first half of a name that is cut in two in the middle of a phrase: ``Midwestern Connecticut Council on``."""


class FacilityRows:
    """Makes facilities of the rows of one file, and collects what is wrong with them in ``errors``."""

    def __init__(self, mapping: ColumnMapping, source: str) -> None:
        self._mapping = mapping
        self._source = source
        self._seen = SeenInFile()
        self.errors: list[RowError] = []
        self.unreadable: list[frozenset[str]] = []
        """Of each facility that was made, in order, the fields whose cells could not be used: what is known of them stays."""

    def facility(self, row: Row) -> Facility | None:
        """The row's facility, or ``None`` when the row is refused; either way ``errors`` may have grown."""
        cells = _Cells(row, self._mapping, self.errors)
        name, lon_lat, country = cells.name(), *cells.point()
        if name is None or lon_lat is None:
            return None
        around = country or country_at(lon_lat)
        if country is None and around == "NA" and cells.raw("country").upper() == "NA":
            country = "NA"
        zone = time_zone_at(lon_lat, country)
        address = _address(cells, country, around)
        identifiers = self._identifiers(cells)
        key = natural_key(name, address, lon_lat)
        try:
            self._seen.check(row.line, identifiers, key)
        except CellProblem as problem:
            cells.report(self.identity_column(identifiers), problem, Severity.ERROR)
            return None
        verified_at = cells.get("verified_at", clean.clean_date)
        fields: dict[str, Any] = {
            "name": name,
            "lon_lat": lon_lat,
            "address": address,
            "phones": cells.phones(around),
            "website": cells.get("website", clean_website),
            "opening_hours": cells.get("opening_hours", check.check_opening_hours),
            "time_zone": cells.get("time_zone", check.check_time_zone),
            "services": cells.joined("services", clean.split_list),
            "languages": cells.joined("languages", clean.clean_languages),
            "accessibility": Accessibility(
                wheelchair=cells.get("wheelchair", clean.clean_wheelchair),
                description=cells.get("accessibility", clean_text),
            ),
            "identifiers": identifiers,
            "kind": cells.get("kind", lambda text: clean.clean_kind(text, self._mapping.file.kinds)),
            "status": cells.get("status", clean.clean_status),
        }
        filled = {field: value for field, value in fields.items() if not says_nothing(value)}
        provenance = dict.fromkeys(filled, Provenance(self._source, verified_at))
        if zone and "time_zone" not in filled:
            filled["time_zone"] = zone
            provenance["time_zone"] = Provenance(DERIVED)
        filled.setdefault("kind", FacilityKind.OTHER)
        self.unreadable.append(frozenset(cells.unreadable))
        return Facility(id=id_of(identifiers, self._source, key), provenance=provenance, **filled)

    def _identifiers(self, cells: "_Cells") -> dict[str, str]:
        found = {
            scheme: clean_identifier(scheme, text)
            for scheme, column in sorted(self._mapping.identifiers.items())
            if (text := cells.column(column))
        }
        if own := cells.text("id"):
            found[self._source] = clean_identifier(self._source, own)
        return found

    def identity_column(self, identifiers: Mapping[str, str]) -> str:
        """The column that tells which facility a row with these identifiers speaks of."""
        for scheme in identifiers:
            if scheme in self._mapping.identifiers:
                return self._mapping.identifiers[scheme]
        return self._mapping.column("id" if identifiers else "name")


class _Cells:
    """The cells of one row by our fields."""

    def __init__(self, row: Row, mapping: ColumnMapping, errors: list[RowError]) -> None:
        self._row = row
        self._mapping = mapping
        self._errors = errors
        self.unreadable: set[str] = set()
        """Fields of a facility that have a cell which cannot be used."""

    def raw(self, field: str) -> str:
        return self._row.cells.get(self._mapping.column(field), "")

    def column(self, column: str) -> str:
        text = self._row.cells[column]
        return "" if clean.is_missing(text, self._mapping.file.missing) else text

    def texts(self, field: str) -> list[tuple[str, str]]:
        """Column and text of each cell that says something; the default, of no column, where none does."""
        found = [(column, text) for column in self._mapping.columns.get(field, ()) if (text := self.column(column))]
        default = self._mapping.file.defaults.get(field)
        return found or ([("", default)] if default else [])

    def text(self, field: str) -> str | None:
        texts = self.texts(field)
        return clean_text(texts[0][1]) or None if texts else None

    def get[T](self, field: str, cleaner: Callable[[str], T], severity: Severity = Severity.WARNING) -> T | None:
        for column, text in self.texts(field):
            try:
                return cleaner(text)
            except CellProblem as problem:
                self.unreadable.add(FIELD_OF.get(field, field))
                self.report(column, problem, severity)
        return None

    def joined(self, field: str, cleaner: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
        """What all columns of the field say together, each thing once."""
        found: dict[str, None] = {}
        for column, text in self.texts(field):
            try:
                found.update(dict.fromkeys(cleaner(text)))
            except CellProblem as problem:
                self.unreadable.add(FIELD_OF.get(field, field))
                self.report(column, problem, Severity.WARNING)
        return tuple(found)

    def phones(self, country: str | None) -> tuple[str, ...]:
        return self.joined("phone", lambda text: clean_phones(text, country))

    def name(self) -> str | None:
        name, second = self.text("name"), self.text("name2")
        if not name:
            problem = CellProblem("The name is missing.", "Write the name that people know the facility by.")
            self.report(self._mapping.column("name"), problem, Severity.ERROR)
            return None
        if not second or second.lower() in name.lower():
            return name
        return f"{name}{' ' if GOES_ON.search(name) else ', '}{second}"

    def point(self) -> tuple[LonLat | None, str | None]:
        """The checked point, and the country that the row names."""
        country = self.get("country", clean.clean_country)
        lat, lon = (self._degrees(field) for field in ("lat", "lon"))
        if lat is None or lon is None:
            return None, country
        try:
            return check.check_lon_lat(lon, lat, country), country
        except CellProblem as problem:
            field = "lon" if problem.problem.startswith("The longitude") else "lat"
            self.report(self._mapping.column(field), problem, Severity.ERROR)
            return None, country

    def _degrees(self, field: str) -> float | None:
        if not self.texts(field):
            what = {"lat": "latitude", "lon": "longitude"}[field]
            problem = CellProblem(f"The {what} is missing.", "Look the coordinates up and write them in decimal degrees.")
            self.report(self._mapping.column(field), problem, Severity.ERROR)
            return None
        return self.get(field, clean.clean_number, Severity.ERROR)

    def report(self, column: str, problem: CellProblem, severity: Severity) -> None:
        self._errors.append(
            RowError(
                line=self._row.line,
                column=column,
                value=self._row.cells.get(column, "")[:SHOWN],
                problem=problem.problem,
                advice=problem.advice,
                severity=severity,
            )
        )


def _address(cells: _Cells, country: str | None, postal_country: str | None) -> Address:
    return Address(
        house_number=cells.text("house_number"),
        street=cells.text("street"),
        unit=cells.text("unit"),
        neighbourhood=cells.text("neighbourhood"),
        city=cells.text("city"),
        state=cells.text("state"),
        postcode=cells.get("postcode", lambda text: clean.clean_postcode(text, postal_country)),
        country=country,
    )
