"""The fast way through a block gives the very documents of the careful one."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.place import Place, PlaceKind
from finder.geo.points import LonLat
from finder.loading.facility_block import FacilityBlock, joined_blocks
from finder.loading.facility_rows import FacilityRows
from finder.loading.gazetteer import Gazetteer
from finder.loading.mapping import map_columns
from finder.loading.mapping_file import MappingFile
from finder.loading.place_check import PlaceBook
from finder.loading.plain_rows import PlainRows, plain_table
from finder.loading.read import Block, CsvFile, rows_of

HEADER = (
    "id", "clues", "npi", "name", "kind", "latitude", "longitude", "street", "house_number", "neighbourhood", "city", "state",
    "postcode", "country", "phone", "website", "opening_hours", "services", "languages", "plans", "status", "verified_at",
    "other",
)  # fmt: skip
CELLS: dict[str, tuple[str, ...]] = {
    "id": ("F1", "F-2", "3", "A_4", "5.0", "NA", "", "Folio 7", "ñ1", "x9"),
    "clues": ("BCSSA001152", "BCIMB000932", "bcssa001152", "", "N/A", "DFSSA003245"),
    "npi": ("1234567893", "", "1234567893.0", "123"),
    "name": (
        "Clínica del Sol",
        "HOSPITAL GENERAL",
        "farmacia",
        "Sin Dato",
        "Unidad 3",
        "O'Higgins & Co",
        'Dr. "Pepe"',
        "n/a",
        "",
        "Consultorio  Doble",
        " Borde ",
        "Back\\slash",
        "Ño Aplica",
        "Straße 5",
        "Sanatorio (Norte)",
        "S/D",
        "Nuevo Día",
    ),
    "kind": ("clinic", "Hospital", "farmacia", "warehouse", "", "N/A"),
    "latitude": ("32.5", "32.480000", "32,51", "32", "-32.5", "95.1", "", "32.6.1", "0.0", "31.86", "32.85", "-0.5", "1e3"),
    "longitude": ("-116.98", "-117.1", "-115.450", "116.98", "-116.6", "200.0", "", "0.0", "-117.20", "x"),
    "street": ("Calle 5", "AV. HIDALGO", "", "Blvd. Díaz Ordaz", "No disponible"),
    "house_number": ("12", "S/N", "", "4-B", "0"),
    "neighbourhood": ("Zona Río", "", "CENTRO"),
    "city": ("Tijuana", "San Diego", "Mexicali", "", "TIJUANA", "Nowhere"),
    "state": ("Baja California", "CA", "B.C.", "", "Texas"),
    "postcode": ("22000", "92101", "2200", "abc", "", "92101-1234", "22000.0"),
    "country": ("MX", "US", "Mexico", "", "NA", "ZZ"),
    "phone": ("664-123-4567", "(619) 555 0123", "", "+52 664 123 4567", "123", "n/a", "6641234567 ext 5", "0641234567"),
    "website": ("https://a.example", "a.example", "", "http://b.example/x_1", "HTTPS://C.example", "none", "ftp://x"),
    "opening_hours": ("Mo-Fr 08:00-20:00", "24/7", "", "Lun-Vie 8-20", "whenever", "08:00-19:30"),
    "services": ("rayos X; análisis", "", "vacunas"),
    "languages": ("es, en", "", "Klingon", "es"),
    "plans": ('Plan Imaginario / Red Norte; Seguro "Ñ" | Otro', "", "; |", "N/A", "Seguro Ficticio", " Plan  B "),
    "status": ("", "open", "cerrado", "closed", "odd"),
    "verified_at": ("2026-10-01", "", "13/02/2026", "01/02/2026"),
    "other": ("x", ""),
}
TIJUANA = Place(
    name="Tijuana", kind=PlaceKind.CITY, lon_lat=LonLat(-117.02, 32.51), radius_m=12_000, state="Baja California", country="MX"
)
SAN_DIEGO = Place(
    name="San Diego", kind=PlaceKind.CITY, lon_lat=LonLat(-117.16, 32.72), radius_m=20_000, state="CA", country="US"
)
BOOK = PlaceBook(Gazetteer([TIJUANA, SAN_DIEGO]))
REQUIRED = ("name", "latitude", "longitude")
COLUMNS = st.lists(st.sampled_from(HEADER), unique=True).map(lambda extra: [*dict.fromkeys([*REQUIRED, *extra])])


def text_of(rows: list[list[str]], header: list[str]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue().encode()


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    header = draw(COLUMNS)
    plain = {"name": "Clínica del Sol", "latitude": "32.48", "longitude": "-116.98", "id": "F1", "country": "MX"}
    rows = draw(
        st.lists(
            st.tuples(*(st.just(plain.get(name, CELLS[name][0])) | st.sampled_from(CELLS[name]) for name in header)).map(list),
            min_size=1,
            max_size=8,
        )
    )
    return header, rows


def both_ways(
    header: list[str], rows: list[list[str]], mapping: MappingFile | None = None
) -> tuple[FacilityBlock, FacilityBlock, int]:
    data = text_of(rows, header)
    csv_file = CsvFile(
        path=Path("a.csv"), encoding="utf-8", delimiter=",", header=tuple(header), header_line=1, size_bytes=len(data)
    )
    columns = map_columns(header, "a.csv", mapping)
    block = Block(2, data[data.index(b"\n") + 1 :])
    careful = FacilityRows(columns, "source", BOOK)
    slow = careful.block(rows_of(csv_file, block))
    quick = PlainRows(columns, "source", BOOK, FacilityRows(columns, "source", BOOK))
    table = plain_table(csv_file, block)
    if table is None or not quick.is_possible:
        return slow, slow, 0
    plain, others = quick.take(table, block.line)
    return slow, joined_blocks(plain, FacilityRows(columns, "source", BOOK).block(others)), len(plain.lines)


def comparable(block: FacilityBlock) -> dict[str, Any]:
    parts = block._asdict()
    table = parts.pop("table")
    # NaN is not equal to itself.
    return parts | {name: [str(value) for value in table.column(name).to_pylist()] for name in table.column_names}


@given(tables())
@settings(max_examples=400, deadline=None)
def test_both_ways_give_the_same(table: tuple[list[str], list[list[str]]]) -> None:
    header, rows = table
    slow, fast, _ = both_ways(header, rows)
    assert comparable(fast) == comparable(slow)


@pytest.mark.parametrize("name", [name for name in HEADER if name != "other"])
def test_each_cell_in_an_otherwise_plain_row(name: str) -> None:
    """Every sort of cell once, in rows that would be plain without it; so the fast way is really taken here."""
    plain = {
        "id": "F1", "name": "Clínica del Sol", "latitude": "32.48", "longitude": "-116.98", "street": "Calle 5",
        "house_number": "12", "city": "Tijuana", "state": "Baja California", "postcode": "22000", "country": "MX",
        "phone": "664-123-4567", "verified_at": "2026-10-01",
    }  # fmt: skip
    header = [*dict.fromkeys([*plain, name])]
    rows = [
        [cell if column == name else plain.get(column, "") for column in header] for cell in (*CELLS[name], plain.get(name, ""))
    ]
    slow, fast, plain_rows = both_ways(header, rows)
    assert comparable(fast) == comparable(slow)
    assert plain_rows


def test_an_ordinary_row_is_plain() -> None:
    header = [name for name in HEADER if name not in ("clues", "npi")]
    _, fast, plain = both_ways(header, [[CELLS[name][0] for name in header]])
    assert (plain, len(fast.lines)) == (1, 1)


def test_words_of_the_mapping_file_that_say_nothing_are_heeded() -> None:
    header = ["id", "name", "latitude", "longitude", "city"]
    rows = [["F1", "Clínica del Sol", "32.48", "-116.98", "Tijuana"], ["F2", "Clínica Luna", "32.48", "-116.98", "Por Definir"]]
    slow, fast, plain = both_ways(header, rows, MappingFile(missing=frozenset({"por definir"})))
    assert comparable(fast) == comparable(slow)
    assert plain == 1
