"""What a person waits for: an answer of POST /api/v1/search over HTTP, and what a worker waits for: opening a snapshot.

Writes generated facilities into a store of its own, publishes them, starts ``finder serve`` on a free port of this machine and
asks it from one client over one connection.
"""

import argparse
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from finder.directory import Snapshot, publish
from finder.domain.facility import Address, Facility, FacilityKind, facility_id
from finder.geo.points import LonLat
from finder.loading.commit import commit_facilities
from finder.privacy.policy import CURRENT_POLICY
from finder.store import Store

CITIES = [LonLat(-117.04, 32.51), LonLat(-117.16, 32.72), LonLat(-99.13, 19.43), LonLat(24.94, 60.17), LonLat(-118.24, 34.05)]
CONSOLE = Console(highlight=False)


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facilities", type=int, default=50_000)
    parser.add_argument("--requests", type=int, default=2_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        _publish(data_dir, options.facilities)
        _measure_opening(data_dir)
        _measure_answers(data_dir, options.requests)


def _somewhere(chance: random.Random) -> LonLat:
    city = chance.choice(CITIES)
    return LonLat(city.lon + chance.gauss(0, 0.15), city.lat + chance.gauss(0, 0.1))


def _publish(data_dir: Path, count: int) -> None:
    chance, kinds = random.Random(1), list(FacilityKind)  # noqa: S311 - the same places at each run
    facilities = [
        Facility(
            id=facility_id("bench", str(number)),
            kind=chance.choice(kinds),
            name=f"Clínica de prueba {number}",
            lon_lat=_somewhere(chance),
            address=Address(
                street="Avenida Revolución", house_number=str(number % 900), city="Tijuana", state="BC", country="MX"
            ),
            phones=("+526645550100",),
            opening_hours="Mo-Fr 08:00-18:00; Sa 09:00-13:00",
            time_zone="America/Tijuana",
            languages=("es", "en"),
        )
        for number in range(count)
    ]
    with Store.open(f"sqlite:///{data_dir / 'finder.sqlite'}") as store:
        store.migrate()
        commit_facilities(store, facilities, source="bench", file_name="")
        started = time.perf_counter()
        publish(store, data_dir / "snapshots")
        CONSOLE.print(f"{count:,} facilities published in {time.perf_counter() - started:.1f} s")


def _measure_opening(data_dir: Path) -> None:
    times_ms: list[float] = []
    for _ in range(20):
        started = time.perf_counter()
        Snapshot.open(data_dir / "snapshots" / "current")
        times_ms.append((time.perf_counter() - started) * 1000)
    CONSOLE.print(f"a snapshot opens in {statistics.median(times_ms):.1f} ms (most {max(times_ms):.1f} ms, of 20)")


def _measure_answers(data_dir: Path, requests: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "FINDER_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-c", "from finder.cli import main; main()", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            connection = _connected(port)
            chance = random.Random(2)  # noqa: S311
            table = Table("Search of 20", "p50 ms", "p95 ms", "p99 ms", "bytes", box=None, padding=(0, 3, 0, 0))
            by_position = {"consent": str(CURRENT_POLICY), "limit": 20}

            def here() -> dict[str, object]:
                point = _somewhere(chance)
                return {"position": {"lat": point.lat, "lon": point.lon, "accuracy_m": 20}}

            _time(table, "any kind", connection, requests, lambda: by_position | here())
            _time(
                table,
                "dentists within 25 km",
                connection,
                requests,
                lambda: by_position | here() | {"kind": "dentist", "radius_m": 25e3},
            )
            _time(table, "by place name", connection, requests, lambda: {"place": "tijuana", "limit": 20})
            _time(table, "by network address", connection, requests, lambda: {"limit": 20})
            CONSOLE.print(table)
        finally:
            server.terminate()


def _connected(port: int) -> http.client.HTTPConnection:
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/health/ready")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return connection
    raise RuntimeError("the server did not start")


def _time(
    table: Table, name: str, connection: http.client.HTTPConnection, requests: int, body: Callable[[], dict[str, object]]
) -> None:
    times_ms: list[float] = []
    length = 0
    for number in range(requests + 50):
        content = json.dumps(body())
        started = time.perf_counter()
        connection.request("POST", "/api/v1/search", content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        taken_ms = (time.perf_counter() - started) * 1000
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {answer.decode()}")
        if number >= 50:  # the first ones warm the path up
            times_ms.append(taken_ms)
            length = len(answer)
    cuts = statistics.quantiles(times_ms, n=100)
    table.add_row(name, f"{cuts[49]:.2f}", f"{cuts[94]:.2f}", f"{cuts[98]:.2f}", f"{length:,}")


if __name__ == "__main__":
    main()
