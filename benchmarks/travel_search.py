"""A search by travel time over real roads: whole answers of ``find``, over generated places of care beside real streets.

    python benchmarks/travel_search.py FILE.osm.pbf

Each search begins elsewhere; the road engine runs inside the process. Beside the median there is the share of the first ten
answers that have a time by road.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from roads_check import street_nodes

from finder.directions.estimate import TravelMode
from finder.directions.router import Basis
from finder.directions.valhalla import EmbeddedValhalla
from finder.directory import OpenWish, Search, Snapshot, Sort, find, publish
from finder.directory.warm import warm_up
from finder.domain.facility import Address, Facility, FacilityKind, facility_id
from finder.domain.load import Load
from finder.domain.statement import Statement
from finder.geo.points import LonLat
from finder.locate.position import stated_position
from finder.region.roads import ROADS_FILE, build_roads
from finder.store import Stated, Store

FACILITIES = 2_000
SEARCHES = 100
ASKED = (
    ("by travel time", {"sort": Sort.TRAVEL_TIME}),
    ("best first", {"sort": Sort.BEST}),
    ("open on arrival", {"open": OpenWish.ON_ARRIVAL}),
    ("by distance", {}),
)


def main() -> None:
    """Build, search, print."""
    pbf = Path(sys.argv[1])
    random = np.random.default_rng(5)
    nodes = street_nodes(pbf)
    table = Table(title=f"{SEARCHES} searches among {FACILITIES:,} places, over {pbf.name}")
    for heading in ("search", "mode", "p50 ms", "p95 ms", "by road"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_roads(pbf, folder)
        engine = EmbeddedValhalla(folder / ROADS_FILE)
        snapshot = _snapshot(folder, [nodes[at] for at in random.integers(len(nodes), size=FACILITIES)])
        warm_up()
        origins = [nodes[at] for at in random.integers(len(nodes), size=SEARCHES)]
        for title, wishes in ASKED:
            for mode in (TravelMode.CAR, TravelMode.FOOT):
                table.add_row(title, mode.value, *_measured(snapshot, engine, origins, mode, wishes))
    Console().print(table)


def _measured(
    snapshot: Snapshot, engine: EmbeddedValhalla, origins: list[LonLat], mode: TravelMode, wishes: Mapping[str, object]
) -> tuple[str, str, str]:
    times_ms: list[float] = []
    by_road = shown = 0
    for origin in (*origins[:3], *origins):
        search = Search(position=stated_position(origin), mode=mode, limit=10, **wishes)  # pyright: ignore[reportArgumentType]
        started = time.perf_counter()
        page = find(snapshot, search, datetime(2026, 11, 23, 20, tzinfo=UTC), engine)
        times_ms.append((time.perf_counter() - started) * 1e3)
        by_road += sum(hit.travel_basis is Basis.ROADS for hit in page.hits)
        shown += len(page.hits)
    times_ms = times_ms[3:]
    p95 = statistics.quantiles(times_ms, n=20)[-1]
    return f"{statistics.median(times_ms):.0f}", f"{p95:.0f}", f"{by_road / shown:.0%}"


def _snapshot(folder: Path, places: list[LonLat]) -> Snapshot:
    facilities = [
        Facility(
            id=facility_id("bench", str(number)),
            kind=FacilityKind.CLINIC,
            name=f"Clinic {number}",
            lon_lat=place,
            address=Address(country="PT"),
            opening_hours="Mo-Fr 08:00-22:00",
            time_zone="Europe/Lisbon",
        )
        for number, place in enumerate(places)
    ]
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        with store.writing() as writing:
            load_id = writing.begin(Load(source="bench", file_name="bench", started_at=datetime.now(UTC)))
            said = [Statement(load_id=load_id, source="bench", own_id=one.id, said=one) for one in facilities]
            writing.put(Facility, [Stated(id=one.said.id, before=None, after=one.said, statements=(one,)) for one in said])
        return publish(store, folder / "snapshots")


if __name__ == "__main__":
    main()
