"""The tracker on the device and the finder's: the same fixes make the same events, and the same words for them."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from finder.domain.fence import Circle, Fence, Outline, Trigger, Wish
from finder.geo.distance import geodesic_m
from finder.geo.fence_index import FenceIndex
from finder.geo.points import LonLat
from finder.notices.simulate_noise import Noise, Truth, noisy_fixes
from finder.notices.tracker import TUNING, Event, Fix, replay, watch_of, why, why_texts
from tests.notices.in_node import in_node, needs_node
from tests.notices.tracks import CENTRE, cases, fix_at, place

pytestmark = needs_node

REPLAY = """
const { replay, watchesOf } = await import("./notices/tracker.js");
const { keyOf } = await import("./notices/happened.js");
const { why } = await import("./notices/why.js");
return given.visits.map(({ fences, fixes }) => replay(fixes, watchesOf(fences)).map((event) => ({
  ...event, key: keyOf(event), why: { en: why(event, given.texts.en), es: why(event, given.texts.es) },
})));
"""
ALL_WISHES = (
    Wish(trigger=Trigger.WRONG_ENTRANCE, texts={}),
    Wish(trigger=Trigger.DWELL, texts={}),
    Wish(trigger=Trigger.DWELL, texts={}, dwell_s=90.5),
    Wish(trigger=Trigger.APPROACH, texts={}, eta_s=120.0),
    Wish(trigger=Trigger.APPROACH, texts={}),
)


def fence_of(shape: Circle | Outline, wishes: tuple[Wish, ...] = ALL_WISHES, fence_id: str = "f") -> Fence:
    return Fence(id=fence_id, tenant="t", facility_id="x", name="n", shape=shape, wishes=wishes)


def ring(*corners: tuple[float, float]) -> tuple[LonLat, ...]:
    return tuple(place(*corner) for corner in (*corners, corners[0]))


def box(east_m: float, north_m: float, half_east_m: float, half_north_m: float) -> tuple[LonLat, ...]:
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return ring(*((east_m + x * half_east_m, north_m + y * half_north_m) for x, y in signs))


SHAPES: dict[str, Circle | Outline] = {
    "circle": Circle(centre=CENTRE, radius_m=100.0),
    "building": Outline(polygons=((box(0, 0, 60, 45),),)),
    "court": Outline(polygons=((box(0, 0, 90, 70), box(0, 0, 20, 20)), (box(150, 0, 40, 40),))),
    "L": Outline(polygons=((ring((-80, -60), (80, -60), (80, 0), (0, 0), (0, 90), (-80, 90)),),)),
    "wide": Outline(polygons=((box(0, 0, 900, 400),),)),
    "zone": Outline(polygons=((box(0, 0, 60, 45),),), level=2.0),
}


def fix_for_node(fix: Fix) -> dict[str, Any]:
    return {
        "at_s": fix.at_device.timestamp(),
        "received_s": fix.received_at.timestamp(),
        "lon_lat": list(fix.lon_lat),
        "accuracy_m": fix.accuracy_m,
        "source": str(fix.source),
        "level": fix.level,
    }


def in_both(folder: Path, visits: Sequence[tuple[Sequence[Fence], Sequence[Fix]]]) -> list[tuple[Event, ...]]:
    """Return the events of these visits, once it has been asserted that both trackers give them."""
    languages = ("en", "es")
    given = {
        "visits": [{"fences": msgspec.to_builtins(fences), "fixes": [*map(fix_for_node, fixes)]} for fences, fixes in visits],
        "texts": {language: why_texts(language) for language in languages},
    }
    here = [replay(fixes, [watch_of(fence) for fence in fences]) for fences, fixes in visits]
    for events, said in zip(here, in_node(folder, REPLAY, given), strict=True):
        assert [event.key for event in events] == [one["key"] for one in said]
        for event, one in zip(events, said, strict=True):
            assert (event.confidence, list(event.fixes), event.wish_s) == (one["confidence"], one["fixes"], one["wish_s"])
            assert one["at_device_s"] == pytest.approx(event.at_device.timestamp(), abs=1e-5)
            assert one["at_server_s"] == pytest.approx(event.at_server.timestamp(), abs=1e-5)
            assert one["grounds"] == {name: getattr(event.grounds, name) for name in event.grounds.__struct_fields__}
            assert one["why"] == {language: why(event, language) for language in languages}
    return here


def test_the_numbers_are_the_same(tmp_path: Path) -> None:
    script = """return (await import("./notices/tuning.js")).TUNING;"""
    assert in_node(tmp_path, script, None) == msgspec.to_builtins(TUNING)


def test_every_track_of_the_cases(tmp_path: Path) -> None:
    visits: list[tuple[list[Fence], list[Fix]]] = []
    for case in cases().values():
        wishes = [Wish(trigger=Trigger.DWELL, texts={}, dwell_s=case.dwell_s)] if case.dwell_s else []
        wishes += [Wish(trigger=Trigger.APPROACH, texts={}, eta_s=case.eta_s)] if case.eta_s else []
        visits.append(([fence_of(case.shape(), tuple(wishes))], case.track()))
    events = in_both(tmp_path, visits)
    assert [[event.trigger for event in one] for one in events] == [
        [trigger for trigger, _ in case.events] for case in cases().values()
    ]


def walk(number: int) -> Truth:
    """A walk or a drive to somewhere in or near the shapes, some minutes there, and back or on."""
    chance = np.random.default_rng(number)
    speed_mps = chance.choice([1.3, 4.5, 12.0])
    heading = chance.uniform(0.0, 2.0 * math.pi)
    far = (chance.uniform(300.0, 900.0) * math.cos(heading), chance.uniform(300.0, 900.0) * math.sin(heading))
    goal = (chance.uniform(-130.0, 200.0), chance.uniform(-130.0, 130.0))
    stops = [far, goal, goal] + ([far] if number % 3 else [(-far[0], -far[1])])
    times_s = [0.0]
    for before, after in pairwise(stops):
        lasting_s = chance.uniform(30.0, 1200.0) if before == after else max(1.0, math.dist(before, after) / speed_mps)
        times_s.append(times_s[-1] + lasting_s)
    return Truth(np.array(times_s), np.array([place(*stop) for stop in stops]))


def test_hundreds_of_noisy_visits(tmp_path: Path) -> None:
    start = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    fences = [fence_of(shape, fence_id=name) for name, shape in SHAPES.items()]
    visits: list[tuple[list[Fence], list[Fix]]] = []
    for number in range(300):
        noise = Noise(noise_m=30.0 if number % 2 else 12.0)
        watched = [fences[number % len(fences)]] if number % 20 else fences
        truth = msgspec.structs.replace(walk(number), level=[2.0, 1.0, None][number % 3])
        visits.append((watched, noisy_fixes(truth, noise, number, start)))
    events = [event for one in in_both(tmp_path, visits) for event in one]
    assert {event.trigger for event in events} == set(Trigger)
    assert len(events) > 500
    assert {str(event.confidence) for event in events} == {"none", "low", "medium", "high"}


def test_leaps_beacons_clocks_and_what_is_too_coarse(tmp_path: Path) -> None:
    """Tracks that no walk makes: everything drawn at random."""
    visits: list[tuple[list[Fence], list[Fix]]] = []
    for number in range(200):
        chance = np.random.default_rng(number)
        at_s, fixes = 0.0, list[Fix]()
        east_m, north_m = chance.uniform(-300, 300, 2)
        for _ in range(60):
            at_s += float(chance.choice([1.0, 10.0, 30.0, 200.0], p=[0.1, 0.6, 0.2, 0.1]))
            if chance.random() < 0.1:
                east_m, north_m = chance.uniform(-400, 400, 2)
            fixes.append(
                fix_at(
                    round(at_s, 3),
                    float(east_m + chance.normal() * 10),
                    float(north_m + chance.normal() * 10),
                    accuracy_m=chance.choice([None, 0.0, 1.9, 10.0, 40.0, 2000.0]),
                    source=str(chance.choice(["gps", "beacon", "ip"], p=[0.8, 0.1, 0.1])),
                    device_s=round(at_s + float(chance.choice([0.0, -3600.0, 120.0, -40.0], p=[0.85, 0.05, 0.05, 0.05])), 3),
                    level=[None, 2.0, 2.0, 2.0, 1.0][int(chance.integers(5))],
                )
            )
        visits.append(([fence_of(SHAPES[("circle", "L", "zone")[number % 3]])], fixes))
    events = in_both(tmp_path, visits)
    assert sum(map(len, events)) > 300
    assert {event.trigger for one in events[2::3] for event in one} == set(Trigger)


def test_across_180_degrees(tmp_path: Path) -> None:
    centre = LonLat(179.9999, -17.0)
    corners = [(-0.001, -0.001), (0.0011, -0.001), (0.0011, 0.001), (-0.001, 0.001), (-0.001, -0.001)]
    jumping = tuple(LonLat((centre.lon + x + 180) % 360 - 180, centre.lat + y) for x, y in corners)
    fixes = [
        msgspec.structs.replace(fix_at(10 * n, 0, 0), lon_lat=LonLat((180.004 - 1e-4 * min(n, 41) + 180) % 360 - 180, -17.0))
        for n in range(60)
    ]
    shapes = [Circle(centre=centre, radius_m=100.0), Outline(polygons=((jumping,),))]
    events = in_both(tmp_path, [([fence_of(shape, ())], fixes) for shape in shapes])
    assert [[event.trigger for event in one] for one in events] == [["enter"], ["enter"]]


CENTRES = [CENTRE, LonLat(-117.03, 32.54), LonLat(179.9999, -17.0), LonLat(0.0, 0.0), LonLat(15.0, 78.2)]


@pytest.mark.parametrize("centre", CENTRES)
def test_the_distance_from_an_edge_is_the_finders(tmp_path: Path, centre: LonLat) -> None:
    """Within a thousandth of a millimetre of the index of fences, for outlines cut at ±180° too."""
    chance = np.random.default_rng(7)

    def near(metres: float) -> LonLat:
        east_m, north_m = chance.uniform(-metres, metres, 2)
        lon = centre.lon + east_m / (111_195.0 * math.cos(math.radians(centre.lat)))
        return LonLat(float((lon + 180.0) % 360.0 - 180.0), float(centre.lat + north_m / 111_195.0))

    shapes: list[Circle | Outline] = [Circle(centre=near(500), radius_m=float(chance.uniform(1, 2000))) for _ in range(10)]
    for _ in range(20):
        angles = np.sort(chance.uniform(0.0, 2.0 * math.pi, int(chance.integers(3, 12))))
        reach = float(chance.uniform(0.0002, 0.02))
        star = [
            (centre.lon + reach * r * math.cos(a) / math.cos(math.radians(centre.lat)), centre.lat + reach * r * math.sin(a))
            for a, r in zip(angles.tolist(), chance.uniform(0.3, 1.0, len(angles)).tolist(), strict=True)
        ]
        outline = tuple(LonLat((lon + 180.0) % 360.0 - 180.0, lat) for lon, lat in (*star, star[0]))
        shapes.append(Outline(polygons=((outline,),)))
    points = [near(2500) for _ in range(100)]
    index = FenceIndex(shapes)
    expected = [[index.edge_m(number, point) for point in points] for number in range(len(shapes))]
    script = """
    const { edgeDistance } = await import("./notices/edge.js");
    return given.shapes.map((shape) => given.points.map(edgeDistance(shape)));
    """
    got = in_node(tmp_path, script, msgspec.to_builtins({"shapes": shapes, "points": points}))
    np.testing.assert_allclose(got, expected, atol=1e-6, rtol=0.0)


def test_the_distance_between_points_is_the_geodesic(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    pairs = [
        (start, LonLat(start.lon + chance.uniform(-0.3, 0.3), start.lat + chance.uniform(-0.3, 0.3)))
        for start in (LonLat(float(chance.uniform(-170, 170)), float(chance.uniform(-85, 85))) for _ in range(300))
    ]
    script = """
    const { distanceM } = await import("./notices/earth.js");
    return given.map(([start, end]) => distanceM(start, end));
    """
    np.testing.assert_allclose(in_node(tmp_path, script, pairs), [geodesic_m(*pair) for pair in pairs], atol=1e-6, rtol=0.0)
