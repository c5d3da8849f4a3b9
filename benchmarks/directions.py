"""What our directions cost beside Valhalla's own call, and how long a matrix takes.

A route with us is the question, Valhalla's search, the answer as our Route and that as JSON; the raw one is Actor.route with the
very same question, in turn with ours, pair by pair, the order changing. Times in milliseconds on this machine.

    .venv/bin/python benchmarks/directions.py HELSINKI.osm.pbf PORTO.osm.pbf
"""

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import osmium
from osmium.osm import Way
from valhalla import Actor

from finder.directions.estimate import TravelMode
from finder.directions.router import RouteRequest
from finder.directions.valhalla import EmbeddedValhalla
from finder.directions.valhalla.codec import route_question
from finder.errors import NoRoute
from finder.geo.points import LonLat
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
            points = road_points(pbf)
            for mode in (TravelMode.CAR, TravelMode.FOOT):
                routes(pbf.name, tiles, points, mode)
                matrices(pbf.name, tiles, points, mode)


def road_points(pbf: Path) -> list[LonLat]:
    """Return where named roads begin: places that people start from."""
    ways = (item for item in osmium.FileProcessor(pbf).with_locations() if isinstance(item, Way))
    starts = (way.nodes[0] for way in ways if "highway" in way.tags and "name" in way.tags)
    return [LonLat(start.lon, start.lat) for start in starts if start.location.valid()]


def routes(name: str, tiles: Path, points: list[LonLat], mode: TravelMode) -> None:
    """Compare our routes with raw ones."""
    chance = random.Random(1)  # noqa: S311
    engine, actor = EmbeddedValhalla(tiles), Actor(str(settings(tiles)))
    requests: list[RouteRequest] = []
    while len(requests) < PAIRS:
        origin, target = chance.sample(points, 2)
        request = RouteRequest(origin=origin, target=target, mode=mode)
        try:
            engine.route(request)
        except NoRoute:
            continue
        requests.append(request)
    ours, raws = [float("inf")] * PAIRS, [float("inf")] * PAIRS
    all_ours, all_raws = 0.0, 0.0
    for turn in range(TIMES):
        for number, request in enumerate(requests):
            question = route_question(request)
            for mine in (True, False) if (turn + number) % 2 else (False, True):
                began = time.perf_counter()
                if mine:
                    msgspec.json.encode(engine.route(request))
                else:
                    actor.route(question)
                took = (time.perf_counter() - began) * 1000.0
                all_ours, all_raws = all_ours + took * mine, all_raws + took * (not mine)
                times = ours if mine else raws
                times[number] = min(times[number], took)
    mine, raw = statistics.median(ours), statistics.median(raws)
    print(
        f"{name} {mode} {PAIRS} routes: p50 {mine:.3f} ms, raw {raw:.3f} ms, ratio {mine / raw:.3f}; "
        f"totals of all {TIMES} turns {all_ours / all_raws:.3f}, of the best {sum(ours) / sum(raws):.3f}"
    )


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
