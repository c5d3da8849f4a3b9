"""Will this fence work? Many noisy runs of a true track, and how often what was told was not so, or was not told.

What counts (``docs/decisions/0032-fixes-into-events.md``): the truth is on which side of the fence's edge the track without noise
is, second by second. A zone has nobody inside but who is on its floor all along; for an approach the map counts alone.

- A *stay* is a time inside without being outside for longer than ``REST_S``.
- An enter is **false** when the person was outside at that moment and all the minute before; **missed** when a stay of ``REST_S``
  or more had none.
- A dwell is **false** when they were outside at that moment and all the minute before, or had stayed less than the wish less a
  minute; **missed** when a stay was longer than the wish by ``REST_S`` and had none.
- An exit is **false** when they were inside then; **missed** when they stayed away for two ``REST_S`` after a stay and it had
  none.
- An approach is **false** when within twice the wish and ``REST_S`` they came neither within ``NEAR_M`` of the edge nor a third
  of the way there: it says how somebody moves, not where they mean to go; **missed** when a stay that they came to from further
  away than the wish had none.
- An event is **doubled** when it is the second of its kind in one stay.

Only what a fence listens for counts, and nothing of confidence ``none``: nobody is told of the rest.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.domain.fence import Fence, Trigger
from finder.geo.points import LonLat
from finder.notices.simulate_noise import Noise, Truth, noisy_fixes
from finder.notices.tracker import TUNING, Confidence, Event, Fix, Tuning, Watch, replay, watch_of

__all__ = [
    "NEAR_M",
    "REST_S",
    "START",
    "Report",
    "Tally",
    "TrueSide",
    "judge",
    "simulate",
    "tallies_of",
    "true_dates_s",
    "true_side",
]

REST_S: Final = 120.0
"""Going out for less does not end a stay, and shorter stays need not be noticed."""
NEAR_M: Final = 100.0
_GRACE_S: Final = 60.0
START: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""When every simulated track begins."""


class TrueSide(msgspec.Struct, frozen=True):
    """Where the true track was of one fence: seconds from its start, signed metres from the edge, and stays as from and until."""

    times_s: NDArray[np.float64]
    edge_m: NDArray[np.float64]
    stays: tuple[tuple[float, float], ...]
    is_on_floor: bool = True
    """Whether the track is on the floor of a zone; of a fence that asks for none it is."""


class Tally(msgspec.Struct, kw_only=True):
    """Over all runs, for one fence and one trigger (and wish). Shares are of the runs, not of the events."""

    fence_id: str
    trigger: Trigger
    wish_s: float | None = None
    runs: int = 0
    due: int = 0
    """Runs in which there was something to tell."""
    false: int = 0
    missed: int = 0
    doubled: int = 0

    @property
    def false_share(self) -> float:
        """Return in which share of the runs something was told that was not so."""
        return self.false / max(1, self.runs)

    @property
    def missed_share(self) -> float:
        """Return in which share of the runs that had something to tell it was not told."""
        return self.missed / max(1, self.due)


class Report(msgspec.Struct, frozen=True):
    """What came of a simulation. ``first_run`` and what was told in it are kept for the picture."""

    tallies: tuple[Tally, ...]
    runs_with_false: dict[str, int]
    """By fence: in how many runs any of its events was false or doubled."""
    nearest_m: dict[str, float]
    """By fence: how near to its edge on the map the track without noise comes, less than zero inside."""
    runs: int
    first_run: tuple[Fix, ...]
    first_events: tuple[Event, ...]

    def above_limit(self, fences: Sequence[Fence]) -> list[Fence]:
        """Return the fences with a larger share of runs with a false or doubled event than they may have."""
        return [one for one in fences if self.runs_with_false[one.id] > one.false_event_limit * self.runs]


def simulate(
    fences: Sequence[Fence], truth: Truth, *, noise: Noise, runs: int = 1000, seed: int = 1, tuning: Tuning = TUNING
) -> Report:
    """Return how the fences do on that many noisy runs of the track."""
    watches = [watch_of(fence) for fence in fences]
    sides = {watch.fence_id: true_side(truth, watch) for watch in watches}
    triggers = {fence.id: {wish.trigger for wish in fence.wishes} for fence in fences}
    tallies = {
        watch.fence_id: [tally for tally in tallies_of(watch) if tally.trigger in triggers[watch.fence_id]] for watch in watches
    }
    with_false = dict.fromkeys(sides, 0)
    first_run: tuple[Fix, ...] = ()
    first_events: tuple[Event, ...] = ()
    for run in range(runs):
        fixes = noisy_fixes(truth, noise, seed + run, START)
        events = replay(fixes, watches, tuning)
        if run == 0:
            first_run = tuple(fixes)
            first_events = tuple(event for event in events if event.trigger in triggers[event.fence_id])
        dates_s = true_dates_s(events, fixes, truth)
        for watch in watches:
            bad = False
            for tally in tallies[watch.fence_id]:
                bad |= judge(tally, events, dates_s, sides[watch.fence_id], float(truth.times_s[0]))
            with_false[watch.fence_id] += bad
    nearest_m = {fence_id: float(side.edge_m.min()) for fence_id, side in sides.items()}
    return Report(tuple(chain.from_iterable(tallies.values())), with_false, nearest_m, runs, first_run, first_events)


def true_side(truth: Truth, watch: Watch) -> TrueSide:
    """Return the truth for one fence, second by second."""
    times_s = np.arange(truth.times_s[0], truth.times_s[-1] + 0.5, 1.0)
    edge_m = np.array([watch.edge_m(LonLat(float(lon), float(lat))) for lon, lat in truth.at(times_s)])
    is_on_floor = watch.level is None or truth.level == watch.level
    inside = (edge_m <= 0.0) & is_on_floor
    turns = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    stays: list[tuple[float, float]] = []
    for begin, end in zip(turns[::2], turns[1::2], strict=True):
        begin_s, end_s = float(times_s[begin]), float(times_s[end - 1])
        if stays and begin_s - stays[-1][1] <= REST_S:
            begin_s = stays.pop()[0]
        stays.append((begin_s, end_s))
    return TrueSide(times_s, edge_m, tuple(stays), is_on_floor)


def true_dates_s(events: Sequence[Event], fixes: Sequence[Fix], truth: Truth) -> dict[str, float]:
    """Return by event key when the server learnt of it, in seconds of the track: that is when a person would be told."""
    start_s = START.timestamp() - float(truth.times_s[0])
    return {event.key: event.at_server.timestamp() - start_s for event in events}


def judge(tally: Tally, events: Sequence[Event], dates_s: dict[str, float], side: TrueSide, start_s: float) -> bool:
    """Enter one run in the tally, and tell whether anything of it was false or doubled."""
    told = sorted(
        dates_s[event.key]
        for event in events
        if event.fence_id == tally.fence_id
        and event.trigger is tally.trigger
        and event.wish_s == tally.wish_s
        and event.confidence is not Confidence.NONE
    )
    due, missed = _due_and_missed(tally, told, side, start_s)
    false = sum(_is_false(tally, at_s, side) for at_s in told)
    doubled = sum(
        1
        for before_s, at_s in pairwise(told)
        if any(begin_s <= before_s and at_s <= end_s + REST_S for begin_s, end_s in side.stays)
    )
    tally.runs += 1
    tally.due += due
    tally.missed += missed
    tally.false += false > 0
    tally.doubled += doubled > 0
    return false > 0 or doubled > 0


def tallies_of(watch: Watch) -> list[Tally]:
    """Return an empty tally for each kind of event at a fence: entering and leaving, and what else it listens for."""
    wanted = watch.wanted
    kinds: list[tuple[Trigger, float | None]] = [
        *((Trigger.APPROACH, eta_s) for eta_s in wanted.eta_s),
        (Trigger.ENTER, None),
        *([(Trigger.WRONG_ENTRANCE, None)] if wanted.wrong_entrance else []),
        *((Trigger.DWELL, dwell_s) for dwell_s in wanted.dwell_s),
        (Trigger.EXIT, None),
    ]
    return [Tally(fence_id=watch.fence_id, trigger=trigger, wish_s=wish_s) for trigger, wish_s in kinds]


def _is_false(tally: Tally, at_s: float, side: TrueSide) -> bool:
    wish_s = tally.wish_s or 0.0
    if tally.trigger is Trigger.EXIT:
        return side.is_on_floor and bool(np.interp(at_s, side.times_s, side.edge_m) <= 0.0)
    if tally.trigger is Trigger.APPROACH:
        soon = (side.times_s >= at_s - _GRACE_S) & (side.times_s <= at_s + 2.0 * wish_s + REST_S)
        return bool((side.edge_m[soon] > max(NEAR_M, side.edge_m[soon][0] * 2.0 / 3.0)).all())
    recent = (side.times_s >= at_s - _GRACE_S) & (side.times_s <= at_s)
    if not (side.is_on_floor and (side.edge_m[recent] <= 0.0).any()):
        return True
    return tally.trigger is Trigger.DWELL and not any(
        begin_s <= at_s - (wish_s - _GRACE_S) and at_s <= end_s + _GRACE_S for begin_s, end_s in side.stays
    )


def _due_and_missed(tally: Tally, told: list[float], side: TrueSide, start_s: float) -> tuple[bool, bool]:
    """Tell whether the run had something of this kind to tell, and whether any of that was not told."""
    due = missed = False
    wish_s = tally.wish_s or 0.0
    for number, (begin_s, end_s) in enumerate(side.stays):
        next_s = side.stays[number + 1][0] if number + 1 < len(side.stays) else float(side.times_s[-1])
        match tally.trigger:
            case Trigger.ENTER | Trigger.WRONG_ENTRANCE:
                is_due, span = end_s - begin_s >= REST_S, (begin_s - _GRACE_S, end_s + _GRACE_S)
            case Trigger.DWELL:
                is_due, span = end_s - begin_s >= wish_s + REST_S, (begin_s + wish_s - _GRACE_S, end_s + _GRACE_S)
            case Trigger.EXIT:
                is_due = next_s - end_s >= 2.0 * REST_S and end_s - begin_s >= REST_S
                span = (end_s, next_s)
            case Trigger.APPROACH:
                before_s = side.stays[number - 1][1] if number else start_s
                is_due, span = begin_s - before_s >= wish_s + REST_S, (begin_s - 2.0 * wish_s - REST_S, begin_s)
        due |= is_due
        missed |= is_due and not any(span[0] <= at_s <= span[1] for at_s in told)
    return due, missed
