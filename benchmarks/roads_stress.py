"""Many mixed calls from several threads to one embedded engine: does it crash, does its memory grow, how many a second.

Routes, matrices, areas, traces and snaps in all modes; a share of the points is far away, or no point at all. Every answer is
compared with what the same call gave before.

    .venv/bin/python benchmarks/roads_stress.py FILE.osm.pbf WEST SOUTH EAST NORTH [CALLS [THREADS]]
"""

import hashlib
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from finder.directions.valhalla import EmbeddedValhalla
from tests.directions.mixed_calls import outcome
from tests.directions.tiles import build_tiles

CALLS, THREADS = 100_000, 4
DIFFERENT = 5000


def main() -> None:
    """Build, ask, print."""
    west, south, east, north = (float(word) for word in sys.argv[2:6])
    calls = int(sys.argv[6]) if len(sys.argv) > 6 else CALLS
    threads = int(sys.argv[7]) if len(sys.argv) > 7 else THREADS
    with tempfile.TemporaryDirectory() as folder:
        engine = EmbeddedValhalla(build_tiles(Path(sys.argv[1]), Path(folder)))
        counts: Counter[str] = Counter()
        known: dict[int, bytes] = {}
        lock = threading.Lock()

        def ask(first: int) -> None:
            for number in range(first, calls, threads):
                call = number % DIFFERENT
                said = outcome(engine, call, (west, south, east, north))
                digest = hashlib.blake2b(said.encode(), digest_size=8).digest()
                with lock:
                    counts[said.split(":", 1)[0]] += 1
                    counts["different answers to one call"] += known.setdefault(call, digest) != digest
                    total = counts.total() - counts["different answers to one call"]
                if total % (calls // 10) == 0:
                    print(f"{total:,} calls, {time.perf_counter() - began:.0f} s, {resident_mib()} MiB", flush=True)

        began = time.perf_counter()
        workers = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        took = time.perf_counter() - began
    print(f"{calls:,} calls on {threads} threads in {took:.0f} s, {calls / took:,.0f} a second; {resident_mib()} MiB")
    print(", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())))


def resident_mib() -> int:
    """Return the memory that this process has resident."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
