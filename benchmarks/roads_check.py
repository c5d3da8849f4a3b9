"""Compare the lengths of our ways by car with those of Routino, another road engine, over the same OpenStreetMap extract.

    apt-get install routino
    python benchmarks/roads_check.py FILE.osm.pbf

Pairs are drawn from the nodes of public streets for cars, so that both engines begin at the same place. Routino is given the
speeds of a city's streets (its own are those of open country) and no preference for a kind of road.

Both are asked for the quickest way, which is what people are shown, and for the shortest. The shortest tells whether both read
the same roads from the map: one-ways, access, turns. The quickest tells as well how they weigh them. Exits with 1 where less
than 90 % of the quickest ways are within 10 %.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
import osmium
from osmium.filter import KeyFilter
from osmium.osm import types as osm
from rich.console import Console
from rich.table import Table

from finder.directions.estimate import TravelMode
from finder.directions.router import RouteRequest
from finder.directions.valhalla import EmbeddedValhalla
from finder.directions.valhalla.codec import Action, route_question
from finder.errors import NoRoute
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.region.roads import ROADS_FILE, build_roads

NEAR: Final = 0.10
ENOUGH: Final = 0.90
LEAST_M: Final = 500.0
"""Pairs closer than this are left out: on one block a tenth is the width of a crossing."""

STREETS: Final = {
    "motorway": 90,
    "trunk": 70,
    "primary": 45,
    "secondary": 45,
    "tertiary": 40,
    "unclassified": 35,
    "residential": 30,
}
"""Kinds of public street, and the speed in km/h that Routino is given where the map has none."""

_SHARED: Final = Path("/usr/share/routino")


type Aim = Literal["quickest", "shortest"]


class _Summary(msgspec.Struct):
    length: float


class _Trip(msgspec.Struct):
    summary: _Summary


class _Found(msgspec.Struct):
    trip: _Trip


def our_length_m(engine: EmbeddedValhalla, origin: LonLat, target: LonLat, aim: Aim) -> float | None:
    """Return the length of our way by car in metres; None where there is none. The quickest is the one that people are shown."""
    request = RouteRequest(origin=origin, target=target, mode=TravelMode.CAR)
    try:
        if aim == "quickest":
            return engine.route(request).length_m
        question = msgspec.json.decode(route_question(request))
        question["costing_options"][question["costing"]]["shortest"] = True
        answer = engine.ask(Action.ROUTE, msgspec.json.encode(question).decode())
        return msgspec.json.decode(answer, type=_Found).trip.summary.length * 1000.0
    except NoRoute:
        return None


class Routino:
    """Routino's two programs over a database in ``folder``."""

    def __init__(self, pbf: Path, folder: Path) -> None:
        self._folder = folder
        tagging = f"--tagging={_SHARED / 'tagging-drive.xml'}"
        subprocess.run(
            ["planetsplitter", f"--dir={folder}", "--prefix=check", tagging, str(pbf)], check=True, capture_output=True
        )

    def length_m(self, origin: LonLat, target: LonLat, aim: Aim) -> float | None:
        """Return the length of the way by car in metres; None where Routino knows none."""
        places = [f"--{name}{n}={value:.6f}" for n, at in ((1, origin), (2, target)) for name, value in at._asdict().items()]
        ran = subprocess.run(
            [
                "routino-router",
                f"--dir={self._folder}",
                "--prefix=check",
                f"--profiles={_SHARED / 'profiles.xml'}",
                f"--translations={_SHARED / 'translations.xml'}",
                "--transport=motorcar",
                f"--{aim}",
                *(f"--highway-{kind}=100" for kind in (*STREETS, "service")),
                *(f"--speed-{kind}={km_h}" for kind, km_h in STREETS.items()),
                # 50 % is neither for nor against.
                *(f"--property-{name}=50" for name in ("paved", "multilane", "bridge", "tunnel", "footroute", "bicycleroute")),
                "--output-text",
                "--output-stdout",
                *places,
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        lines = [line.split("\t") for line in ran.stdout.splitlines() if line and not line.startswith("#")]
        # The third column is each section's length, such as "0.108 km"; their total is printed to a tenth of a kilometre only.
        return sum(float(line[2].split()[0]) for line in lines) * 1000.0 if ran.returncode == 0 and lines else None


def street_nodes(pbf: Path) -> list[LonLat]:
    """Return the nodes of public streets for cars, in the order of the file."""
    found: dict[int, LonLat] = {}
    for way in osmium.FileProcessor(str(pbf)).with_locations().with_filter(KeyFilter("highway")):
        if isinstance(way, osm.Way) and way.tags.get("highway") in STREETS and way.tags.get("access", "yes") == "yes":
            found |= {node.ref: LonLat(node.lon, node.lat) for node in way.nodes if node.location.valid()}
    return list(found.values())


def pairs_of(nodes: list[LonLat], count: int) -> list[tuple[LonLat, LonLat]]:
    """Return pairs of different places, the same each time."""
    random = np.random.default_rng(2)
    pairs: list[tuple[LonLat, LonLat]] = []
    while len(pairs) < count:
        origin, target = (nodes[int(place)] for place in random.integers(len(nodes), size=2))
        if geodesic_m(origin, target) >= LEAST_M:
            pairs.append((origin, target))
    return pairs


def main() -> int:
    """Run the check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pbf", type=Path, help="an OpenStreetMap extract")
    parser.add_argument("--pairs", type=int, default=200)
    given = parser.parse_args()
    if shutil.which("planetsplitter") is None:
        sys.exit("Routino is missing: apt-get install routino")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_roads(given.pbf, folder)
        ours, theirs = EmbeddedValhalla(folder / ROADS_FILE), Routino(given.pbf, folder)
        pairs = pairs_of(street_nodes(given.pbf), given.pairs)
        aims: tuple[Aim, Aim] = ("quickest", "shortest")
        table = Table(title=f"Lengths by car over {len(pairs)} pairs: ours / Routino's")
        for heading in ("way", "pairs", "within 10 %", "median", "p5", "p95", "neither", "ours only", "theirs only"):
            table.add_column(heading, justify="right")
        shares = [
            _row(table, aim, [(our_length_m(ours, *pair, aim), theirs.length_m(*pair, aim)) for pair in pairs]) for aim in aims
        ]
    Console().print(table)
    return 0 if shares[0] >= ENOUGH else 1


def _row(table: Table, aim: Aim, lengths_m: list[tuple[float | None, float | None]]) -> float:
    """Add a row and return its share: a pair for which one engine alone knows a way is none that agrees."""
    ratios = np.array([our_m / their_m for our_m, their_m in lengths_m if our_m is not None and their_m is not None])
    neither = sum(our_m is None and their_m is None for our_m, their_m in lengths_m)
    only_ours = sum(their_m is None for _, their_m in lengths_m) - neither
    only_theirs = sum(our_m is None for our_m, _ in lengths_m) - neither
    compared = len(lengths_m) - neither
    share = float((np.abs(ratios - 1.0) <= NEAR).sum()) / compared
    p5, p50, p95 = np.percentile(ratios, [5, 50, 95])
    counts = (str(number) for number in (neither, only_ours, only_theirs))
    table.add_row(aim, str(compared), f"{share:.1%}", f"{p50:.3f}", f"{p5:.3f}", f"{p95:.3f}", *counts)
    return share


if __name__ == "__main__":
    sys.exit(main())
