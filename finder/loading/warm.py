"""Imported by the process that the cleaning processes are forked from: what each would do first is done once, for all of them.

Time zones, word lists, names of countries and languages are read when the first row is cleaned; that takes longer than some
thousand rows do.
"""

from pathlib import Path

from finder.loading.mapping import map_columns
from finder.loading.place_check import PlaceBook
from finder.loading.read import Block, CsvFile
from finder.loading.workshop import Form, Plan, Workshop

__all__ = ["warm_up"]

HEADER = (
    "id", "name", "lat", "lon", "kind", "street", "house_number", "city", "state", "postcode", "country", "phone", "website",
    "opening_hours", "services", "languages", "status", "verified_at",
)  # fmt: skip
ROWS = (
    "F1,Clínica Sol,32.51,-117.01,clinic,Calle 5,12,Tijuana,Baja California,22000,MX,664-123-4567,a.example,"
    "Mo-Fr 08:00-14:00,x,es,open,2026-10-01\n"
    "F2,HOSPITAL GENERAL,32.72,-117.16,hospital,Main St,1,San Diego,CA,92101,US,+1 619 555 0100,,Lun-Vie 8-20,,English,,\n"
)


def warm_up() -> None:
    """Clean two rows, one plain and one not."""
    data = ROWS.encode()
    csv_file = CsvFile(path=Path("warm.csv"), encoding="utf-8", delimiter=",", header=HEADER, header_line=1, size_bytes=len(data))
    plan = Plan(form=Form.FACILITIES, source="warm", mapping=map_columns(HEADER, "warm.csv"), csv_file=csv_file)
    Workshop(plan, PlaceBook.read([])).clean(Block(2, data))


warm_up()
