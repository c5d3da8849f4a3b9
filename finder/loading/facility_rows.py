"""A block of mapped rows becomes facilities that say of each field where it comes from."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import repeat
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.domain.documents import encode_parts, told_of
from finder.domain.facility import Accessibility, Address, Facility, FacilityKind, FacilityStatus, Provenance, facility_ids
from finder.geo.points import LonLat
from finder.loading import check, clean
from finder.loading.clean_address import split_street
from finder.loading.clean_hours import DAYS_NOT_STATED, clean_hours, joined_hours
from finder.loading.clean_name import clean_name
from finder.loading.clean_phone import clean_phones
from finder.loading.clean_position import Positions, positions_of
from finder.loading.clean_website import clean_website
from finder.loading.columns import BlockColumns, Cleaners
from finder.loading.facility_block import FacilityBlock, facility_table
from finder.loading.identity import SHARED_SCHEMES, clean_identifier, natural_key
from finder.loading.mapping import ColumnMapping
from finder.loading.merge import DERIVED
from finder.loading.place_check import Contradiction, PlaceBook
from finder.loading.read import Rows
from finder.loading.row_error import CellProblem, Severity
from finder.loading.zones import time_zone_at

__all__ = ["FacilityRows"]

GOES_ON = re.compile(r"(?:\W(?:on|of|for|and|the|in|at|de|del|la|para|y)|[&/-])$", re.IGNORECASE)
"""A first half of a name that is cut in two in the middle of a phrase: ``Midwestern Connecticut Council on``."""
NO_NAME = CellProblem("The name is missing.", "Write the name that people know the facility by.")
ADDRESS_TEXTS = ("house_number", "street", "unit", "neighbourhood", "city", "state")


class FacilityRows:
    """Makes facilities of the rows of one file, block by block; what it learns of cells it keeps for the next block."""

    def __init__(self, mapping: ColumnMapping, source: str, places: PlaceBook) -> None:
        self._mapping = mapping
        self._source = source
        self._places = places
        self._cleaners = Cleaners(mapping)
        self._told: dict[tuple[Any, ...], bytes] = {}

    def block(self, rows: Rows) -> FacilityBlock:
        """The facilities of ``rows``; errors in the order of the lines."""
        columns = BlockColumns(rows, self._cleaners)
        written_names = self._names(columns)
        names = [clean_name(name) for name in written_names]
        positions = self._positions(columns)
        written = _addresses(columns, positions.countries, positions.around)
        addresses = written if columns.has("house_number") else list(map(_with_parts, written))
        accuracies = self._find_by_address(positions, addresses)
        contradicted = self._contradictions(positions, addresses, accuracies)
        own, further, identifiers = self._identities(columns, written_names, written, positions.lon_lat)
        mapping = self._mapping
        values = zip(
            range(columns.size),
            names,
            positions.lon_lat.tolist(),
            addresses,
            columns.joined_with("phone", lambda pair: clean_phones(*pair), positions.around),
            columns.values("website", clean_website),
            self._hours(columns),
            columns.values("time_zone", check.check_time_zone),
            positions.time_zones,
            columns.joined("services", clean.split_list),
            columns.joined("languages", clean.clean_languages),
            columns.joined("plans", clean.split_list),
            self._accessibilities(columns),
            identifiers,
            columns.values("kind", lambda text: clean.clean_kind(text, mapping.file.kinds)),
            columns.values("status", clean.clean_status),
            columns.values("verified_at", clean.clean_verified_at),
            own,
            further,
            accuracies,
            strict=True,
        )
        refused, silences = columns.refused, columns.silent
        lines: list[int] = []
        kept: list[int] = []
        ids: list[str] = []
        keys: dict[int, tuple[str, ...]] = {}
        kinds: list[str] = []
        statuses: list[str] = []
        documents: list[str] = []
        silent: dict[int, frozenset[str]] = {}
        contradictions: dict[int, Contradiction] = {}
        for (
            row, name, point, address, phones, website, hours, time_zone, found_zone, services, languages, plans, access,
            identity, kind, status, verified_at, own_id, more, accuracy_m,
        ) in values:  # fmt: skip
            if row in refused:
                continue
            has_point = point[0] == point[0]
            silence = silences.get(row)
            if not has_point:
                # The time zone is that of the point, where the row does not say it.
                silence = (silence or set()) | ({"lon_lat"} if time_zone else {"lon_lat", "time_zone"})
            if silence:
                silent[len(ids)] = frozenset(silence)
            if row in contradicted:
                contradictions[len(ids)] = contradicted[row]
            derived = time_zone is None and found_zone is not None
            facility = Facility(
                id=own_id,
                kind=kind or FacilityKind.OTHER,
                name=name,
                lon_lat=LonLat(point[0], point[1]) if has_point else NOWHERE,
                address=address,
                phones=phones,
                website=website,
                opening_hours=hours,
                time_zone=time_zone or found_zone,
                services=services,
                languages=languages,
                plans=plans,
                accessibility=access,
                identifiers=identity,
                status=status or FacilityStatus.OPEN,
                position_accuracy_m=accuracy_m,
            )
            told = self.told(
                verified_at, derived, has_point, address is not NO_ADDRESS, bool(phones), website is not None,
                hours is not None, time_zone is not None, bool(services), bool(languages), bool(plans),
                access is not NO_ACCESS, bool(identity), kind is not None, status is not None,
            )  # fmt: skip
            kept.append(row)
            lines.append(columns.rows.lines[row])
            ids.append(own_id)
            if more:
                keys[len(ids) - 1] = more
            kinds.append(facility.kind._value_)
            statuses.append(facility.status._value_)
            documents.append(encode_parts(facility, told, silent.get(len(ids) - 1, NOTHING)).decode())
        lon_lat = positions.lon_lat[kept] if kept else np.empty((0, 2))
        return FacilityBlock(
            table=facility_table(
                {
                    "id": ids,
                    "kind": kinds,
                    "name": [names[row] for row in kept],
                    "status": statuses,
                    "document": documents,
                    "lon": lon_lat[:, 0],
                    "lat": lon_lat[:, 1],
                }
            ),
            lines=lines,
            keys=keys,
            silent=silent,
            contradictions=contradictions,
            errors=sorted([*rows.errors, *columns.errors], key=lambda error: error.line),
            rows=columns.size + sum(error.severity is Severity.ERROR for error in rows.errors),
        )

    def _find_by_address(self, positions: Positions, addresses: Sequence[Address]) -> Sequence[float | None]:
        """Give a position to rows that have none and an address that can be found; returns how far each may be off."""
        without = np.flatnonzero(np.isnan(positions.lon_lat).any(axis=1)).tolist()
        accuracies: list[float | None] = [None] * len(addresses)
        for row in without:
            located = self._places.locate(addresses[row])
            positions.lon_lat[row] = located.lon_lat if located else (math.nan, math.nan)
            if located:
                accuracies[row] = located.accuracy_m
                positions.time_zones[row] = time_zone_at(located.lon_lat, positions.around[row])
        return accuracies

    def _contradictions(
        self, positions: Positions, addresses: Sequence[Address], accuracies: Sequence[float | None]
    ) -> dict[int, Contradiction]:
        """What speaks against the coordinates that rows give."""
        given = ~np.isnan(positions.lon_lat).any(axis=1) & np.array([accuracy is None for accuracy in accuracies], np.bool_)
        if given.all():
            return self._places.contradictions(addresses, positions.lon_lat)
        rows = np.flatnonzero(given).tolist()
        found = self._places.contradictions([addresses[row] for row in rows], positions.lon_lat[rows])
        return {rows[position]: contradiction for position, contradiction in found.items()}

    def _names(self, columns: BlockColumns) -> Sequence[str]:
        names = columns.texts("name")
        if None in names:
            for row, name in enumerate(names):
                if name is None:
                    columns.report(row, columns.column_of("name"), NO_NAME, Severity.ERROR)
        if not columns.has("name2"):
            return [name or "" for name in names] if None in names else names  # pyright: ignore[reportReturnType]
        return [_whole_name(name, second) if name else "" for name, second in zip(names, columns.texts("name2"), strict=True)]

    def _positions(self, columns: BlockColumns) -> Positions:
        countries = list(columns.values("country", clean.clean_country))
        positions = positions_of(columns, countries)
        if "country" in self._mapping.columns and not self._mapping.file.defaults.get("country"):
            # In a country column "NA" is Namibia where the point is there, and nothing known elsewhere.
            for row, cell in enumerate(columns.cells(columns.column_of("country"))):
                if countries[row] is None and positions.around[row] == "NA" and cell.upper() == "NA":
                    countries[row] = "NA"
        return positions._replace(countries=countries)

    def _identities(
        self,
        columns: BlockColumns,
        names: Sequence[str],
        addresses: Sequence[Address],
        lon_lat: NDArray[np.float64],
    ) -> tuple[list[str], Sequence[tuple[str, ...]], Sequence[dict[str, str]]]:
        """Each row's own id, the keys of its other identifiers, and the identifiers."""
        schemes = [(scheme, self._mapping.identifiers[scheme]) for scheme in sorted(self._mapping.identifiers)]
        if own := self._mapping.column("id"):
            schemes.append((self._source, own))
        found: dict[str, Sequence[str | None]] = {
            scheme: columns.identifiers(scheme, column, lambda text, scheme=scheme: clean_identifier(scheme, text) or None)
            for scheme, column in schemes
        }
        own_ids: list[str | None] = [None] * columns.size
        further: list[tuple[str, ...]] = [()] * columns.size
        best_first = [scheme for scheme in (*SHARED_SCHEMES, self._source) if scheme in found]
        for scheme in (*best_first, *(scheme for scheme in found if scheme not in best_first)):
            values = found[scheme]
            keys: Sequence[str | None]
            if None in values:
                hashed = iter(facility_ids(scheme, [value for value in values if value]))
                keys = [next(hashed) if value else None for value in values]
            else:
                keys = facility_ids(scheme, values)  # pyright: ignore[reportArgumentType]
            if scheme == best_first[0] if best_first else False:
                own_ids = list(keys)
                continue
            for row, key in enumerate(keys):
                if key is not None:
                    if own_ids[row] is None and scheme in best_first:
                        own_ids[row] = key
                    else:
                        further[row] = (*further[row], key)
        if None in own_ids:
            missing = [row for row, own_id in enumerate(own_ids) if own_id is None and row not in columns.refused]
            natural = [natural_key(names[row], addresses[row], LonLat(*lon_lat[row].tolist())) for row in missing]
            for row, key in zip(missing, facility_ids(self._source, natural), strict=True):
                own_ids[row] = key
        return [own_id or "" for own_id in own_ids], further, _dicts(found, columns.size)

    def _hours(self, columns: BlockColumns) -> Sequence[str | None]:
        if len(self._mapping.columns.get("opening_hours", ())) == 2:
            hours = columns.pairs("opening_hours", joined_hours)
        else:
            hours = columns.values("opening_hours", clean_hours)
        days = self._mapping.file.days
        return [_on_days(text, days) for text in hours] if days else hours

    def _accessibilities(self, columns: BlockColumns) -> Sequence[Accessibility]:
        if not columns.has("wheelchair") and not columns.has("accessibility"):
            return [NO_ACCESS] * columns.size
        both = zip(columns.values("wheelchair", clean.clean_wheelchair), columns.texts("accessibility"), strict=True)
        return [
            Accessibility(wheelchair=wheelchair, description=text) if wheelchair or text else NO_ACCESS
            for wheelchair, text in both
        ]

    def told(self, verified_at: date | None, derived: bool, *filled: bool) -> bytes:
        """The provenance of a row, as :func:`finder.domain.documents.told_of` writes it; once for all rows that are alike.

        ``derived`` is whether the time zone was looked up; ``filled`` says it of each of :data:`OPTIONAL_FIELDS`.
        """
        key = (verified_at, derived, filled)
        told = self._told.get(key)
        if told is None:
            fields = ("name", *(field for field, has in zip(OPTIONAL_FIELDS, filled, strict=True) if has))
            provenance = dict.fromkeys(fields, Provenance(self._source, verified_at))
            if derived:
                provenance["time_zone"] = Provenance(DERIVED)
            told = self._told[key] = told_of(provenance)
        return told


OPTIONAL_FIELDS = (
    "lon_lat", "address", "phones", "website", "opening_hours", "time_zone", "services", "languages", "plans",
    "accessibility", "identifiers", "kind", "status",
)  # fmt: skip
"""The fields after the first two arguments of :meth:`FacilityRows.told`, in their order."""
_DEFAULTS: dict[str, Any] = {field.name: field.default for field in msgspec.structs.fields(Facility)}
NO_ADDRESS: Address = _DEFAULTS["address"]
NO_ACCESS: Accessibility = _DEFAULTS["accessibility"]
"""The very objects that stand for nothing: only those are left out of a document."""
UNDATED = f' "{DAYS_NOT_STATED}"'
NOTHING: frozenset[str] = frozenset()
NOWHERE = LonLat(0.0, 0.0)
"""Stands in for the position of a facility whose statement is silent about it; never shown and never published."""


def _on_days(hours: str | None, days: str) -> str | None:
    """Hours of which the row does not say the days, on those that the mapping file says."""
    return f"{days} {hours.removesuffix(UNDATED)}" if hours and hours.endswith(UNDATED) else hours


def _with_parts(address: Address) -> Address:
    """The address with house number and unit by themselves, where one cell had them with the street."""
    if not address.street:
        return address
    parts = split_street(address.street, address.country)
    if parts.house_number is None and parts.unit is None and parts.street == address.street:
        return address
    unit = ", ".join(part for part in (parts.unit, address.unit) if part) or None
    return msgspec.structs.replace(address, street=parts.street, house_number=parts.house_number, unit=unit)


def _whole_name(name: str, second: str | None) -> str:
    if not second or second.lower() in name.lower():
        return name
    return f"{name}{' ' if GOES_ON.search(name) else ', '}{second}"


def _addresses(columns: BlockColumns, countries: Sequence[str | None], around: Sequence[str | None]) -> Sequence[Address]:
    postcodes = columns.values_with("postcode", lambda pair: clean.clean_postcode(*pair), around)
    texts = [columns.texts(field) for field in ADDRESS_TEXTS]
    return [
        Address(
            house_number=house_number,
            street=street,
            unit=unit,
            neighbourhood=neighbourhood,
            city=city,
            state=state,
            postcode=postcode,
            country=country,
        )
        if house_number or street or unit or neighbourhood or city or state or postcode or country
        else NO_ADDRESS
        for house_number, street, unit, neighbourhood, city, state, postcode, country in zip(
            *texts, postcodes, countries, strict=True
        )
    ]


def _dicts(found: Mapping[str, Sequence[str | None]], size: int) -> Sequence[dict[str, str]]:
    if not found:
        return list(repeat({}, size))
    if len(found) == 1:
        [(scheme, values)] = found.items()
        return [{scheme: value} if value else {} for value in values]
    return [
        {scheme: value for scheme, value in zip(found, row, strict=True) if value} for row in zip(*found.values(), strict=True)
    ]
