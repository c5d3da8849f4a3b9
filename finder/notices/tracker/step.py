"""One fix at a time: ``(state, fix) -> (state, events)``, and a whole track by it."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from finder.domain.fence import Fence, Trigger, Wish
from finder.domain.position import PositionSource
from finder.errors import BadInput
from finder.geo.distance import geodesic_m
from finder.notices.tracker.clock import dated
from finder.notices.tracker.crossing import deepest_m
from finder.notices.tracker.edge import EdgeDistance, edge_distance
from finder.notices.tracker.event import Event
from finder.notices.tracker.fix import Fix, checked_fix, error_m, floor_of
from finder.notices.tracker.happened import Moment, crossed
from finder.notices.tracker.sides import Wanted, judged
from finder.notices.tracker.state import FenceState, Seen, Side, TrackState
from finder.notices.tracker.tuning import TUNING, Tuning
from finder.notices.tracker.where import located, mean_error_m, reached

__all__ = ["Step", "Watch", "in_order", "replay", "step", "watch_of", "wish_s_of"]

_DEFAULT_DWELL_S: Final = 300.0
_DEFAULT_ETA_S: Final = 300.0
_SAYS_SOMETHING: Final = frozenset({PositionSource.GPS, PositionSource.BEACON})


class Watch(msgspec.Struct, frozen=True):
    """A fence to watch: its id, the signed distance from its edge, what it listens for, and a zone's floor."""

    fence_id: str
    edge_m: EdgeDistance
    wanted: Wanted = Wanted()
    level: float | None = None
    """``None`` for a fence that does not ask on which floor a person is."""


class Step(msgspec.Struct, frozen=True):
    """What a fix led to: the state to keep, and what happened, by fence id and then in the order in which it did."""

    state: TrackState
    events: tuple[Event, ...]


def wish_s_of(wish: Wish) -> float | None:
    """Return ``wish_s`` of the events that answer a wish: one that names no time dwells, or is within reach, for five minutes."""
    if wish.trigger is Trigger.DWELL:
        return wish.dwell_s or _DEFAULT_DWELL_S
    return (wish.eta_s or _DEFAULT_ETA_S) if wish.trigger is Trigger.APPROACH else None


def watch_of(fence: Fence, edge_m: EdgeDistance | None = None) -> Watch:
    """Return what is to be watched for this fence."""
    named = {(wish.trigger, wish_s_of(wish)) for wish in fence.wishes}
    return Watch(
        fence.id,
        edge_m or edge_distance(fence.shape),
        Wanted(
            wrong_entrance=any(trigger is Trigger.WRONG_ENTRANCE for trigger, _ in named),
            dwell_s=tuple(sorted(named_s for trigger, named_s in named if trigger is Trigger.DWELL and named_s)),
            eta_s=tuple(sorted(named_s for trigger, named_s in named if trigger is Trigger.APPROACH and named_s)),
        ),
        fence.level,
    )


def step(state: TrackState, fix: Fix, watches: Sequence[Watch], tuning: Tuning = TUNING) -> Step:
    """Return the state after this fix, and the events that it caused.

    Entering and leaving are always told; dwelling, approach and wrong entrances where a fence listens for them. Of a fence that
    is not among the watches it stays known what was known, should it come back. Raises :class:`BadInput` for a fix that is not
    on the Earth, a floor that is no number, a time without a zone, or two watches with the same fence; the state is then as it
    was.
    """
    number = state.fixes + 1
    checked_fix(fix)
    watches = sorted(watches, key=lambda watch: watch.fence_id)
    if any(one.fence_id == other.fence_id for one, other in pairwise(watches)):
        raise BadInput("Each fence is watched once: leave out the second of those with the same id.")
    passed_over = msgspec.structs.replace(state, fixes=number)
    if fix.source not in _SAYS_SOMETHING:
        return Step(passed_over, ())
    clock, at_s = dated(state.clock, fix, tuning)
    if at_s is None:
        return Step(msgspec.structs.replace(passed_over, clock=clock), ())
    seen = Seen(at_s, fix.lon_lat, error_m(fix, tuning), number)
    held, leapt = reached(state.where, state.held, seen, fix.source, tuning)
    if held is not None:
        return Step(TrackState(fixes=number, clock=clock, where=state.where, held=held, fences=state.fences), ())
    where = located(state.where, seen, fix.source, leapt=leapt, tuning=tuning)
    beacon = fix.source is PositionSource.BEACON
    before = 0 if state.where is None else state.where.last.number
    moment = Moment(fix, number, before, at_s, clock.shift_s, where, beacon, tuning)
    known = {fence.fence_id: fence for fence in state.fences}
    events: list[Event] = []
    for watch in watches:
        fence = known.get(watch.fence_id, FenceState(watch.fence_id))
        raw_edge_m = watch.edge_m(fix.lon_lat)
        edge_m = raw_edge_m if where.mean.lon_lat == fix.lon_lat else watch.edge_m(where.mean.lon_lat)
        floor = floor_of(fix, watch.level)
        # Of a zone it is not asked whether the way led through it: nobody knows on which floor.
        if state.where is not None and fence.side is Side.OUTSIDE and not leapt and floor is None:
            fence, happened = _between_fixes(fence, watch, state.where.last, raw_edge_m, moment)
            events += happened
        here = moment if floor is None else msgspec.structs.replace(moment, floor=floor)
        fence, happened = judged(fence, edge_m, raw_edge_m, watch.wanted, here)
        known[watch.fence_id] = fence
        events += happened
    fences = tuple(sorted(known.values(), key=lambda fence: fence.fence_id))
    return Step(TrackState(fixes=number, clock=clock, where=where, fences=fences), tuple(events))


def _between_fixes(
    fence: FenceState, watch: Watch, before: Seen, raw_edge_m: float, moment: Moment
) -> tuple[FenceState, list[Event]]:
    """Look at the straight way from the fix before: did it lead well through the fence, and out again?"""
    tuning, here = moment.tuning, moment.fix.lon_lat
    if fence.turning is not None or moment.at_s - before.at_s > tuning.crossing_s or raw_edge_m <= 0.0:
        return fence, []
    clear_m = tuning.enter_sigmas * mean_error_m(moment.where.mean, tuning)
    length_m = geodesic_m(before.lon_lat, here)
    if length_m < raw_edge_m + 2.0 * clear_m:
        return fence, []
    before_m = watch.edge_m(before.lon_lat)
    # Inside by clear_m, the way must be as much longer than both ends are away.
    if before_m <= 0.0 or length_m < before_m + raw_edge_m + 2.0 * clear_m:
        return fence, []
    least_m = deepest_m(watch.edge_m, before.lon_lat, here)
    return crossed(fence, least_m, before.number, before.at_s, moment) if least_m <= -clear_m else (fence, [])


def replay(fixes: Iterable[Fix], watches: Sequence[Watch], tuning: Tuning = TUNING) -> tuple[Event, ...]:
    """Return every event of these fixes, taken in the order in which they came."""
    state, events = TrackState(), list[Event]()
    for fix in fixes:
        done = step(state, fix, watches, tuning)
        state = done.state
        events += done.events
    return tuple(events)


def in_order(fixes: Iterable[Fix]) -> list[Fix]:
    """Return fixes that arrived together in the order in which the device made them: what comes late is passed over otherwise."""
    return sorted(fixes, key=lambda fix: fix.at_device)
