"""Which of 100,000 fences hold a point: our index, and PostGIS asked by ``ST_Covers``, one query a point, in one run.

    PYTHONPATH=. .venv/bin/python benchmarks/fences.py [--fences 100000] [--points 200000]

Half of the fences are circles of 20 m to 2 km, half are outlines of 5 to 20 corners as large. PostGIS has its outlines as they
are and its circles as polygons of 128 corners; a GiST index, no JIT, prepared statements, binary points;
it is asked over a socket by one client and returns numbers only. A server is started for the run, or DATABASE_URL names
one in which a table may be created. The answers of both are compared; they may differ between a circle and its polygon.
"""

import argparse
import math
import os
import struct
import time
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from rich.console import Console
from rich.table import Table

from benchmarks.nearest import clustered
from finder.domain.fence import Circle, Outline
from finder.geo.fence_index import FenceIndex, warm_up
from finder.geo.points import LonLat
from tests.postgis import TEMPLATE, postgis_server

GEOD = Geod(ellps="WGS84")
CIRCLE_CORNERS = 128
COVERING = "SELECT number FROM fences WHERE ST_Covers(outline, %s) ORDER BY number"


def rings_around(middles: NDArray[np.float64], radius_m: NDArray[np.float64], corners: int) -> NDArray[np.float64]:
    """Return closed rings, shape (n, corners + 1, 2), with the radii (n, corners) in equal steps of direction."""
    n = len(middles)
    azimuth_deg = np.tile(np.linspace(360.0, 0.0, corners, endpoint=False), n)
    lon, lat = np.repeat(middles[:, 0], corners), np.repeat(middles[:, 1], corners)
    lon, lat, _ = GEOD.fwd(lon, lat, azimuth_deg, radius_m.ravel())
    rings = np.stack([np.asarray(lon).reshape(n, corners), np.asarray(lat).reshape(n, corners)], axis=-1)
    return np.concatenate([rings, rings[:, :1]], axis=1)


def made_up(random: np.random.Generator, middles: NDArray[np.float64]) -> list[Circle | Outline]:
    """Return a fence around each of the middles (n, 2)."""
    radius_m = np.exp(random.uniform(math.log(20.0), math.log(2_000.0), len(middles))).tolist()
    fences: list[Circle | Outline] = []
    for number, (lon, lat) in enumerate(middles.tolist()):
        if number % 2:
            fences.append(Circle(centre=LonLat(lon, lat), radius_m=radius_m[number]))
            continue
        corners = int(random.integers(5, 21))
        ring = rings_around(np.array([[lon, lat]]), radius_m[number] * random.uniform(0.5, 1.0, (1, corners)), corners)[0]
        fences.append(Outline(polygons=((tuple(LonLat(*point) for point in ring.tolist()),),)))
    return fences


def as_polygons(fences: list[Circle | Outline]) -> NDArray[np.object_]:
    """Return the fences as shapely polygons in degrees, shape (n,)."""
    circles = [(number, fence) for number, fence in enumerate(fences) if isinstance(fence, Circle)]
    radii_m = np.repeat([[circle.radius_m] for _, circle in circles], CIRCLE_CORNERS, axis=1)
    round_ones = shapely.polygons(rings_around(np.array([circle.centre for _, circle in circles]), radii_m, CIRCLE_CORNERS))
    polygons = np.array([shapely.Polygon(fence.polygons[0][0]) if isinstance(fence, Outline) else None for fence in fences])
    polygons[[number for number, _ in circles]] = round_ones
    return polygons


class Rival:
    """PostgreSQL with the fences in one table."""

    def __init__(self, url: str, polygons: NDArray[np.object_]) -> None:
        self.connection = psycopg.connect(url, autocommit=True, prepare_threshold=1)
        run = self.connection.execute
        run("SET jit = off")
        run("CREATE TABLE fences (number integer, outline geometry(Polygon, 4326))")
        with self.connection.cursor() as cursor, cursor.copy("COPY fences FROM STDIN") as copy:
            for number, text in enumerate(shapely.to_wkb(shapely.set_srid(polygons, 4326), hex=True, include_srid=True)):
                copy.write_row((number, text))
        run("CREATE INDEX ON fences USING gist (outline)")
        run("CLUSTER fences USING fences_outline_idx")
        run("VACUUM ANALYZE fences")
        self.cursor = self.connection.cursor(binary=True)

    def covering(self, point: bytes) -> list[int]:
        """Return the numbers of the fences that cover the point, EWKB, ascending."""
        return [row[0] for row in self.cursor.execute(COVERING, (point,)).fetchall()]


def ewkb(lon_lat: LonLat) -> bytes:
    """Return the point as PostGIS receives it in binary."""
    return struct.pack("<BIIdd", 1, 0x2000_0001, 4326, *lon_lat)


def microseconds(ask: Callable[[int], object], count: int) -> NDArray[np.float64]:
    """Return how long each of the questions took, in microseconds."""
    taken = np.empty(count)
    for i in range(count):
        start = time.perf_counter()
        ask(i)
        taken[i] = (time.perf_counter() - start) * 1e6
    return taken


def timed_singly(index: FenceIndex, tree: shapely.STRtree, points: list[LonLat]) -> dict[str, NDArray[np.float64]]:
    """Return how long each single question took, in microseconds, by what was asked."""
    few = np.array([shapely.Point(point) for point in points])
    asked: dict[str, Callable[[int], object]] = {
        "holding, one point": lambda i: index.holding(points[i]),
        "edge_m, circle": lambda i: index.edge_m(1, points[i]),
        "edge_m, outline": lambda i: index.edge_m(0, points[i]),
        "nearest 20": lambda i: index.nearest(points[i], 20),
        "nearest 100": lambda i: index.nearest(points[i], 100),
        "shapely STRtree, one point": lambda i: tree.query(few[i], predicate="covered_by"),
    }
    return {name: microseconds(ask, len(points)) for name, ask in asked.items()}


def per_second_in_bulk(index: FenceIndex, tree: shapely.STRtree, lon_lat: NDArray[np.float64]) -> dict[str, float]:
    """Return how many points a second are answered when all are asked at once: the median of three rounds."""
    points = shapely.points(lon_lat)
    asked: dict[str, Callable[[], object]] = {
        "containing, bulk": lambda: index.containing(lon_lat),
        "shapely STRtree, bulk": lambda: tree.query(points, predicate="covered_by"),
    }
    return {
        name: 1e6 * len(lon_lat) / float(np.median([microseconds(lambda _, ask=ask: ask(), 1) for _ in range(3)]))
        for name, ask in asked.items()
    }


def print_differences(index: FenceIndex, fences: list[Circle | Outline], points: list[LonLat], answers: list[list[int]]) -> None:
    """Say how many of PostGIS's answers are not ours."""
    different = unexplained = found = 0
    for point, answer in zip(points, answers, strict=True):
        ours = set(index.holding(point).tolist())
        found += len(ours)
        for number in ours ^ set(answer):
            different += 1
            fence = fences[number]
            # The polygon of a circle is inside it, by this much at most.
            unsure_m = fence.radius_m * (1.0 - math.cos(math.pi / CIRCLE_CORNERS)) if isinstance(fence, Circle) else 0.0
            unexplained += abs(index.edge_m(number, point)) > unsure_m + 1e-3
    print(f"{found:,} answers for {len(points):,} points, of which {different} differ from PostGIS's,")
    print(f"{unexplained} of them further from an edge than a circle is from its polygon")


def main() -> None:
    """Read the arguments, run, print the table."""
    parser = argparse.ArgumentParser(description="Time point in fence.")
    parser.add_argument("--fences", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--queries", type=int, default=5_000, help="points asked one by one, of PostGIS too")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random = np.random.default_rng(int(arguments.seed))
    # Away from ±180° and the poles, where PostGIS would need its outlines cut.
    towns = np.column_stack([random.uniform(-175, 175, 300), np.degrees(np.arcsin(random.uniform(-0.9, 0.9, 300)))])
    fences = made_up(random, clustered(random, int(arguments.fences), towns))
    lon_lat = clustered(random, int(arguments.points), towns)
    points = [LonLat(*point) for point in lon_lat[: int(arguments.queries)].tolist()]
    warm_up()
    start = time.perf_counter()
    index = FenceIndex(fences)
    print(f"built in {time.perf_counter() - start:.1f} s")

    polygons = as_polygons(fences)
    with ExitStack() as stack:
        url = os.environ.get("DATABASE_URL") or stack.enter_context(postgis_server()).format(name=TEMPLATE)
        rival = Rival(url.replace("+psycopg", ""), polygons)
        packed = [ewkb(point) for point in points]
        answers = [rival.covering(point) for point in packed]
        singles = {"PostGIS ST_Covers, one query": microseconds(lambda i: rival.covering(packed[i]), len(points))}
        rival.connection.execute("DROP TABLE fences")
        rival.connection.close()
    tree = shapely.STRtree(polygons)
    singles |= timed_singly(index, tree, points)

    table = Table(title=f"{len(fences):,} fences")
    for column in ("", "p50 µs", "p95 µs", "per second", "to PostGIS"):
        table.add_column(column, justify="right" if column else "left")
    rate = 1e6 / singles["PostGIS ST_Covers, one query"].mean()
    for name, taken in singles.items():
        p50, p95 = np.percentile(taken, [50, 95])
        times = "" if "edge" in name or "nearest" in name else f"{1e6 / taken.mean() / rate:.0f}"
        table.add_row(name, f"{p50:.1f}", f"{p95:.1f}", f"{1e6 / taken.mean():,.0f}", times)
    for name, per_second in per_second_in_bulk(index, tree, lon_lat).items():
        table.add_row(name, "", "", f"{per_second:,.0f}", f"{per_second / rate:.0f}")
    Console(highlight=False, width=110).print(table)
    print_differences(index, fences, points, answers)


if __name__ == "__main__":
    main()
