"""Where a way goes from one country into another, by its shape alone: a way that crosses says so even if nobody planned it."""

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from finder.directions.borders.ports import Direction
from finder.geo.points import LonLat

__all__ = ["LASTING_M", "CountryChange", "crossings_of"]

LASTING_M: Final = 500.0
"""A change of country counts if it lasts so far, or to the end: a road beside a border seems to change at every bend."""

_SAMPLE_M: Final = 50.0
"""Each sample stands for so much of the way."""
_GLANCE: Final = 5
_GEOD = Geod(ellps="WGS84")


class CountryChange(msgspec.Struct, frozen=True, kw_only=True):
    """Where a way enters another country, to about 50 m and as well as the borders are known.

    ``along_m``: metres from its beginning. ``index``: the place of the last point of the shape before it.
    """

    direction: Direction
    lon_lat: LonLat
    along_m: float
    index: int


def crossings_of(lon_lat: NDArray[np.float64], country_of: Callable[[LonLat], str | None]) -> tuple[CountryChange, ...]:
    """Return the changes of country along a shape, points (n, 2) in WGS84 degrees, longitude first; none for an empty one.

    ``country_of`` gives the country of a point, ISO 3166-1 alpha-2. Where it is None, such as on a bridge or at sea, the country
    stays what it was.
    """
    if len(lon_lat) == 0:
        return ()
    vertex_m, along_m, samples = _sampled(lon_lat)
    # Most ways cross nothing, and what lasts is met by every fifth look.
    glance = {country_of(point) for point in (*samples[::_GLANCE], samples[-1])}
    if len(glance) == 1 and None not in glance:
        return ()
    changes: list[CountryChange] = []
    current: str | None = None
    candidate: str | None = None
    since = 0
    for place, point in enumerate(samples):
        country = country_of(point)
        if country is None and candidate is None:
            continue
        if current is None:
            current = country
        elif country == current:
            candidate = None
        elif country is not None and country != candidate:
            candidate, since = country, place
        lasts = along_m[place] - along_m[since] + _SAMPLE_M >= LASTING_M or place == len(samples) - 1
        if candidate is not None and current is not None and lasts:
            changes.append(_change(current, candidate, samples[since], float(along_m[since]), vertex_m))
            current, candidate = candidate, None
    return tuple(changes)


def _change(leaves: str, enters: str, lon_lat: LonLat, along_m: float, vertex_m: NDArray[np.float64]) -> CountryChange:
    index = int(np.searchsorted(vertex_m, along_m, side="right")) - 1
    return CountryChange(direction=Direction(leaves, enters), lon_lat=lon_lat, along_m=along_m, index=index)


def _sampled(lon_lat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], list[LonLat]]:
    """Return the metres along the way of its n points, and of points about 50 m apart together with those points."""
    lon, lat = np.unwrap(lon_lat[:, 0], period=360.0), lon_lat[:, 1]
    vertex_m = np.concatenate([[0.0], np.cumsum(np.asarray(_GEOD.line_lengths(lon, lat), dtype=np.float64))])
    count = int(np.ceil(vertex_m[-1] / _SAMPLE_M)) + 1
    along_m = np.linspace(0.0, vertex_m[-1], count)
    sample_lon = (np.interp(along_m, vertex_m, lon) + 180.0) % 360.0 - 180.0
    sample_lat = np.interp(along_m, vertex_m, lat)
    return vertex_m, along_m, [LonLat(*pair) for pair in zip(sample_lon.tolist(), sample_lat.tolist(), strict=True)]
