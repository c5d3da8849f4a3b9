"""The numbers that the tracker decides by. They were set with ``benchmarks/visits.py``, which prints what they achieve."""

from typing import Final

import msgspec

__all__ = ["TUNING", "Tuning"]


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """Thresholds. Errors are standard deviations along one axis, in metres."""

    beacon_error_m: float = 5.0
    least_error_m: float = 8.0
    """No fix of a phone is believed to be better: ±1.9 m has been stated for one that was 200 m off."""
    unstated_accuracy_m: float = 60.0

    same_error_s: float = 60.0
    """Errors of a receiver change that slowly: fixes that follow sooner add as much less to what is known."""
    bias_m: float = 5.0
    """What averaging does not take away: reflections off the same walls."""
    longest_mean_s: float = 600.0
    """Fixes older than about this weigh little in the mean of a person standing still."""
    scatter_s: float = 90.0
    """Over about this time the scatter of the fixes is learnt, which tells a receiver that overstates itself."""
    most_scatter_m: float = 30.0
    """More is no scatter but a slow walk."""
    moved_sigmas: float = 2.0
    """A person has moved when the last fixes lie further apart than this many of their errors."""
    back_s: float = 180.0
    """Whoever is back so soon where they stood had not left: the fixes in between were wrong, or a few steps."""
    trail_s: float = 90.0
    trail_step_s: float = 5.0

    usual_mps: float = 4.0
    """Nobody is surprised by that speed, nor by twice the one of the last minute."""
    asleep_s: float = 120.0
    """After such a silence a person may be far away without having jumped."""
    fastest_mps: float = 45.0
    leap_s: float = 90.0
    """A leap is believed when the fixes go on from there, or have stayed there that long."""
    leap_fixes: int = 3

    enter_sigmas: float = 2.0
    exit_sigmas: float = 2.0
    enter_s: float = 30.0
    exit_s: float = 75.0
    leapt_s: float = 90.0
    """Both take at least that long after a leap."""
    enter_fixes: int = 3
    exit_fixes: int = 3

    approach_span_s: float = 20.0
    approach_closed_m: float = 60.0
    approach_closed_sigmas: float = 2.0
    approach_window_s: float = 150.0
    slowest_approach_mps: float = 0.5

    crossing_s: float = 600.0
    """Over a longer silence the straight line between two fixes says nothing."""
    late_news_s: float = 300.0
    """An event that the server learns so late is believed one step less."""

    ahead_s: float = 5.0
    clock_agrees_s: float = 5.0
    clock_fixes: int = 3
    """So many fixes in a row that come as they are dated, but before what is known, tell that the clock was set back."""


TUNING: Final = Tuning()
