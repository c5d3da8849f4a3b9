"""Fixes as a phone would have sent them from a true track: errors that change slowly, leaps off walls, wrong radii, gaps.

What is drawn, and from what, is in :class:`Noise`. The same seed gives the same fixes.
"""

import math
from datetime import UTC, datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.geo.points import LonLat
from finder.notices.tracker import Fix

__all__ = ["Noise", "Truth", "noisy_fixes"]

_METRES_PER_DEGREE = 111_195.0


class Truth(msgspec.Struct, frozen=True):
    """A true track: seconds since its start, shape (n,), rising; and WGS84 degrees, longitude first, shape (n, 2)."""

    times_s: NDArray[np.float64]
    lon_lat: NDArray[np.float64]
    level: float | None = None
    """The floor that all of it is on; ``None``: nobody knows, and no fix states one."""

    def at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where the person was at these times, shape (n, 2); before and after the track at its ends."""
        lon = np.interp(times_s, self.times_s, np.degrees(np.unwrap(np.radians(self.lon_lat[:, 0]))))
        return np.column_stack([(lon + 180.0) % 360.0 - 180.0, np.interp(times_s, self.times_s, self.lon_lat[:, 1])])


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """How bad the fixes are. Each run draws its own phone: how often it sends, how slowly its errors change, how honest it is."""

    noise_m: float = 30.0
    """The radius that holds 68 % of the errors apart from leaps; along one axis their standard deviation is 0.66 of it."""
    every_s: tuple[float, ...] = (5.0, 10.0, 15.0, 30.0)
    error_lasts_s: tuple[float, float] = (20.0, 90.0)
    """The time in which an error loses its likeness to itself, drawn between these."""
    leaps_per_hour: float = 6.0
    leap_m: tuple[float, float] = (50.0, 300.0)
    leap_lasts_s: float = 15.0
    """On average; one in a hundred lasts over four times as long."""
    leap_claims_m: float = 1.9
    """What half of the leaps state as their accuracy."""
    accuracy_spread: float = 0.5
    """Stated radii are wrong by a factor drawn from a lognormal distribution of this standard deviation."""
    boasting_share: float = 0.05
    """That many phones always state 5 m."""
    lost_share: float = 0.05
    gaps_per_hour: float = 3.0
    gap_s: tuple[float, float] = (60.0, 300.0)
    late_share: float = 0.03
    """That many fixes arrive 5 to 60 s after they were made, behind others."""
    twice_share: float = 0.01
    skewed_share: float = 0.1
    """That many phones have a clock up to five minutes wrong; the others' are within 2 s."""
    no_floor_share: float = 0.3
    """On a known floor: that many fixes state none."""
    wrong_floor_share: float = 0.05
    """And that many of the others one above or below."""
    floor_gaps_per_hour: float = 2.0
    floor_gap_s: tuple[float, float] = (60.0, 900.0)
    """So long nothing tells the device its floor at all, as where there is no Wi-Fi."""


def noisy_fixes(truth: Truth, noise: Noise, seed: int, start: datetime) -> list[Fix]:
    """Return the fixes of one run, in the order in which the server receives them. ``start`` is when the track begins."""
    chance = np.random.default_rng(seed)
    every_s = float(chance.choice(noise.every_s))
    span_s = float(truth.times_s[-1] - truth.times_s[0])
    times_s = np.arange(0.0, span_s, every_s)
    times_s = truth.times_s[0] + np.sort(times_s + chance.uniform(-0.2, 0.2, len(times_s)) * every_s).clip(0.0, span_s)
    times_s = _thinned(times_s, noise, chance)
    if not len(times_s):
        return []
    sigma_m = noise.noise_m / math.sqrt(-2.0 * math.log(0.32))
    errors_m = sigma_m * _slow_errors(times_s, chance.uniform(*noise.error_lasts_s), chance)
    stated_m = noise.noise_m * np.exp(chance.normal(0.0, noise.accuracy_spread, len(times_s)))
    if chance.random() < noise.boasting_share:
        stated_m[:] = 5.0
    _leap(times_s, errors_m, stated_m, noise, chance)
    lon_lat = truth.at(times_s)
    lon_lat[:, 1] += errors_m[:, 1] / _METRES_PER_DEGREE
    lon_lat[:, 0] += errors_m[:, 0] / (_METRES_PER_DEGREE * np.cos(np.radians(lon_lat[:, 1])))
    skew_s = chance.uniform(-300.0, 300.0) if chance.random() < noise.skewed_share else chance.uniform(-2.0, 2.0)
    received_s = times_s + chance.uniform(0.05, 1.0, len(times_s))
    late = chance.random(len(times_s)) < noise.late_share
    received_s[late] += chance.uniform(5.0, 60.0, int(late.sum()))
    start_s = start.timestamp()
    levels = _levels(truth.level, noise, seed, times_s)
    arrivals: list[tuple[float, Fix]] = []
    for number in range(len(times_s)):
        fix = Fix(
            at_device=datetime.fromtimestamp(round(start_s + times_s[number] + skew_s, 3), UTC),
            received_at=datetime.fromtimestamp(round(start_s + received_s[number], 3), UTC),
            lon_lat=LonLat(
                round((float(lon_lat[number, 0]) + 180.0) % 360.0 - 180.0, 7), round(float(lon_lat[number, 1].clip(-90, 90)), 7)
            ),
            accuracy_m=round(float(stated_m[number]), 1),
            level=levels[number],
        )
        arrivals.append((received_s[number], fix))
        if chance.random() < noise.twice_share:
            again_s = received_s[number] + chance.uniform(1.0, 30.0)
            again = msgspec.structs.replace(fix, received_at=datetime.fromtimestamp(round(start_s + again_s, 3), UTC))
            arrivals.append((again_s, again))
    return [fix for _, fix in sorted(arrivals, key=lambda arrival: arrival[0])]


def _levels(level: float | None, noise: Noise, seed: int, times_s: NDArray[np.float64]) -> list[float | None]:
    """Return the floor that each of the fixes states, made at these times, shape (n,)."""
    count = len(times_s)
    if level is None:
        return [None] * count
    chance = np.random.default_rng((seed, 1))  # of its own: the same walk has the same errors on the map on whichever floor
    off = np.where(chance.random(count) < noise.wrong_floor_share, chance.choice([-1.0, 1.0], count), 0.0)
    stated = chance.random(count) >= noise.no_floor_share
    span_s = float(times_s[-1] - times_s[0])
    for _ in range(chance.poisson(noise.floor_gaps_per_hour * span_s / 3600.0)):
        begin_s = times_s[0] + chance.uniform(0.0, span_s)
        stated &= (times_s < begin_s) | (times_s > begin_s + chance.uniform(*noise.floor_gap_s))
    return [level + float(off[number]) if stated[number] else None for number in range(count)]


def _thinned(times_s: NDArray[np.float64], noise: Noise, chance: np.random.Generator) -> NDArray[np.float64]:
    """Return the times at which a fix came through at all."""
    kept = chance.random(len(times_s)) >= noise.lost_share
    kept[:1] = True
    span_s = float(times_s[-1] - times_s[0]) if len(times_s) else 0.0
    for _ in range(chance.poisson(noise.gaps_per_hour * span_s / 3600.0)):
        begin_s = times_s[0] + chance.uniform(0.0, span_s)
        kept &= ~((times_s > begin_s) & (times_s < begin_s + chance.uniform(*noise.gap_s)))
    return times_s[kept]


def _slow_errors(times_s: NDArray[np.float64], lasts_s: float, chance: np.random.Generator) -> NDArray[np.float64]:
    """Return errors of variance 1, shape (n, 2), that lose their likeness exponentially (Gauss-Markov)."""
    errors = chance.normal(size=(len(times_s), 2))
    likeness = np.exp(-np.diff(times_s) / lasts_s)
    fresh = np.sqrt(1.0 - likeness**2)
    for number in range(1, len(times_s)):
        errors[number] = likeness[number - 1] * errors[number - 1] + fresh[number - 1] * errors[number]
    return errors


def _leap(
    times_s: NDArray[np.float64],
    errors_m: NDArray[np.float64],
    stated_m: NDArray[np.float64],
    noise: Noise,
    chance: np.random.Generator,
) -> None:
    """Move some stretches of fixes far off, as signals reflected off walls do, and let half of them boast."""
    span_s = float(times_s[-1] - times_s[0])
    for _ in range(chance.poisson(noise.leaps_per_hour * span_s / 3600.0)):
        begin_s = times_s[0] + chance.uniform(0.0, span_s)
        leapt = (times_s >= begin_s) & (times_s < begin_s + chance.exponential(noise.leap_lasts_s))
        bearing, length_m = chance.uniform(0.0, 2.0 * math.pi), chance.uniform(*noise.leap_m)
        errors_m[leapt] += [length_m * math.sin(bearing), length_m * math.cos(bearing)]
        if chance.random() < 0.5:
            stated_m[leapt] = noise.leap_claims_m
