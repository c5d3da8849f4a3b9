"""A position that the person's device measured: used as given with consent, blurred to a cell without."""

import math

import msgspec

from finder.domain.position import Position, PositionSource
from finder.errors import BadInput
from finder.geo.points import checked_lon_lat
from finder.privacy.coarsen import coarsened
from finder.privacy.consent import Grant

__all__ = ["DeviceFix", "position_from_fix"]


class DeviceFix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device says of itself, in the words of the W3C Geolocation API: WGS84 degrees and a 95 % radius in metres.

    Raises :class:`BadInput` for a point that is not on the Earth or a radius that is no length.
    """

    lat: float
    lon: float
    accuracy_m: float

    def __post_init__(self) -> None:
        checked_lon_lat(self.lon, self.lat)
        if not (math.isfinite(self.accuracy_m) and self.accuracy_m >= 0.0):
            raise BadInput("accuracy_m must be a number of metres, 0 or more.")


def position_from_fix(fix: DeviceFix, grant: Grant | None) -> Position:
    """The position to work with: exact with a ``grant``, else the centre of the H3 cell of resolution 7 that holds the point.

    Without a grant everybody in one cell gets the same point. The accuracy is then the radius of the circle around the cell plus
    what the device gave: so far from the cell's centre the person may be.
    """
    lon_lat = checked_lon_lat(fix.lon, fix.lat)
    if grant is not None:
        return Position(lon_lat=lon_lat, accuracy_m=fix.accuracy_m, source=PositionSource.GPS)
    centre, radius_m = coarsened(lon_lat)
    return Position(lon_lat=centre, accuracy_m=radius_m + fix.accuracy_m, source=PositionSource.GPS, coarsened=True)
