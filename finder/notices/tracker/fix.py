"""A fix: where a device says that it was, when, and how sure it is."""

import math
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from finder.domain.position import PositionSource
from finder.errors import BadInput
from finder.geo.points import LonLat, checked_lon_lat
from finder.notices.tracker.tuning import Tuning

__all__ = ["Fix", "Floor", "checked_fix", "error_m", "floor_of"]

_ONE_SIGMA_OF_68_PERCENT: Final = 1.5096  # sqrt(-2 ln 0.32): the radius that holds 68 % of a round normal error


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """One fix. Both times have a zone; ``at_device`` is by the device's clock, which may be wrong."""

    at_device: datetime
    received_at: datetime
    lon_lat: LonLat
    accuracy_m: float | None = None
    """The radius that the device states. ``None``, 0 or less: it states none, which says nothing about how good the fix is."""
    source: PositionSource = PositionSource.GPS
    """``GPS`` or ``BEACON``: other positions are too coarse to say anything about a fence, and are passed over."""
    level: float | None = None
    """The floor that the device states, as a zone's ``level`` counts them; ``None``: it states none."""


class Floor(StrEnum):
    """What a fix says at a zone of the floor that the person is on."""

    THIS = "this"
    ANOTHER = "another"
    UNSTATED = "unstated"


def checked_fix(fix: Fix) -> Fix:
    """Return the fix, or raise :class:`BadInput` when it is not on the Earth, its floor is none, or a time has no zone."""
    checked_lon_lat(*fix.lon_lat)
    if fix.at_device.tzinfo is None or fix.received_at.tzinfo is None:
        raise BadInput("The times of a fix need a zone: end them with Z, or with an offset such as +02:00.")
    if fix.level is not None and not math.isfinite(fix.level):
        raise BadInput("The floor of a fix must be a number; leave it out where the device states none.")
    return fix


def floor_of(fix: Fix, level: float | None) -> Floor | None:
    """Return what a fix says of a zone's floor; ``None`` at a fence that does not ask for one, whose ``level`` is ``None``."""
    if level is None:
        return None
    if fix.level is None:
        return Floor.UNSTATED
    return Floor.THIS if fix.level == level else Floor.ANOTHER


def error_m(fix: Fix, tuning: Tuning) -> float:
    """Return the standard deviation along one axis that the fix is believed to have.

    A phone's radius is read as holding 68 %, Android's meaning: where it is meant to hold 95 %, the W3C's, that errs to the safe
    side. No radius is believed to be better than a phone's receiver can be.
    """
    if fix.source is PositionSource.BEACON:
        return tuning.beacon_error_m
    stated_m = fix.accuracy_m
    if stated_m is None or not math.isfinite(stated_m) or stated_m <= 0.0:
        stated_m = tuning.unstated_accuracy_m
    return max(tuning.least_error_m, stated_m / _ONE_SIGMA_OF_68_PERCENT)
