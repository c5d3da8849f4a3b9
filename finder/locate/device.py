"""A position that the person's device measured: exact with consent, blurred to a cell without."""

import math
from typing import Never, final, override

from finder.domain.consent import WithPosition
from finder.domain.position import PositionFor, PositionSource
from finder.errors import BadInput
from finder.geo.points import checked_lon_lat
from finder.privacy.coarsen import coarsened
from finder.privacy.grants import Grant

__all__ = ["DeviceFix"]


@final
class DeviceFix:
    """What a device says of itself, in the words of the W3C Geolocation API: WGS84 degrees and a 95 % radius in metres.

    It does not tell where it is: :meth:`precise`, which takes a grant, and :meth:`blurred` are the ways to a position.

    Raises :class:`BadInput` for a point that is not on the Earth or a radius that is no length.
    """

    __slots__ = ("_accuracy_m", "_lon_lat")

    def __init__(self, *, lat: float, lon: float, accuracy_m: float) -> None:
        self._lon_lat = checked_lon_lat(lon, lat)
        self._accuracy_m = accuracy_m
        if not (math.isfinite(accuracy_m) and accuracy_m >= 0.0):
            raise BadInput("accuracy_m must be a number of metres, 0 or more.")

    @override
    def __repr__(self) -> str:
        return "DeviceFix(…)"

    def precise[P: WithPosition](self, grant: Grant[P]) -> PositionFor[P]:
        """The fix as it was given, for the purpose that the person agreed to.

        Raises :class:`TypeError` for what is no grant, or one for a purpose that no position is needed for.
        """
        # For code that the type checker has not seen.
        if type(grant) is not Grant or not issubclass(grant.purpose, WithPosition):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("An exact position needs a grant for a purpose that uses positions.")
        return PositionFor(lon_lat=self._lon_lat, accuracy_m=self._accuracy_m, source=PositionSource.GPS)

    def blurred(self) -> PositionFor[Never]:
        """The centre of the H3 cell of resolution 7 that holds the point: needs no consent and fits every purpose.

        Everybody in one cell gets the same point. The accuracy is the radius of the circle around the cell plus what the device
        gave: so far from the cell's centre the person may be.
        """
        centre, radius_m = coarsened(self._lon_lat)
        return PositionFor(lon_lat=centre, accuracy_m=radius_m + self._accuracy_m, source=PositionSource.GPS, coarsened=True)
