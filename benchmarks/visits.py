"""10,000 visits with noisy fixes: how often is an enter false, a dwell missed, anything told twice?

Each visit is made up: a person comes by car or on foot from 600 to 1,500 m away along streets, and goes in, passes by on the
street in front, or goes to the house next door. The noise, and what counts as false and missed, are those of ``finder notices
simulate``.

    .venv/bin/python benchmarks/visits.py [--visits 10000] [--noise-m 30] [--seed 1] [--workers 1]
"""

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import repeat

import msgspec
import numpy as np

from finder.domain.fence import Circle, Fence, Outline, Trigger, Wish
from finder.geo.points import LonLat
from finder.notices.simulate import Tally, judge, true_dates_s, true_side
from finder.notices.simulate_noise import Noise, Truth, noisy_fixes
from finder.notices.tracker import TUNING, replay, watch_of

CENTRE = LonLat(24.9384, 60.1699)
NORTH_M = 111_195.0
EAST_M = NORTH_M * math.cos(math.radians(CENTRE.lat))
DWELL_S, ETA_S = 300.0, 120.0
WISHES = (
    Wish(trigger=Trigger.ENTER, texts={}),
    Wish(trigger=Trigger.DWELL, texts={}, dwell_s=DWELL_S),
    Wish(trigger=Trigger.APPROACH, texts={}, eta_s=ETA_S),
)
PLANS = ("goes in", "goes in", "passes by", "next door")


def at(east_m: float, north_m: float) -> LonLat:
    """Return the point so far east and north of the facility."""
    return LonLat(CENTRE.lon + east_m / EAST_M, CENTRE.lat + north_m / NORTH_M)


def outline(half_east_m: float, half_north_m: float) -> Outline:
    """Return a rectangle around the facility."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    return Outline(polygons=((tuple(at(x * half_east_m, y * half_north_m) for x, y in corners),),))


SHAPES: dict[str, tuple[Circle | Outline, float]] = {
    "circle of 100 m": (Circle(centre=CENTRE, radius_m=100.0), 100.0),
    "circle of 150 m": (Circle(centre=CENTRE, radius_m=150.0), 150.0),
    "grounds of 200 m x 160 m": (outline(100.0, 80.0), 80.0),
    "building of 120 m x 90 m": (outline(60.0, 45.0), 45.0),
}
"""With the distance from the middle to the edge at the street."""


def truth(plan: str, edge_m: float, chance: np.random.Generator) -> Truth:
    """Return a true track: on the street (east to west, in front of the edge), in or past, and back."""
    street_m = -(edge_m + chance.uniform(15.0, 40.0))
    side = chance.choice([-1.0, 1.0])
    far_m = side * chance.uniform(600.0, 1500.0)
    speed_mps = chance.choice([1.3, 4.5, 9.0])
    points, times = [(far_m, street_m)], [0.0]

    def go(east_m: float, north_m: float, by_mps: float) -> None:
        times.append(times[-1] + max(0.1, math.dist(points[-1], (east_m, north_m)) / by_mps))
        points.append((east_m, north_m))

    def stay(lasting_s: float, reach_m: float) -> None:
        """Stay within a few metres, now here and now there."""
        middle, until_s = points[-1], times[-1] + lasting_s
        while times[-1] < until_s:
            go(middle[0] + chance.uniform(-reach_m, reach_m), middle[1] + chance.uniform(-reach_m, reach_m), 0.8)
            times.append(times[-1] + chance.uniform(30.0, 300.0))
            points.append(points[-1])

    if plan == "goes in":
        inside = (chance.uniform(-0.4, 0.4) * edge_m, chance.uniform(-0.4, 0.4) * edge_m)
        go(inside[0] + side * 30.0, street_m, speed_mps)
        go(*inside, 1.2)
        stay(chance.uniform(480.0, 2400.0), 8.0)
        go(inside[0], street_m, 1.2)
    elif plan == "next door":
        beyond_m = edge_m * 1.3 + chance.uniform(25.0, 80.0)
        go(side * beyond_m, street_m, speed_mps)
        go(side * beyond_m, street_m + 30.0, 1.2)
        stay(chance.uniform(480.0, 2400.0), 8.0)
        go(side * beyond_m, street_m, 1.2)
    else:
        go(0.0, street_m, speed_mps)
    go(far_m if plan != "passes by" else -far_m, street_m, speed_mps)
    stay(300.0, 3.0)
    return Truth(np.array(times), np.array([at(*point) for point in points]))


class Result(msgspec.Struct):
    """Of some visits."""

    tallies: dict[tuple[str, str, str], Tally]
    fixes: int = 0
    seconds: float = 0.0
    confidences: dict[tuple[str, str], int] = {}


def some(numbers: range, noise_m: float, seed: int) -> Result:
    """Return what came of these visits."""
    tallies: dict[tuple[str, str, str], Tally] = {}
    confidences: dict[tuple[str, str], int] = defaultdict(int)
    fixes_count, spent_s, start = 0, 0.0, datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    noise, names = Noise(noise_m=noise_m), list(SHAPES)
    for number in numbers:
        name, plan = names[number % len(names)], PLANS[number // len(names) % len(PLANS)]
        shape, edge_m = SHAPES[name]
        fence = Fence(id=name, tenant="t", facility_id="f", name=name, shape=shape, wishes=WISHES)
        track, watch = truth(plan, edge_m, np.random.default_rng((seed, number))), watch_of(fence)
        side = true_side(track, watch)
        fixes = noisy_fixes(track, noise, seed * 1_000_003 + number, start)
        began = time.perf_counter()
        events = replay(fixes, [watch], TUNING)
        spent_s += time.perf_counter() - began
        fixes_count += len(fixes)
        dates_s = true_dates_s(events, fixes, track)
        for trigger, wish_s in ((Trigger.APPROACH, ETA_S), (Trigger.ENTER, None), (Trigger.DWELL, DWELL_S), (Trigger.EXIT, None)):
            key = (name, plan, str(trigger))
            tally = tallies.setdefault(key, Tally(fence_id=name, trigger=trigger, wish_s=wish_s))
            before = tally.false
            judge(tally, events, dates_s, side, 0.0)
            for event in events:
                if event.trigger is trigger:
                    confidences[f"{trigger} {'false' if tally.false > before else 'true'}", event.confidence] += 1
    return Result(tallies, fixes_count, spent_s, dict(confidences))


def summed(title: str, tallies: Iterable[Tally]) -> None:
    """Print one line."""
    tallies = list(tallies)
    runs, due = sum(one.runs for one in tallies), sum(one.due for one in tallies)
    false, missed, doubled = (sum(getattr(one, what) for one in tallies) for what in ("false", "missed", "doubled"))
    shares = f"{false:>7} {false / max(1, runs):>8.3%}{due:>9,}{missed:>7} {missed / max(1, due):>8.3%}"
    print(f"{title:40}{runs:>8,}{shares}{doubled:>8}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=10_000)
    parser.add_argument("--noise-m", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--by-shape", action="store_true")
    options = parser.parse_args()
    parts = [range(begin, min(begin + 256, options.visits)) for begin in range(0, options.visits, 256)]
    tallies: dict[tuple[str, str, str], list[Tally]] = defaultdict(list)
    confidences: dict[tuple[str, str], int] = defaultdict(int)
    fixes, seconds = 0, 0.0
    with ProcessPoolExecutor(options.workers) as pool:
        for result in pool.map(some, parts, repeat(options.noise_m), repeat(options.seed)):
            fixes, seconds = fixes + result.fixes, seconds + result.seconds
            for key, tally in result.tallies.items():
                tallies[key].append(tally)
            for key, count in result.confidences.items():
                confidences[key] += count
    print(
        f"{options.visits:,} visits, {fixes:,} fixes, {seconds / fixes * 1e6:.0f} µs a fix and fence; noise {options.noise_m:g} m"
    )
    print(f"{'':40}{'visits':>8}{'false':>7}{'':9}{'due':>9}{'missed':>7}{'':9}{'doubled':>8}")
    for trigger in ("approach", "enter", "dwell", "exit"):
        summed(trigger, (one for key, some in tallies.items() if key[2] == trigger for one in some))
        for plan in dict.fromkeys(PLANS):
            summed(f"  {plan}", (one for key, some in tallies.items() if key[1:] == (plan, trigger) for one in some))
        for shape in SHAPES:
            summed(f"  {shape}", (one for key, some in tallies.items() if key[0] == shape and key[2] == trigger for one in some))
    for (what, confidence), count in sorted(confidences.items()):
        print(f"{what:24}{confidence:8}{count:>8,}")


if __name__ == "__main__":
    main()
