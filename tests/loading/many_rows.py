"""A large table of made-up clinics, written in a moment."""

from collections.abc import Mapping
from pathlib import Path

HEADER = "id,name,type,house number,street,city,state,zip,country,lat,lon,phone,hours,services\n"


def write_many(path: Path, rows: int, instead: Mapping[int, str] | None = None) -> Path:
    """So many clinics about San Diego County, a few metres apart; ``instead`` has whole lines by number, the header being 1."""
    odd = instead or {}
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        for number in range(rows):
            text = odd.get(number + 2)
            file.write(
                f"{number},Clinic {number} of Fable,clinic,{number % 900 + 1},Fable Street,San Diego,CA,92101,US,"
                f"{32.6 + number % 500 * 0.001:.4f},{-117.1 + number // 500 * 0.0005:.4f},(619) 555-0{100 + number % 100},"
                f"Mo-Fr 0{number % 4 + 6}:00-18:00,general medicine\n"
                if text is None
                else f"{text}\n"
            )
    return path
