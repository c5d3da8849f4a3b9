"""The trial of a fence before it goes live: simulated visits of its very shape, and how often what it would tell is not so.

Half of the visits go in, a quarter passes by, a quarter goes next door. Of a zone indoors half go in on its floor, a quarter to
that very spot on the floor above or below, an eighth passes by, an eighth goes next door:

- The street is a straight line beside the shape, on a side drawn for each visit, 15 to 40 m beyond the farthest that the shape
  reaches there. Everybody comes along it from 600 to 1,500 m away, walking, cycling or driving, and most go back that way.
- *Goes in*: to a place in the shape drawn evenly from what is farther from its edge than half of what its middle is; for 20
  minutes, or twice the longest dwelling that the fence waits for, now here and now there within 8 m; then out again. Nobody
  stays for more than two hours: a dwelling of more than one hour is tried as one of an hour.
- *Passes by*: on to the other end of the street.
- *Next door*: along the street until the shape is 25 to 80 m away, then 30 m off the street, for the same time.
- *Another floor*: as who goes in. Of a zone all devices state their floor, but not with each fix, for minutes not at all, and not
  always the right one.

The fixes are those of ``finder notices simulate`` with errors of 30 m (68 %), leaps, gaps and wrong clocks
(:class:`finder.notices.simulate_noise.Noise`), and so is what counts as false, missed and told twice
(:mod:`finder.notices.simulate`); only the events that the fence tells of count. The same shape, wishes, runs and seed give the
same figures.
"""

import math
from datetime import datetime
from typing import Final

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from finder.domain.fence import Fence, Trial, Wish, shape_sha256
from finder.notices.law.ground import Ground
from finder.notices.simulate import START, judge, tallies_of, true_dates_s, true_side
from finder.notices.simulate_noise import Noise, Truth, noisy_fixes
from finder.notices.tracker import replay, watch_of

__all__ = ["TRIAL_RUNS", "tried", "visit"]

TRIAL_RUNS: Final = 200
_SEED: Final = 7
_PHONES: Final = Noise()
_STAY_S: Final = 1200.0
_LONGEST_DWELL_S: Final = 3600.0
_WALK_MPS: Final = 1.2
_DRIVE_MPS: Final = 9.0
_SPEEDS_MPS: Final = (1.3, 4.5, 9.0)
_PLANS: Final = ("goes in", "passes by", "goes in", "next door")
_PLANS_OF_ZONE: Final = ("goes in", "passes by", "goes in", "another floor", "goes in", "next door", "goes in", "another floor")
_INDOORS: Final = ("goes in", "another floor")
_WGS84: Final = Geod(ellps="WGS84")
_MOST_DRAWS: Final = 200


def tried(fence: Fence, *, at: datetime, runs: int = TRIAL_RUNS, seed: int = _SEED, noise: Noise = _PHONES) -> Trial:
    """Return what ``runs`` simulated visits say of a fence; it takes some seconds for 200. ``at`` is now, for the record.

    ``noise`` is how bad the phones are: a trial that a fence is activated by leaves it as it is.
    Raises :class:`BadInput` for a shape without area or not on the Earth.
    """
    watch = watch_of(msgspec.structs.replace(fence, wishes=_shortened(fence.wishes)))
    triggers = {wish.trigger for wish in fence.wishes}
    tallies = [tally for tally in tallies_of(watch) if tally.trigger in triggers]
    longest_dwell_s = max(watch.wanted.dwell_s, default=0.0)
    visits = _Visits(fence, max(_STAY_S, 2.0 * longest_dwell_s))
    plans = _PLANS if fence.level is None else _PLANS_OF_ZONE
    false, due, missed = 0, 0, 0
    for run in range(runs):
        truth = visits.truth(plans[run % len(plans)], np.random.default_rng((seed, run)))
        fixes = noisy_fixes(truth, noise, seed * 1_000_003 + run, START)
        events = replay(fixes, [watch])
        dates_s, side = true_dates_s(events, fixes, truth), true_side(truth, watch)
        before = [(tally.due, tally.missed) for tally in tallies]
        false += sum([judge(tally, events, dates_s, side, 0.0) for tally in tallies]) > 0
        due += any(tally.due > had_due for tally, (had_due, _) in zip(tallies, before, strict=True))
        missed += any(tally.missed > had_missed for tally, (_, had_missed) in zip(tallies, before, strict=True))
    return Trial(
        at=at,
        runs=runs,
        false_share=false / max(1, runs),
        missed_share=missed / max(1, due),
        shape_sha256=shape_sha256(fence),
    )


def visit(fence: Fence, plan: str, chance: np.random.Generator) -> Truth:
    """Return the true track of one visit: ``goes in``, ``passes by``, ``next door`` or, of a zone, ``another floor``."""
    return _Visits(fence, _STAY_S).truth(plan, chance)


def _shortened(wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """The wishes with dwellings that end within the longest stay."""
    return tuple(
        wish if wish.dwell_s is None else msgspec.structs.replace(wish, dwell_s=min(wish.dwell_s, _LONGEST_DWELL_S))
        for wish in wishes
    )


class _Visits:
    """True tracks of visits around a shape, made on the plane in metres that touches the Earth there."""

    def __init__(self, fence: Fence, stay_s: float) -> None:
        self._ground = Ground.under(fence.shape)
        self._area = self._ground.shape(fence.shape)
        self._level = fence.level
        self._stay_s = stay_s
        self._hull = shapely.convex_hull(self._area)
        self._cores = [core for part in shapely.get_parts(self._area).tolist() if (core := _core(part)) is not None]

    def truth(self, plan: str, chance: np.random.Generator) -> Truth:
        """Return one track."""
        turn = chance.uniform(0.0, 2.0 * math.pi)
        # Of the street: the way along it, and the way from the shape to it.
        along, out = np.array([math.cos(turn), math.sin(turn)]), np.array([math.sin(turn), -math.cos(turn)])
        corners, gap_m = shapely.get_coordinates(self._hull), chance.uniform(15.0, 40.0)
        street_m = float((corners @ out).max()) + gap_m
        ends_m = float((corners @ along).min()), float((corners @ along).max())
        speed_mps = float(chance.choice(_SPEEDS_MPS))
        inside = self._inside(chance)
        beside_m = max(chance.uniform(25.0, 80.0), gap_m + 5.0)
        street = shapely.LineString([along * side_m + out * street_m for side_m in (ends_m[0] - 200.0, ends_m[1] + 200.0)])
        on_street = shapely.get_coordinates(shapely.intersection(street, shapely.buffer(self._hull, beside_m)))
        door_m = float(inside @ along) if plan in _INDOORS else float((on_street @ along).max())
        far_m = ends_m[1] + 80.0 + chance.uniform(600.0, 1500.0)
        back_m = far_m if plan != "passes by" else ends_m[0] - chance.uniform(600.0, 1500.0)
        way = _Way(along * far_m + out * street_m)
        if plan != "passes by":
            way.go(along * door_m + out * street_m, speed_mps)
            goal = inside if plan in _INDOORS else along * door_m + out * (street_m + 30.0)
            way.go(goal, _pace_mps(way.here, goal))
            way.stay(self._stay_s, 8.0, chance)
            way.go(along * door_m + out * street_m, _pace_mps(way.here, along * door_m + out * street_m))
        way.go(along * back_m + out * street_m, speed_mps)
        way.stay(300.0, 3.0, chance)
        level = self._level
        if level is not None and plan == "another floor":
            level += float(chance.choice([-1.0, 1.0]))
        return Truth(np.array(way.times_s), self._lon_lat(np.array(way.points)), level)

    def _inside(self, chance: np.random.Generator) -> NDArray[np.float64]:
        core = self._cores[int(chance.integers(len(self._cores)))]
        west, south, east, north = core.bounds
        for _ in range(_MOST_DRAWS):
            point = chance.uniform((west, south), (east, north))
            if shapely.contains_xy(core, *point):
                return point
        return shapely.get_coordinates(shapely.point_on_surface(core))[0]

    def _lon_lat(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = np.full(len(points), self._ground.centre.lon), np.full(len(points), self._ground.centre.lat)
        azimuth_deg, away_m = np.degrees(np.arctan2(points[:, 0], points[:, 1])), np.hypot(points[:, 0], points[:, 1])
        lon, lat, _ = _WGS84.fwd(lon, lat, azimuth_deg, away_m)
        return np.column_stack([lon, lat])


class _Way:
    """A track in the making: metres and seconds."""

    def __init__(self, start: NDArray[np.float64]) -> None:
        self.points, self.times_s = [start], [0.0]

    @property
    def here(self) -> NDArray[np.float64]:
        """Where it has come to."""
        return self.points[-1]

    def go(self, to: NDArray[np.float64], by_mps: float) -> None:
        """Go straight there."""
        self.times_s.append(self.times_s[-1] + max(0.1, float(np.hypot(*(to - self.here))) / by_mps))
        self.points.append(to)

    def stay(self, lasting_s: float, reach_m: float, chance: np.random.Generator) -> None:
        """Stay within some metres, now here and now there."""
        middle, until_s = self.here, self.times_s[-1] + lasting_s
        while self.times_s[-1] < until_s:
            self.go(middle + chance.uniform(-reach_m, reach_m, 2), 0.8)
            self.times_s.append(self.times_s[-1] + chance.uniform(30.0, 300.0))
            self.points.append(self.here)


def _core(part: shapely.Polygon) -> BaseGeometry | None:
    """What of a part is farther from its edge than half of what its middle is; ``None`` for a line or a point."""
    if not part.area > 0.0:
        return None
    widest_m = float(shapely.maximum_inscribed_circle(part).length)
    return shapely.buffer(part, -widest_m / 2.0)


def _pace_mps(here: NDArray[np.float64], to: NDArray[np.float64]) -> float:
    """On foot, or by car where the shape is so large that nobody walks through it."""
    return _WALK_MPS if float(np.hypot(*(to - here))) <= 500.0 else _DRIVE_MPS
