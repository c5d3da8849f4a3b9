"""Time the k nearest of clustered places: our tree, and shapely's STRtree re-ranked by PROJ.

    python benchmarks/nearest.py --places 50000 --queries 2000

Every index is asked the same questions; a sample of the answers is compared with PROJ's distances to all places.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from rich.console import Console
from rich.table import Table

from finder.geo.kdtree import KdTree, warm_up
from finder.geo.points import LonLat

Points = NDArray[np.float64]
Search = Callable[[LonLat, int], NDArray[np.int64]]

GEOD = Geod(ellps="WGS84")


def proj_m(origin: LonLat, lon_lat: Points) -> NDArray[np.float64]:
    """Return PROJ's geodesic distances in metres, shape (n,), to the points (n, 2)."""
    n = len(lon_lat)
    _, _, distance_m = GEOD.inv(np.full(n, origin.lon), np.full(n, origin.lat), lon_lat[:, 0].copy(), lon_lat[:, 1].copy())
    return distance_m


def clustered(random: np.random.Generator, n: int, towns: Points) -> Points:
    """Return n points (n, 2) in towns of ~10 km, as places of care are."""
    around = towns[random.integers(len(towns), size=n)]
    lat = np.clip(around[:, 1] + random.normal(0.0, 0.1, n), -90.0, 90.0)
    lon = around[:, 0] + random.normal(0.0, 0.1, n) / np.maximum(0.01, np.cos(np.radians(lat)))
    return np.column_stack([(lon + 180.0) % 360.0 - 180.0, lat])


class StrTree:
    """shapely's STRtree over longitude and latitude, its candidates re-ranked by PROJ; as exact as a flat map lets it be.

    A box of degrees that grows until it holds more than k candidates, then once more to the k-th distance, is what it needs
    to be right away from ±180° and the poles.
    """

    def __init__(self, lon_lat: Points) -> None:
        self.lon_lat = lon_lat
        self.tree = shapely.STRtree(np.asarray(shapely.points(lon_lat), dtype=np.object_))

    def _within(self, origin: LonLat, half_deg: float) -> NDArray[np.int64]:
        half_lon = half_deg / max(1e-6, math.cos(math.radians(min(89.9999, abs(origin.lat) + half_deg))))
        box = shapely.box(origin.lon - half_lon, origin.lat - half_deg, origin.lon + half_lon, origin.lat + half_deg)
        return self.tree.query(box)

    def nearest(self, origin: LonLat, k: int) -> NDArray[np.int64]:
        """Return the rows of the k nearest."""
        half_deg = 0.02
        rows = self._within(origin, half_deg)
        while len(rows) < min(k, len(self.lon_lat)) and half_deg < 180.0:
            half_deg *= 2.0
            rows = self._within(origin, half_deg)
        kth_m = np.partition(proj_m(origin, self.lon_lat[rows]), k - 1)[k - 1] if len(rows) >= k else 2.1e7
        rows = np.sort(self._within(origin, math.degrees(kth_m / 6_335_439.0)))
        return rows[np.argsort(proj_m(origin, self.lon_lat[rows]), kind="stable")[:k]]


def microseconds(search: Search, origins: list[LonLat], k: int) -> NDArray[np.float64]:
    """Return how long each search took, in microseconds."""
    taken = np.empty(len(origins))
    for i, origin in enumerate(origins):
        start = time.perf_counter()
        search(origin, k)
        taken[i] = (time.perf_counter() - start) * 1e6
    return taken


def wrong_answers(search: Search, origins: list[LonLat], k: int, lon_lat: Points) -> int:
    """Count the searches whose k distances are not PROJ's k least, to 0.1 µm."""
    wrong = 0
    for origin in origins:
        true_m = proj_m(origin, lon_lat)
        found_m = true_m[search(origin, k)]
        expected_m = np.sort(true_m)[:k]
        wrong += len(found_m) != len(expected_m) or not np.allclose(found_m, expected_m, rtol=0.0, atol=1e-7)
    return wrong


def main() -> None:
    """Read the arguments, run, print the table."""
    parser = argparse.ArgumentParser(description="Time the k nearest of clustered places.")
    parser.add_argument("--places", type=int, default=50_000)
    parser.add_argument("--queries", type=int, default=2_000)
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--sample", type=int, default=50, help="how many answers to compare with brute force")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    places, k = int(arguments.places), int(arguments.k)
    random = np.random.default_rng(int(arguments.seed))
    towns = np.column_stack([random.uniform(-180, 180, 300), np.degrees(np.arcsin(random.uniform(-0.95, 0.95, 300)))])
    lon_lat = clustered(random, places, towns)
    origins = [LonLat(lon, lat) for lon, lat in clustered(random, int(arguments.queries), towns).tolist()]
    sample = origins[: int(arguments.sample)]

    start = time.perf_counter()
    warm_up()
    warm_s = time.perf_counter() - start
    start = time.perf_counter()
    built = KdTree.build(lon_lat, (np.uint64(1) << np.arange(places, dtype=np.uint64) % np.uint64(32)))
    build_s = time.perf_counter() - start
    start = time.perf_counter()
    rival = StrTree(lon_lat)
    rival_build_s = time.perf_counter() - start

    with tempfile.TemporaryDirectory() as folder:
        built.save(Path(folder))
        start = time.perf_counter()
        tree = KdTree.open(Path(folder))
        open_s = time.perf_counter() - start
        size_mb = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6

        def rows(origin: LonLat, k: int) -> NDArray[np.int64]:
            return tree.order[tree.nearest(origin, k).slots]

        def one_tag(origin: LonLat, k: int) -> NDArray[np.int64]:
            return tree.order[tree.nearest(origin, k, having=(1,)).slots]

        def near_by(origin: LonLat, k: int) -> NDArray[np.int64]:
            return tree.order[tree.nearest(origin, k, radius_m=5_000.0).slots]

        table = Table(title=f"{k} nearest of {places:,} clustered places, {len(origins):,} searches")
        for column in ("index", "p50 µs", "p95 µs", "build s", "open ms", f"wrong of {len(sample)}"):
            table.add_column(column, justify="left" if column == "index" else "right")

        def add(name: str, search: Search, build: str, opened: str, *, checked: bool = True) -> None:
            microseconds(search, origins[:20], k)
            p50, p95 = np.percentile(microseconds(search, origins, k), [50, 95])
            wrong = str(wrong_answers(search, sample, k, lon_lat)) if checked else ""
            table.add_row(name, f"{p50:.1f}", f"{p95:.1f}", build, opened, wrong)

        add("KdTree, memory-mapped", rows, f"{build_s:.2f}", f"{open_s * 1e3:.1f}")
        add("KdTree, one tag of 32", one_tag, "", "", checked=False)
        add("KdTree, within 5 km", near_by, "", "", checked=False)
        add("shapely STRtree + pyproj", rival.nearest, f"{rival_build_s:.2f}", "")
    Console().print(table)
    print(f"kernels ready in {warm_s:.2f} s (seconds when numba's cache is empty); the tree's files: {size_mb:.1f} MB")


if __name__ == "__main__":
    main()
