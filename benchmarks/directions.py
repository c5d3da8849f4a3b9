"""What our directions cost beside Valhalla's own call, and how long a matrix takes.

A route with us is both points tied to roads, the question, Valhalla's search, the answer as our Route and that as JSON. Raw is
what a user of the engine does: one Actor.route from point to point, which looks for roads as far as Valhalla does by itself
(35 km). Raw within 300 m is the same with our limit, which spares Valhalla work. All three in turn, pair by pair, the order
changing. A wheelchair's route with us is looked through for steps and escalators as well. Times in milliseconds on this machine.

    .venv/bin/python benchmarks/directions.py HELSINKI.osm.pbf PORTO.osm.pbf
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import osmium
from osmium.osm import Way
from valhalla import Actor

from finder.directions.estimate import TravelMode
from finder.directions.router import RouteRequest
from finder.directions.valhalla import Barriers, EmbeddedValhalla
from finder.directions.valhalla.codec import route_question
from finder.errors import NoRoute
from finder.geo.points import LonLat
from finder.region.barriers import barriers_in
from finder.region.extract import Extract
from tests.directions.tiles import build_tiles, settings

PAIRS = 200
TIMES = 5
MATRICES = 50
TARGETS = 100


def main() -> None:
    """Build, measure, print."""
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            pbf = Path(name)
            tiles = build_tiles(pbf, Path(folder))
            points, barriers = road_points(pbf), Barriers(barriers_in(Extract(pbf)))
            for mode in (TravelMode.CAR, TravelMode.FOOT, TravelMode.BICYCLE, TravelMode.WHEELCHAIR):
                routes(pbf.name, tiles, points, mode, barriers)
                matrices(pbf.name, tiles, points, mode)


def road_points(pbf: Path) -> list[LonLat]:
    """Return where named roads begin: places that people start from."""
    ways = (item for item in osmium.FileProcessor(pbf).with_locations() if isinstance(item, Way))
    starts = (way.nodes[0] for way in ways if "highway" in way.tags and "name" in way.tags)
    return [LonLat(start.lon, start.lat) for start in starts if start.location.valid()]


def routes(name: str, tiles: Path, points: list[LonLat], mode: TravelMode, barriers: Barriers) -> None:
    """Compare our routes with raw ones."""
    chance = random.Random(1)  # noqa: S311
    engine, actor = EmbeddedValhalla(tiles, barriers=barriers), Actor(str(settings(tiles)))
    requests: list[RouteRequest] = []
    while len(requests) < PAIRS:
        origin, target = chance.sample(points, 2)
        request = RouteRequest(origin=origin, target=target, mode=mode)
        try:
            engine.route(request)
            actor.route(without_limit(route_question(request)))
        except (NoRoute, RuntimeError):
            continue  # RuntimeError: what the engine raises for those by bicycle that it finds between tied points only
        requests.append(request)
    sorts = ("ours", "raw", "raw within 300 m")
    best = {sort: [float("inf")] * PAIRS for sort in sorts}
    total = dict.fromkeys(sorts, 0.0)
    for turn in range(TIMES):
        for number, request in enumerate(requests):
            within = route_question(request)
            plain = without_limit(within)
            calls: dict[str, Callable[[], object]] = {
                "ours": partial(answer, engine, request),
                "raw": partial(actor.route, plain),
                "raw within 300 m": partial(actor.route, within),
            }
            first = (turn + number) % len(sorts)
            for sort in (*sorts[first:], *sorts[:first]):
                began = time.perf_counter()
                calls[sort]()
                took = (time.perf_counter() - began) * 1000.0
                total[sort] += took
                best[sort][number] = min(best[sort][number], took)
    ours = statistics.median(best["ours"])
    print(f"{name} {mode} {PAIRS} routes: ours p50 {ours:.3f} ms")
    for sort in sorts[1:]:
        raw = statistics.median(best[sort])
        print(
            f"    {sort} {raw:.3f} ms, ratio {ours / raw:.3f}; totals of all {TIMES} turns {total['ours'] / total[sort]:.3f}, "
            f"of the best {sum(best['ours']) / sum(best[sort]):.3f}"
        )


def answer(engine: EmbeddedValhalla, request: RouteRequest) -> bytes:
    """Return our route as JSON."""
    return msgspec.json.encode(engine.route(request))


def without_limit(question: str) -> str:
    """Return the question without our limit of how far a road may be."""
    whole = msgspec.json.decode(question)
    for location in whole["locations"]:
        del location["search_cutoff"]
    return msgspec.json.encode(whole).decode()


def matrices(name: str, tiles: Path, points: list[LonLat], mode: TravelMode) -> None:
    """Time matrices of one origin and many targets."""
    chance = random.Random(2)  # noqa: S311
    engine = EmbeddedValhalla(tiles)
    took: list[float] = []
    known = 0.0
    for _ in range(MATRICES):
        origin, *targets = chance.sample(points, 1 + TARGETS)
        began = time.perf_counter()
        matrix = engine.matrix([origin], targets, mode)
        took.append((time.perf_counter() - began) * 1000.0)
        known += float((matrix.duration_s == matrix.duration_s).mean()) / MATRICES
    print(f"{name} {mode} 1x{TARGETS} matrix: p50 {statistics.median(took):.1f} ms, most {max(took):.1f} ms; {known:.0%} known")


if __name__ == "__main__":
    main()
