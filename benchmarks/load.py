"""A million rows through the whole of loading into PostGIS and into SQLite, beside PostgreSQL's plain COPY of the same file.

Plain COPY means: into one table of text columns without any index, by the same server in the same run. Each runs three times,
the fastest counts; memory is the sum of the resident sizes of all our processes, taken twenty times a second.

    .venv/bin/python benchmarks/load.py [ROWS]
"""

import csv
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg

from finder.loading.load import load_file
from finder.store import Store
from tests.postgis import TEMPLATE, postgis_server

ROWS = 1_000_000
TIMES = 3
HEADER = (
    "id", "name", "kind", "latitude", "longitude", "street", "house_number", "neighbourhood", "city", "state", "postcode",
    "country", "phone", "website", "opening_hours", "verified_at",
)  # fmt: skip
CITIES = (
    ("Tijuana", "Baja California", "MX", 32.47, -116.98, "664", 22000),
    ("Mexicali", "Baja California", "MX", 32.55, -115.45, "686", 21000),
    ("Ensenada", "Baja California", "MX", 31.86, -116.60, "646", 22800),
    ("San Diego", "CA", "US", 32.85, -117.10, "619", 92100),
    ("Los Angeles", "CA", "US", 34.05, -118.24, "213", 90000),
)
KINDS = ("clinic", "hospital", "pharmacy", "dentist", "doctors", "laboratory")
HOURS = ("Mo-Fr 08:00-20:00", "24/7", "Mo-Sa 09:00-18:00", "Mo-Fr 07:00-14:30; Sa 09:00-13:00", "")
FIRST = ("Clínica", "Centro de Salud", "Consultorio", "Farmacia", "Hospital", "Unidad Médica", "Health Center")
SECOND = ("San José", "del Valle", "Santa María", "Guadalupe", "Del Mar", "Hidalgo", "Morelos", "Juárez", "Mission Hills")


def main() -> None:
    """Generate, copy, load, print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder, postgis_server() as address:
        path = Path(folder) / "generated.csv"
        write_rows(path, rows)
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB")
        copied_s = min(plain_copy_s(path, address.format(name="postgres")) for _ in range(TIMES))
        print(f"plain COPY           {copied_s:7.2f} s  {rows / copied_s:10,.0f} rows/s")
        for name in ("postgis", "sqlite"):
            runs = [load_once(path, rows, name, address, Path(folder)) for _ in range(TIMES)]
            seconds, peak = min(run[0] for run in runs), max(run[1] for run in runs)
            ratio = copied_s / seconds
            print(f"load into {name:<10} {seconds:7.2f} s  {rows / seconds:10,.0f} rows/s  {ratio:.3f} of COPY  {peak:,} MiB")


def write_rows(path: Path, rows: int) -> None:
    """Write made-up facilities around five cities; the same ones each time."""
    chance = random.Random(1)  # noqa: S311
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            city, state, country, lat, lon, area, postcode = chance.choice(CITIES)
            writer.writerow(
                (
                    f"F{number:07}",
                    f"{chance.choice(FIRST)} {chance.choice(SECOND)} {chance.randrange(100_000)}",
                    chance.choice(KINDS),
                    f"{lat + chance.uniform(-0.05, 0.05):.6f}",
                    f"{lon + chance.uniform(-0.05, 0.05):.6f}",
                    f"Calle {chance.choice(SECOND)} {chance.randrange(1000)}",
                    chance.randrange(1, 9999),
                    f"Colonia {chance.choice(SECOND)}",
                    city,
                    state,
                    postcode + chance.randrange(100),
                    country,
                    f"{area}-{chance.randrange(200, 999)}-{chance.randrange(10_000):04}",
                    f"https://example.org/{number}" if number % 3 == 0 else "",
                    chance.choice(HOURS),
                    "2026-10-01",
                )
            )


def plain_copy_s(path: Path, address: str) -> float:
    """Copy the file as it is into a table of texts; return the seconds."""
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        columns = ", ".join(f"{name} text" for name in HEADER)
        connection.execute("DROP TABLE IF EXISTS plain")
        connection.execute(f"CREATE TABLE plain ({columns})")  # pyright: ignore[reportArgumentType, reportCallIssue]
        start = time.perf_counter()
        with (
            connection.cursor().copy("COPY plain FROM STDIN WITH (FORMAT csv, HEADER)") as copy,
            path.open("rb") as file,
        ):
            while chunk := file.read(1 << 20):
                copy.write(chunk)
        seconds = time.perf_counter() - start
        connection.execute("DROP TABLE plain")
        return seconds


def load_once(path: Path, rows: int, name: str, address: str, folder: Path) -> tuple[float, int]:
    """Load the file into an empty store; return the seconds and the peak of memory in MiB."""
    url = f"sqlite:///{folder / 'finder.sqlite'}"
    if name == "postgis":
        url = address.format(name="bench")
        with psycopg.connect(address.format(name="postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS bench")
            connection.execute(f"CREATE DATABASE bench TEMPLATE {TEMPLATE}")  # pyright: ignore[reportArgumentType, reportCallIssue]
    for old in folder.glob("finder.sqlite*"):
        old.unlink()
    with Store.open(url) as store, _Peak() as peak:
        store.migrate()
        start = time.perf_counter()
        load = load_file(path, store, source="generated").load
        seconds = time.perf_counter() - start
    if (load.added, load.refused, load.set_aside) != (rows, 0, 0):
        raise SystemExit(f"The load went wrong: {load}")
    return seconds, peak.mebibytes


class _Peak:
    """The most memory that this process and its children had at once."""

    def __init__(self) -> None:
        self.mebibytes = 0
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_Peak":
        self._watcher.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._done.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self.mebibytes = max(self.mebibytes, _resident_mebibytes())


def _resident_mebibytes() -> int:
    """This process and its children, by /proc."""
    own = Path("/proc/self")
    children = (own / "task" / str(own.resolve().name) / "children").read_text().split()
    pages = 0
    for process in ("self", *children):
        try:
            pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
        except (OSError, IndexError):  # it has ended meanwhile
            continue
    return pages * 4096 >> 20


if __name__ == "__main__":
    main()
