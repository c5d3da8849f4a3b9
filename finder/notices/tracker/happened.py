"""An event made of what is known when it happens: its grounds, and how sure it is."""

from datetime import UTC, datetime

import msgspec

from finder.domain.fence import Trigger
from finder.notices.tracker.event import Confidence, Event, Grounds, one_less
from finder.notices.tracker.fix import Fix, Floor
from finder.notices.tracker.state import FenceState, Side, Where
from finder.notices.tracker.tuning import Tuning
from finder.notices.tracker.where import mean_error_m

__all__ = ["Moment", "crossed", "event_of"]


class Moment(msgspec.Struct, frozen=True):
    """What is known when a fix has been understood."""

    fix: Fix
    number: int
    before: int
    """The number of the fix that was understood before this one; 0 for the first."""
    at_s: float
    shift_s: float
    """What the track's clock adds to the device's."""
    where: Where
    beacon: bool
    tuning: Tuning
    floor: Floor | None = None
    """What the fix says of the floor of the zone that is looked at; ``None`` at a fence that is none."""

    def by_device(self, at_s: float) -> datetime:
        """Return that moment of the track's clock by the device's."""
        return datetime.fromtimestamp(at_s - self.shift_s, UTC)


def event_of(
    fence: FenceState,
    trigger: Trigger,
    edge_m: float,
    numbers: tuple[int, ...],
    *,
    happened_s: float,
    moment: Moment,
    wish_s: float | None = None,
    asleep_s: float = 0.0,
    eta_s: float | None = None,
) -> Event:
    """Return the event, with how sure it is and what it rests on. ``edge_m`` is the signed distance from the edge."""
    tuning, where = moment.tuning, moment.where
    late_s = moment.fix.received_at.timestamp() - moment.fix.at_device.timestamp() - moment.shift_s
    error_m = mean_error_m(where.mean, tuning)
    span_s = moment.at_s - fence.turning_s if trigger in {Trigger.ENTER, Trigger.EXIT, Trigger.WRONG_ENTRANCE} else 0.0
    if trigger is Trigger.DWELL:
        span_s = moment.at_s - fence.since_s
    elif trigger is Trigger.APPROACH:
        span_s = moment.at_s - fence.distances[0][0]
    grounds = Grounds(
        fixes=len(fence.distances) if trigger is Trigger.APPROACH else len(numbers),
        span_s=round(span_s),
        edge_m=round(edge_m),
        error_m=round(error_m),
        beacon=moment.beacon,
        already_inside=fence.already_inside and fence.side is Side.INSIDE,
        leapt=where.leapt_s is not None and moment.at_s - where.leapt_s < 2.0 * tuning.leapt_s,
        asleep_s=round(asleep_s),
        eta_s=None if eta_s is None else round(eta_s),
        late_s=round(late_s) if late_s > tuning.late_news_s else 0,
        floor=moment.floor is not None and trigger is not Trigger.APPROACH,
    )
    sigmas = abs(edge_m) / error_m
    if grounds.floor and trigger is Trigger.EXIT:
        # Whoever is on another floor is as far out as who is clearly outside, wherever that is on the map.
        sigmas = max(edge_m / error_m, tuning.exit_sigmas)
    return Event(
        fence_id=fence.fence_id,
        stay=fence.stay + (trigger is Trigger.APPROACH),
        trigger=trigger,
        wish_s=wish_s,
        confidence=_confidence(trigger, grounds, sigmas),
        at_device=moment.by_device(happened_s),
        at_server=moment.fix.received_at,
        fixes=numbers,
        grounds=grounds,
    )


def crossed(fence: FenceState, deepest_m: float, before: int, since_s: float, moment: Moment) -> tuple[FenceState, list[Event]]:
    """Return the entering and the leaving of a fence that nobody was seen in, for the log only."""
    stay = fence.stay + 1
    grounds = Grounds(
        fixes=2,
        span_s=round(moment.at_s - since_s),
        edge_m=round(deepest_m),
        error_m=round(mean_error_m(moment.where.mean, moment.tuning)),
        asleep_s=round(moment.at_s - since_s),
    )
    events = [
        Event(
            fence_id=fence.fence_id,
            stay=stay,
            trigger=trigger,
            confidence=Confidence.NONE,
            at_device=moment.by_device(at_s),
            at_server=moment.fix.received_at,
            fixes=(before, moment.number),
            grounds=grounds,
        )
        for trigger, at_s in ((Trigger.ENTER, since_s), (Trigger.EXIT, moment.at_s))
    ]
    return msgspec.structs.replace(fence, stay=stay, told=(), distances=()), events


def _confidence(trigger: Trigger, grounds: Grounds, sigmas: float) -> Confidence:
    if grounds.beacon:
        confidence = Confidence.HIGH
    elif trigger is Trigger.APPROACH:
        confidence = Confidence.MEDIUM if grounds.fixes >= 5 else Confidence.LOW
    elif sigmas >= 4.0 and grounds.fixes >= 2:
        confidence = Confidence.HIGH
    else:
        confidence = Confidence.MEDIUM if sigmas >= 2.0 else Confidence.LOW
    for doubt in (grounds.leapt, grounds.asleep_s > 0, grounds.late_s > 0):
        if doubt:
            confidence = one_less(confidence)
    return confidence
