"""One clock for a track, though fixes come late, twice and out of order and a device's clock may be wrong or be set meanwhile.

Durations are the device's own, which are right even where its time of day is wrong. Only what cannot be is put right: a fix from
the future, and a clock set back. A clock that is behind cannot be told from a slow network: what it dates is taken for late.
"""

from finder.domain.position import PositionSource
from finder.notices.tracker.fix import Fix
from finder.notices.tracker.state import Clock
from finder.notices.tracker.tuning import Tuning

__all__ = ["dated"]

_BEACON_LATE_S = 60.0
"""A beacon's signal may be handed on that much after fixes that are newer."""


def dated(clock: Clock, fix: Fix, tuning: Tuning) -> tuple[Clock, float | None]:
    """Return the clock and when the fix was, in seconds since 1970 by it; ``None`` for one that is late or came before."""
    device_s, received_s = fix.at_device.timestamp(), fix.received_at.timestamp()
    at_s = device_s + clock.shift_s
    if at_s > received_s + tuning.ahead_s:
        # From the future: the clock is ahead, or was set forward. Received is the latest that it can have been.
        at_s = received_s if clock.newest_s is None else max(received_s, clock.newest_s)
        return _newer(clock, fix, at_s, device_s) if _is_new(clock, fix, at_s) else (clock, None)
    if _is_new(clock, fix, at_s):
        return _newer(clock, fix, at_s, device_s)
    return _late(clock, fix, device_s, received_s, tuning)


def _is_new(clock: Clock, fix: Fix, at_s: float) -> bool:
    if clock.newest_s is None:
        return True
    if fix.source is PositionSource.BEACON:
        before_s = clock.newest_beacon_s
        return at_s > clock.newest_s - _BEACON_LATE_S and (before_s is None or at_s > before_s)
    return at_s > clock.newest_s


def _newer(clock: Clock, fix: Fix, at_s: float, device_s: float) -> tuple[Clock, float]:
    newest_s = at_s if clock.newest_s is None else max(at_s, clock.newest_s)
    beacon_s = at_s if fix.source is PositionSource.BEACON else clock.newest_beacon_s
    return Clock(at_s - device_s, newest_s, beacon_s), newest_s


def _late(clock: Clock, fix: Fix, device_s: float, received_s: float, tuning: Tuning) -> tuple[Clock, float | None]:
    """Tell late fixes from a clock that was set back: those come at once, these one by one as they are dated."""
    run = clock.late
    for before_device_s, before_received_s in run[:1] + run[-1:]:
        apart_s = device_s - before_device_s
        if not (apart_s > 0.0 and abs(apart_s - (received_s - before_received_s)) <= tuning.clock_agrees_s):
            run = ()
            break
    run = (*run, (device_s, received_s))
    if len(run) < tuning.clock_fixes or received_s - run[0][1] <= 2.0 * tuning.clock_agrees_s:
        # The first one stays, as it tells for how long they have come so, however often they come.
        run = run if len(run) <= tuning.clock_fixes else (run[0], *run[1 - tuning.clock_fixes :])
        return Clock(clock.shift_s, clock.newest_s, clock.newest_beacon_s, run), None
    newest_s = received_s if clock.newest_s is None else max(received_s, clock.newest_s)
    return _newer(Clock(newest_s - device_s, clock.newest_s, None), fix, newest_s, device_s)
