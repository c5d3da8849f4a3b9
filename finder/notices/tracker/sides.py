"""On which side of one fence a person is, and what that makes happen: hysteresis, stays, dwelling, approach.

A side changes only when the person is believed to be clearly on the other one, by several fixes over some time; in between it
stays as it was. Nothing here knows where the fence is: only how far its edge is.

A zone is entered on its own floor alone. Another floor speaks for outside wherever it lies on the map; a fix that states none
speaks for outside where the map clearly does, and else is as if it had not come, but that what a lone fix said
goes stale by it.
"""

import msgspec
import numpy as np

from finder.domain.fence import Trigger
from finder.notices.tracker.event import Event
from finder.notices.tracker.fix import Floor
from finder.notices.tracker.happened import Moment, event_of
from finder.notices.tracker.state import FenceState, Side
from finder.notices.tracker.where import mean_error_m

__all__ = ["Wanted", "judged"]

_MOST_NUMBERS = 8


class Wanted(msgspec.Struct, frozen=True):
    """What a fence listens for: its triggers, with the seconds of each dwell and approach."""

    wrong_entrance: bool = False
    dwell_s: tuple[float, ...] = ()
    eta_s: tuple[float, ...] = ()


def judged(fence: FenceState, edge_m: float, raw_edge_m: float, wanted: Wanted, moment: Moment) -> tuple[FenceState, list[Event]]:
    """Return the fence's state after this fix, and what happened at it.

    ``edge_m`` is the signed distance of where the person is believed to be, ``raw_edge_m`` that of the fix itself.
    """
    events: list[Event] = []
    fence = msgspec.structs.replace(fence, silent_s=max(fence.silent_s, _silent_s(fence, moment)))
    if fence.side is not Side.INSIDE and wanted.eta_s:
        fence = _approached(fence, raw_edge_m, wanted, moment, events)
    side = _clear_side(fence.side, edge_m, raw_edge_m, moment)
    if side is None:
        fence = _stayed(fence, edge_m, raw_edge_m, moment)
    else:
        fence = _turning(fence, side, moment)
        if _is_settled(fence, moment):
            fence = _stated(_turned(fence, side, edge_m, wanted, moment=moment, events=events), raw_edge_m, moment)
    if fence.side is Side.INSIDE and fence.turning is None:
        fence = _dwelt(fence, edge_m, wanted, moment, events)
    return fence, events


def _clear_side(side: Side, edge_m: float, raw_edge_m: float, moment: Moment) -> Side | None:
    """Return the side that this fix speaks for, if it is another than now, and clearly so."""
    if moment.floor is Floor.ANOTHER or _is_clearly_outside(edge_m, raw_edge_m, moment):
        return Side.OUTSIDE if side is not Side.OUTSIDE else None
    if side is Side.INSIDE or moment.floor is Floor.UNSTATED or raw_edge_m > 0.0:
        return None
    clear_m = moment.tuning.enter_sigmas * mean_error_m(moment.where.mean, moment.tuning)
    return Side.INSIDE if moment.beacon or edge_m <= -clear_m else None


def _is_clearly_outside(edge_m: float, raw_edge_m: float, moment: Moment) -> bool:
    """Whether the map says so; of a beacon it says nothing, as that reaches beyond an edge."""
    clear_m = moment.tuning.exit_sigmas * mean_error_m(moment.where.mean, moment.tuning)
    return not moment.beacon and edge_m >= clear_m and raw_edge_m > 0.0


def _says_nothing(edge_m: float, raw_edge_m: float, moment: Moment) -> bool:
    """Whether a fix is as if it had not come: at a zone, one that states no floor and may be there."""
    return moment.floor is Floor.UNSTATED and not _is_clearly_outside(edge_m, raw_edge_m, moment)


def _silent_s(fence: FenceState, moment: Moment) -> float:
    """For how long nothing was heard before this fix; inside a zone, for how long no fix stated its floor."""
    if moment.floor is None or fence.side is not Side.INSIDE:
        return moment.where.silent_s
    return moment.at_s - (fence.distances[-1][0] if fence.distances else fence.since_s)


def _stated(fence: FenceState, raw_edge_m: float, moment: Moment) -> FenceState:
    """Return the fence after a fix that bears out its side: of who is inside a zone, one that stated its floor."""
    if moment.floor is None or fence.side is not Side.INSIDE:
        return fence
    return msgspec.structs.replace(fence, distances=((moment.at_s, raw_edge_m, moment.number),))


def _stayed(fence: FenceState, edge_m: float, raw_edge_m: float, moment: Moment) -> FenceState:
    """Return the fence after a fix that speaks for no other side."""
    if _says_nothing(edge_m, raw_edge_m, moment):
        # One fix alone may be wrong, and must not keep dwelling back for good. Several that agree do, until a fix speaks again:
        # who went down the stairs, and is not heard of there, is not told that they stayed.
        is_undone = len(fence.turning_numbers) == 1 and _is_long_ago(fence, moment)
    else:
        is_undone = fence.turning is not None
        fence = _stated(fence, raw_edge_m, moment)
    return msgspec.structs.replace(fence, turning=None, turning_numbers=()) if is_undone else fence


def _is_long_ago(fence: FenceState, moment: Moment) -> bool:
    return moment.at_s - fence.turning_s > moment.tuning.longest_mean_s


def _turning(fence: FenceState, side: Side, moment: Moment) -> FenceState:
    # At a zone most fixes may say nothing: floors that were stated long apart, with such fixes in between, are no turning.
    is_stale = moment.floor is not None and fence.turning_numbers[-1:] != (moment.before,) and _is_long_ago(fence, moment)
    if fence.turning is not side or is_stale:
        return msgspec.structs.replace(fence, turning=side, turning_s=moment.at_s, turning_numbers=(moment.number,))
    first, *others = fence.turning_numbers
    numbers = (first, *others[-(_MOST_NUMBERS - 2) :], moment.number)
    return msgspec.structs.replace(fence, turning_numbers=numbers)


def _is_settled(fence: FenceState, moment: Moment) -> bool:
    tuning = moment.tuning
    if moment.beacon and fence.turning is Side.INSIDE:
        return True
    needed, needed_s = tuning.exit_fixes, tuning.exit_s
    if fence.turning is Side.INSIDE:
        needed, needed_s = tuning.enter_fixes, tuning.enter_s
    elif fence.side is Side.UNKNOWN:
        needed_s = 0.0  # that a person has not come yet is no event
    if len(fence.turning_numbers) < needed:
        return False
    leapt_s = moment.where.leapt_s
    if leapt_s is not None and moment.at_s - leapt_s < tuning.leapt_s:
        return False
    return moment.at_s - fence.turning_s >= needed_s


def _turned(fence: FenceState, side: Side, edge_m: float, wanted: Wanted, *, moment: Moment, events: list[Event]) -> FenceState:
    """Return the fence with the person on its other side."""
    before, numbers, since_s = fence.side, fence.turning_numbers, fence.turning_s
    since = moment.where.mean.since
    if since.at_s < since_s and moment.floor is None:
        # The mean is on that side of all fixes since then, though those before these did not show it yet. At a zone that says
        # nothing: the person may have stood there on another floor.
        since_s, numbers = since.at_s, (since.number, *numbers[1:])
    fence = msgspec.structs.replace(fence, side=side, turning=None, turning_numbers=())
    if before is Side.UNKNOWN and side is Side.OUTSIDE:
        return fence
    if side is Side.OUTSIDE:
        events.append(event_of(fence, Trigger.EXIT, edge_m, numbers, happened_s=since_s, moment=moment))
        return msgspec.structs.replace(fence, told=(), distances=(), silent_s=0.0)
    fence = msgspec.structs.replace(
        fence,
        stay=fence.stay + 1,
        since_s=since_s,
        since_number=numbers[0],
        already_inside=before is Side.UNKNOWN,
        silent_s=0.0,
        told=(),
        distances=(),
    )
    events.append(event_of(fence, Trigger.ENTER, edge_m, numbers, happened_s=since_s, moment=moment))
    if wanted.wrong_entrance:
        events.append(event_of(fence, Trigger.WRONG_ENTRANCE, edge_m, numbers, happened_s=since_s, moment=moment))
    return fence


def _dwelt(fence: FenceState, edge_m: float, wanted: Wanted, moment: Moment, events: list[Event]) -> FenceState:
    for dwell_s in wanted.dwell_s:
        told = f"{Trigger.DWELL}/{dwell_s:g}"
        if moment.at_s - fence.since_s >= dwell_s and told not in fence.told:
            numbers = (fence.since_number, moment.number)
            asleep_s = fence.silent_s if fence.silent_s > dwell_s / 2.0 else 0.0
            events.append(
                event_of(
                    fence,
                    Trigger.DWELL,
                    edge_m,
                    numbers,
                    happened_s=fence.since_s + dwell_s,
                    moment=moment,
                    wish_s=dwell_s,
                    asleep_s=asleep_s,
                )
            )
            fence = msgspec.structs.replace(fence, told=(*fence.told, told))
    return fence


def _approached(fence: FenceState, raw_edge_m: float, wanted: Wanted, moment: Moment, events: list[Event]) -> FenceState:
    """Notice that the person will be there within so many seconds, by how their distance from the edge has shrunk."""
    tuning, at_s = moment.tuning, moment.at_s
    kept = [one for one in fence.distances if one[0] >= at_s - tuning.approach_window_s]
    if moment.where.leapt_s == at_s:
        kept = []  # what was before tells nothing of how they move now
    if not kept or at_s >= kept[-1][0] + tuning.trail_step_s:
        kept.append((at_s, raw_edge_m, moment.number))
    fence = msgspec.structs.replace(fence, distances=tuple(kept))
    span_s = kept[-1][0] - kept[0][0]
    if len(kept) < 3 or span_s < tuning.approach_span_s or raw_edge_m <= 0.0:
        return fence
    times, distances = np.array([one[0] for one in kept]) - kept[-1][0], np.array([one[1] for one in kept])
    # A plain fit of a line, by sums in a fixed order: the same on every machine that adds alike.
    middle_s, middle_m = float(times.sum()) / len(kept), float(distances.sum()) / len(kept)
    slope = float(((times - middle_s) * (distances - middle_m)).sum()) / float(((times - middle_s) ** 2).sum())
    error_m = moment.where.last.error_m
    if -slope < tuning.slowest_approach_mps or -slope * span_s < max(
        tuning.approach_closed_m, tuning.approach_closed_sigmas * error_m
    ):
        return fence
    eta_s = max(0.0, middle_m - slope * middle_s) / -slope
    for wish_s in wanted.eta_s:
        told = f"{Trigger.APPROACH}/{wish_s:g}"
        if eta_s <= wish_s and told not in fence.told:
            numbers = (kept[0][2], moment.number)
            events.append(
                event_of(fence, Trigger.APPROACH, raw_edge_m, numbers, happened_s=at_s, moment=moment, wish_s=wish_s, eta_s=eta_s)
            )
            fence = msgspec.structs.replace(fence, told=(*fence.told, told))
    return fence
