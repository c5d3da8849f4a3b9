"""How long the fences of a large finder take to be read and put in service, and a device's pack to be made.

    PYTHONPATH=. .venv/bin/python benchmarks/packs.py [--fences 100000] [--packs 2000]

The fences are those of ``benchmarks/fences.py``, in a SQLite file, each at a facility of its own, with windows and quiet hours.
Cells are asked for one after the other: new ones each time, and one that was asked for before.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import h3
import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, insert

from benchmarks.fences import made_up, microseconds
from benchmarks.nearest import clustered
from finder.domain.admin import Actor
from finder.domain.facility import Facility, FacilityKind
from finder.domain.fence import Fence, FenceStatus, Trigger, Wish
from finder.domain.tenant import Tenant
from finder.geo.fence_index import warm_up
from finder.geo.points import LonLat
from finder.notices.book import FenceBook
from finder.notices.pack import RESOLUTION, PackDesk
from finder.privacy.receipts import ReceiptKey, ReceiptType
from finder.store import Store
from finder.store.fence_tables import FENCE, TENANT_FACILITY
from finder.store.fences import FenceStore
from finder.store.tenants import TenantStore

LAW = "made up"
WISHES = (
    Wish(trigger=Trigger.ENTER, texts={"en": "You are at {facility}: check in on floor 2.", "es": "Está en {facility}: piso 2."}),
    Wish(trigger=Trigger.DWELL, dwell_s=600.0, texts={"en": "Bring your card to the desk.", "es": "Lleve su tarjeta."}),
)
WINDOWS = ("Mo-Fr 08:00-18:00", "Mo-Sa 07:00-20:00", "24/7", "Mo-Fr 08:00-12:00,14:00-18:00")


def made(random: np.random.Generator, middles: list[LonLat]) -> tuple[list[Fence], dict[str, Facility]]:
    """Return a fence and a facility for each of the middles."""
    now = datetime.now(UTC)
    fences: list[Fence] = []
    facilities: dict[str, Facility] = {}
    for number, shape in enumerate(made_up(random, np.array(middles))):
        here = Facility(
            id=f"f{number}", kind=FacilityKind.CLINIC, name=f"Clinic {number}", lon_lat=middles[number], time_zone="UTC"
        )
        facilities[here.id] = here
        fences.append(
            Fence(
                id=f"fence{number:07}",
                tenant="tenant",
                facility_id=here.id,
                name=f"Fence {number}",
                shape=shape,
                wishes=WISHES,
                windows=WINDOWS[number % len(WINDOWS)],
                quiet_hours="22:00-07:00",
                status=FenceStatus.ACTIVE,
                changed_at=now,
            )
        )
    return fences, facilities


def filled(url: str, fences: list[Fence]) -> None:
    """Write them into a new store as if they had been judged and tried."""
    with Store.open(url) as store:
        store.migrate()
    now = datetime.now(UTC)
    with TenantStore.open(url) as tenants:
        tenants.add(Tenant(id="tenant", name="The tenant", created_at=now), Actor("benchmark"))
    engine = create_engine(url)
    rows = [
        {"id": one.id, "tenant": one.tenant, "facility_id": one.facility_id, "status": one.status.value, "expires_on": None}
        | {"doc": msgspec.to_builtins(one), "law": LAW, "judged_at": now, "rows": [], "trial": None, "changed_at": now}
        for one in fences
    ]
    with engine.begin() as connection:
        connection.execute(insert(TENANT_FACILITY), [{"facility_id": one.facility_id, "tenant": one.tenant} for one in fences])
        connection.execute(insert(FENCE), rows)
    engine.dispose()


def main() -> None:
    """Read the arguments, run, print the table."""
    parser = argparse.ArgumentParser(description="Time the book of fences and packs.")
    parser.add_argument("--fences", type=int, default=100_000)
    parser.add_argument("--packs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random = np.random.default_rng(int(arguments.seed))
    towns = np.column_stack([random.uniform(-179, 179, 300), np.degrees(np.arcsin(random.uniform(-0.9, 0.9, 300)))])
    middles = [LonLat(*point) for point in clustered(random, int(arguments.fences), towns).tolist()]
    fences, facilities = made(random, middles)
    begin = time.perf_counter()
    warm_up()
    print(f"kernels of fences: {time.perf_counter() - begin:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/finder.sqlite"
        filled(url, fences)
        key, seconds = ReceiptKey(Path(folder)), [0.0]
        with FenceStore.open(url) as store, TenantStore.open(url) as tenants:
            begin = time.perf_counter()
            count = len(store.active())
            print(f"{count:,} fences read: {time.perf_counter() - begin:.1f} s")
            book = FenceBook(
                store, tenants, facilities.get, lambda stored: stored, law=lambda: LAW, monotonic_s=lambda: seconds[0]
            )
            begin = time.perf_counter()
            book.current()
            print(f"read and put in service: {time.perf_counter() - begin:.1f} s")

            def look() -> object:
                seconds[0] += 1.0
                return book.current()

            desk = PackDesk(book, lambda claims: key.sign_as_json(claims, ReceiptType.FENCES))
            asked = random.choice(len(middles), int(arguments.packs))
            cells = list(
                dict.fromkeys(
                    h3.latlng_to_cell(middles[number].lat, middles[number].lon, RESOLUTION) for number in asked.tolist()
                )
            )
            table = Table(title=f"{count:,} fences, {len(cells):,} cells")
            for column in ("", "p50 µs", "p95 µs", "p99 µs"):
                table.add_column(column, justify="right" if column else "left")
            timed = {"look into the store, once a second": microseconds(lambda _: look(), 200)}
            for limit in (20, 100):
                timed[f"pack of {limit}, new"] = microseconds(lambda i, limit=limit: desk.signed(cells[i], limit), len(cells))
                timed[f"pack of {limit}, asked before"] = microseconds(
                    lambda _, limit=limit: desk.signed(cells[-1], limit), len(cells)
                )
            for name, taken in timed.items():
                table.add_row(name, *(f"{value:,.0f}" for value in np.percentile(taken, [50, 95, 99])))
            Console(highlight=False, width=110).print(table)
            sizes = [[len(desk.signed(cell, limit).body) for cell in cells[:200]] for limit in (20, 100)]
            print("bytes of a pack, before gzip, median: " + ", ".join(f"{np.median(size):,.0f}" for size in sizes))
            packs = [desk.pack(cell, 100) for cell in cells[:500]]
            whole = sum(pack.covers_cell for pack in packs)
            again_m = np.median([pack.ask_again_m for pack in packs])
            print(f"packs of 100: {whole / len(packs):.0%} cover their cell; asked again after {again_m:,.0f} m, median")


if __name__ == "__main__":
    main()
