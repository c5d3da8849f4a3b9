"""The 20 nearest of one specialty among a million places: our forest, PostGIS KNN with btree_gist, and a scan of everything.

    .venv/bin/python benchmarks/specialty.py --places 50000

All engines answer the same questions, one after the other from a single client, in alternating rounds of which the median
counts. PostGIS has its tables twice, as they were loaded and clustered by their index (as they stay until the next insert), 2 GB
of shared buffers, no JIT, prepared statements and the binary protocol; its KNN returns row numbers only, ours distances too. A
server is started for the run, or DATABASE_URL names one in which four tables may be created. A sample of all answers is compared
with PROJ's distances to all places of the specialty.
"""

import argparse
import os
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo
from rich.console import Console
from rich.table import Table

from benchmarks.nearest import clustered, proj_m
from finder.geo.ecef import ecef_m
from finder.geo.kdforest import KdForest
from finder.geo.kdtree import warm_up
from finder.geo.kernels import ecef_of
from finder.geo.points import LonLat
from tests.postgis import TEMPLATE, postgis_server

K = 20
SPECIALTIES = 100
ROUNDS = 5
OURS, KNN, EXACT_KNN, SCAN = "KdForest", "PostGIS KNN", "PostGIS KNN, re-ranked", "scan with PROJ"
CLUSTERED = ", clustered"
EQUAL_M = 1e-7
CONSOLE = Console(highlight=False, width=110)


class Question(NamedTuple):
    """Where somebody is, and which specialty they want."""

    origin: LonLat
    specialty: int


class Answer(NamedTuple):
    """Rows of the places, nearest first, and how far they are where the engine says so."""

    rows: Sequence[int] | NDArray[np.int64]
    distance_m: Sequence[float] | NDArray[np.float64] | None = None


Engine = Callable[[Question], Answer]


class Ewkb(bytes):
    """A point as PostGIS receives it in binary: no text to parse, and made once a question instead of once a row."""


class Geography(Ewkb):
    """Longitude and latitude."""

    @classmethod
    def of(cls, lon_lat: LonLat) -> "Geography":
        """Return the point, with its SRID."""
        return cls(struct.pack("<BIIdd", 1, 0x2000_0001, 4326, *lon_lat))


class Geometry(Ewkb):
    """x, y, z of the Earth-centred coordinates."""

    @classmethod
    def of(cls, lon_lat: LonLat) -> "Geometry":
        """Return the point of the ellipsoid in three dimensions."""
        return cls(struct.pack("<BIddd", 1, 0x8000_0001, *ecef_of(*lon_lat)))


class EwkbDumper(Dumper):
    """Hands the bytes over as they are."""

    format = Format.BINARY

    def dump(self, obj: Ewkb) -> bytes:
        """Return what goes over the wire."""
        return bytes(obj)


class Rival:
    """PostgreSQL with the places in four tables: one for each way to ask, as loaded and clustered by its index."""

    # ::int because psycopg sends a small number as smallint, for which btree_gist's index of integers is not used.
    BY_SPHERE = "SELECT row FROM by_geography{} WHERE specialty = %s::int ORDER BY point <-> %s LIMIT 20"
    EXACT = (
        "SELECT row, distance_m FROM (SELECT row, ST_Distance(point, %s) AS distance_m FROM by_ecef{} "
        "WHERE specialty = %s::int ORDER BY ecef <<->> %s LIMIT 26) AS candidates ORDER BY distance_m, row LIMIT 20"
    )
    TABLES = ("by_geography", "by_ecef", "by_geography_clustered", "by_ecef_clustered")

    def __init__(self, url: str, lon_lat: NDArray[np.float64], specialties: NDArray[np.int64]) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        run = self.connection.execute
        run("CREATE EXTENSION IF NOT EXISTS btree_gist")
        run("SET jit = off")
        run("SET maintenance_work_mem = '1GB'")
        for kind, name in ((Geography, "geography"), (Geometry, "geometry")):
            info = TypeInfo.fetch(self.connection, name)
            if info is None:
                raise SystemExit(f"The database knows no {name}: CREATE EXTENSION postgis.")
            dumper = type(f"{name}_dumper", (EwkbDumper,), {"oid": info.oid})
            self.connection.adapters.register_dumper(kind, dumper)
        points = shapely.to_wkb(shapely.set_srid(shapely.points(lon_lat), 4326), hex=True, include_srid=True)
        ecef = shapely.to_wkb(shapely.points(ecef_m(lon_lat)), hex=True)
        run(f"DROP TABLE IF EXISTS {', '.join(self.TABLES)}")  # pyright: ignore[reportArgumentType]
        run("CREATE TABLE by_geography (row int, specialty int, point geography(Point, 4326))")
        run("CREATE TABLE by_ecef (row int, specialty int, point geography(Point, 4326), ecef geometry(PointZ))")
        with self.connection.cursor().copy("COPY by_geography FROM STDIN") as copy:
            for line in zip(range(len(points)), specialties.tolist(), points, strict=True):
                copy.write_row(line)
        with self.connection.cursor().copy("COPY by_ecef FROM STDIN") as copy:
            for line in zip(range(len(points)), specialties.tolist(), points, ecef, strict=True):
                copy.write_row(line)
        for table in ("by_geography", "by_ecef"):
            run(f"CREATE TABLE {table}_clustered AS TABLE {table}")  # pyright: ignore[reportArgumentType]
        for table in self.TABLES:
            column = "point" if "geography" in table else "ecef gist_geometry_ops_nd"
            run(f"CREATE INDEX {table}_gist ON {table} USING gist (specialty, {column})")  # pyright: ignore[reportArgumentType]
            if table.endswith("_clustered"):
                run(f"CLUSTER {table} USING {table}_gist")  # pyright: ignore[reportArgumentType]
            run(f"VACUUM ANALYZE {table}")  # pyright: ignore[reportArgumentType]
        self._cursor = self.connection.cursor(binary=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind in a database that is not ours."""
        self.connection.execute(f"DROP TABLE {', '.join(self.TABLES)}")  # pyright: ignore[reportArgumentType]
        self.connection.close()

    def by_sphere(self, table: str = "") -> Engine:
        """Order by ``<->`` of geography: the usual way, by distances on a sphere; ``table`` is the end of the name."""
        query = self.BY_SPHERE.format(table)

        def engine(question: Question) -> Answer:
            asked = (question.specialty, Geography.of(question.origin))
            return Answer([row for (row,) in self._cursor.execute(query, asked, prepare=True)])  # pyright: ignore[reportArgumentType]

        return engine

    def exact(self, table: str = "") -> Engine:
        """Order by chord in three dimensions, then 26 candidates by the geodesic."""
        query = self.EXACT.format(table)

        def engine(question: Question) -> Answer:
            asked = (Geography.of(question.origin), question.specialty, Geometry.of(question.origin))
            found = self._cursor.execute(query, asked, prepare=True).fetchall()  # pyright: ignore[reportArgumentType]
            return Answer([row for row, _ in found], [distance_m for _, distance_m in found])

        return engine


def tuned(url: str) -> None:
    """Give the server that was started for this run the memory that a server of its own would have, and restart it."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("shared_buffers = '2GB'", "effective_cache_size = '6GB'", "random_page_cost = 1.1"):
            connection.execute(f"ALTER SYSTEM SET {setting}")  # pyright: ignore[reportArgumentType]
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        (programs,) = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone() or ("",)
    # As whoever owns it: PostgreSQL refuses root.
    owner = Path(folder).stat().st_uid if os.geteuid() == 0 else None
    command = [f"{programs}/pg_ctl", "restart", "--pgdata", folder, "--wait", "--silent", "--log", f"{folder}/../log"]
    subprocess.run(command, user=owner, check=True, stdout=subprocess.DEVNULL, cwd=folder)


def all_by_proj(question: Question, lon_lat: NDArray[np.float64], groups: Sequence[NDArray[np.int64]]) -> Answer:
    """Return the nearest by PROJ's distances to every place of the specialty; equal distances by row."""
    rows = groups[question.specialty]
    distance_m = proj_m(question.origin, lon_lat[rows])
    best = np.lexsort((rows, distance_m))[:K]
    return Answer(rows[best].tolist(), distance_m[best].tolist())


def is_wrong(answer: Answer, expected: Answer, true_m: Callable[[NDArray[np.int64]], NDArray[np.float64]]) -> bool:
    """Tell whether these are not the rows expected, in order, at their distances; those equally far to 0.1 µm may swap."""
    rows = np.array(answer.rows)
    if len(rows) != len(expected.rows) or len(np.unique(rows)) != len(rows):
        return True
    expected_m = np.array(expected.distance_m)
    said_m = true_m(rows) if answer.distance_m is None else np.array(answer.distance_m)
    return bool((np.abs(true_m(rows) - expected_m) > EQUAL_M).any() or (np.abs(said_m - expected_m) > EQUAL_M).any())


def seconds(engine: Engine, questions: Sequence[Question]) -> NDArray[np.float64]:
    """Return how long each question took."""
    taken = np.empty(len(questions))
    for i, question in enumerate(questions):
        start = time.perf_counter()
        engine(question)
        taken[i] = time.perf_counter() - start
    return taken


def two_threads_s(engine: Engine, questions: Sequence[Question]) -> float:
    """Return how long all questions took when two threads shared them."""
    with ThreadPoolExecutor(2) as pool:
        start = time.perf_counter()
        list(pool.map(seconds, (engine, engine), (questions[::2], questions[1::2])))
        return time.perf_counter() - start


class World(NamedTuple):
    """The places, and what is asked about them."""

    lon_lat: NDArray[np.float64]
    specialties: NDArray[np.int64]
    tags: NDArray[np.uint64]
    groups: list[NDArray[np.int64]]
    questions: list[Question]


def world_of(places: int, questions: int, *, skewed: bool, seed: int) -> World:
    """Make places in 300 towns, each of one specialty and with half of 63 features, and questions from the same towns."""
    random = np.random.default_rng(seed)
    towns = np.column_stack([random.uniform(-180, 180, 300), np.degrees(np.arcsin(random.uniform(-0.95, 0.95, 300)))])
    lon_lat = clustered(random, places, towns)
    share = 1.0 / np.arange(1, SPECIALTIES + 1) if skewed else np.ones(SPECIALTIES)
    specialties = random.choice(SPECIALTIES, places, p=share / share.sum())
    tags = random.integers(0, 2**63, places, dtype=np.uint64)
    groups = [np.flatnonzero(specialties == number) for number in range(SPECIALTIES)]
    asked = random.integers(SPECIALTIES, size=questions).tolist()
    where = clustered(random, questions, towns).tolist()
    return World(lon_lat, specialties, tags, groups, [Question(LonLat(*at), of) for at, of in zip(where, asked, strict=True)])


def our_engine(forest: KdForest, having: tuple[int, ...] = ()) -> Engine:
    """Return the search of our forest, for places that have a feature of each mask."""

    def engine(question: Question) -> Answer:
        tree = forest.tree(question.specialty)
        slots, distance_m = tree.nearest(question.origin, K, having=having)
        return Answer(tree.order[slots], distance_m)

    return engine


def report(engines: dict[str, Engine], world: World, sample: Sequence[Question], title: str) -> None:
    """Time the engines in alternating rounds, compare the answers to the sample, print the table and the ratios."""
    asked = {name: sample if name == SCAN else world.questions for name in engines}
    expected = [all_by_proj(question, world.lon_lat, world.groups) for question in sample]

    def wrong(engine: Engine) -> int:
        return sum(
            is_wrong(engine(question), answer, lambda rows, at=question.origin: proj_m(at, world.lon_lat[rows]))
            for question, answer in zip(sample, expected, strict=True)
        )

    for name, engine in engines.items():
        seconds(engine, asked[name])  # pages and plans warm
    rounds = [{name: seconds(engine, asked[name]) for name, engine in engines.items()} for _ in range(ROUNDS)]
    each_s = {name: np.array([one[name] for one in rounds]) for name in engines}
    per_s = {name: 1.0 / float(np.median(taken_s.mean(axis=1))) for name, taken_s in each_s.items()}
    two = len(world.questions) / float(np.median([two_threads_s(engines[OURS], world.questions) for _ in range(ROUNDS)]))
    table = Table(title=title)
    for column in ("engine", "per second", "p50 µs", "p95 µs", "wrong"):
        table.add_column(column, justify="left" if column == "engine" else "right", no_wrap=True)
    for name, engine in engines.items():
        p50, p95 = np.percentile(each_s[name] * 1e6, [50, 95])
        compared = "" if name.startswith(f"{OURS},") else f"{wrong(engine)} of {len(sample)}"
        table.add_row(name, f"{per_s[name]:,.0f}", f"{p50:,.1f}", f"{p95:,.1f}", compared)
    table.add_row(f"{OURS}, two threads", f"{two:,.0f}", "", "", "")
    CONSOLE.print(table)
    for name in (KNN, f"{KNN}{CLUSTERED}", EXACT_KNN, f"{EXACT_KNN}{CLUSTERED}", SCAN):
        p50_ratio = float(np.median(each_s[name]) / np.median(each_s[OURS]))
        print(f"{name} × {per_s[OURS] / per_s[name]:.1f} (of the p50: {p50_ratio:.1f})")  # noqa: RUF001  # a multiplication sign is what it is


def main() -> None:
    """Read the arguments, build the indexes, measure."""
    parser = argparse.ArgumentParser(description="Time the 20 nearest of one of 100 specialties.")
    parser.add_argument("--places", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=5_000)
    parser.add_argument("--sample", type=int, default=500, help="how many answers to compare with PROJ's")
    parser.add_argument("--skewed", action="store_true", help="specialty n has 1 / n of the places that the first has")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    world = world_of(int(options.places), int(options.questions), skewed=bool(options.skewed), seed=int(options.seed))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = os.environ.get("DATABASE_URL", "").replace("+psycopg", "")
        if not url:
            url = stack.enter_context(postgis_server()).format(name=TEMPLATE).replace("+psycopg", "")
            tuned(url)
        warm_up()
        times = [time.perf_counter()]
        KdForest.build(world.lon_lat, world.tags, world.groups).save(folder)
        times.append(time.perf_counter())
        forest = KdForest.open(folder)
        times.append(time.perf_counter())
        rival = stack.enter_context(Rival(url, world.lon_lat, world.specialties))
        times.append(time.perf_counter())
        engines: dict[str, Engine] = {
            OURS: our_engine(forest),
            KNN: rival.by_sphere(),
            f"{KNN}{CLUSTERED}": rival.by_sphere("_clustered"),
            EXACT_KNN: rival.exact(),
            f"{EXACT_KNN}{CLUSTERED}": rival.exact("_clustered"),
            SCAN: lambda question: all_by_proj(question, world.lon_lat, world.groups),
            f"{OURS}, a feature of 1/2": our_engine(forest, (1,)),
            f"{OURS}, features of 1/8": our_engine(forest, (1, 2, 4)),
        }
        spread = "1 / n of them" if options.skewed else "an equal share of them"
        title = f"{K} nearest of {len(world.lon_lat):,} places, of one of {SPECIALTIES} specialties ({spread})"
        report(engines, world, world.questions[: int(options.sample)], title)
        build_s, open_s, rival_s = np.diff(times).tolist()
        print(f"forest built and saved in {build_s:.1f} s, opened in {open_s * 1e3:.1f} ms; PostGIS loaded in {rival_s:.1f} s")


if __name__ == "__main__":
    main()
