"""The rows of a block that need no thought, cleaned as whole columns.

Most cells are already what they should be. For rows of such cells this module writes, in compiled code, the very documents that
:class:`finder.loading.facility_rows.FacilityRows` would write one by one, several times as fast; every other row is left to it.
Whatever is not certain here is not plain: a test compares the two on all sorts of rows.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
from numpy.typing import NDArray

from finder.domain.facility import Address, FacilityKind, FacilityStatus, facility_ids
from finder.geo.points import LonLat
from finder.loading import clean
from finder.loading.clean_hours import clean_hours
from finder.loading.clean_position import CELLS_PER_DEGREE, surroundings_of
from finder.loading.columns import Cleaners
from finder.loading.facility_block import FacilityBlock, facility_table
from finder.loading.facility_rows import FacilityRows
from finder.loading.identity import SHARED_SCHEMES
from finder.loading.mapping import ColumnMapping
from finder.loading.place_check import PlaceBook
from finder.loading.plain_columns import Bools, Column, Degrees, PlainColumns, Values, bools, join
from finder.loading.read import FIELD_LIMIT, Block, CsvFile, Rows

__all__ = ["PlainRows", "plain_table"]

pc: Any = pyarrow.compute  # its functions are made at run time, which no type checker sees

BOTH_CASES = r"\p{Ll}.*\p{Lu}|\p{Lu}.*\p{Ll}"
WEB = r"^https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:/[A-Za-z0-9._~/-]*)?$"
OWN_NUMBER = r"^[A-Za-z]{0,12}[_-]?[0-9][A-Za-z0-9_-]*$"
SHARED_NUMBER = {
    "clues": r"^[A-Z]{5}[0-9]{6}$",
    "npi": r"^[0-9]{10}$",
    "ccn": r"^[0-9]{6}$",
    "osm": r"^(?:node|way|relation)/[0-9]+$",
}
TEXTS = ("house_number", "street", "unit", "neighbourhood", "city", "state")
ONCE = ("phone", "services", "languages", "plans", "opening_hours")
"""Fields that may have several columns: then no row is plain."""
NOT_PLAIN = ("name2", "wheelchair", "accessibility", "time_zone")
"""Fields with which no row is plain."""
NO_DEFAULT = (*TEXTS, "phone", "website", "postcode", "lat", "lon")
PLACE_CELLS_PER_DEGREE = 20
"""Whether points agree with an address is asked for the corners of cells of 5 km: no limit is below 10 km."""
MEMO_PLACES = 500_000
KEY = 100_000
SHIFT = 20_000


class _Position(NamedTuple):
    """Where the rows are, as far as it is certain."""

    plain: Bools
    around: Values
    """The country that tells how phones and postcodes are read."""
    zones: Values
    lon_lat: NDArray[np.float64]


class PlainRows:
    """Finds the plain rows of the blocks of one file; what it learns it keeps for the next block."""

    def __init__(self, mapping: ColumnMapping, source: str, places: PlaceBook, rows: FacilityRows) -> None:
        self._mapping = mapping
        self._source = source
        self._places = places
        self._rows = rows
        self._cleaners = Cleaners(mapping)
        self._codes: dict[str | None, int] = {}
        self._agree: dict[tuple[int, ...], bool] = {}
        columns, file = mapping.columns, mapping.file
        self.is_possible = (
            all(field in columns for field in ("name", "lat", "lon"))
            and not any(field in columns or field in file.defaults for field in NOT_PLAIN)
            and ("house_number" in columns or "street" not in columns)
            and all(len(columns.get(field, ())) <= 1 for field in ONCE)
            and not any(field in file.defaults for field in NO_DEFAULT)
            and file.days is None
            and bool(self._schemes())
        )
        """Whether a row of this file can be plain at all."""

    def take(self, table: Any, first_line: int) -> tuple[FacilityBlock, Rows]:
        """The plain rows of ``table``, whose first row is on ``first_line``, and the others as they are."""
        columns = PlainColumns(table, self._mapping, self._cleaners)
        kinds_of_file = self._mapping.file.kinds
        countries = columns.values("country", clean.clean_country)
        lat, lon = columns.degrees("lat"), columns.degrees("lon")
        position = self._position(lat, lon, countries)
        texts = {field: columns.words(field) for field in TEXTS}
        postcodes = columns.values_with("postcode", lambda pair: clean.clean_postcode(*pair), position.around)
        address = _address(columns, texts, postcodes, countries)
        name, phone, website = columns.words("name"), columns.phones(position.around), columns.matching("website", WEB)
        hours = columns.values("opening_hours", clean_hours)
        services = columns.values("services", lambda text: clean.split_list(text) or None)
        languages = columns.values("languages", clean.clean_languages)
        plans = columns.values("plans", lambda text: clean.split_list(text) or None)
        kinds = columns.values("kind", lambda text: clean.clean_kind(text, kinds_of_file))
        statuses = columns.values("status", clean.clean_status)
        verified = columns.values("verified_at", clean.clean_verified_at)
        plain = name.plain & name.filled & bools(pc.match_substring_regex(columns.array("name"), BOTH_CASES))
        for each in (
            position,
            address,
            phone,
            website,
            countries,
            postcodes,
            hours,
            services,
            languages,
            plans,
            kinds,
            statuses,
            verified,
        ):
            plain &= each.plain
        ids, keys, identifiers = self._identifiers(columns)
        plain &= identifiers.plain
        plain &= self._agrees(columns, postcodes, countries, position.lon_lat, plain)
        told = self._told(
            verified,
            (address, phone, website, hours, None, services, languages, plans, None, identifiers, kinds, statuses),
        )
        kind_texts = kinds.take([str(value or FacilityKind.OTHER) for value in kinds.distinct])
        found = facility_table(
            {
                "id": ids,
                "kind": kind_texts,
                "name": columns.array("name"),
                "status": statuses.take([str(value or FacilityStatus.OPEN) for value in statuses.distinct]),
                "document": join(
                    '{"id":"',
                    ids,
                    '","kind":"',
                    kind_texts,
                    '","name":"',
                    columns.array("name"),
                    '","lon_lat":[',
                    lon.text,
                    ",",
                    lat.text,
                    "]",
                    address.fragments,
                    phone.fragments,
                    website.fragments,
                    hours.fragments("opening_hours"),
                    position.zones.fragments("time_zone"),
                    services.fragments("services"),
                    languages.fragments("languages"),
                    plans.fragments("plans"),
                    identifiers.fragments,
                    statuses.fragments("status", omitted=FacilityStatus.OPEN),
                    ',"told":',
                    told,
                    "}",
                ),
                "lon": lon.number,
                "lat": lat.number,
            }
        )
        return _parted(table, found, plain, first_line, keys)

    def _schemes(self) -> list[tuple[str, str]]:
        """Scheme and column of each identifier, as documents have them in order."""
        found = [(scheme, self._mapping.identifiers[scheme]) for scheme in sorted(self._mapping.identifiers)]
        own = self._mapping.column("id")
        return [*found, (self._source, own)] if own else found

    def _position(self, lat: Degrees, lon: Degrees, countries: Values) -> _Position:
        plain = lat.plain & lon.plain
        x, y = np.where(plain, lon.number, 0.0), np.where(plain, lat.number, 0.0)
        plain &= (np.abs(x) <= 180) & (np.abs(y) <= 90) & ((x != 0) | (y != 0))
        columns = np.floor(x * CELLS_PER_DEGREE).astype(np.int64) + SHIFT
        lines = np.floor(y * CELLS_PER_DEGREE).astype(np.int64) + SHIFT
        keys, codes = np.unique((countries.codes * KEY + columns) * KEY + lines, return_inverse=True)
        around: list[str | None] = []
        zones: list[str | None] = []
        certain: list[bool] = []
        for key in keys.tolist():
            rest, line = divmod(key, KEY)
            code, column = divmod(rest, KEY)
            country = countries.distinct[code]
            found = surroundings_of(column - SHIFT, line - SHIFT, country if isinstance(country, str) else None)
            certain.append(found is not None)
            around.append(found.country if found else None)
            zones.append(found.time_zone if found else None)
        plain &= np.array(certain, np.bool_)[codes]
        return _Position(plain, _few(around, codes), _few(zones, codes), np.column_stack([x, y]))

    def _identifiers(self, columns: PlainColumns) -> tuple[list[str], list[tuple[str, ...]], Column]:
        """Each row's own id, the keys of its other identifiers, and the identifiers. A row without any is not plain."""
        schemes = self._schemes()
        names = [scheme for scheme, _ in schemes]
        best = next((scheme for scheme in (*SHARED_SCHEMES, self._source) if scheme in names), names[0])
        plain = np.ones(columns.size, np.bool_)
        fragments: list[Any] = []
        ids: list[str] = []
        others: list[list[str]] = []
        for scheme, column in schemes:
            cells, good = columns.identifiers(column, SHARED_NUMBER.get(scheme, OWN_NUMBER))
            plain &= good
            fragments += [f'{"," if fragments else ""}"{scheme}":"', cells, '"']
            keys = facility_ids(scheme, cells.to_pylist())
            if scheme == best:
                ids = keys
            else:
                others.append(keys)
        return ids, list(zip(*others, strict=True)), Column(join(',"identifiers":{', *fragments, "}"), plain, plain)

    def _agrees(
        self, columns: PlainColumns, postcodes: Values, countries: Values, lon_lat: NDArray[np.float64], plain: Bools
    ) -> Bools:
        """The rows whose point certainly does not contradict their address."""
        if len(self._agree) > MEMO_PLACES:
            self._agree.clear()
        cells = np.floor(lon_lat * PLACE_CELLS_PER_DEGREE).astype(np.int64)
        city, state = (self._coded(columns, field) for field in ("city", "state"))
        postcode = np.array([self._code(_text(value)) for value in postcodes.distinct], np.int64)[postcodes.codes]
        country = np.array([self._code(_text(value)) for value in countries.distinct], np.int64)[countries.codes]
        keys = np.column_stack([city, state, postcode, country, cells]).tolist()
        agree, known = self._agree, plain.copy()
        names: dict[int, str | None] = {}
        for row in np.flatnonzero(plain).tolist():
            key = tuple(keys[row])
            found = agree.get(key)
            if found is None:
                names = names or {code: text for text, code in self._codes.items()}
                found = agree[key] = self._corners_agree([names[code] for code in key[:4]], key[4], key[5])
            known[row] = found
        return known

    def _corners_agree(self, parts: Sequence[str | None], column: int, line: int) -> bool:
        city, state, postcode, country = parts
        address = Address(city=city, state=state, postcode=postcode, country=country)
        corners = (
            LonLat((column + east) / PLACE_CELLS_PER_DEGREE, (line + north) / PLACE_CELLS_PER_DEGREE)
            for east in (0, 1)
            for north in (0, 1)
        )
        return not any(self._places.contradiction(address, corner) for corner in corners)

    def _coded(self, columns: PlainColumns, field: str) -> NDArray[np.int64]:
        if not columns.has(field):
            return np.full(columns.size, self._code(None), np.int64)
        encoded = columns.array(field).dictionary_encode()
        codes = [self._code(text or None) for text in encoded.dictionary.to_pylist()]
        return np.array(codes, np.int64)[encoded.indices.to_numpy()]

    def _code(self, text: str | None) -> int:
        return self._codes.setdefault(text, len(self._codes))

    def _told(self, verified: Values, filled: Sequence[Column | Values | None]) -> Any:
        """The provenance of each row: for each combination of what is filled and when it was verified, once."""
        bits = np.zeros(len(verified.codes), np.int64)
        for at, each in enumerate(filled):
            if each is not None:
                bits |= each.filled.astype(np.int64) << at
        pairs, codes = np.unique(verified.codes << len(filled) | bits, return_inverse=True)
        texts: list[str] = []
        for pair in pairs.tolist():
            code, mask = divmod(pair, 1 << len(filled))
            day = verified.distinct[code]
            has = (True, *(bool(mask >> at & 1) for at in range(len(filled))))
            texts.append(self._rows.told(None if not hasattr(day, "year") else day, True, *has).decode())
        return pc.take(pa.array(texts, pa.string()), pa.array(codes))


def plain_table(csv_file: CsvFile, block: Block) -> Any | None:
    """The cells of a block as a :class:`pyarrow.Table` of texts; ``None`` where it is not one row a line in good order."""
    data = block.data
    if (
        block.line <= csv_file.header_line
        or not data
        or csv_file.encoding not in ("utf-8", "utf-8-sig")
        or b"\x00" in data
        or b"\xef\xbb\xbf" in data
        or (b"\r" in data and b"\r" in data.replace(b"\r\n", b""))
    ):
        return None
    names = list(csv_file.header)
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=max(len(data), 1) + 1),
            parse_options=pyarrow.csv.ParseOptions(delimiter=csv_file.delimiter, ignore_empty_lines=False),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:  # a row of another width, or no UTF-8
        return None
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    if table.num_rows != lines:  # a cell of several lines
        return None
    table = table.combine_chunks()
    if max(pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns) > FIELD_LIMIT:
        return None
    return table


def _address(columns: PlainColumns, texts: dict[str, Column], postcodes: Values, countries: Values) -> Column:
    parts = [*(column.fragments for column in texts.values()), postcodes.fragments("postcode"), countries.fragments("country")]
    plain = np.logical_and.reduce([column.plain for column in texts.values()])
    filled = np.logical_or.reduce([*(column.filled for column in texts.values()), postcodes.filled, countries.filled])
    if not filled.any():
        return Column("", filled, plain)
    inner = pc.utf8_slice_codeunits(join(*parts), 1)  # without the first comma
    fragments = join(',"address":{', inner, "}")
    return Column(fragments if filled.all() else pc.if_else(pa.array(filled), fragments, ""), filled, plain)


def _parted(table: Any, found: Any, plain: Bools, first_line: int, keys: Sequence[tuple[str, ...]]) -> tuple[FacilityBlock, Rows]:
    rows, others = np.flatnonzero(plain), np.flatnonzero(~plain)
    lines = (rows + first_line).tolist()
    block = FacilityBlock(
        table=found.take(pa.array(rows)) if len(others) else found,
        lines=lines,
        keys={at: keys[row] for at, row in enumerate(rows.tolist())} if keys else {},
        silent={},
        contradictions={},
        errors=[],
        rows=len(lines),
    )
    rest = table.take(pa.array(others))
    cells: dict[str, Sequence[str]] = {
        name: [cell.strip() for cell in rest.column(name).to_pylist()] for name in table.column_names
    }
    return block, Rows((others + first_line).tolist(), cells, [])


def _few(values: Sequence[str | None], codes: NDArray[np.int64]) -> Values:
    """Values of which many are the same, each once."""
    distinct = list(dict.fromkeys(values))
    at = {value: code for code, value in enumerate(distinct)}
    return Values(list(distinct), np.array([at[value] for value in values], np.int64)[codes])


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
